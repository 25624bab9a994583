// SPDX-License-Identifier: MIT
#include "gui/guioptions.h"

#include "gui/jointarget.h"
#include "hub/host.h"

#include <patchbay/commandtools.h>

#include <QCoreApplication>
#include <QDir>

namespace patchbay::gui {

namespace {

QString tr(const char *source)
{
    return QCoreApplication::translate("patchbay::gui::GuiOptions", source);
}

constexpr qsizetype kMaxShown = 100;

enum class Kind { Unknown, Own, OwnWithValue, Qt, QtWithValue };

/// \a word is an option with its dashes, without "=VALUE".
Kind kindOf(const QString &word)
{
    static const QStringList own{QStringLiteral("--help"), QStringLiteral("-h"), QStringLiteral("--version")};
    static const QStringList ownWithValue{QStringLiteral("--profile"),     QStringLiteral("--name"),
                                          QStringLiteral("--plugin-path"), QStringLiteral("--listen"),
                                          QStringLiteral("--connect"),     QStringLiteral("--plain")};
    static const QStringList qt{QStringLiteral("reverse"), QStringLiteral("widgetcount"), QStringLiteral("nograb"),
                                QStringLiteral("dograb"), QStringLiteral("sync")};
    static const QStringList qtWithValue{
        QStringLiteral("platform"), QStringLiteral("platformpluginpath"), QStringLiteral("platformtheme"),
        QStringLiteral("plugin"),   QStringLiteral("qwindowgeometry"),    QStringLiteral("geometry"),
        QStringLiteral("icon"),     QStringLiteral("qwindowicon"),        QStringLiteral("title"),
        QStringLiteral("session"),  QStringLiteral("qwindowtitle"),       QStringLiteral("style"),
        QStringLiteral("display"),  QStringLiteral("stylesheet"),         QStringLiteral("fontengine")};
    if (own.contains(word))
        return Kind::Own;
    if (ownWithValue.contains(word))
        return Kind::OwnWithValue;
    if (!word.startsWith(u'-'))
        return Kind::Unknown;
    const QString bare = word.mid(word.startsWith(QLatin1String("--")) ? 2 : 1);
    if (qt.contains(bare))
        return Kind::Qt;
    return qtWithValue.contains(bare) ? Kind::QtWithValue : Kind::Unknown;
}

bool takesValue(Kind kind)
{
    return kind == Kind::OwnWithValue || kind == Kind::QtWithValue;
}

void setEndpoint(GuiOptions &options, const QString &key, const QString &value)
{
    const bool dials = key == QLatin1String("--connect");
    const auto endpoint = cli::parseEndpoint(value, {QStringLiteral("127.0.0.1"), hub::kDefaultPort, QString()});
    if (!endpoint || (!dials && !endpoint->link.isEmpty()))
        options.problem =
            tr("%1 takes an address like 127.0.0.1:7229, not \"%2\".").arg(key, escaped(value.left(kMaxShown)));
    else if (dials && endpoint->link.isEmpty() && endpoint->port == 0)
        options.problem = tr("--connect needs a port from 1 to 65535.");
    else
        (dials ? options.connectTo : options.listenOn) = endpoint;
}

} // namespace

GuiOptions parseGuiOptions(const QStringList &arguments)
{
    GuiOptions options;
    options.profile = hub::defaultProfileDirectory();
    for (qsizetype i = 0; i < arguments.size() && options.problem.isEmpty(); ++i) {
        const QString key = arguments[i].section(u'=', 0, 0);
        const Kind kind = kindOf(key);
        const bool hasValue = arguments[i].contains(u'=');
        if (kind == Kind::Unknown && options.link.isEmpty() && isInviteLink(arguments[i])) {
            options.link = arguments[i];
            continue;
        }
        if (kind == Kind::Unknown) {
            options.problem =
                arguments[i].startsWith(u'-')
                    ? tr("Unknown option %1. `patchbay --help` lists them.").arg(escaped(arguments[i]))
                    : tr("\"%1\" is not an option. `patchbay --help` lists them.").arg(escaped(arguments[i]));
            break;
        }
        if (!takesValue(kind)) {
            if (hasValue)
                options.problem = tr("%1 takes no value.").arg(key);
            options.help = options.help || key == QLatin1String("--help") || key == QLatin1String("-h");
            options.version = options.version || key == QLatin1String("--version");
            continue;
        }
        if (!hasValue && i + 1 >= arguments.size()) {
            options.problem = tr("%1 needs a value.").arg(key);
            break;
        }
        const QString value = hasValue ? arguments[i].section(u'=', 1) : arguments[++i];
        if (kind == Kind::QtWithValue)
            continue;
        if (value.isEmpty())
            options.problem = tr("%1 needs a value.").arg(key);
        else if (key == QLatin1String("--profile"))
            options.profile = QDir().absoluteFilePath(value);
        else if (key == QLatin1String("--name"))
            options.name = value;
        else if (key == QLatin1String("--plain"))
            options.plainTokenFile = QDir().absoluteFilePath(value);
        else if (key == QLatin1String("--plugin-path"))
            options.pluginPaths.append(QDir().absoluteFilePath(value));
        else
            setEndpoint(options, key, value);
    }
    if (options.problem.isEmpty() && options.connectTo && options.listenOn)
        options.problem = tr("--connect and --listen exclude each other: a host is a client or a server.");
    if (options.problem.isEmpty() && !options.link.isEmpty() && (options.connectTo || options.listenOn))
        options.problem = tr("An invite link excludes --connect and --listen: it says where to join.");
    return options;
}

QStringList qtArguments(const QStringList &arguments)
{
    QStringList rest;
    for (qsizetype i = 0; i < arguments.size(); ++i) {
        const Kind kind = kindOf(arguments[i].section(u'=', 0, 0));
        const bool isPair = takesValue(kind) && !arguments[i].contains(u'=') && i + 1 < arguments.size();
        if (kind == Kind::Qt || kind == Kind::QtWithValue) {
            rest.append(arguments[i]);
            if (isPair)
                rest.append(arguments[i + 1]);
        }
        if (isPair)
            ++i;
    }
    return rest;
}

QString guiHelpText()
{
    return tr("Usage: patchbay [OPTION]... [patchbay://LINK]\n"
              "Opens the window of Patchbay. With an invite link it asks before it joins.\n"
              "\n"
              "  --profile DIR          keep settings and identity in DIR (default: %1)\n"
              "  --name NAME            the name other members see; remembered\n"
              "  --plugin-path DIR      look for more plugins in DIR; may be given several times\n"
              "  --listen ADDR[:PORT]   host here at once (default port %2)\n"
              "  --connect WHERE        join that hub at once: HOST, HOST:PORT or an invite link\n"
              "  --plain FILE           for tests, without encryption and on this computer only: whoever can read\n"
              "                         FILE, which a hub makes, may come in\n"
              "  --help                 print this and end\n"
              "  --version              print the version and end\n"
              "  --platform, --style …  options of Qt\n"
              "\n"
              "The same without a window: patchbay-cli --help\n")
        .arg(hub::defaultProfileDirectory())
        .arg(hub::kDefaultPort);
}

} // namespace patchbay::gui
