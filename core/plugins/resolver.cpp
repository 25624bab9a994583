// SPDX-License-Identifier: MIT
#include "plugins/resolver.h"

#include <QCoreApplication>
#include <QSet>

#include <algorithm>
#include <numeric>

namespace patchbay::plugins {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("patchbay::plugins::Resolver", text);
}

QString apiText(quint32 api)
{
    return QStringLiteral("%1.%2").arg(api / 1000).arg(api % 1000);
}

class Resolver final
{
public:
    Resolver(const QList<PluginSpec> &specs, quint32 hostApi) : m_specs(specs)
    {
        m_byPrecedence.resize(specs.size());
        std::iota(m_byPrecedence.begin(), m_byPrecedence.end(), 0);
        std::stable_sort(m_byPrecedence.begin(), m_byPrecedence.end(),
                         [&specs](int a, int b) { return specs[a].origin < specs[b].origin; });
        for (const PluginSpec &spec : specs)
            m_known.insert(spec.id);
        refuseOtherApi(hostApi);
        refuseDuplicateIds();
        // Each refusal may take away what another plugin needs, so until nothing changes.
        while (refuseMissing() || refuseCycle() || refuseClaimedTwice()) { }
    }

    Resolution result()
    {
        QSet<int> placed;
        for (const int index : std::as_const(m_byPrecedence))
            place(index, placed);
        return {m_order, m_reasons};
    }

private:
    bool isAlive(int index) const { return !m_reasons.contains(index); }
    void refuse(int index, const QString &reason) { m_reasons.insert(index, reason); }
    /// The living module with that id, -1 if there is none.
    int find(const QString &id) const
    {
        const int index = m_byId.value(id, -1);
        return index >= 0 && isAlive(index) ? index : -1;
    }

    /// What has to be there before: the dependencies, and for a panel its logic module.
    QStringList needs(int index) const
    {
        const PluginSpec &spec = m_specs[index];
        QStringList ids = spec.dependencies;
        if (spec.isPanel() && spec.panelFor != spec.id)
            ids.append(spec.panelFor);
        return ids;
    }

    void refuseOtherApi(quint32 hostApi)
    {
        for (int i = 0; i < m_specs.size(); ++i) {
            const quint32 api = m_specs[i].api;
            if (api / 1000 != hostApi / 1000)
                refuse(i, tr("It was built for plugin API %1; this host has %2, which is not compatible.")
                              .arg(apiText(api), apiText(hostApi)));
            else if (api > hostApi)
                refuse(i, tr("It was built for plugin API %1, which is newer than %2 of this host; update Patchbay.")
                              .arg(apiText(api), apiText(hostApi)));
        }
    }

    void refuseDuplicateIds()
    {
        for (const int index : std::as_const(m_byPrecedence)) {
            if (!isAlive(index))
                continue;
            const QString &id = m_specs[index].id;
            if (m_byId.contains(id))
                refuse(index, tr("The id %1 is already taken by %2.").arg(id, m_specs[m_byId.value(id)].filePath));
            else
                m_byId.insert(id, index);
        }
    }

    bool refuseMissing()
    {
        bool changed = false;
        for (const int index : std::as_const(m_byPrecedence)) {
            if (!isAlive(index))
                continue;
            const PluginSpec &spec = m_specs[index];
            QString reason;
            for (const QString &dependency : spec.dependencies) {
                const int found = find(dependency);
                if (found < 0)
                    reason = m_known.contains(dependency)
                                 ? tr("It needs the plugin %1, which was refused.").arg(dependency)
                                 : tr("It needs the plugin %1, which is not installed.").arg(dependency);
                else if (m_specs[found].isPanel())
                    reason = tr("It needs the plugin %1, which is only a panel.").arg(dependency);
            }
            if (reason.isEmpty() && spec.isPanel() && spec.panelFor != spec.id) {
                const int logic = find(spec.panelFor);
                if (logic < 0)
                    reason = m_known.contains(spec.panelFor)
                                 ? tr("It is the panel of %1, which was refused.").arg(spec.panelFor)
                                 : tr("It is the panel of %1, which is not installed.").arg(spec.panelFor);
                else if (m_specs[logic].isPanel())
                    reason = tr("It is the panel of %1, which is only a panel itself.").arg(spec.panelFor);
            }
            if (!reason.isEmpty()) {
                refuse(index, reason);
                changed = true;
            }
        }
        return changed;
    }

