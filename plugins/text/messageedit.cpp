// SPDX-License-Identifier: MIT
#include "messageedit.h"

#include <QEvent>
#include <QKeyEvent>
#include <QTextDocument>

#include <algorithm>
#include <cmath>

namespace patchbay::text {

namespace {
constexpr int kMostLines = 5;
}

MessageEdit::MessageEdit(QWidget *parent) : QPlainTextEdit(parent)
{
    setTabChangesFocus(true);
    setPlaceholderText(tr("Write a message; Enter sends, Shift+Enter begins a new line"));
    setVerticalScrollBarPolicy(Qt::ScrollBarAsNeeded);
    connect(this, &QPlainTextEdit::textChanged, this, &MessageEdit::fitHeight);
    fitHeight();
}

void MessageEdit::keyPressEvent(QKeyEvent *event)
{
    const bool isEnter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (isEnter && !(event->modifiers() & (Qt::ShiftModifier | Qt::AltModifier))) {
        Q_EMIT submitted();
        event->accept();
        return;
    }
    QPlainTextEdit::keyPressEvent(event);
}

void MessageEdit::resizeEvent(QResizeEvent *event)
{
    QPlainTextEdit::resizeEvent(event);
    if (event->size().width() != event->oldSize().width())
        fitHeight();
}

void MessageEdit::changeEvent(QEvent *event)
{
    QPlainTextEdit::changeEvent(event);
    if (event->type() == QEvent::FontChange || event->type() == QEvent::StyleChange)
        fitHeight();
}

void MessageEdit::fitHeight()
{
    // The document of a QPlainTextEdit measures its height in lines.
    const int lines = std::clamp(int(std::ceil(document()->size().height())), 1, kMostLines);
    const int frame = 2 * frameWidth() + int(2 * document()->documentMargin());
    setFixedHeight(lines * fontMetrics().lineSpacing() + frame + 2);
}

} // namespace patchbay::text
