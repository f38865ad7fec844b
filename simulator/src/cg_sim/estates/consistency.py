# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a schema cannot say of an estate document: names are unique, references lead somewhere, CG could hold it.

A world in trouble is allowed, because that is what people rehearse: stale deployments, unreachable products, versions
that drifted apart after an upgrade, a flag that says synchronized while the profiles differ. Not allowed is what CG
refuses to store (*documented*: a backup with backups of its own; *assumed*: backups of or for something that is no
SecureTransport, a product that backs itself up).

Every function tolerates a document that failed the schema, so that all errors are reported at once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from .problems import Path, Problem, did_you_mean, shorten
from .vocabulary import (
    DEPLOYMENT_STATUSES,
    FLOW_STATUSES,
    PART_KINDS,
    PRODUCT_STATUSES,
    PROTOCOLS,
    SECURETRANSPORT,
)


def consistency_problems(data: Any) -> Iterator[Problem]:
    """What is wrong with a document beyond its shape."""
    if not isinstance(data, dict):
        return
    products = list(_items(data, "products"))
    flows = list(_items(data, "flows"))
    known = _Names(product for _mark, product in products)
    certificates = data.get("certificates")
    aliases: dict[str, Any] = certificates if isinstance(certificates, dict) else {}
    any_word = data.get("allow_unknown_words") is True

    for alias, certificate in aliases.items():
        if isinstance(certificate, dict):
            yield from _time_problems(certificate, ("certificates", alias))
    # Central Governance's names are unique (documented). Whoever wants to see what happens when they are not must
    # say so with a businessId for each, and refer to them by that.
    unidentified = [item for item in products if not isinstance(item[1].get("businessId"), str)]
    for path, product in unidentified:
        if known.count(product.get("name")) > 1:
            yield Problem((*path, "name"), f"two products have this name: {shorten(product['name'])}")
    flow_names = Counter(flow["name"] for _mark, flow in flows if isinstance(flow.get("name"), str))
    unidentified = [item for item in flows if not isinstance(item[1].get("businessId"), str)]
    for path, flow in unidentified:
        if isinstance(flow.get("name"), str) and flow_names[flow["name"]] > 1:
            yield Problem((*path, "name"), f"two flows have this name: {shorten(flow['name'])}")
    yield from _repeated(products + flows, "businessId", "this businessId is used twice", fold=True)
    for path, product in products:
        if not any_word:
            yield from _word_problems(product, path, "status", PRODUCT_STATUSES)
        yield from _profile_problems(product, path, aliases, any_word)
        yield from _backup_problems(product, path, known)
    for path, flow in flows:
        if not any_word:
            yield from _word_problems(flow, path, "status", FLOW_STATUSES)
        yield from _part_problems(flow, path, known)
        yield from _deployment_problems(flow, path, known, any_word)


class _Names(dict[str, dict[str, Any]]):
    """Products by name, and by businessId."""

    def __init__(self, products: Iterable[dict[str, Any]]) -> None:
        super().__init__()
        self._counts: Counter[str] = Counter()
        self._by_id: dict[str, dict[str, Any]] = {}
        for product in products:
            if isinstance(product.get("businessId"), str):
                self._by_id[product["businessId"].lower()] = product
            name = product.get("name")
            if isinstance(name, str):
                self[name] = product
                self._counts[name] += 1

    def count(self, name: Any) -> int:
        return self._counts[name] if isinstance(name, str) else 0

    def referred(self, word: str) -> dict[str, Any] | None:
        """The product that a name or a businessId means."""
        return self.get(word) or self._by_id.get(word.lower())

    def problem(self, word: str) -> str | None:
        """Why a name or a businessId does not refer to one product."""
        if self.referred(word) is None:
            return f"no product of this estate has this name{did_you_mean(word, self)}"
        if self._counts[word] > 1:
            return "several products of this estate have this name"
        return None


def _items(owner: dict[str, Any], key: str, path: Path = ()) -> Iterator[tuple[Path, dict[str, Any]]]:
    items = owner.get(key)
    if isinstance(items, list):
        for index, item in enumerate(items):
            if isinstance(item, dict):
                yield (*path, key, index), item


def _repeated(
    items: Iterable[tuple[Path, dict[str, Any]]], key: str, message: str, fold: bool = False
) -> Iterator[Problem]:
    seen: set[str] = set()
    for path, item in items:
        value = item.get(key)
        if not isinstance(value, str):
            continue
        value = value.lower() if fold else value
        if value in seen:
            yield Problem((*path, key), f"{message}: {shorten(value)}")
        seen.add(value)


def _word_problems(item: dict[str, Any], path: Path, key: str, known: tuple[str, ...]) -> Iterator[Problem]:
    word = item.get(key)
    if isinstance(word, str) and word.strip() and word not in known:
        hint = did_you_mean(word, known) or f"; known are: {'; '.join(known)}"
        yield Problem(
            (*path, key),
            f'unknown {key} "{shorten(word)}"{hint} (allow_unknown_words: true accepts any)',
        )


