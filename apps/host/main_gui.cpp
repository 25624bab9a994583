// SPDX-License-Identifier: MIT
#include "gui/appicon.h"
#include "gui/connectionbar.h"
#include "gui/exitwatchdog.h"
#include "gui/guioptions.h"
#include "gui/linktext.h"
#include "gui/mainwindow.h"
#include "gui/quitsignals.h"
#include "hub/host.h"
#include "hub/processsetup.h"

#include <patchbay/command.h>

#include <QApplication>
#include <QDir>
#include <QMessageBox>
#include <QTimer>

#include <cstdio>
#include <memory>
#include <vector>

using namespace patchbay;

namespace {

/// The streams of a plugin that is switched off have 6 s to end; then the host goes on without it.
constexpr std::chrono::seconds kPatience(8);

void print(FILE *stream, const QString &text)
{
    std::fputs(text.toLocal8Bit().constData(), stream);
}

QStringList wordsOf(int argc, char **argv)
{
    QStringList words;
    for (int i = 1; i < argc; ++i)
        words.append(QString::fromLocal8Bit(argv[i]));
    return words;
}

/// Without a display Qt would abort with a core dump.
bool hasDisplay(const QStringList &qtArguments)
{
    const bool isChosen = qEnvironmentVariableIsSet("QT_QPA_PLATFORM")
                          || !qtArguments.filter(QStringLiteral("platform")).isEmpty()
                          || !qtArguments.filter(QStringLiteral("display")).isEmpty();
    return isChosen || !qEnvironmentVariableIsEmpty("DISPLAY") || !qEnvironmentVariableIsEmpty("WAYLAND_DISPLAY");
}

int refuseToStart(const QString &problem)
{
    print(stderr, problem + u'\n');
    QMessageBox box(QMessageBox::Critical, QStringLiteral("Patchbay"), QString(), QMessageBox::Close);
    box.setTextFormat(Qt::PlainText);
    box.setText(problem);
    box.setWindowIcon(gui::applicationIcon());
    box.exec();
    return ExitFailed;
}

int run(const gui::GuiOptions &options)
{
    hub::HostOptions hostOptions;
    hostOptions.profileDirectory = options.profile;
    hostOptions.name = options.name;
    hostOptions.pluginDirectories = options.pluginPaths;
    hostOptions.panels = true;
    hostOptions.plainTokenFile = options.plainTokenFile;
    hub::Host host(hostOptions);
    const Error error = host.start();
    if (error.isError())
        return refuseToStart(error.message);

    auto window = std::make_unique<gui::MainWindow>(host, QDir(options.profile).filePath(QStringLiteral("window.ini")));
    std::unique_ptr<gui::ExitWatchdog> watchdog;
    QObject::connect(window.get(), &gui::MainWindow::closed, &host, [&] {
        if (watchdog)
            return;
        watchdog = std::make_unique<gui::ExitWatchdog>(kPatience);
        // From the event loop, so that the window is off the screen before plugins are asked to stop.
        QTimer::singleShot(0, &host, [&host] { host.shutdown([] { QCoreApplication::quit(); }); });
    });
    const gui::QuitSignals quitSignals;
    QObject::connect(&quitSignals, &gui::QuitSignals::quitWanted, window.get(), &QWidget::close);
    window->show();
    if (options.listenOn)
        window->connectionBar()->startServer(options.listenOn->host, options.listenOn->port);
    else if (options.connectTo)
        window->connectionBar()->startClient(options.connectTo->link.isEmpty()
                                                 ? gui::endpointText(options.connectTo->host, options.connectTo->port)
                                                 : options.connectTo->link);
    else if (!options.link.isEmpty())
        window->offerLink(options.link);
    const int result = QCoreApplication::exec();
    window.reset(); // its panels and views go before what they show
    return result;
}

} // namespace

int main(int argc, char **argv)
{
    hub::prepareProcess();
    const QStringList words = wordsOf(argc, argv);
    const gui::GuiOptions options = gui::parseGuiOptions(words);
    if (!options.problem.isEmpty()) {
        print(stderr, options.problem + u'\n');
        return ExitUsage;
    }
    if (options.help || options.version) {
        print(stdout, options.help ? gui::guiHelpText() : QStringLiteral("Patchbay " PATCHBAY_VERSION "\n"));
        return ExitOk;
    }
    const QStringList qtWords = gui::qtArguments(words);
    if (!hasDisplay(qtWords)) {
        print(stderr, QCoreApplication::translate("main", "There is no display here. Start Patchbay on a desktop, or "
                                                          "use patchbay-cli.\n"));
        return ExitFailed;
    }

    // Only Qt's own options: its X11 plugin would take --name for the name of the window class.
    std::vector<QByteArray> bytes{QByteArray(argv[0])};
    for (const QString &word : qtWords)
        bytes.push_back(word.toLocal8Bit());
    std::vector<char *> arguments;
    arguments.reserve(bytes.size() + 1);
    for (QByteArray &word : bytes)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    int count = int(bytes.size());
    QApplication app(count, arguments.data());
    QApplication::setApplicationName(QStringLiteral("patchbay"));
    QApplication::setApplicationDisplayName(QStringLiteral("Patchbay"));
    QApplication::setApplicationVersion(QStringLiteral(PATCHBAY_VERSION));
    QApplication::setDesktopFileName(QStringLiteral("org.patchbay.Patchbay"));
    QApplication::setWindowIcon(gui::applicationIcon());
    QApplication::setQuitOnLastWindowClosed(false);
    return run(options);
}
