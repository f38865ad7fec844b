# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Converts a validated estate document to the records that the simulator stores: defaults, ids, derived rows."""

from __future__ import annotations

import copy
from typing import Any

from cg_sim.identity import deployment_id, derived_id
from cg_sim.pairing import SECURETRANSPORT
from cg_sim.rules.profiles import copied_profile

from .names import Names
from .times import in_utc, parse_time
from .vocabulary import PART_KINDS, USUAL_PORTS, derived_host

Record = dict[str, Any]

# Default time of deployments without a timestamp: 2026-01-05T06:00:00Z, then a minute later for each flow.
FIRST_DEPLOYMENT_MS = 1_767_592_800_000


def canonical_estate(data: Record) -> dict[str, list[Record]]:
    """``data`` must have passed the schema and the consistency checks."""
    certificates = data.get("certificates") or {}
    written_products = data.get("products") or []
    references = Names(written_products)
    # Each certificate is built once and shared by the profiles that refer to it.
    certificates = {alias: _certificate({"alias": alias, **written}) for alias, written in certificates.items()}
    products = [
        _product(written, product.id, references, certificates)
        for written, product in zip(written_products, references.written, strict=True)
    ]
    _copy_profiles_to_backups(written_products, products)

    masters_backups = {product["businessId"]: product["backupProducts"] for product in products}
    flows: list[Record] = []
    deployments: list[Record] = []
    for index, written in enumerate(data.get("flows") or []):
        flow = _flow(written, references)
        flows.append(flow)
        rows = [(row, references.part(row["product"])) for row in written.get("deployments") or ()]
        if "deployments" not in written and flow["status"] == "Deployed":
            rows = [({}, product) for product in _default_deployments(flow, masters_backups)]
        default_timestamp = FIRST_DEPLOYMENT_MS + index * 60_000
        deployments += [_deployment(row, flow, product, default_timestamp) for row, product in rows]
    return {"products": products, "flows": flows, "deployments": deployments}


# --------------------------------------------------------------------------------------------------------- products


def _product(written: Record, business_id: str, references: Names, certificates: Record) -> Record:
    name = written["name"]
    host = written.get("host") or derived_host(name)
    product: Record = {
        "businessId": business_id,
        "name": name,
        "host": host,
        "os": written.get("os", "linux-x86-64"),
        "version": written.get("version", "5.4"),
        "status": written.get("status", "Started"),
        "type": written.get("type", SECURETRANSPORT),
        "contact": copy.deepcopy(written.get("contact", {})),
        "communicationProfiles": [
            _profile(profile, business_id, host, certificates) for profile in written.get("profiles") or ()
        ],
        "backupProducts": [_backup(entry, references) for entry in written.get("backups") or ()],
    }
    if "tags" in written:
        product["tags"] = list(written["tags"])
    # Facts that the simulator needs and that CG has no field for.
    own: Record = {}
    if written.get("upgraded"):
        own["upgraded"] = True
    if written.get("legacyIdfs"):
        own["legacyIdfs"] = list(written["legacyIdfs"])
    if own:
        product["simulator"] = own
    return product


def _backup(entry: str | Record, references: Names) -> Record:
    word = entry if isinstance(entry, str) else entry["name"]
    # Documented: a new backup starts unsynchronized; so that is what a plain name means.
    synchronized = False if isinstance(entry, str) else entry.get("synchronized", False)
    return {**references.part(word), "synchronized": synchronized}


def _profile(written: Record, owner_id: str, host: str, certificates: Record) -> Record:
    name = written["name"]
    protocol = written["protocol"]
    is_server = written.get("type", "SERVER") == "SERVER"
    ssl = _ssl(written.get("ssl") or {}, name, certificates)
    business_id = written.get("businessId")
    hosts = written.get("hosts")
    port = written.get("port", USUAL_PORTS.get((protocol, ssl["enabled"])) if is_server else None)
    return {
        "businessId": business_id.lower() if business_id else derived_id("profile", owner_id, name),
        "name": name,
        "type": "SERVER" if is_server else "CLIENT",
        "protocol": protocol,
        "enabled": written.get("enabled", True),
        "clientAuthentication": written.get("clientAuthentication", "PASSWORD"),
        "hosts": hosts if hosts is not None else [host] if is_server else [],
        "port": None if port is None else int(port),  # 22.0 is an integer in JSON schema
        "ssl": ssl,
        "fips": written.get("fips", False),
        "networkZone": written.get("networkZone", "Private"),
        "edges": written.get("edges") or [],
        "viewOnly": written.get("viewOnly", False),
    }


