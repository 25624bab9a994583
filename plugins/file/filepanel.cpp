// SPDX-License-Identifier: MIT
#include "filepanel.h"

#include "offerbar.h"
#include "progressdelegate.h"

#include <patchbay/commandtools.h>

#include <QBoxLayout>
#include <QCheckBox>
#include <QComboBox>
#include <QDesktopServices>
#include <QDir>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QHeaderView>
#include <QLabel>
#include <QMimeData>
#include <QPushButton>
#include <QSignalBlocker>
#include <QTableView>
#include <QUrl>

namespace patchbay::file {

namespace {

constexpr int kRefreshMs = 50;

QStringList localFiles(const QMimeData *data)
{
    QStringList paths;
    const QList<QUrl> urls = data->urls();
    for (const QUrl &url : urls) {
        if (url.isLocalFile())
            paths.append(url.toLocalFile());
    }
    return paths;
}

} // namespace

FilePanel::FilePanel(IFileLogic &logic, QWidget *parent)
    : QWidget(parent), m_logic(logic), m_member(new QComboBox(this)), m_send(new QPushButton(tr("&Send files…"), this)),
      m_offers(new OfferBar(logic, this)), m_table(new QTableView(this)),
      m_cancel(new QPushButton(tr("&Cancel"), this)), m_show(new QPushButton(tr("Show in &folder"), this)),
      m_clear(new QPushButton(tr("C&lear finished"), this)), m_problem(new QLabel(this)), m_inbox(new QLabel(this)),
      m_acceptAll(new QCheckBox(tr("Accept &without asking"), this))
{
    setWindowTitle(tr("Files"));
    setAcceptDrops(true);
    m_problem->setObjectName(QStringLiteral("problem"));
    m_problem->setTextFormat(Qt::PlainText);
    m_problem->setWordWrap(true);
    m_problem->hide();
    makeTable();

    auto *actions = new QHBoxLayout;
    actions->addWidget(m_cancel);
    actions->addWidget(m_show);
    actions->addWidget(m_clear);
    actions->addStretch(1);
    auto *column = new QVBoxLayout(this);
    column->addLayout(makeSendRow());
    column->addWidget(m_problem);
    column->addWidget(m_offers);
    column->addWidget(m_table, 1);
    column->addLayout(actions);
    column->addLayout(makeInboxRow());

    setTabOrder(m_member, m_send);
    setTabOrder(m_send, m_offers);
    setTabOrder(m_offers, m_table);
    setTabOrder(m_table, m_cancel);
    setTabOrder(m_cancel, m_show);
    setTabOrder(m_show, m_clear);

    m_refresh.setSingleShot(true);
    m_refresh.setInterval(kRefreshMs);
    connect(&m_refresh, &QTimer::timeout, this, [this] {
        fillMembers();
        m_offers->refresh();
        updateButtons();
    });
    const auto later = [this] {
        if (!m_refresh.isActive())
            m_refresh.start();
    };
    for (QAbstractItemModel *model : {logic.members(), logic.transfers()}) {
        if (!model)
            continue;
        connect(model, &QAbstractItemModel::rowsInserted, this, later);
        connect(model, &QAbstractItemModel::rowsRemoved, this, later);
        connect(model, &QAbstractItemModel::dataChanged, this, later);
        connect(model, &QAbstractItemModel::modelReset, this, later);
    }
    connect(m_offers, &OfferBar::folderWanted, this, &FilePanel::chooseFolder);
    fillMembers();
    m_offers->refresh();
    updateButtons();
    showInbox();
}

QLayout *FilePanel::makeSendRow()
{
    m_member->setObjectName(QStringLiteral("member"));
    m_member->setAccessibleName(tr("Send to"));
    m_member->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_member->setMinimumContentsLength(12);
    m_member->setPlaceholderText(tr("Nobody here takes files"));
    m_send->setObjectName(QStringLiteral("send"));
    m_send->setAccessibleName(tr("Choose files and send them"));
    m_send->setToolTip(tr("Or drop files anywhere on this panel"));
    m_send->setAutoDefault(false);
    connect(m_send, &QPushButton::clicked, this, &FilePanel::chooseFiles);
    connect(m_member, &QComboBox::currentIndexChanged, this, &FilePanel::updateButtons);
    auto *to = new QLabel(tr("Send &to:"), this);
    to->setBuddy(m_member);
    auto *row = new QHBoxLayout;
    row->addWidget(to);
    row->addWidget(m_member, 1);
    row->addWidget(m_send);
    return row;
}

void FilePanel::makeTable()
{
    m_table->setObjectName(QStringLiteral("transfers"));
    m_table->setAccessibleName(tr("Transfers"));
    m_table->setModel(m_logic.transfers());
    m_table->setItemDelegateForColumn(ProgressColumn, new ProgressDelegate(m_table));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setTabKeyNavigation(false);
    m_table->setWordWrap(false);
    m_table->setShowGrid(false);
    m_table->setTextElideMode(Qt::ElideMiddle);
    m_table->setAlternatingRowColors(true);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(fontMetrics().height() + 12);
    QHeaderView *header = m_table->horizontalHeader();
    header->setHighlightSections(false);
    header->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    header->setStretchLastSection(true);
    const int unit = fontMetrics().averageCharWidth();
    m_table->setColumnWidth(NameColumn, unit * 24);
    m_table->setColumnWidth(PeerColumn, unit * 14);
    m_table->setColumnWidth(SizeColumn, unit * 12);
    m_table->setColumnWidth(ProgressColumn, unit * 28);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &FilePanel::updateButtons);

