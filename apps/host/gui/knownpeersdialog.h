// SPDX-License-Identifier: MIT
#pragma once

#include "hub/host.h"

#include <QDialog>

QT_BEGIN_NAMESPACE
class QComboBox;
class QGridLayout;
class QLabel;
class QLineEdit;
class QPushButton;
class QTreeView;
QT_END_NAMESPACE

namespace patchbay::gui {

class KnownPeersTable;

/// Everybody whose key this profile keeps: how they were verified, what they may do here, and forgetting, banning and
/// muting them. Not modal.
class KnownPeersDialog final : public QDialog
{
    Q_OBJECT

public:
    explicit KnownPeersDialog(hub::Host &host, QWidget *parent = nullptr);

    /// Selects that peer, also one of whom nothing is kept yet.
    void showPeer(const QByteArray &peerId, const QString &name);

private:
    void makeTable();
    QLayout *makeOwnKey();
    QLayout *makeKey();
    QWidget *makeButtons();
    void showDetails();
    void showPermissions();
    QComboBox *permissionBox(const QString &pluginId, bool ofMembers);
    void askToForget();
    void act(const Error &error);
    QByteArray peerId() const; ///< of the selected row; empty without one
    QVariant value(int role) const;

    hub::Host &m_host;
    KnownPeersTable *m_model;
    QTreeView *m_table;
    QLineEdit *m_key;
    QPushButton *m_copyKey;
    QWidget *m_permissions = nullptr;
    QWidget *m_permissionsPlace;
    QLabel *m_explanation;
    QLabel *m_problem;
    QPushButton *m_forget;
    QPushButton *m_ban;
    QPushButton *m_mute;
    QByteArray m_selected;
    QString m_permissionsOf; ///< what the boxes were made for
};

} // namespace patchbay::gui
