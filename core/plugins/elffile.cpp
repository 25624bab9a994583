// SPDX-License-Identifier: MIT
#include "plugins/elffile.h"

#include <QFile>

#ifdef Q_OS_LINUX
#include <elf.h>
#include <link.h>

#include <cstring>
#endif

namespace patchbay::plugins {

#ifdef Q_OS_LINUX

namespace {

/// Whether \a size bytes from \a offset are inside a file of \a fileSize bytes; no sum that could overflow.
bool fits(quint64 offset, quint64 size, quint64 fileSize)
{
    return offset <= fileSize && size <= fileSize - offset;
}

} // namespace

bool isCutShort(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return false;
    const quint64 fileSize = quint64(file.size());
    const QByteArray head = file.read(sizeof(ElfW(Ehdr)));
    if (!head.startsWith(QByteArray(ELFMAG, SELFMAG)))
        return false;
    if (head.size() < qsizetype(sizeof(ElfW(Ehdr))))
        return true;
    ElfW(Ehdr) header;
    std::memcpy(&header, head.constData(), sizeof(header));
    const unsigned char ownClass = sizeof(void *) == 8 ? ELFCLASS64 : ELFCLASS32;
    const unsigned char ownOrder = Q_BYTE_ORDER == Q_LITTLE_ENDIAN ? ELFDATA2LSB : ELFDATA2MSB;
    if (header.e_ident[EI_CLASS] != ownClass || header.e_ident[EI_DATA] != ownOrder)
        return false; // Qt says what is wrong with it

    // The section table is the last thing in the file, so it goes first.
    if (!fits(header.e_shoff, quint64(header.e_shnum) * header.e_shentsize, fileSize)
        || !fits(header.e_phoff, quint64(header.e_phnum) * header.e_phentsize, fileSize))
        return true;
    if (header.e_phnum == 0 || header.e_phentsize != sizeof(ElfW(Phdr)) || !file.seek(qint64(header.e_phoff)))
        return false;
    for (int i = 0; i < header.e_phnum; ++i) {
        ElfW(Phdr) segment;
        if (file.read(reinterpret_cast<char *>(&segment), sizeof(segment)) != sizeof(segment))
            return true;
        if (segment.p_type == PT_LOAD && !fits(segment.p_offset, segment.p_filesz, fileSize))
            return true;
    }
    return false;
}

#else

bool isCutShort(const QString &)
{
    return false;
}

#endif

} // namespace patchbay::plugins
