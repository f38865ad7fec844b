# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verdicts on the fields of answers and their values.

PRIVATE to the collection: it may change at any time. Pure functions.
"""

from __future__ import annotations

import re
import typing as t
from collections import Counter

from ...dr.model import SETTLED_FLOW_STATUSES
from ..values import LABELS, read_status
from .expected import PROTOCOLS
from .judging import MOST_EXAMPLES, Judge, Seen, keys_of
from .shapes import Shape
from .verdicts import CONFIRMED, CONTRADICTED, NOT_SEEN, Verdict

Json = t.Any

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def fields(group: str) -> Judge:
    def verdict(seen: Seen) -> Verdict:
        rows = [row for row in seen.field_verdicts if row.field.group == group]
        wrong = [row for row in rows if row.verdict == CONTRADICTED]
        right = [row for row in rows if row.verdict == CONFIRMED]
        if wrong:
            return Verdict(CONTRADICTED, tuple(f"{row.field.place}: {row.evidence}" for row in wrong))
        if not right:
            return Verdict(NOT_SEEN)
        rest = [row.field.place for row in rows if row.verdict == NOT_SEEN]
        evidence = [f"{len(right)} of {len(rows)} expected fields"]
        return Verdict(CONFIRMED, tuple(evidence + ([f"not seen: {', '.join(rest)}"] if rest else [])))

    return verdict


def business_ids(seen: Seen) -> Verdict:
    given = [item["businessId"] for item in (*seen.products, *seen.flows) if item.get("businessId")]
    other = [str(each)[:40] for each in given if not _UUID.fullmatch(str(each))]
    if not given:
        return Verdict(NOT_SEEN)
    return Verdict(CONTRADICTED, tuple(other[:MOST_EXAMPLES])) if other else Verdict(CONFIRMED, (f"{len(given)} seen",))


def protocols(seen: Seen) -> Verdict:
    words: Counter[str] = Counter()
    for item in seen.products:
        profiles = item.get("communicationProfiles")
        for profile in profiles if isinstance(profiles, list) else []:
            if isinstance(profile, dict) and profile.get("protocol"):
                words[str(profile["protocol"])] += 1
    return _words(words, lambda word: word.upper() in PROTOCOLS)


def product_statuses(seen: Seen) -> Verdict:
    return _statuses(seen.products, frozenset(LABELS))


def flow_statuses(seen: Seen) -> Verdict:
    return _statuses(seen.flows, SETTLED_FLOW_STATUSES)


def deployment_statuses(seen: Seen) -> Verdict:
    return _statuses(seen.findings.deployments, frozenset(LABELS))


def _statuses(items: t.Sequence[Json], known: frozenset[str]) -> Verdict:
    return _words(Counter(read_status(item.get("status")) for item in items if item.get("status")), known.__contains__)


def _words(words: Counter[str], is_known: t.Callable[[str], bool]) -> Verdict:
    if not words:
        return Verdict(NOT_SEEN)
    unknown = [word[:60] for word in words if not is_known(word)]
    if unknown:
        return Verdict(CONTRADICTED, (f"unknown: {', '.join(unknown[:MOST_EXAMPLES])}",))
    return Verdict(CONFIRMED, (f"seen: {', '.join(sorted(words))}",))


def status_labels(seen: Seen) -> Verdict:
    given = [item["status"] for item in (*seen.flows, *seen.findings.deployments) if item.get("status")]
    other = [each for each in given if not isinstance(each, str) or each not in LABELS]
    if not given:
        return Verdict(NOT_SEEN)
    if not other:
        return Verdict(CONFIRMED, (f"{len(given)} seen",))
    shown = dict.fromkeys(keys_of(each) if isinstance(each, dict) else str(each)[:40] for each in other)
    return Verdict(CONTRADICTED, tuple(list(shown)[:MOST_EXAMPLES]))


def properties_place(seen: Seen) -> Verdict:
    shape = seen.shapes.get("flows", Shape())
    new = [place for place in shape.places if place.endswith("step.commonProperties")]
    old = [place for place in shape.places if place.endswith("parts.properties")]
    if old and not new:
        return Verdict(CONTRADICTED, tuple(old))
    return Verdict(CONFIRMED, tuple(new)) if new else Verdict(NOT_SEEN)


def same_backups(seen: Seen) -> Verdict:
    master, listed = seen.findings.master, seen.findings.backups
    if master is None or not listed or not isinstance(master.get("backupProducts"), list):
        return Verdict(NOT_SEEN)
    inside = {str(item.get("businessId") or item.get("name")) for item in master["backupProducts"]}
    own = {str(item.get("businessId") or item.get("name")) for item in listed}
    return Verdict(CONFIRMED if inside == own else CONTRADICTED, (f"{len(inside)} in the product, {len(own)} listed",))
