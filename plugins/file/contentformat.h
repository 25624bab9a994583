// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>
#include <QString>

#include <array>
#include <optional>

/// \file
/// The payload of org.patchbay.file.content/1 (README.md, On the wire): a header with the offer, then the stream.
namespace patchbay::file {

inline constexpr qint64 kBlockBytes = 1024 * 1024;
inline constexpr qsizetype kBlockHeaderBytes = 4;
inline constexpr qsizetype kHashBytes = 16;
/// Behind the last block: a block length of 0, the size (u64), the XXH3-128 of the whole file.
inline constexpr qsizetype kTrailerBytes = kBlockHeaderBytes + 8 + kHashBytes;
/// No file system holds more; keeps sums of sizes far from overflow.
inline constexpr qint64 kMaxFileBytes = qint64(1) << 50;

using ContentHash = std::array<char, kHashBytes>;

/// The stream's header: what the sender says about the file. All of it a claim.
struct ContentHeader
{
    QByteArray name; ///< UTF-8 bytes of the base name; goes through safeName() before it is used or shown
    qint64 size = 0;
    std::optional<qint64> modified; ///< milliseconds since 1970
};

QByteArray encodeHeader(const ContentHeader &header);

struct HeaderResult
{
    std::optional<ContentHeader> header;
    QString problem;
};
/// \a body is hostile.
HeaderResult decodeHeader(const QByteArray &body);

/// Bytes of the whole stream for a file of \a fileSize bytes.
qint64 streamSize(qint64 fileSize);

} // namespace patchbay::file
