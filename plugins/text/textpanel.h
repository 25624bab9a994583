// SPDX-License-Identifier: MIT
#pragma once

#include "itextlogic.h"

#include <QWidget>

QT_BEGIN_NAMESPACE
class QLabel;
class QPushButton;
QT_END_NAMESPACE

namespace patchbay::text {

class MessageEdit;
class RecipientBox;
class TimelineView;

/// The chat: timeline, recipient, input. Everything it shows is in the logic's models; it keeps nothing but what is
/// being typed.
class TextPanel final : public QWidget
{
    Q_OBJECT

public:
    /// \a logic must outlive the panel.
    explicit TextPanel(ITextLogic &logic, QWidget *parent = nullptr);

private:
    void send();
    void updateButton();

    ITextLogic &m_logic;
    TimelineView *m_timeline;
    RecipientBox *m_recipient;
    MessageEdit *m_input;
    QPushButton *m_send;
    QLabel *m_problem;
};

} // namespace patchbay::text
