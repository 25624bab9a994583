// SPDX-License-Identifier: MIT
#pragma once

#include "hub/host.h"

#include <QDialog>
#include <QTimer>

QT_BEGIN_NAMESPACE
class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;
class QSpinBox;
class QTreeWidget;
QT_END_NAMESPACE

namespace patchbay::gui {

class QrCode;

/// Makes invite links of our hub, shows them as text and as a QR code, and lists those that were made. Not modal.
class InviteDialog final : public QDialog
{
    Q_OBJECT

public:
    explicit InviteDialog(hub::Host &host, QWidget *parent = nullptr);

private:
    QWidget *makeForm();
    QWidget *makeLink();
    QWidget *makeList();
    void create();
    void revoke();
    void refresh();
    void refreshList();
    void showProblem(const QString &problem);

    hub::Host &m_host;
    QSpinBox *m_uses;
    QComboBox *m_lifetime;
    QPushButton *m_create;
    QLabel *m_problem;
    QWidget *m_result = nullptr;
    QLineEdit *m_link;
    QPushButton *m_copy;
    QrCode *m_code;
    QTreeWidget *m_list;
    QPushButton *m_revoke;
    QTimer m_tick;      ///< invites are used up and expire without a word
    QByteArray m_shown; ///< id of the invite whose link stands here
};

} // namespace patchbay::gui
