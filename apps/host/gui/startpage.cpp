// SPDX-License-Identifier: MIT
#include "gui/startpage.h"

#include "gui/appicon.h"
#include "gui/glyphicon.h"

#include <QBoxLayout>
#include <QLabel>
#include <QPushButton>

namespace patchbay::gui {

namespace {

constexpr int kIconSize = 72;
constexpr int kButtonIconSize = 20;
constexpr int kCardWidth = 260;
constexpr int kCardLines = 4;

QLabel *plainLabel(const QString &text, QWidget *parent)
{
    auto *label = new QLabel(text, parent);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    return label;
}

struct Card
{
    QFrame *frame;
    QPushButton *button;
};

Card makeCard(Glyph glyph, const QString &title, const QString &text, QWidget *parent)
{
    auto *frame = new QFrame(parent);
    frame->setFrameShape(QFrame::StyledPanel);
    frame->setBackgroundRole(QPalette::Base);
    frame->setAutoFillBackground(true);
    frame->setMinimumWidth(kCardWidth);
    frame->setMaximumWidth(kCardWidth * 3 / 2);
    auto *button = new QPushButton(glyphIcon(glyph), QLatin1Char(' ') + title, frame); // a gap after the icon
    button->setIconSize(QSize(kButtonIconSize, kButtonIconSize));
    QFont font = button->font();
    font.setBold(true);
    if (font.pointSizeF() > 0)
        font.setPointSizeF(font.pointSizeF() * 1.25);
    button->setFont(font);
    button->setMinimumHeight(button->sizeHint().height() + 10);
    button->setAccessibleName(title);
    button->setAccessibleDescription(text);
    QLabel *explanation = plainLabel(text, frame);
    explanation->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    explanation->setMinimumHeight(explanation->fontMetrics().lineSpacing() * kCardLines);
    auto *column = new QVBoxLayout(frame);
    column->setContentsMargins(16, 16, 16, 16);
    column->setSpacing(12);
    column->addWidget(button);
    column->addWidget(explanation, 1);
    return {frame, button};
}

} // namespace

StartPage::StartPage(QWidget *parent) : QWidget(parent), m_name(plainLabel(QString(), this))
{
    setObjectName(QStringLiteral("startPage"));
    auto *icon = new QLabel(this);
    icon->setPixmap(applicationIcon().pixmap(QSize(kIconSize, kIconSize), devicePixelRatioF()));
    icon->setAlignment(Qt::AlignCenter);
    icon->setAccessibleName(tr("Icon of Patchbay"));
    QLabel *title = plainLabel(tr("Connect to somebody"), this);
    QFont font = title->font();
    font.setBold(true);
    if (font.pointSizeF() > 0)
        font.setPointSizeF(font.pointSizeF() * 1.8);
    title->setFont(font);
    title->setAlignment(Qt::AlignCenter);

    const Card host = makeCard(Glyph::Hub, tr("Host here"),
                               tr("Open a hub on this computer. Then press Invite at the top of the window, and send "
                                  "the link to those who may join."),
                               this);
    host.button->setObjectName(QStringLiteral("startHost"));
    const Card join = makeCard(Glyph::Join, tr("Join a hub"),
                               tr("Somebody hosts already. Paste the invite link they sent you at the top of the "
                                  "window, or type their address, then press Connect."),
                               this);
    join.button->setObjectName(QStringLiteral("startJoin"));
    auto *cards = new QHBoxLayout;
    cards->setSpacing(16);
    cards->addStretch(1);
    cards->addWidget(host.frame, 3);
    cards->addWidget(join.frame, 3);
    cards->addStretch(1);

    auto *change = new QPushButton(tr("Change &name…"), this);
    change->setObjectName(QStringLiteral("changeName"));
    change->setAccessibleName(tr("Change the name other members see"));
    auto *panels = new QPushButton(tr("Show the panels"), this);
    panels->setObjectName(QStringLiteral("showPanels"));
    panels->setAccessibleName(tr("Show the panels without a connection"));
    m_name->setObjectName(QStringLiteral("ownName"));
    m_name->setWordWrap(false);
    auto *bottom = new QHBoxLayout;
    bottom->addStretch(1);
    bottom->addWidget(m_name);
    bottom->addWidget(change);
    bottom->addWidget(panels);
    bottom->addStretch(1);
    QLabel *reach = plainLabel(tr("Links are encrypted. Who is at the other end is made sure by the invite link, or by "
                                  "comparing six digits."),
                               this);
    reach->setAlignment(Qt::AlignCenter);
    reach->setForegroundRole(QPalette::PlaceholderText);

    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(24, 16, 24, 16);
    column->setSpacing(14);
    column->addStretch(2);
    column->addWidget(icon);
    column->addWidget(title);
    column->addLayout(cards);
    column->addLayout(bottom);
    column->addWidget(reach);
    column->addStretch(3);
    setTabOrder(host.button, join.button);
    setTabOrder(join.button, change);
    setTabOrder(change, panels);

    connect(host.button, &QPushButton::clicked, this, &StartPage::hostWanted);
    connect(join.button, &QPushButton::clicked, this, &StartPage::joinWanted);
    connect(change, &QPushButton::clicked, this, &StartPage::nameWanted);
    connect(panels, &QPushButton::clicked, this, &StartPage::panelsWanted);
}

void StartPage::setName(const QString &name)
{
    m_name->setText(tr("Others see you as \"%1\".").arg(name));
}

} // namespace patchbay::gui
