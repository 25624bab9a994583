// SPDX-License-Identifier: MIT
#pragma once

#include "hub/host.h"

#include <QHash>
#include <QMainWindow>

QT_BEGIN_NAMESPACE
class QDockWidget;
class QLabel;
QT_END_NAMESPACE

namespace patchbay::gui {

/// The middle of the window: one dock for the panel of each active plugin. A dock lives from Host::pluginActivated()
/// to Host::pluginAboutToDeactivate(); its place outlives it.
class PanelArea final : public QMainWindow
{
    Q_OBJECT

public:
    /// \a host is started and outlives the area. Makes the docks of the plugins that are active already.
    explicit PanelArea(hub::Host &host, QWidget *parent = nullptr);

    void restore(const QByteArray &state); ///< from saveState(); call once the first panels are there
    void resetLayout();                    ///< every panel shown, at its first place
    QList<QDockWidget *> docks() const;    ///< in order of activation

Q_SIGNALS:
    void docksChanged();
    void panelFailed(const QString &pluginId, const QString &problem);

protected:
    void showEvent(QShowEvent *event) override;

private:
    void addPanel(const QString &pluginId);
    void removePanel(const QString &pluginId);
    void placeFirst(QDockWidget *dock, const QList<QDockWidget *> &before);
    void shareWidth();
    void refreshHint();

    hub::Host &m_host;
    QLabel *m_hint;
    QStringList m_order;
    QHash<QString, QDockWidget *> m_docks; ///< plugin id → dock
    bool m_hasLayout = false;              ///< the user's, or the first one with its widths
};

} // namespace patchbay::gui
