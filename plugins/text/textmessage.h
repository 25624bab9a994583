// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>
#include <QString>

#include <optional>

namespace patchbay::text {

inline constexpr qsizetype kMaxTextBytes = 64 * 1024; ///< a page of prose is 4 KiB; what is longer is a file
inline constexpr qsizetype kIdBytes = 16;

/// The body of one chat message (README.md, Message).
struct TextMessage
{
    QString text;
    QByteArray id;     ///< 16 random bytes, or empty: the sender wants no receipt
    qint64 sentAt = 0; ///< the sender's clock, milliseconds since 1970; a claim
};

/// What a parse gave: a value, or a sentence for the log.
template <typename T>
struct Parsed
{
    std::optional<T> value;
    QString problem;
};

QByteArray encodeMessage(const TextMessage &message);
/// \a body is hostile: every length is checked before use, nothing but a correct message gives a value.
Parsed<TextMessage> decodeMessage(const QByteArray &body);

/// A receipt is the id of the message it confirms (README.md, Receipt).
QByteArray encodeReceipt(const QByteArray &id);
Parsed<QByteArray> decodeReceipt(const QByteArray &body);

/// 16 random bytes.
QByteArray newMessageId();

} // namespace patchbay::text
