// SPDX-License-Identifier: MIT
#pragma once

#include "hub/host.h"

#include <QString>
#include <QStringList>

#include <optional>

namespace patchbay::cli {

struct Endpoint
{
    QString host;
    quint16 port = 0;
    QString link; ///< an invite link instead of both
    QString text() const { return link.isEmpty() ? QStringLiteral("%1:%2").arg(host).arg(port) : link; }
};

/// What the command line says, without the words that belong to the verb itself.
struct Options
{
    QString verb; ///< empty: none was given
    QStringList arguments;
    QString profile;
    QString name;
    QStringList pluginPaths;
    std::optional<Endpoint> connectTo;
    std::optional<Endpoint> listenOn;
    QString plainTokenFile; ///< not empty: plain mode
    hub::AdmissionPolicy admission = hub::AdmissionPolicy::Ask;
    int inviteUses = 1;
    bool json = false;
    bool help = false;
    bool version = false;
    QString problem; ///< not empty: a usage error, one sentence
};

/// Takes the host's own options out of \a arguments (the program's name not included), wherever they stand before
/// "--"; everything else stays, in order, for the verb.
Options parseOptions(const QStringList &arguments);

/// An invite link, HOST, HOST:PORT, [V6]:PORT, PORT or :PORT; what is missing comes from \a fallback.
std::optional<Endpoint> parseEndpoint(const QString &text, const Endpoint &fallback);

} // namespace patchbay::cli