    m_cancel->setObjectName(QStringLiteral("cancel"));
    m_cancel->setAccessibleName(tr("Cancel the selected transfers"));
    m_show->setObjectName(QStringLiteral("showInFolder"));
    m_show->setAccessibleName(tr("Show the selected file in its folder"));
    m_clear->setObjectName(QStringLiteral("clear"));
    m_clear->setAccessibleName(tr("Take finished transfers out of the list"));
    for (QPushButton *button : {m_cancel, m_show, m_clear})
        button->setAutoDefault(false);
    connect(m_cancel, &QPushButton::clicked, this, &FilePanel::cancelSelected);
    connect(m_show, &QPushButton::clicked, this, &FilePanel::showInFolder);
    connect(m_clear, &QPushButton::clicked, this, [this] { m_logic.clearFinished(); });
}

QLayout *FilePanel::makeInboxRow()
{
    m_inbox->setObjectName(QStringLiteral("inbox"));
    m_inbox->setTextFormat(Qt::PlainText);
    m_inbox->setWordWrap(true);
    auto *change = new QPushButton(tr("C&hange…"), this);
    change->setAccessibleName(tr("Choose the folder for received files"));
    change->setAutoDefault(false);
    connect(change, &QPushButton::clicked, this, &FilePanel::chooseFolder);
    m_acceptAll->setObjectName(QStringLiteral("acceptAll"));
    m_acceptAll->setAccessibleName(tr("Accept every offered file without asking"));
    m_acceptAll->setChecked(m_logic.acceptsWithoutAsking());
    connect(m_acceptAll, &QCheckBox::toggled, this, [this](bool on) { m_logic.setAcceptsWithoutAsking(on); });
    auto *row = new QHBoxLayout;
    row->addWidget(m_inbox, 1);
    row->addWidget(change);
    row->addWidget(m_acceptAll);
    setTabOrder(change, m_acceptAll);
    return row;
}

void FilePanel::fillMembers()
{
    QList<QPair<QString, quint64>> wanted;
    const QAbstractItemModel *members = m_logic.members();
    for (int row = 0; members && row < members->rowCount(); ++row) {
        const QModelIndex index = members->index(row, 0);
        const quint64 member = index.data(MemberIdRole).toULongLong();
        if (!m_logic.canSendTo(MemberId(member)))
            continue;
        const QString name = escaped(index.data(NameRole).toString());
        wanted.append({index.data(IsHubRole).toBool() ? tr("%1 (hub)").arg(name) : name, member});
    }
    m_member->setEnabled(!wanted.isEmpty());
    if (wanted == m_filled)
        return; // a list that is open stays as it is
    const QVariant chosen = m_member->currentData();
    const bool isFirst = m_filled.isEmpty();
    const QSignalBlocker blocker(m_member);
    m_member->clear();
    for (const auto &[label, member] : std::as_const(wanted))
        m_member->addItem(label, member);
    // Never another member than the one that was chosen: the next file would go to the wrong one.
    m_member->setCurrentIndex(isFirst ? 0 : m_member->findData(chosen));
    m_member->setPlaceholderText(wanted.isEmpty() ? tr("Nobody here takes files") : tr("Choose a member"));
    m_filled = wanted;
}

