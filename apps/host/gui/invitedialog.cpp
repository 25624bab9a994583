// SPDX-License-Identifier: MIT
#include "gui/invitedialog.h"

#include "gui/glyphicon.h"
#include "gui/qrcode.h"

#include <QApplication>
#include <QBoxLayout>
#include <QClipboard>
#include <QComboBox>
#include <QDateTime>
#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QLocale>
#include <QPushButton>
#include <QSpinBox>
#include <QTreeWidget>

namespace patchbay::gui {

namespace {

constexpr qint64 kMinute = qint64(60) * 1000;
constexpr qint64 kDay = 24 * 60 * kMinute;
constexpr int kMaxUses = 1000;
constexpr int kRefreshMs = 2000;

QLabel *plainLabel(const QString &text, QWidget *parent)
{
    auto *label = new QLabel(text, parent);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    return label;
}

bool isOpen(const hub::Invite &invite)
{
    return !invite.revoked && invite.used < invite.uses && invite.expiresAt > QDateTime::currentMSecsSinceEpoch();
}

QString stateText(const hub::Invite &invite)
{
    if (invite.revoked)
        return InviteDialog::tr("revoked");
    if (invite.expiresAt <= QDateTime::currentMSecsSinceEpoch())
        return InviteDialog::tr("expired");
    return invite.used >= invite.uses ? InviteDialog::tr("used up") : InviteDialog::tr("open");
}

} // namespace

InviteDialog::InviteDialog(hub::Host &host, QWidget *parent)
    : QDialog(parent), m_host(host), m_uses(new QSpinBox(this)), m_lifetime(new QComboBox(this)),
      m_create(new QPushButton(glyphIcon(Glyph::Invite), tr("Make an invite &link"), this)),
      m_problem(plainLabel({}, this)), m_link(new QLineEdit(this)),
      m_copy(new QPushButton(glyphIcon(Glyph::Copy), tr("&Copy"), this)), m_code(new QrCode(this)),
      m_list(new QTreeWidget(this)), m_revoke(new QPushButton(tr("&Revoke"), this))
{
    setObjectName(QStringLiteral("inviteDialog"));
    setWindowTitle(tr("Invite"));
    m_problem->setObjectName(QStringLiteral("inviteProblem"));
    m_problem->setFrameShape(QFrame::StyledPanel);
    m_problem->setBackgroundRole(QPalette::ToolTipBase);
    m_problem->setForegroundRole(QPalette::ToolTipText);
    m_problem->setAutoFillBackground(true);
    m_problem->setMargin(6);
    m_problem->hide();
    m_result = makeLink();
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    buttons->button(QDialogButtonBox::Close)->setAccessibleName(tr("Close"));
    buttons->button(QDialogButtonBox::Close)->setAutoDefault(false);
    auto *column = new QVBoxLayout(this);
    column->addWidget(makeForm());
    column->addWidget(m_problem);
    column->addWidget(m_result);
    column->addWidget(makeList(), 1);
    column->addWidget(buttons);
    setMinimumWidth(fontMetrics().averageCharWidth() * 104);

    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
    connect(m_create, &QPushButton::clicked, this, &InviteDialog::create);
    connect(m_copy, &QPushButton::clicked, this, [this] { QApplication::clipboard()->setText(m_link->text()); });
    connect(m_revoke, &QPushButton::clicked, this, &InviteDialog::revoke);
    connect(&m_host, &hub::Host::linkStateChanged, this, &InviteDialog::refresh);
    connect(&m_host, &hub::Host::membersChanged, this, &InviteDialog::refreshList);
    m_tick.setInterval(kRefreshMs);
    connect(&m_tick, &QTimer::timeout, this, &InviteDialog::refreshList);
    m_tick.start();
    refresh();
}

QWidget *InviteDialog::makeForm()
{
    auto *form = new QWidget(this);
    m_uses->setObjectName(QStringLiteral("inviteUses"));
    m_uses->setAccessibleName(tr("How many people may use the link"));
    m_uses->setRange(1, kMaxUses);
    m_lifetime->setObjectName(QStringLiteral("inviteLifetime"));
    m_lifetime->setAccessibleName(tr("How long the link works"));
    m_lifetime->addItem(tr("30 minutes"), 30 * kMinute);
    m_lifetime->addItem(tr("24 hours"), kDay);
    m_lifetime->addItem(tr("7 days"), 7 * kDay);
    m_lifetime->setCurrentIndex(1);
    m_create->setObjectName(QStringLiteral("createInvite"));
    m_create->setAccessibleName(tr("Make an invite link"));
    m_create->setAutoDefault(false);
    auto *uses = new QLabel(tr("For how &many people:"), form);
    uses->setBuddy(m_uses);
    auto *lifetime = new QLabel(tr("&Works for:"), form);
    lifetime->setBuddy(m_lifetime);
    auto *row = new QHBoxLayout(form);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(uses);
    row->addWidget(m_uses);
    row->addSpacing(12);
    row->addWidget(lifetime);
    row->addWidget(m_lifetime);
    row->addStretch(1);
    row->addWidget(m_create);
    return form;
}

QWidget *InviteDialog::makeLink()
{
    auto *result = new QWidget(this);
    m_link->setObjectName(QStringLiteral("inviteLink"));
    m_link->setAccessibleName(tr("Invite link"));
    m_link->setReadOnly(true);
    m_copy->setObjectName(QStringLiteral("copyInvite"));
    m_copy->setAccessibleName(tr("Copy the invite link"));
    m_copy->setAutoDefault(false);
    auto *field = new QHBoxLayout;
    field->addWidget(m_link, 1);
    field->addWidget(m_copy);
    auto *words = new QVBoxLayout;
    words->addWidget(plainLabel(tr("Send this link to the one you invite, in a way only they can read: they paste it "
                                   "under Join, or scan the code. It is a secret, for whoever has it can come in, and "
                                   "it is shown only now."),
                                result));
    words->addStretch(1);
    auto *row = new QHBoxLayout;
    row->setSpacing(14);
    row->addLayout(words, 1);
    row->addWidget(m_code, 0, Qt::AlignTop);
    auto *column = new QVBoxLayout(result);
    column->setContentsMargins(0, 6, 0, 6);
    column->addLayout(field);
    column->addLayout(row);
    result->hide();
    return result;
}

QWidget *InviteDialog::makeList()
{
    auto *part = new QWidget(this);
    m_list->setObjectName(QStringLiteral("invites"));
    m_list->setAccessibleName(tr("Invites that were made"));
    m_list->setHeaderLabels({tr("State"), tr("Used"), tr("Works until")});
    m_list->setRootIsDecorated(false);
    m_list->setUniformRowHeights(true);
    m_list->setAllColumnsShowFocus(true);
    m_list->setAlternatingRowColors(true);
    m_list->setMinimumHeight(fontMetrics().lineSpacing() * 7);
    m_list->header()->setStretchLastSection(true);
    m_revoke->setObjectName(QStringLiteral("revokeInvite"));
    m_revoke->setAccessibleName(tr("Revoke the selected invite"));
    m_revoke->setAutoDefault(false);
    auto *label = new QLabel(tr("&Invites so far:"), part);
    label->setBuddy(m_list);
    auto *side = new QVBoxLayout;
    side->addWidget(m_revoke);
    side->addStretch(1);
    auto *row = new QHBoxLayout;
    row->addWidget(m_list, 1);
    row->addLayout(side);
    auto *column = new QVBoxLayout(part);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(label);
    column->addLayout(row, 1);
    connect(m_list, &QTreeWidget::itemSelectionChanged, this, [this] {
        QTreeWidgetItem *item = m_list->currentItem();
        m_revoke->setEnabled(item && item->isSelected() && item->data(0, Qt::UserRole + 1).toBool());
    });
    return part;
}

void InviteDialog::create()
{
    m_uses->interpretText();
    hub::Invite invite;
    const Error error = m_host.createInvite(m_uses->value(), m_lifetime->currentData().toLongLong(), {}, &invite);
    if (error.isError())
        return showProblem(error.message);
    m_problem->hide();
    m_shown = invite.id;
    m_link->setText(invite.link);
    m_link->setCursorPosition(0);
    m_code->setText(invite.link);
    m_result->show();
    refreshList();
    m_list->setCurrentItem(m_list->topLevelItem(0));
    m_copy->setFocus();
}

void InviteDialog::revoke()
{
    QTreeWidgetItem *item = m_list->currentItem();
    if (!item)
        return;
    const QByteArray id = item->data(0, Qt::UserRole).toByteArray();
    const Error error = m_host.revokeInvite(id);
    if (error.isError())
        return showProblem(error.message);
    m_problem->hide();
    refreshList();
}

void InviteDialog::refresh()
{
    const hub::LinkState &state = m_host.linkState();
    m_create->setEnabled(state.mode == hub::LinkState::Mode::Server && state.isUp() && !state.isPlain);
    m_create->setToolTip(m_create->isEnabled() ? QString() : tr("Host here first: only a hub can invite."));
    refreshList();
}

void InviteDialog::refreshList()
{
    const QList<hub::Invite> invites = m_host.invites();
    // Rows are kept, so that a selection stays: the list only ever grows at its end, and is shown newest first.
    QByteArray selected;
    if (m_list->currentItem() && m_list->currentItem()->isSelected())
        selected = m_list->currentItem()->data(0, Qt::UserRole).toByteArray();
    while (m_list->topLevelItemCount() > invites.size())
        delete m_list->topLevelItem(0);
    while (m_list->topLevelItemCount() < invites.size())
        m_list->addTopLevelItem(new QTreeWidgetItem);
    bool isShownOpen = false;
    for (qsizetype i = 0; i < invites.size(); ++i) {
        const hub::Invite &invite = invites[invites.size() - 1 - i];
        QTreeWidgetItem *item = m_list->topLevelItem(int(i));
        item->setText(0, stateText(invite));
        item->setText(1, tr("%1 of %2").arg(invite.used).arg(invite.uses));
        item->setText(2, QLocale().toString(QDateTime::fromMSecsSinceEpoch(invite.expiresAt), QLocale::ShortFormat));
        item->setData(0, Qt::UserRole, invite.id);
        item->setData(0, Qt::UserRole + 1, isOpen(invite));
        item->setDisabled(!isOpen(invite));
        if (invite.id == selected && m_list->currentItem() != item)
            m_list->setCurrentItem(item);
        isShownOpen = isShownOpen || (invite.id == m_shown && isOpen(invite));
    }
    QTreeWidgetItem *current = m_list->currentItem();
    m_revoke->setEnabled(current && current->isSelected() && current->data(0, Qt::UserRole + 1).toBool());
    if (!m_shown.isEmpty() && !isShownOpen) {
        m_shown.clear();
        m_link->clear();
        m_code->setText({});
        m_result->hide();
    }
}

void InviteDialog::showProblem(const QString &problem)
{
    m_problem->setText(problem);
    m_problem->show();
}

} // namespace patchbay::gui
