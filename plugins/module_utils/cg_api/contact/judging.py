# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verdicts on single assumptions, from the answers and from the description of the API.

PRIVATE to the collection: it may change at any time. Pure functions.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..operations import OPERATIONS
from ..server_messages import MESSAGE_KEYS, NESTED_KEYS
from .description import Described
from .looker import status_and_message
from .shapes import FieldVerdict, Shape
from .verdicts import CONFIRMED, CONTRADICTED, NOT_SEEN, Attempt, Exchange, Findings, Verdict
from .ways import Way

Json = t.Any
Judge = t.Callable[["Seen"], Verdict]

MOST_EXAMPLES = 5


@dataclass
class Seen:
    """Everything that the verdicts are based on. ``prefix`` is where the API was found, ``documented_prefix`` where it
    is according to the guide. ``overridden`` are the operations that the user overrides: their defaults get no verdict.
    """

    findings: Findings
    way: Way
    prefix: str
    documented_prefix: str
    shapes: dict[str, Shape] = field(default_factory=dict)
    field_verdicts: list[FieldVerdict] = field(default_factory=list)
    described: Described | None = None
    overridden: t.Collection[str] = ()

    @property
    def products(self) -> list[Json]:
        return [*self.findings.whole_products, *self.findings.products]

    @property
    def flows(self) -> list[Json]:
        return [*self.findings.whole_flows, *self.findings.flows]


# Connecting


def prefix(seen: Seen) -> Verdict:
    documented = seen.documented_prefix.strip("/")
    evidence = []
    word = NOT_SEEN
    if seen.findings.working("list_products"):
        word = CONFIRMED if seen.prefix.strip("/") == documented else CONTRADICTED
        evidence.append(f"found at {seen.prefix or '/'}")
    hrefs = [str(item["meta"]["href"]) for item in seen.findings.backups if isinstance(item.get("meta"), dict)][:1]
    hrefs = [href for href in hrefs if "/products/" in href]
    evidence += [f"meta.href names .../{href.partition('://')[2].partition('/')[2]}" for href in hrefs]
    if seen.described is not None and seen.described.prefix:
        evidence.append(f"described as {seen.described.prefix}")
        if word == NOT_SEEN:
            word = CONFIRMED if seen.described.prefix.strip("/") == documented else CONTRADICTED
    return Verdict(word, tuple(evidence))


def needs_credentials(seen: Seen) -> Verdict:
    anonymous = seen.way.anonymous
    if anonymous is None:
        return Verdict(NOT_SEEN)
    answer = f"{anonymous.request} without credentials: {status_and_message(anonymous)}"
    if anonymous.status in (401, 403) or (anonymous.status is not None and 300 <= anonymous.status < 400):
        return Verdict(CONFIRMED, (answer,))
    return Verdict(CONTRADICTED if anonymous.is_success and anonymous.is_json else NOT_SEEN, (answer,))


def way(name: str) -> Judge:
    def verdict(seen: Seen) -> Verdict:
        tried = [each for each in seen.way.tried if each.way == name]
        described = (f"described: {seen.described.security}",) if seen.described and seen.described.security else ()
        evidence = tuple(f"{each.request}: {each.answer}" for each in tried) + described
        accepted = [each for each in tried if each.outcome == "accepted"]
        if name == "session" and accepted and "login" in seen.overridden:
            return Verdict(NOT_SEEN, ("operations.login as given works", *evidence))
        if name == "session" and accepted:
            plain = not seen.way.login or seen.way.login == {"path": "/login"}
            return Verdict(CONFIRMED if plain else CONTRADICTED, evidence)
        if accepted:
            return Verdict(CONFIRMED, evidence)
        if tried and seen.way.name:
            return Verdict(CONTRADICTED, evidence)
        if not tried and seen.way.name:
            return Verdict(NOT_SEEN, (f"not tried: {seen.way.name} works", *described))
        return Verdict(NOT_SEEN, evidence)

    return verdict


# Operations


def read(name: str) -> Judge:
    def verdict(seen: Seen) -> Verdict:
        first, working = seen.findings.first(name), seen.findings.working(name)
        described = _described(name, seen)
        if first is None:
            return described
        evidence = [f"{first.exchange.request}: {first.problem or first.exchange.answer}"]
        if name in seen.overridden:
            return _as_given(name, first, evidence)
        if first.works:
            return Verdict(CONFIRMED, (*evidence, *described.evidence))
        if working is not None:
            evidence.append(f"{working.exchange.request}: {working.exchange.answer}")
        return Verdict(CONTRADICTED, (*evidence, *described.evidence))

    return verdict


def write_path(name: str) -> Judge:
    """Whether the path accepts the method; nothing else can be found out without writing."""

    def verdict(seen: Seen) -> Verdict:
        described = _described(name, seen)
        tried = seen.findings.attempts.get(name, [])
        if not tried:
            return Verdict(described.word, (*_unclear(seen, OPERATIONS[name].method), *described.evidence))
        first, working = tried[0], seen.findings.working(name)
        evidence = [_methods(first.exchange)]
        if name in seen.overridden:
            return _as_given(name, first, evidence)
        if first.works:
            return Verdict(CONFIRMED, (*evidence, *described.evidence))
        if working is not None:
            return Verdict(CONTRADICTED, (*evidence, _methods(working.exchange), *described.evidence))
        if first.exchange.allowed:
            return Verdict(CONTRADICTED, (*evidence, *described.evidence))
        return Verdict(described.word, (*evidence, *described.evidence))

    return verdict


def _as_given(name: str, first: Attempt, evidence: list[str]) -> Verdict:
    return Verdict(NOT_SEEN, (f"operations.{name} as given {'works' if first.works else 'does not work'}", *evidence))


