# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what the collection's info modules return of a real Central Governance to an estate document.

What the info modules do not tell is made up so that a rehearsal keeps its meaning:

* certificates are known by their digest only: the same digest becomes the same placeholder, another digest another
  one, so that two profiles differ in the rehearsal exactly if they differ in reality;
* flows get identifiers (IDF) of their own, so that conflicts of identifiers cannot be rehearsed;
* the time of deployments is unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import jsonschema_rs

from .document import locate, read_document
from .problems import EstateError, LocatedProblem, Path, describe_object
from .schema import shape_problems
from .words import DEPLOYMENT_STATUSES, FLOW_STATUSES, PART_KINDS, PRODUCT_STATUSES, PROTOCOLS

Record = dict[str, Any]

_TEXT = {"type": ["string", "null"]}
_TEXTS = {"type": ["array", "null"], "items": {"type": "string"}}
_FLAG = {"type": ["boolean", "null"]}
_NAME = {"type": "string", "minLength": 1}


def _table(required: list[str], **properties: Any) -> Record:
    return {"type": "object", "required": required, "properties": properties}


def _list(item: Record) -> Record:
    return {"type": ["array", "null"], "items": item}


# What is read of the results; whatever else stands in them is left alone.
_RESULTS_SCHEMA = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **_table(
        [],
        products=_list(
            _table(
                ["name"],
                id=_TEXT,
                name=_NAME,
                type=_TEXT,
                version=_TEXT,
                status=_TEXT,
                host=_TEXT,
                os=_TEXT,
                backups=_list(_table([], id=_TEXT, name=_TEXT, synchronized=_FLAG)),
                profiles=_list(
                    _table(
                        ["name"],
                        name=_NAME,
                        type=_TEXT,
                        protocol=_TEXT,
                        port={"type": ["integer", "null"]},
                        tls=_FLAG,
                        client_authentication=_TEXT,
                        certificate_sha256=_TEXT,
                        certificate_valid_to=_TEXT,
                        fips=_FLAG,
                        hosts=_TEXTS,
                        network_zone=_TEXT,
                        edges=_TEXTS,
                        view_only=_FLAG,
                        enabled=_FLAG,
                    )
                ),
            )
        ),
        backups=_list(_table(["master", "backup"], master=_NAME, backup=_NAME, synchronized=_FLAG)),
        topology=_list(_table(["master", "backups"], master=_NAME, backups=_TEXTS)),
        flows=_list(
            _table(
                ["name"],
                id=_TEXT,
                name=_NAME,
                status=_TEXT,
                details=_TEXT,
                products=_list(
                    _table(["role"], id=_TEXT, name=_TEXT, kind=_TEXT, role={"enum": ["source", "relay", "target"]})
                ),
                deployments=_list(_table(["product"], product=_NAME, status=_TEXT, message=_TEXT)),
            )
        ),
    ),
}
_RESULT_KEYS = ("products", "backups", "topology", "flows")


@cache
def _validator() -> Any:
    return jsonschema_rs.validator_for(_RESULTS_SCHEMA)


@dataclass
class Imported:
    """An estate document as data, and what had to be left out or made up, each in a sentence."""

    estate: Record
    warnings: list[str] = field(default_factory=list)


def import_estate(sources: Iterable[tuple[str, str | bytes]]) -> Imported:
    """Joins results of ``st_product_info``, ``st_backup_info`` and ``st_flow_info``.

    :param sources: (name, text in JSON or YAML) of each file. A file holds one result, or a mapping of several.
    :raises EstateError: something in a file is not what these modules return, or no file holds products.
    """
    results: dict[str, list[Record]] = {key: [] for key in _RESULT_KEYS}
    source_name = "import"
    for source_name, text in sources:
        for key, rows in _read_results(source_name, text).items():
            results[key].extend(rows)
    if not results["products"]:
        message = "no products: save the result of st_product_info (and of st_flow_info) to a file and import that"
        raise EstateError(source_name, [LocatedProblem(None, "", message)])
    return _Importer(results).run()


def _read_results(source_name: str, text: str | bytes) -> dict[str, list[Record]]:
    document = read_document(text, source_name)
    found: list[tuple[Path, Record]] = []
    if _is_result(document.data):
        found = [((), document.data)]
    elif isinstance(document.data, dict):
        found = [((key,), value) for key, value in document.data.items() if _is_result(value)]
    if not found:
        message = "no result of st_product_info, st_backup_info or st_flow_info in it (products, topology, flows)"
        raise EstateError(source_name, [LocatedProblem(None, "", message)])
    problems = list(document.problems)
    for path, result in found:
        problems += shape_problems(result, _validator(), path)
    if problems:
        raise EstateError(source_name, locate(document, problems, describe_object))
    return {key: [row for _file, result in found for row in result.get(key) or ()] for key in _RESULT_KEYS}


def _is_result(value: Any) -> bool:
    return isinstance(value, dict) and any(key in value for key in _RESULT_KEYS)


