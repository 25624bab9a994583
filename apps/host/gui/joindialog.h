// SPDX-License-Identifier: MIT
#pragma once

#include <QDialog>

namespace patchbay::gui {

/// Asks before an invite link that the system opened is dialled: where it leads and whether it lets us in.
class JoinDialog final : public QDialog
{
    Q_OBJECT

public:
    explicit JoinDialog(const QString &link, QWidget *parent = nullptr);

Q_SIGNALS:
    void joinWanted(const QString &link);
};

} // namespace patchbay::gui
