// SPDX-License-Identifier: MIT
#pragma once

#include "hub/question.h"

#include <patchbay/types.h>

#include <QAbstractItemModel>
#include <QObject>
#include <QString>

#include <functional>
#include <memory>

namespace patchbay {
class ICommandContext;
class IPanelProvider;
} // namespace patchbay

namespace patchbay::hub {

/// The link in the application's own words; mirrors net::LinkStatus so that apps need not see core/net.
struct LinkState
{
    enum class Mode { Off, Server, Client };
    enum class Phase { Stopped, Listening, Connecting, Greeting, Ready, Waiting, Failed };
    Mode mode = Mode::Off;
    Phase phase = Phase::Stopped;
    int exitCode = 0;      ///< the ExitCode a command ends with when it fails because of this state
    bool retryable = true; ///< the reason may go away by itself (refused, lost), so a reconnect makes sense
    QString text;          ///< one sentence for people
    QString localAddress;
    quint16 localPort = 0;
    QString peerAddress;
    quint16 peerPort = 0;
    int retryInMs = 0;
    bool isPlain = false; ///< nothing is encrypted: show it
    bool isUp() const { return phase == Phase::Listening || phase == Phase::Ready; }
};

struct HostOptions
{
    QString profileDirectory;      ///< created 0700 if missing; locked while the host lives
    QString name;                  ///< display name; empty = from the profile's settings
    QStringList pluginDirectories; ///< --plugin-path, after the bundled and system ones
    bool panels = false;           ///< load panel modules
    bool controlSocket = true;     ///< commands of the command line can reach this host
    bool temporary = false;        ///< a host for one command: no lock, nothing remembered
    /// Not empty: plain mode, without encryption, for tests and for reading the wire. Loopback only; whoever can read
    /// this file, which a hub makes (0600), may come in.
    QString plainTokenFile;
};

/// Whom our hub lets in beside those it knows or has invited.
enum class AdmissionPolicy { Known, Ask, Anyone };

/// Sent to somebody so that they can join our hub. See Host::createInvite().
struct Invite
{
    QByteArray id;
    QString link;         ///< a secret; empty in lists, for it is not kept
    qint64 expiresAt = 0; ///< ms since 1970
    int uses = 1;
    int used = 0;
    bool revoked = false;
};

/// One running Patchbay: profile, plugins, link, members. Several can live in one process. Main thread only.
class Host final : public QObject
{
    Q_OBJECT

public:
    explicit Host(HostOptions options, QObject *parent = nullptr);
    ~Host() override; ///< shutdown() should have finished; otherwise it stops hard, and says so in the log

    /// Locks the profile, reads settings, finds and activates plugins, opens the control socket.
    Error start();
    /// Plugins off, Bye, everything saved; \a done from the event loop.
    void shutdown(std::function<void()> done);

    // ---- link ----
    /// The addresses of this machine that a hub could listen on, each with the name of its interface.
    static QList<QPair<QString, QString>> ownAddresses();
    void startServer(const QString &address, quint16 port);
    void startClient(const QString &host, quint16 port, bool reconnect = true);
    /// \a target: HOST, HOST:PORT or an invite link. An error for what cannot be read as one; nothing is dialled then.
    Error startClient(const QString &target, bool reconnect = true);
    void stopLink();
    void retryNow();
    const LinkState &linkState() const;
    QString linkTarget() const;        ///< client mode: HOST:PORT as it was asked for
    QAbstractItemModel *connections(); ///< columns: local, peer, member, state
    quint64 bytesIn() const;
    quint64 bytesOut() const;

