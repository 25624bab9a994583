// SPDX-License-Identifier: MIT
#pragma once

#include <QListView>

namespace patchbay::text {

/// The timeline on the screen. Stays at the newest message while the reader is there, and where it is while not.
class TimelineView final : public QListView
{
    Q_OBJECT

public:
    explicit TimelineView(QWidget *parent = nullptr);

    void setModel(QAbstractItemModel *model) override;

    /// Puts the texts of the selected messages on the clipboard, oldest first.
    void copySelected() const;

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;

private:
    bool isAtEnd() const;
    bool m_follow = true;
};

} // namespace patchbay::text
