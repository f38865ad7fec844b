# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of a rehearsal: what a run would do in production, which findings would remain, and what is not simulated.

PRIVATE to the collection: it may change at any time. The names of the statistics and the format of rehearsal.json
(docs/schemas/) are public.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ...module_utils.dr.audit.changes import changes_between
from ..pipeline.steps import DECLARE, STEPS, actions, omitted
from .summary import summary_text

Row = t.Mapping[str, t.Any]

FORMAT_VERSION = "1.0"
SCHEMA = (
    "https://github.com/mftops/ansible-collection-central-governance/blob/main/docs/schemas/dr_rehearsal-1.schema.json"
)
NEVER, ON_FAILURE, CRITICAL, WARNING = FAIL_ON = ("never", "failed", "critical", "warning")
SUCCEEDED, FAILED, REFUSED, NOT_REHEARSED = "succeeded", "failed", "refused", "not_rehearsed"
_FAILING = {CRITICAL: ("NOT_READY", "UNKNOWN"), WARNING: ("NOT_READY", "UNKNOWN", "DEGRADED")}
_KEPT = ("id", "rule", "severity", "master", "backup", "flow", "product", "message")
# Rules whose findings mean that a flow is not deployed, or not on all of its products.
_OF_A_FLOW = ("flow_not_deployed", "flow_in_error", "deployment_missing", "deployment_in_error")


@dataclass(frozen=True)
class Rehearsed:
    """What the tasks of the role registered; {} for a task that did not run.

    ``production`` and ``before`` are audits of production and of its copy before the run, ``after`` that of the copy
    after it; ``applied`` is the fact dr_result. ``situations`` have ``name``, ``meaning`` and ``met`` (how many
    requests they affected). ``stopped`` says why there was no rehearsal. ``lines`` limits each list of the summary.
    """

    production: Row
    before: Row
    after: Row
    applied: Row
    situations: t.Sequence[Row] = ()
    copied: Row = field(default_factory=dict)
    stopped: str = ""
    fail_on: str = ON_FAILURE
    lines: int = 20

    @property
    def outcome(self) -> str:
        failure = self.applied.get("failure") or {}
        if self.stopped or not self.after:
            return NOT_REHEARSED
        if not failure:
            return SUCCEEDED
        return FAILED if failure.get("phase") == "run" else REFUSED


def rehearsal(rehearsed: Rehearsed) -> dict[str, t.Any]:
    """The value of ``dr_rehearse_result``, and the content of rehearsal.json."""
    result = _result(rehearsed)
    result["failure"] = _failure(result, rehearsed)
    result["summary"] = summary_text(result, rehearsed.applied.get("summary") or [], rehearsed.lines)
    result["stats"] = _statistics(result)
    return result


def _result(rehearsed: Rehearsed) -> dict[str, t.Any]:
    before, after, applied = rehearsed.before, rehearsed.after, rehearsed.applied
    outcome = rehearsed.outcome
    took_place = outcome != NOT_REHEARSED
    flows = _saved(applied) if took_place else []
    findings = _compared(before, after) if took_place else _nothing()
    return {
        "$schema": SCHEMA,
        "format_version": FORMAT_VERSION,
        "outcome": outcome,
        "reason": rehearsed.stopped if not took_place else str((applied.get("failure") or {}).get("message") or ""),
        "changed": bool(applied.get("changed")) if took_place else None,
        "verdict": after.get("verdict", "UNKNOWN") if took_place else "UNKNOWN",
        "verdict_before": before.get("verdict", "UNKNOWN") if before else "UNKNOWN",
        "drift": after.get("drift") if took_place else None,
        "counts": dict(after.get("counts") or {}) if took_place else {},
        "counts_before": dict(before.get("counts") or {}),
        "actions": {step.name: actions(applied.get(step.name) or {}) if took_place else [] for step in STEPS},
        "flows_saved": flows,
        "flows_saved_not_listed": omitted(applied.get(DECLARE.name) or {}, "impacted_flows") if took_place else 0,
        "flows_left": _left(flows, after) if took_place else [],
        "findings": findings,
        "situations": [dict(each) for each in rehearsed.situations],
        "copy": {
            "products": rehearsed.copied.get("products"),
            "flows": rehearsed.copied.get("flows"),
            "left_out": list(rehearsed.copied.get("left_out") or ()),
            "differs": _differences(rehearsed.production, before),
        },
        "not_simulated": list(NOT_SIMULATED),
    }


