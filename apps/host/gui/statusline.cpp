// SPDX-License-Identifier: MIT
#include "gui/statusline.h"

#include "gui/linktext.h"

#include <QFontMetrics>
#include <QLabel>
#include <QLocale>
#include <QStatusBar>

namespace patchbay::gui {

namespace {

constexpr int kRateMs = 1000;

QString rateText(quint64 bytes, qint64 elapsedMs)
{
    const auto perSecond = qint64(double(bytes) * 1000.0 / double(std::max<qint64>(1, elapsedMs)));
    return QLocale().formattedDataSize(perSecond, 1);
}

QLabel *makeLabel(const QString &objectName, const QString &accessibleName, QStatusBar *bar)
{
    auto *label = new QLabel(bar);
    label->setObjectName(objectName);
    label->setAccessibleName(accessibleName);
    label->setTextFormat(Qt::PlainText);
    label->setMargin(3);
    return label;
}

} // namespace

StatusLine::StatusLine(hub::Host &host, QStatusBar *bar)
    : QObject(bar), m_host(host), m_state(makeLabel(QStringLiteral("statusState"), tr("State"), bar)),
      m_addresses(makeLabel(QStringLiteral("statusAddresses"), tr("Addresses"), bar)),
      m_members(makeLabel(QStringLiteral("statusMembers"), tr("Number of members"), bar)),
      m_rates(makeLabel(QStringLiteral("statusRates"), tr("Bytes per second received and sent"), bar))
{
    // Permanent, so that a notification beside them hides none of them.
    for (QLabel *label : {m_state, m_addresses, m_members, m_rates})
        bar->addPermanentWidget(label);
    m_addresses->setToolTip(tr("Addresses of the link, our own first"));
    m_rates->setToolTip(tr("Received and sent per second, everything of this host together"));
    m_rates->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    // Nothing beside it moves when the figures change.
    m_rates->setMinimumWidth(m_rates->fontMetrics().horizontalAdvance(QStringLiteral("↓ 000.0 MiB/s   ↑ 000.0 MiB/s"))
                             + 2 * m_rates->margin());

    connect(&m_host, &hub::Host::linkStateChanged, this, &StatusLine::refreshLink);
    connect(&m_host, &hub::Host::membersChanged, this, &StatusLine::refreshMembers);
    m_second.setInterval(kRateMs);
    connect(&m_second, &QTimer::timeout, this, &StatusLine::refreshRates);
    m_second.start();
    m_sinceLast.start();
    m_bytesIn = m_host.bytesIn();
    m_bytesOut = m_host.bytesOut();
    refreshLink();
    refreshMembers();
    refreshRates();
}

void StatusLine::refreshLink()
{
    m_state->setText(phaseName(m_host.linkState()));
    m_addresses->setText(m_host.linkState().isUp() ? addressesText(m_host.linkState()) : QString());
}

void StatusLine::refreshMembers()
{
    m_members->setText(tr("Members: %1").arg(m_host.members()->rowCount()));
}

void StatusLine::refreshRates()
{
    const quint64 in = m_host.bytesIn();
    const quint64 out = m_host.bytesOut();
    const qint64 elapsed = m_sinceLast.restart();
    // A new link may count from 0 again.
    m_rates->setText(tr("↓ %1/s   ↑ %2/s")
                         .arg(rateText(in >= m_bytesIn ? in - m_bytesIn : in, elapsed),
                              rateText(out >= m_bytesOut ? out - m_bytesOut : out, elapsed)));
    m_bytesIn = in;
    m_bytesOut = out;
}

} // namespace patchbay::gui
