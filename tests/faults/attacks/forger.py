# SPDX-License-Identifier: MIT
"""TLS with somebody else's public key: what Python's ssl refuses to send, OpenSSL through ctypes does send.

The certificate is exchanged for one with a foreign key after OpenSSL has checked that it fits the private key.
"""

import ctypes
import ctypes.util

_CERTIFICATE_FLAGS = 1  # SSL_FILETYPE_PEM


def point_of(der):
    """The public key in a P-256 certificate: 65 bytes behind a bit string's head."""
    at = der.index(b"\x03\x42\x00\x04") + 3
    return der[at:at + 65]


class Unavailable(Exception):
    pass


def _library(name):
    found = ctypes.util.find_library(name)
    if not found:
        raise Unavailable(f"no lib{name}")
    return ctypes.CDLL(found)


def _function(library, name, result, *arguments):
    function = getattr(library, name)
    function.restype, function.argtypes = result, arguments
    return function


def handshake_with_foreign_key(descriptor, own, foreign, alpn=b"patchbay/1"):
    """Greets as TLS client on a connected blocking socket; whether our side finished, and what can be read after."""
    ssl, crypto = _library("ssl"), _library("crypto")
    pointer = ctypes.c_void_p
    new_context = _function(ssl, "SSL_CTX_new", pointer, pointer)
    method = _function(ssl, "TLS_client_method", pointer)
    use_cert = _function(ssl, "SSL_CTX_use_certificate", ctypes.c_int, pointer, pointer)
    use_key = _function(ssl, "SSL_CTX_use_PrivateKey_file", ctypes.c_int, pointer, ctypes.c_char_p, ctypes.c_int)
    set_alpn = _function(ssl, "SSL_CTX_set_alpn_protos", ctypes.c_int, pointer, ctypes.c_char_p, ctypes.c_uint)
    new = _function(ssl, "SSL_new", pointer, pointer)
    set_fd = _function(ssl, "SSL_set_fd", ctypes.c_int, pointer, ctypes.c_int)
    connect = _function(ssl, "SSL_connect", ctypes.c_int, pointer)
    read = _function(ssl, "SSL_read", ctypes.c_int, pointer, ctypes.c_char_p, ctypes.c_int)
    free = _function(ssl, "SSL_free", None, pointer)
    free_context = _function(ssl, "SSL_CTX_free", None, pointer)
    new_file = _function(crypto, "BIO_new_file", pointer, ctypes.c_char_p, ctypes.c_char_p)
    free_file = _function(crypto, "BIO_free_all", None, pointer)
    read_cert = _function(crypto, "PEM_read_bio_X509", pointer, pointer, pointer, pointer, pointer)
    get_key = _function(crypto, "X509_get_pubkey", pointer, pointer)
    set_key = _function(crypto, "X509_set_pubkey", ctypes.c_int, pointer, pointer)
    encode_anew = _function(crypto, "i2d_re_X509_tbs", ctypes.c_int, pointer, pointer)
    encode = _function(crypto, "i2d_X509", ctypes.c_int, pointer, pointer)

    def der(cert):
        out = ctypes.create_string_buffer(8192)
        place = ctypes.c_void_p(ctypes.addressof(out))
        size = encode(cert, ctypes.addressof(place))
        return out.raw[:size]

    def load(path):
        file = new_file(str(path).encode(), b"r")
        cert = read_cert(file, None, None, None)
        free_file(file)
        if not cert:
            raise Unavailable("a certificate cannot be read")
        return cert

    context = new_context(method())
    mine, theirs = load(own.cert), load(foreign.cert)
    try:
        if (use_cert(context, mine) != 1 or use_key(context, str(own.key).encode(), _CERTIFICATE_FLAGS) != 1
                or set_alpn(context, bytes([len(alpn)]) + alpn, len(alpn) + 1) != 0
                or set_key(mine, get_key(theirs)) != 1 or encode_anew(mine, None) <= 0
                or point_of(der(theirs)) not in der(mine)):
            raise Unavailable("OpenSSL will not have it")
        link = new(context)
        set_fd(link, descriptor)
        finished = connect(link) == 1
        buffer = ctypes.create_string_buffer(4096)
        got = read(link, buffer, len(buffer)) if finished else -1
        free(link)
        return finished, buffer.raw[:got] if got > 0 else b""
    finally:
        free_context(context)
