// SPDX-License-Identifier: MIT
#pragma once

#include "hub/host.h"

#include <QDialog>

QT_BEGIN_NAMESPACE
class QLabel;
class QPlainTextEdit;
class QTreeView;
QT_END_NAMESPACE

namespace patchbay::gui {

class PluginListModel;

/// Every plugin that was found, with a switch, its state and why it was refused. Not modal: the panels behind it come
/// and go as it is used.
class PluginsDialog final : public QDialog
{
    Q_OBJECT

public:
    explicit PluginsDialog(hub::Host &host, QWidget *parent = nullptr);

private:
    void makeTable();
    void showDetails();

    PluginListModel *m_model;
    QTreeView *m_table;
    QPlainTextEdit *m_details;
    QLabel *m_problem;
};

} // namespace patchbay::gui
