// SPDX-License-Identifier: MIT
#include "security/plaintoken.h"

#include "security/privatefile.h"

#include <QCoreApplication>

namespace patchbay::security {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("patchbay::security", text);
}

} // namespace

base::Result<QByteArray, Problem> readOrMakePlainToken(const QString &path, const RandomBytes &random)
{
    if (!isThere(path)) {
        const auto fault = writePrivateFile(path, random(kPlainTokenBytes).toHex() + '\n', Replace::No);
        if (fault && fault->kind != FileFault::Kind::Exists) // somebody else may have been faster
            return Problem{ProblemCode::Io,
                           describe(*fault, path) + QLatin1Char(' ') + tr("Give another file to --plain.")};
    }
    const auto content = readPrivateFile(path, 2 * kPlainTokenBytes + 1);
    if (!content)
        return Problem{ProblemCode::Insecure, describe(content.error(), path) + QLatin1Char(' ')
                                                  + tr("Give another file to --plain, or delete that one.")};
    const QByteArray token = QByteArray::fromHex(content.value().trimmed());
    if (token.size() != kPlainTokenBytes || content.value().trimmed().size() != 2 * kPlainTokenBytes)
        return Problem{ProblemCode::Damaged,
                       tr("%1 holds no token of plain mode. Delete it, and the hub makes a new one.").arg(path)};
    return token;
}

} // namespace patchbay::security
