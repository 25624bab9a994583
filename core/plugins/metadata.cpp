// SPDX-License-Identifier: MIT
#include "plugins/metadata.h"

#include "base/plaintext.h"

#include <patchbay/plugin.h>

#include <QCoreApplication>
#include <QJsonArray>

#include <cmath>
#include <optional>

namespace patchbay::plugins {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("patchbay::plugins::Metadata", text);
}

bool isAsciiLetter(QChar c)
{
    return (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z');
}

bool isAsciiDigit(QChar c)
{
    return c >= u'0' && c <= u'9';
}

/// "org.example.thing": at least two parts of letters, digits, - and _, the first character a letter.
bool isReverseDns(const QString &text)
{
    if (text.isEmpty() || text.size() > maxIdLength || !isAsciiLetter(text.front()) || !text.contains(u'.'))
        return false;
    const QStringList parts = text.split(u'.');
    for (const QString &part : parts) {
        if (part.isEmpty())
            return false;
        for (const QChar c : part) {
            if (!isAsciiLetter(c) && !isAsciiDigit(c) && c != u'-' && c != u'_')
                return false;
        }
    }
    return true;
}

bool isVerb(const QString &text)
{
    if (text.isEmpty() || text.size() > 32 || text.front() < u'a' || text.front() > u'z')
        return false;
    for (const QChar c : text) {
        if (!(c >= u'a' && c <= u'z') && !isAsciiDigit(c) && c != u'-')
            return false;
    }
    return true;
}

/// Reads members of one JSON object and keeps the first thing that is wrong.
class Reader final
{
public:
    Reader(const QJsonObject &object, QString where, QString &problem)
        : m_object(object), m_where(std::move(where)), m_problem(problem)
    { }

    bool failed() const { return !m_problem.isEmpty(); }
    void fail(const QString &problem)
    {
        if (m_problem.isEmpty())
            m_problem = problem;
    }

    enum class Need { Required, Optional };

    /// One line of at most \a max characters, without control characters.
    QString line(const QString &key, Need need, int max)
    {
        const QString text = string(key, need, max);
        if (base::singleLine(text, max) != text)
            fail(tr("%1 contains control characters.").arg(name(key)));
        return text;
    }

    QString lines(const QString &key, Need need, int max)
    {
        const QString text = string(key, need, max);
        QString flat = text;
        flat.replace(u'\n', u' ');
        if (base::singleLine(flat, max) != flat)
            fail(tr("%1 contains control characters.").arg(name(key)));
        return text;
    }

    QString id(const QString &key, Need need)
    {
        const QString text = string(key, need, maxLineLength);
        if (!text.isEmpty() && !isReverseDns(text))
            fail(tr("%1 \"%2\" is not a reverse-DNS name such as org.example.thing.")
                     .arg(name(key), base::singleLine(text, maxNameLength)));
        return text;
    }

    std::optional<quint32> number(const QString &key, Need need, quint32 min, quint32 max)
    {
        if (!has(key, need))
            return std::nullopt;
        const double value = m_object.value(key).toDouble(-1);
        if (!m_object.value(key).isDouble() || value < min || value > max || std::floor(value) != value) {
            fail(tr("%1 must be a whole number from %2 to %3.").arg(name(key)).arg(min).arg(max));
            return std::nullopt;
        }
        return quint32(value);
    }

    bool flag(const QString &key, bool byDefault)
    {
        if (!m_object.contains(key))
            return byDefault;
        if (!m_object.value(key).isBool())
            fail(tr("%1 must be true or false.").arg(name(key)));
        return m_object.value(key).toBool(byDefault);
    }

    QJsonArray array(const QString &key, int max)
    {
        if (!m_object.contains(key))
            return {};
        if (!m_object.value(key).isArray()) {
            fail(tr("%1 must be a list.").arg(name(key)));
            return {};
        }
        const QJsonArray list = m_object.value(key).toArray();
        if (list.size() > max) {
            fail(tr("%1 has %2 entries; at most %3 are allowed.").arg(name(key)).arg(list.size()).arg(max));
            return {};
        }
        return list;
    }

private:
    QString name(const QString &key) const
    {
        return m_where.isEmpty() ? QLatin1Char('"') + key + QLatin1Char('"')
                                 : QLatin1Char('"') + key + QStringLiteral("\" of ") + m_where;
    }

    bool has(const QString &key, Need need)
    {
        if (m_object.contains(key))
            return true;
        if (need == Need::Required)
            fail(tr("%1 is missing.").arg(name(key)));
        return false;
    }

    QString string(const QString &key, Need need, int max)
    {
        if (!has(key, need))
            return {};
        const QJsonValue value = m_object.value(key);
        if (!value.isString()) {
            fail(tr("%1 must be text.").arg(name(key)));
            return {};
        }
        const QString text = value.toString();
        if (text.isEmpty() && need == Need::Required)
            fail(tr("%1 is empty.").arg(name(key)));
        if (text.size() > max) {
            fail(tr("%1 is longer than %2 characters.").arg(name(key)).arg(max));
            return {};
        }
        return text;
    }

    const QJsonObject m_object;
    const QString m_where;
    QString &m_problem;
};

using Need = Reader::Need;

PayloadType parsePayloadType(const QJsonValue &value, QString &problem)
{
    PayloadType type;
    Reader reader(value.toObject(), tr("a payload type"), problem);
    if (!value.isObject()) {
        reader.fail(tr("Every payload type must be an object with type, version and mode."));
        return type;
    }
    type.type = reader.id(QStringLiteral("type"), Need::Required);
    type.version = int(reader.number(QStringLiteral("version"), Need::Required, 1, 9999).value_or(1));
    const QString mode = reader.line(QStringLiteral("mode"), Need::Required, maxNameLength);
    if (mode == QStringLiteral("stream"))
        type.mode = PayloadMode::Stream;
    else if (mode != QStringLiteral("message"))
        reader.fail(tr("\"mode\" of payload type %1 must be \"message\" or \"stream\".").arg(type.type));
    type.maxBytes =
        reader.number(QStringLiteral("maxBytes"), Need::Optional, 1, maxMessageBytes).value_or(defaultMessageBytes);
    return type;
}

CommandInfo parseCommand(const QJsonValue &value, QString &problem)
{
    CommandInfo command;
    Reader reader(value.toObject(), tr("a command"), problem);
    if (!value.isObject()) {
        reader.fail(tr("Every command must be an object with verb, usage and description."));
        return command;
    }
    command.verb = reader.line(QStringLiteral("verb"), Need::Required, maxNameLength);
    if (!reader.failed() && !isVerb(command.verb))
        reader.fail(tr("The verb \"%1\" must be lower-case letters, digits and dashes.").arg(command.verb));
    command.usage = reader.line(QStringLiteral("usage"), Need::Required, maxLineLength);
    command.description = reader.line(QStringLiteral("description"), Need::Required, maxLineLength);
    command.help = reader.lines(QStringLiteral("help"), Need::Optional, maxHelpLength);
    command.needsMember = reader.flag(QStringLiteral("needsMember"), false);
    command.readsInput = reader.flag(QStringLiteral("readsInput"), false);
    return command;
}

/// "name[zh_CN]": …
QMap<QString, QString> parseLocalisedNames(const QJsonObject &object, Reader &reader)
{
    QMap<QString, QString> names;
    for (auto it = object.begin(); it != object.end(); ++it) {
        const QString key = it.key();
        if (!key.startsWith(QLatin1String("name[")) || !key.endsWith(u']'))
            continue;
        const QString language = key.mid(5, key.size() - 6);
        if (language.isEmpty() || language.size() > 16 || names.size() >= maxLocalisedNames) {
            reader.fail(tr("A translated name has no language, or there are too many of them."));
            break;
        }
        names.insert(language, reader.line(key, Need::Required, maxNameLength));
    }
    return names;
}

} // namespace

