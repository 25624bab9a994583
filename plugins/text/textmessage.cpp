// SPDX-License-Identifier: MIT
#include "textmessage.h"

#include <QCborMap>
#include <QCborStreamReader>
#include <QRandomGenerator>

#include <functional>

namespace patchbay::text {

namespace {

constexpr qsizetype kMaxBodyBytes = kMaxTextBytes + 1024; // the text and the small fields beside it
constexpr quint64 kMaxEntries = 16;                       // room for fields that later versions add
constexpr int kMaxKeyCharacters = 32;
constexpr int kMaxUnknownDepth = 4;

/// A definite text string, read whole. Invalid UTF-8 is an error of the reader.
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

/// Reads one CBOR map with text keys and nothing behind it. \a field reads the value of a key and returns false to
/// refuse; it leaves what it does not know, and that is skipped. True = the body is well formed.
bool readMap(const QByteArray &body, const std::function<bool(const QString &key, QCborStreamReader &reader)> &field)
{
    if (body.size() > kMaxBodyBytes)
        return false;
    QCborStreamReader reader(body);
    if (!reader.isMap() || !reader.isLengthKnown() || reader.length() > kMaxEntries || !reader.enterContainer())
        return false;
    while (reader.lastError() == QCborError::NoError && reader.hasNext()) {
        const std::optional<QString> key = readText(reader);
        if (!key || key->size() > kMaxKeyCharacters)
            return false;
        const qint64 before = reader.currentOffset();
        if (!field(*key, reader))
            return false;
        if (reader.currentOffset() == before && !reader.next(kMaxUnknownDepth))
            return false;
    }
    return reader.lastError() == QCborError::NoError && reader.leaveContainer()
           && reader.currentOffset() == body.size();
}

} // namespace

QByteArray newMessageId()
{
    QByteArray id(kIdBytes, Qt::Uninitialized);
    QRandomGenerator::system()->fillRange(reinterpret_cast<quint32 *>(id.data()),
                                          kIdBytes / qsizetype(sizeof(quint32)));
    return id;
}

QByteArray encodeMessage(const TextMessage &message)
{
    QCborMap map{{QStringLiteral("text"), message.text}, {QStringLiteral("sentAt"), message.sentAt}};
    if (!message.id.isEmpty())
        map.insert(QStringLiteral("id"), message.id);
    return map.toCborValue().toCbor();
}

Parsed<TextMessage> decodeMessage(const QByteArray &body)
{
    TextMessage message;
    bool hasText = false;
    QString problem;
    const bool wellFormed = readMap(body, [&](const QString &key, QCborStreamReader &reader) {
        if (key == QStringLiteral("text")) {
            const std::optional<QString> text = hasText ? std::nullopt : readText(reader);
            if (!text) {
                problem = QStringLiteral("its text is not one string of valid UTF-8");
                return false;
            }
            hasText = true;
            message.text = *text;
        } else if (key == QStringLiteral("id")) {
            const std::optional<QByteArray> id = readBytes(reader);
            if (!id || id->size() != kIdBytes) {
                problem = QStringLiteral("its id does not have 16 bytes");
                return false;
            }
            message.id = *id;
        } else if (key == QStringLiteral("sentAt")) {
            if (!reader.isInteger() || reader.isNegativeInteger()
                || reader.toUnsignedInteger() > quint64(std::numeric_limits<qint64>::max())) {
                problem = QStringLiteral("its time is not a number of milliseconds");
                return false;
            }
            message.sentAt = qint64(reader.toUnsignedInteger());
            return reader.next();
        }
        return true;
    });
    if (problem.isEmpty()) {
        if (!wellFormed)
            problem = QStringLiteral("it is not one small CBOR map");
        else if (!hasText || message.text.isEmpty())
            problem = QStringLiteral("it has no text");
        else if (message.text.toUtf8().size() > kMaxTextBytes)
            problem = QStringLiteral("its text is too long");
    }
    if (!problem.isEmpty())
        return {std::nullopt, problem};
    return {message, {}};
}

QByteArray encodeReceipt(const QByteArray &id)
{
    return QCborMap{{QStringLiteral("id"), id}}.toCborValue().toCbor();
}

Parsed<QByteArray> decodeReceipt(const QByteArray &body)
{
    QByteArray id;
    const bool wellFormed = readMap(body, [&](const QString &key, QCborStreamReader &reader) {
        if (key != QStringLiteral("id"))
            return true;
        id = readBytes(reader).value_or(QByteArray());
        return id.size() == kIdBytes;
    });
    if (!wellFormed || id.isEmpty())
        return {std::nullopt, QStringLiteral("it is not a CBOR map with an id of 16 bytes")};
    return {id, {}};
}

} // namespace patchbay::text
