// SPDX-License-Identifier: MIT
#pragma once

#include <patchbay/panel.h>

#include <QObject>

namespace patchbay::file {

class FilePanelProvider final : public QObject, public IPanelProvider
{
    Q_OBJECT
    Q_INTERFACES(patchbay::IPanelProvider)

public:
    QWidget *createPanel(QObject *plugin, QWidget *parent) override;
};

} // namespace patchbay::file
