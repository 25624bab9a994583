# SPDX-License-Identifier: MIT
"""Keys and certificates of all kinds, made by the openssl command in one folder. Nothing here lives longer than it."""

import base64
import collections
import hashlib
import pathlib
import ssl
import subprocess

Pair = collections.namedtuple("Pair", "cert key")


def _openssl(*args, stdin=None):
    done = subprocess.run(["openssl", *map(str, args)], input=stdin, capture_output=True, check=False, timeout=60)
    if done.returncode != 0:
        raise RuntimeError(f"openssl {args[0]}: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


def peer_id(cert):
    """SHA-256 of SubjectPublicKeyInfo: who somebody is."""
    pem = _openssl("x509", "-in", cert, "-noout", "-pubkey")
    return hashlib.sha256(ssl.PEM_cert_to_DER_cert(
        pem.decode().replace("PUBLIC KEY", "CERTIFICATE"))).digest()


def link(port, peer, token, host="127.0.0.1"):
    """An invite link, as a person would get it."""
    def text(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
    return f"patchbay://{host}:{port}/#{text(peer[:16])}.{text(token)}"


def token_of(invite):
    text = invite.rsplit(".", 1)[1]
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


class Forge:
    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self._count = 0

    def _names(self):
        self._count += 1
        return self.folder / f"{self._count}.crt", self.folder / f"{self._count}.key"

    def identity(self, algorithm=("ec", "-pkeyopt", "ec_paramgen_curve:P-256"), days=3650, extra=()):
        """A self-signed pair; by default such as Patchbay takes."""
        cert, key = self._names()
        _openssl("req", "-x509", "-newkey", *algorithm, "-nodes", "-keyout", key, "-out", cert, "-subj",
                 "/CN=patchbay", "-days", days, *extra)
        return Pair(cert, key)

    def expired(self):
        """Good, but for its dates: the key is what counts."""
        cert, key = self._names()
        own = self.identity()
        request = _openssl("x509", "-x509toreq", "-in", own.cert, "-signkey", own.key)
        (self.folder / "index.txt").write_text("")
        (self.folder / "serial").write_text("01\n")
        (self.folder / "ca.cnf").write_text(
            f"[ca]\ndefault_ca=d\n[d]\ndatabase={self.folder}/index.txt\nserial={self.folder}/serial\n"
            f"new_certs_dir={self.folder}\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n")
        csr = self.folder / "expired.csr"
        csr.write_bytes(request)
        _openssl("ca", "-batch", "-config", self.folder / "ca.cnf", "-selfsign", "-keyfile", own.key, "-in", csr,
                 "-out", cert, "-notext", "-startdate", "20010101000000Z", "-enddate", "20020101000000Z")
        key.write_bytes(own.key.read_bytes())
        return Pair(cert, key)

    def signed(self, by, key=None, extra=()):
        """A leaf signed by another's key."""
        cert, new = self._names()
        csr = self.folder / f"{self._count}.csr"
        if key is None:
            _openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", new,
                     "-out", csr, "-subj", "/CN=leaf")
        else:
            new.write_bytes(pathlib.Path(key).read_bytes())
            _openssl("req", "-new", "-key", new, "-out", csr, "-subj", "/CN=leaf")
        _openssl("x509", "-req", "-in", csr, "-CA", by.cert, "-CAkey", by.key, "-CAcreateserial", "-days", 3650,
                 "-out", cert, *extra)
        return Pair(cert, new)

    def chain(self, first, *others):
        cert, key = self._names()
        cert.write_bytes(b"".join(pathlib.Path(one.cert).read_bytes() for one in (first, *others)))
        key.write_bytes(pathlib.Path(first.key).read_bytes())
        return Pair(cert, key)

    def huge(self, size):
        """A certificate with a very long name list in it."""
        names = ",".join(f"DNS:{i:04d}.{'x' * 50}.example" for i in range(size // 64))
        config = self.folder / "huge.cnf"
        config.write_text(f"[req]\ndistinguished_name=d\nx509_extensions=x\n[d]\n[x]\nsubjectAltName={names}\n")
        return self.identity(extra=("-config", config))

    def explicit_parameters(self):
        """A P-256 key that spells out its curve instead of naming it (CVE-2020-0601 and others came of such)."""
        return self.identity(("ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-pkeyopt", "ec_param_enc:explicit"))

    def bad_signature(self):
        """One bit of the self-signature turned over."""
        own = self.identity()
        der = bytearray(ssl.PEM_cert_to_DER_cert(own.cert.read_text()))
        der[-1] ^= 1
        own.cert.write_text(ssl.DER_cert_to_PEM_cert(bytes(der)))
        return own
