# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules about the X.509 certificates of communication profiles.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from ..model import is_known
from .findings import Found, Remedy, Unknown
from .inputs import Certificate, as_text
from .names import listed
from .units import Context, Server

Judgements = Iterator[Found | Unknown]


def certificate_expired(context: Context, server: Server) -> Judgements:
    yield from _judge(context, server, None, context.inputs.now)


def certificate_expiring(context: Context, server: Server) -> Judgements:
    now = context.inputs.now
    yield from _judge(context, server, now, now + timedelta(days=context.settings.certificate_warning_days))


def _judge(context: Context, server: Server, begin: datetime | None, end: datetime) -> Judgements:
    """Reports the certificates that expire between ``begin`` (None: any time before) and ``end``."""
    if not is_known(server.product.profiles):
        yield Unknown(
            "profiles",
            f"Whether the certificates of {server.what} are valid is not known: Central Governance does not show its "
            "communication profiles.",
            Remedy(f"By hand: look at the product {server.objects.product} in Central Governance."),
        )
        return
    for digest, names in server.certificates.items():
        certificate = context.inputs.observed.certificates.get(digest, Certificate(problem="it was not read"))
        if certificate.valid_to is None:
            yield _unknown(server, names, certificate.problem or "it shows no expiry date")
        elif (begin is None or certificate.valid_to >= begin) and certificate.valid_to < end:
            yield _found(context, server, digest, names, certificate)
    for name in server.without_certificate:
        yield _unknown(server, [name], "the profile uses TLS, and Central Governance shows no certificate")


def _found(context: Context, server: Server, digest: str, names: list[str], certificate: Certificate) -> Found:
    if certificate.valid_to is None:
        raise AssertionError("a certificate without an expiry date is not_assessed")
    days = (certificate.valid_to - context.inputs.now) // timedelta(days=1)
    verb = "expired" if certificate.valid_to < context.inputs.now else "expires"
    return Found(
        f"A certificate of {server.what} {verb} on {as_text(certificate.valid_to)[:10]} (profiles {listed(names)}).",
        {
            "profiles": names,
            "subject": certificate.subject,
            "valid_to": as_text(certificate.valid_to),
            "days_left": days,
            "certificate_sha256": digest,
        },
        Remedy(
            "By hand: renew the certificate on the master; then synchronize its backups with st_sync (options masters "
            "and backups)."
        ),
        replace(server.objects, detail=digest),
    )


def _unknown(server: Server, names: list[str], problem: str) -> Unknown:
    return Unknown(
        "certificate",
        f"The expiry date of a certificate of {server.what} is not known (profiles {listed(names)}): {problem}.",
        Remedy("By hand: look at the certificate of the profile in Central Governance."),
        replace(server.objects, detail=f"certificate {' '.join(names)}"),
        {"profiles": names, "problem": problem},
    )
