// SPDX-License-Identifier: MIT
#include "hub/memberids.h"
#include "hub/peermodel.h"
#include "hub/profile.h"

#include <QAbstractItemModelTester>
#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace patchbay;
using namespace patchbay::hub;

class ProfileTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void keepsItsName();
    void isPrivate();
    void isLocked();
    void temporaryProfilesKeepNothing();
    void namesAreCleaned_data();
    void namesAreCleaned();
    void pluginChoicesAreRemembered();
    void memberIdsAreNeverReused();
    void peerModelKeepsItsRows();
};

void ProfileTest::keepsItsName()
{
    QTemporaryDir dir;
    {
        auto profile = Profile::open(dir.path(), false);
        QVERIFY(profile.ok());
        QVERIFY(profile.value()->name().isEmpty());
        profile.value()->setName(QStringLiteral("  Ada \n"));
    }
    auto again = Profile::open(dir.path(), false);
    QVERIFY(again.ok());
    QCOMPARE(again.value()->name(), QStringLiteral("Ada"));
}

void ProfileTest::isPrivate()
{
    QTemporaryDir dir;
    const QString path = dir.filePath(QStringLiteral("new/profile"));
    auto profile = Profile::open(path, false);
    QVERIFY(profile.ok());
    const auto others =
        QFile::ReadGroup | QFile::WriteGroup | QFile::ExeGroup | QFile::ReadOther | QFile::WriteOther | QFile::ExeOther;
    QVERIFY(!(QFile::permissions(path) & others));
    QVERIFY(!(QFile::permissions(profile.value()->pluginDataDirectory(QStringLiteral("org.example"))) & others));
}

void ProfileTest::isLocked()
{
    QTemporaryDir dir;
    auto first = Profile::open(dir.path(), false);
    QVERIFY(first.ok());
    auto second = Profile::open(dir.path(), false);
    QVERIFY(!second.ok());
    QVERIFY(second.error().message.contains(QStringLiteral("in use")));
    QVERIFY(Profile::open(dir.path(), true).ok()); // temporary ones do not lock
}

void ProfileTest::temporaryProfilesKeepNothing()
{
    QTemporaryDir dir;
    auto profile = Profile::open(dir.path(), true);
    QVERIFY(profile.ok());
    profile.value()->setName(QStringLiteral("x"));
    QVERIFY(QDir(dir.path()).isEmpty());
}

void ProfileTest::namesAreCleaned_data()
{
    QTest::addColumn<QString>("given");
    QTest::addColumn<QString>("clean");
    QTest::newRow("plain") << QStringLiteral("Ada") << QStringLiteral("Ada");
    QTest::newRow("spaces") << QStringLiteral("  Ada\t Lovelace \n") << QStringLiteral("Ada Lovelace");
    QTest::newRow("empty") << QStringLiteral(" \n ") << QString();
    QTest::newRow("escape") << QStringLiteral("a\x1b[31m") << QStringLiteral("a\uFFFD[31m");
    QTest::newRow("bidi") << QString(QStringLiteral("a") + QChar(0x202E) + QStringLiteral("b"))
                          << QStringLiteral("a\uFFFDb");
    QTest::newRow("64 bytes stay") << QString(64, u'x') << QString(64, u'x');
    QTest::newRow("four-byte characters are cut whole")
        << QStringLiteral("\U0001F600").repeated(17) << QStringLiteral("\U0001F600").repeated(16);
}

void ProfileTest::namesAreCleaned()
{
    QFETCH(QString, given);
    QFETCH(QString, clean);
    QCOMPARE(cleanName(given), clean);
    QVERIFY(cleanName(given).toUtf8().size() <= 64);
    QCOMPARE(cleanName(cleanName(given)), cleanName(given));
}

void ProfileTest::pluginChoicesAreRemembered()
{
    QTemporaryDir dir;
    const QString id = QStringLiteral("org.example.thing");
    {
        auto profile = Profile::open(dir.path(), false);
        QVERIFY(profile.value()->isEnabled(id, true));
        QVERIFY(!profile.value()->isEnabled(id, false));
        profile.value()->setEnabled(id, false);
    }
    auto again = Profile::open(dir.path(), false);
    QVERIFY(!again.value()->isEnabled(id, true));
}

void ProfileTest::memberIdsAreNeverReused()
{
    MemberIds ids;
    ids.enterHub(QByteArrayLiteral("hub one"));
    const MemberId ada = ids.assign(2, QByteArrayLiteral("ada"));
    const MemberId bob = ids.assign(3, QByteArrayLiteral("bob"));
    QVERIFY(ada != bob && ada != MemberId::None && ada != MemberId::Everyone);
    QCOMPARE(ids.numberOf(ada), 2u);
    QCOMPARE(ids.numberOf(MemberId::Everyone), protocol::kEveryone);

    ids.enterHub(QByteArrayLiteral("hub one")); // the link was lost and came back
    QCOMPARE(ids.numberOf(ada), protocol::kNobody);
    QCOMPARE(ids.assign(2, QByteArrayLiteral("ada")), ada);
    QVERIFY(ids.assign(3, QByteArrayLiteral("carol")) != bob);

    ids.enterHub(QByteArrayLiteral("hub two"));
    QCOMPARE(ids.idOf(2), MemberId::None);
    QVERIFY(ids.assign(2, QByteArrayLiteral("ada")) != ada);
}

static Member member(quint64 id, const char *name, bool isHub, bool isSelf, const QStringList &types)
{
    Member made;
    made.id = MemberId(id);
    made.peerId = QByteArray(32, char(id));
    made.name = QString::fromLatin1(name);
    made.isHub = isHub;
    made.isSelf = isSelf;
    made.types = types;
    return made;
}

void ProfileTest::peerModelKeepsItsRows()
{
    PeerModel model;
    QAbstractItemModelTester tester(&model);
    const QStringList types{QStringLiteral("t/1")};
    AcceptingPeersModel accepting(&model, types);
    model.add(member(1, "hub", true, false, {}));
    model.add(member(2, "me", false, true, types));
    model.add(member(3, "bob", false, false, types));
    QCOMPARE(model.rowCount(), 3);
    QCOMPARE(accepting.rowCount(), 1); // bob alone: the hub does not accept, and we are not our own target
    model.add(member(1, "hub", true, false, types));
    QCOMPARE(accepting.rowCount(), 2);
    model.remove(MemberId(2));
    QCOMPARE(model.find(MemberId(3))->name, QStringLiteral("bob"));
    model.remove(MemberId(2));
    QCOMPARE(model.rowCount(), 2);
    model.clear();
    QCOMPARE(accepting.rowCount(), 0);
}

QTEST_GUILESS_MAIN(ProfileTest)
#include "tst_profile.moc"
