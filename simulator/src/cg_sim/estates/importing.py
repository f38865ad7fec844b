# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From what the collection's info modules return of a real Central Governance to an estate document.

What the info modules do not tell is made up so that a rehearsal keeps its meaning:

* certificates are known by their digest only: the same digest becomes the same placeholder, another digest another
  one, so that two profiles differ in the rehearsal exactly if they differ in reality;
* flows get identifiers (IDF) of their own, so that conflicts of identifiers cannot be rehearsed;
* the time of deployments is unknown.

A real estate is never refused for one odd value: what cannot be read, or what no estate can hold, is left out and said.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cache
from typing import Any

import jsonschema_rs

from cg_sim.identity import derived_id

from .consistency import consistency_problems, parse_time
from .document import locate, read_document
from .problems import EstateError, LocatedProblem, Path, describe_object, shorten
from .pruning import leave_out
from .schema import TIME_PATTERN, UUID_PATTERN, shape_problems
from .vocabulary import DEPLOYMENT_STATUSES, FLOW_STATUSES, PART_KINDS, PRODUCT_STATUSES, PROTOCOLS

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
                        port={},
                        tls=_FLAG,
                        client_authentication=_TEXT,
                        certificate_sha256=_TEXT,
                        certificate_valid_to={},
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
# What the info modules say that follows from the rest.
_DERIVED = {
    "products": frozenset({"registered"}),
    "flows": frozenset({"definition", "missing_deployments", "stale_deployments", "gate"}),
}
# Words of estate documents that the info modules do not use.
_ESTATE_KEYS = frozenset({"certificates", "allow_unknown_words"})
_ESTATE_FLOW_KEYS = frozenset({"sources", "relays", "targets"})
_ESTATE_PROFILE_KEYS = frozenset({"ssl", "clientAuthentication", "networkZone", "viewOnly"})
# An estate that is still not right after so many rounds of leaving out is a mistake of ours.
_ROUNDS = 20


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
    :raises EstateError: a file is not what these modules return, or no file holds products.
    """
    results: dict[str, list[Record]] = {key: [] for key in _RESULT_KEYS}
    names: list[str] = []
    left_out: list[LocatedProblem] = []
    warnings: list[str] = []
    for source_name, text in sources:
        names.append(source_name)
        found, problems = _read_results(source_name, text)
        for key, rows in found.items():
            results[key].extend(rows)
        left_out += problems
        warnings += [f"{_place(source_name, problem)}: {problem}; left out" for problem in problems]
    all_names = ", ".join(names) or "import"
    if not results["products"]:
        message = "no products: save the result of st_product_info (and of st_flow_info) to a file and import that"
        raise EstateError(all_names, left_out or [LocatedProblem(None, "", message)])
    imported = _Importer(results).run()
    imported.warnings[:0] = warnings
    _make_usable(imported, all_names)
    return imported


def _place(source_name: str, problem: LocatedProblem) -> str:
    return source_name if problem.line is None else f"{source_name}:{problem.line}"


def _make_usable(imported: Imported, source_name: str) -> None:
    """Leaves out what an estate document may not hold: blank names, a backup that has backups itself, ..."""
    for _round in range(_ROUNDS):
        found = [*shape_problems(imported.estate), *consistency_problems(imported.estate)]
        problems = list(dict.fromkeys(found))
        located = [LocatedProblem(None, describe_object(imported.estate, each.path), each.message) for each in problems]
        if not problems:
            break
        if leave_out(imported.estate, problems, depth=1):
            raise EstateError(source_name, located)
        imported.warnings.extend(f"{problem}; left out" for problem in located)
    if problems or not imported.estate["products"]:
        raise EstateError(source_name, located or [LocatedProblem(None, "", "no product is left of it")])


def _read_results(source_name: str, text: str | bytes) -> tuple[dict[str, list[Record]], list[LocatedProblem]]:
    """What a file holds, and what of it was left out."""
    document = read_document(text, source_name)
    found: list[tuple[Path, Record]] = []
    if _is_result(document.data):
        found = [((), document.data)]
    elif isinstance(document.data, dict):
        found = [((key,), value) for key, value in document.data.items() if _is_result(value)]
    message = "no result of st_product_info, st_backup_info or st_flow_info in it (products, topology, flows)"
    if any(not problem.path for problem in document.problems):
        raise EstateError(source_name, locate(document, document.problems, describe_object))
    if any(_is_estate(result) for _path, result in found):
        message = "an estate document already, not a result of an info module: cg-sim serve --seed takes it as it is"
        found = []
    if not found:
        raise EstateError(source_name, [LocatedProblem(None, "", message)])
    # Located before anything goes: lines are found by the indices of the text.
    left_out: dict[LocatedProblem, None] = {}
    for path, result in found:
        problems = [problem for problem in document.problems if problem.path[: len(path)] == path]
        for _round in range(_ROUNDS):
            problems += shape_problems(result, _validator(), path)
            if not problems:
                break
            located = list(locate(document, problems, describe_object))
            if leave_out(document.data, problems, depth=len(path) + 1):
                raise EstateError(source_name, located)
            # In later rounds indices are no longer those of the text.
            left_out.update(dict.fromkeys(located if _round == 0 else [_without_line(each) for each in located]))
            problems = []
    rows = {key: [row for _path, result in found for row in result.get(key) or ()] for key in _RESULT_KEYS}
    return rows, list(left_out)


def _without_line(problem: LocatedProblem) -> LocatedProblem:
    return LocatedProblem(None, problem.object, problem.message)


def _is_estate(result: Record) -> bool:
    if not _ESTATE_KEYS.isdisjoint(result):
        return True
    if any(not _ESTATE_FLOW_KEYS.isdisjoint(flow) for flow in _entries(result, "flows")):
        return True
    for product in _entries(result, "products"):
        backups = product.get("backups")
        if isinstance(backups, list) and any(isinstance(backup, str) for backup in backups):
            return True
        if any(not _ESTATE_PROFILE_KEYS.isdisjoint(profile) for profile in _entries(product, "profiles")):
            return True
    return False


def _entries(owner: Record, key: str) -> Iterable[Record]:
    entries = owner.get(key)
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else ()


def _is_result(value: Any) -> bool:
    return isinstance(value, dict) and any(key in value for key in _RESULT_KEYS)


class _Importer:
    def __init__(self, results: Mapping[str, list[Record]]) -> None:
        self._results = results
        self._warnings: list[str] = []
        self._certificates: Record = {}
        self._unknown_words = False
        self._taken: set[str] = set()
        self._products = self._joined("product", results["products"])
        self._flows = self._joined("flow", results["flows"])
        self._product_names = Counter(product["name"] for product in self._products)
        self._flow_names = Counter(flow["name"] for flow in self._flows)
        #: What the export calls a product by -> what the estate refers to it with.
        self._by_id: dict[str, str] = {}
        self._business_ids: dict[int, str | None] = {}
        for kind, reads, names in (
            ("product", self._products, self._product_names),
            ("flow", self._flows, self._flow_names),
        ):
            for read in reads:
                business_id = self._business_id(kind, read, twin=names[read["name"]] > 1)
                self._business_ids[id(read)] = business_id
                if kind == "product" and read.get("id"):
                    unique = names[read["name"]] == 1
                    self._by_id.setdefault(read["id"].lower(), read["name"] if unique else business_id or read["name"])

    def run(self) -> Imported:
        for kind, schema in (("products", "products"), ("flows", "flows")):
            known = set(_RESULTS_SCHEMA["properties"][schema]["items"]["properties"]) | _DERIVED[kind]
            lost = sorted({key for read in self._results[kind] for key in read if key not in known})
            if lost:
                self._warnings.append(f"{kind}: {', '.join(map(shorten, lost))} are not taken over")
        products = [self._product(product) for product in self._products]
        estate: Record = {"products": products, "flows": [self._flow(flow) for flow in self._flows]}
        if self._unknown_words:
            estate = {"allow_unknown_words": True, **estate}
        if self._certificates:
            estate["certificates"] = dict(sorted(self._certificates.items()))
        return Imported(estate, self._warnings)

    def _joined(self, kind: str, rows: Iterable[Record]) -> list[Record]:
        """Each thing once, though several files may tell of it. Things of one name and of several ids are several."""
        joined: dict[tuple[str, str], Record] = {}
        for row in rows:
            key = ((row.get("id") or "").lower(), row["name"])
            if joined.setdefault(key, row) != row:
                self._warnings.append(f"{kind} {row['name']} is in the export twice, and differs; the last one counts")
            joined[key] = row
        return list(joined.values())

    def _business_id(self, kind: str, read: Record, twin: bool) -> str | None:
        """Its own if that is a UUID that nothing else has; else one that is made of it. None: the name is enough."""
        given = read.get("id") or ""
        if not given and not twin:
            return None
        problem = ""
        if given.lower() in self._taken:
            problem = "something else has, too"
        elif given and not re.search(UUID_PATTERN, given):
            problem = "is no UUID"
        business_id = given
        if problem or not given:
            business_id = derived_id("imported", kind, given, read["name"])
        if problem:
            self._warnings.append(
                f"{kind} {read['name']}: its businessId {shorten(given)} {problem}; it gets {business_id} instead"
            )
        self._taken.add(business_id.lower())
        return business_id

    def _word(self, word: str | None, known: tuple[str, ...], default: str) -> str:
        word = word or default
        self._unknown_words |= word not in known
        return word

    def _reference(self, business_id: str | None, name: str | None) -> tuple[str, str]:
        """What the estate refers to a product with and "", or else "" and why it cannot."""
        if business_id and business_id.lower() in self._by_id:
            return self._by_id[business_id.lower()], ""
        count = self._product_names[name or ""]
        if count == 1:
            return name or "", ""
        return "", "has a name that several products have" if count else "is not in the export"

    # ----------------------------------------------------------------------------------------------------- products

    def _product(self, read: Record) -> Record:
        product: Record = {"name": read["name"]}
        business_id = self._business_ids[id(read)]
        if business_id:
            product["businessId"] = business_id
        product.update({key: read[key] for key in ("type", "host", "os", "version") if read.get(key)})
        product["status"] = self._word(read.get("status"), PRODUCT_STATUSES, "Started")
        backups = self._backups(read)
        if backups:
            product["backups"] = backups
        if read.get("profiles") is not None:
            product["profiles"] = [self._profile(profile, read["name"]) for profile in read["profiles"]]
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
                if self._is(read, row["master"])
            ] or [
                {"name": backup}
                for row in self._results["topology"]
                if self._is(read, row["master"])
                for backup in row["backups"] or ()
            ]
        backups = []
        for entry in entries:
            # st_backup_info gives the id in place of a name that several products have.
            name, reason = self._reference(entry.get("id") or entry.get("name"), entry.get("name"))
            if not name:
                missing = entry.get("name") or entry.get("id")
                self._warnings.append(f"product {read['name']}: its backup {missing} {reason}; left out")
                continue
            backups.append({"name": name, "synchronized": entry.get("synchronized") is True})
        return backups

    def _is(self, read: Record, word: str) -> bool:
        return word == read.get("id") or (word == read["name"] and self._product_names[word] == 1)

    def _profile(self, read: Record, owner: str) -> Record:
        where = f"product {owner}, profile {read['name']}"
        profile: Record = {
            "name": read["name"],
            "type": "CLIENT" if (read.get("type") or "").upper() == "CLIENT" else "SERVER",
            "protocol": self._word((read.get("protocol") or "").upper(), PROTOCOLS, "UNKNOWN"),
            "port": self._port(read.get("port"), where),
            # Not the schema's default: an unknown mode must not become equal to a known one.
            "clientAuthentication": read.get("client_authentication") or "UNKNOWN",
            "hosts": read.get("hosts") or [],
            "networkZone": read.get("network_zone") or "",
        }
        digest = read.get("certificate_sha256")
        if digest:
            profile["ssl"] = {"enabled": read.get("tls") is True, "certificate": self._certificate(digest, read, where)}
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

    def _port(self, value: Any, where: str) -> int | None:
        if value is None or value == "":
            return None
        text = str(value)
        if isinstance(value, (int, str)) and text.isascii() and text.isdigit() and len(text) <= 5:
            port = int(text)
            if 1 <= port <= 65535:
                return port
        self._warnings.append(f"{where}: port {shorten(value)} is no number of a port; left out")
        return None

    def _certificate(self, digest: str, read: Record, where: str) -> str:
        alias = f"sha256_{digest}"
        certificate = self._certificates.setdefault(
            alias, {"content": f"Placeholder of the certificate whose content has the SHA-256 digest {digest}"}
        )
        given = read.get("certificate_valid_to")
        if given is not None and given != "":
            moment = _time(given)
            if moment is None:
                self._warnings.append(f"{where}: certificate_valid_to {shorten(given)} is no time; left out")
            else:
                certificate.setdefault("validTo", moment)
        return alias

    # -------------------------------------------------------------------------------------------------------- flows

    def _flow(self, read: Record) -> Record:
        flow: Record = {"name": read["name"]}
        business_id = self._business_ids[id(read)]
        if business_id:
            flow["businessId"] = business_id
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
            name, reason = self._reference(row["product"], row["product"])
            if not name:
                self._warnings.append(
                    f"flow {read['name']}: {row['product']}, on which it is deployed, {reason}; left out"
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
        name, reason = self._reference(part.get("id"), part.get("name"))
        if name:
            return {"product": name}
        self._warnings.append(
            f"flow {flow_name}: {called} {reason}; it becomes a partner, on which nothing is deployed"
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


def _time(value: Any) -> str | None:
    """A time as the API may give it (text, or milliseconds since 1970) in the form of an estate document."""
    text = str(value).strip()
    if isinstance(value, (int, str)) and text.isascii() and text.isdigit():
        if len(text) > 15 or int(text) > 253_402_300_799_999:
            return None
        return datetime.fromtimestamp(int(text) // 1000, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, str) and re.search(TIME_PATTERN, text) and parse_time(text) is not None:
        return text
    return None