def _unclear(seen: Seen, method: str) -> t.Iterator[str]:
    """Why the answers to OPTIONS do not show whether a path accepts a method."""
    there, nowhere = (seen.findings.exchanges.get(key) for key in ("options_there", "options_nowhere"))
    if there is not None and "GET" not in there.allowed:
        yield f"OPTIONS does not list methods ({_methods(there)})"
    elif nowhere is not None and method in nowhere.allowed:
        yield f"OPTIONS names {method} for any path ({_methods(nowhere)})"


def _methods(exchange: Exchange) -> str:
    allowed = ", ".join(sorted(exchange.allowed))
    return f"{exchange.request}: {exchange.status}, " + (f"Allow: {allowed}" if allowed else "no header Allow")


def _described(name: str, seen: Seen) -> Verdict:
    if seen.described is None:
        return Verdict(NOT_SEEN)
    found = seen.described.operations.get(name)
    if found is None:
        return Verdict(NOT_SEEN, ("the description has nothing that looks like it",))
    if found.is_default:
        return Verdict(CONFIRMED, (f"described: {found.shown}",))
    others = f" (or {', '.join(found.others[:3])})" if found.others else ""
    return Verdict(CONTRADICTED, (f"described: {found.shown}{others}",))


# Answers


def _answers(seen: Seen, *names: str) -> list[Exchange]:
    found = [seen.findings.working(name) or seen.findings.first(name) for name in names]
    return [attempt.exchange for attempt in found if attempt is not None and attempt.exchange.is_success]


_LISTS = ("list_products", "find_products", "list_backups", "list_flows", "find_flows", "list_deployments")


def bare_lists(seen: Seen) -> Verdict:
    answers = [exchange for exchange in _answers(seen, *_LISTS) if exchange.is_json]
    other = [exchange for exchange in answers if not isinstance(exchange.document, list)]
    if not answers:
        return Verdict(NOT_SEEN)
    if not other:
        return Verdict(CONFIRMED, tuple(f"{exchange.request}: {exchange.answer}" for exchange in answers[:2]))
    return Verdict(CONTRADICTED, tuple(f"{each.request}: {keys_of(each.document)}" for each in other[:MOST_EXAMPLES]))


def one_page(seen: Seen) -> Verdict:
    firsts = [seen.findings.first(name) for name in _LISTS]
    paged = [
        attempt
        for attempt in firsts
        if attempt and ("part of the list" in attempt.problem or "not the whole list" in attempt.problem)
    ]
    if paged:
        return Verdict(CONTRADICTED, tuple(f"{each.exchange.request}: {each.problem}" for each in paged))
    lists = [exchange for exchange in _answers(seen, "list_products", "list_flows") if exchange.count is not None]
    return Verdict(CONFIRMED if lists else NOT_SEEN, tuple(f"{each.request}: {each.answer}" for each in lists))


def whole_entries(seen: Seen) -> Verdict:
    evidence = []
    partly = False
    for name, items, needed in (
        ("products", seen.findings.products, ("backupProducts", "communicationProfiles")),
        ("flows", seen.findings.flows, ("sources", "targets")),
    ):
        if name == "products":
            items = [item for item in items if str(item.get("type")).lower() == "securetransport"]
        missing = [key for key in needed if items and not any(key in item for item in items)]
        partly |= bool(missing)
        if items:
            evidence.append(f"{name}: " + (f"without {', '.join(missing)}" if missing else "whole"))
    return Verdict((CONTRADICTED if partly else CONFIRMED) if evidence else NOT_SEEN, tuple(evidence))


def no_match(seen: Seen) -> Verdict:
    asked = [seen.findings.exchanges[key] for key in ("no_product", "no_flow") if key in seen.findings.exchanges]
    evidence = tuple(
        f"{each.request}: {each.answer if each.is_success else status_and_message(each)}" for each in asked
    )
    if not asked:
        return Verdict(NOT_SEEN)
    return Verdict(
        CONFIRMED if all(each.is_success and each.document == [] for each in asked) else CONTRADICTED, evidence
    )


def wildcard(seen: Seen) -> Verdict:
    exchange, found = seen.findings.exchanges.get("wildcard"), seen.findings.working("find_products")
    if exchange is None or found is None:
        return Verdict(NOT_SEEN)
    wanted = found.objects[0].get("name") if found.objects else None
    rows = exchange.document if isinstance(exchange.document, list) else []
    works = any(isinstance(row, dict) and row.get("name") == wanted for row in rows)
    return Verdict(CONFIRMED if works else CONTRADICTED, (f"{exchange.request}: {exchange.answer}",))


def unknown_id(seen: Seen) -> Verdict:
    exchange = seen.findings.exchanges.get("no_product_id")
    if exchange is None:
        return Verdict(NOT_SEEN)
    return Verdict(
        CONFIRMED if exchange.status == 404 else CONTRADICTED, (f"{exchange.request}: {status_and_message(exchange)}",)
    )


def error_message(seen: Seen) -> Verdict:
    candidates = [seen.findings.exchanges.get("no_product_id"), seen.way.anonymous]
    errors = [each for each in candidates if each is not None and each.status is not None and each.status >= 400]
    if not errors:
        return Verdict(NOT_SEEN)
    error = errors[0]
    keys = set(error.document) if isinstance(error.document, dict) else set()
    known = sorted(keys & {*MESSAGE_KEYS, *NESTED_KEYS})
    shape = f"JSON with {', '.join(sorted(map(str, keys)))}" if keys else error.content_type or "no content type"
    return Verdict(CONFIRMED if known else CONTRADICTED, (f"{error.request}: {error.status}, {shape}",))


def keys_of(document: Json) -> str:
    return f"an object with {', '.join(list(map(str, document))[:8])}" if isinstance(document, dict) else "no object"
