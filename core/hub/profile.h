// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "plugins/pluginmanager.h"

#include <patchbay/types.h>

#include <QLockFile>
#include <QSettings>
#include <QString>

#include <memory>

namespace patchbay::hub {

/// The folder that holds everything one person or service keeps: lock, settings, plugins' data; the identity and
/// the trust store beside them are those of Trust.
/// Main thread. Only one running host may hold it.
class Profile final : public plugins::IEnabledStore
{
public:
    /// Creates the folder (0700) where needed and locks it. \a temporary: nothing is locked or kept, for a host
    /// that lives for one command only.
    static base::Result<std::unique_ptr<Profile>, Error> open(const QString &directory, bool temporary);
    virtual ~Profile();

    /// Where the control socket of the host that holds \a profileDirectory is: short enough for a socket address,
    /// in a folder only the user can enter.
    static QString controlSocketPath(const QString &profileDirectory);

    QString directory() const { return m_directory; }
    QString name() const; ///< as it was set; may be empty
    void setName(const QString &name);
    QSettings &settings() { return *m_settings; }

    /// Settings and data of one plugin. \a pluginId has been validated as an id by core/plugins.
    std::unique_ptr<QSettings> pluginSettings(const QString &pluginId) const;
    QString pluginDataDirectory(const QString &pluginId) const; ///< created; empty on failure

    bool isEnabled(const QString &id, bool byDefault) const override;
    void setEnabled(const QString &id, bool enabled) override;

private:
    Profile() = default;

    QString m_directory;
    std::unique_ptr<QLockFile> m_lock;
    std::unique_ptr<QSettings> m_settings;
    bool m_temporary = false;
};

/// A display name as it may be shown and sent: one line, no control characters, at most 64 bytes of UTF-8;
/// empty if nothing is left.
QString cleanName(const QString &name);

} // namespace patchbay::hub