    // ---- trust ----
    QString keyText() const; ///< our own key as people compare it
    static QString keyText(const QByteArray &peerId);
    static QString shortKeyText(const QByteArray &peerId); ///< for display only: not enough to compare by
    AdmissionPolicy admission() const;
    void setAdmission(AdmissionPolicy policy); ///< at once, for those who come next
    /// Server mode. \a addresses: HOST or HOST:PORT to put into the link; empty = those we listen on.
    Error createInvite(int uses, qint64 lifetimeMs, const QStringList &addresses, Invite *invite);
    QList<Invite> invites() const; ///< oldest first, without links
    Error revokeInvite(const QByteArray &id);
    /// What waits for a person's decision.
    QList<Question> questions() const;
    Error answer(quint64 questionId, bool yes);
    QAbstractItemModel *knownPeers(); ///< roles: hub/knownpeersmodel.h
    /// By label, key, or the beginning of a key.
    Error findPeer(const QString &text, QByteArray *peerId) const;
    /// \a word: yes, ask, no or default. \a ofMembers: for those the hub \a peerId vouches for.
    Error setPermission(const QByteArray &peerId, const QString &pluginId, const QString &word, bool ofMembers = false);
    Error setBanned(const QByteArray &peerId, bool banned); ///< and ends its link
    Error setMuted(const QByteArray &peerId, bool muted);   ///< our hub forwards nothing of it
    Error forgetPeer(const QByteArray &peerId);             ///< and ends its link
    Error kick(MemberId member);                            ///< server mode: ends its link; it may come back

    // ---- members ----
    QAbstractItemModel *members(); ///< all members, ourselves included; roles of MemberRole
    /// By name, by a prefix of the peer id (base32), or "hub". An error says so when none or several match.
    Error findMember(const QString &text, MemberId *id) const;
    QString name() const;
    Error setName(const QString &name); ///< remembered; used at the next link
    QByteArray peerId() const;

    // ---- plugins ----
    QAbstractItemModel *plugins(); ///< columns and roles: hub/pluginroles.h
    Error setPluginEnabled(const QString &id, bool enabled);
    IPanelProvider *panelProvider(const QString &pluginId);
    QObject *plugin(const QString &id) const;
    QString pluginName(const QString &id) const; ///< in the user's language
    QStringList activePlugins() const;           ///< logic plugins, in order of activation

    // ---- commands contributed by plugins ----
    struct Command
    {
        QString verb, usage, description, help, pluginId;
        bool enabled = false;
        QString disabledReason;
        bool needsMember = false;
        bool readsInput = false;
    };
    QList<Command> commands() const;
    /// The same list without a running host: from metadata alone, for --help. Nothing is loaded.
    static QList<Command> availableCommands(const HostOptions &options);
    /// Starts \a verb with \a run, which the caller keeps until finish(). False: no such verb or not active.
    bool startCommand(ICommandContext *run);
    void cancelCommand(ICommandContext *run);
    void commandInput(ICommandContext *run, const QByteArray &chunk);
    /// Members (ourselves excluded) that accept one of the types of the plugin that provides \a verb.
    int membersForVerb(const QString &verb) const;

    // ---- log ----
    QAbstractItemModel *log(); ///< columns: time, source, line; newest last, at most 10,000 rows

Q_SIGNALS:
    void linkStateChanged();
    void pluginActivated(const QString &id);
    void pluginAboutToDeactivate(const QString &id); ///< delete its panel now
    void pluginDeactivated(const QString &id);
    void reported(const QString &pluginId, const patchbay::Error &error); ///< put it in front of the user
    void notified(const QString &pluginId, const QString &title, const QString &text);
    void logged(const QString &source, const QString &line);
    void quitRequested(); ///< a command asked this host to end (`patchbay-cli stop`)
    void questionsChanged();
    void membersChanged(); ///< somebody came, went or changed what they accept

private:
    void dropLink();
    void dial(const QList<QPair<QString, quint16>> &targets, const QByteArray &keyId, const QByteArray &token,
              bool reconnect);
    void connectTrust();
    void endLinkOf(const QByteArray &peerId);

    class Private;
    std::unique_ptr<Private> d;
};

/// $XDG_CONFIG_HOME/patchbay/default, or the folder given with --profile.
QString defaultProfileDirectory();

/// The default port of server mode.
inline constexpr quint16 kDefaultPort = 7229;

} // namespace patchbay::hub
