// SPDX-License-Identifier: MIT
#include "gui/connectionbar.h"

#include "cli/options.h"
#include "gui/glyphicon.h"
#include "gui/jointarget.h"
#include "gui/linktext.h"
#include "gui/listenchoices.h"

#include <QApplication>
#include <QBoxLayout>
#include <QClipboard>
#include <QComboBox>
#include <QEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QRadioButton>
#include <QSettings>
#include <QSpinBox>
#include <QStyle>
#include <QToolButton>

namespace patchbay::gui {

namespace {

using Phase = hub::LinkState::Phase;

constexpr int kCountdownMs = 250;
constexpr int kMaxTarget = 1100; // an invite link with many addresses
constexpr int kAskIndex = 1;
constexpr int kAnyoneIndex = 2;

Glyph stateGlyph(const hub::LinkState &state)
{
    if (state.isUp())
        return Glyph::StateUp;
    if (state.phase == Phase::Failed)
        return Glyph::Warning;
    return isRunning(state) ? Glyph::StateWaiting : Glyph::StateOff;
}

} // namespace

ConnectionBar::ConnectionBar(hub::Host &host, QWidget *parent)
    : QWidget(parent), m_host(host), m_server({QStringLiteral("*"), hub::kDefaultPort}),
      m_hostHere(new QRadioButton(tr("Host here"), this)), m_join(new QRadioButton(tr("Join"), this)),
      m_addressLabel(new QLabel(this)), m_address(new QLineEdit(this)), m_choose(new QToolButton(this)),
      m_paste(new QToolButton(this)), m_portLabel(new QLabel(tr("Port:"), this)), m_port(new QSpinBox(this)),
      m_admissionLabel(new QLabel(tr("Let in:"), this)), m_admission(new QComboBox(this)),
      m_invite(new QPushButton(glyphIcon(Glyph::Invite), tr("Invite…"), this)), m_toggle(new QPushButton(this)),
      m_warning(new QLabel(this)), m_offer(new QPushButton(this)), m_stateIcon(new QLabel(this)),
      m_state(new QLabel(this)), m_encrypted(new QLabel(this)), m_addresses(new QLabel(this)),
      m_copy(new QToolButton(this)), m_countdown(new QLabel(this)), m_retry(new QPushButton(tr("Retry now"), this))
{
    makeFields();
    makeTrustFields();
    makeStateLine();
    arrange();
    m_hostHere->setChecked(true);

    connect(m_hostHere, &QRadioButton::toggled, this, [this](bool serves) {
        // What was typed for the role that was left stays there.
        Fields &left = serves ? m_client : m_server;
        left.address = m_address->text();
        left.port = quint16(m_port->value());
        showFields();
    });
    connect(m_toggle, &QPushButton::clicked, this, &ConnectionBar::toggle);
    connect(m_address, &QLineEdit::returnPressed, this, [this] {
        if (!isRunning(m_host.linkState()))
            startNow();
    });
    connect(m_address, &QLineEdit::textChanged, this, &ConnectionBar::refreshOffer);
    connect(m_retry, &QPushButton::clicked, this, [this] { m_host.retryNow(); });
    connect(m_copy, &QToolButton::clicked, this, [this] {
        const hub::LinkState &state = m_host.linkState();
        QApplication::clipboard()->setText(endpointText(state.localAddress, state.localPort));
    });
    connect(QApplication::clipboard(), &QClipboard::dataChanged, this, &ConnectionBar::refreshOffer);
    m_tick.setInterval(kCountdownMs);
    connect(&m_tick, &QTimer::timeout, this, &ConnectionBar::refreshCountdown);
    connect(&m_host, &hub::Host::linkStateChanged, this, &ConnectionBar::refresh);

    showFields();
}

void ConnectionBar::makeFields()
{
    m_hostHere->setObjectName(QStringLiteral("hostHere"));
    m_hostHere->setAccessibleName(tr("Host here"));
    m_hostHere->setToolTip(tr("Server mode: others join you"));
    m_join->setObjectName(QStringLiteral("join"));
    m_join->setAccessibleName(tr("Join"));
    m_join->setToolTip(tr("Client mode: you join somebody who hosts"));
    m_address->setObjectName(QStringLiteral("address"));
    m_address->setMaxLength(kMaxTarget);
    m_address->setMinimumWidth(fontMetrics().averageCharWidth() * 18);
    m_addressLabel->setBuddy(m_address);
    m_choose->setObjectName(QStringLiteral("chooseAddress"));
    m_choose->setIcon(glyphIcon(Glyph::Choose));
    m_choose->setToolTip(tr("Choose the address to listen on"));
    m_choose->setAccessibleName(tr("Choose the address to listen on"));
    m_choose->setFocusPolicy(Qt::StrongFocus);
    connect(m_choose, &QToolButton::clicked, this, &ConnectionBar::chooseAddress);
    m_paste->setObjectName(QStringLiteral("pasteTarget"));
    m_paste->setIcon(glyphIcon(Glyph::Paste));
    m_paste->setToolTip(tr("Paste an invite link or an address"));
    m_paste->setAccessibleName(tr("Paste an invite link or an address"));
    m_paste->setFocusPolicy(Qt::StrongFocus);
    connect(m_paste, &QToolButton::clicked, this, &ConnectionBar::pasteTarget);
    m_port->setObjectName(QStringLiteral("port"));
    m_port->setAccessibleName(tr("Port"));
    m_port->setRange(0, 65535);
    m_port->setGroupSeparatorShown(false);
    m_port->setButtonSymbols(QAbstractSpinBox::NoButtons);
    m_port->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_port->setToolTip(tr("1 to 65535; 0 takes any free port"));
    m_portLabel->setBuddy(m_port);
    m_toggle->setObjectName(QStringLiteral("toggleLink"));
    // As wide as its longest text, so that nothing moves when the text changes.
    int widest = 0;
    for (const QString &text : {tr("Start"), tr("Stop"), tr("Connect"), tr("Disconnect"), tr("Cancel")}) {
        m_toggle->setText(text);
        m_toggle->setIcon(glyphIcon(Glyph::Start));
        widest = std::max(widest, m_toggle->sizeHint().width());
    }
    m_toggle->setMinimumWidth(widest);
}

void ConnectionBar::makeTrustFields()
{
    m_admission->setObjectName(QStringLiteral("admission"));
    m_admission->setAccessibleName(tr("Whom to let in"));
    m_admission->setToolTip(tr("Whom your hub lets in beside those it knows or has invited"));
    m_admission->addItem(tr("Known and invited"), QStringLiteral("known"));
    m_admission->addItem(tr("Ask me"), QStringLiteral("ask"));
    m_admission->addItem(tr("Anyone"), QStringLiteral("anyone"));
    m_admission->setCurrentIndex(kAskIndex);
    m_admissionLabel->setBuddy(m_admission);
    connect(m_admission, &QComboBox::currentIndexChanged, this, &ConnectionBar::takeAdmission);
    m_invite->setObjectName(QStringLiteral("invite"));
    m_invite->setAccessibleName(tr("Invite somebody"));
    connect(m_invite, &QPushButton::clicked, this, &ConnectionBar::inviteWanted);
    m_warning->setObjectName(QStringLiteral("admissionWarning"));
    m_warning->setTextFormat(Qt::PlainText);
    m_warning->setWordWrap(true);
    m_warning->setText(tr("Warning: whoever reaches this computer comes in without being asked for, and nobody makes "
                          "sure who they are."));
    QFont bold = m_warning->font();
    bold.setBold(true);
    m_warning->setFont(bold);
    m_offer->setObjectName(QStringLiteral("useClipboardLink"));
    m_offer->setText(tr("Use the invite link from the clipboard"));
    m_offer->setAccessibleName(m_offer->text());
    m_offer->setIcon(glyphIcon(Glyph::Invite));
    connect(m_offer, &QPushButton::clicked, this, &ConnectionBar::pasteTarget);
    takeAdmission();
}

void ConnectionBar::makeStateLine()
{
    m_stateIcon->setObjectName(QStringLiteral("stateIcon"));
    m_state->setObjectName(QStringLiteral("state"));
    m_state->setAccessibleName(tr("State of the link"));
    m_addresses->setObjectName(QStringLiteral("addresses"));
    m_addresses->setAccessibleName(tr("Addresses of the link"));
    m_countdown->setObjectName(QStringLiteral("countdown"));
    m_countdown->setAccessibleName(tr("Time until the next try"));
    m_encrypted->setObjectName(QStringLiteral("encrypted"));
    m_encrypted->setAccessibleName(tr("Encryption"));
    for (QLabel *label : {m_state, m_encrypted, m_addresses, m_countdown}) {
        label->setTextFormat(Qt::PlainText);
        label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    }
    m_state->setWordWrap(true);
    m_addresses->setForegroundRole(QPalette::PlaceholderText);
    m_copy->setObjectName(QStringLiteral("copyAddress"));
    m_copy->setAutoRaise(true);
    m_copy->setIcon(glyphIcon(Glyph::Copy));
    m_copy->setToolTip(tr("Copy the address others join with"));
    m_copy->setAccessibleName(tr("Copy the address others join with"));
    m_retry->setObjectName(QStringLiteral("retry"));
    m_retry->setAccessibleName(tr("Try to connect again now"));
    m_retry->setIcon(glyphIcon(Glyph::Retry));
    m_state->setMinimumHeight(m_retry->sizeHint().height()); // nothing moves when the button comes
}

void ConnectionBar::arrange()
{
    auto *inputs = new QHBoxLayout;
    inputs->addWidget(m_hostHere);
    inputs->addWidget(m_join);
    inputs->addSpacing(style()->pixelMetric(QStyle::PM_LayoutHorizontalSpacing) + 6);
    inputs->addWidget(m_addressLabel);
    inputs->addWidget(m_address, 1);
    inputs->addWidget(m_choose);
    inputs->addWidget(m_paste);
    inputs->addWidget(m_portLabel);
    inputs->addWidget(m_port);
    inputs->addWidget(m_admissionLabel);
    inputs->addWidget(m_admission);
    inputs->addWidget(m_invite);
    inputs->addWidget(m_toggle);
    auto *line = new QHBoxLayout;
    line->addWidget(m_stateIcon, 0, Qt::AlignVCenter);
    line->addWidget(m_state, 1);
    line->addWidget(m_countdown);
    line->addWidget(m_retry);
    line->addWidget(m_encrypted);
    line->addWidget(m_addresses);
    line->addWidget(m_copy);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(10, 8, 10, 6);
    column->setSpacing(6);
    column->addLayout(inputs);
    column->addWidget(m_offer, 0, Qt::AlignLeft);
    column->addWidget(m_warning);
    column->addLayout(line);

    const QList<QWidget *> order{m_hostHere,  m_join,   m_address, m_choose, m_paste, m_port,
                                 m_admission, m_invite, m_toggle,  m_offer,  m_retry, m_copy};
    for (qsizetype i = 1; i < order.size(); ++i)
        setTabOrder(order[i - 1], order[i]);
}

ConnectionBar::Role ConnectionBar::role() const
{
    return m_hostHere->isChecked() ? Role::Server : Role::Client;
}

void ConnectionBar::setRole(Role role)
{
    (role == Role::Server ? m_hostHere : m_join)->setChecked(true);
}

ConnectionBar::Fields &ConnectionBar::fields()
{
    return role() == Role::Server ? m_server : m_client;
}

void ConnectionBar::restore(const QSettings &settings)
{
    const auto read = [&settings](const QString &key, Fields &fields) {
        const QString address = settings.value(key + QStringLiteral("/address")).toString();
        bool isNumber = false;
        const uint port = settings.value(key + QStringLiteral("/port")).toUInt(&isNumber);
        if (!address.isEmpty())
            fields.address = address.left(kMaxTarget);
        if (isNumber && port <= 65535)
            fields.port = quint16(port);
    };
    read(QStringLiteral("server"), m_server);
    read(QStringLiteral("client"), m_client);
    const int admission = m_admission->findData(settings.value(QStringLiteral("admission")).toString());
    m_admission->setCurrentIndex(admission >= 0 ? admission : kAskIndex);
    showFields();
    // After the fields: leaving a role stores what stands in them.
    if (settings.value(QStringLiteral("role")).toString() == QLatin1String("client"))
        setRole(Role::Client);
}

void ConnectionBar::save(QSettings &settings) const
{
    const bool serves = role() == Role::Server;
    const QString target = serves ? m_client.address : m_address->text();
    settings.setValue(QStringLiteral("server/address"), serves ? m_address->text() : m_server.address);
    settings.setValue(QStringLiteral("server/port"), serves ? m_port->value() : int(m_server.port));
    if (!isInviteLink(target)) // a secret
        settings.setValue(QStringLiteral("client/address"), target);
    settings.setValue(QStringLiteral("admission"), m_admission->currentData());
    settings.setValue(QStringLiteral("role"), serves ? QStringLiteral("server") : QStringLiteral("client"));
}

void ConnectionBar::startServer(const QString &address, quint16 port)
{
    setRole(Role::Server);
    m_address->setText(address);
    m_port->setValue(port);
    startNow();
}

void ConnectionBar::startClient(const QString &target)
{
    setRole(Role::Client);
    m_address->setText(target);
    startNow();
}

void ConnectionBar::focusAddress()
{
    m_address->setFocus(Qt::OtherFocusReason);
    m_address->selectAll();
}

void ConnectionBar::toggle()
{
    if (isRunning(m_host.linkState()))
        m_host.stopLink();
    else
        startNow();
}

void ConnectionBar::startNow()
{
    m_port->interpretText();
    if (!(role() == Role::Server ? takeListener() : takeTarget()))
        return;
    refresh();
}

bool ConnectionBar::takeListener()
{
    const QString text = m_address->text().trimmed();
    if (text.isEmpty()) {
        refuse(tr("Type the address to listen on: * for all of this computer, or 127.0.0.1."), m_address);
        return false;
    }
    // An address that was pasted with its port is as good as two fields. A number alone is not: here it is an address.
    const auto endpoint = cli::parseEndpoint(text, {QString(), quint16(m_port->value()), QString()});
    bool isNumber = false;
    text.toUInt(&isNumber);
    if (isInviteLink(text) || !endpoint || isNumber) {
        refuse(isInviteLink(text) ? tr("An invite link is for joining. Choose Join, and paste it there.")
                                  : tr("\"%1\" is not an address. Type one like *, 127.0.0.1 or [::1].").arg(text),
               m_address);
        return false;
    }
    m_address->setText(endpoint->host);
    m_port->setValue(endpoint->port);
    m_server = {endpoint->host, endpoint->port};
    Q_EMIT starting();
    m_host.startServer(m_server.address, m_server.port);
    return true;
}

bool ConnectionBar::takeTarget()
{
    const QString text = m_address->text().trimmed();
    bool isNumber = false;
    text.toUInt(&isNumber);
    if (text.isEmpty() || isNumber) {
        refuse(tr("Paste the invite link you were sent, or type the address of the hub, for example 127.0.0.1:%1.")
                   .arg(hub::kDefaultPort),
               m_address);
        return false;
    }
    // Names are resolved as they stand: what nothing can answer to is told at once.
    if (!isInviteLink(text) && !cli::parseEndpoint(text, {QString(), hub::kDefaultPort, QString()})) {
        refuse(tr("\"%1\" is not an address. Type one like 127.0.0.1, localhost:%2 or [::1].")
                   .arg(text)
                   .arg(hub::kDefaultPort),
               m_address);
        return false;
    }
    Q_EMIT starting();
    const Error error = m_host.startClient(text);
    if (error.isError()) {
        refuse(error.message, m_address);
        return false;
    }
    m_client.address = text;
    return true;
}

void ConnectionBar::chooseAddress()
{
    auto *menu = new QMenu(this);
    menu->setObjectName(QStringLiteral("addressMenu"));
    menu->setAttribute(Qt::WA_DeleteOnClose);
    const QList<ListenChoice> choices = listenChoices();
    for (const ListenChoice &choice : choices) {
        menu->addAction(tr("%1: %2").arg(choice.text, choice.address), this, [this, choice] {
            m_address->setText(choice.address);
            m_address->setFocus();
        });
    }
    menu->popup(m_choose->mapToGlobal(QPoint(0, m_choose->height())));
}

void ConnectionBar::pasteTarget()
{
    const QString text = QApplication::clipboard()->text().trimmed();
    if (text.isEmpty())
        return refuse(tr("The clipboard is empty. Copy the invite link first."), m_address);
    m_address->setText(text.left(kMaxTarget));
    m_toggle->setFocus();
}

void ConnectionBar::takeAdmission()
{
    const QString word = m_admission->currentData().toString();
    if (word == QLatin1String("anyone"))
        m_host.setAdmission(hub::AdmissionPolicy::Anyone);
    else
        m_host.setAdmission(word == QLatin1String("known") ? hub::AdmissionPolicy::Known : hub::AdmissionPolicy::Ask);
    refreshTrust();
}

/// A link has done its work: from now on the hub is known by its address, and the secret need not stand here.
void ConnectionBar::forgetLink()
{
    const QString link = role() == Role::Client ? m_address->text() : m_client.address;
    if (!isInviteLink(link))
        return;
    const hub::LinkState &state = m_host.linkState();
    const QString reached = endpointText(state.peerAddress, state.peerPort);
    m_client.address = readLink(link).addresses.contains(reached) ? reached : m_host.linkTarget();
    if (role() == Role::Client)
        m_address->setText(m_client.address);
}

void ConnectionBar::refuse(const QString &problem, QWidget *field)
{
    field->setFocus(Qt::OtherFocusReason);
    Q_EMIT refused(problem);
}

void ConnectionBar::showFields()
{
    const bool serves = role() == Role::Server;
    m_address->setText(fields().address);
    m_address->setCursorPosition(0);
    m_port->setValue(fields().port);
    m_addressLabel->setText(serves ? tr("Address:") : tr("Hub:"));
    m_address->setAccessibleName(serves ? tr("Address to listen on") : tr("Invite link or address of the hub"));
    m_address->setPlaceholderText(serves ? tr("Address to listen on")
                                         : tr("Invite link, or address like 192.168.1.20:%1").arg(hub::kDefaultPort));
    for (QWidget *field :
         std::initializer_list<QWidget *>{m_choose, m_portLabel, m_port, m_admissionLabel, m_admission, m_invite})
        field->setVisible(serves);
    m_paste->setVisible(!serves);
    refresh();
}

/// What depends on who may come in and on whether anything is encrypted.
void ConnectionBar::refreshTrust()
{
    const hub::LinkState &state = m_host.linkState();
    const bool hosts = state.mode == hub::LinkState::Mode::Server && state.isUp();
    m_admission->setEnabled(!state.isPlain);
    m_invite->setEnabled(hosts && !state.isPlain);
    m_invite->setToolTip(m_invite->isEnabled() ? tr("Make a link that lets somebody in")
                                               : tr("Start first: only a hub that is up can invite"));
    m_warning->setVisible(role() == Role::Server && !state.isPlain && m_admission->currentIndex() == kAnyoneIndex);
    m_encrypted->setVisible(state.isUp());
    m_encrypted->setText(state.isPlain ? tr("NOT ENCRYPTED") : tr("Encrypted"));
    QFont font = m_state->font();
    font.setBold(state.isPlain);
    m_encrypted->setFont(font);
}

void ConnectionBar::refreshOffer()
{
    const QString link = role() == Role::Client && !isRunning(m_host.linkState()) ? linkInClipboard() : QString();
    m_offer->setVisible(!link.isEmpty() && link != m_address->text().trimmed());
}

void ConnectionBar::refresh()
{
    const hub::LinkState &state = m_host.linkState();
    const bool runs = isRunning(state);
    const bool serves = role() == Role::Server;
    for (QWidget *field : std::initializer_list<QWidget *>{m_hostHere, m_join, m_address, m_choose, m_paste, m_port})
        field->setEnabled(!runs);
    m_address->setClearButtonEnabled(!runs);
    if (state.mode == hub::LinkState::Mode::Client && state.phase == Phase::Ready)
        forgetLink();
    refreshTrust();
    refreshOffer();

    QString action;
    if (!runs)
        action = serves ? tr("Start") : tr("Connect");
    else if (state.isUp())
        action = state.mode == hub::LinkState::Mode::Server ? tr("Stop") : tr("Disconnect");
    else
        action = tr("Cancel");
    m_toggle->setText(action);
    m_toggle->setAccessibleName(action);
    m_toggle->setIcon(glyphIcon(runs ? Glyph::Stop : Glyph::Start));

    const int size = style()->pixelMetric(QStyle::PM_SmallIconSize, nullptr, this);
    m_stateIcon->setPixmap(glyphIcon(stateGlyph(state)).pixmap(QSize(size, size), devicePixelRatioF()));
    m_stateIcon->setAccessibleName(phaseName(state));
    QString text = state.text;
    if (text.isEmpty())
        text = runs ? phaseName(state) : tr("Not connected. Host here, or join somebody who does.");
    m_state->setText(text);
    m_addresses->setText(state.isUp() ? addressesText(state) : QString());
    m_addresses->setVisible(state.isUp());
    m_copy->setVisible(state.phase == Phase::Listening);

    const bool waits = state.phase == Phase::Waiting;
    m_countdown->setVisible(waits);
    m_retry->setVisible(waits);
    if (waits) {
        m_nextTry.setRemainingTime(state.retryInMs);
        m_tick.start();
        refreshCountdown();
    } else {
        m_tick.stop();
    }
}

void ConnectionBar::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::ActivationChange)
        refreshOffer(); // some desktops tell of a new clipboard only now
    if (event->type() == QEvent::PaletteChange)
        refresh(); // the icon of the state is drawn in its colours
    QWidget::changeEvent(event);
}

void ConnectionBar::refreshCountdown()
{
    const qint64 seconds = (std::max<qint64>(0, m_nextTry.remainingTime()) + 999) / 1000;
    m_countdown->setText(seconds > 0 ? tr("Next try in %1 s").arg(seconds) : tr("Trying again…"));
}

} // namespace patchbay::gui
