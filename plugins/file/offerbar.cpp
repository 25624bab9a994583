// SPDX-License-Identifier: MIT
#include "offerbar.h"

#include "transfertext.h"

#include <QAbstractItemModel>
#include <QBoxLayout>
#include <QDir>
#include <QLabel>
#include <QPushButton>

namespace patchbay::file {

OfferBar::OfferBar(IFileLogic &logic, QWidget *parent)
    : QFrame(parent), m_logic(logic), m_question(new QLabel(this)), m_place(new QLabel(this)),
      m_accept(new QPushButton(tr("&Accept"), this)), m_decline(new QPushButton(tr("&Decline"), this)),
      m_folder(new QPushButton(tr("Oth&er folder…"), this))
{
    setObjectName(QStringLiteral("offerBar"));
    setFrameShape(QFrame::StyledPanel);
    setBackgroundRole(QPalette::AlternateBase);
    setAutoFillBackground(true);
    for (QLabel *label : {m_question, m_place}) {
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
    }
    QFont bold = m_question->font();
    bold.setBold(true);
    m_question->setFont(bold);
    m_question->setObjectName(QStringLiteral("offerQuestion"));
    m_place->setObjectName(QStringLiteral("offerPlace"));
    m_accept->setObjectName(QStringLiteral("accept"));
    m_accept->setAccessibleName(tr("Accept the file"));
    m_decline->setObjectName(QStringLiteral("decline"));
    m_decline->setAccessibleName(tr("Decline the file"));
    m_folder->setAccessibleName(tr("Choose another folder for received files"));
    // Enter in another place must not accept what somebody offers.
    for (QPushButton *button : {m_accept, m_decline, m_folder})
        button->setAutoDefault(false);

    auto *buttons = new QHBoxLayout;
    buttons->addWidget(m_accept);
    buttons->addWidget(m_decline);
    buttons->addWidget(m_folder);
    buttons->addStretch(1);
    auto *column = new QVBoxLayout(this);
    column->addWidget(m_question);
    column->addWidget(m_place);
    column->addLayout(buttons);

    connect(m_accept, &QPushButton::clicked, this, &OfferBar::accept);
    connect(m_decline, &QPushButton::clicked, this, [this] { m_logic.declineOffer(m_transfer); });
    connect(m_folder, &QPushButton::clicked, this, &OfferBar::folderWanted);
    hide();
}

void OfferBar::refresh()
{
    const QAbstractItemModel *transfers = m_logic.transfers();
    int waiting = 0;
    QModelIndex first;
    for (int row = 0; row < transfers->rowCount(); ++row) {
        const QModelIndex index = transfers->index(row, 0);
        if (TransferState(index.data(StateRole).toInt()) != TransferState::Offered)
            continue;
        if (++waiting == 1)
            first = index;
    }
    if (waiting == 0) {
        m_transfer = 0;
        hide();
        return;
    }
    m_transfer = first.data(TransferIdRole).toULongLong();
    m_question->setText(tr("%1 wants to send you %2 (%3).")
                            .arg(first.data(PeerNameRole).toString(), first.data(FileNameRole).toString(),
                                 sizeText(first.data(SizeRole).toLongLong())));
    const qint64 free = m_logic.inboxFreeBytes();
    QString place = tr("It would land in %1").arg(QDir::toNativeSeparators(m_logic.inboxFolder()));
    if (free >= 0)
        place += tr(", where %1 are free").arg(sizeText(free));
    place += u'.';
    if (waiting > 1)
        place += u' ' + tr("%n more offers wait.", nullptr, waiting - 1);
    m_place->setText(place);
    m_accept->setAccessibleDescription(m_question->text());
    show();
}

void OfferBar::accept()
{
    const Error error = m_logic.acceptOffer(m_transfer);
    if (error.isError())
        m_place->setText(error.message);
}

} // namespace patchbay::file
