# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Estates to be audited: one without findings, and one with findings of almost every rule that needs no ledger."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from estates import SFTP, flow, product, synchronized, unsynchronized


def certificate(days: float, name: str = "mft.bank.example") -> dict[str, str]:
    """One that ends so many days from now; add half a day, so that the count of days cannot change during a test."""
    now = datetime.now(timezone.utc)
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1000)).not_valid_after(now + timedelta(days=days))
    pem = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()
    # The audit reads the certificate itself, not this date.
    return {"content": pem, "validTo": "2099-01-01T00:00:00Z"}


def https(alias: str, **more: Any) -> dict[str, Any]:
    return {"name": f"https_{alias}", "protocol": "HTTP", "port": 443, "ssl": {"certificate": alias}, **more}


def rows(*names: str, status: str = "Deployed", **more: Any) -> list[dict[str, Any]]:
    return [{"product": name, "status": status, **more} for name in names]


def healthy() -> dict[str, Any]:
    return {
        "products": [
            product("PARIS", profiles=[SFTP, https("long")], backups=synchronized("LYON", "LILLE")),
            product("LYON"),
            product("LILLE"),
        ],
        "flows": [flow("PAYMENTS", "PARIS", deployments=rows("PARIS", "LYON", "LILLE"))],
        "certificates": {"long": certificate(365)},
    }


HEALTHY_TOPOLOGY = [{"master": "PARIS", "backups": ["LYON", "LILLE"]}]


def troubled() -> dict[str, Any]:
    """PARIS and ROME are masters; the name of each backup says what is wrong with it."""
    profiles = [SFTP, https("gone"), https("soon")]
    backups = [
        "FINE",
        "OTHER_PROFILES",
        "OLDER",
        "UNREGISTERED",
        "UNREACHABLE",
        "STOPPED",
        "STARTING",
        "SHARED",
        "EXTRA",
    ]
    return {
        "products": [
            product("PARIS", profiles=profiles, backups=[*synchronized(*backups), *unsynchronized("UNSYNCHRONIZED")]),
            product("FINE", profiles=profiles),
            product("OTHER_PROFILES", profiles=[{**SFTP, "port": 2222}]),
            product("OLDER", version="5.4", profiles=profiles),
            product("UNREGISTERED", status="Ready to register", profiles=profiles),
            product("UNREACHABLE", status="Unreachable", profiles=profiles),
            product("STOPPED", status="Stopped", profiles=profiles),
            product("STARTING", status="Starting", profiles=profiles),
            product("SHARED", profiles=profiles),
            product("EXTRA", profiles=profiles),
            product("UNSYNCHRONIZED"),
            product("ROME", status="Unreachable", profiles=profiles, backups=synchronized("SHARED")),
            product("MISSING"),
            product("FORMER"),
            product("ALONE"),
        ],
        "flows": [
            flow("IN_ERROR", "PARIS", status="Deployed in error",
                 deployments=[*rows("PARIS"), *rows("FINE", status="Deployed in error", message="disk full <b>")]),
            flow("NOT_DEPLOYED", "PARIS", status="Saved, not deployed"),
            flow("INCOMPLETE", "PARIS", status="Saved"),
            flow("HALF", "ROME", deployments=rows("ROME")),
            flow("STALE", "ROME", deployments=rows("ROME", "SHARED", "FORMER")),
            flow("DIRECT", "FINE", deployments=rows("FINE")),
            flow("WITHOUT_BACKUP", "ALONE", deployments=rows("ALONE")),
        ],
        "certificates": {"gone": certificate(-1.5), "soon": certificate(5.5)},
    }  # fmt: skip


TROUBLED_TOPOLOGY = [
    {
        "master": "PARIS",
        "backups": [
            "FINE", "OTHER_PROFILES", "OLDER", "UNREGISTERED", "UNREACHABLE", "STOPPED", "STARTING", "SHARED",
            "UNSYNCHRONIZED", "MISSING", "NOWHERE",
        ],
    }
]  # fmt: skip
