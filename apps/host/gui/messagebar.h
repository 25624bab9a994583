// SPDX-License-Identifier: MIT
#pragma once

#include <QFrame>
#include <QStringList>

QT_BEGIN_NAMESPACE
class QLabel;
class QToolButton;
QT_END_NAMESPACE

namespace patchbay::gui {

/// Errors at the top of the window, as plain text that can be selected: the newest is shown, closing it shows the one
/// before. Hidden while there is none.
class MessageBar final : public QFrame
{
    Q_OBJECT

public:
    explicit MessageBar(QWidget *parent = nullptr);

    /// Kept until closed; the same text twice counts once. \a topic: a later message of the same topic replaces it.
    void show(const QString &text, const QString &topic = {});
    /// Takes away what was said about \a topic.
    void clear(const QString &topic);
    QStringList messages() const; ///< newest last

private:
    struct Entry
    {
        QString text;
        QString topic;
    };

    void closeNewest();
    void refresh();

    QList<Entry> m_entries;
    QLabel *m_icon;
    QLabel *m_text;
    QLabel *m_more;
    QToolButton *m_close;
};

} // namespace patchbay::gui
