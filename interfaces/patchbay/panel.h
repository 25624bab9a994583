// SPDX-License-Identifier: MIT
#pragma once

#include <QObject>

QT_BEGIN_NAMESPACE
class QWidget;
QT_END_NAMESPACE

namespace patchbay {

/// What the factory of a panel module creates. Loaded only by a host with a window.
class IPanelProvider
{
public:
    /// Main thread, after activate(). \a plugin is the logic object of the module named in "panelFor" (null for
    /// a panel-only plugin): find your own interface on it with qobject_cast, never a concrete class, because
    /// the two modules are not linked. The widget belongs to \a parent and is deleted before deactivate().
    virtual QWidget *createPanel(QObject *plugin, QWidget *parent) = 0;

protected:
    ~IPanelProvider() = default;
};

} // namespace patchbay

Q_DECLARE_INTERFACE(patchbay::IPanelProvider, "org.patchbay.IPanelProvider/1")
