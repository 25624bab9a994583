// SPDX-License-Identifier: MIT
#include "textpanel.h"

#include "messageedit.h"
#include "recipientbox.h"
#include "timelineview.h"

#include <QBoxLayout>
#include <QLabel>
#include <QPushButton>

namespace patchbay::text {

TextPanel::TextPanel(ITextLogic &logic, QWidget *parent)
    : QWidget(parent), m_logic(logic), m_timeline(new TimelineView(this)), m_recipient(new RecipientBox(logic, this)),
      m_input(new MessageEdit(this)), m_send(new QPushButton(tr("&Send"), this)), m_problem(new QLabel(this))
{
    setWindowTitle(tr("Text"));
    m_timeline->setObjectName(QStringLiteral("timeline"));
    m_timeline->setAccessibleName(tr("Messages"));
    m_timeline->setModel(logic.timeline());
    m_recipient->setObjectName(QStringLiteral("recipient"));
    m_recipient->setAccessibleName(tr("To"));
    m_recipient->setToolTip(tr("Who gets the message"));
    m_input->setObjectName(QStringLiteral("input"));
    m_input->setAccessibleName(tr("Message"));
    m_send->setObjectName(QStringLiteral("send"));
    m_send->setAccessibleName(tr("Send the message"));
    m_send->setAutoDefault(false);
    m_problem->setObjectName(QStringLiteral("problem"));
    m_problem->setTextFormat(Qt::PlainText);
    m_problem->setWordWrap(true);
    m_problem->hide();

    auto *to = new QLabel(tr("&To:"), this);
    to->setBuddy(m_recipient);
    auto *address = new QHBoxLayout;
    address->addWidget(to);
    address->addWidget(m_recipient, 1);
    auto *line = new QHBoxLayout;
    line->addWidget(m_input, 1);
    line->addWidget(m_send, 0, Qt::AlignBottom);
    auto *column = new QVBoxLayout(this);
    column->addWidget(m_timeline, 1);
    column->addLayout(address);
    column->addLayout(line);
    column->addWidget(m_problem);

    setTabOrder(m_timeline, m_recipient);
    setTabOrder(m_recipient, m_input);
    setTabOrder(m_input, m_send);
    setFocusProxy(m_input);

    connect(m_input, &MessageEdit::submitted, this, &TextPanel::send);
    connect(m_input, &QPlainTextEdit::textChanged, this, &TextPanel::updateButton);
    connect(m_send, &QPushButton::clicked, this, &TextPanel::send);
    updateButton();
}

void TextPanel::send()
{
    const QString text = m_input->toPlainText();
    if (text.trimmed().isEmpty())
        return;
    const MemberId to = m_recipient->recipient();
    const Error error = to == MemberId::None
                            ? Error{ErrorCode::NoSuchMember, tr("The member is gone. Choose who gets the message.")}
                            : m_logic.sendText(to, text);
    // What could not be sent stays in the input, to be sent again.
    m_problem->setText(error.message);
    m_problem->setVisible(error.isError());
    if (error.isError())
        return;
    m_input->clear();
    m_timeline->scrollToBottom();
    m_input->setFocus();
}

void TextPanel::updateButton()
{
    m_send->setEnabled(!m_input->toPlainText().trimmed().isEmpty());
    m_problem->hide();
}

} // namespace patchbay::text
