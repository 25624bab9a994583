// SPDX-License-Identifier: MIT
#pragma once

#include "contentformat.h"
#include "contenthasher.h"
#include "inboxfile.h"

#include <patchbay/payload.h>
#include <patchbay/types.h>

#include <atomic>

namespace patchbay::file {

/// Takes the stream of one file apart, writes its content to the inbox and lets it land only when size and hash are
/// those of the trailer. The bytes come from a peer: nothing is believed, nothing is allocated for what they say.
class FileSink final : public IByteSink
{
public:
    /// \a header: what was offered and accepted; \a name: its safe name; \a mode: of the landed file.
    FileSink(const ContentHeader &header, const QString &name, mode_t mode);

    /// Before the stream is accepted. Main thread.
    Error open(const QString &folder);

    /// After streamFinished(): where it is, or empty.
    QString landedPath() const { return m_file.path(); }
    ContentHash hash() const { return m_hash; }
    /// Removes what there is of a file that did not land.
    void discard() { m_file.discard(); }

    // IByteSink
    qint64 write(const char *data, qint64 size) override;
    bool finish() override;
    void cancel() override { m_cancelled.store(true); }
    QString errorText() const override { return m_error; }

private:
    enum class Part { BlockHeader, Content, Trailer, End };

    qint64 collect(const char *data, qint64 size, qsizetype wanted);
    bool takeBlockHeader();
    bool takeTrailer();
    bool fail(const QString &sentence);

    const ContentHeader m_header;
    const QString m_name;
    const mode_t m_mode;
    InboxFile m_file;
    ContentHasher m_hasher;
    ContentHash m_hash = {};
    Part m_part = Part::BlockHeader;
    char m_small[kTrailerBytes] = {};
    qsizetype m_smallSize = 0;
    qint64 m_blockLeft = 0;
    qint64 m_received = 0;
    std::atomic_bool m_cancelled = false;
    QString m_error;
};

} // namespace patchbay::file
