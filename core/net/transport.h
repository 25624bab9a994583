// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>
#include <QHostAddress>
#include <QObject>

namespace patchbay::net {

struct Endpoint
{
    QHostAddress address;
    quint16 port = 0;
};

/// An established ordered byte link to one other host. Belongs to the I/O thread. Signals come from the event loop
/// only, never from inside a call to the transport, so a caller may delete it in any slot with deleteLater().
class Transport : public QObject
{
    Q_OBJECT

public:
    using QObject::QObject;

    /// Reads at most \a max bytes into \a data and returns how many; 0 = nothing now. What came before the end can
    /// still be read after closed().
    virtual qint64 read(char *data, qint64 max) = 0;

    /// Takes the whole \a block (shared, not copied); false = the link is gone, and closed() follows or came.
    virtual bool write(const QByteArray &block) = 0;

    /// Hands what was written to the system now, as far as it takes it. Called once per turn, not per frame.
    virtual void flush() = 0;

    /// Bytes written here that the system has not taken yet.
    virtual qint64 unsentBytes() const = 0;

    /// A hint for the system's own buffer: not more than about this many bytes should wait in it unsent.
    virtual void setUnsentTarget(qint64 bytes) = 0;

    /// No readable() while paused, and what comes stays with the system.
    virtual void setReadingPaused(bool paused) = 0;

    /// Nothing more will be written: the other side sees the end after the last byte. Reading goes on.
    virtual void finish() = 0;

    /// Ends the link at once; what was not sent is lost.
    virtual void abort() = 0;

    /// The peer id that the transport proved, empty in plain mode.
    virtual QByteArray provenPeerId() const { return {}; }

    virtual Endpoint local() const = 0;
    virtual Endpoint peer() const = 0;

Q_SIGNALS:
    /// There are bytes to read; comes again later while unread bytes stay.
    void readable();
    /// unsentBytes() became smaller, other than by flush().
    void writable();
    /// The link ended, once: both directions are over, \a reason is the system's word for it (may be empty).
    void closed(const QString &reason);
};

} // namespace patchbay::net
