// SPDX-License-Identifier: MIT
#pragma once

#include <QPlainTextEdit>

namespace patchbay::text {

/// Where a message is typed: grows from one line to five; Enter sends, Shift+Enter begins a line, Tab leaves.
class MessageEdit final : public QPlainTextEdit
{
    Q_OBJECT

public:
    explicit MessageEdit(QWidget *parent = nullptr);

Q_SIGNALS:
    void submitted();

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void fitHeight();
};

} // namespace patchbay::text
