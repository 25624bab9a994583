// SPDX-License-Identifier: MIT
#include "hub/permissiongate.h"

#include <QDateTime>

#include <vector>

namespace patchbay::hub {

namespace {

constexpr quint64 kIdStep = 2;

qint64 now()
{
    return QDateTime::currentMSecsSinceEpoch();
}

qsizetype bytesOf(const protocol::NodeEvent &event)
{
    if (const auto *message = std::get_if<protocol::MessageReceived>(&event))
        return message->body.size();
    if (const auto *offer = std::get_if<protocol::StreamOffered>(&event))
        return offer->header.size();
    return 0;
}

} // namespace

PermissionGate::PermissionGate(Rule rule, QObject *parent) : QObject(parent), m_rule(std::move(rule))
{
    m_timer.setInterval(std::chrono::seconds(5));
    connect(&m_timer, &QTimer::timeout, this, &PermissionGate::dropStale);
}

PermissionGate::Pass PermissionGate::check(const Member &member, const Plugin &plugin, const protocol::NodeEvent &event)
{
    const Key key{quint64(member.id), plugin.id};
    const security::Permission rule = m_rule(member, plugin.id);
    if (rule == security::Permission::No || m_denied.count(key) > 0)
        return Pass::No;
    const bool isOffer = std::holds_alternative<protocol::StreamOffered>(event);
    if (rule == security::Permission::Yes || m_allowed.count(key) > 0 || (isOffer && plugin.asksItself))
        return Pass::Yes;

    const auto found = m_held.find(key);
    if (found == m_held.end() && int(m_held.size()) >= kQuestions)
        return Pass::No;
    Held &held = m_held[key];
    const bool isNew = held.events.isEmpty();
    if (int(held.events.size()) >= kHeldEvents || held.bytes + bytesOf(event) > kHeldBytes)
        return Pass::No;
    held.events.append(event);
    held.bytes += bytesOf(event);
    if (!isNew)
        return Pass::Held;
    held.member = member;
    held.plugin = plugin;
    held.since = now();
    held.question.id = m_lastQuestion += kIdStep;
    held.question.kind = Question::Kind::Permission;
    held.question.name = member.name;
    held.question.peerId = member.peerId;
    held.question.pluginId = plugin.id;
    held.question.pluginName = plugin.name;
    held.question.text = tr("%1 wants to use %2 with you.").arg(member.name, plugin.name);
    m_timer.start();
    Q_EMIT logged(held.question.text);
    Q_EMIT questionsChanged();
    return Pass::Held;
}

QList<Question> PermissionGate::questions() const
{
    QList<Question> list;
    for (const auto &entry : m_held)
        list.append(entry.second.question);
    return list;
}

bool PermissionGate::answer(quint64 id, bool yes)
{
    for (auto it = m_held.begin(); it != m_held.end(); ++it) {
        if (it->second.question.id != id)
            continue;
        (yes ? m_allowed : m_denied).insert(it->first);
        close(it, yes);
        return true;
    }
    return false;
}

void PermissionGate::close(std::map<Key, Held>::iterator held, bool yes)
{
    const QList<protocol::NodeEvent> events = held->second.events;
    m_held.erase(held);
    if (m_held.empty())
        m_timer.stop();
    Q_EMIT questionsChanged();
    if (yes)
        Q_EMIT released(events);
    else
        Q_EMIT refused(events);
}

void PermissionGate::recheck()
{
    // An answer given by hand stands until a rule says something definite.
    const auto decided = [this](const Held &held) { return m_rule(held.member, held.plugin.id); };
    std::vector<Key> keys;
    for (const auto &entry : m_held)
        keys.push_back(entry.first);
    for (const Key &key : keys) {
        const auto held = m_held.find(key);
        if (held == m_held.end())
            continue;
        const security::Permission rule = decided(held->second);
        if (rule != security::Permission::Ask)
            close(held, rule == security::Permission::Yes);
    }
    m_allowed.clear();
    m_denied.clear();
}

void PermissionGate::dropStale()
{
    const qint64 oldest = now() - std::chrono::milliseconds(kPatience).count();
    std::vector<Key> stale;
    for (const auto &entry : m_held) {
        if (entry.second.since < oldest)
            stale.push_back(entry.first);
    }
    for (const Key &key : stale) {
        const auto held = m_held.find(key);
        if (held == m_held.end())
            continue;
        Q_EMIT logged(tr("Nobody answered whether %1 may use %2 here, so it was refused. `patchbay-cli peers allow` "
                         "allows it for good.")
                          .arg(held->second.question.name, held->second.question.pluginName));
        close(held, false);
    }
}

void PermissionGate::memberLeft(MemberId member)
{
    const quint64 id = quint64(member);
    const auto isOf = [id](const Key &key) { return key.first == id; };
    std::erase_if(m_allowed, isOf);
    std::erase_if(m_denied, isOf);
    if (std::erase_if(m_held, [&](const auto &entry) { return isOf(entry.first); }) > 0)
        Q_EMIT questionsChanged();
}

void PermissionGate::streamClosed(protocol::StreamKey key)
{
    for (auto it = m_held.begin(); it != m_held.end(); ++it) {
        QList<protocol::NodeEvent> &events = it->second.events;
        const auto removed = events.removeIf([key](const protocol::NodeEvent &event) {
            const auto *offer = std::get_if<protocol::StreamOffered>(&event);
            return offer && offer->key == key;
        });
        if (removed == 0)
            continue;
        if (events.isEmpty()) {
            m_held.erase(it);
            Q_EMIT questionsChanged();
        }
        return;
    }
}

void PermissionGate::clear()
{
    m_allowed.clear();
    m_denied.clear();
    if (m_held.empty())
        return;
    m_held.clear();
    m_timer.stop();
    Q_EMIT questionsChanged();
}

} // namespace patchbay::hub
