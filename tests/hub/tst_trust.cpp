// SPDX-License-Identifier: MIT
// Whole hosts in one process: who may enter, how two get to know each other, and what a member may do.
#include "testhost.h"

#include "hub/trustroles.h"

#include <patchbay/command.h>

using namespace patchbay;
using namespace patchbay::hub;
using Kind = Question::Kind;

class TrustTest final : public QObject
{
    Q_OBJECT

    static std::optional<Question> question(const TestHost &at, Kind kind)
    {
        const QList<Question> open = at.host->questions();
        for (const Question &one : open) {
            if (one.kind == kind)
                return one;
        }
        return std::nullopt;
    }
    static QString target(const TestHost &hub)
    {
        return QStringLiteral("127.0.0.1:%1").arg(hub.host->linkState().localPort);
    }
    static QVariant knownPeer(const TestHost &at, const QByteArray &peerId, int role)
    {
        const QAbstractItemModel *model = at.host->knownPeers();
        for (int row = 0; row < model->rowCount(); ++row) {
            if (model->index(row, 0).data(KnownPeerIdRole) == peerId)
                return model->index(row, 0).data(role);
        }
        return {};
    }
    static bool isUp(const TestHost &host) { return host.host->linkState().isUp(); }
    static bool failed(const TestHost &host) { return host.host->linkState().phase == LinkState::Phase::Failed; }

private Q_SLOTS:
    void invitesVerifyBothSides()
    {
        TestHost hub(QStringLiteral("hub"));
        TestHost alice(QStringLiteral("alice"));
        QVERIFY(hub.serve() && alice.join(hub));
        QTRY_COMPARE(knownPeer(hub, alice.host->peerId(), KnownHowRole).toString(), QStringLiteral("invite"));
        QTRY_COMPARE(knownPeer(alice, hub.host->peerId(), KnownHowRole).toString(), QStringLiteral("invite"));
        QVERIFY(knownPeer(hub, alice.host->peerId(), KnownMayEnterRole).toBool());
        QVERIFY(knownPeer(alice, hub.host->peerId(), KnownIsHubRole).toBool());
        // From now on the address is enough, over restarts of both.
        const quint16 port = hub.host->linkState().localPort;
        QVERIFY(hub.shutdown() && alice.shutdown());
        hub.start(QStringLiteral("hub"));
        alice.start(QStringLiteral("alice"));
        hub.host->setAdmission(AdmissionPolicy::Known);
        hub.host->startServer(QStringLiteral("127.0.0.1"), port);
        QTRY_VERIFY(isUp(hub));
        QVERIFY(!alice.host->startClient(target(hub)).isError());
        QTRY_VERIFY(isUp(alice));
    }

