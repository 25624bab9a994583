// SPDX-License-Identifier: MIT
#pragma once

#include "hub/host.h"

#include <QDeadlineTimer>
#include <QTimer>
#include <QWidget>

QT_BEGIN_NAMESPACE
class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QRadioButton;
class QSettings;
class QSpinBox;
class QToolButton;
QT_END_NAMESPACE

namespace patchbay::gui {

/// The bar at the top: role, address, whom to let in, start and stop; under it the state of the link in words. All it
/// knows is in Host; it keeps only what is being typed, one address for each role: to listen on with a port of its own,
/// to join with everything in one field (an invite link, HOST or HOST:PORT). Its texts have no letters
/// underlined: with those of the panels they would not be unique. The Patchbay menu has shortcuts for all it does.
class ConnectionBar final : public QWidget
{
    Q_OBJECT

public:
    enum class Role { Server, Client };

    /// \a host is started and outlives the bar.
    explicit ConnectionBar(hub::Host &host, QWidget *parent = nullptr);

    void restore(const QSettings &settings);
    void save(QSettings &settings) const;

    Role role() const;
    void setRole(Role role);
    /// Sets role and fields and starts, as if typed and pressed.
    void startServer(const QString &address, quint16 port);
    void startClient(const QString &target);
    /// The same with what stands in the fields.
    void startNow();
    void focusAddress();

Q_SIGNALS:
    /// What stands in the fields cannot be used; one sentence.
    void refused(const QString &problem);
    /// A start was asked for: what was said about the last one is old.
    void starting();
    void inviteWanted();

protected:
    void changeEvent(QEvent *event) override;

private:
    struct Fields
    {
        QString address;
        quint16 port = hub::kDefaultPort;
    };

    void makeFields();
    void makeTrustFields();
    void makeStateLine();
    void arrange();
    void toggle();
    bool takeListener();
    bool takeTarget();
    void chooseAddress();
    void pasteTarget();
    void takeAdmission();
    void forgetLink();
    void refreshTrust();
    void refreshOffer();
    void showFields();
    void refresh();
    void refreshCountdown();
    void refuse(const QString &problem, QWidget *field);
    Fields &fields();

    hub::Host &m_host;
    Fields m_server;
    Fields m_client;
    QRadioButton *m_hostHere;
    QRadioButton *m_join;
    QLabel *m_addressLabel;
    QLineEdit *m_address;
    QToolButton *m_choose; ///< addresses to listen on
    QToolButton *m_paste;  ///< into the field of what to join
    QLabel *m_portLabel;
    QSpinBox *m_port;
    QLabel *m_admissionLabel;
    QComboBox *m_admission;
    QPushButton *m_invite;
    QPushButton *m_toggle;
    QLabel *m_warning;    ///< everybody may come in
    QPushButton *m_offer; ///< takes the invite link of the clipboard
    QLabel *m_stateIcon;
    QLabel *m_state;
    QLabel *m_encrypted;
    QLabel *m_addresses;
    QToolButton *m_copy;
    QLabel *m_countdown;
    QPushButton *m_retry;
    QTimer m_tick;
    QDeadlineTimer m_nextTry;
};

} // namespace patchbay::gui