    /// Follows the dependencies from \a index; the path back to where it came from, or empty.
    bool findCycle(int index, QList<int> &path, QSet<int> &done) const
    {
        if (path.contains(index)) {
            path = path.mid(path.indexOf(index));
            return true;
        }
        if (done.contains(index))
            return false;
        path.append(index);
        const QStringList ids = needs(index);
        for (const QString &id : ids) {
            const int next = find(id);
            if (next >= 0 && findCycle(next, path, done))
                return true;
        }
        path.removeLast();
        done.insert(index);
        return false;
    }

    bool refuseCycle()
    {
        QSet<int> done;
        for (const int index : std::as_const(m_byPrecedence)) {
            QList<int> path;
            if (!isAlive(index) || !findCycle(index, path, done))
                continue;
            QStringList ids;
            for (const int step : std::as_const(path))
                ids.append(m_specs[step].id);
            ids.append(ids.first());
            for (const int step : std::as_const(path))
                refuse(step, tr("It depends on itself: %1.").arg(ids.join(QStringLiteral(" → "))));
            return true;
        }
        return false;
    }

    /// One at a time: the loser's other claims are free again.
    bool refuseClaimedTwice()
    {
        QHash<QString, int> types;
        QHash<QString, int> verbs;
        QHash<QString, int> panels;
        for (const int index : std::as_const(m_byPrecedence)) {
            if (!isAlive(index))
                continue;
            const PluginSpec &spec = m_specs[index];
            for (const PayloadType &type : spec.payloadTypes) {
                if (types.contains(type.name())) {
                    refuse(index, tr("The payload type %1 is already claimed by %2.")
                                      .arg(type.name(), m_specs[types.value(type.name())].id));
                    return true;
                }
            }
            for (const CommandInfo &command : spec.commands) {
                if (verbs.contains(command.verb)) {
                    refuse(index, tr("The verb \"%1\" is already provided by %2.")
                                      .arg(command.verb, m_specs[verbs.value(command.verb)].id));
                    return true;
                }
            }
            if (spec.isPanel() && panels.contains(spec.panelFor)) {
                refuse(index,
                       tr("%1 already has a panel, %2.").arg(spec.panelFor, m_specs[panels.value(spec.panelFor)].id));
                return true;
            }
            for (const PayloadType &type : spec.payloadTypes)
                types.insert(type.name(), index);
            for (const CommandInfo &command : spec.commands)
                verbs.insert(command.verb, index);
            if (spec.isPanel())
                panels.insert(spec.panelFor, index);
        }
        return false;
    }

    void place(int index, QSet<int> &placed)
    {
        if (!isAlive(index) || placed.contains(index))
            return;
        placed.insert(index);
        const QStringList ids = needs(index);
        for (const QString &id : ids) {
            if (const int before = find(id); before >= 0)
                place(before, placed);
        }
        m_order.append(index);
    }

    const QList<PluginSpec> &m_specs;
    QList<int> m_byPrecedence;
    QSet<QString> m_known;      ///< ids of all that were found
    QHash<QString, int> m_byId; ///< the winner of each id
    QHash<int, QString> m_reasons;
    QList<int> m_order;
};

} // namespace

Resolution resolve(const QList<PluginSpec> &specs, quint32 hostApi)
{
    return Resolver(specs, hostApi).result();
}

} // namespace patchbay::plugins
