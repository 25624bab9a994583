// SPDX-License-Identifier: MIT
#include "filepanelprovider.h"

#include "filepanel.h"

namespace patchbay::file {

QWidget *FilePanelProvider::createPanel(QObject *plugin, QWidget *parent)
{
    auto *logic = qobject_cast<IFileLogic *>(plugin);
    return logic ? new FilePanel(*logic, parent) : nullptr;
}

} // namespace patchbay::file
