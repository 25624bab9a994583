// SPDX-License-Identifier: MIT
#include "gui/joindialog.h"

#include "gui/glyphicon.h"
#include "gui/inputguard.h"
#include "gui/jointarget.h"

#include <QBoxLayout>
#include <QDialogButtonBox>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>

namespace patchbay::gui {

JoinDialog::JoinDialog(const QString &link, QWidget *parent) : QDialog(parent)
{
    setObjectName(QStringLiteral("joinDialog"));
    setWindowTitle(tr("Join by an invite link"));
    const LinkWords words = readLink(link);
    const auto plainLabel = [this](const QString &text) {
        auto *label = new QLabel(text, this);
        label->setTextFormat(Qt::PlainText);
        label->setWordWrap(true);
        return label;
    };
    QLabel *title = plainLabel(tr("Somebody invites you. Join their hub?"));
    QFont font = title->font();
    font.setBold(true);
    title->setFont(font);
    auto *addresses = new QPlainTextEdit(words.addresses.join(u'\n'), this);
    addresses->setObjectName(QStringLiteral("joinAddresses"));
    addresses->setAccessibleName(tr("Addresses of the hub"));
    addresses->setReadOnly(true);
    addresses->setTabChangesFocus(true);
    addresses->setFixedHeight(fontMetrics().lineSpacing() * std::clamp<int>(int(words.addresses.size()), 2, 5) + 16);
    QLabel *token = plainLabel(
        words.hasToken ? tr("The link holds a one-time token: the hub lets you in, and makes sure nobody else answers "
                            "in its place.")
                       : tr("The link holds no token: the hub may still ask its operator whether to let you in."));
    token->setObjectName(QStringLiteral("joinToken"));
    QLabel *hint = plainLabel(tr("Join only if you expected this invite. The hub learns your name and address."));

    auto *buttons = new QDialogButtonBox(this);
    QPushButton *join = buttons->addButton(tr("Join"), QDialogButtonBox::ActionRole);
    join->setObjectName(QStringLiteral("joinLink"));
    join->setAccessibleName(tr("Join this hub"));
    join->setAutoDefault(false);
    join->setIcon(glyphIcon(Glyph::Join));
    QPushButton *cancel = buttons->addButton(tr("Cancel"), QDialogButtonBox::RejectRole);
    cancel->setObjectName(QStringLiteral("cancelJoin"));
    cancel->setAccessibleName(tr("Do not join"));
    cancel->setDefault(true);
    cancel->setFocus();

    auto *column = new QVBoxLayout(this);
    column->addWidget(title);
    column->addWidget(plainLabel(tr("The link leads to:")));
    column->addWidget(addresses);
    column->addWidget(token);
    column->addWidget(hint);
    column->addStretch(1);
    column->addWidget(buttons);
    setMinimumWidth(fontMetrics().averageCharWidth() * 70);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(join, &QPushButton::clicked, this, [this, link] {
        accept();
        Q_EMIT joinWanted(link);
    });
    auto *guard = new InputGuard({join}, this);
    guard->arm();
}

} // namespace patchbay::gui
