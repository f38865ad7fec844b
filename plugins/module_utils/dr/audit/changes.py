# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has changed since the last audit of the same masters, and whether for the worse.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping

from .findings import DEGRADED, INFO, NOT_ASSESSED, NOT_READY, READY, VERDICT_UNKNOWN

BETTER, WORSE, SAME = "better", "worse", "same"
_OBJECTS = ("master", "backup", "flow", "product")
_KEPT = ("id", "rule", "severity", *_OBJECTS)
# States of a rule in which the absence of a finding says nothing.
_SILENT = ("not_assessed", "ignored", "not_asked")

Row = Mapping[str, t.Any]


def changes_between(before: Row | None, result: Row) -> dict[str, t.Any]:
    """``before`` is the ledger's last record of an audit of the same masters, None when there is none.

    A finding that is gone is resolved only if its rule could judge the same thing again; else it is not known whether
    it still holds.
    """
    earlier: dict[str, Row] = {row["id"]: row for row in before["data"]["findings"]} if before else {}
    ids = [row["id"] for row in result["findings"]]
    gone = [row for its_id, row in earlier.items() if its_id not in set(ids)]
    is_hidden = _Hiding(result)
    resolved = [row for row in gone if not is_hidden(row)]
    not_known = [row for row in gone if is_hidden(row)]
    return {
        "since": before["data"]["read_at"] if before else None,
        "new": [its_id for its_id in ids if its_id not in earlier] if before else [],
        "resolved": [row["id"] for row in resolved],
        "unchanged": [its_id for its_id in ids if its_id in earlier],
        "not_known": [row["id"] for row in not_known],
        "became": _became(before["data"], result, not_known) if before else SAME,
        "resolved_findings": [_told(row) for row in resolved],
        "not_known_findings": [_told(row) for row in not_known],
    }


def kept_findings(result: Row) -> list[dict[str, t.Any]]:
    """What the ledger keeps: what was found, and what was found before and could not be judged again."""
    kept = [_kept(row, {"accepted": True} if row["accepted"] else {}) for row in result["findings"]]
    return kept + [_kept(row, {"not_known": True}) for row in result["changes"]["not_known_findings"]]


def _kept(row: Row, more: Row) -> dict[str, t.Any]:
    return {**{key: row[key] for key in _KEPT if row[key]}, **more}


def _told(row: Row) -> dict[str, t.Any]:
    return {key: row.get(key, "") for key in _KEPT}


class _Hiding:
    """Whether an earlier finding may still hold, unseen."""

    def __init__(self, result: Row) -> None:
        self._states = {row["rule"]: row["state"] for row in result["coverage"]["rules"]}
        self._unknown = [row for row in result["findings"] if row["rule"] == NOT_ASSESSED]

    def __call__(self, earlier: Row) -> bool:
        if self._states.get(earlier["rule"], "") in _SILENT:
            return True
        return any(_may_hide(unknown, earlier) for unknown in self._unknown)


def _may_hide(unknown: Row, earlier: Row) -> bool:
    rules = unknown["evidence"]["facts"].get("rules")
    if rules:
        return earlier["rule"] in rules and all(unknown[key] in ("", earlier.get(key, "")) for key in _OBJECTS)
    # A product or a flow that hides what it is made of.
    named = unknown["product"] or unknown["flow"]
    return bool(named) and named in (earlier.get(key, "") for key in _OBJECTS)


def _became(before: Row, result: Row, not_known: Iterable[Row]) -> str:
    """By the verdicts; between equal verdicts a new finding that counts makes it worse, also beside a resolved one.

    Not to know is never an improvement. When something was not known, and turns out as bad as it was before that,
    knowing it is one.
    """
    old, new = _counting(before["findings"]), _counting(result["findings"])
    verdicts = (before["verdict"], result["verdict"])
    if verdicts == (VERDICT_UNKNOWN, NOT_READY):
        return WORSE if new - old else BETTER
    if before["verdict"] != result["verdict"]:
        return _between(*verdicts)
    if new - old:
        return WORSE
    return BETTER if old - new - _counting(not_known) else SAME


def _between(before: str, now: str) -> str:
    if now in (VERDICT_UNKNOWN, NOT_READY):
        return WORSE
    order = (READY, DEGRADED, VERDICT_UNKNOWN, NOT_READY)
    return BETTER if order.index(now) < order.index(before) else WORSE


def _counting(findings: Iterable[Row]) -> set[tuple[str, str]]:
    return {(row["id"], row["severity"]) for row in findings if not row.get("accepted") and row["severity"] != INFO}
