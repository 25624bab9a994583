// SPDX-License-Identifier: MIT
#include "gui/knownpeersdialog.h"

#include "gui/glyphicon.h"
#include "gui/knownpeerstable.h"
#include "gui/trusttext.h"
#include "hub/trustroles.h"

#include <QApplication>
#include <QBoxLayout>
#include <QClipboard>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QGridLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QMessageBox>
#include <QPushButton>
#include <QStyle>
#include <QTreeView>
#include <QVariantMap>

namespace patchbay::gui {

namespace {

QLabel *plainLabel(const QString &text, QWidget *parent)
{
    auto *label = new QLabel(text, parent);
    label->setTextFormat(Qt::PlainText);
    label->setWordWrap(true);
    return label;
}

QPushButton *makeButton(const char *objectName, const QString &text, QWidget *parent)
{
    auto *button = new QPushButton(text, parent);
    button->setObjectName(QLatin1String(objectName));
    button->setAccessibleName(QString(text).remove(u'&'));
    button->setAutoDefault(false);
    return button;
}

QLineEdit *makeKeyField(const char *objectName, const QString &accessibleName, QWidget *parent)
{
    auto *field = new QLineEdit(parent);
    field->setObjectName(QLatin1String(objectName));
    field->setAccessibleName(accessibleName);
    field->setReadOnly(true);
    return field;
}

} // namespace

KnownPeersDialog::KnownPeersDialog(hub::Host &host, QWidget *parent)
    : QDialog(parent), m_host(host), m_model(new KnownPeersTable(host, this)), m_table(new QTreeView(this)),
      m_key(makeKeyField("peerKey", tr("Key of the selected peer"), this)),
      m_copyKey(makeButton("copyPeerKey", tr("&Copy key"), this)), m_permissionsPlace(new QWidget(this)),
      m_explanation(plainLabel({}, this)), m_problem(plainLabel({}, this)),
      m_forget(makeButton("forgetPeer", tr("&Forget…"), this)), m_ban(makeButton("banPeer", tr("&Ban"), this)),
      m_mute(makeButton("mutePeer", tr("&Mute"), this))
{
    setObjectName(QStringLiteral("knownPeersDialog"));
    setWindowTitle(tr("Known peers"));
    auto *place = new QVBoxLayout(m_permissionsPlace);
    place->setContentsMargins(0, 0, 0, 0);
    makeTable();
    m_explanation->setObjectName(QStringLiteral("permissionsExplained"));
    m_problem->setObjectName(QStringLiteral("peerProblem"));
    m_problem->setAccessibleName(tr("Why it was refused"));
    m_problem->setFrameShape(QFrame::StyledPanel);
    m_problem->setBackgroundRole(QPalette::ToolTipBase);
    m_problem->setForegroundRole(QPalette::ToolTipText);
    m_problem->setAutoFillBackground(true);
    m_problem->setMargin(6);
    m_problem->hide();
    auto *close = new QDialogButtonBox(QDialogButtonBox::Close, this);
    close->button(QDialogButtonBox::Close)->setAccessibleName(tr("Close"));
    close->button(QDialogButtonBox::Close)->setAutoDefault(false);

    auto *column = new QVBoxLayout(this);
    column->addLayout(makeOwnKey());
    column->addWidget(m_table, 1);
    column->addWidget(m_problem);
    column->addLayout(makeKey());
    column->addWidget(m_permissionsPlace);
    column->addWidget(m_explanation);
    column->addWidget(makeButtons());
    column->addWidget(close);
    connect(close, &QDialogButtonBox::rejected, this, &QDialog::close);
    connect(&m_host, &hub::Host::pluginActivated, this, &KnownPeersDialog::showDetails);
    connect(&m_host, &hub::Host::pluginDeactivated, this, &KnownPeersDialog::showDetails);
    resize(fontMetrics().averageCharWidth() * 160, fontMetrics().height() * 36);
    showDetails();
}

QLayout *KnownPeersDialog::makeOwnKey()
{
    QLineEdit *own = makeKeyField("ownKey", tr("Your own key"), this);
    own->setText(m_host.keyText());
    own->setCursorPosition(0);
    auto *label = new QLabel(tr("&Your own key:"), this);
    label->setBuddy(own);
    QPushButton *copy = makeButton("copyOwnKey", tr("C&opy"), this);
    copy->setAccessibleName(tr("Copy your own key"));
    copy->setIcon(glyphIcon(Glyph::Copy));
    connect(copy, &QPushButton::clicked, this, [this] { QApplication::clipboard()->setText(m_host.keyText()); });
    auto *row = new QHBoxLayout;
    row->addWidget(label);
    row->addWidget(own, 1);
    row->addWidget(copy);
    return row;
}

QLayout *KnownPeersDialog::makeKey()
{
    auto *label = new QLabel(tr("&Key of the selected peer:"), this);
    label->setBuddy(m_key);
    m_copyKey->setIcon(glyphIcon(Glyph::Copy));
    connect(m_copyKey, &QPushButton::clicked, this, [this] { QApplication::clipboard()->setText(m_key->text()); });
    auto *row = new QHBoxLayout;
    row->addWidget(label);
    row->addWidget(m_key, 1);
    row->addWidget(m_copyKey);
    return row;
}

QWidget *KnownPeersDialog::makeButtons()
{
    auto *part = new QWidget(this);
    auto *row = new QHBoxLayout(part);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(m_mute);
    row->addWidget(m_ban);
    row->addWidget(m_forget);
    row->addStretch(1);
    m_mute->setToolTip(tr("As a hub, forward nothing of this peer to the others"));
    m_ban->setToolTip(tr("Never let this peer in, whatever invite it brings, and end its link"));
    m_forget->setToolTip(tr("Delete its key and everything set for it, and end its link"));
    connect(m_mute, &QPushButton::clicked, this,
            [this] { act(m_host.setMuted(peerId(), !value(hub::KnownMutedRole).toBool())); });
    connect(m_ban, &QPushButton::clicked, this,
            [this] { act(m_host.setBanned(peerId(), !value(hub::KnownBannedRole).toBool())); });
    connect(m_forget, &QPushButton::clicked, this, &KnownPeersDialog::askToForget);
    return part;
}

void KnownPeersDialog::makeTable()
{
    m_table->setObjectName(QStringLiteral("knownPeers"));
    m_table->setAccessibleName(tr("Known peers"));
    m_table->setModel(m_model);
    m_table->setRootIsDecorated(false);
    m_table->setItemsExpandable(false);
    m_table->setUniformRowHeights(true);
    m_table->setAllColumnsShowFocus(true);
    m_table->setAlternatingRowColors(true);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setTabKeyNavigation(false);
    m_table->setTextElideMode(Qt::ElideRight);
    m_table->setMinimumHeight(fontMetrics().lineSpacing() * 7);
    const int unit = fontMetrics().averageCharWidth();
    m_table->setColumnWidth(KnownPeersTable::NameColumn, unit * 22);
    m_table->setColumnWidth(KnownPeersTable::VerifiedColumn, unit * 58);
    m_table->setColumnWidth(KnownPeersTable::StateColumn, unit * 18);
    m_table->setColumnWidth(KnownPeersTable::LastSeenColumn, unit * 24);
    m_table->header()->setStretchLastSection(true);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentChanged, this, [this](const QModelIndex &current) {
        if (current.isValid())
            m_selected = current.data(hub::KnownPeerIdRole).toByteArray();
        m_problem->hide();
        showDetails();
    });
    connect(m_model, &QAbstractItemModel::dataChanged, this, &KnownPeersDialog::showDetails);
    connect(m_model, &QAbstractItemModel::modelReset, this, [this] {
        const int row = std::max(0, m_model->find(m_selected));
        m_table->setCurrentIndex(m_model->index(row, 0));
        showDetails();
    });
    m_table->setCurrentIndex(m_model->index(0, 0));
}

