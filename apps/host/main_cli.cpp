// SPDX-License-Identifier: MIT
#include "cli/application.h"
#include "hub/processsetup.h"

#include <QCoreApplication>
#include <QTimer>

int main(int argc, char **argv)
{
    patchbay::hub::prepareProcess();
    QCoreApplication app(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("patchbay-cli"));
    QCoreApplication::setApplicationVersion(QStringLiteral(PATCHBAY_VERSION));
    patchbay::cli::Application application(patchbay::cli::parseOptions(QCoreApplication::arguments().mid(1)));
    QTimer::singleShot(0, &application, &patchbay::cli::Application::start);
    return QCoreApplication::exec();
}
