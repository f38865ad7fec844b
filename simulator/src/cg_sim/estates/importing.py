# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Converts results of the collection's info modules, from a real Central Governance, to an estate document.

Facts that the info modules do not return are replaced so that a rehearsal stays meaningful:

* of certificates only the digest is known: equal digests become the same placeholder, different ones different
  placeholders, so that two profiles differ in the rehearsal exactly if they differ in reality;
* flows get new identifiers (IDF), so conflicts of identifiers cannot be rehearsed;
* the time of deployments is unknown.

A real estate is never refused for a single invalid value: what an estate document cannot hold is left out with a
warning.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from cg_sim.clock import LAST_MOMENT
from cg_sim.identity import derived_id

from .consistency import consistency_problems
from .names import references
from .problems import EstateError, Problem, shorten
from .results import LISTS, Record, read_results
from .schema import PART_KINDS, allowing_unknown_words, shape_problems, utc_time

# A list entry without one of these keys is meaningless, so it is removed as a whole.
_ESSENTIAL = frozenset({"name", "protocol", *PART_KINDS})


@dataclass
class Converted:
    """An estate document as data, and a warning for everything that had to be left out or replaced."""

    estate: Record
    warnings: list[str] = field(default_factory=list)


def import_estate(sources: Iterable[tuple[str, str | bytes]]) -> Converted:
    """Merges results of ``st_product_info`` and ``st_flow_info``.

    :param sources: (name, text in JSON or YAML) of each file. A file holds one result, or a mapping of several.
    :raises EstateError: a file is not what these modules return, or no file holds products.
    """
    results: dict[str, list[Record]] = {key: [] for key in LISTS}
    names = []
    for source_name, text in sources:
        names.append(source_name)
        for key, rows in read_results(source_name, text).items():
            results[key] += rows
    importer = _Importer(results)
    estate, warnings = importer.estate(), importer.warnings
    # Until nothing is left: what was removed may leave other entries empty or without a target.
    while problems := list(dict.fromkeys(shape_problems(estate))) or list(dict.fromkeys(consistency_problems(estate))):
        warnings += [f"{problem.in_words(estate)}; left out" for problem in problems]
        _leave_out(estate, problems)
    if not estate["products"]:
        message = "no products: save the result of st_product_info (and of st_flow_info) to a file and import that"
        raise EstateError.single(", ".join(names) or "import", message)
    return Converted(allowing_unknown_words(estate), warnings)


def _leave_out(estate: Record, problems: Iterable[Problem]) -> None:
    """Removes, for each problem, the smallest optional value that contains it."""
    places = {each.path[:-1] if each.path[-1] in _ESSENTIAL else each.path for each in problems}
    # From the end, so that the indices of earlier entries stay valid. Keys and indices are not comparable.
    for path in sorted(places, key=lambda place: [(isinstance(step, str), step) for step in place], reverse=True):
        container: Any = estate
        for step in path[:-1]:
            container = container[step]
        del container[path[-1]]


