// SPDX-License-Identifier: MIT
#include "protocol/framecodec.h"

#include <algorithm>

namespace patchbay::protocol {

QByteArray encodeFrame(FrameHeader header, QByteArrayView payload)
{
    header.length = quint32(payload.size());
    QByteArray frame(kHeaderBytes + payload.size(), Qt::Uninitialized);
    writeHeader(header, frame.data());
    std::copy_n(payload.data(), payload.size(), frame.data() + kHeaderBytes);
    return frame;
}

FrameDecoder::Outcome FrameDecoder::feed(QByteArrayView bytes, Sink &sink)
{
    while (!bytes.isEmpty() || (m_headerBytes == kHeaderBytes && m_header.length == 0)) {
        if (m_headerBytes < kHeaderBytes) {
            const qsizetype count = std::min(kHeaderBytes - m_headerBytes, bytes.size());
            std::copy_n(bytes.data(), count, m_headerBuffer + m_headerBytes);
            m_headerBytes += count;
            bytes = bytes.sliced(count);
            if (m_headerBytes < kHeaderBytes)
                return Outcome::NeedMore;
            m_header = readHeader(m_headerBuffer);
            const qint64 limit = sink.payloadLimit(m_header);
            if (limit < 0)
                return Outcome::Stopped;
            if (m_header.length > limit)
                return Outcome::TooLarge;
        }
        const qsizetype length = m_header.length;
        if (m_payload.isEmpty() && bytes.size() >= length) {
            m_headerBytes = 0;
            const QByteArrayView payload = bytes.first(length);
            bytes = bytes.sliced(length);
            if (!sink.frameDecoded(m_header, payload))
                return Outcome::Stopped;
            continue;
        }
        if (bytes.isEmpty())
            return Outcome::NeedMore; // a header alone costs nothing
        if (m_payload.isEmpty())
            m_payload.reserve(length);
        const qsizetype count = std::min(length - m_payload.size(), bytes.size());
        m_payload.append(bytes.first(count));
        bytes = bytes.sliced(count);
        if (m_payload.size() < length)
            return Outcome::NeedMore;
        m_headerBytes = 0;
        const QByteArray payload = std::exchange(m_payload, {});
        if (!sink.frameDecoded(m_header, payload))
            return Outcome::Stopped;
    }
    return Outcome::NeedMore;
}

} // namespace patchbay::protocol
