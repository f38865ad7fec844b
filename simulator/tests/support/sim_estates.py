# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Small estate documents, as users write them, and request bodies of the API."""

from __future__ import annotations

from typing import Any

import yaml

from cg_sim.simulator import Simulator

PROPERTIES = {"a": 1}


def seed(simulator: Simulator, estate: dict[str, Any]) -> None:
    """Seed the simulator as users do, with YAML text."""
    simulator.seed(yaml.safe_dump(estate, allow_unicode=True, sort_keys=False), "estate")


def profile(name: str, port: int = 22, **fields: Any) -> dict[str, Any]:
    return {"name": name, "protocol": "SFTP", "port": port, **fields}


def product(name: str, backups: dict[str, bool] | None = None, **fields: Any) -> dict[str, Any]:
    """`backups`: name -> synchronized."""
    document: dict[str, Any] = {
        "name": name,
        "host": f"{name.lower()}.example",
        "profiles": [profile("SFTP_IN")],
        "backups": [{"name": backup, "synchronized": flag} for backup, flag in (backups or {}).items()],
    }
    return {**document, **fields}


def flow(name: str, *products: str, status: str = "Saved, not deployed", **fields: Any) -> dict[str, Any]:
    """A flow from a group over these products to a partner. If Deployed: on its products and their backups."""
    return {
        "name": name,
        "status": status,
        "idf": f"IDF_{name}",
        "sources": [{"group": "g1", "properties": PROPERTIES}],
        "relays": [{"product": each, "properties": PROPERTIES} for each in products],
        "targets": [{"partner": "ACME", "properties": PROPERTIES}],
        **fields,
    }


def small_estate() -> dict[str, Any]:
    """PARIS is a synchronized master of LYON; LILLE and BERLIN are free; the others cannot be backups."""
    return {
        "products": [
            product("PARIS", {"LYON": True}),
            product("LYON"),
            product("LILLE", profiles=[profile("FTP_OLD", 21, protocol="FTP")]),
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
            flow("DRAFT", "PARIS", status="Saved", targets=[]),
        ],
    }


#: Everything that an estate document can contain.
EVERYTHING = """
allow_unknown_words: true
certificates:
  shared: {content: CERTIFICATE}
products:
  - name: ALL
    type: SecureTransport
    status: Hibernating
    contact: {name: somebody, phones: [1, 2]}
    tags: [a]
    upgraded: true
    legacyIdfs: [OLD]
    backups: [{name: COPY, synchronized: true}, LATE]
    profiles:
      - {name: least, protocol: FTP}
      - {name: client, type: CLIENT, protocol: SFTP}
      - name: most
        businessId: B430B2E7-B707-4D73-8CC9-C2022A44929E
        type: SERVER
        protocol: AS2
        enabled: false
        clientAuthentication: CERTIFICATE
        hosts: [a.example, b.example]
        port: 65535
        ssl: {enabled: true, certificate: {alias: mine, content: C, validTo: 2027-03-31}}
        fips: true
        networkZone: ''
        edges: [e]
        viewOnly: true
      - {name: shared, protocol: HTTP, port: null, ssl: {enabled: false, certificate: shared}}
  - {name: COPY, status: Registering}
  - {name: LATE, profiles: []}
flows:
  - {name: EMPTY, status: Saved}
  - name: FULL
    status: In progress
    idf: X
    details: why
    tags: [b]
    sources: [{group: G, properties: {depth: {of: [1, null, true]}}}]
    relays: [{product: ALL}, {application: A}]
    targets: [{partner: P}, {partner: Q}]
    deployments: [{product: LATE, status: In progress, message: m, timestamp: 0}]
"""


# ------------------------------------------------------------------------------------------------- bodies of the API


def profile_body(name: str, port: int = 22) -> dict[str, Any]:
    return {"name": name, "type": "SERVER", "protocol": "SFTP", "port": port}


def participants(kind: str, *names: str) -> dict[str, Any]:
    parts = [{"part": {"name": name}, "step": {"commonProperties": PROPERTIES}} for name in names]
    return {"type": kind, "parts": parts}
