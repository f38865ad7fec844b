# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has changed since the last audit of the same masters, and whether for the worse.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence

from .findings import DEGRADED, INFO, NOT_READY, READY, VERDICT_UNKNOWN

BETTER, WORSE, SAME = "better", "worse", "same"
_KEPT = ("id", "rule", "severity", "master", "backup", "flow", "product")


def kept_of(finding: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """What the ledger keeps of a finding: enough to say what it was when it is gone."""
    row = {key: finding[key] for key in _KEPT if finding[key]}
    return {**row, "accepted": True} if finding["accepted"] else row


def changes_between(before: Mapping[str, t.Any] | None, result: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """``before`` is the ledger's last record of an audit of the same masters, None when there is none."""
    if before is None:
        return {"since": None, "new": [], "resolved": [], "unchanged": [], "became": SAME, "resolved_findings": []}
    earlier = {row["id"]: row for row in before["data"]["findings"]}
    ids = [row["id"] for row in result["findings"]]
    resolved = [row for its_id, row in earlier.items() if its_id not in set(ids)]
    return {
        "since": before["data"]["read_at"],
        "new": [its_id for its_id in ids if its_id not in earlier],
        "resolved": [row["id"] for row in resolved],
        "unchanged": [its_id for its_id in ids if its_id in earlier],
        "became": _became(before["data"], result),
        "resolved_findings": [{key: row.get(key, "") for key in _KEPT} for row in resolved],
    }


def _became(before: Mapping[str, t.Any], result: Mapping[str, t.Any]) -> str:
    """By the verdicts; between equal verdicts a new finding that counts makes it worse, also beside a resolved one."""
    if before["verdict"] != result["verdict"]:
        return _between(before["verdict"], result["verdict"])
    old, new = _counting(before["findings"]), _counting(result["findings"])
    if new - old:
        return WORSE
    return BETTER if old - new else SAME


def _between(before: str, now: str) -> str:
    """Not to know is never an improvement, and knowing that something is broken is none either."""
    if now in (VERDICT_UNKNOWN, NOT_READY):
        return WORSE
    order = (READY, DEGRADED, VERDICT_UNKNOWN, NOT_READY)
    return BETTER if order.index(now) < order.index(before) else WORSE


def _counting(findings: Sequence[Mapping[str, t.Any]]) -> set[tuple[str, str]]:
    return {(row["id"], row["severity"]) for row in findings if not row.get("accepted") and row["severity"] != INFO}
