# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The changes since the last audit of the same masters, and whether the state became better or worse.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterable, Mapping

from .findings import DEGRADED, INFO, NOT_ASSESSED, NOT_READY, READY, VERDICT_UNKNOWN

BETTER, WORSE, SAME = "better", "worse", "same"
_OBJECTS = ("master", "backup", "flow", "product")
_KEPT = ("id", "rule", "severity", *_OBJECTS)
# States of a rule in which a finding may be missing although it is still true.
_WITHOUT_RESULT = ("not_assessed", "ignored", "not_asked")

Row = Mapping[str, t.Any]


def changes_between(before: Row | None, result: Row) -> dict[str, t.Any]:
    """``before`` is the ledger's last record of an audit of the same masters, None when there is none.

    A finding that is missing is resolved only if its rule could assess the same objects again; otherwise it is not
    known whether it is still true.
    """
    earlier: dict[str, Row] = {row["id"]: row for row in before["data"]["findings"]} if before else {}
    ids = [row["id"] for row in result["findings"]]
    gone = [row for finding_id, row in earlier.items() if finding_id not in set(ids)]
    may_be_true = _MayStillBeTrue(result)
    resolved = [row for row in gone if not may_be_true(row)]
    not_known = [row for row in gone if may_be_true(row)]
    return {
        "since": before["data"]["read_at"] if before else None,
        "new": [finding_id for finding_id in ids if finding_id not in earlier] if before else [],
        "resolved": [row["id"] for row in resolved],
        "unchanged": [finding_id for finding_id in ids if finding_id in earlier],
        "not_known": [row["id"] for row in not_known],
        "became": _became(before["data"], result, not_known) if before else SAME,
        "resolved_findings": [_reported(row) for row in resolved],
        "not_known_findings": [_reported(row) for row in not_known],
    }


def kept_findings(result: Row) -> list[dict[str, t.Any]]:
    """The findings for the ledger: the present ones, and earlier ones that could not be assessed again."""
    kept = [_kept(row, {"accepted": True} if row["accepted"] else {}) for row in result["findings"]]
    return kept + [_kept(row, {"not_known": True}) for row in result["changes"]["not_known_findings"]]


def _kept(row: Row, more: Row) -> dict[str, t.Any]:
    return {**{key: row[key] for key in _KEPT if row[key]}, **more}


def _reported(row: Row) -> dict[str, t.Any]:
    return {key: row.get(key, "") for key in _KEPT}


class _MayStillBeTrue:
    """Whether an earlier finding may still be true, since it could not be assessed again."""

    def __init__(self, result: Row) -> None:
        self._states = {row["rule"]: row["state"] for row in result["coverage"]["rules"]}
        self._unknown = [row for row in result["findings"] if row["rule"] == NOT_ASSESSED]

    def __call__(self, earlier: Row) -> bool:
        if self._states.get(earlier["rule"], "") in _WITHOUT_RESULT:
            return True
        return any(_may_hide(unknown, earlier) for unknown in self._unknown)


def _may_hide(unknown: Row, earlier: Row) -> bool:
    rules = unknown["evidence"]["facts"].get("rules")
    if rules:
        return earlier["rule"] in rules and all(unknown[key] in ("", earlier.get(key, "")) for key in _OBJECTS)
    # A product or a flow with an unknown list.
    named = unknown["product"] or unknown["flow"]
    return bool(named) and named in (earlier.get(key, "") for key in _OBJECTS)


def _became(before: Row, result: Row, not_known: Iterable[Row]) -> str:
    """Compares the verdicts. If they are equal, a new finding that counts makes it worse, even if others are resolved.

    UNKNOWN is never an improvement. From UNKNOWN to NOT_READY is one, unless there are new findings.
    """
    old, new = _counted(before["findings"]), _counted(result["findings"])
    verdicts = (before["verdict"], result["verdict"])
    if verdicts == (VERDICT_UNKNOWN, NOT_READY):
        return WORSE if new - old else BETTER
    if before["verdict"] != result["verdict"]:
        return _between(*verdicts)
    if new - old:
        return WORSE
    return BETTER if old - new - _counted(not_known) else SAME


def _between(before: str, now: str) -> str:
    if now in (VERDICT_UNKNOWN, NOT_READY):
        return WORSE
    order = (READY, DEGRADED, VERDICT_UNKNOWN, NOT_READY)
    return BETTER if order.index(now) < order.index(before) else WORSE


def _counted(findings: Iterable[Row]) -> set[tuple[str, str]]:
    return {(row["id"], row["severity"]) for row in findings if not row.get("accepted") and row["severity"] != INFO}
