#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The dependency rule: which folder may include what. `layering.py --qt INCLUDE_DIR TREE` checks a tree,
`layering.py --qt INCLUDE_DIR --self-test` shows that each kind of forbidden include is noticed."""

import argparse
import collections
import pathlib
import re
import sys
import tempfile

OURS = ("base", "protocol", "security", "net", "control", "plugins", "hub")
CORE, GUI, WIDGETS, NETWORK, DBUS = "QtCore", "QtGui", "QtWidgets", "QtNetwork", "QtDBus"

# What of QtNetwork a folder other than core/net may have.
CERTIFICATES = re.compile(r"^QSsl(Certificate|CertificateExtension|Key|Error|Configuration|Cipher)?$|^QSsl$")
LOCAL_SOCKETS = re.compile(r"^QLocal(Socket|Server)$")
# Not value types: they have identity, threads, time, files or a process behind them.
NO_VALUE = re.compile(
    r"^Q(Object|Timer|BasicTimer|ChronoTimer|ElapsedTimer|DeadlineTimer|DateTime|Time|Thread.*|Mutex.*"
    r"|ReadWriteLock|Semaphore|WaitCondition|Abstract.*|Event.*|SocketNotifier|File.*|SaveFile|Dir.*|Temporary.*"
    r"|Standard.*|Settings|Process.*|PluginLoader|Library.*|RandomGenerator|Runnable|Future.*|Pointer|SharedMemory"
    r"|LockFile|IODevice|Buffer|Translator|Storage.*)$")
SYSTEM = re.compile(r"^(sys/|netinet/|arpa/|linux/|net/)|^(unistd|fcntl|poll|netdb|signal|pthread)\.h$"
                    r"|^(thread|mutex|condition_variable|future|fstream|filesystem|csignal|ctime|random)$")
SOCKETS = re.compile(r"^(sys/socket|sys/un|netinet/|arpa/|netdb)")

# own: our folders a quoted include may name · sdk: <patchbay/…> · qt: modules · also: QtNetwork headers allowed by name
Rule = collections.namedtuple("Rule", "own sdk qt network no_qt system openssl local sockets")


def rule(own=(), sdk=False, qt=(CORE,), network=None, no_qt=None, system=True, openssl=False, local=False,
         sockets=False):
    return Rule(set(own), sdk, set(qt), network, no_qt, system, openssl, local, sockets)


RULES = [  # the first that fits; a path that ends in / is a folder
    ("interfaces/patchbay/panel.h", rule(sdk=True, qt=(CORE, GUI, WIDGETS), system=False)),
    ("interfaces/patchbay/", rule(sdk=True)),
    ("core/base/", rule(own=("base",), no_qt=NO_VALUE, system=False)),
    ("core/protocol/", rule(own=("base", "protocol"), no_qt=NO_VALUE, system=False)),
    ("core/security/", rule(own=("base", "security"), network=CERTIFICATES, openssl=True)),
    ("core/net/", rule(own=("base", "protocol", "security", "net"), qt=(CORE, NETWORK), sockets=True)),
    ("core/control/", rule(own=("base", "control"), network=LOCAL_SOCKETS, sockets=True)),  # who is calling
    ("core/plugins/", rule(own=("base", "plugins"), sdk=True)),
    ("core/hub/", rule(own=OURS, sdk=True)),
    ("plugins/", rule(sdk=True, qt=(CORE, GUI, WIDGETS), local=True)),
    ("examples/", rule(sdk=True, qt=(CORE, GUI, WIDGETS), local=True)),
    ("apps/host/main_gui.cpp", rule(own=("hub",), sdk=True, qt=(CORE, GUI, WIDGETS, DBUS), local=True)),
    ("apps/host/gui/", rule(own=("hub",), sdk=True, qt=(CORE, GUI, WIDGETS, DBUS), local=True)),
    ("apps/", rule(own=("hub",), sdk=True, local=True)),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)
COMMENT = re.compile(r"//[^\n]*|/\*.*?\*/", re.S)
# Beyond includes: what the engine may not do even with the headers it has.
ENGINE_WORDS = re.compile(r"\bQ_OBJECT\b|\bQ_GADGET_EXPORT\b|\b(?:steady|system|high_resolution)_clock::now\b"
                          r"|\bqApp\b|\bQCoreApplication::(?!translate\b)\w+"  # translate() alone: texts are for people
                          r"|\bQDateTime\b|\bQRandomGenerator\b|\bstd::random_device\b")
CORE_TARGETS = re.compile(r"\bpatchbay_(?:base|protocol|security|net|control|plugins|hub)\b")


class Qt:
    """Which module a Qt header belongs to, from the include folders of the Qt that is used."""

    def __init__(self, include_dir):
        self.modules = {}
        for folder in sorted(pathlib.Path(include_dir).glob("Qt*")):
            if folder.is_dir():
                for header in folder.iterdir():
                    if header.is_file():
                        self.modules.setdefault(header.name, folder.name)
        for name in ("QObject", "QTcpSocket"):
            if name not in self.modules:
                sys.exit(f"{include_dir} does not hold the headers of Qt ({name} is missing)")

    def module(self, header):
        """QtCore for QString, qstring.h, QtCore/QString and QtCore; None for what is not of Qt."""
        first = header.split("/")[0]
        if first.startswith("Qt") and ("/" in header or first in set(self.modules.values())):
            return first
        return self.modules.get(header)


def check_include(path, rules, bracket, header, root, qt):
    """What is wrong with one include, or None."""
    if bracket == '"':
        folder = header.split("/")[0]
        if "/" in header and folder in OURS and (root / "core").exists() and not (path.parent / header).exists():
            return None if folder in rules.own else f"may not include core/{folder}"
        if ".." in pathlib.PurePosixPath(header).parts:
            return "may not leave its folder"
        if rules.local or rules.own:
            return None  # a header of its own folder, or one that the build makes there
        return "may not include headers of ours by quotes"
    if header.startswith("patchbay/"):
        return None if rules.sdk else "may not include the SDK"
    if header.startswith("openssl/"):
        return None if rules.openssl else "libcrypto lives in core/security only"
    module = qt.module(header)
    if module:
        name = header.split("/")[-1]
        if module == NETWORK and NETWORK not in rules.qt:
            return None if rules.network and rules.network.match(name) else "Qt Network is not for this folder"
        if module not in rules.qt:
            return f"{module} is not for this folder"
        return "not a value type" if rules.no_qt and rules.no_qt.match(name) else None
    if re.match(r"^Q[A-Z]", header):
        return "a Qt header of no known module"
    if not rules.system and SYSTEM.match(header):
        return "no I/O, threads or clocks here"
    if SOCKETS.match(header) and not rules.sockets:
        return "sockets live in core/net and core/control only"
    return None


def check_tree(root, qt):
    checked, wrong = 0, []
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        if name.startswith(("build/", ".git/")):
            continue
        if path.name == "CMakeLists.txt" and name.startswith(("plugins/", "examples/")):
            for target in CORE_TARGETS.findall(path.read_text()):
                wrong.append(f"{name}: a plugin may not link {target}")
        if path.suffix not in (".h", ".cpp", ".in") or not path.is_file():
            continue
        rules = next((r for prefix, r in RULES if name == prefix or prefix.endswith("/") and name.startswith(prefix)), None)
        if not rules:
            continue
        checked += 1
        code = COMMENT.sub("", path.read_text(errors="replace"))
        for bracket, header in INCLUDE.findall(code):
            problem = check_include(path, rules, bracket, header, root, qt)
            if problem:
                wrong.append(f"{name}: #include {header}: {problem}")
        if name.startswith(("core/base/", "core/protocol/")):
            wrong += [f"{name}: {word}: time, randomness and QObject stay out of the engine"
                      for word in sorted(set(ENGINE_WORDS.findall(code)))]
    return checked, wrong


# file, line, whether it is forbidden
PLANTED = [
    ("interfaces/patchbay/host.h", "#include <QString>", False),
    ("interfaces/patchbay/host.h", "#include <patchbay/types.h>", False),
    ("interfaces/patchbay/host.h", "#include <QWidget>", True),
    ("interfaces/patchbay/panel.h", "#include <QWidget>", False),
    ("interfaces/patchbay/host.h", "#include \"base/result.h\"", True),
    ("interfaces/patchbay/host.h", "#include <QTcpSocket>", True),
    ("core/base/x.h", "#include <QByteArray>", False),
    ("core/base/x.h", "#include <QObject>", True),
    ("core/base/x.h", "#include \"net/netservice.h\"", True),
    ("core/protocol/x.cpp", "#include \"base/result.h\"", False),
    ("core/protocol/x.cpp", "#include <QCborMap>", False),
    ("core/protocol/x.cpp", "#include <QTimer>", True),
    ("core/protocol/x.cpp", "#include <QtCore/QTimer>", True),
    ("core/protocol/x.cpp", "#include <QElapsedTimer>", True),
    ("core/protocol/x.cpp", "#include <QHostAddress>", True),
    ("core/protocol/x.cpp", "#include <QtNetwork>", True),
    ("core/protocol/x.cpp", "#include <patchbay/host.h>", True),
    ("core/protocol/x.cpp", "#include <unistd.h>", True),
    ("core/protocol/x.cpp", "  #  include  <thread>", True),
    ("core/protocol/x.cpp", "// #include <thread>", False),
    ("core/protocol/x.cpp", "auto now = std::chrono::steady_clock::now();", True),
    ("core/protocol/x.cpp", "class X { Q_OBJECT };", True),
    ("core/protocol/x.cpp", "return QCoreApplication::translate(a, b);", False),
    ("core/protocol/x.cpp", "QCoreApplication::processEvents();", True),
    ("core/security/x.cpp", "#include <openssl/evp.h>", False),
    ("core/security/x.cpp", "#include <QSslCertificate>", False),
    ("core/security/x.cpp", "#include <QSslSocket>", True),
    ("core/security/x.cpp", "#include \"net/netservice.h\"", True),
    ("core/net/x.cpp", "#include <QSslSocket>", False),
    ("core/net/x.cpp", "#include \"protocol/node.h\"", False),
    ("core/net/x.cpp", "#include \"plugins/pluginspec.h\"", True),
    ("core/net/x.cpp", "#include <patchbay/types.h>", True),
    ("core/net/x.cpp", "#include <openssl/evp.h>", True),
    ("core/control/x.cpp", "#include <QLocalSocket>", False),
    ("core/control/x.cpp", "#include <QTcpSocket>", True),
    ("core/control/x.cpp", "#include \"hub/host.h\"", True),
    ("core/plugins/x.cpp", "#include <patchbay/plugin.h>", False),
    ("core/plugins/x.cpp", "#include \"net/netservice.h\"", True),
    ("core/plugins/x.cpp", "#include \"protocol/node.h\"", True),
    ("core/plugins/x.cpp", "#include <QWidget>", True),
    ("core/hub/x.cpp", "#include \"protocol/node.h\"", False),
    ("core/hub/x.cpp", "#include <QWidget>", True),
    ("core/hub/x.cpp", "#include <QHostAddress>", True),
    ("core/hub/x.cpp", "#include <sys/socket.h>", True),
    ("plugins/text/x.cpp", "#include \"textplugin.h\"", False),
    ("plugins/text/x.cpp", "#include <QPlainTextEdit>", False),
    ("plugins/text/x.cpp", "#include \"base/result.h\"", True),
    ("plugins/text/x.cpp", "#include \"../file/fileplugin.h\"", True),
    ("plugins/text/x.cpp", "#include <QTcpSocket>", True),
    ("plugins/text/CMakeLists.txt", "target_link_libraries(patchbay-text PRIVATE patchbay_base)", True),
    ("apps/host/cli/x.cpp", "#include \"hub/host.h\"", False),
    ("apps/host/cli/x.cpp", "#include <QWidget>", True),
    ("apps/host/gui/x.cpp", "#include <QWidget>", False),
    ("apps/host/gui/x.cpp", "#include \"net/netservice.h\"", True),
    ("apps/host/gui/x.cpp", "#include \"protocol/node.h\"", True),
    ("examples/dice/x.cpp", "#include \"hub/host.h\"", True),
]


def self_test(qt):
    wrong = []
    for name, line, forbidden in PLANTED:
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            (root / "core").mkdir()
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"// nothing\n{line}\n")
            found = check_tree(root, qt)[1]
            if bool(found) != forbidden:
                wrong.append(f"{name} with {line}: {found or 'not noticed'}")
    return len(PLANTED), wrong


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--qt", required=True, help="the folder that holds QtCore/")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("tree", nargs="?")
    args = parser.parse_args()
    qt = Qt(args.qt)
    checked, wrong = self_test(qt) if args.self_test else check_tree(pathlib.Path(args.tree).resolve(), qt)
    if wrong or not checked:
        sys.exit("\n".join(wrong) or "nothing was checked")
    print(f"{checked} checked")


main()
