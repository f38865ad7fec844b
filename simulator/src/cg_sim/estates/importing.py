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

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from cg_sim.clock import LAST_MOMENT
from cg_sim.identity import derived_id

from .consistency import consistency_problems, unknown_words
from .problems import EstateError, Problem, shorten
from .results import LISTS, Record, read_results
from .schema import TIME_PATTERN, UUID_PATTERN, shape_problems
from .times import in_utc, parse_time
from .vocabulary import PART_KINDS

# Keys of the results that can be derived from the others.
_DERIVED = {
    "products": frozenset({"registered"}),
    "flows": frozenset({"definition", "missing_deployments", "stale_deployments", "gate"}),
}


# A list entry without one of these keys is meaningless, so it is removed as a whole.
_ESSENTIAL = frozenset({"name", "product", "protocol", "application", "group", "partner"})


@dataclass
class Converted:
    """An estate document as data, and a warning for everything that had to be left out or replaced."""

    estate: Record
    warnings: list[str] = field(default_factory=list)


def import_estate(sources: Iterable[tuple[str, str | bytes]]) -> Converted:
    """Merges results of ``st_product_info``, ``st_backup_info`` and ``st_flow_info``.

    :param sources: (name, text in JSON or YAML) of each file. A file holds one result, or a mapping of several.
    :raises EstateError: a file is not what these modules return, or no file holds products.
    """
    results: dict[str, list[Record]] = {key: [] for key in LISTS}
    names = []
    for source_name, text in sources:
        names.append(source_name)
        for key, rows in read_results(source_name, text).items():
            results[key].extend(rows)
    imported = _Importer(results).run()
    # Twice: what was removed may leave other entries empty or without a target.
    for check in (shape_problems, consistency_problems):
        problems = list(dict.fromkeys(check(imported.estate)))
        imported.warnings += [f"{problem.in_words(imported.estate)}; left out" for problem in problems]
        _leave_out(imported.estate, problems)
    if not imported.estate["products"]:
        message = "no products: save the result of st_product_info (and of st_flow_info) to a file and import that"
        raise EstateError.single(", ".join(names) or "import", message)
    return imported


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
    def __init__(self, results: dict[str, list[Record]]) -> None:
        self._results = results
        self._warnings: list[str] = []
        self._certificates: Record = {}
        #: The businessIds of the estate.
        self._taken: set[str] = set()
        self._products = self._identified("product", results["products"])
        self._flows = self._identified("flow", results["flows"])
        self._product_names = Counter(product["name"] for product in self._products)
        #: The id of a product in the export -> the name or businessId that the estate uses.
        self._by_id: dict[str, str] = {}
        for row in self._products:
            if row.get("id"):
                unique = self._product_names[row["name"]] == 1
                self._by_id.setdefault(row["id"].lower(), row["name"] if unique else row["businessId"])

    def run(self) -> Converted:
        for kind, derived in _DERIVED.items():
            known = {*LISTS[kind]["items"]["properties"], *derived}
            lost = sorted({key for row in self._results[kind] for key in row if key not in known})
            if lost:
                self._warnings.append(f"{kind}: {', '.join(map(shorten, lost))} are not imported")
        estate: Record = {
            "products": [self._product(product) for product in self._products],
            "flows": [self._flow(flow) for flow in self._flows],
        }
        if any(unknown_words(estate)):
            estate = {"allow_unknown_words": True, **estate}
        if self._certificates:
            estate["certificates"] = dict(sorted(self._certificates.items()))
        return Converted(estate, self._warnings)

    def _identified(self, kind: str, rows: Iterable[Record]) -> list[Record]:
        """Each object once, even if several files contain it, with its businessId in the estate. Same name but
        different ids: different objects."""
        joined: dict[tuple[str, str], Record] = {}
        for row in rows:
            key = ((row.get("id") or "").lower(), row["name"])
            if joined.setdefault(key, row) != row:
                message = "is in the export twice with different contents; the last one is used"
                self._warnings.append(f"{kind} {row['name']} {message}")
            joined[key] = row
        names = Counter(row["name"] for row in joined.values())
        return [{**row, "businessId": self._business_id(kind, row, names[row["name"]] == 1)} for row in joined.values()]

    def _business_id(self, kind: str, row: Record, unique: bool) -> str | None:
        """Its own id if that is an unused UUID, else a UUID derived from it. None: the name is sufficient."""
        given = row.get("id") or ""
        if not given and unique:
            return None
        problem = ""
        if given.lower() in self._taken:
            problem = "is already used"
        elif given and not re.search(UUID_PATTERN, given):
            problem = "is not a UUID"
        business_id = derived_id("imported", kind, given, row["name"]) if problem or not given else given
        if problem:
            self._warnings.append(
                f"{kind} {row['name']}: its businessId {shorten(given)} {problem}; {business_id} is used instead"
            )
        self._taken.add(business_id.lower())
        return business_id

    def _reference(self, business_id: str | None, name: str | None, where: str, then: str = "left out") -> str | None:
        """The name or businessId that the estate uses for a product; None, with a warning, if it cannot be resolved."""
        found = self._by_id.get((business_id or "").lower())
        if found:
            return found
        count = self._product_names[name or ""]
        if count == 1:
            return name
        reason = "is ambiguous, several products have this name" if count else "is not in the export"
        self._warnings.append(f"{where} {name or business_id or '?'} {reason}; {then}")
        return None

    # ----------------------------------------------------------------------------------------------------- products

    def _product(self, row: Record) -> Record:
        keys = ("name", "businessId", "type", "host", "os", "version", "status")
        product = {key: row[key] for key in keys if row.get(key) or key == "name"}
        product["backups"] = self._backups(row)
        if row.get("profiles") is not None:
            product["profiles"] = [self._profile(profile, row["name"]) for profile in row["profiles"]]
        else:
            self._warnings.append(f"product {row['name']}: its profiles are not in the export; left out")
        return product

    def _backups(self, row: Record) -> list[Record]:
        entries = row.get("backups")
        if entries is None:  # not in the result of st_product_info; st_backup_info has it too
            entries = [
                {"name": each["backup"], "synchronized": each.get("synchronized")}
                for each in self._results["backups"]
                if self._is(row, each["master"])
            ] or [
                {"name": backup}
                for each in self._results["topology"]
                if self._is(row, each["master"])
                for backup in each["backups"] or ()
            ]
        backups = []
        for entry in entries:
            # st_backup_info returns the id instead of the name if several products have that name.
            where = f"product {row['name']}: its backup"
            reference = self._reference(entry.get("id") or entry.get("name"), entry.get("name"), where)
            if reference:
                backups.append({"name": reference, "synchronized": entry.get("synchronized") is True})
        return backups

    def _is(self, row: Record, word: str) -> bool:
        return word == row.get("id") or (word == row["name"] and self._product_names[word] == 1)

    def _profile(self, row: Record, owner: str) -> Record:
        where = f"product {owner}, profile {row['name']}"
        profile: Record = {
            "name": row["name"],
            "type": "CLIENT" if (row.get("type") or "").upper() == "CLIENT" else "SERVER",
            "protocol": (row.get("protocol") or "UNKNOWN").upper(),
            "port": self._port(row.get("port"), where),
            # Not the schema's default: an unknown mode must not compare equal to a known one.
            "clientAuthentication": row.get("client_authentication") or "UNKNOWN",
            "hosts": row.get("hosts") or [],
            "networkZone": row.get("network_zone") or "",
            "fips": row.get("fips") is True,
            "edges": row.get("edges") or [],
            "viewOnly": row.get("view_only") is True,
            "enabled": row.get("enabled") is not False,
        }
        digest = row.get("certificate_sha256")
        if digest:
            profile["ssl"] = {"enabled": row.get("tls") is True, "certificate": self._certificate(digest, row, where)}
        elif row.get("tls"):
            profile["ssl"] = {"enabled": True}
        return profile

    def _port(self, value: Any, where: str) -> int | None:
        number = _whole_number(value)
        if value in (None, "") or (number is not None and 1 <= number <= 65535):
            return number
        self._warnings.append(f"{where}: {shorten(value)} is not a port number; left out")
        return None

    def _certificate(self, digest: str, row: Record, where: str) -> str:
        alias = f"sha256_{digest}"
        certificate = self._certificates.setdefault(
            alias, {"content": f"Placeholder of the certificate whose content has the SHA-256 digest {digest}"}
        )
        given = row.get("certificate_valid_to")
        if given not in (None, ""):
            moment = _time(given)
            if moment is None:
                self._warnings.append(f"{where}: certificate_valid_to {shorten(given)} is not a time; left out")
            else:
                certificate.setdefault("validTo", moment)
        return alias

    # -------------------------------------------------------------------------------------------------------- flows

    def _flow(self, row: Record) -> Record:
        name = row["name"]
        flow: Record = {"name": name, "status": row.get("status") or "Saved"}
        flow.update({key: row[key] for key in ("businessId", "details") if row.get(key)})
        for place, role in (("sources", "source"), ("relays", "relay"), ("targets", "target")):
            parts = [self._part(part, name) for part in row.get("products") or () if part["role"] == role]
            if place != "relays":
                parts = self._of_one_kind(parts, place, name)
            if parts:
                flow[place] = parts
        flow["deployments"] = []
        for entry in row.get("deployments") or ():
            reference = self._reference(entry["product"], entry["product"], f"flow {name}: its deployment's product")
            if reference:
                known = {key: entry[key] for key in ("status", "message") if entry.get(key)}
                flow["deployments"].append({"product": reference, **known})
        return flow

    def _part(self, part: Record, flow_name: str) -> Record:
        kind = (part.get("kind") or "PRODUCT").lower()
        called = part.get("name") or part.get("id") or "?"
        if kind != "product":
            return {kind if kind in PART_KINDS else "partner": called}
        then = "it becomes a partner, on which nothing is deployed"
        reference = self._reference(part.get("id"), part.get("name"), f"flow {flow_name}:", then)
        return {"product": reference} if reference else {"partner": called}

    def _of_one_kind(self, parts: list[Record], place: str, flow_name: str) -> list[Record]:
        """Sources (or targets) of different kinds cannot be mixed; keep the products, which the rehearsal is about."""
        products = [part for part in parts if "product" in part]
        kept = products or [part for part in parts if part.keys() == parts[0].keys()]
        if len(kept) < len(parts):
            self._warnings.append(
                f"flow {flow_name}: {len(parts) - len(kept)} of its {place} are of another kind; left out"
            )
        return kept


def _whole_number(value: Any) -> int | None:
    """The integer value of a number, or of a text of digits."""
    text = str(value)
    return int(text) if isinstance(value, (int, str)) and text.isascii() and text.isdigit() and len(text) < 16 else None


def _time(value: Any) -> str | None:
    """Converts a time as the API may return it (text, or milliseconds since 1970) to the form of an estate document."""
    milliseconds = _whole_number(value)
    if milliseconds is not None and milliseconds <= LAST_MOMENT:
        return in_utc(datetime.fromtimestamp(milliseconds // 1000, tz=timezone.utc))
    if isinstance(value, str) and re.search(TIME_PATTERN, value.strip()) and parse_time(value.strip()) is not None:
        return value.strip()
    return None
