// SPDX-License-Identifier: MIT
#include "security/digest.h"
#include "security/pairing.h"

#include <QHash>
#include <QRandomGenerator>
#include <QTest>

#include <cmath>

using namespace patchbay::security;
using State = Pairing::State;

class PairingTest final : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void bothSeeTheSameCode();
    void codeIsAsDocumented();
    void everythingCounts_data();
    void everythingCounts();
    void bothMustConfirm_data();
    void bothMustConfirm();
    void rejecting_data();
    void rejecting();
    void onlyTheExpectedMessageGoesOn_data();
    void onlyTheExpectedMessageGoesOn();
    void wrongSizesFail_data();
    void wrongSizesFail();
    void failureIsForGood();
    void changedRevealIsNoticed();
    void badInputFails_data();
    void badInputFails();
    void manInTheMiddleHasOneTry();
    void searchBreaksACodeWithoutCommitment();
    void searchFailsAgainstTheCommitment();
};

namespace {

const QByteArray kIdA(32, 'a');
const QByteArray kIdB(32, 'B');
const QByteArray kHelloA(32, 'h');
const QByteArray kHelloB(32, 'H');
const QByteArray kNonceA(32, 'n');
const QByteArray kNonceB(32, 'N');

Pairing makeA(const QByteArray &nonce = kNonceA)
{
    return Pairing(PairingRole::A, kIdA, kIdB, kHelloA, kHelloB, nonce);
}

Pairing makeB(const QByteArray &nonce = kNonceB)
{
    return Pairing(PairingRole::B, kIdB, kIdA, kHelloB, kHelloA, nonce);
}

/// Until both have a code.
void exchange(Pairing &a, Pairing &b)
{
    const QByteArray answer = b.handle(a.handle(b.handle(a.start())));
    Q_ASSERT(answer.isEmpty());
}

QByteArray messageOf(int kind, const QByteArray &body = {})
{
    return char(kind) + body;
}

enum Kind { Commit = 1, Nonce, Reveal, Confirm, Reject };

/// The situations a side can be in, by name, reached by an honest exchange.
const char *const kSituations[] = {"A idle",          "A awaits nonce", "A compares",      "A confirmed",
                                   "A was confirmed", "A is done",      "B awaits commit", "B awaits reveal",
                                   "B compares",      "B confirmed",    "B was confirmed", "B is done"};

Pairing inSituation(const QByteArray &name)
{
    Pairing a = makeA();
    Pairing b = makeB();
    if (name == "A idle")
        return a;
    const QByteArray commit = a.start();
    if (name == "A awaits nonce")
        return a;
    if (name == "B awaits commit")
        return b;
    const QByteArray nonce = b.handle(commit);
    if (name == "B awaits reveal")
        return b;
    b.handle(a.handle(nonce));
    Pairing &side = name.startsWith('A') ? a : b;
    if (name.endsWith(" confirmed") && !name.contains("was"))
        side.confirm();
    if (name.endsWith("was confirmed"))
        side.handle(messageOf(Confirm));
    if (name.endsWith("done")) {
        side.confirm();
        side.handle(messageOf(Confirm));
    }
    return side;
}

QByteArray randomBytes(QRandomGenerator &random)
{
    quint32 words[8];
    random.fillRange(words);
    return QByteArray(reinterpret_cast<const char *>(words), sizeof(words));
}

quint32 modulo(const QByteArray &digest, quint32 codes)
{
    quint64 rest = 0;
    for (const char byte : digest)
        rest = (rest * 256 + quint8(byte)) % codes;
    return quint32(rest);
}

/// The code as somebody in between computes it.
quint32 codeOf(const QByteArray &idA, const QByteArray &idB, const QByteArray &helloA, const QByteArray &helloB,
               const QByteArray &nonceA, const QByteArray &nonceB, quint32 codes)
{
    return modulo(sha256({"patchbay-sas-1", idA, idB, helloA, helloB, nonceA, nonceB}), codes);
}

/// Mallory sits between Alice (A) and Bob (B): to each of them she is the other one, with a key of her own.
const QByteArray kMallory(32, 'm');
const QByteArray kHelloMallory(32, 'M');

Pairing alice(const QByteArray &nonce, quint32 codes)
{
    return Pairing(PairingRole::A, kIdA, kMallory, kHelloA, kHelloMallory, nonce, codes);
}

Pairing bob(const QByteArray &nonce, quint32 codes)
{
    return Pairing(PairingRole::B, kIdB, kMallory, kHelloB, kHelloMallory, nonce, codes);
}

QByteArray commitToBob(const QByteArray &nonce)
{
    return messageOf(Commit, sha256({"patchbay-commit-1", kMallory, kIdB, kHelloMallory, kHelloB, nonce}));
}

} // namespace