void KnownPeersDialog::showPeer(const QByteArray &peerId, const QString &name)
{
    m_selected = peerId;
    m_table->setCurrentIndex(m_model->index(m_model->rowFor(peerId, name), 0));
    m_table->setFocus();
}

QByteArray KnownPeersDialog::peerId() const
{
    return value(hub::KnownPeerIdRole).toByteArray();
}

QVariant KnownPeersDialog::value(int role) const
{
    return m_table->currentIndex().siblingAtColumn(0).data(role);
}

void KnownPeersDialog::showDetails()
{
    const bool any = !peerId().isEmpty();
    m_key->setText(value(hub::KnownKeyTextRole).toString());
    m_key->setCursorPosition(0);
    for (QWidget *widget : std::initializer_list<QWidget *>{m_key, m_copyKey, m_ban, m_mute})
        widget->setEnabled(any);
    m_forget->setEnabled(any && m_model->isKept(m_table->currentIndex().row()));
    m_ban->setText(value(hub::KnownBannedRole).toBool() ? tr("Un&ban") : tr("&Ban"));
    m_mute->setText(value(hub::KnownMutedRole).toBool() ? tr("Un&mute") : tr("&Mute"));
    for (QPushButton *button : {m_ban, m_mute})
        button->setAccessibleName(QString(button->text()).remove(u'&'));
    showPermissions();
    const QString rules = tr("Yes lets what they send through, Ask asks you each time they come, No drops it. Where "
                             "nothing is set, chat is Yes and everything else Ask.");
    const QString ofHub = tr("For the members of this hub only the hub says who they are, so the stricter of its own "
                             "entry and the one of the hub counts.");
    if (!any)
        m_explanation->setText(m_model->rowCount() == 0
                                   ? tr("Nobody yet. Whoever comes in by an invite, or after you compared codes or let "
                                        "them in, is kept here.")
                                   : tr("Select a peer to see its key and what it may do here."));
    else
        m_explanation->setText(value(hub::KnownIsHubRole).toBool() ? rules + QLatin1Char(' ') + ofHub : rules);
}

