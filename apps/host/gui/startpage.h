// SPDX-License-Identifier: MIT
#pragma once

#include <QWidget>

QT_BEGIN_NAMESPACE
class QLabel;
QT_END_NAMESPACE

namespace patchbay::gui {

/// What the middle of the window shows before the first link: what to do next, as two big choices.
class StartPage final : public QWidget
{
    Q_OBJECT

public:
    explicit StartPage(QWidget *parent = nullptr);

    void setName(const QString &name); ///< how others see us

Q_SIGNALS:
    void hostWanted();
    void joinWanted();
    void nameWanted();
    void panelsWanted();

private:
    QLabel *m_name;
};

} // namespace patchbay::gui