# What a simulation of Central Governance cannot show, the most surprising first.
NOT_SIMULATED = (
    "Synchronization: the copy makes communication profiles equal. What else SecureTransport synchronizes, and how "
    "long that takes, is not simulated.",
    "Network: whether a product can be reached is taken from its status in Central Governance. No product is "
    "contacted, so a deployment that fails in production because of a product may succeed on the copy.",
    "Time: how long the run takes in production, and what users do there meanwhile.",
    "Assumed behaviour: removing, synchronizing and deploying by the API are assumed, not documented; see the "
    "simulator's README.",
    "Certificates: only their digests are copied, so their validity was not assessed.",
    "Flows: their properties and identifiers (IDF) are not copied, so conflicts between flows do not occur.",
)


def _saved(applied: Row) -> list[str]:
    """Deployed flows that the run makes "Saved, not deployed", until it or somebody else deploys them again."""
    rows = (applied.get(DECLARE.name) or {}).get("impacted_flows") or ()
    return sorted({str(row["flow"]) for row in rows})


def _left(flows: t.Sequence[str], after: Row) -> list[str]:
    wrong = {str(row["flow"]) for row in after.get("findings") or () if row["rule"] in _OF_A_FLOW}
    return sorted(wrong.intersection(flows))


def _compared(before: Row, after: Row) -> dict[str, t.Any]:
    earlier = {row["id"]: row for row in before["findings"]}
    now = {row["id"]: row for row in after["findings"]}
    changes = _changes(before, after)
    return {
        "became": changes["became"],
        "resolved": [_kept(earlier[finding_id]) for finding_id in changes["resolved"]],
        "new": [_kept(now[finding_id]) for finding_id in changes["new"]],
        "remaining": [_kept(now[finding_id]) for finding_id in changes["unchanged"]],
        "not_known": [_kept(earlier[finding_id]) for finding_id in changes["not_known"]],
    }


def _nothing() -> dict[str, t.Any]:
    return {"became": None, "resolved": [], "new": [], "remaining": [], "not_known": []}


def _changes(before: Row, after: Row) -> dict[str, t.Any]:
    record = {"data": {"read_at": None, "verdict": before["verdict"], "findings": before["findings"]}}
    return changes_between(record, after)


def _differences(production: Row, before: Row) -> list[str]:
    """What the audit finds only in production or only in its copy, so where the copy differs from production."""
    if not production or not before:
        return []
    real = {row["id"]: row["message"] for row in production["findings"]}
    copied = {row["id"]: row["message"] for row in before["findings"]}
    return [f"only in production: {message}" for finding_id, message in real.items() if finding_id not in copied] + [
        f"only in the copy: {message}" for finding_id, message in copied.items() if finding_id not in real
    ]


def _kept(row: Row) -> dict[str, t.Any]:
    return {**{key: row[key] for key in _KEPT}, "accepted": bool(row["accepted"])}


def _failure(result: Row, rehearsed: Rehearsed) -> str:
    """Why the play fails; empty if it does not."""
    outcome, fail_on = result["outcome"], rehearsed.fail_on
    if outcome == NOT_REHEARSED:
        return f"Nothing was rehearsed, so nothing is known: {result['reason']}"
    if fail_on == NEVER:
        return ""
    if outcome != SUCCEEDED:
        where = "In production, in the situations practised," if result["situations"] else "In production"
        return f"{where} this run would fail too. {result['reason']}"
    if result["verdict"] in _FAILING.get(fail_on, ()):
        return (
            f"The run succeeded on the copy, and leaves it {result['verdict']}; dr_rehearse_fail_on is {fail_on}. "
            "The findings that would remain are in the summary."
        )
    return ""


def _statistics(result: Row) -> dict[str, t.Any]:
    """For set_stats, with the names of dr_audit and dr_apply. The audit is that of the copy after the run."""
    findings = result["findings"]
    return {
        "dr_verdict": result["verdict"],
        "dr_drift": result["drift"],
        "dr_changed": result["changed"],
        "dr_counts": result["counts"],
        "dr_summary": "\n".join(result["summary"]),
        "dr_rehearsal": {
            "outcome": result["outcome"],
            "verdict_before": result["verdict_before"],
            "flows_saved": len(result["flows_saved"]) + result["flows_saved_not_listed"],
            "flows_left": len(result["flows_left"]),
            **{key: len(findings[key]) for key in ("resolved", "new", "remaining")},
        },
    }