QComboBox *KnownPeersDialog::permissionBox(const QString &pluginId, bool ofMembers)
{
    auto *box = new QComboBox(m_permissions);
    box->setObjectName((ofMembers ? QStringLiteral("membersMay.") : QStringLiteral("may.")) + pluginId);
    const QString plugin = m_host.pluginName(pluginId);
    box->setAccessibleName(ofMembers ? tr("What members of this hub may do with %1").arg(plugin)
                                     : tr("What this peer may do with %1").arg(plugin));
    box->addItem(tr("Default"), QStringLiteral("default"));
    box->addItem(tr("Yes"), QStringLiteral("yes"));
    box->addItem(tr("Ask"), QStringLiteral("ask"));
    box->addItem(tr("No"), QStringLiteral("no"));
    const int role = ofMembers ? hub::KnownMemberPermissionsRole : hub::KnownPermissionsRole;
    const QString word = value(role).toMap().value(pluginId, QStringLiteral("default")).toString();
    box->setCurrentIndex(std::max(0, box->findData(word)));
    connect(box, &QComboBox::activated, this, [this, box, pluginId, ofMembers] {
        act(m_host.setPermission(peerId(), pluginId, box->currentData().toString(), ofMembers));
    });
    return box;
}

void KnownPeersDialog::showPermissions()
{
    const QStringList plugins = m_host.activePlugins();
    const bool isHub = value(hub::KnownIsHubRole).toBool();
    const QString key = QString::fromLatin1(peerId().toHex()) + (isHub ? u'+' : u'-') + plugins.join(u' ');
    if (m_permissions && m_permissionsOf == key) { // the same boxes: one of them may have the keyboard
        for (const QString &id : plugins) {
            for (const bool ofMembers : {false, true}) {
                auto *box = m_permissions->findChild<QComboBox *>(
                    (ofMembers ? QStringLiteral("membersMay.") : QStringLiteral("may.")) + id);
                const int role = ofMembers ? hub::KnownMemberPermissionsRole : hub::KnownPermissionsRole;
                if (box)
                    box->setCurrentIndex(std::max(
                        0, box->findData(value(role).toMap().value(id, QStringLiteral("default")).toString())));
            }
        }
        return;
    }
    m_permissionsOf = key;
    delete m_permissions;
    m_permissions = new QWidget(m_permissionsPlace);
    m_permissionsPlace->layout()->addWidget(m_permissions);
    auto *grid = new QGridLayout(m_permissions);
    grid->setContentsMargins(0, 4, 0, 4);
    if (peerId().isEmpty())
        return;
    QLabel *title = plainLabel(tr("%1 may use here:").arg(value(Qt::DisplayRole).toString()), m_permissions);
    title->setObjectName(QStringLiteral("permissionsTitle"));
    title->setWordWrap(false);
    grid->addWidget(title, 0, 0, 1, 2);
    if (isHub)
        grid->addWidget(new QLabel(tr("Members of this hub:"), m_permissions), 0, 2);
    int row = 1;
    for (const QString &id : plugins) {
        grid->addWidget(plainLabel(m_host.pluginName(id), m_permissions), row, 0);
        grid->addWidget(permissionBox(id, false), row, 1);
        if (isHub)
            grid->addWidget(permissionBox(id, true), row, 2);
        ++row;
    }
    grid->setColumnMinimumWidth(0, fontMetrics().averageCharWidth() * 20);
    grid->setColumnStretch(3, 1);
}

void KnownPeersDialog::askToForget()
{
    auto *box = new QMessageBox(QMessageBox::NoIcon, tr("Forget a peer"), QString(), QMessageBox::NoButton, this);
    box->setObjectName(QStringLiteral("forgetQuestion"));
    box->setAttribute(Qt::WA_DeleteOnClose);
    const int size = style()->pixelMetric(QStyle::PM_MessageBoxIconSize, nullptr, this);
    box->setIconPixmap(glyphIcon(Glyph::Warning).pixmap(QSize(size, size), devicePixelRatioF()));
    box->setTextFormat(Qt::PlainText);
    box->setText(tr("Forget %1?").arg(value(Qt::DisplayRole).toString()));
    box->setInformativeText(tr("Its key, its permissions and that it may come in are deleted, and its link ends. Next "
                               "time it is a stranger, and you have to make sure anew who it is."));
    QPushButton *forget = box->addButton(tr("Forget"), QMessageBox::DestructiveRole);
    forget->setObjectName(QStringLiteral("forgetYes"));
    forget->setAutoDefault(false);
    QPushButton *keep = box->addButton(tr("Keep"), QMessageBox::RejectRole);
    keep->setObjectName(QStringLiteral("forgetNo"));
    box->setDefaultButton(keep);
    box->setEscapeButton(keep);
    connect(forget, &QPushButton::clicked, this, [this, id = peerId()] { act(m_host.forgetPeer(id)); });
    box->open();
}

void KnownPeersDialog::act(const Error &error)
{
    m_problem->setVisible(error.isError());
    m_problem->setText(error.message);
    showDetails();
}

} // namespace patchbay::gui
