// SPDX-License-Identifier: MIT
#pragma once

#include "itextlogic.h"

#include <QComboBox>
#include <QList>
#include <QPair>
#include <QTimer>

namespace patchbay::text {

/// Chooses who gets a message: everyone, or one of the members. Keeps its choice while members come and go; when the
/// chosen one leaves it shows that nobody is chosen, so that no private message goes to everyone by accident.
class RecipientBox final : public QComboBox
{
    Q_OBJECT

public:
    RecipientBox(ITextLogic &logic, QWidget *parent = nullptr);

    /// MemberId::None when the chosen member is gone.
    MemberId recipient() const;

private:
    void fill();

    ITextLogic &m_logic;
    QList<QPair<QString, quint64>> m_filled; ///< what the box shows: label, member
    QTimer m_refill;                         ///< many members joining at once fill the box once
};

} // namespace patchbay::text
