// SPDX-License-Identifier: MIT
#include "gui/pluginsdialog.h"

#include "gui/pluginlistmodel.h"

#include <QBoxLayout>
#include <QDialogButtonBox>
#include <QHeaderView>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QTreeView>

namespace patchbay::gui {

PluginsDialog::PluginsDialog(hub::Host &host, QWidget *parent)
    : QDialog(parent), m_model(new PluginListModel(host, this)), m_table(new QTreeView(this)),
      m_details(new QPlainTextEdit(this)), m_problem(new QLabel(this))
{
    setObjectName(QStringLiteral("pluginsDialog"));
    setWindowTitle(tr("Plugins"));
    makeTable();

    m_details->setObjectName(QStringLiteral("pluginDetails"));
    m_details->setAccessibleName(tr("Details of the selected plugin"));
    m_details->setReadOnly(true);
    m_details->setTabChangesFocus(true);
    m_details->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_details->setMaximumHeight(fontMetrics().lineSpacing() * 8);
    m_problem->setObjectName(QStringLiteral("pluginProblem"));
    m_problem->setAccessibleName(tr("Why switching was refused"));
    m_problem->setTextFormat(Qt::PlainText);
    m_problem->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_problem->setWordWrap(true);
    m_problem->setFrameShape(QFrame::StyledPanel);
    m_problem->setBackgroundRole(QPalette::ToolTipBase);
    m_problem->setForegroundRole(QPalette::ToolTipText);
    m_problem->setAutoFillBackground(true);
    m_problem->setMargin(6);
    m_problem->hide();

    auto *hint = new QLabel(tr("Tick a plugin to switch it on, untick it to switch it off. Both work while connected: "
                               "its transfers end, and the other members are told."),
                            this);
    hint->setTextFormat(Qt::PlainText);
    hint->setWordWrap(true);
    auto *buttons = new QDialogButtonBox(QDialogButtonBox::Close, this);
    buttons->button(QDialogButtonBox::Close)->setAccessibleName(tr("Close"));
    auto *column = new QVBoxLayout(this);
    column->addWidget(hint);
    column->addWidget(m_table, 1);
    column->addWidget(m_problem);
    column->addWidget(m_details);
    column->addWidget(buttons);
    setTabOrder(m_table, m_details);
    setTabOrder(m_details, buttons);

    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::close);
    connect(m_model, &PluginListModel::refused, this, [this](int row, const QString &problem) {
        m_table->setCurrentIndex(m_model->index(row, 0));
        m_problem->setText(problem);
        m_problem->show();
    });
    connect(m_model, &PluginListModel::switched, this, [this](int row) {
        m_table->setCurrentIndex(m_model->index(row, 0));
        m_problem->hide();
    });
    resize(fontMetrics().averageCharWidth() * 130, fontMetrics().height() * 26);
    showDetails();
}

void PluginsDialog::makeTable()
{
    m_table->setObjectName(QStringLiteral("plugins"));
    m_table->setAccessibleName(tr("Plugins"));
    m_table->setModel(m_model);
    m_table->setRootIsDecorated(false);
    m_table->setItemsExpandable(false);
    m_table->setUniformRowHeights(true);
    m_table->setAllColumnsShowFocus(true);
    m_table->setAlternatingRowColors(true);
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setTabKeyNavigation(false);
    const int unit = fontMetrics().averageCharWidth();
    m_table->setColumnWidth(PluginListModel::NameColumn, unit * 22);
    m_table->setColumnWidth(PluginListModel::StateColumn, unit * 20);
    m_table->setColumnWidth(PluginListModel::VersionColumn, unit * 11);
    m_table->setColumnWidth(PluginListModel::TypesColumn, unit * 44);
    m_table->header()->setStretchLastSection(true);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentChanged, this, &PluginsDialog::showDetails);
    connect(m_model, &QAbstractItemModel::dataChanged, this, &PluginsDialog::showDetails);
    connect(m_model, &QAbstractItemModel::modelReset, this, &PluginsDialog::showDetails);
    m_table->setCurrentIndex(m_model->index(0, 0));
}

void PluginsDialog::showDetails()
{
    const QModelIndex current = m_table->currentIndex();
    const QString text = current.isValid() ? current.data(PluginListModel::DetailsRole).toString()
                                           : tr("Select a plugin to see where it comes from and why it is off.");
    if (m_details->toPlainText() != text) // a selection in it survives what changed elsewhere
        m_details->setPlainText(text);
}

} // namespace patchbay::gui
