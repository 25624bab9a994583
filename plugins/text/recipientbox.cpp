// SPDX-License-Identifier: MIT
#include "recipientbox.h"

#include <patchbay/commandtools.h>

#include <QSignalBlocker>

namespace patchbay::text {

namespace {
constexpr int kRefillMs = 50;
constexpr int kShownDigits = 8; // of the peer id, beside a name that stands there twice
} // namespace

RecipientBox::RecipientBox(ITextLogic &logic, QWidget *parent) : QComboBox(parent), m_logic(logic)
{
    setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    setMinimumContentsLength(12);
    setMaxVisibleItems(20);
    m_refill.setSingleShot(true);
    m_refill.setInterval(kRefillMs);
    connect(&m_refill, &QTimer::timeout, this, &RecipientBox::fill);
    if (QAbstractItemModel *members = m_logic.members()) {
        const auto later = [this] {
            if (!m_refill.isActive())
                m_refill.start();
        };
        connect(members, &QAbstractItemModel::rowsInserted, this, later);
        connect(members, &QAbstractItemModel::rowsRemoved, this, later);
        connect(members, &QAbstractItemModel::dataChanged, this, later);
        connect(members, &QAbstractItemModel::modelReset, this, later);
    }
    fill();
}

MemberId RecipientBox::recipient() const
{
    return currentIndex() < 0 ? MemberId::None : MemberId(currentData().toULongLong());
}

void RecipientBox::fill()
{
    QList<QPair<QString, quint64>> wanted{{tr("Everyone"), quint64(MemberId::Everyone)}};
    const QAbstractItemModel *members = m_logic.members();
    QHash<QString, int> names;
    for (int row = 0; members && row < members->rowCount(); ++row)
        ++names[members->index(row, 0).data(NameRole).toString()];
    for (int row = 0; members && row < members->rowCount(); ++row) {
        const QModelIndex index = members->index(row, 0);
        const quint64 member = index.data(MemberIdRole).toULongLong();
        if (!m_logic.canSendTo(MemberId(member)))
            continue;
        const QString name = index.data(NameRole).toString();
        QString label = escaped(name);
        if (names.value(name) > 1)
            label += QStringLiteral(" (%1)").arg(
                QString::fromLatin1(index.data(PeerIdRole).toByteArray().toHex().left(kShownDigits)));
        if (index.data(IsHubRole).toBool())
            label = tr("%1 (hub)").arg(label);
        wanted.append({label, member});
    }
    if (wanted == m_filled)
        return; // a list that is open stays as it is
    const QVariant chosen = count() == 0 ? QVariant(quint64(MemberId::Everyone)) : currentData();
    const QSignalBlocker blocker(this);
    clear();
    for (const auto &[label, member] : std::as_const(wanted))
        addItem(label, member);
    setCurrentIndex(findData(chosen));
    setPlaceholderText(tr("Gone; choose anew"));
    m_filled = wanted;
}

} // namespace patchbay::text
