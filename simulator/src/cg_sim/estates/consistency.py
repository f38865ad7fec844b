# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks of an estate document that a schema cannot express: unique names, resolvable references, what CG could store.

An estate with problems is allowed, because that is what people rehearse: stale deployments, unreachable products,
different versions after an upgrade, a flag that says synchronized while the profiles differ. What CG refuses to store
is not allowed, see cg_sim.pairing.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from cg_sim.pairing import pair_problem

from .names import Names
from .problems import Path, Problem, did_you_mean, shorten
from .times import parse_time
from .vocabulary import DEPLOYMENT_STATUSES, FLOW_STATUSES, PART_KINDS, PRODUCT_STATUSES, PROTOCOLS

Record = dict[str, Any]


def consistency_problems(data: Record) -> Iterator[Problem]:
    """What is wrong with a document that passed the schema."""
    products, flows = data.get("products", []), data.get("flows", [])
    known = Names(products)
    certificates = data.get("certificates", {})
    for alias, certificate in certificates.items():
        yield from _time_problems(certificate, ("certificates", alias))
    yield from _identity_problems(data)
    for index, product in enumerate(products):
        path: Path = ("products", index)
        yield from _profile_problems(product, path, certificates)
        yield from _backup_problems(product, path, known)
    for index, flow in enumerate(flows):
        path = ("flows", index)
        yield from _part_problems(flow, path, known)
        yield from _deployment_problems(flow, path, known)
    for place, word, words in () if data.get("allow_unknown_words") else unknown_words(data):
        hint = did_you_mean(word, words) or f"; known: {'; '.join(words)}"
        message = f'unknown {place[-1]} "{shorten(word)}"{hint} (allow_unknown_words: true accepts any)'
        yield Problem(place, message)


def unknown_words(data: Record) -> Iterator[tuple[Path, str, tuple[str, ...]]]:
    """Each status and protocol that the guide does not name: its place, the word, and those that the guide names."""
    for index, product in enumerate(data.get("products", [])):
        path: Path = ("products", index)
        yield from _unknown_word(product, path, "status", PRODUCT_STATUSES)
        for number, profile in enumerate(product.get("profiles", [])):
            yield from _unknown_word(profile, (*path, "profiles", number), "protocol", PROTOCOLS)
    for index, flow in enumerate(data.get("flows", [])):
        path = ("flows", index)
        yield from _unknown_word(flow, path, "status", FLOW_STATUSES)
        for number, row in enumerate(flow.get("deployments", [])):
            yield from _unknown_word(row, (*path, "deployments", number), "status", DEPLOYMENT_STATUSES)


def _unknown_word(
    item: Record, path: Path, key: str, known: tuple[str, ...]
) -> Iterator[tuple[Path, str, tuple[str, ...]]]:
    if item.get(key, known[0]) not in known:
        yield (*path, key), item[key], known


def _identity_problems(data: Record) -> Iterator[Problem]:
    """Names in Central Governance are unique (documented). To simulate duplicate names, give each object a businessId
    and refer to it by that."""
    used: set[str] = set()
    for kind in ("products", "flows"):
        items = data.get(kind, [])
        counts = Counter(item["name"] for item in items)
        for index, item in enumerate(items):
            business_id = item.get("businessId", "").lower()
            if not business_id and counts[item["name"]] > 1:
                yield Problem((kind, index, "name"), f"two {kind} have this name: {shorten(item['name'])}")
            if business_id and business_id in used:
                yield Problem((kind, index, "businessId"), f"this businessId is used twice: {business_id}")
            used.add(business_id)


def _profile_problems(product: Record, path: Path, aliases: Mapping[str, Any]) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, profile in enumerate(product.get("profiles", [])):
        where = (*path, "profiles", index)
        if profile["name"] in seen:
            yield Problem((*where, "name"), "two profiles of this product have this name")
        seen.add(profile["name"])
        certificate = profile.get("ssl", {}).get("certificate")
        where = (*where, "ssl", "certificate")
        if isinstance(certificate, dict):
            yield from _time_problems(certificate, where)
        elif certificate is not None and certificate not in aliases:
            message = f"no certificate in this document has the alias {shorten(certificate)}"
            yield Problem(where, message + did_you_mean(certificate, aliases))


def _time_problems(certificate: Record, path: Path) -> Iterator[Problem]:
    text = certificate.get("validTo")
    if text is not None and parse_time(text) is None:
        yield Problem((*path, "validTo"), f"not a valid date or time: {shorten(text)}")


def _backup_problems(product: Record, path: Path, known: Names) -> Iterator[Problem]:
    master = known.written[path[-1]]
    seen: set[str] = set()
    for index, entry in enumerate(product.get("backups", [])):
        word = entry if isinstance(entry, str) else entry["name"]
        where = (*path, "backups", index)
        backup = known.find(word)
        if backup is not None and backup.id in seen:
            yield Problem(where, "this backup is listed twice")
        seen.add(backup.id if backup else word)
        problem = known.problem(word)
        if not problem and backup:
            problem = pair_problem(master, backup)
        if problem:
            yield Problem(where, problem)


def _part_problems(flow: Record, path: Path, known: Names) -> Iterator[Problem]:
    for place in ("sources", "relays", "targets"):
        kinds: set[str] = set()
        for index, part in enumerate(flow.get(place, [])):
            where = (*path, place, index)
            named = [kind for kind in PART_KINDS if kind in part]
            if len(named) != 1:
                which = f"not {' and '.join(named)}" if named else "and it names none"
                yield Problem(where, f"it must name exactly one of {', '.join(PART_KINDS)}, {which}")
                continue
            kinds.update(named)
            yield from _reference_problems(part, where, known)
        if len(kinds) > 1 and place != "relays":
            yield Problem((*path, place), f"{place} must all be of one kind, not {' and '.join(sorted(kinds))}")


def _deployment_problems(flow: Record, path: Path, known: Names) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, row in enumerate(flow.get("deployments", [])):
        where = (*path, "deployments", index)
        product = known.find(row["product"])
        if product is not None and product.id in seen:
            message = f"this flow has two deployments on one product: {shorten(row['product'])}"
            yield Problem((*where, "product"), message)
        if product is not None:
            seen.add(product.id)
        yield from _reference_problems(row, where, known)


def _reference_problems(item: Record, path: Path, known: Names) -> Iterator[Problem]:
    problem = known.problem(item["product"]) if "product" in item else None
    if problem:
        yield Problem((*path, "product"), problem)
