# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Converts a validated estate document to the records that the simulator stores: defaults, ids, derived rows."""

from __future__ import annotations

import re
from typing import Any

from cg_sim.identity import deployment_id, derived_id
from cg_sim.model import flow_from_document
from cg_sim.rules.profiles import copied_profile

from .names import Names
from .schema import PART_KINDS, property_annotations, utc_time

Record = dict[str, Any]

# Default time of deployments without a timestamp: 2026-01-05T06:00:00Z, then a minute later for each flow.
FIRST_DEPLOYMENT_MS = 1_767_592_800_000

# Protocol -> the usual server port, and the one with TLS.
USUAL_PORTS = {"SFTP": (22, 22), "FTP": (21, 990), "HTTP": (80, 443), "AS2": (10080, 10443), "PESIT": (1761, 1762)}


def _defaults(kind: str) -> Record:
    return property_annotations(kind, "default")


def canonical_estate(data: Record) -> dict[str, list[Record]]:
    """``data`` must have passed the schema and the consistency checks."""
    written_products = data.get("products", [])
    references = Names(written_products)
    # Each certificate is built once and shared by the profiles that refer to it.
    certificates = {
        alias: _certificate({"alias": alias, **written}) for alias, written in data.get("certificates", {}).items()
    }
    products = [
        _product(written, product.id, references, certificates)
        for written, product in zip(written_products, references.written, strict=True)
    ]
    _copy_profiles_to_backups(written_products, products)

    by_id = {product["businessId"]: product for product in products}
    flows: list[Record] = []
    deployments: list[Record] = []
    for index, written in enumerate(data.get("flows", [])):
        flow = _flow(written, references)
        flows.append(flow)
        rows = [(row, references.part(row["product"])) for row in written.get("deployments", ())]
        if "deployments" not in written and flow["status"] == "Deployed":
            rows = [({}, product) for product in _default_deployments(flow, by_id)]
        default_timestamp = FIRST_DEPLOYMENT_MS + index * 60_000
        deployments += [_deployment(row, flow, product, default_timestamp) for row, product in rows]
    return {"products": products, "flows": flows, "deployments": deployments}


# --------------------------------------------------------------------------------------------------------- products


def _product(written: Record, business_id: str, references: Names, certificates: Record) -> Record:
    host = re.sub(r"[^a-z0-9.]+", "-", written["name"].lower()).strip("-.") or "host"
    given = {"host": host, **_defaults("product"), **written}
    product: Record = {
        "businessId": business_id,
        **{key: given[key] for key in ("name", "host", "os", "version", "status", "type")},
        "contact": given.get("contact", {}),
        "communicationProfiles": [
            _profile(profile, business_id, given["host"], certificates) for profile in given.get("profiles", ())
        ],
        "backupProducts": [_backup(entry, references) for entry in given.get("backups", ())],
    }
    if "tags" in given:
        product["tags"] = given["tags"]
    # Facts that the simulator needs and that CG has no field for.
    own = {key: given[key] for key in ("upgraded", "legacyIdfs") if given.get(key)}
    if own:
        product["simulator"] = own
    return product


def _backup(entry: str | Record, references: Names) -> Record:
    # Documented: a new backup starts unsynchronized; so that is what a plain name means.
    given = {"name": entry} if isinstance(entry, str) else entry
    return {**references.part(given["name"]), "synchronized": given.get("synchronized", False)}


def _profile(written: Record, owner_id: str, host: str, certificates: Record) -> Record:
    given = {**_defaults("profile"), "edges": [], **written}
    is_server = given["type"] == "SERVER"
    ssl = _ssl(given.get("ssl", {}), given["name"], certificates)
    usual_port = USUAL_PORTS.get(given["protocol"], (None, None))[ssl["enabled"]] if is_server else None
    port = given.get("port", usual_port)
    return {
        "hosts": [host] if is_server else [],
        **given,
        "businessId": (given.get("businessId") or derived_id("profile", owner_id, given["name"])).lower(),
        "port": None if port is None else int(port),  # 22.0 is an integer in JSON schema
        "ssl": ssl,
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
    return {**written, "validTo": utc_time(written["validTo"]) if "validTo" in written else None}


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
    business_id = (written.get("businessId") or derived_id("flow", written["name"])).lower()
    return {
        "idf": f"F{business_id[:7].upper()}",
        **_defaults("flow"),
        **{key: written[key] for key in ("name", "status", "idf", "tags", "details") if key in written},
        "businessId": business_id,
        "sources": _stage(written.get("sources", []), references),
        "relays": [_stage([relay], references) for relay in written.get("relays", ())],
        "targets": _stage(written.get("targets", []), references),
    }


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
        "step": {"commonProperties": written.get("properties", {})},
    }


def _kind(part: Record) -> str:
    return next(kind for kind in PART_KINDS if kind in part)


def _default_deployments(flow: Record, products: dict[str, Record]) -> list[Record]:
    """Documented: a flow is deployed on the products in it and on the backups of its masters. Each once."""
    found: dict[str, Record] = {}
    for product_id in flow_from_document(flow, now=0).product_ids():
        for product in (products[product_id], *products[product_id]["backupProducts"]):
            found.setdefault(product["businessId"], product)
    return list(found.values())


def _deployment(row: Record, flow: Record, product: Record, default_timestamp: int) -> Record:
    business_id = row.get("businessId") or deployment_id(flow["businessId"], product["businessId"])
    return {
        **_defaults("deployment"),
        **row,
        "businessId": business_id.lower(),
        "flow": {"businessId": flow["businessId"], "name": flow["name"]},
        "product": {"businessId": product["businessId"], "name": product["name"]},
        "timestamp": int(row.get("timestamp", default_timestamp)),
    }
