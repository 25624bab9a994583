// SPDX-License-Identifier: MIT
#include "security/digest.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <cstdlib>
#include <memory>

namespace patchbay::security {

QByteArray sha256(std::initializer_list<QByteArrayView> parts)
{
    // Looking the algorithm up by name costs more than hashing a short message: once is enough.
    static const EVP_MD *const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    if (!algorithm || !context || EVP_DigestInit_ex2(context.get(), algorithm, nullptr) != 1)
        std::abort();
    for (const QByteArrayView part : parts) {
        if (EVP_DigestUpdate(context.get(), part.data(), size_t(part.size())) != 1)
            std::abort();
    }
    QByteArray digest(kDigestBytes, Qt::Uninitialized);
    if (EVP_DigestFinal_ex(context.get(), reinterpret_cast<unsigned char *>(digest.data()), nullptr) != 1)
        std::abort();
    return digest;
}

bool equalInConstantTime(QByteArrayView a, QByteArrayView b)
{
    return a.size() == b.size() && (a.isEmpty() || CRYPTO_memcmp(a.data(), b.data(), size_t(a.size())) == 0);
}

} // namespace patchbay::security
