// SPDX-License-Identifier: MIT
#include "security/peercheck.h"

#include "security/peerid.h"

#include <QCoreApplication>

#include <algorithm>

namespace patchbay::security {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("patchbay::security", text);
}

PeerCheck refused(const QString &why)
{
    return {{}, why};
}

} // namespace

bool isTolerable(const QSslError &error)
{
    switch (error.error()) {
    case QSslError::SelfSignedCertificate:
    case QSslError::HostNameMismatch:
    case QSslError::CertificateNotYetValid:
    case QSslError::CertificateExpired:
        return true;
    default:
        return false;
    }
}

bool areTolerable(const QList<QSslError> &errors)
{
    return std::all_of(errors.cbegin(), errors.cend(), isTolerable);
}

PeerCheck checkPeerCertificates(const QList<QSslCertificate> &chain, const QByteArray &ownPeerId)
{
    if (chain.isEmpty() || chain.first().isNull())
        return refused(tr("The other side showed no certificate. Check that it is a Patchbay."));
    if (chain.size() > 1)
        return refused(tr("The other side showed %1 certificates instead of one. Check that it is a Patchbay, and "
                          "that nothing in between breaks the encryption open.")
                           .arg(chain.size()));
    if (chain.first().toDer().size() > kMaxCertificateBytes)
        return refused(tr("The certificate of the other side is larger than %1 bytes. Check that it is a Patchbay.")
                           .arg(kMaxCertificateBytes));
    const QByteArray id = peerIdOf(chain.first());
    if (id.isEmpty())
        return refused(
            tr("The certificate of the other side holds no EC P-256 key. Check that it is a Patchbay, and that nothing "
               "in between breaks the encryption open."));
    if (id == ownPeerId)
        return refused(tr("The other side has the key of this very profile: it is this host itself, or a copy of its "
                          "profile. Use another profile for one of the two."));
    return {id, {}};
}

} // namespace patchbay::security
