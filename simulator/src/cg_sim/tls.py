# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A throw-away certificate authority and a server certificate, for rehearsing TLS."""

from __future__ import annotations

import contextlib
import datetime
import ipaddress
import os
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_DAYS = 30


class TlsError(Exception):
    """The directory cannot be used; the text says why."""


@dataclass
class Tls:
    """The paths of the files. The CA's key is not stored, so that no further certificates can be signed with it."""

    ca_path: Path
    certificate_path: Path
    key_path: Path
    temporary: tempfile.TemporaryDirectory[str] | None = None

    def close(self) -> None:
        if self.temporary is not None:
            with contextlib.suppress(OSError):
                self.temporary.cleanup()


def prepare_tls(directory: Path | None, host: str) -> Tls:
    """Reuse the files of an earlier start if they are still valid for this host, else generate new ones."""
    temporary = None
    try:
        if directory is None:
            temporary = tempfile.TemporaryDirectory(prefix="cg-sim-tls-")
            directory = Path(temporary.name)
        directory = directory.resolve()  # the path is printed for clients, which may run in another directory
        directory.mkdir(parents=True, exist_ok=True)
        tls = Tls(directory / "ca.pem", directory / "server.pem", directory / "server.key", temporary)
        if not _usable(tls, host):
            _make(tls, host)
    except OSError as error:
        raise TlsError(f"cannot keep TLS files in {directory}: {error.strerror or error}") from None
    return tls


def _names(host: str) -> list[x509.GeneralName]:
    names: dict[x509.GeneralName, None] = {x509.DNSName("localhost"): None}
    for text in ("127.0.0.1", "::1", host):
        try:
            names[x509.IPAddress(ipaddress.ip_address(text))] = None
        except ValueError:
            names[x509.DNSName(text)] = None
    with contextlib.suppress(ValueError):
        names[x509.DNSName(socket.gethostname())] = None
    return list(names)


def _usable(tls: Tls, host: str) -> bool:
    try:
        ca = x509.load_pem_x509_certificate(tls.ca_path.read_bytes())
        certificate = x509.load_pem_x509_certificate(tls.certificate_path.read_bytes())
        key = serialization.load_pem_private_key(tls.key_path.read_bytes(), None)
        certificate.verify_directly_issued_by(ca)
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (OSError, ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        return False
    soon = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=1)
    fresh = min(ca.not_valid_after_utc, certificate.not_valid_after_utc) > soon
    return fresh and key.public_key() == certificate.public_key() and set(_names(host)) <= set(names)


def _make(tls: Tls, host: str) -> None:
    now = datetime.datetime.now(datetime.timezone.utc)
    start, end = now - datetime.timedelta(hours=1), now + datetime.timedelta(days=_DAYS)
    ca_key = ec.generate_private_key(ec.SECP256R1())
    # A number in the name: two CAs of the same name in a bundle would confuse clients.
    ca_name = x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, f"cg-sim throw-away CA {x509.random_serial_number():x}"[:60])]
    )
    ca_identifier = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())
    ca = (
        x509.CertificateBuilder()
        .subject_name(ca_name)
        .issuer_name(ca_name)
        .public_key(ca_key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs=True), critical=True)
        .add_extension(ca_identifier, critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "cg-sim")]))
        .issuer_name(ca_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.SubjectAlternativeName(_names(host)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ca_identifier), critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    _write(tls.ca_path, ca.public_bytes(serialization.Encoding.PEM), 0o644)
    _write(tls.certificate_path, certificate.public_bytes(serialization.Encoding.PEM), 0o644)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    _write(tls.key_path, private, 0o600)


def _key_usage(signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _write(path: Path, content: bytes, mode: int) -> None:
    with contextlib.suppress(FileNotFoundError):
        path.unlink()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