    void aLinkWorksForOneOnly()
    {
        TestHost hub(QStringLiteral("hub"));
        TestHost alice(QStringLiteral("alice"));
        TestHost mallory(QStringLiteral("mallory"));
        QVERIFY(hub.serve());
        hub.host->setAdmission(AdmissionPolicy::Known);
        Invite invite;
        QVERIFY(!hub.host->createInvite(1, 60'000, {}, &invite).isError());
        QVERIFY(!alice.host->startClient(invite.link).isError());
        QTRY_VERIFY(isUp(alice));
        QVERIFY(!mallory.host->startClient(invite.link).isError());
        QTRY_VERIFY(failed(mallory));
        QCOMPARE(mallory.host->linkState().exitCode, int(ExitNotTrusted));
        QVERIFY(!mallory.host->linkState().retryable);

        Invite revoked;
        QVERIFY(!hub.host->createInvite(1, 60'000, {}, &revoked).isError());
        QVERIFY(!hub.host->revokeInvite(revoked.id).isError());
        QVERIFY(!mallory.host->startClient(revoked.link).isError());
        QTRY_VERIFY(mallory.host->linkState().text.contains(QStringLiteral("revoked")));
        QCOMPARE(hub.host->members()->rowCount(), 2);
    }

    void strangersAreRefused_data()
    {
        QTest::addColumn<int>("policy");
        QTest::newRow("known") << int(AdmissionPolicy::Known);
        QTest::newRow("anyone") << int(AdmissionPolicy::Anyone);
    }
    /// A link without a token shows the hub's key and nothing else.
    void strangersAreRefused()
    {
        QFETCH(int, policy);
        TestHost hub(QStringLiteral("hub"));
        TestHost alice(QStringLiteral("alice"));
        QVERIFY(hub.serve());
        hub.host->setAdmission(AdmissionPolicy(policy));
        Invite invite;
        QVERIFY(!hub.host->createInvite(1, 60'000, {}, &invite).isError());
        const QString keyOnly = invite.link.section(u'.', 0, -2);
        QVERIFY(!alice.host->startClient(keyOnly).isError());
        if (AdmissionPolicy(policy) == AdmissionPolicy::Known) {
            QTRY_VERIFY(failed(alice));
            QCOMPARE(alice.host->linkState().exitCode, int(ExitNotTrusted));
            return;
        }
        QTRY_VERIFY(isUp(alice));
        QTRY_COMPARE(hub.host->members()->rowCount(), 2);
        for (int row = 0; row < 2; ++row) {
            const QModelIndex index = hub.host->members()->index(row, 0);
            if (!index.data(IsSelfRole).toBool())
                QCOMPARE(index.data(TrustRole).toString(), QStringLiteral("unverified"));
        }
    }

    void knocksAreAnswered_data()
    {
        QTest::addColumn<bool>("yes");
        QTest::newRow("let in") << true;
        QTest::newRow("refused") << false;
    }
    void knocksAreAnswered()
    {
        QFETCH(bool, yes);
        TestHost hub(QStringLiteral("hub"));
        TestHost alice(QStringLiteral("<b>alice</b>"));
        QVERIFY(hub.serve());
        hub.host->setAdmission(AdmissionPolicy::Ask);
        Invite invite;
        QVERIFY(!hub.host->createInvite(1, 60'000, {}, &invite).isError());
        QVERIFY(!alice.host->startClient(invite.link.section(u'.', 0, -2)).isError());
        QTRY_VERIFY(question(hub, Kind::Knock));
        QVERIFY(!isUp(alice));
        QCOMPARE(hub.host->members()->rowCount(), 1); // nobody saw it yet
        const Question knock = *question(hub, Kind::Knock);
        QCOMPARE(knock.peerId, alice.host->peerId());
        QVERIFY(!hub.host->answer(knock.id, yes).isError());
        QVERIFY(hub.host->answer(knock.id, yes).isError()); // once
        if (yes) {
            QTRY_VERIFY(isUp(alice));
            QCOMPARE(knownPeer(hub, alice.host->peerId(), KnownHowRole).toString(), QStringLiteral("operator"));
        } else {
            QTRY_VERIFY(failed(alice));
            QCOMPARE(alice.host->linkState().exitCode, int(ExitNotTrusted));
        }
    }

    void pairingNeedsBothPeople_data()
    {
        QTest::addColumn<bool>("hubSays");
        QTest::addColumn<bool>("aliceSays");
        QTest::newRow("both yes") << true << true;
        QTest::newRow("hub no") << false << true;
        QTest::newRow("client no") << true << false;
    }
    void pairingNeedsBothPeople()
    {
        QFETCH(bool, hubSays);
        QFETCH(bool, aliceSays);
        TestHost hub(QStringLiteral("hub"));
        TestHost alice(QStringLiteral("alice"));
        QVERIFY(hub.serve());
        hub.host->setAdmission(AdmissionPolicy::Anyone); // even so, alice does not know whose hub it is
        QVERIFY(!alice.host->startClient(target(hub), false).isError());
        QTRY_VERIFY(question(hub, Kind::Pairing) && question(alice, Kind::Pairing));
        const Question atHub = *question(hub, Kind::Pairing);
        const Question atAlice = *question(alice, Kind::Pairing);
        QCOMPARE(atHub.code, atAlice.code);
        QCOMPARE(atHub.code.size(), 6);
        QVERIFY(!hub.host->answer(atHub.id, hubSays).isError());
        if (hubSays) {
            QVERIFY(!isUp(alice)); // one yes is not enough
            QVERIFY(knownPeer(hub, alice.host->peerId(), KnownHowRole).isNull());
        }
        (void)alice.host->answer(atAlice.id, aliceSays);
        if (hubSays && aliceSays) {
            QTRY_VERIFY(isUp(alice));
            QCOMPARE(knownPeer(hub, alice.host->peerId(), KnownHowRole).toString(), QStringLiteral("code"));
            QCOMPARE(knownPeer(alice, hub.host->peerId(), KnownHowRole).toString(), QStringLiteral("code"));
        } else {
            QTRY_VERIFY(failed(alice));
            QVERIFY(knownPeer(hub, alice.host->peerId(), KnownHowRole).isNull());
            QVERIFY(knownPeer(alice, hub.host->peerId(), KnownHowRole).isNull());
        }
        QTRY_VERIFY(hub.host->questions().isEmpty() && alice.host->questions().isEmpty());
    }

    void onePairingAtATime()
    {
        TestHost hub(QStringLiteral("hub"));
        TestHost alice(QStringLiteral("alice"));
        TestHost bob(QStringLiteral("bob"));
        QVERIFY(hub.serve());
        QVERIFY(!alice.host->startClient(target(hub), false).isError());
        QTRY_VERIFY(question(hub, Kind::Pairing));
        QVERIFY(!bob.host->startClient(target(hub), false).isError());
        QTRY_VERIFY(failed(bob));
        QCOMPARE(hub.host->questions().size(), 1);
    }

    void aChangedKeyIsAHardStop()
    {
        TestHost alice(QStringLiteral("alice"));
        quint16 port = 0;
        {
            TestHost hub(QStringLiteral("hub"));
            QVERIFY(hub.serve() && alice.join(hub));
            port = hub.host->linkState().localPort;
            alice.host->stopLink();
            QTRY_VERIFY(!isUp(alice));
            QVERIFY(hub.shutdown());
        }
        TestHost impostor(QStringLiteral("hub"));
        impostor.host->setAdmission(AdmissionPolicy::Anyone);
        impostor.host->startServer(QStringLiteral("127.0.0.1"), port);
        QTRY_VERIFY(isUp(impostor));
        QVERIFY(!alice.host->startClient(target(impostor)).isError());
        QTRY_VERIFY(failed(alice));
        QCOMPARE(alice.host->linkState().exitCode, int(ExitNotTrusted));
        QVERIFY(!alice.host->linkState().retryable);
        // Not even its invite helps.
        Invite invite;
        QVERIFY(!impostor.host->createInvite(1, 60'000, {}, &invite).isError());
        QVERIFY(!alice.host->startClient(invite.link).isError());
        QTRY_VERIFY(failed(alice));
        QCOMPARE(impostor.host->members()->rowCount(), 1);
    }

    void anInviteForAnotherKeyIsNotUsed()
    {
        TestHost hub(QStringLiteral("hub"));
        TestHost other(QStringLiteral("other"));
        TestHost alice(QStringLiteral("alice"));
        QVERIFY(hub.serve() && other.serve());
        Invite invite;
        QVERIFY(!hub.host->createInvite(1, 60'000, {target(other)}, &invite).isError());
        QVERIFY(!alice.host->startClient(invite.link).isError());
        QTRY_VERIFY(failed(alice));
        QCOMPARE(alice.host->linkState().exitCode, int(ExitNotTrusted));
        QCOMPARE(other.host->members()->rowCount(), 1);
        for (const Invite &one : hub.host->invites())
            QCOMPARE(one.used, 0);
    }

    void aHubHasSeveralAddresses()
    {
        TestHost hub(QStringLiteral("hub"));
        TestHost alice(QStringLiteral("alice"));
        QVERIFY(hub.serve());
        Invite invite;
        QVERIFY(!hub.host->createInvite(1, 60'000, {QStringLiteral("127.0.0.1:1"), target(hub)}, &invite).isError());
        QVERIFY(!alice.host->startClient(invite.link).isError());
        QTRY_VERIFY(isUp(alice));
    }

    void permissionsStandBeforeThePlugin()
    {
        const QString probe = QStringLiteral("org.patchbay.test.probe");
        TestHost hub(QStringLiteral("hub"));
        TestHost alice(QStringLiteral("alice"));
        QVERIFY(hub.serve() && alice.join(hub));
        QTRY_VERIFY(alice.accepts(QStringLiteral("hub")));
        const MemberId to = alice.find(QStringLiteral("hub"));

        QVERIFY(!hub.host->setPermission(alice.host->peerId(), probe, QStringLiteral("no")).isError());
        QVERIFY(!alice.probe()->send(to, "one", nullptr).isError());
        QVERIFY(!alice.probe()->stream(to, 10, 1, IProbe::Source::Pattern, nullptr).isError());
        QTRY_COMPARE(alice.probe()->finished().size(), 1);
        QVERIFY(alice.probe()->finished().first().result.code == ErrorCode::PermissionDenied);
        QCOMPARE(hub.probe()->messages().size(), 0);
        QCOMPARE(hub.probe()->offered().size(), 0);

        QVERIFY(!hub.host->setPermission(alice.host->peerId(), probe, QStringLiteral("ask")).isError());
        QVERIFY(!alice.probe()->send(to, "two", nullptr).isError());
        QVERIFY(!alice.probe()->send(to, "three", nullptr).isError());
        QTRY_VERIFY(question(hub, Kind::Permission));
        QCOMPARE(hub.probe()->messages().size(), 0);
        QVERIFY(!hub.host->answer(question(hub, Kind::Permission)->id, true).isError());
        QTRY_COMPARE(hub.probe()->messages().size(), 2); // nothing was lost meanwhile, and in order
        QCOMPARE(hub.probe()->messages()[0].body, QByteArray("two"));
        QCOMPARE(hub.probe()->messages()[1].body, QByteArray("three"));
        QVERIFY(!alice.probe()->send(to, "four", nullptr).isError());
        QTRY_COMPARE(hub.probe()->messages().size(), 3); // asked once

        QVERIFY(!hub.host->setPermission(alice.host->peerId(), probe, QStringLiteral("ask")).isError());
        QVERIFY(!alice.probe()->stream(to, 10, 1, IProbe::Source::Pattern, nullptr).isError());
        QTRY_VERIFY(question(hub, Kind::Permission));
        QVERIFY(!hub.host->answer(question(hub, Kind::Permission)->id, false).isError());
        QTRY_COMPARE(alice.probe()->finished().size(), 2);
        QCOMPARE(hub.probe()->offered().size(), 0);
    }

    void theOperatorMutesKicksAndBans()
    {
        TestHost hub(QStringLiteral("hub"));
        TestHost alice(QStringLiteral("alice"));
        QVERIFY(hub.serve() && alice.join(hub));
        QTRY_VERIFY(alice.accepts(QStringLiteral("hub")) && hub.accepts(QStringLiteral("alice")));
        const MemberId to = alice.find(QStringLiteral("hub"));
        QVERIFY(!hub.host->setMuted(alice.host->peerId(), true).isError());
        QTRY_COMPARE(
            [&] {
                (void)alice.probe()->send(to, "said", nullptr);
                return alice.probe()->undeliverable().size();
            }() > 0,
            true);
        const qsizetype heard = hub.probe()->messages().size();
        QVERIFY(!hub.host->setMuted(alice.host->peerId(), false).isError());
        QTRY_VERIFY([&] {
            (void)alice.probe()->send(to, "heard", nullptr);
            return hub.probe()->messages().size() > heard;
        }());

        QVERIFY(!hub.host->kick(hub.find(QStringLiteral("alice"))).isError());
        QTRY_VERIFY(failed(alice));
        QVERIFY(!alice.host->startClient(target(hub)).isError());
        QTRY_VERIFY(isUp(alice)); // kicked is not banned

        QTRY_COMPARE(hub.host->members()->rowCount(), 2);
        QVERIFY(!hub.host->setBanned(alice.host->peerId(), true).isError());
        QTRY_VERIFY(failed(alice));
        QVERIFY(!alice.host->startClient(target(hub)).isError());
        QTRY_VERIFY(failed(alice));
        QCOMPARE(alice.host->linkState().exitCode, int(ExitNotTrusted));
        QVERIFY(!alice.join(hub)); // nor does an invite help
    }

    void plainModeNeedsTheToken()
    {
        QTemporaryDir dir;
        const auto plain = [&](const QString &profile, const QString &token) {
            HostOptions options;
            options.profileDirectory = dir.filePath(profile);
            options.name = profile;
            options.pluginDirectories = QStringList{QStringLiteral(PROBE_FOLDER)};
            options.plainTokenFile = dir.filePath(token);
            auto host = std::make_unique<Host>(options);
            return host->start().isError() ? nullptr : std::move(host);
        };
        const auto hub = plain(QStringLiteral("hub"), QStringLiteral("token"));
        const auto alice = plain(QStringLiteral("alice"), QStringLiteral("token"));
        const auto mallory = plain(QStringLiteral("mallory"), QStringLiteral("another"));
        QVERIFY(hub && alice && mallory);
        hub->startServer(QStringLiteral("127.0.0.1"), 0);
        QTRY_VERIFY(hub->linkState().isUp());
        QVERIFY(hub->linkState().isPlain);
        QVERIFY(hub->linkState().text.contains(QStringLiteral("WITHOUT ENCRYPTION")));
        const QString at = QStringLiteral("127.0.0.1:%1").arg(hub->linkState().localPort);
        QVERIFY(!alice->startClient(at).isError());
        QTRY_VERIFY(alice->linkState().isUp());
        QVERIFY(!mallory->startClient(at).isError());
        QTRY_VERIFY(mallory->linkState().phase == LinkState::Phase::Failed);
        Invite invite;
        QVERIFY(hub->createInvite(1, 60'000, {}, &invite).isError());
        // An encrypted host does not talk to a plain hub, and says what it met.
        TestHost careful(QStringLiteral("careful"));
        QVERIFY(!careful.host->startClient(at, false).isError());
        QTRY_VERIFY(failed(careful));
        QVERIFY(careful.host->linkState().text.contains(QStringLiteral("plain mode")));
    }

    void badTargetsAreNamed_data()
    {
        QTest::addColumn<QString>("target");
        for (const char *target : {"", ":", "host:0", "host:65536", "[::1", "patchbay:", "patchbay://h:1/#x",
                                   "patchbay://a b:1/#yx0kXu-wdNDndT8f2gyOcA"})
            QTest::newRow(target) << QString::fromLatin1(target);
    }
    void badTargetsAreNamed()
    {
        QFETCH(QString, target);
        TestHost alice(QStringLiteral("alice"));
        QVERIFY(alice.host->startClient(target).code == ErrorCode::UsageError);
        QVERIFY(alice.host->linkState().mode == LinkState::Mode::Off);
    }

    void aLostTrustStoreIsSaid()
    {
        TestHost hub(QStringLiteral("hub"));
        TestHost alice(QStringLiteral("alice"));
        QVERIFY(hub.serve() && alice.join(hub));
        QTRY_VERIFY(!knownPeer(hub, alice.host->peerId(), KnownHowRole).isNull());
        QVERIFY(hub.shutdown());
        hub.host.reset();
        QFile file(hub.m_profile.filePath(QStringLiteral("identity.pem")));
        QVERIFY(file.open(QIODevice::ReadWrite) && file.resize(100));
        file.close();
        hub.start(QStringLiteral("hub"));
        QVERIFY(hub.error.isError()); // never a new identity in silence
        QVERIFY(hub.error.message.contains(QStringLiteral("identity.pem")));
    }
};

QTEST_GUILESS_MAIN(TrustTest)
#include "tst_trust.moc"
