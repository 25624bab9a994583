// SPDX-License-Identifier: MIT
#include "cli/options.h"

#include "hub/host.h"

#include <QCoreApplication>
#include <QDir>

namespace patchbay::cli {

namespace {

QString tr(const char *source)
{
    return QCoreApplication::translate("patchbay::cli::Options", source);
}

const Endpoint &defaultTarget()
{
    static const Endpoint endpoint{QStringLiteral("127.0.0.1"), hub::kDefaultPort, {}};
    return endpoint;
}

/// Every address of this machine; in plain mode loopback.
Endpoint defaultListener(bool plain)
{
    return {plain ? QStringLiteral("127.0.0.1") : QStringLiteral("*"), hub::kDefaultPort, {}};
}

} // namespace

std::optional<Endpoint> parseEndpoint(const QString &text, const Endpoint &fallback)
{
    Endpoint endpoint = fallback;
    QString port;
    if (text.startsWith(QStringLiteral("patchbay:"), Qt::CaseInsensitive)) {
        endpoint.link = text;
        return endpoint;
    }
    if (text.startsWith(u'[')) {
        const qsizetype close = text.indexOf(u']');
        if (close < 0)
            return std::nullopt;
        endpoint.host = text.mid(1, close - 1);
        const QString rest = text.mid(close + 1);
        if (!rest.isEmpty() && !rest.startsWith(u':'))
            return std::nullopt;
        port = rest.mid(1);
        if (!rest.isEmpty() && port.isEmpty())
            return std::nullopt;
    } else if (text.count(u':') > 1) {
        endpoint.host = text; // a bare IPv6 address
    } else if (text.contains(u':')) {
        const QString host = text.section(u':', 0, 0);
        if (!host.isEmpty())
            endpoint.host = host;
        port = text.section(u':', 1);
        if (port.isEmpty())
            return std::nullopt;
    } else {
        bool isNumber = false;
        text.toUInt(&isNumber);
        if (isNumber)
            port = text;
        else
            endpoint.host = text;
    }
    if (!port.isEmpty()) {
        bool isNumber = false;
        const uint number = port.toUInt(&isNumber);
        if (!isNumber || number > 65535)
            return std::nullopt;
        endpoint.port = quint16(number);
    }
    if (endpoint.host.isEmpty() || endpoint.host.contains(u' '))
        return std::nullopt;
    return endpoint;
}

Options parseOptions(const QStringList &arguments)
{
    Options options;
    options.profile = hub::defaultProfileDirectory();
    std::optional<quint16> port;
    for (qsizetype i = 0; i < arguments.size(); ++i) {
        const QString &word = arguments[i];
        if (word == QStringLiteral("--")) {
            options.arguments += arguments.mid(i);
            break;
        }
        if (word == QStringLiteral("--json")) {
            options.json = true;
        } else if (word == QStringLiteral("--help") || word == QStringLiteral("-h")) {
            options.help = true;
        } else if (word == QStringLiteral("--version")) {
            options.version = true;
        } else {
            const QString key = word.section(u'=', 0, 0);
            const bool own = key == QStringLiteral("--profile") || key == QStringLiteral("--name")
                             || key == QStringLiteral("--plugin-path") || key == QStringLiteral("--connect")
                             || key == QStringLiteral("--listen") || key == QStringLiteral("--port")
                             || key == QStringLiteral("--plain") || key == QStringLiteral("--admit")
                             || (key == QStringLiteral("--uses") && options.verb == QStringLiteral("serve"));
            if (!own) {
                if (options.verb.isEmpty() && !word.startsWith(u'-'))
                    options.verb = word;
                else if (options.verb.isEmpty() && word.size() > 1) {
                    options.problem = tr("Unknown option %1. `patchbay-cli --help` lists them.").arg(word);
                    return options;
                } else
                    options.arguments.append(word);
                continue;
            }
            QString value;
            if (word.contains(u'=')) {
                value = word.section(u'=', 1);
            } else if (i + 1 < arguments.size()) {
                value = arguments[++i];
            } else {
                options.problem = tr("%1 needs a value.").arg(key);
                return options;
            }
            if (key == QStringLiteral("--profile")) {
                options.profile = QDir().absoluteFilePath(value);
            } else if (key == QStringLiteral("--name")) {
                options.name = value;
            } else if (key == QStringLiteral("--plugin-path")) {
                options.pluginPaths.append(QDir().absoluteFilePath(value));
            } else if (key == QStringLiteral("--plain")) {
                options.plainTokenFile = QDir().absoluteFilePath(value);
            } else if (key == QStringLiteral("--uses")) {
                options.inviteUses = value.toInt();
                if (options.inviteUses < 1 || options.inviteUses > 1000) {
                    options.problem = tr("--uses takes a number from 1 to 1000, not \"%1\".").arg(value);
                    return options;
                }
            } else if (key == QStringLiteral("--admit")) {
                if (value == QStringLiteral("known"))
                    options.admission = hub::AdmissionPolicy::Known;
                else if (value == QStringLiteral("ask"))
                    options.admission = hub::AdmissionPolicy::Ask;
                else if (value == QStringLiteral("anyone"))
                    options.admission = hub::AdmissionPolicy::Anyone;
                else {
                    options.problem = tr("--admit takes known, ask or anyone, not \"%1\".").arg(value);
                    return options;
                }
            } else if (key == QStringLiteral("--port")) {
                bool isNumber = false;
                const uint number = value.toUInt(&isNumber);
                if (!isNumber || number > 65535) {
                    options.problem = tr("--port takes a number from 0 to 65535, not \"%1\".").arg(value);
                    return options;
                }
                port = quint16(number);
            } else {
                const bool dials = key == QStringLiteral("--connect");
                const std::optional<Endpoint> endpoint =
                    parseEndpoint(value, dials ? defaultTarget() : defaultListener(!options.plainTokenFile.isEmpty()));
                if (!endpoint || (!dials && !endpoint->link.isEmpty())) {
                    options.problem = tr("%1 takes HOST:PORT, not \"%2\".").arg(key, value);
                    return options;
                }
                (dials ? options.connectTo : options.listenOn) = endpoint;
            }
        }
    }
    if (options.verb == QStringLiteral("serve") && !options.listenOn)
        options.listenOn = defaultListener(!options.plainTokenFile.isEmpty());
    if (options.verb == QStringLiteral("connect") && !options.connectTo && !options.arguments.isEmpty()) {
        options.connectTo = parseEndpoint(options.arguments.takeFirst(), defaultTarget());
        if (!options.connectTo)
            options.problem = tr("connect takes an invite link or HOST:PORT.");
    }
    if (port) {
        if (options.connectTo)
            options.connectTo->port = *port;
        else if (options.listenOn)
            options.listenOn->port = *port;
        else
            options.listenOn = Endpoint{defaultListener(!options.plainTokenFile.isEmpty()).host, *port, {}};
    }
    if (options.connectTo && options.listenOn)
        options.problem = tr("--connect and --listen exclude each other: a host is a client or a server.");
    if (options.connectTo && options.connectTo->port == 0)
        options.problem = tr("Port 0 cannot be dialled.");
    return options;
}

} // namespace patchbay::cli
