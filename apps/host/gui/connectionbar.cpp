// SPDX-License-Identifier: MIT
#include "gui/connectionbar.h"

#include "cli/options.h"
#include "gui/glyphicon.h"
#include "gui/linktext.h"

#include <QApplication>
#include <QBoxLayout>
#include <QClipboard>
#include <QEvent>
#include <QLabel>
#include <QLineEdit>
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
    : QWidget(parent), m_host(host), m_hostHere(new QRadioButton(tr("Host here"), this)),
      m_join(new QRadioButton(tr("Join"), this)), m_addressLabel(new QLabel(tr("Address:"), this)),
      m_address(new QLineEdit(this)), m_portLabel(new QLabel(tr("Port:"), this)), m_port(new QSpinBox(this)),
      m_toggle(new QPushButton(this)), m_stateIcon(new QLabel(this)), m_state(new QLabel(this)),
      m_addresses(new QLabel(this)), m_copy(new QToolButton(this)), m_countdown(new QLabel(this)),
      m_retry(new QPushButton(tr("Retry now"), this))
{
    makeFields();
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
    connect(m_retry, &QPushButton::clicked, this, [this] { m_host.retryNow(); });
    connect(m_copy, &QToolButton::clicked, this, [this] {
        const hub::LinkState &state = m_host.linkState();
        QApplication::clipboard()->setText(endpointText(state.localAddress, state.localPort));
    });
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
    m_address->setAccessibleName(tr("Address"));
    m_address->setMaxLength(300);
    m_addressLabel->setBuddy(m_address);
    m_port->setObjectName(QStringLiteral("port"));
    m_port->setAccessibleName(tr("Port"));
    m_port->setRange(0, 65535);
    m_port->setGroupSeparatorShown(false);
    m_port->setButtonSymbols(QAbstractSpinBox::NoButtons);
    m_port->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
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

void ConnectionBar::makeStateLine()
{
    m_stateIcon->setObjectName(QStringLiteral("stateIcon"));
    m_state->setObjectName(QStringLiteral("state"));
    m_state->setAccessibleName(tr("State of the link"));
    m_addresses->setObjectName(QStringLiteral("addresses"));
    m_addresses->setAccessibleName(tr("Addresses of the link"));
    m_countdown->setObjectName(QStringLiteral("countdown"));
    m_countdown->setAccessibleName(tr("Time until the next try"));
    for (QLabel *label : {m_state, m_addresses, m_countdown}) {
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
    inputs->addWidget(m_portLabel);
    inputs->addWidget(m_port);
    inputs->addWidget(m_toggle);
    auto *line = new QHBoxLayout;
    line->addWidget(m_stateIcon, 0, Qt::AlignVCenter);
    line->addWidget(m_state, 1);
    line->addWidget(m_countdown);
    line->addWidget(m_retry);
    line->addWidget(m_addresses);
    line->addWidget(m_copy);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(10, 8, 10, 6);
    column->setSpacing(6);
    column->addLayout(inputs);
    column->addLayout(line);

    const QList<QWidget *> order{m_hostHere, m_join, m_address, m_port, m_toggle, m_retry, m_copy};
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
            fields.address = address.left(300);
        if (isNumber && port <= 65535)
            fields.port = quint16(port);
    };
    read(QStringLiteral("server"), m_server);
    read(QStringLiteral("client"), m_client);
    showFields();
    // After the fields: leaving a role stores what stands in them.
    if (settings.value(QStringLiteral("role")).toString() == QLatin1String("client"))
        setRole(Role::Client);
}

void ConnectionBar::save(QSettings &settings) const
{
    const auto write = [&](const QString &key, const Fields &fields, bool isShown) {
        settings.setValue(key + QStringLiteral("/address"), isShown ? m_address->text() : fields.address);
        settings.setValue(key + QStringLiteral("/port"), isShown ? m_port->value() : int(fields.port));
    };
    write(QStringLiteral("server"), m_server, role() == Role::Server);
    write(QStringLiteral("client"), m_client, role() == Role::Client);
    settings.setValue(QStringLiteral("role"),
                      role() == Role::Server ? QStringLiteral("server") : QStringLiteral("client"));
}

void ConnectionBar::start(Role role, const QString &address, quint16 port)
{
    setRole(role);
    m_address->setText(address);
    m_port->setValue(port);
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
    if (!takeFields())
        return;
    Q_EMIT starting();
    if (role() == Role::Server)
        m_host.startServer(fields().address, fields().port);
    else
        m_host.startClient(fields().address, fields().port);
    refresh();
}

bool ConnectionBar::takeFields()
{
    const QString text = m_address->text().trimmed();
    if (text.isEmpty()) {
        refuse(role() == Role::Server ? tr("Type the address to listen on, for example 127.0.0.1.")
                                      : tr("Type the address of the hub to join, for example 127.0.0.1."),
               m_address);
        return false;
    }
    // An address that was pasted with its port is as good as two fields. A number alone is not: here it is an address.
    const auto endpoint = cli::parseEndpoint(text, {QString(), quint16(m_port->value())});
    bool isNumber = false;
    text.toUInt(&isNumber);
    if (!endpoint || isNumber) {
        refuse(tr("\"%1\" is not an address. Type one like 127.0.0.1, localhost or [::1].").arg(text), m_address);
        return false;
    }
    m_address->setText(endpoint->host);
    m_port->setValue(endpoint->port);
    if (role() == Role::Client && endpoint->port == 0) {
        refuse(tr("Type the port of the hub to join, from 1 to 65535."), m_port);
        return false;
    }
    fields() = {endpoint->host, endpoint->port};
    return true;
}

void ConnectionBar::refuse(const QString &problem, QWidget *field)
{
    field->setFocus(Qt::OtherFocusReason);
    Q_EMIT refused(problem);
}

void ConnectionBar::showFields()
{
    m_address->setText(fields().address);
    m_port->setValue(fields().port);
    const bool serves = role() == Role::Server;
    m_address->setPlaceholderText(serves ? tr("Address to listen on") : tr("Address of the hub"));
    m_port->setToolTip(serves ? tr("1 to 65535; 0 takes any free port") : tr("1 to 65535"));
    refresh();
}

void ConnectionBar::refresh()
{
    const hub::LinkState &state = m_host.linkState();
    const bool runs = isRunning(state);
    const bool serves = role() == Role::Server;
    for (QWidget *field : std::initializer_list<QWidget *>{m_hostHere, m_join, m_address, m_port})
        field->setEnabled(!runs);
    m_address->setClearButtonEnabled(!runs);

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
