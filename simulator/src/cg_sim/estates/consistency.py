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
from collections.abc import Hashable, Iterable, Iterator
from typing import Any

from cg_sim.pairing import pair_problem

from .names import Names
from .problems import Path, Problem, did_you_mean, shorten
from .schema import PART_KINDS

Record = dict[str, Any]


def consistency_problems(data: Record) -> Iterator[Problem]:
    """What is wrong with a document that passed the schema."""
    known = Names(data.get("products", []))
    yield from _identity_problems(data)
    for index, product in enumerate(data.get("products", [])):
        yield from _profile_problems(product, ("products", index), data.get("certificates", {}))
        yield from _backup_problems(product, ("products", index), known)
    for index, flow in enumerate(data.get("flows", [])):
        yield from _part_problems(flow, ("flows", index), known)
        yield from _deployment_problems(flow, ("flows", index), known)


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


def _repeated(keys: Iterable[Hashable]) -> Iterator[int]:
    """The indices of keys that occurred before; None stands for what another check reports."""
    seen: set[Hashable] = set()
    for index, key in enumerate(keys):
        if key in seen and key is not None:
            yield index
        seen.add(key)


def _profile_problems(product: Record, path: Path, aliases: Record) -> Iterator[Problem]:
    profiles = product.get("profiles", [])
    for index in _repeated(profile["name"] for profile in profiles):
        yield Problem((*path, "profiles", index, "name"), "two profiles of this product have this name")
    for index, profile in enumerate(profiles):
        certificate = profile.get("ssl", {}).get("certificate")
        if isinstance(certificate, str) and certificate not in aliases:
            message = f"no certificate in this document has the alias {shorten(certificate)}"
            where = (*path, "profiles", index, "ssl", "certificate")
            yield Problem(where, message + did_you_mean(certificate, aliases))


def _backup_problems(product: Record, path: Path, known: Names) -> Iterator[Problem]:
    words = [entry if isinstance(entry, str) else entry["name"] for entry in product.get("backups", [])]
    found = [known.find(word) for word in words]
    for index in _repeated(backup and backup.id for backup in found):
        yield Problem((*path, "backups", index), "this backup is listed twice")
    for index, (word, backup) in enumerate(zip(words, found, strict=True)):
        problem = known.problem(word) or (backup and pair_problem(known.written[path[-1]], backup))
        if problem:
            yield Problem((*path, "backups", index), problem)


def _part_problems(flow: Record, path: Path, known: Names) -> Iterator[Problem]:
    for place in ("sources", "relays", "targets"):
        parts = flow.get(place, [])
        yield from _reference_problems(parts, (*path, place), known)
        kinds = sorted({kind for part in parts for kind in PART_KINDS if kind in part})
        if len(kinds) > 1 and place != "relays":
            yield Problem((*path, place), f"{place} must all be of one kind, not {' and '.join(kinds)}")


def _deployment_problems(flow: Record, path: Path, known: Names) -> Iterator[Problem]:
    rows = flow.get("deployments", [])
    found = [known.find(row["product"]) for row in rows]
    for index in _repeated(product and product.id for product in found):
        message = f"this flow has two deployments on one product: {shorten(rows[index]['product'])}"
        yield Problem((*path, "deployments", index, "product"), message)
    yield from _reference_problems(rows, (*path, "deployments"), known)


def _reference_problems(items: list[Record], path: Path, known: Names) -> Iterator[Problem]:
    for index, item in enumerate(items):
        problem = known.problem(item["product"]) if "product" in item else None
        if problem:
            yield Problem((*path, index, "product"), problem)
