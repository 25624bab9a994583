// SPDX-License-Identifier: MIT
#include "safename.h"

#include <QCoreApplication>
#include <QRegularExpression>
#include <QStringDecoder>

#include <algorithm>

namespace patchbay::file {

namespace {

constexpr qsizetype kMaxExtension = 16; // "photo.jpeg" has one, "1. Read this before anything else" does not

QString tr(const char *source)
{
    return QCoreApplication::translate("patchbay::file::SafeName", source);
}

bool isControl(char32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0);
}

bool isUnportable(char32_t c)
{
    static constexpr char32_t kReserved[] = U"\\/<>:\"|?*";
    return std::find(std::begin(kReserved), std::end(kReserved) - 1, c) != std::end(kReserved) - 1 || c == 0x061C
           || (c >= 0x200B && c <= 0x200F) || (c >= 0x202A && c <= 0x202E) // bidi, zero width
           || (c >= 0x2060 && c <= 0x206F) || c == 0x2028 || c == 0x2029 || c == 0xFEFF || c == 0x00AD || c == 0x034F
           || c == 0x115F || c == 0x1160 || c == 0x17B4 || c == 0x17B5 || (c >= 0x180B && c <= 0x180F) || c == 0x3164
           || c == 0xFFA0 || (c >= 0xFFF0 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE0FFF)
           || (c >= 0xFDD0 && c <= 0xFDEF) || (c & 0xFFFE) == 0xFFFE; // invisible, or no character at all
}

/// CON, NUL, COM1 … open a device on Windows, with any extension.
bool isDeviceName(const QString &name)
{
    static const QRegularExpression devices(QStringLiteral("^(CON|PRN|AUX|NUL|CONIN\\$|CONOUT\\$|CLOCK\\$|COM[0-9¹²³]|"
                                                           "LPT[0-9¹²³])$"),
                                            QRegularExpression::CaseInsensitiveOption);
    return devices.match(name.section(u'.', 0, 0).trimmed()).hasMatch();
}

bool isDrive(const QString &name)
{
    return name.size() >= 2 && name[1] == u':'
           && ((name[0] >= u'A' && name[0] <= u'Z') || (name[0] >= u'a' && name[0] <= u'z'));
}

SafeName hostile(const QString &problem)
{
    return {{}, false, problem};
}

} // namespace

SafeName safeName(const QByteArray &utf8)
{
    if (utf8.isEmpty())
        return hostile(tr("the name is empty"));
    if (utf8.size() > kMaxNameBytes)
        return hostile(tr("the name is longer than 255 bytes"));
    QStringDecoder decoder(QStringDecoder::Utf8,
                           QStringDecoder::Flag::Stateless | QStringDecoder::Flag::ConvertInitialBom);
    const QString given = decoder(utf8);
    if (decoder.hasError() || given.toUtf8() != utf8)
        return hostile(tr("the name is not valid UTF-8"));
    if (given == QStringLiteral(".") || given == QStringLiteral(".."))
        return hostile(tr("the name stands for a folder"));
    if (given.contains(u'/') || given.startsWith(QStringLiteral("\\\\")))
        return hostile(tr("the name is a path"));
    if (isDrive(given))
        return hostile(tr("the name begins with a drive"));
    if (std::any_of(given.cbegin(), given.cend(), [](QChar c) { return isControl(c.unicode()); }))
        return hostile(tr("the name has control characters"));

    QList<uint> points = given.normalized(QString::NormalizationForm_C).toUcs4();
    for (uint &point : points) {
        if (isUnportable(point))
            point = U'_';
    }
    for (auto last = points.rbegin(); last != points.rend() && (*last == U'.' || *last == U' '); ++last)
        *last = U'_';
    QString name = QString::fromUcs4(reinterpret_cast<const char32_t *>(points.constData()), points.size());
    if (isDeviceName(name))
        name.prepend(u'_');
    if (name.toUtf8().size() > kMaxNameBytes)
        return hostile(tr("the name is longer than 255 bytes"));
    return {name, name != given, {}};
}

QString numberedName(const QString &name, int number)
{
    qsizetype dot = name.lastIndexOf(u'.');
    if (dot <= 0 || name.size() - dot > kMaxExtension)
        dot = name.size();
    else if (name.left(dot).endsWith(QStringLiteral(".tar")) && dot > 4)
        dot -= 4;
    QString stem = name.left(dot);
    const QString tail = QStringLiteral(" (%1)").arg(number) + name.mid(dot);
    while (!stem.isEmpty() && (stem + tail).toUtf8().size() > kMaxNameBytes) {
        stem.chop(1);
        if (!stem.isEmpty() && stem.back().isHighSurrogate())
            stem.chop(1);
    }
    return stem + tail;
}

} // namespace patchbay::file
