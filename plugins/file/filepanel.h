// SPDX-License-Identifier: MIT
#pragma once

#include "ifilelogic.h"

#include <QList>
#include <QPair>
#include <QTimer>
#include <QWidget>

QT_BEGIN_NAMESPACE
class QCheckBox;
class QComboBox;
class QLabel;
class QPushButton;
class QTableView;
QT_END_NAMESPACE

namespace patchbay::file {

class OfferBar;

/// File transfer: whom to send to, offers to answer, the table of transfers, where files land.
class FilePanel final : public QWidget
{
    Q_OBJECT

public:
    /// \a logic must outlive the panel.
    explicit FilePanel(IFileLogic &logic, QWidget *parent = nullptr);

protected:
    void dragEnterEvent(QDragEnterEvent *event) override;
    void dropEvent(QDropEvent *event) override;

private:
    QLayout *makeSendRow();
    void makeTable();
    QLayout *makeInboxRow();
    void fillMembers();
    void chooseFiles();
    void sendFiles(const QStringList &paths);
    void chooseFolder();
    void showInFolder();
    void cancelSelected();
    void updateButtons();
    void showInbox();
    quint64 selectedTransfer() const;

    IFileLogic &m_logic;
    QComboBox *m_member;
    QPushButton *m_send;
    OfferBar *m_offers;
    QTableView *m_table;
    QPushButton *m_cancel;
    QPushButton *m_show;
    QPushButton *m_clear;
    QLabel *m_problem;
    QLabel *m_inbox;
    QCheckBox *m_acceptAll;
    QList<QPair<QString, quint64>> m_filled; ///< what the box of members shows
    QTimer m_refresh;                        ///< many changes at once are shown once
};

} // namespace patchbay::file
