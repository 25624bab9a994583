// SPDX-License-Identifier: MIT
#pragma once

#include "hub/host.h"

#include <QFrame>

QT_BEGIN_NAMESPACE
class QLabel;
class QLineEdit;
class QPushButton;
QT_END_NAMESPACE

namespace patchbay::gui {

class InputGuard;

/// What only a person can decide, one question at a time, across the top of the window. It takes no focus by itself,
/// its buttons do not answer to Enter, and for a moment after a question has appeared they answer to nothing.
class QuestionBar final : public QFrame
{
    Q_OBJECT

public:
    /// \a host is started and outlives the bar; \a window is the parent.
    QuestionBar(hub::Host &host, QWidget *window);

    /// The keyboard goes to the safe answer.
    void focusAnswer();

Q_SIGNALS:
    void asked(const QString &title, const QString &text); ///< a question appeared
    void refused(const QString &problem);

private:
    void arrange();
    void refresh();
    void show(const hub::Question &question, qsizetype others);
    void showKnock(const hub::Question &question);
    void showPairing(const hub::Question &question);
    void showPermission(const hub::Question &question);
    void answer(bool yes);

    hub::Host &m_host;
    quint64 m_shown = 0; ///< id of the question
    bool m_wasAnswered = false;
    QLabel *m_icon;
    QLabel *m_title;
    QLabel *m_text;
    QLabel *m_code;
    QLabel *m_from;
    QPushButton *m_showKey;
    QLineEdit *m_key;
    QLabel *m_more;
    QPushButton *m_yes;
    QPushButton *m_no;
    InputGuard *m_guard;
};

} // namespace patchbay::gui
