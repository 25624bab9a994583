// SPDX-License-Identifier: MIT
#include "filesink.h"

#include <QCoreApplication>
#include <QtEndian>

#include <algorithm>
#include <cstring>

namespace patchbay::file {

namespace {

QString tr(const char *source)
{
    return QCoreApplication::translate("patchbay::file::FileSink", source);
}

} // namespace

FileSink::FileSink(const ContentHeader &header, const QString &name, mode_t mode)
    : m_header(header), m_name(name), m_mode(mode)
{ }

Error FileSink::open(const QString &folder)
{
    if (m_file.create(folder))
        return {};
    return {ErrorCode::IoFailed, m_file.error()};
}

bool FileSink::fail(const QString &sentence)
{
    m_error = sentence;
    return false;
}

qint64 FileSink::write(const char *data, qint64 size)
{
    qint64 done = 0;
    while (done < size) {
        if (m_cancelled.load(std::memory_order_relaxed))
            return StreamFailed;
        switch (m_part) {
        case Part::BlockHeader:
            done += collect(data + done, size - done, kBlockHeaderBytes);
            if (m_smallSize == kBlockHeaderBytes && !takeBlockHeader())
                return StreamFailed;
            break;
        case Part::Content: {
            const qint64 piece = std::min(size - done, m_blockLeft);
            m_hasher.add(data + done, piece);
            if (!m_file.write(data + done, piece)) {
                m_error = m_file.error();
                return StreamFailed;
            }
            m_received += piece;
            m_blockLeft -= piece;
            done += piece;
            if (m_blockLeft == 0)
                m_part = Part::BlockHeader;
            break;
        }
        case Part::Trailer:
            done += collect(data + done, size - done, kTrailerBytes - kBlockHeaderBytes);
            if (m_smallSize == kTrailerBytes - kBlockHeaderBytes && !takeTrailer())
                return StreamFailed;
            break;
        case Part::End:
            fail(tr("%1 did not arrive as it was sent: bytes followed after its end.").arg(m_name));
            return StreamFailed;
        }
    }
    return done;
}

qint64 FileSink::collect(const char *data, qint64 size, qsizetype wanted)
{
    const qint64 piece = std::min<qint64>(size, wanted - m_smallSize);
    std::memcpy(m_small + m_smallSize, data, size_t(piece));
    m_smallSize += piece;
    return piece;
}

bool FileSink::takeBlockHeader()
{
    const qint64 length = qFromBigEndian<quint32>(m_small);
    m_smallSize = 0;
    if (length == 0) {
        m_part = Part::Trailer;
        return true;
    }
    if (length > kBlockBytes)
        return fail(tr("%1 did not arrive as it was sent: a block is too large.").arg(m_name));
    if (length > m_header.size - m_received)
        return fail(tr("More came of %1 than was offered.").arg(m_name));
    m_blockLeft = length;
    m_part = Part::Content;
    return true;
}

bool FileSink::takeTrailer()
{
    const quint64 size = qFromBigEndian<quint64>(m_small);
    m_smallSize = 0;
    m_part = Part::End;
    m_hash = m_hasher.result();
    if (m_received != m_header.size || size != quint64(m_received))
        return fail(tr("%1 is not complete: %2 of %3 bytes came.")
                        .arg(m_name, QString::number(m_received), QString::number(m_header.size)));
    if (std::memcmp(m_small + 8, m_hash.data(), m_hash.size()) != 0)
        return fail(tr("%1 did not arrive as it was sent: its checksum differs. Send it again.").arg(m_name));
    return true;
}

bool FileSink::finish()
{
    if (m_part != Part::End)
        return fail(tr("%1 is not complete: %2 of %3 bytes came.")
                        .arg(m_name, QString::number(m_received), QString::number(m_header.size)));
    if (!m_error.isEmpty() || m_cancelled.load())
        return false;
    if (!m_file.commit({m_name, m_header.modified, m_mode})) {
        m_error = m_file.error();
        return false;
    }
    return true;
}

} // namespace patchbay::file