void FilePanel::chooseFiles()
{
    sendFiles(QFileDialog::getOpenFileNames(this, tr("Send files")));
}

void FilePanel::sendFiles(const QStringList &paths)
{
    if (paths.isEmpty())
        return;
    QStringList problems;
    if (m_member->currentIndex() < 0) {
        problems.append(tr("Choose a member to send to."));
    } else {
        const auto to = MemberId(m_member->currentData().toULongLong());
        for (const QString &path : paths) {
            if (const Error error = m_logic.sendFile(to, path); error.isError())
                problems.append(error.message);
        }
    }
    m_problem->setText(problems.mid(0, 5).join(u'\n'));
    m_problem->setVisible(!problems.isEmpty());
}

void FilePanel::dragEnterEvent(QDragEnterEvent *event)
{
    if (!localFiles(event->mimeData()).isEmpty() && m_member->currentIndex() >= 0)
        event->acceptProposedAction();
}

void FilePanel::dropEvent(QDropEvent *event)
{
    const QStringList paths = localFiles(event->mimeData());
    event->setDropAction(Qt::CopyAction);
    event->accept();
    // Not inside the drop: the program the files come from waits for it to end.
    QMetaObject::invokeMethod(
        this, [this, paths] { sendFiles(paths); }, Qt::QueuedConnection);
}

void FilePanel::chooseFolder()
{
    const QString folder =
        QFileDialog::getExistingDirectory(this, tr("Folder for received files"), m_logic.inboxFolder());
    if (folder.isEmpty())
        return;
    m_logic.setInboxFolder(folder);
    showInbox();
    m_offers->refresh();
}

void FilePanel::showInbox()
{
    m_inbox->setText(tr("Received files land in %1").arg(QDir::toNativeSeparators(m_logic.inboxFolder())));
}

quint64 FilePanel::selectedTransfer() const
{
    const QModelIndexList rows = m_table->selectionModel()->selectedRows();
    return rows.size() == 1 ? rows.first().data(TransferIdRole).toULongLong() : 0;
}

void FilePanel::showInFolder()
{
    const QModelIndexList rows = m_table->selectionModel()->selectedRows();
    if (rows.isEmpty())
        return;
    // The folder and never the file: what a peer sent is not opened by a click here.
    const QString path = rows.first().data(PathRole).toString();
    if (!path.isEmpty())
        QDesktopServices::openUrl(QUrl::fromLocalFile(QFileInfo(path).absolutePath()));
}

void FilePanel::cancelSelected()
{
    QList<quint64> transfers;
    const QModelIndexList rows = m_table->selectionModel()->selectedRows();
    for (const QModelIndex &row : rows)
        transfers.append(row.data(TransferIdRole).toULongLong());
    for (const quint64 transfer : std::as_const(transfers))
        m_logic.cancelTransfer(transfer);
}

void FilePanel::updateButtons()
{
    bool canCancel = false;
    const QModelIndexList rows = m_table->selectionModel()->selectedRows();
    for (const QModelIndex &row : rows)
        canCancel = canCancel || !hasEnded(TransferState(row.data(StateRole).toInt()));
    m_cancel->setEnabled(canCancel);
    m_show->setEnabled(selectedTransfer() != 0 && !rows.first().data(PathRole).toString().isEmpty());
    const QAbstractItemModel *transfers = m_logic.transfers();
    bool canClear = false;
    for (int row = 0; row < transfers->rowCount() && !canClear; ++row)
        canClear = hasEnded(TransferState(transfers->index(row, 0).data(StateRole).toInt()));
    m_clear->setEnabled(canClear);
    m_send->setEnabled(m_member->currentIndex() >= 0);
}

} // namespace patchbay::file
