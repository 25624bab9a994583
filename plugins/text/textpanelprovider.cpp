// SPDX-License-Identifier: MIT
#include "textpanelprovider.h"

#include "textpanel.h"

namespace patchbay::text {

QWidget *TextPanelProvider::createPanel(QObject *plugin, QWidget *parent)
{
    auto *logic = qobject_cast<ITextLogic *>(plugin);
    return logic ? new TextPanel(*logic, parent) : nullptr;
}

} // namespace patchbay::text