class _Importer:
    """Writes an estate document that may still have values and references that are not valid."""

    def __init__(self, results: dict[str, list[Record]]) -> None:
        self.warnings: list[str] = []
        self._certificates: Record = {}
        for kind, rows in results.items():
            lost = sorted({key for row in rows for key in row} - LISTS[kind]["items"]["properties"].keys())
            if lost:
                self.warnings.append(f"{kind}: {', '.join(map(shorten, lost))} are not imported")
        self._products = self._identified("product", results["products"])
        self._flows = self._identified("flow", results["flows"])
        #: The id of a product in the export -> how the estate refers to it.
        self._words = references([product for product in self._products if product["businessId"]])
        self._known = {*self._words.values(), *(each["name"] for each in self._products if not each["businessId"])}

    def estate(self) -> Record:
        products = [self._product(product) for product in self._products]
        flows = [self._flow(flow) for flow in self._flows]
        estate: Record = {"products": products, "flows": flows}
        if self._certificates:
            estate["certificates"] = dict(sorted(self._certificates.items()))
        return estate

    def _identified(self, kind: str, rows: Iterable[Record]) -> list[Record]:
        """Each object once, even if several files contain it, with its businessId: its own, or else one that it needs
        if others have its name; or an empty text. Same name but different ids: different objects."""
        joined: dict[tuple[str, str], Record] = {}
        for row in rows:
            key = (row.get("id", "").lower(), row["name"])
            if joined.setdefault(key, row) != row:
                message = "is in the export twice with different contents; the last one is used"
                self.warnings.append(f"{kind} {row['name']} {message}")
            joined[key] = row
        names = Counter(row["name"] for row in joined.values())
        return [
            {**row, "businessId": given or (derived_id("imported", kind, name) if names[name] > 1 else "")}
            for (given, name), row in joined.items()
        ]

    def _word(self, business_id: str, name: str) -> str:
        """How the estate refers to a product. If the export does not hold it: a word without a meaning there."""
        return self._words.get(business_id.lower()) or name or business_id or "?"

    # ----------------------------------------------------------------------------------------------------- products

    def _product(self, row: Record) -> Record:
        keys = ("name", "businessId", "type", "host", "os", "version", "status")
        product = {key: row[key] for key in keys if row.get(key) or key == "name"}
        for key in ("backups", "profiles"):
            if row.get(key) is None:
                self.warnings.append(f"product {row['name']}: its {key} are not in the export; left out")
        product["backups"] = [
            {
                "name": self._word(entry.get("id", ""), entry.get("name", "")),
                "synchronized": entry.get("synchronized") is True,
            }
            for entry in row.get("backups") or ()
        ]
        if row.get("profiles") is not None:
            product["profiles"] = [self._profile(profile, row["name"]) for profile in row["profiles"]]
        return product

    def _profile(self, row: Record, owner: str) -> Record:
        where = f"product {owner}, profile {row['name']}"
        profile: Record = {
            "name": row["name"],
            "type": "CLIENT" if row.get("type") == "CLIENT" else "SERVER",
            "protocol": row.get("protocol") or "UNKNOWN",
            "port": row.get("port"),
            # Not the schema's default: an unknown mode must not compare equal to a known one.
            "clientAuthentication": row.get("client_authentication") or "UNKNOWN",
            "hosts": row.get("hosts", []),
            "networkZone": row.get("network_zone", ""),
            "fips": row.get("fips", False),
            "edges": row.get("edges", []),
            "viewOnly": row.get("view_only", False),
            "enabled": row.get("enabled", True),
            "ssl": {"enabled": row.get("tls", False)},
        }
        port = row.get("port")
        if port is not None and not (isinstance(port, int) and 1 <= port <= 65535):
            self.warnings.append(f"{where}: {shorten(port)} is not a port number; left out")
            profile["port"] = None  # without it, the port would be the usual one of the protocol
        if row.get("certificate_sha256"):
            profile["ssl"]["certificate"] = self._certificate(row["certificate_sha256"], row, where)
        return profile

    def _certificate(self, digest: str, row: Record, where: str) -> str:
        alias = f"sha256_{digest}"
        content = f"Placeholder of the certificate whose content has the SHA-256 digest {digest}"
        certificate = self._certificates.setdefault(alias, {"content": content})
        valid_to = row.get("certificate_valid_to")
        if valid_to:
            try:
                certificate.setdefault("validTo", _time(valid_to.strip()))
            except ValueError:
                message = f"certificate_valid_to {shorten(valid_to)} is not a time; left out"
                self.warnings.append(f"{where}: {message}")
        return alias

    # -------------------------------------------------------------------------------------------------------- flows

    def _flow(self, row: Record) -> Record:
        flow: Record = {"name": row["name"], "status": row.get("status") or "Saved"}
        flow.update({key: row[key] for key in ("businessId", "details") if row.get(key)})
        for place, role in (("sources", "source"), ("relays", "relay"), ("targets", "target")):
            parts = [self._part(part) for part in row.get("products") or () if part["role"] == role]
            if parts:
                flow[place] = self._stage(parts, place, row["name"])
        flow["deployments"] = [
            {
                "product": self._word(entry.get("product_id", entry["product"]), entry["product"]),
                **{key: entry[key] for key in ("status", "message") if entry.get(key)},
            }
            for entry in row.get("deployments") or ()
        ]
        return flow

    def _part(self, part: Record) -> Record:
        kind = part.get("kind", "PRODUCT").lower()
        word = self._word(part.get("id", ""), part.get("name", "")) if kind == "product" else part.get("name")
        return {kind if kind in PART_KINDS else "partner": word or part.get("id") or "?"}

    def _stage(self, parts: list[Record], place: str, flow_name: str) -> list[Record]:
        """Products that are not in the export become partners: without them the flow would be incomplete. Sources (and
        targets) are of one kind, so beside products that are in it the others are left out."""
        lost = [part["product"] for part in parts if "product" in part and part["product"] not in self._known]
        beside = len(lost) < len(parts) and place != "relays"
        then = "left out" if beside else "it becomes a partner, on which nothing is deployed"
        for word in lost:
            self.warnings.append(
                f"flow {flow_name}: no product of the export, or more than one, is called {word}; {then}"
            )
        if beside:
            return [part for part in parts if part.get("product") not in lost]
        return [{"partner": part["product"]} if part.get("product") in lost else part for part in parts]


def _time(text: str) -> str:
    """Converts a time as the API may return it (ISO 8601, or milliseconds since 1970) to the form of an estate
    document. Raises ValueError."""
    if text.isdecimal() and int(text) <= LAST_MOMENT:
        text = datetime.fromtimestamp(int(text) // 1000, tz=timezone.utc).isoformat()
    return utc_time(text)
