// SPDX-License-Identifier: MIT
#pragma once

#include <patchbay/types.h>

#include <QObject>
#include <QStringList>

namespace patchbay {

/// Exit codes of patchbay-cli. A command returns one of these, or 64 to 113 of its own.
enum ExitCode : int {
    ExitOk = 0,
    ExitFailed = 1,       ///< it was tried and did not work; standard error says why
    ExitUsage = 2,        ///< unknown option, missing argument, no such verb
    ExitNoFile = 3,       ///< a file could not be opened, read or written
    ExitNoConnection = 4, ///< no link: refused, unreachable, not a Patchbay, lost
    ExitNoMember = 5,     ///< no such member, or it does not accept the type
    ExitAddressInUse = 6, ///< the port to listen on is taken or not allowed
    ExitRejected = 7,     ///< the other side declined or cancelled
    ExitDisabled = 8,     ///< the plugin that provides the verb is switched off or failed
    ExitTimeout = 9,      ///< nothing came in time
    ExitNotTrusted = 10,  ///< a key is not known, changed or not let in; never retried by itself
    ExitInterrupted = 130 ///< Ctrl-C
};

/// One run of a command: what it was called with and where its output goes. Made and owned by the host, valid
/// from ICommandProvider::startCommand() until finish() was called. Main thread only.
class ICommandContext
{
public:
    /// The verb and its arguments, without the options the host itself takes. --help never gets here.
    virtual QString verb() const = 0;
    virtual QStringList arguments() const = 0;

    /// Absolute folder the user called the command in; relative file arguments start there, not in the folder
    /// of the running host.
    virtual QString workingDirectory() const = 0;

    virtual bool json() const = 0;             ///< --json was given: values as one JSON object per line
    virtual bool errorIsTerminal() const = 0;  ///< progress may be drawn on standard error
    virtual bool outputIsTerminal() const = 0; ///< control characters of peers must be escaped

    /// Values for standard output, everything else for standard error. Bytes are passed on as they are.
    virtual void writeOutput(const QByteArray &bytes) = 0;
    virtual void writeError(const QByteArray &bytes) = 0;

    /// Ends the run. The context is gone when this returns; call it once.
    virtual void finish(int exitCode) = 0;

    /// Asks for the next chunk of standard input; exactly one ICommandProvider::commandInput() answers it. Nothing
    /// is read before, so a slow consumer slows the producer.
    virtual void requestInput() = 0;

protected:
    ~ICommandContext() = default;
};

/// Optional: verbs for patchbay-cli. They are declared under "commands" in the metadata, where --help and the
/// "is disabled" answer come from.
class ICommandProvider
{
public:
    /// Main thread. Start \a run and return; call run->finish() when it is done, now or later. When the plugin
    /// is switched off or the caller goes away, cancelCommand() comes first.
    virtual void startCommand(patchbay::ICommandContext *run) = 0;

    /// Main thread. Ctrl-C, a closed terminal or the plugin being switched off: clean up and finish(\a run) soon.
    virtual void cancelCommand(patchbay::ICommandContext *run) = 0;

    /// Main thread. The answer to one requestInput(): at most 64 KiB; an empty chunk is the end of the input.
    virtual void commandInput(patchbay::ICommandContext *run, const QByteArray &chunk) = 0;

protected:
    ~ICommandProvider() = default;
};

} // namespace patchbay

Q_DECLARE_INTERFACE(patchbay::ICommandProvider, "org.patchbay.ICommandProvider/1")
