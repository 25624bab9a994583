// SPDX-License-Identifier: MIT
#pragma once

#include "hub/peermodel.h"
#include "hub/question.h"
#include "protocol/nodeevent.h"
#include "security/permissions.h"

#include <QObject>
#include <QTimer>

#include <functional>
#include <map>
#include <set>

namespace patchbay::hub {

/// Stands before the plugins: what a member may not do does not reach them. What only a person can decide is held
/// back, bounded, until that person has decided. Main thread.
class PermissionGate final : public QObject
{
    Q_OBJECT

public:
    static constexpr int kHeldEvents = 64;           ///< per member and plugin: a few lines of chat, not a flood
    static constexpr qsizetype kHeldBytes = 1 << 20; ///< per member and plugin
    static constexpr int kQuestions = 16;            ///< open at once: nobody answers more
    static constexpr std::chrono::seconds kPatience{120};

    enum class Pass { Yes, Held, No };
    /// What is set for this member and plugin: Yes, Ask or No.
    using Rule = std::function<security::Permission(const Member &, const QString &pluginId)>;

    explicit PermissionGate(Rule rule, QObject *parent = nullptr);

    struct Plugin
    {
        QString id;
        QString name;
        bool asksItself = false; ///< puts every stream offer before the user: Ask lets offers through
    };
    /// Whether \a event (a message or an offer) of \a member may reach the plugin now. Held: it is kept here and
    /// comes back by released() or refused().
    Pass check(const Member &member, const Plugin &plugin, const protocol::NodeEvent &event);

    QList<Question> questions() const;
    /// Yes holds until the link ends or the member leaves. False: there is no such question here.
    bool answer(quint64 id, bool yes);
    /// A rule changed: questions it answers are closed.
    void recheck();

    void memberLeft(MemberId member);
    void streamClosed(protocol::StreamKey key);
    void clear();

Q_SIGNALS:
    void questionsChanged();
    void released(const QList<patchbay::protocol::NodeEvent> &events);
    void refused(const QList<patchbay::protocol::NodeEvent> &events);
    void logged(const QString &line);

private:
    struct Held
    {
        Question question;
        Member member;
        Plugin plugin;
        QList<protocol::NodeEvent> events;
        qsizetype bytes = 0;
        qint64 since = 0;
    };
    using Key = std::pair<quint64, QString>; ///< member, plugin

    void close(std::map<Key, Held>::iterator held, bool yes);
    void dropStale();

    Rule m_rule;
    std::map<Key, Held> m_held;
    std::set<Key> m_allowed; ///< by an answer
    std::set<Key> m_denied;  ///< by an answer
    QTimer m_timer;
    quint64 m_lastQuestion = 1; ///< odd: see Doorman
};

} // namespace patchbay::hub