void PairingTest::bothSeeTheSameCode()
{
    Pairing a = makeA();
    Pairing b = makeB();
    QVERIFY(b.start().isEmpty());
    QVERIFY(a.code().isEmpty() && b.code().isEmpty());
    exchange(a, b);
    QCOMPARE(a.state(), State::Comparing);
    QCOMPARE(b.state(), State::Comparing);
    QCOMPARE(a.code().size(), 6);
    QCOMPARE(a.code(), b.code());
    QVERIFY(a.start().isEmpty());
}

void PairingTest::codeIsAsDocumented()
{
    // Computed by another program: Python's hashlib.
    Pairing a = makeA();
    Pairing b = makeB();
    QCOMPARE(a.start(), messageOf(Commit, QByteArray::fromHex(
                                              "4f4c41de7d998bbd112cd16d48f41b969b2e0774ba3257205251510acc747ccf")));
    exchange(a = makeA(), b);
    QCOMPARE(a.code(), QStringLiteral("913438"));
    QCOMPARE(codeOf(kIdA, kIdB, kHelloA, kHelloB, kNonceA, kNonceB, Pairing::kCodes), a.codeNumber());
    // Leading zeros are shown.
    for (int i = 0; i < 1000 && a.codeNumber() >= 100'000; ++i) {
        a = makeA(QByteArray::number(i).rightJustified(32, '0'));
        b = makeB();
        exchange(a, b);
    }
    QVERIFY(a.codeNumber() < 100'000);
    QCOMPARE(a.code().size(), 6);
    QVERIFY(a.code().startsWith(QLatin1Char('0')));
}

void PairingTest::everythingCounts_data()
{
    QTest::addColumn<int>("part");
    for (int part = 0; part < 6; ++part)
        QTest::addRow("part %d", part) << part;
}

/// If the two sides saw anything different, they see different codes or break off.
void PairingTest::everythingCounts()
{
    QFETCH(int, part);
    QByteArray parts[6] = {kIdB, kIdA, kHelloB, kHelloA, kNonceB, QByteArray()};
    if (part < 5)
        parts[part].back() = char(parts[part].back() ^ 1);
    Pairing a = makeA(part == 5 ? QByteArray(32, 'x') : kNonceA);
    Pairing b(PairingRole::B, parts[0], parts[1], parts[2], parts[3], parts[4]);
    exchange(a, b);
    if (part >= 4) { // a nonce is nothing both had before
        QCOMPARE(a.code(), b.code());
        Pairing unchanged = makeA();
        Pairing other = makeB();
        exchange(unchanged, other);
        QVERIFY(a.code() != unchanged.code());
    } else {
        QCOMPARE(b.state(), State::Failed);
        QCOMPARE(b.failure(), PairingFailure::Commitment);
    }
}

void PairingTest::bothMustConfirm_data()
{
    QTest::addColumn<bool>("aFirst");
    QTest::addColumn<bool>("crossing");
    QTest::newRow("A first") << true << false;
    QTest::newRow("B first") << false << false;
    QTest::newRow("at the same time") << true << true;
}

void PairingTest::bothMustConfirm()
{
    QFETCH(bool, aFirst);
    QFETCH(bool, crossing);
    Pairing a = makeA();
    Pairing b = makeB();
    QVERIFY(a.confirm().isEmpty() && b.confirm().isEmpty()); // nothing to compare yet
    exchange(a, b);
    Pairing &first = aFirst ? a : b;
    Pairing &second = aFirst ? b : a;
    const QByteArray one = first.confirm();
    QCOMPARE(one.size(), 1);
    QVERIFY(first.confirm().isEmpty());
    QVERIFY(first.confirmedHere());
    QCOMPARE(first.state(), State::Comparing);
    if (crossing) {
        const QByteArray other = second.confirm();
        QCOMPARE(second.state(), State::Comparing);
        QVERIFY(second.handle(one).isEmpty());
        QVERIFY(first.handle(other).isEmpty());
    } else {
        QVERIFY(second.handle(one).isEmpty());
        QCOMPARE(second.state(), State::Comparing); // the other's word does not do
        QVERIFY(!second.confirmedHere());
        QVERIFY(first.handle(second.confirm()).isEmpty());
    }
    QCOMPARE(a.state(), State::Done);
    QCOMPARE(b.state(), State::Done);
    QVERIFY(a.failureText().isEmpty());
}

void PairingTest::rejecting_data()
{
    QTest::addColumn<QByteArray>("situation");
    for (const char *situation : kSituations)
        QTest::newRow(situation) << QByteArray(situation);
}

void PairingTest::rejecting()
{
    QFETCH(QByteArray, situation);
    const bool over = situation.endsWith("done");
    Pairing here = inSituation(situation);
    QCOMPARE(here.reject(), over ? QByteArray() : messageOf(Reject));
    QCOMPARE(here.state(), over ? State::Done : State::Failed);
    QVERIFY(here.reject().isEmpty() && here.confirm().isEmpty() && here.start().isEmpty());
    Pairing there = inSituation(situation);
    QVERIFY(there.handle(messageOf(Reject)).isEmpty());
    QCOMPARE(there.failure(), over ? PairingFailure::Protocol : PairingFailure::RejectedThere);
    QVERIFY(!there.failureText().isEmpty());
    QVERIFY(there.code().isEmpty());
}

void PairingTest::onlyTheExpectedMessageGoesOn_data()
{
    QTest::addColumn<QByteArray>("situation");
    QTest::addColumn<int>("kind");
    for (const char *situation : kSituations) {
        for (const int kind : {0, int(Commit), int(Nonce), int(Reveal), int(Confirm), 6, 255})
            QTest::addRow("%s, message %d", situation, kind) << QByteArray(situation) << kind;
    }
}

void PairingTest::onlyTheExpectedMessageGoesOn()
{
    QFETCH(QByteArray, situation);
    QFETCH(int, kind);
    const QByteArray body = kind == Reveal ? kNonceA : QByteArray(32, 'z');
    const QHash<QByteArray, int> expected{
        {"A awaits nonce", Nonce}, {"B awaits commit", Commit}, {"B awaits reveal", Reveal}, {"A compares", Confirm},
        {"A confirmed", Confirm},  {"B compares", Confirm},     {"B confirmed", Confirm}};
    Pairing pairing = inSituation(situation);
    pairing.handle(messageOf(kind, kind == Confirm ? QByteArray() : body));
    const bool goesOn = expected.value(situation, -1) == kind;
    QCOMPARE(pairing.state() != State::Failed, goesOn);
    QCOMPARE(pairing.failure(), goesOn ? PairingFailure::None : PairingFailure::Protocol);
}

void PairingTest::wrongSizesFail_data()
{
    QTest::addColumn<QByteArray>("situation");
    QTest::addColumn<QByteArray>("message");
    const QList<int> sizes{0, 1, 31, 33, 64, 1'000'000};
    for (const int size : sizes) {
        const QByteArray body(size, 'z');
        QTest::addRow("commit of %d", size) << QByteArray("B awaits commit") << messageOf(Commit, body);
        QTest::addRow("nonce of %d", size) << QByteArray("A awaits nonce") << messageOf(Nonce, body);
        QTest::addRow("reveal of %d", size) << QByteArray("B awaits reveal") << messageOf(Reveal, body);
        if (size > 0)
            QTest::addRow("confirm of %d", size) << QByteArray("A compares") << messageOf(Confirm, body);
        if (size > 0)
            QTest::addRow("reject of %d", size) << QByteArray("A compares") << messageOf(Reject, body);
    }
    QTest::newRow("confirm of 32") << QByteArray("A compares") << messageOf(Confirm, QByteArray(32, 'z'));
    for (const char *situation : kSituations)
        QTest::addRow("nothing where %s", situation) << QByteArray(situation) << QByteArray();
}

void PairingTest::wrongSizesFail()
{
    QFETCH(QByteArray, situation);
    QFETCH(QByteArray, message);
    Pairing pairing = inSituation(situation);
    QVERIFY(pairing.handle(message).isEmpty());
    QCOMPARE(pairing.state(), State::Failed);
    QCOMPARE(pairing.failure(), PairingFailure::Protocol);
}

void PairingTest::failureIsForGood()
{
    for (const char *situation : kSituations) {
        Pairing pairing = inSituation(situation);
        pairing.handle("?");
        QCOMPARE(pairing.state(), State::Failed);
        for (const int kind : {int(Commit), int(Nonce), int(Reveal), int(Confirm), int(Reject)})
            QVERIFY(pairing.handle(messageOf(kind, kind < Confirm ? kNonceA : QByteArray())).isEmpty());
        QVERIFY(pairing.start().isEmpty() && pairing.confirm().isEmpty() && pairing.reject().isEmpty());
        QCOMPARE(pairing.state(), State::Failed);
        QCOMPARE(pairing.failure(), PairingFailure::Protocol);
        QVERIFY(pairing.code().isEmpty());
    }
}

void PairingTest::changedRevealIsNoticed()
{
    for (int bit = 0; bit < 256; ++bit) {
        QByteArray other = kNonceA;
        other[bit / 8] = char(other[bit / 8] ^ (1 << (bit % 8)));
        Pairing b = inSituation("B awaits reveal");
        QVERIFY(b.handle(messageOf(Reveal, other)).isEmpty());
        QCOMPARE(b.failure(), PairingFailure::Commitment);
        QVERIFY(b.code().isEmpty());
    }
}

void PairingTest::badInputFails_data()
{
    QTest::addColumn<int>("part"); // of those that have 32 bytes
    QTest::addColumn<int>("size");
    for (int part = 0; part < 5; ++part) {
        for (const int size : {0, 31, 32, 33})
            QTest::addRow("part %d of %d", part, size) << part << size;
    }
}

void PairingTest::badInputFails()
{
    QFETCH(int, part);
    QFETCH(int, size);
    QByteArray parts[5] = {kIdA, kIdB, kHelloA, kHelloB, kNonceA};
    parts[part] = QByteArray(size, char('1' + part));
    for (const PairingRole role : {PairingRole::A, PairingRole::B}) {
        Pairing pairing(role, parts[0], parts[1], parts[2], parts[3], parts[4]);
        QCOMPARE(pairing.failure(), size == 32 ? PairingFailure::None : PairingFailure::BadInput);
        QCOMPARE(pairing.state() == State::Failed, size != 32);
        QCOMPARE(pairing.start().isEmpty(), size != 32 || role == PairingRole::B);
    }
    QCOMPARE(Pairing(PairingRole::A, kIdA, kIdA, kHelloA, kHelloB, kNonceA).failure(), PairingFailure::SameKey);
    QCOMPARE(Pairing(PairingRole::A, kIdA, kIdB, kHelloA, kHelloB, kNonceA, 0).failure(), PairingFailure::BadInput);
    QCOMPARE(Pairing(PairingRole::A, kIdA, kIdB, kHelloA, kHelloB, kNonceA, 1'000'001).failure(),
             PairingFailure::BadInput);
}

/// A million pairings with Mallory in between, in a code space of 10^3 instead of 10^6, so that there is something to
/// count: the codes of Alice and Bob must be the same as often as by chance, a thousand times, give or take 3 sigma.
void PairingTest::manInTheMiddleHasOneTry()
{
    constexpr int kPairings = 1'000'000;
    constexpr quint32 kFewCodes = 1000;
    QRandomGenerator random(20261123);
    int matches = 0;
    int completed = 0;
    for (int i = 0; i < kPairings; ++i) {
        Pairing a = alice(randomBytes(random), kFewCodes);
        Pairing b = bob(randomBytes(random), kFewCodes);
        const QByteArray toAlice = randomBytes(random);
        QByteArray toBob = randomBytes(random);
        switch (i % 4) {
        case 0: // Alice first: her code is known before Mallory commits to Bob
            a.start();
            a.handle(messageOf(Nonce, toAlice));
            b.handle(commitToBob(toBob));
            b.handle(messageOf(Reveal, toBob));
            break;
        case 1: // Bob first: his code is known before Mallory answers Alice
            b.handle(commitToBob(toBob));
            b.handle(messageOf(Reveal, toBob));
            a.start();
            a.handle(messageOf(Nonce, toAlice));
            break;
        case 2: { // she passes Bob's nonce on to Alice, as if it were hers
            const QByteArray nonce = b.handle(commitToBob(toBob));
            a.start();
            a.handle(nonce);
            b.handle(messageOf(Reveal, toBob));
            break;
        }
        default: { // and Alice's to Bob
            a.start();
            toBob = a.handle(messageOf(Nonce, toAlice)).mid(1);
            b.handle(commitToBob(toBob));
            b.handle(messageOf(Reveal, toBob));
            break;
        }
        }
        completed += a.state() == State::Comparing && b.state() == State::Comparing ? 1 : 0;
        matches += a.codeNumber() == b.codeNumber() ? 1 : 0;
    }
    QCOMPARE(completed, kPairings);
    const double chance = 1.0 / kFewCodes;
    const double sigma = std::sqrt(kPairings * chance * (1 - chance));
    qInfo("%d of %d pairings matched in a space of %u codes; chance gives %.0f, sigma %.1f", matches, kPairings,
          kFewCodes, kPairings * chance, sigma);
    QVERIFY(std::abs(matches - kPairings * chance) <= 3 * sigma);
}

/// Without commitment both nonces are known before Mallory chooses hers: among some thousand for either side there is
/// a pair with the same code, in the full space of 10^6, in no time.
void PairingTest::searchBreaksACodeWithoutCommitment()
{
    constexpr int kAttacks = 20;
    constexpr int kChoices = 4096;
    QRandomGenerator random(1);
    int broken = 0;
    for (int attack = 0; attack < kAttacks; ++attack) {
        const QByteArray nonceA = randomBytes(random);
        const QByteArray nonceB = randomBytes(random);
        QHash<quint32, QByteArray> alices; // which choice gives Alice which code
        for (int i = 0; i < kChoices; ++i) {
            const QByteArray toAlice = randomBytes(random);
            alices.insert(codeOf(kIdA, kMallory, kHelloA, kHelloMallory, nonceA, toAlice, Pairing::kCodes), toAlice);
        }
        for (int i = 0; i < kChoices; ++i) {
            const QByteArray toBob = randomBytes(random);
            const quint32 code = codeOf(kMallory, kIdB, kHelloMallory, kHelloB, toBob, nonceB, Pairing::kCodes);
            if (!alices.contains(code))
                continue;
            // What the two would see if there were no commitment.
            QCOMPARE(codeOf(kIdA, kMallory, kHelloA, kHelloMallory, nonceA, alices.value(code), Pairing::kCodes), code);
            ++broken;
            break;
        }
    }
    qInfo("%d of %d attacks on a code without commitment succeeded with %d hashes each", broken, kAttacks,
          2 * kChoices);
    QCOMPARE(broken, kAttacks);
}

/// The same search against the real thing: what it finds cannot be used, for Bob notices that it is not what Mallory
/// committed to; and what she may still choose, before she knows Alice's nonce, is no better than chance.
void PairingTest::searchFailsAgainstTheCommitment()
{
    constexpr int kAttacks = 1000;
    constexpr quint32 kFewCodes = 1000; // instead of 10^6: a search for a given code is that much shorter
    QRandomGenerator random(2);
    int noticed = 0;
    int found = 0;
    int broken = 0;
    for (int attack = 0; attack < kAttacks; ++attack) {
        const QByteArray nonceA = randomBytes(random);
        // First way: commit to anything, learn all of it, then look for a nonce that fits, and reveal that.
        {
            Pairing a = alice(nonceA, kFewCodes);
            Pairing b = bob(randomBytes(random), kFewCodes);
            const QByteArray nonceB = b.handle(commitToBob(randomBytes(random))).mid(1);
            a.start();
            a.handle(messageOf(Nonce, randomBytes(random)));
            QByteArray fitting;
            do
                fitting = randomBytes(random);
            while (codeOf(kMallory, kIdB, kHelloMallory, kHelloB, fitting, nonceB, kFewCodes) != a.codeNumber());
            b.handle(messageOf(Reveal, fitting));
            noticed += b.failure() == PairingFailure::Commitment && b.code().isEmpty() ? 1 : 0;
        }
        // Second way: finish with Bob, then look for an answer to Alice that fits a guess of what she will reveal.
        {
            Pairing a = alice(nonceA, kFewCodes);
            Pairing b = bob(randomBytes(random), kFewCodes);
            const QByteArray toBob = randomBytes(random);
            b.handle(commitToBob(toBob));
            b.handle(messageOf(Reveal, toBob));
            const QByteArray guess = randomBytes(random);
            QByteArray fitting;
            do
                fitting = randomBytes(random);
            while (codeOf(kIdA, kMallory, kHelloA, kHelloMallory, guess, fitting, kFewCodes) != b.codeNumber());
            ++found;
            a.start();
            a.handle(messageOf(Nonce, fitting));
            broken += a.codeNumber() == b.codeNumber() ? 1 : 0;
        }
    }
    qInfo("%d of %d changed reveals were noticed; %d of %d blind searches matched in a space of %u codes", noticed,
          kAttacks, broken, found, kFewCodes);
    QCOMPARE(noticed, kAttacks);
    const double chance = double(kAttacks) / kFewCodes;
    QVERIFY(broken <= chance + 3 * std::sqrt(chance));
}

QTEST_GUILESS_MAIN(PairingTest)
#include "tst_pairing.moc"
