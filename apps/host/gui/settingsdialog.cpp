// SPDX-License-Identifier: MIT
#include "gui/settingsdialog.h"

#include "gui/linktext.h"

#include <QBoxLayout>
#include <QDialogButtonBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>

namespace patchbay::gui {

SettingsDialog::SettingsDialog(hub::Host &host, QWidget *parent)
    : QDialog(parent), m_host(host), m_name(new QLineEdit(host.name(), this)), m_problem(new QLabel(this))
{
    setObjectName(QStringLiteral("settingsDialog"));
    setWindowTitle(tr("Settings"));
    m_name->setObjectName(QStringLiteral("displayName"));
    m_name->setAccessibleName(tr("Your name"));
    m_name->setMaxLength(64);
    m_name->setMinimumWidth(fontMetrics().averageCharWidth() * 36);
    m_name->selectAll();
    m_problem->setObjectName(QStringLiteral("settingsProblem"));
    m_problem->setTextFormat(Qt::PlainText);
    m_problem->setWordWrap(true);
    m_problem->hide();
    auto *hint =
        new QLabel(isRunning(host.linkState()) ? tr("The other members see this name from the next connection on.")
                                               : tr("The other members see this name."),
                   this);
    hint->setTextFormat(Qt::PlainText);
    hint->setWordWrap(true);
    auto *id = new QLineEdit(host.keyText(), this);
    id->setObjectName(QStringLiteral("ownKeyText"));
    id->setAccessibleName(tr("Your key"));
    id->setReadOnly(true);
    id->setCursorPosition(0);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
    const QList<QAbstractButton *> all = buttons->buttons();
    for (QAbstractButton *button : all)
        button->setAccessibleName(QString(button->text()).remove(u'&'));

    auto *form = new QFormLayout;
    form->addRow(tr("Your &name:"), m_name);
    form->addRow(QString(), hint);
    form->addRow(tr("Your &key:"), id);
    auto *column = new QVBoxLayout(this);
    column->addLayout(form);
    column->addWidget(m_problem);
    column->addStretch(1);
    column->addWidget(buttons);
    connect(buttons, &QDialogButtonBox::accepted, this, &SettingsDialog::accept);
    connect(buttons, &QDialogButtonBox::rejected, this, &SettingsDialog::reject);
    connect(m_name, &QLineEdit::textChanged, m_problem, &QWidget::hide);
}

void SettingsDialog::accept()
{
    if (m_name->text() != m_host.name()) {
        const Error error = m_host.setName(m_name->text());
        if (error.isError()) {
            m_problem->setText(error.message);
            m_problem->show();
            m_name->setFocus();
            return;
        }
    }
    QDialog::accept();
}

} // namespace patchbay::gui
