// SPDX-License-Identifier: MIT
#include "gui/aboutdialog.h"

#include "gui/appicon.h"

#include <QApplication>
#include <QBoxLayout>
#include <QDialogButtonBox>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QSysInfo>

namespace patchbay::gui {

namespace {

constexpr int kIconSize = 64;

QString versions()
{
    return AboutDialog::tr("Patchbay %1\nPlugin API %2.%3\nQt %4 (built with %5)\n%6, %7")
        .arg(QStringLiteral(PATCHBAY_VERSION))
        .arg(PATCHBAY_API_MAJOR)
        .arg(PATCHBAY_API_MINOR)
        .arg(QString::fromLatin1(qVersion()), QStringLiteral(QT_VERSION_STR), QSysInfo::prettyProductName(),
             QSysInfo::currentCpuArchitecture());
}

QString licences()
{
    return AboutDialog::tr(
        "Patchbay is free software under the MIT licence: do with it what you like, keep the copyright notice, and "
        "expect no warranty. The text is in the file LICENSE.\n\n"
        "It uses Qt under the GNU Lesser General Public License version 3, and xxHash under the BSD 2-clause "
        "licence. Plugins have licences of their own.");
}

} // namespace

AboutDialog::AboutDialog(QWidget *parent) : QDialog(parent)
{
    setObjectName(QStringLiteral("aboutDialog"));
    setWindowTitle(tr("About Patchbay"));
    auto *icon = new QLabel(this);
    icon->setPixmap(applicationIcon().pixmap(QSize(kIconSize, kIconSize), devicePixelRatioF()));
    icon->setAccessibleName(tr("Icon of Patchbay"));
    auto *what = new QLabel(tr("A host for typed frames over TCP: chat, files, and what plugins add."), this);
    what->setTextFormat(Qt::PlainText);
    what->setWordWrap(true);
    auto *version = new QLabel(versions(), this);
    version->setObjectName(QStringLiteral("versions"));
    version->setTextFormat(Qt::PlainText);
    version->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    version->setAccessibleName(tr("Versions"));
    auto *licence = new QPlainTextEdit(licences(), this);
    licence->setAccessibleName(tr("Licences"));
    licence->setReadOnly(true);
    licence->setTabChangesFocus(true);
    licence->setMinimumSize(fontMetrics().averageCharWidth() * 62, fontMetrics().lineSpacing() * 8);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    buttons->button(QDialogButtonBox::Close)->setAccessibleName(tr("Close"));
    QPushButton *aboutQt = buttons->addButton(tr("About &Qt"), QDialogButtonBox::HelpRole);
    aboutQt->setAccessibleName(tr("About Qt"));

    auto *words = new QVBoxLayout;
    words->addWidget(what);
    words->addWidget(version);
    auto *top = new QHBoxLayout;
    top->setSpacing(16);
    top->addWidget(icon, 0, Qt::AlignTop);
    top->addLayout(words, 1);
    auto *column = new QVBoxLayout(this);
    column->addLayout(top);
    column->addWidget(licence, 1);
    column->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
    connect(aboutQt, &QPushButton::clicked, qApp, &QApplication::aboutQt);
}

} // namespace patchbay::gui