def _profile_problems(
    product: dict[str, Any], path: Path, aliases: dict[str, Any], any_word: bool
) -> Iterator[Problem]:
    seen: set[str] = set()
    profiles = product.get("profiles")
    for index, profile in enumerate(profiles if isinstance(profiles, list) else ()):
        if not isinstance(profile, dict):
            continue
        name = profile.get("name")
        if isinstance(name, str):
            if name in seen:
                yield Problem((*path, "profiles", index, "name"), "two profiles of this product have this name")
            seen.add(name)
        if not any_word:
            yield from _word_problems(profile, (*path, "profiles", index), "protocol", PROTOCOLS)
        ssl = profile.get("ssl")
        certificate = ssl.get("certificate") if isinstance(ssl, dict) else None
        if isinstance(certificate, str) and certificate and certificate not in aliases:
            yield Problem(
                (*path, "profiles", index, "ssl", "certificate"),
                f"no certificate in this document has the alias {shorten(certificate)}"
                f"{did_you_mean(certificate, aliases)}",
            )
        elif isinstance(certificate, dict):
            yield from _time_problems(certificate, (*path, "profiles", index, "ssl", "certificate"))


def _time_problems(certificate: dict[str, Any], path: Path) -> Iterator[Problem]:
    text = certificate.get("validTo")
    if isinstance(text, str) and text[:4].isdigit() and parse_time(text) is None:
        yield Problem((*path, "validTo"), f"there is no such time: {shorten(text)}")


def parse_time(text: str) -> datetime | None:
    """ISO 8601 in the forms that the schema lets through; None when the calendar or the clock knows no such time."""
    # Python 3.10 reads fractions of a second only with 3 or 6 digits; nobody here needs them.
    text = re.sub(r"\.[0-9]+", "", text).replace("Z", "+00:00").replace(" ", "T")
    if len(text) > 5 and text[-5] in "+-" and text[-4:].isdigit() and "T" in text:
        text = f"{text[:-2]}:{text[-2:]}"
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _backup_problems(product: dict[str, Any], path: Path, known: _Names) -> Iterator[Problem]:
    backups = product.get("backups")
    if not isinstance(backups, list) or not backups:
        return
    if not _is_securetransport(product):
        yield Problem((*path, "backups"), f"a {product.get('type')} cannot have backups, only a SecureTransport can")
    seen: set[int] = set()
    for index, entry in enumerate(backups):
        name = entry.get("name") if isinstance(entry, dict) else entry
        if not isinstance(name, str) or not name.strip():
            continue
        where = (*path, "backups", index)
        problem = known.problem(name)
        backup = known.referred(name) or {}
        if backup and id(backup) in seen:
            yield Problem(where, "this backup is listed twice")
        seen.add(id(backup))
        if problem:
            yield Problem(where, problem)
        elif backup is product:
            yield Problem(where, "a product cannot be its own backup")
        elif not _is_securetransport(backup):
            yield Problem(where, f"this is a {shorten(backup.get('type'))}, only a SecureTransport can be a backup")
        elif backup.get("backups"):
            yield Problem(where, "this product has backups of its own, so it cannot be a backup")


def _is_securetransport(product: dict[str, Any]) -> bool:
    return product.get("type", SECURETRANSPORT) == SECURETRANSPORT


def _part_problems(flow: dict[str, Any], path: Path, known: _Names) -> Iterator[Problem]:
    for place in ("sources", "relays", "targets"):
        kinds: set[str] = set()
        for where, part in _items(flow, place, path):
            named = [kind for kind in PART_KINDS if kind in part]
            if len(named) != 1:
                which = f"not {' and '.join(named)}" if named else "and it names none"
                yield Problem(where, f"it must name exactly one of {', '.join(PART_KINDS)}, {which}")
                continue
            kinds.add(named[0])
            yield from _product_reference(part, where, known)
        if len(kinds) > 1 and place != "relays":
            mixed = " and ".join(sorted(kinds))
            yield Problem((*path, place), f"{place} must all be of one kind, not {mixed}")


def _deployment_problems(flow: dict[str, Any], path: Path, known: _Names, any_word: bool) -> Iterator[Problem]:
    rows = list(_items(flow, "deployments", path))
    seen: set[int] = set()
    for where, row in rows:
        product = known.referred(row["product"]) if isinstance(row.get("product"), str) else None
        if product is not None and id(product) in seen:
            message = f"this flow has two deployments on one product: {shorten(row['product'])}"
            yield Problem((*where, "product"), message)
        seen.add(id(product))
    for where, row in rows:
        yield from _product_reference(row, where, known)
        if not any_word:
            yield from _word_problems(row, where, "status", DEPLOYMENT_STATUSES)


def _product_reference(item: dict[str, Any], path: Path, known: _Names) -> Iterator[Problem]:
    name = item.get("product")
    problem = known.problem(name) if isinstance(name, str) and name.strip() else None
    if problem:
        yield Problem((*path, "product"), problem)
