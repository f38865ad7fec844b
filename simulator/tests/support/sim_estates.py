# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Estates in canonical documents, small enough to read."""

from __future__ import annotations

from typing import Any

from cg_sim.model import derived_id


def profile(owner: str, name: str, port: int = 22, **fields: Any) -> dict[str, Any]:
    return {
        "businessId": derived_id("profile", owner, name),
        "name": name,
        "type": "SERVER",
        "protocol": "SFTP",
        "enabled": True,
        "clientAuthentication": "PASSWORD",
        "hosts": [f"{owner.lower()}.example"],
        "port": port,
        "ssl": {"enabled": False, "certificate": None},
        "fips": False,
        "networkZone": "Private",
        "edges": [],
        "viewOnly": False,
        **fields,
    }


def product(name: str, backups: dict[str, bool] | None = None, **fields: Any) -> dict[str, Any]:
    document = {
        "businessId": derived_id("product", name),
        "name": name,
        "host": f"{name.lower()}.example",
        "os": "linux-x86-64",
        "version": "5.4",
        "status": "Started",
        "type": "SecureTransport",
        "contact": {},
        "communicationProfiles": [profile(name, "SFTP_IN")],
        "backupProducts": [
            {"businessId": derived_id("product", backup), "name": backup, "synchronized": synchronized}
            for backup, synchronized in (backups or {}).items()
        ],
    }
    document.update(fields)
    return document


def participants(kind: str, *names: str) -> dict[str, Any]:
    parts = [
        {"part": {"businessId": derived_id(kind.lower(), name), "name": name}, "step": {"commonProperties": {"a": 1}}}
        for name in names
    ]
    return {"type": kind, "parts": parts}


def flow(name: str, *products: str, status: str = "Saved, not deployed", **fields: Any) -> dict[str, Any]:
    """A flow from a group over these products to a partner."""
    return {
        "businessId": derived_id("flow", name),
        "name": name,
        "status": status,
        "idf": f"IDF_{name}",
        "sources": participants("GROUP", "g1"),
        "relays": [participants("PRODUCT", *products)],
        "targets": participants("PARTNER", "ACME"),
        **fields,
    }


def row(flow_name: str, product_name: str, status: str = "Deployed") -> dict[str, Any]:
    flow_id, product_id = derived_id("flow", flow_name), derived_id("product", product_name)
    return {
        "businessId": derived_id("deployment", flow_id, product_id),
        "flow": {"businessId": flow_id, "name": flow_name},
        "product": {"businessId": product_id, "name": product_name},
        "status": status,
        "message": "",
        "timestamp": 1_700_000_000_000,
    }


def small_estate() -> dict[str, Any]:
    """PARIS is a synchronized master of LYON; LILLE and BERLIN are free; others show what cannot be a backup."""
    return {
        "products": [
            product("PARIS", {"LYON": True}),
            product("LYON"),
            product("LILLE", communicationProfiles=[profile("LILLE", "FTP_OLD", 21, protocol="FTP")]),
            product("BERLIN", tags=["central", "production"]),
            product("NEWER", version="5.5"),
            product("WAITING", status="Ready to register"),
            product("CFT", type="TransferCFT"),
            product("DOWN", status="Unreachable"),
        ],
        "flows": [
            flow("INVOICES", "PARIS", status="Deployed", tags=["money"]),
            flow("ORDERS", "PARIS", "BERLIN"),
            flow("DIRECT", "LILLE", status="Deployed"),
            flow("DRAFT", "PARIS", status="Saved", targets={"type": "PARTNER", "parts": []}),
        ],
        "deployments": [row("INVOICES", "PARIS"), row("INVOICES", "LYON"), row("DIRECT", "LILLE")],
    }