def _ssl(written: Record, profile_name: str, certificates: Record) -> Record:
    certificate = written.get("certificate")
    ssl: Record = {"enabled": written.get("enabled", certificate is not None)}
    if isinstance(certificate, str):
        ssl["certificate"] = certificates[certificate]
    elif certificate is not None:
        ssl["certificate"] = _certificate({"alias": profile_name, **certificate})
    return ssl


def _certificate(written: Record) -> Record:
    moment = parse_time(written["validTo"]) if written.get("validTo") else None
    return {
        "alias": written["alias"],
        "content": written["content"],
        "validTo": in_utc(moment) if moment else None,
    }


def _copy_profiles_to_backups(written_products: list[Record], products: list[Record]) -> None:
    """Copies the profiles of its (first) master to each synchronized backup that has none in the document."""
    left_out = {
        product["businessId"]: product
        for written, product in zip(written_products, products, strict=True)
        if "profiles" not in written
    }
    for master in products:
        for entry in master["backupProducts"]:
            backup = left_out.pop(entry["businessId"], None) if entry["synchronized"] else None
            if backup is not None:
                backup["communicationProfiles"] = [
                    copied_profile(profile, master["host"], backup["businessId"], backup["host"])
                    for profile in master["communicationProfiles"]
                ]


# ------------------------------------------------------------------------------------------------------------ flows


def _flow(written: Record, references: Names) -> Record:
    name = written["name"]
    business_id = (written.get("businessId") or derived_id("flow", name)).lower()
    flow: Record = {
        "businessId": business_id,
        "name": name,
        "status": written.get("status", "Saved, not deployed"),
        "idf": written.get("idf") or f"F{business_id[:7].upper()}",
        "sources": _stage(written.get("sources") or [], references),
        "relays": [_stage([relay], references) for relay in written.get("relays") or ()],
        "targets": _stage(written.get("targets") or [], references),
    }
    if "tags" in written:
        flow["tags"] = list(written["tags"])
    if written.get("details"):
        flow["details"] = written["details"]
    return flow


def _stage(parts: list[Record], references: Names) -> Record:
    return {
        "type": _kind(parts[0]).upper() if parts else "PRODUCT",
        "parts": [_part(part, references) for part in parts],
    }


def _part(written: Record, references: Names) -> Record:
    kind = _kind(written)
    name = written[kind]
    return {
        "part": references.part(name) if kind == "product" else {"businessId": derived_id(kind, name), "name": name},
        "step": {"commonProperties": copy.deepcopy(written.get("properties", {}))},
    }


def _kind(part: Record) -> str:
    return next(kind for kind in PART_KINDS if kind in part)


def _default_deployments(flow: Record, masters_backups: dict[str, list[Record]]) -> list[Record]:
    """Documented: a flow is deployed on the products in it and on the backups of its masters. Each once."""
    found: dict[str, Record] = {}
    for stage in (flow["sources"], *flow["relays"], flow["targets"]):
        for entry in stage["parts"] if stage["type"] == "PRODUCT" else ():
            part = entry["part"]
            for product in (part, *masters_backups[part["businessId"]]):
                found.setdefault(product["businessId"], product)
    return list(found.values())


def _deployment(row: Record, flow: Record, product: Record, default_timestamp: int) -> Record:
    business_id = row.get("businessId") or deployment_id(flow["businessId"], product["businessId"])
    return {
        "businessId": business_id.lower(),
        "flow": {"businessId": flow["businessId"], "name": flow["name"]},
        "product": {"businessId": product["businessId"], "name": product["name"]},
        "status": row.get("status", "Deployed"),
        "message": row.get("message", ""),
        "timestamp": int(row.get("timestamp", default_timestamp)),
    }
