// SPDX-License-Identifier: MIT
#pragma once

#include "hub/host.h"

#include <QDialog>

QT_BEGIN_NAMESPACE
class QLabel;
class QLineEdit;
QT_END_NAMESPACE

namespace patchbay::gui {

/// Settings of this host: the name others see.
class SettingsDialog final : public QDialog
{
    Q_OBJECT

public:
    explicit SettingsDialog(hub::Host &host, QWidget *parent = nullptr);

    void accept() override;

private:
    hub::Host &m_host;
    QLineEdit *m_name;
    QLabel *m_problem;
};

} // namespace patchbay::gui