class _Importer:
    def __init__(self, results: Mapping[str, list[Record]]) -> None:
        self._results = results
        self._warnings: list[str] = []
        self._products = {product["name"]: product for product in results["products"]}
        self._names = {product.get("id"): product["name"] for product in results["products"] if product.get("id")}
        self._certificates: Record = {}
        self._unknown_words = False

    def run(self) -> Imported:
        products = [self._product(product) for product in self._products.values()]
        flows = {flow["name"]: flow for flow in self._results["flows"]}
        estate: Record = {"products": products, "flows": [self._flow(flow) for flow in flows.values()]}
        if self._unknown_words:
            estate = {"allow_unknown_words": True, **estate}
        if self._certificates:
            estate["certificates"] = dict(sorted(self._certificates.items()))
        return Imported(estate, self._warnings)

    def _word(self, word: str | None, known: tuple[str, ...], default: str) -> str:
        word = word or default
        self._unknown_words |= word not in known
        return word

    def _known_name(self, business_id: str | None, name: str | None) -> str | None:
        """The name under which a reference stands among the products; None when it is none of them."""
        if business_id and business_id in self._names:
            return self._names[business_id]
        return name if name in self._products else None

    # ----------------------------------------------------------------------------------------------------- products

    def _product(self, read: Record) -> Record:
        product: Record = {"name": read["name"]}
        if read.get("id"):
            product["businessId"] = read["id"]
        product.update({key: read[key] for key in ("type", "host", "os", "version") if read.get(key)})
        product["status"] = self._word(read.get("status"), PRODUCT_STATUSES, "Started")
        backups = self._backups(read)
        if backups:
            product["backups"] = backups
        if read.get("profiles") is not None:
            product["profiles"] = [self._profile(profile) for profile in read["profiles"]]
        else:
            self._warnings.append(
                f"product {read['name']}: its profiles are not in the export; it gets none of its own"
            )
        return product

    def _backups(self, read: Record) -> list[Record]:
        entries = read.get("backups")
        if entries is None:  # not told by the product itself; st_backup_info tells it too
            entries = [
                {"name": row["backup"], "synchronized": row.get("synchronized")}
                for row in self._results["backups"]
                if row["master"] in (read["name"], read.get("id"))
            ] or [
                {"name": backup}
                for row in self._results["topology"]
                if row["master"] in (read["name"], read.get("id"))
                for backup in row["backups"] or ()
            ]
        backups = []
        for entry in entries:
            # st_backup_info gives the id in place of a name that several products have.
            name = self._known_name(entry.get("id") or entry.get("name"), entry.get("name"))
            if name is None:
                missing = entry.get("name") or entry.get("id")
                self._warnings.append(f"product {read['name']}: its backup {missing} is not in the export; left out")
                continue
            backups.append({"name": name, "synchronized": entry.get("synchronized") is True})
        return backups

    def _profile(self, read: Record) -> Record:
        profile: Record = {
            "name": read["name"],
            "type": "CLIENT" if (read.get("type") or "").upper() == "CLIENT" else "SERVER",
            "protocol": self._word((read.get("protocol") or "").upper(), PROTOCOLS, "UNKNOWN"),
            "port": read.get("port"),
            # Not the schema's default: an unknown mode must not become equal to a known one.
            "clientAuthentication": read.get("client_authentication") or "UNKNOWN",
            "hosts": read.get("hosts") or [],
            "networkZone": read.get("network_zone") or "",
        }
        digest = read.get("certificate_sha256")
        if digest:
            profile["ssl"] = {"enabled": read.get("tls") is True, "certificate": self._certificate(digest, read)}
        elif read.get("tls"):
            profile["ssl"] = {"enabled": True}
        if read.get("fips"):
            profile["fips"] = True
        if read.get("edges"):
            profile["edges"] = read["edges"]
        if read.get("view_only"):
            profile["viewOnly"] = True
        if read.get("enabled") is False:
            profile["enabled"] = False
        return profile

    def _certificate(self, digest: str, read: Record) -> str:
        alias = f"sha256_{digest}"
        certificate = self._certificates.setdefault(
            alias, {"content": f"Placeholder of the certificate whose content has the SHA-256 digest {digest}"}
        )
        if read.get("certificate_valid_to") and not certificate.get("validTo"):
            certificate["validTo"] = read["certificate_valid_to"]
        return alias

    # -------------------------------------------------------------------------------------------------------- flows

    def _flow(self, read: Record) -> Record:
        flow: Record = {"name": read["name"]}
        if read.get("id"):
            flow["businessId"] = read["id"]
        flow["status"] = self._word(read.get("status"), FLOW_STATUSES, "Saved")
        if read.get("details"):
            flow["details"] = read["details"]
        for place, role in (("sources", "source"), ("relays", "relay"), ("targets", "target")):
            parts = [self._part(part, read["name"]) for part in read.get("products") or () if part["role"] == role]
            if place != "relays":
                parts = self._of_one_kind(parts, place, read["name"])
            if parts:
                flow[place] = parts
        rows = []
        for row in read.get("deployments") or ():
            name = self._known_name(row["product"], row["product"])
            if name is None:
                self._warnings.append(
                    f"flow {read['name']}: its deployment on {row['product']} is left out, that product is not exported"
                )
                continue
            status = self._word(row.get("status"), DEPLOYMENT_STATUSES, "Deployed")
            rows.append({"product": name, "status": status, "message": row.get("message") or ""})
        flow["deployments"] = rows
        return flow

    def _part(self, part: Record, flow_name: str) -> Record:
        kind = (part.get("kind") or "PRODUCT").lower()
        called = part.get("name") or part.get("id") or "?"
        if kind != "product":
            return {kind if kind in PART_KINDS else "partner": called}
        name = self._known_name(part.get("id"), part.get("name"))
        if name is not None:
            return {"product": name}
        self._warnings.append(
            f"flow {flow_name}: {called} is not among the exported products; it becomes a partner, "
            "on which nothing is deployed"
        )
        return {"partner": called}

    def _of_one_kind(self, parts: list[Record], place: str, flow_name: str) -> list[Record]:
        """Ends of several kinds cannot stand together; the products are what a rehearsal is about."""
        products = [part for part in parts if "product" in part]
        kept = products or [part for part in parts if part.keys() == parts[0].keys()]
        if len(kept) < len(parts):
            self._warnings.append(
                f"flow {flow_name}: {len(parts) - len(kept)} of its {place} left out, of another kind"
            )
        return kept
