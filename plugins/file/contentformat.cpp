// SPDX-License-Identifier: MIT
#include "contentformat.h"

#include <QCborMap>
#include <QCborStreamReader>
#include <QCoreApplication>

#include <limits>

namespace patchbay::file {

namespace {

constexpr qsizetype kMaxHeaderBytes = 4096;
constexpr quint64 kMaxEntries = 16; // room for fields that later versions add
constexpr int kMaxKeyCharacters = 32;
constexpr int kMaxUnknownDepth = 4;

QString tr(const char *source)
{
    return QCoreApplication::translate("patchbay::file::ContentHeader", source);
}

std::optional<QString> readText(QCborStreamReader &reader)
{
    if (!reader.isString() || !reader.isLengthKnown())
        return std::nullopt;
    const auto chunk = reader.readString();
    if (chunk.status != QCborStreamReader::Ok)
        return std::nullopt;
    const QString text = chunk.data;
    if (reader.readString().status != QCborStreamReader::EndOfString)
        return std::nullopt;
    return text;
}

/// The name is a byte string: what is not valid UTF-8 is for safeName() to find and to explain.
std::optional<QByteArray> readBytes(QCborStreamReader &reader)
{
    if (!reader.isByteArray() || !reader.isLengthKnown())
        return std::nullopt;
    const auto chunk = reader.readByteArray();
    if (chunk.status != QCborStreamReader::Ok)
        return std::nullopt;
    const QByteArray bytes = chunk.data;
    if (reader.readByteArray().status != QCborStreamReader::EndOfString)
        return std::nullopt;
    return bytes;
}

std::optional<qint64> readNumber(QCborStreamReader &reader, qint64 most)
{
    if (!reader.isUnsignedInteger() || reader.toUnsignedInteger() > quint64(most))
        return std::nullopt;
    const qint64 number = qint64(reader.toUnsignedInteger());
    if (!reader.next())
        return std::nullopt;
    return number;
}

} // namespace

QByteArray encodeHeader(const ContentHeader &header)
{
    QCborMap map{{QStringLiteral("name"), header.name}, {QStringLiteral("size"), header.size}};
    if (header.modified)
        map.insert(QStringLiteral("mtime"), *header.modified);
    return map.toCborValue().toCbor();
}

HeaderResult decodeHeader(const QByteArray &body)
{
    const HeaderResult malformed{std::nullopt, tr("the offer is not one small CBOR map")};
    if (body.size() > kMaxHeaderBytes)
        return malformed;
    QCborStreamReader reader(body);
    if (!reader.isMap() || !reader.isLengthKnown() || reader.length() > kMaxEntries || !reader.enterContainer())
        return malformed;
    std::optional<QByteArray> name;
    std::optional<qint64> size;
    std::optional<qint64> modified;
    while (reader.lastError() == QCborError::NoError && reader.hasNext()) {
        const std::optional<QString> key = readText(reader);
        if (!key || key->size() > kMaxKeyCharacters)
            return malformed;
        if (*key == QStringLiteral("name")) {
            if (name || !(name = readBytes(reader)))
                return {std::nullopt, tr("the offer's name is not one string of bytes")};
        } else if (*key == QStringLiteral("size")) {
            if (size || !(size = readNumber(reader, kMaxFileBytes)))
                return {std::nullopt, tr("the offer's size is not a possible one")};
        } else if (*key == QStringLiteral("mtime")) {
            if (modified || !(modified = readNumber(reader, std::numeric_limits<qint64>::max() / 1'000'000)))
                return {std::nullopt, tr("the offer's time is not a possible one")};
        } else if (!reader.next(kMaxUnknownDepth)) {
            return malformed;
        }
    }
    if (reader.lastError() != QCborError::NoError || !reader.leaveContainer() || reader.currentOffset() != body.size())
        return malformed;
    if (!name || !size)
        return {std::nullopt, tr("the offer has no name or no size")};
    return {ContentHeader{*name, *size, modified}, {}};
}

qint64 streamSize(qint64 fileSize)
{
    return fileSize + (fileSize + kBlockBytes - 1) / kBlockBytes * kBlockHeaderBytes + kTrailerBytes;
}

} // namespace patchbay::file
