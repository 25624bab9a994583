// SPDX-License-Identifier: MIT
#pragma once

#include <QDialog>

namespace patchbay::gui {

/// Versions and licences.
class AboutDialog final : public QDialog
{
    Q_OBJECT

public:
    explicit AboutDialog(QWidget *parent = nullptr);
};

} // namespace patchbay::gui
