// SPDX-License-Identifier: MIT
#include "hub/profile.h"

#include "base/plaintext.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QStandardPaths>
#include <QTemporaryDir>

#include <sys/stat.h>
#include <unistd.h>

namespace patchbay::hub {

namespace {

constexpr int kNameBytes = 64;
constexpr auto kOwnerOnly = QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner;

QString text(const char *source)
{
    return QCoreApplication::translate("patchbay::hub::Profile", source);
}

Error failed(const QString &message)
{
    return Error{ErrorCode::Failed, message};
}

bool makePrivateDirectory(const QString &path)
{
    if (!QDir().mkpath(path))
        return false;
    return QFile::setPermissions(path, kOwnerOnly);
}

} // namespace

QString cleanName(const QString &name)
{
    QString result = base::singleLine(name.simplified(), kNameBytes).normalized(QString::NormalizationForm_C);
    while (result.toUtf8().size() > kNameBytes) {
        result.chop(1);
        if (!result.isEmpty() && result.back().isHighSurrogate())
            result.chop(1);
    }
    return result.trimmed();
}

base::Result<std::unique_ptr<Profile>, Error> Profile::open(const QString &directory, bool temporary)
{
    std::unique_ptr<Profile> profile(new Profile);
    profile->m_temporary = temporary;
    profile->m_directory = QFileInfo(directory).absoluteFilePath();
    if (!makePrivateDirectory(profile->m_directory))
        return failed(text("The profile folder %1 cannot be created or is not yours. Give another one with --profile.")
                          .arg(profile->m_directory));
    profile->m_directory = QFileInfo(profile->m_directory).canonicalFilePath();
    const QDir dir(profile->m_directory);

    if (!temporary) {
        profile->m_lock = std::make_unique<QLockFile>(dir.filePath(QStringLiteral("lock")));
        profile->m_lock->setStaleLockTime(0); // a lock is stale only when its process is gone, never by age
        if (!profile->m_lock->tryLock(0)) {
            if (profile->m_lock->error() == QLockFile::LockFailedError)
                return Error{ErrorCode::PermissionDenied,
                             text("The profile %1 is in use by another Patchbay that is running. Close that one, or "
                                  "give another folder with --profile.")
                                 .arg(profile->m_directory)};
            return failed(text("The profile folder %1 cannot be written. Check its permissions and free space.")
                              .arg(profile->m_directory));
        }
    }

    profile->m_settings =
        std::make_unique<QSettings>(dir.filePath(QStringLiteral("settings.ini")), QSettings::IniFormat);
    if (profile->m_settings->status() != QSettings::NoError)
        return failed(text("The settings %1 cannot be read. Repair or move that file, then start again.")
                          .arg(profile->m_settings->fileName()));

    return profile;
}

Profile::~Profile() = default;

QString Profile::controlSocketPath(const QString &profileDirectory)
{
    // A socket address holds 107 bytes, and a profile path may be longer, so the path is hashed.
    const QByteArray hash =
        QCryptographicHash::hash(QFileInfo(profileDirectory).canonicalFilePath().toUtf8(), QCryptographicHash::Sha256)
            .toHex()
            .left(24);
    QString base = qEnvironmentVariable("XDG_RUNTIME_DIR");
    struct stat info = {};
    const bool usable = !base.isEmpty() && base.size() < 60 && ::stat(QFile::encodeName(base).constData(), &info) == 0
                        && info.st_uid == ::getuid() && (info.st_mode & 0077) == 0;
    if (!usable)
        base = QDir::tempPath() + QStringLiteral("/patchbay-%1").arg(::getuid());
    else
        base += QStringLiteral("/patchbay");
    const QByteArray encoded = QFile::encodeName(base);
    ::mkdir(encoded.constData(), 0700);
    // Somebody else's folder under our name (a shared temporary folder) must not receive our socket.
    if (::lstat(encoded.constData(), &info) != 0 || !S_ISDIR(info.st_mode) || info.st_uid != ::getuid()
        || (info.st_mode & 0077) != 0)
        return {};
    return base + QLatin1Char('/') + QString::fromLatin1(hash) + QStringLiteral(".sock");
}

QString Profile::name() const
{
    const QString stored = cleanName(m_settings->value(QStringLiteral("name")).toString());
    return stored;
}

void Profile::setName(const QString &name)
{
    if (m_temporary)
        return;
    m_settings->setValue(QStringLiteral("name"), cleanName(name));
    m_settings->sync();
}

std::unique_ptr<QSettings> Profile::pluginSettings(const QString &pluginId) const
{
    const QString path = QDir(m_directory).filePath(QStringLiteral("plugins/%1").arg(pluginId));
    QDir().mkpath(path);
    return std::make_unique<QSettings>(path + QStringLiteral("/settings.ini"), QSettings::IniFormat);
}

QString Profile::pluginDataDirectory(const QString &pluginId) const
{
    const QString path = QDir(m_directory).filePath(QStringLiteral("plugins/%1/data").arg(pluginId));
    return makePrivateDirectory(path) ? path : QString();
}

bool Profile::isEnabled(const QString &id, bool byDefault) const
{
    return m_settings->value(QStringLiteral("enabled/%1").arg(id), byDefault).toBool();
}

void Profile::setEnabled(const QString &id, bool enabled)
{
    m_settings->setValue(QStringLiteral("enabled/%1").arg(id), enabled);
    m_settings->sync();
}

} // namespace patchbay::hub
