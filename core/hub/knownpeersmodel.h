// SPDX-License-Identifier: MIT
#pragma once

#include "hub/trustroles.h"
#include "security/truststore.h"

#include <QAbstractListModel>

namespace patchbay::hub {

/// Everybody this profile knows, for display. Main thread.
class KnownPeersModel final : public QAbstractListModel
{
    Q_OBJECT

public:
    using QAbstractListModel::QAbstractListModel;

    void setPeers(const QList<security::KnownPeer> &peers);

    int rowCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;

private:
    QList<security::KnownPeer> m_peers;
};

/// "yes", "ask", "no", or "default" where nothing was set.
QString permissionWord(security::Permission permission);

} // namespace patchbay::hub
