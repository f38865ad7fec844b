# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The three steps of a whole run, declare, synchronize and deploy, and what their results mean for later steps.

PRIVATE to the collection: it may change at any time.

A result is what a verb returned, as plain data; for a step that did not run it is {} or has ``skipped``.
"""

from __future__ import annotations

import typing as t

Result = t.Mapping[str, t.Any]
DECLARE, SYNCHRONIZE, DEPLOY = STEP_NAMES = ("declare", "synchronize", "deploy")
FAILED_WORDS = ("failed", "timed_out")


def did_run(result: Result) -> bool:
    """False for a step that a tag, a variable or an earlier failure left out."""
    return bool(result) and not result.get("skipped")


def has_failed(result: Result) -> bool:
    """True also when ``failed_when: false`` hides the failure from Ansible: only a failed module returns ``msg``."""
    return did_run(result) and bool(result.get("failed") or ("failed_when_result" in result and result.get("msg")))


def failed_rows(deployed: Result) -> list[dict[str, t.Any]]:
    """The flows that failed in a result or a prediction of the step deploy.

    Those with ``assumed`` rest on an assumption, such as that a deployment on an unreachable product fails.
    """
    return [row for row in deployed.get("flows") or () if row.get("result") in FAILED_WORDS]


def is_known_failure(deployed: Result, continue_on_error: bool = False) -> bool:
    """True when a prediction of the step deploy failed for a reason that is not only assumed.

    With ``continue_on_error`` the other flows, if there are any, are deployed although one fails.
    """
    if not has_failed(deployed):
        return False
    failed = failed_rows(deployed)
    if continue_on_error and failed and deployed.get("actions"):
        return False
    return not failed or not all(row.get("assumed") for row in failed)


def refused_step(predictions: t.Mapping[str, Result], continue_on_error: bool) -> str:
    """The first step that is known to fail, so that no step may start; an empty string when there is none."""
    for step in (DECLARE, SYNCHRONIZE):
        if has_failed(predictions.get(step) or {}):
            return step
    return DEPLOY if is_known_failure(predictions.get(DEPLOY) or {}, continue_on_error) else ""


def is_idle(result: Result, started_from: t.Mapping[str, t.Any]) -> bool:
    """True when a prediction says that the step would send no request that changes anything, and wait for nothing.

    ``started_from`` is the prediction of the steps before it. A step that would only wait for somebody else's
    deployment has no action, but predicts how that deployment ends.
    """
    return (
        did_run(result)
        and not has_failed(result)
        and not result.get("changed")
        and not result.get("actions")
        and dict(result.get("predicted") or {}) == dict(started_from)
    )


def idle_steps(predictions: t.Mapping[str, Result]) -> dict[str, bool]:
    """For each step that ran, whether it and all steps before it have nothing to do."""
    idle: dict[str, bool] = {}
    all_idle, started_from = True, dict[str, t.Any]()
    for step in STEP_NAMES:
        result = predictions.get(step) or {}
        if did_run(result):
            all_idle = all_idle and is_idle(result, started_from)
            started_from = dict(result.get("predicted") or started_from)
            idle[step] = all_idle
    return idle


def masters_to_synchronize(
    masters: t.Sequence[str], topology: t.Sequence[t.Mapping[str, t.Any]], declared: Result
) -> list[str]:
    """The masters without those that have no backup after the step declare: these have nothing to synchronize.

    For a master that the step's result does not list, or if it did not run, the declaration counts.
    """
    backups: dict[str, t.Any] = {entry["master"]: entry["backups"] for entry in topology}
    for row in declared.get("masters") or ():
        backups |= {str(row[key]): row.get("after") for key in ("master", "master_id") if row.get(key)}
    return [master for master in masters if backups.get(master) != []]
