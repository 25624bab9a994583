// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>
#include <QCborMap>
#include <QStringList>

#include <optional>

namespace patchbay::control {

inline constexpr quint32 kMaxFrameBytes = 1024 * 1024;
inline constexpr qsizetype kInputChunkBytes = 64 * 1024;

/// One command as the caller asks for it (control/README.md, `run`).
struct Request
{
    QString verb;
    QStringList arguments;
    QString workingDirectory;
    QString connectTo; ///< HOST:PORT the caller expects the link to lead to; empty = any
    bool json = false;
    bool errorIsTerminal = false;
    bool outputIsTerminal = false;
};

QByteArray encodeFrame(const QCborMap &map);
QByteArray encodeRequest(const Request &request);
/// Nothing when a field is missing or of the wrong kind.
std::optional<Request> decodeRequest(const QCborMap &map);

/// Cuts a byte stream into frames.
class FrameReader final
{
public:
    void append(const QByteArray &bytes) { m_buffer.append(bytes); }
    /// The next whole frame. Nothing: wait for more, or isBroken().
    std::optional<QCborMap> next();
    bool isBroken() const { return m_broken; }

private:
    QByteArray m_buffer;
    bool m_broken = false;
};

} // namespace patchbay::control
