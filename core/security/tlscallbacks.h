// SPDX-License-Identifier: MIT
#pragma once

#include <openssl/ssl.h>

/// What OpenSSL calls during a handshake; each finds its TlsChannel in the SSL's application data.
namespace patchbay::security::tls {

int verifyPeer(X509_STORE_CTX *context, void *unused);
int clientHelloCame(SSL *ssl, int *alert, void *unused);
int selectProtocol(SSL *ssl, const unsigned char **chosen, unsigned char *chosenLength, const unsigned char *offered,
                   unsigned int offeredLength, void *unused);

} // namespace patchbay::security::tls
