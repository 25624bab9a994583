// SPDX-License-Identifier: MIT
#pragma once

#include "ifilelogic.h"

#include <QFrame>

QT_BEGIN_NAMESPACE
class QLabel;
class QPushButton;
QT_END_NAMESPACE

namespace patchbay::file {

/// Asks about the oldest offer that waits: what, from whom, how big, where to, how much room there is. Hidden while
/// there is none.
class OfferBar final : public QFrame
{
    Q_OBJECT

public:
    explicit OfferBar(IFileLogic &logic, QWidget *parent = nullptr);

    /// Shows what waits now; call it when the transfers or the inbox folder changed.
    void refresh();

Q_SIGNALS:
    void folderWanted();

private:
    void accept();

    IFileLogic &m_logic;
    quint64 m_transfer = 0;
    QLabel *m_question;
    QLabel *m_place;
    QPushButton *m_accept;
    QPushButton *m_decline;
    QPushButton *m_folder;
};

} // namespace patchbay::file
