// SPDX-License-Identifier: MIT
#include "control/controlframe.h"

#include <QCborArray>
#include <QCborValue>
#include <QtEndian>

namespace patchbay::control {

namespace {
constexpr qsizetype kLengthBytes = 4;
}

QByteArray encodeFrame(const QCborMap &map)
{
    const QByteArray body = QCborValue(map).toCbor();
    QByteArray frame(kLengthBytes, Qt::Uninitialized);
    qToBigEndian(quint32(body.size()), frame.data());
    return frame + body;
}

QByteArray encodeRequest(const Request &request)
{
    QCborMap map;
    map.insert(QStringLiteral("k"), QStringLiteral("run"));
    map.insert(QStringLiteral("verb"), request.verb);
    map.insert(QStringLiteral("args"), QCborArray::fromStringList(request.arguments));
    map.insert(QStringLiteral("cwd"), request.workingDirectory);
    map.insert(QStringLiteral("connect"), request.connectTo);
    map.insert(QStringLiteral("json"), request.json);
    map.insert(QStringLiteral("errTty"), request.errorIsTerminal);
    map.insert(QStringLiteral("outTty"), request.outputIsTerminal);
    return encodeFrame(map);
}

std::optional<Request> decodeRequest(const QCborMap &map)
{
    const QCborValue args = map.value(QStringLiteral("args"));
    if (map.value(QStringLiteral("k")).toString() != QStringLiteral("run") || !args.isArray()
        || !map.value(QStringLiteral("verb")).isString() || !map.value(QStringLiteral("cwd")).isString())
        return std::nullopt;
    Request request;
    request.verb = map.value(QStringLiteral("verb")).toString();
    const QCborArray array = args.toArray();
    for (const QCborValue &value : array) {
        if (!value.isString())
            return std::nullopt;
        request.arguments.append(value.toString());
    }
    request.workingDirectory = map.value(QStringLiteral("cwd")).toString();
    request.connectTo = map.value(QStringLiteral("connect")).toString();
    request.json = map.value(QStringLiteral("json")).toBool();
    request.errorIsTerminal = map.value(QStringLiteral("errTty")).toBool();
    request.outputIsTerminal = map.value(QStringLiteral("outTty")).toBool();
    return request;
}

std::optional<QCborMap> FrameReader::next()
{
    if (m_broken || m_buffer.size() < kLengthBytes)
        return std::nullopt;
    const quint32 length = qFromBigEndian<quint32>(m_buffer.constData());
    if (length > kMaxFrameBytes) {
        m_broken = true;
        return std::nullopt;
    }
    if (m_buffer.size() - kLengthBytes < qsizetype(length))
        return std::nullopt;
    const QCborValue value = QCborValue::fromCbor(m_buffer.mid(kLengthBytes, length));
    m_buffer.remove(0, kLengthBytes + qsizetype(length));
    if (!value.isMap()) {
        m_broken = true;
        return std::nullopt;
    }
    return value.toMap();
}

} // namespace patchbay::control
