# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The three steps of the role dr, and what the registered results of their tasks mean.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ...module_utils.dr import steps
from ...module_utils.dr.steps import (
    Result,
    did_run,
    failed_rows,
    has_failed,
    idle_steps,
    is_idle,
    is_known_failure,
    masters_to_synchronize,
    refused_step,
)

__all__ = [
    "Result",
    "did_run",
    "failed_rows",
    "has_failed",
    "idle_steps",
    "is_idle",
    "is_known_failure",
    "masters_to_synchronize",
    "refused_step",
]


@dataclass(frozen=True)
class Step:
    """``title`` is its display name, ``items`` the key under which its module lists the objects that it worked on."""

    name: str
    title: str
    items: str


DECLARE = Step(steps.DECLARE, "Declare the topology", "masters")
SYNCHRONIZE = Step(steps.SYNCHRONIZE, "Synchronize the backups", "backups")
DEPLOY = Step(steps.DEPLOY, "Deploy the flows", "flows")
STEPS = (DECLARE, SYNCHRONIZE, DEPLOY)
ALL_ROWS = 1_000_000


def rows(step: Step, result: Result) -> list[dict[str, t.Any]]:
    return list(result.get(step.items) or ())


_NEEDED = {
    "declare": "There is nothing to declare: dr_topology is empty. Give it a list of masters with their backups, or "
    "set dr_declare to false to leave this step out.",
    "synchronize": "There is nothing to synchronize: neither dr_topology nor dr_masters names a master. Name one, or "
    "set dr_synchronize to false to leave this step out.",
    "deploy": "There is nothing to deploy: dr_flows names no flow, and neither dr_topology nor dr_masters names a "
    "master whose flows could be deployed. Name some, or set dr_deploy to false to leave this step out.",
}


def needed(items: t.Sequence[t.Any], step: str) -> t.Sequence[t.Any]:
    """``items``, what a step works on. Raises ValueError if empty: without masters, a module takes all of them."""
    if not items:
        raise ValueError(_NEEDED[step])
    return items


def declare_limit(topology: t.Sequence[t.Mapping[str, t.Any]], state: str, limit: int) -> int:
    """How many unchanged masters the step declare lists: ``limit``, or all of them if a master may be left without a
    backup, which only the rows of all masters show."""
    may_end_empty = state == "absent" or any(not entry["backups"] for entry in topology)
    return ALL_ROWS if may_end_empty else limit


def not_compared(judged: t.Mapping[str, t.Any], plan_file: str | None) -> str:
    """Why a step must not write, if the run was not compared with its plan; otherwise an empty string.

    ``judged`` is the result of the task that compares; it is skipped when a run starts at a later task.
    """
    if not plan_file or judged.get("sha256"):
        return ""
    return (
        f"dr_plan_file: this run was not compared with the plan in {plan_file}, since the tasks that do so were "
        "skipped (as by --start-at-task and --skip-tags). Nothing is written without that. Start it from its first "
        "task, or do not set dr_plan_file."
    )


def counts(step: Step, result: Result) -> dict[str, int]:
    """How many objects of the step had each result, and how much was added to them and removed from them.

    A module shortens the lists of a large failure: then only the lengths of the lists are counted.
    """
    counted: dict[str, int] = {}
    listed = rows(step, result)
    for row in listed:
        word = str(row.get("result"))
        counted[word] = counted.get(word, 0) + 1
    if result.get("unchanged_count"):
        counted["unchanged"] = int(result["unchanged_count"])
    if omitted(result, step.items):
        lists = ("impacted_flows", "stale_flows", "violations")
        counted = {str(word): int(count) for word, count in result["counts"].items()}
        counted |= {key: len(result.get(key) or ()) + omitted(result, key) for key in lists}
        return {word: count for word, count in counted.items() if count}
    touched = [row for row in listed if row.get("result") != "unchanged"]
    if step is DECLARE:
        counted["backups_removed"] = sum(len(row.get("removed") or ()) for row in touched)
        counted["backups_added"] = sum(len(row.get("added") or ()) for row in touched)
        for key in ("impacted_flows", "stale_flows", "violations"):
            counted[key] = len(result.get(key) or ())
    if step is SYNCHRONIZE:
        for key in ("profiles_removed", "profiles_replaced", "profiles_created"):
            counted[key] = sum(len(row.get(key) or ()) for row in touched)
        counted["flag_disagrees"] = len(disagreements(result))
    return {word: count for word, count in counted.items() if count}


def disagreements(result: Result) -> list[dict[str, t.Any]]:
    """The backups that differ from their master although Central Governance calls them synchronized."""
    return [row for row in rows(SYNCHRONIZE, result) if row.get("flag_disagrees")]


def omitted(result: Result, key: str) -> int:
    """How many entries of a list are missing in the result of a large failure."""
    return int((result.get("omitted") or {}).get(key) or 0)


def actions(result: Result) -> list[str]:
    """What was done or would be done, removals first; for a large failure only some of it, and the number of others."""
    return sorted(result.get("actions") or (), key=lambda action: not str(action).startswith("Remove "))