base::Result<PluginSpec, QString> parseMetadata(const QJsonObject &loaderMetadata)
{
    const QString iid = loaderMetadata.value(QStringLiteral("IID")).toString();
    if (iid != QStringLiteral(PATCHBAY_PLUGIN_FACTORY_IID))
        return tr("This is a Qt plugin, but not one of Patchbay: its interface is \"%1\".")
            .arg(base::singleLine(iid, maxNameLength));
    const QJsonObject object = loaderMetadata.value(QStringLiteral("MetaData")).toObject();

    QString problem;
    Reader reader(object, QString(), problem);
    PluginSpec spec;
    spec.id = reader.id(QStringLiteral("id"), Need::Required);
    spec.name = reader.line(QStringLiteral("name"), Need::Required, maxNameLength);
    spec.version = reader.line(QStringLiteral("version"), Need::Required, maxVersionLength);
    spec.api = reader.number(QStringLiteral("api"), Need::Required, 1, 1'000'000).value_or(0);
    spec.localisedNames = parseLocalisedNames(object, reader);
    spec.description = reader.line(QStringLiteral("description"), Need::Optional, maxLineLength);
    spec.license = reader.line(QStringLiteral("license"), Need::Optional, maxLineLength);
    spec.icon = reader.line(QStringLiteral("icon"), Need::Optional, maxLineLength);
    spec.enabledByDefault = reader.flag(QStringLiteral("enabledByDefault"), true);
    spec.asksItself = reader.flag(QStringLiteral("asksItself"), false);
    spec.panelFor = reader.id(QStringLiteral("panelFor"), Need::Optional);

    QStringList seen;
    const QJsonArray types = reader.array(QStringLiteral("payloadTypes"), maxPayloadTypes);
    for (const auto &value : types) {
        const PayloadType type = parsePayloadType(value, problem);
        if (seen.contains(type.name()))
            reader.fail(tr("Payload type %1 stands there twice.").arg(type.name()));
        seen.append(type.name());
        spec.payloadTypes.append(type);
    }
    seen.clear();
    const QJsonArray commands = reader.array(QStringLiteral("commands"), maxCommands);
    for (const auto &value : commands) {
        const CommandInfo command = parseCommand(value, problem);
        if (seen.contains(command.verb))
            reader.fail(tr("The verb \"%1\" stands there twice.").arg(command.verb));
        seen.append(command.verb);
        spec.commands.append(command);
    }
    const QJsonArray dependencies = reader.array(QStringLiteral("dependencies"), maxDependencies);
    for (const auto &value : dependencies) {
        if (!value.isString() || !isReverseDns(value.toString()))
            reader.fail(tr("Every dependency must be the id of a plugin."));
        spec.dependencies.append(value.toString());
    }
    if (spec.isPanel() && (!types.isEmpty() || !commands.isEmpty()))
        reader.fail(tr("A panel has no payload types or commands; they belong to its logic module."));
    if (reader.failed())
        return tr("Its metadata is not valid: %1").arg(problem);
    return spec;
}

} // namespace patchbay::plugins
