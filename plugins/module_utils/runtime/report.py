# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module tells its user: results, diff, warnings, failure.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..cg_api.errors import CGError

UNCHANGED, CHANGED, WOULD_CHANGE = "unchanged", "changed", "would_change"
FAILED, TIMED_OUT, NOT_TRIED = "failed", "timed_out", "not_tried"

NAMES_SHOWN = 20
# A task that left something out is never green, even when nothing failed in the end.
LEFT_OUT = "An answer looked like a failure and turned out well, but nothing was begun after it."


@dataclass
class Report:
    """The outcome of one module run.

    ``items`` is the name and the rows of the per-item list, each row with a ``result`` word. ``before`` and ``after``
    are plain data for the diff: only what differs. ``failure`` is the message of a failed task.
    """

    changed: bool = False
    actions: list[str] = field(default_factory=list)
    items: tuple[str, list[dict[str, t.Any]]] = ("", [])
    results: dict[str, t.Any] = field(default_factory=dict)
    before: dict[str, t.Any] = field(default_factory=dict)
    after: dict[str, t.Any] = field(default_factory=dict)
    predicted: dict[str, t.Any] | None = None
    warnings: list[str] = field(default_factory=list)
    failure: str = ""
    error: CGError | None = None

    def as_result(self, unchanged_limit: int | None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = {"changed": self.changed, **self.results}
        if self.predicted is not None:  # a verb; the info modules only have results
            name, rows = self.items
            unchanged = sum(row["result"] == UNCHANGED for row in rows)
            result["actions"] = self.actions
            result[name] = limited(rows, unchanged_limit)
            result["unchanged_count"] = unchanged
            result["predicted"] = self.predicted
            result["diff"] = {"before": as_text(self.before), "after": as_text(self.after)}
        if self.error is not None:
            result["error"] = self.error.as_result()
        return result


def without_a_plan(
    list_name: str, predicted: t.Mapping[str, t.Any], failure: Exception, **empty_results: list[t.Any]
) -> Report:
    """For a verb that failed before it had a plan, on a wrong option or while reading: all its keys, empty.

    What an earlier task predicted is handed on: it still holds.
    """
    return Report(
        items=(list_name, []),
        results=dict(empty_results),
        predicted=dict(predicted),
        failure=f"{failure} Nothing was changed.",
        error=failure if isinstance(failure, CGError) else None,
    )


def limited(rows: list[dict[str, t.Any]], unchanged_limit: int | None) -> list[dict[str, t.Any]]:
    """The rows, without the unchanged ones beyond the limit (None: no limit), which are only counted."""
    if unchanged_limit is None:
        return rows
    shown = []
    unchanged = 0
    for row in rows:
        unchanged += row["result"] == UNCHANGED
        if row["result"] != UNCHANGED or unchanged <= unchanged_limit:
            shown.append(row)
    return shown


def as_text(data: dict[str, t.Any]) -> str:
    """YAML that a person can read, sorted; nothing for no data."""
    if not data:
        return ""
    # Imported only when there is something to show: an unchanged run is not slowed down.
    from ansible.module_utils.common.yaml import HAS_YAML, yaml_dump

    if HAS_YAML:
        return yaml_dump(data, default_flow_style=False, sort_keys=True, allow_unicode=True, width=120)
    import json

    return json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def enumerated(names: t.Sequence[str]) -> str:
    """``A, B, C``; beyond twenty names the rest is counted."""
    shown = ", ".join(names[:NAMES_SHOWN])
    return shown if len(names) <= NAMES_SHOWN else f"{shown} and {len(names) - NAMES_SHOWN} more"


def plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def last_words(errors: t.Iterable[CGError | None]) -> list[str]:
    """How the end of a wait was, once for all that waited: a dead server is one cause, not one for each object."""
    said = list(dict.fromkeys(str(error) for error in errors if error))
    if not said:
        return []
    more = f" (and {len(said) - 1} more errors)" if len(said) > 1 else ""
    return [f"Central Governance could not be asked, or not be read, to the end of the wait: {said[0]}{more}"]


def what_was_done(rows: t.Sequence[dict[str, t.Any]], noun: str) -> str:
    """``Of 5 masters: 2 changed, 1 failed, 2 not tried.``"""
    counts: dict[str, int] = {}
    for row in rows:
        counts[row["result"]] = counts.get(row["result"], 0) + 1
    parts = ", ".join(f"{count} {word.replace('_', ' ')}" for word, count in counts.items())
    return f"Of {plural(len(rows), noun)}: {parts}."
