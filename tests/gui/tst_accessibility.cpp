// SPDX-License-Identifier: MIT
// Every control a person can reach has a name a screen reader can say, and the keyboard reaches it.
#include "gui/knownpeersdialog.h"
#include "testwindow.h"

#include <QAbstractSpinBox>
#include <QAccessible>
#include <QComboBox>
#include <QSet>
#include <QTest>

using namespace patchbay;

class AccessibilityTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyControlHasAName();
    void tabReachesTheConnectionBar();
};

namespace {

template <typename Control>
bool isInside(const QWidget *widget)
{
    for (const QWidget *parent = widget->parentWidget(); parent; parent = parent->parentWidget()) {
        if (qobject_cast<const Control *>(parent))
            return true;
    }
    return false;
}

QString describe(const QWidget *widget)
{
    return QStringLiteral("%1 \"%2\" in %3")
        .arg(QString::fromLatin1(widget->metaObject()->className()), widget->objectName(),
             widget->parentWidget() ? QString::fromLatin1(widget->parentWidget()->metaObject()->className())
                                    : QString());
}

} // namespace

void AccessibilityTest::everyControlHasAName()
{
    TestWindow window(QStringLiteral("alice"));
    window.trigger("pluginsAction");
    window.trigger("settingsAction");
    window.trigger("aboutAction");
    window.trigger("knownPeersAction");
    window.host(QStringLiteral("127.0.0.1"), QStringLiteral("0"));
    QTRY_VERIFY(window.hub->linkState().isUp());
    window.trigger("inviteAction");
    window.window->offerLink(QStringLiteral("patchbay://127.0.0.1:1/#x"));
    window.find<gui::KnownPeersDialog>("knownPeersDialog")->showPeer(QByteArray(32, 'x'), QStringLiteral("bob"));
    int checked = 0;
    QStringList unnamed;
    const QList<QWidget *> widgets = window.window->findChildren<QWidget *>();
    for (QWidget *widget : widgets) {
        // Parts that Qt makes inside a control, and what only holds others, have no words of their own.
        const bool isPart = widget->objectName().startsWith(QLatin1String("qt_")) || isInside<QComboBox>(widget)
                            || isInside<QAbstractSpinBox>(widget);
        if (isPart || !(widget->focusPolicy() & Qt::TabFocus))
            continue;
        const QAccessibleInterface *accessible = QAccessible::queryAccessibleInterface(widget);
        ++checked;
        if (!accessible || accessible->text(QAccessible::Name).isEmpty())
            unnamed.append(describe(widget));
    }
    QVERIFY2(unnamed.isEmpty(), qPrintable(unnamed.join(u'\n')));
    QVERIFY(checked > 60);
}

void AccessibilityTest::tabReachesTheConnectionBar()
{
    TestWindow window(QStringLiteral("alice"));
    window.window->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(window.window.get()));
    window.find<QWidget>("address")->setFocus();
    QSet<QString> reached;
    for (int i = 0; i < 60; ++i) {
        QTest::keyClick(window.window->focusWidget(), Qt::Key_Tab);
        reached.insert(window.window->focusWidget()->objectName());
    }
    for (const char *name : {"address", "chooseAddress", "port", "admission", "toggleLink", "hostHere", "members",
                             "startHost", "startJoin", "logFilter", "copyLog", "log"})
        QVERIFY2(reached.contains(QLatin1String(name)), name);
    QVERIFY(!reached.contains(QStringLiteral("connections"))); // it is behind the tab of the log
}

QTEST_MAIN(AccessibilityTest)
#include "tst_accessibility.moc"
