// SPDX-License-Identifier: MIT
#include "security/trustfile.h"

#include "security/privatefile.h"
#include "security/trustcodec.h"

#include <QCoreApplication>
#include <QDir>

namespace patchbay::security {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("patchbay::security", text);
}

QString currentPath(const QString &directory)
{
    return QDir(directory).filePath(QStringLiteral("trust"));
}

QString previousPath(const QString &directory)
{
    return QDir(directory).filePath(QStringLiteral("trust.previous"));
}

Problem problemOf(const FileFault &fault, const QString &path)
{
    using Kind = FileFault::Kind;
    const QString what = describe(fault, path) + QLatin1Char(' ');
    switch (fault.kind) {
    case Kind::Missing:
        return {ProblemCode::Lost, what};
    case Kind::NotOurs:
    case Kind::NotRegular:
    case Kind::TooOpen:
        return {ProblemCode::Insecure, what
                                           + tr("It says whom this profile trusts, so it must be a file of your own "
                                                "that nobody else can open: make it so "
                                                "(chmod 600), start again, and look through the peers you know.")};
    case Kind::TooLarge:
        return {ProblemCode::Damaged, what};
    default:
        return {ProblemCode::Io, what + tr("Check its permissions and the free space.")};
    }
}

base::Result<TrustStore, Problem> readOne(const QString &path)
{
    const auto file = readPrivateFile(path, kMaxTrustBytes);
    if (!file.ok())
        return problemOf(file.error(), path);
    return decodeTrust(file.value(), path);
}

/// Whether the copy before may stand in for it: not for a file somebody made unsafe, or that only cannot be read now.
bool isGone(const Problem &problem)
{
    return problem.code == ProblemCode::Damaged || problem.code == ProblemCode::Lost;
}

base::Result<LoadedTrust, Problem> beginEmpty(const QString &directory, ProfileAge age)
{
    LoadedTrust loaded;
    if (const auto problem = saveTrust(directory, loaded.store))
        return *problem;
    if (age == ProfileAge::Existing)
        loaded.warning = tr("No list of known peers was found in %1, so nobody is known any more. If there was one, "
                            "restore the file \"trust\" from a backup; otherwise pair again with everybody.")
                             .arg(directory);
    return loaded;
}

} // namespace

base::Result<LoadedTrust, Problem> loadTrust(const QString &directory, ProfileAge age)
{
    const QString path = currentPath(directory);
    const QString previous = previousPath(directory);
    auto current = readOne(path);
    if (current.ok())
        return LoadedTrust{std::move(current).value(), {}};
    if (!isGone(current.error()))
        return current.error();
    if (!isThere(path) && !isThere(previous))
        return beginEmpty(directory, age);

    auto copy = readOne(previous);
    if (copy.ok())
        return LoadedTrust{std::move(copy).value(),
                           tr("The list of known peers %1 was damaged or missing, so the copy before it is used. What "
                              "was changed last may be undone: check who is known and who is banned.")
                               .arg(path)};
    if (!isGone(copy.error()))
        return copy.error();
    return Problem{ProblemCode::Damaged,
                   tr("The list of known peers %1 is damaged or missing, and so is its copy %2. Restore one of them "
                      "from a backup. Or, to start with nobody known, move both out of the folder.")
                       .arg(path, previous)};
}

std::optional<Problem> saveTrust(const QString &directory, const TrustStore &store)
{
    const auto bytes = encodeTrust(store);
    if (!bytes.ok())
        return bytes.error();
    const QString path = currentPath(directory);
    // A damaged one must not push out the sound copy that is in use.
    const auto before = readPrivateFile(path, kMaxTrustBytes);
    if (before.ok() && isWholeTrust(before.value())) {
        if (const auto fault = keepAs(path, previousPath(directory)))
            return problemOf(*fault, previousPath(directory));
    }
    if (const auto fault = writePrivateFile(path, bytes.value(), Replace::Yes))
        return problemOf(*fault, path);
    return {};
}

} // namespace patchbay::security
