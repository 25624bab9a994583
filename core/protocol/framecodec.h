// SPDX-License-Identifier: MIT
#pragma once

#include "protocol/nodeevent.h"
#include "protocol/wire.h"

#include <QByteArray>
#include <QByteArrayView>

#include <functional>

namespace patchbay::protocol {

/// Cuts the bytes of one link into frames. A length is checked against the limit of its kind from the header alone,
/// before anything is allocated. A payload that lies whole in the bytes fed is handed on without a copy.
class FrameDecoder final
{
public:
    /// Where frames go; returning false stops decoding for good (the link is being closed).
    class Sink
    {
    public:
        /// The largest payload a frame with \a header may have now; it may refuse by its own means and return -1.
        virtual qint64 payloadLimit(const FrameHeader &header) = 0;
        virtual bool frameDecoded(const FrameHeader &header, QByteArrayView payload) = 0;

    protected:
        ~Sink() = default;
    };

    enum class Outcome { NeedMore, Stopped, TooLarge };
    Outcome feed(QByteArrayView bytes, Sink &sink);

    /// The header that was too large, or the first one seen: for the error text.
    const FrameHeader &lastHeader() const { return m_header; }
    bool hasPartialFrame() const { return m_headerBytes > 0; }
    /// Memory for a payload of which a part came.
    qsizetype heldBytes() const { return m_payload.capacity(); }

private:
    char m_headerBuffer[kHeaderBytes] = {};
    qsizetype m_headerBytes = 0;
    FrameHeader m_header;
    QByteArray m_payload;
};

} // namespace patchbay::protocol
