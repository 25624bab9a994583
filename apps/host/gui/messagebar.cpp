// SPDX-License-Identifier: MIT
#include "gui/messagebar.h"

#include "gui/glyphicon.h"

#include <QBoxLayout>
#include <QLabel>
#include <QStyle>
#include <QToolButton>

namespace patchbay::gui {

namespace {

constexpr qsizetype kMaxEntries = 50;
constexpr qsizetype kMaxCharacters = 1000;

} // namespace

MessageBar::MessageBar(QWidget *parent)
    : QFrame(parent), m_icon(new QLabel(this)), m_text(new QLabel(this)), m_more(new QLabel(this)),
      m_close(new QToolButton(this))
{
    setObjectName(QStringLiteral("messageBar"));
    setAccessibleName(tr("Problems"));
    setFrameShape(QFrame::StyledPanel);
    setBackgroundRole(QPalette::ToolTipBase);
    setForegroundRole(QPalette::ToolTipText);
    setAutoFillBackground(true);
    for (QLabel *label : {m_icon, m_text, m_more})
        label->setForegroundRole(QPalette::ToolTipText);
    m_text->setObjectName(QStringLiteral("messageText"));
    m_text->setTextFormat(Qt::PlainText);
    m_text->setWordWrap(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_more->setTextFormat(Qt::PlainText);
    m_close->setObjectName(QStringLiteral("closeMessage"));
    m_close->setAutoRaise(true);
    m_close->setIcon(glyphIcon(Glyph::Close));
    m_close->setToolTip(tr("Close this message"));
    m_close->setAccessibleName(tr("Close this message"));

    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(10, 4, 6, 4);
    row->addWidget(m_icon, 0, Qt::AlignVCenter);
    row->addWidget(m_text, 1);
    row->addWidget(m_more);
    row->addWidget(m_close, 0, Qt::AlignVCenter);
    connect(m_close, &QToolButton::clicked, this, &MessageBar::closeNewest);
    hide();
}

void MessageBar::show(const QString &text, const QString &topic)
{
    const QString shown = text.left(kMaxCharacters);
    m_entries.removeIf(
        [&](const Entry &entry) { return entry.text == shown || (!topic.isEmpty() && entry.topic == topic); });
    m_entries.append({shown, topic});
    if (m_entries.size() > kMaxEntries)
        m_entries.removeFirst();
    refresh();
}

void MessageBar::clear(const QString &topic)
{
    if (m_entries.removeIf([&](const Entry &entry) { return entry.topic == topic; }) > 0)
        refresh();
}

QStringList MessageBar::messages() const
{
    QStringList texts;
    for (const Entry &entry : m_entries)
        texts.append(entry.text);
    return texts;
}

void MessageBar::closeNewest()
{
    if (!m_entries.isEmpty())
        m_entries.removeLast();
    refresh();
}

void MessageBar::refresh()
{
    setVisible(!m_entries.isEmpty());
    if (m_entries.isEmpty())
        return;
    const int size = style()->pixelMetric(QStyle::PM_SmallIconSize, nullptr, this);
    m_icon->setPixmap(
        style()->standardIcon(QStyle::SP_MessageBoxWarning).pixmap(QSize(size, size), devicePixelRatioF()));
    m_text->setText(m_entries.last().text);
    m_text->setAccessibleName(m_entries.last().text);
    m_more->setVisible(m_entries.size() > 1);
    m_more->setText(tr("and %1 more").arg(m_entries.size() - 1));
}

} // namespace patchbay::gui
