// SPDX-License-Identifier: MIT
#pragma once

#include "gui/mainwindow.h"
#include "hub/host.h"

#include <QTemporaryDir>

#include <memory>

/// A host with a window on a profile of its own, and what a test does with it: find a control by name, press it.
class TestWindow
{
public:
    /// Whom a window answers to when Host asks.
    enum class Person {
        Yes,   ///< to everything, at once: for tests of something else
        Asked, ///< the test answers, in the window
    };
    explicit TestWindow(const QString &name, const QString &profile = {}, Person person = Person::Yes,
                        const QString &plainTokenFile = {});
    ~TestWindow();

    template <typename Widget>
    Widget *find(const char *objectName) const
    {
        return window->findChild<Widget *>(QLatin1String(objectName));
    }
    /// Presses the button of that name, as the mouse does.
    void click(const char *objectName) const;
    /// Replaces what stands in the field of that name by typing.
    void type(const char *objectName, const QString &text) const;
    /// Chooses the menu entry of that name.
    void trigger(const char *objectName) const;

    /// Fills the connection bar and presses the button.
    void host(const QString &address, const QString &port) const;
    void join(const QString &target) const;
    void join(const QString &address, const QString &port) const { join(address + u':' + port); }
    QString port() const; ///< of the link, in digits
    /// Waits until the guard of the question lets the button through, and presses it.
    bool answer(bool yes) const;
    bool isAsked() const; ///< a question is shown

    /// The rows of the members list.
    QStringList members() const;
    /// Ids of the plugins whose panels have a dock.
    QStringList panels() const;

    /// Closes the window and shuts the host down, as main() does. False: it took too long.
    bool close();

private:
    QTemporaryDir m_ownProfile;

public:
    QString profile;
    std::unique_ptr<patchbay::hub::Host> hub;
    patchbay::Error error;
    std::unique_ptr<patchbay::gui::MainWindow> window;
};
