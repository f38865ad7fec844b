# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading X.509 certificates, as far as the audit needs them.

PRIVATE to the collection: it may change at any time.

This uses the library cryptography, which is optional: without it, each certificate gets a ``problem`` that says so. It
is imported for the first certificate, since only the audit needs it.
"""

from __future__ import annotations

import base64
import binascii
import typing as t
from datetime import datetime, timezone

MISSING_LIBRARY = (
    "the Python library cryptography is not installed on the host that runs the module, and certificates need it"
)


class CertificateFacts(t.NamedTuple):
    """``problem`` is set when the certificate could not be read; else ``valid_to`` is."""

    subject: str = ""
    valid_to: datetime | None = None
    problem: str = ""


class CertificateReader:
    """The facts of each certificate, by its digest in the profiles; a certificate is parsed once."""

    def __init__(self) -> None:
        self.facts: dict[str, CertificateFacts] = {}
        self.problem = ""  # why no certificate can be read

    def see(self, digest: str, content: str) -> None:
        if digest not in self.facts:
            self.facts[digest] = self._read(content)

    def _read(self, content: str) -> CertificateFacts:
        try:
            from cryptography import x509
        except ImportError:
            self.problem = MISSING_LIBRARY
            return CertificateFacts(problem=MISSING_LIBRARY)
        try:
            certificates = _certificates_in(content, x509)
        except (ValueError, TypeError, binascii.Error):
            return CertificateFacts(problem="it is not an X.509 certificate in PEM or DER form")
        # A chain is valid until its first certificate expires.
        first = min(certificates, key=_end_of)
        return CertificateFacts(_subject_of(first), _end_of(first))


def _certificates_in(content: str, x509: t.Any) -> list[t.Any]:
    """From PEM, whose line ends may be written as a backslash and an n (documented for one field), or DER in Base64."""
    text = content.replace("\\n", "\n").strip()
    if "-----BEGIN" in text:
        certificates = x509.load_pem_x509_certificates(text.encode())
    else:
        certificates = [x509.load_der_x509_certificate(base64.b64decode("".join(text.split()), validate=True))]
    if not certificates:
        raise ValueError("no certificate")
    return list(certificates)


def _end_of(certificate: t.Any) -> datetime:
    end: datetime | None = getattr(certificate, "not_valid_after_utc", None)  # since cryptography 42
    return end or certificate.not_valid_after.replace(tzinfo=timezone.utc)


def _subject_of(certificate: t.Any) -> str:
    try:
        return str(certificate.subject.rfc4514_string())
    except ValueError:  # the subject is parsed only here, and may be invalid
        return ""
