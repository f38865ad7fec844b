# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""st_flow_deploy: through the gate, then deploy, then wait until every product says so.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import dataclass, field, replace

from ..cg_api.errors import BadOption, CGError
from ..cg_api.parallel import certain_failure, no_failure, try_each
from ..dr.estate import Estate
from ..dr.flows import (
    ALWAYS,
    NEVER_DEPLOYED_ONLY,
    WHEN_NEEDED,
    DeploymentPlan,
    FlowPlan,
    FlowView,
    backups_used_directly,
    definition,
    gate_messages,
    plan_deployment,
    view_flow,
)
from ..dr.model import DEPLOYED, DEPLOYED_IN_ERROR, Flow
from ..dr.prediction import merged, overlay, predict_deployment
from .frame import Task
from .lookup import find_each, labels_of, read_around
from .options import VERB, WAITING
from .report import (
    CHANGED,
    FAILED,
    LEFT_OUT,
    NOT_TRIED,
    TIMED_OUT,
    UNCHANGED,
    WOULD_CHANGE,
    Report,
    enumerated,
    last_words,
    plural,
    what_was_done,
    without_a_plan,
)
from .waiting import Waiting

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "flows": {"type": "list", "elements": "str"},
    "masters": {"type": "list", "elements": "str"},
    "redeploy": {"type": "str", "choices": [WHEN_NEEDED, ALWAYS, NEVER_DEPLOYED_ONLY], "default": WHEN_NEEDED},
    "force": {"type": "bool", "default": False},
    "skip_incomplete": {"type": "bool", "default": False},
    **WAITING,
    **VERB,
}
CONSTRAINTS: dict[str, t.Any] = {"required_one_of": [("flows", "masters")]}

# CG may need a moment before a deployment that it accepted shows, or before all its rows do: a state that looks as
# before the request, or that lacks rows, is taken for the outcome only after so many looks.
LOOKS_BEFORE_IT_COUNTS = 5
JOINED = "It was already being deployed when this task began, which waited for that."
ALREADY_UNDER_WAY = "It was already being deployed when this task began; not waited for (wait is false)."


def deploy_flows(task: Task) -> Report:
    try:
        waiting = Waiting.from_params(task.params)
        flows, estate = _read(task)
    except (BadOption, CGError) as error:
        return without_a_plan("flows", task.predicted, error)
    named = set(task.params["flows"] or ())
    skippable = (
        {flow.id for flow in flows if not named & {flow.id, flow.name}} if task.params["skip_incomplete"] else set()
    )
    plan = plan_deployment(flows, estate, task.params["redeploy"], skippable)
    if task.check_mode and (plan.to_run or plan.to_join):
        # Whether the deployments would succeed depends on servers that the plan itself need not know.
        estate = _with_backups(task, plan, estate)
        plan = plan_deployment(flows, estate, task.params["redeploy"], skippable)
    blocked = bool(plan.refused) and not task.params["continue_on_error"]
    outcomes = {p.flow.id: _outcome_without_writes(p, task, estate, blocked) for p in plan.flows}
    if (plan.to_run or plan.to_join) and not task.check_mode and not blocked:
        _Application(task, plan, outcomes, waiting, estate).run()
    return _report(task, plan, estate, list(outcomes.values()), blocked)


def _read(task: Task) -> tuple[list[Flow], Estate]:
    """The chosen flows in the order asked for (then by name), with all that planning them needs."""
    flow_references, master_references = task.params["flows"] or [], task.params["masters"]
    master_products = task.cg.products(master_references) if master_references else []
    found = Estate(master_products, task.cg.flows(None if master_references else flow_references))
    chosen, flow_problems = find_each("flows", flow_references, found.find_flows, "flow")
    masters, master_problems = find_each("masters", master_references or [], found.find_products, "product")
    if flow_problems or master_problems:
        raise BadOption(" ".join(flow_problems + master_problems))
    users = [flow for m in masters for flow in sorted(found.flows_using(m.id), key=lambda flow: flow.name)]
    chosen = list({flow.id: flow for flow in (*chosen, *users)}.values())
    estate = overlay(read_around(task.cg, chosen, master_products), task.predicted)
    return [estate.flows[flow.id] for flow in chosen], estate


def _with_backups(task: Task, plan: DeploymentPlan, estate: Estate) -> Estate:
    """The estate with every product that a deployment of the plan would reach."""
    wanted = {product_id for p in (*plan.to_run, *plan.to_join) for product_id in p.view.expected}
    unread = sorted(wanted - estate.products.keys())
    backups = task.cg.products(unread) if unread else []
    return Estate((*estate.products.values(), *backups), estate.flows.values(), estate.deployments)


@dataclass
class _Outcome:
    """What became of one flow, as last seen.

    ``is_open`` is True when a deployment was asked for, and how it ended was not seen.
    """

    plan: FlowPlan
    result: str
    message: str = ""
    error: CGError | None = None
    was_accepted: bool = False
    is_open: bool = False
    seen: FlowView = field(init=False)
    looks: int = 0
    looks_with_rows_missing: int = 0
    was_seen_working: bool = False

    def __post_init__(self) -> None:
        self.seen = self.plan.view

    def end(self, result: str, message: str = "", error: CGError | None = None, is_open: bool = False) -> None:
        self.result, self.message, self.error = result, message, error
        self.is_open = is_open and self.plan.will_run

    @property
    def is_fresh(self) -> bool:
        """True when what is seen cannot be the state from before the request."""
        return (
            self.was_seen_working
            or self.seen.flow.status != self.plan.flow.status
            or _rows(self.seen) != _rows(self.plan.view)
        )

    @property
    def is_change(self) -> bool:
        """A deployment that somebody else had begun is not our change."""
        return self.plan.will_run and self.is_fresh

    def as_result(self, estate: Estate) -> dict[str, t.Any]:
        order = {product_id: number for number, product_id in enumerate(self.seen.expected)}
        rows = sorted(self.seen.deployments, key=lambda row: (order.get(row.product_id, len(order)), row.product_name))
        return {
            "flow": self.plan.flow.name,
            "definition": definition(self.plan.view),
            "status_before": self.plan.flow.status,
            "status_after": self.seen.flow.status,
            "products": [estate.name_of(product_id) for product_id in self.seen.expected],
            "deployments": [
                {"product": row.product_name, "role": self.seen.role_of(row.product_id), "status": row.status}
                for row in rows
            ],
            "result": self.result,
            "message": self.message,
        }


def _rows(view: FlowView) -> set[tuple[str, ...]]:
    return {(row.product_id, row.status, row.id, row.timestamp) for row in view.deployments}


def _outcome_without_writes(plan: FlowPlan, task: Task, estate: Estate, blocked: bool) -> _Outcome:
    if plan.refusal:
        return _Outcome(plan, FAILED, plan.refusal)
    if plan.is_skipped:
        return _Outcome(plan, NOT_TRIED, f'Skipped: the flow is incomplete (status "{plan.flow.status}").')
    if not (plan.will_run or plan.will_join):
        return _Outcome(plan, UNCHANGED)
    if blocked or not task.check_mode:
        return _Outcome(plan, NOT_TRIED)
    outcome = _Outcome(plan, WOULD_CHANGE) if plan.will_run else _Outcome(plan, UNCHANGED, JOINED)
    outcome.seen = replace(
        plan.view,
        flow=replace(plan.flow, status=plan.status_after),
        deployments=plan.deployments_after(estate),
    )
    if outcome.seen.flow.status == DEPLOYED_IN_ERROR and task.params["wait"]:
        outcome.end(FAILED, f"{plan.flow.name} would be deployed in error: {_reasons(outcome.seen)}")
    return outcome


def _reasons(view: FlowView) -> str:
    reasons = [f"{row.product_name}: {row.message or 'no reason given'}" for row in view.failed]
    if not reasons:
        return view.flow.details or "before it reached any product; Central Governance gives no reason."
    return "; ".join(reasons) + "."


@dataclass
class _Application:
    task: Task
    plan: DeploymentPlan
    outcomes: dict[str, _Outcome]
    waiting: Waiting
    estate: Estate

    def run(self) -> None:
        pending = self._start() + [self.outcomes[p.flow.id] for p in self.plan.to_join]
        trouble: CGError | None = None
        try:
            if self.task.params["wait"]:
                trouble = self.waiting.until(lambda: self._look(pending))
            elif pending:
                self._look(pending)
        except CGError as error:
            trouble = error
        unfinished = [outcome for outcome in pending if outcome.result == NOT_TRIED]
        self._read_rows(unfinished)
        for outcome in unfinished:
            self._give_up(outcome, trouble)

    def _start(self) -> list[_Outcome]:
        """Asks for every deployment; returns those that may be under way."""
        to_run = self.plan.to_run
        attempts = try_each(
            lambda planned: self.task.cg.deploy(planned.flow, self.task.params["force"]),
            to_run,
            self.task.cg.max_parallel,
            no_failure if self.task.params["continue_on_error"] else certain_failure,
        )
        started = []
        for planned, attempt in zip(to_run, attempts, strict=True):
            outcome = self.outcomes[planned.flow.id]
            if isinstance(attempt, CGError):
                outcome.error = attempt
                if not attempt.was_sent:
                    outcome.end(FAILED, f"{planned.flow.name} was not deployed: {attempt}", attempt)
                    continue
            if attempt is not False:
                outcome.was_accepted = attempt is True
                started.append(outcome)
        return started

    def _look(self, outcomes: list[_Outcome]) -> bool:
        pending = [outcome for outcome in outcomes if outcome.result == NOT_TRIED]
        if not pending:
            return True
        ids = [outcome.plan.flow.id for outcome in pending]
        flows = {flow.id: flow for flow in self.task.cg.flows(ids) if flow.id in ids}
        # While a flow itself says that CG is at work on it, its rows need not be read.
        settled = [flow.id for flow in flows.values() if flow.is_settled]
        estate = Estate(self.estate.products.values(), flows.values(), self.task.cg.deployments(settled))
        for outcome in pending:
            outcome.looks += 1
            flow = flows.get(outcome.plan.flow.id)
            if flow is None:
                outcome.end(FAILED, f"{outcome.plan.flow.name} is no longer a flow of Central Governance.")
                continue
            outcome.seen = view_flow(flow, estate)
            outcome.was_seen_working |= outcome.seen.is_working
            self._settle(outcome)
        return all(outcome.result != NOT_TRIED for outcome in pending)

    def _read_rows(self, unfinished: list[_Outcome]) -> None:
        """How far each product came with what did not end, as far as it can still be read."""
        with contextlib.suppress(CGError):
            ids = [outcome.plan.flow.id for outcome in unfinished]
            estate = Estate((), (outcome.seen.flow for outcome in unfinished), self.task.cg.deployments(ids))
            for outcome in unfinished:
                rows = tuple(estate.deployments_of(outcome.plan.flow.id))
                outcome.seen = replace(outcome.seen, deployments=rows)

    def _settle(self, outcome: _Outcome) -> None:
        """Ends the outcome when what was seen is the end of it."""
        view, name = outcome.seen, outcome.plan.flow.name
        if view.is_working:
            return
        # Without any trace of a new deployment, a refused request has failed; one that was accepted, or that the server
        # failed to answer well, gets some looks more, and one with a lost reply all.
        is_old = not outcome.is_fresh and not outcome.plan.will_join
        error = outcome.error if is_old else None
        if error is not None and (
            error.is_refusal or (error.is_final and outcome.looks >= LOOKS_BEFORE_IT_COUNTS)
        ):
            outcome.end(FAILED, f"{name} was not deployed: {error}", error)
            return
        if is_old and (error is not None or outcome.looks < LOOKS_BEFORE_IT_COUNTS):
            return
        if view.is_deployed:
            outcome.end(*((UNCHANGED, JOINED) if outcome.plan.will_join else (CHANGED,)))
        elif view.flow.status == DEPLOYED_IN_ERROR:
            outcome.end(FAILED, f"{name} was deployed in error: {_reasons(view)}", outcome.error)
        elif view.flow.status == DEPLOYED:
            outcome.looks_with_rows_missing += 1
            if outcome.looks_with_rows_missing >= LOOKS_BEFORE_IT_COUNTS:
                missing = enumerated([self.estate.name_of(product_id) for product_id in view.missing])
                outcome.end(
                    FAILED,
                    f"Central Governance calls {name} Deployed, but shows no successful deployment on {missing}. "
                    "Run the task again.",
                    outcome.error,
                )
        else:
            said = f" It says: {view.flow.details.rstrip('.')}." if view.flow.details else ""
            guess = "" if said else " A conflict with another flow may be the reason (force skips such notifications)."
            outcome.end(
                FAILED,
                f"{name} was not deployed: Central Governance took the request, and then left the flow "
                f'"{view.flow.status}".{said}{guess}',
                outcome.error,
            )

    def _give_up(self, outcome: _Outcome, trouble: CGError | None) -> None:
        name, view = outcome.plan.flow.name, outcome.seen
        missing = [self.estate.name_of(product_id) for product_id in view.missing]
        last_seen = f'Last seen: status "{view.flow.status}"' + (f", not on {enumerated(missing)}." if missing else ".")
        if outcome.plan.will_join and trouble is None and not self.task.params["wait"]:
            outcome.end(UNCHANGED, ALREADY_UNDER_WAY)
        elif trouble is not None and trouble.is_refusal:
            outcome.end(
                FAILED, f"Waiting for {name} to be deployed ended: {trouble} {last_seen}", trouble, is_open=True
            )
        elif self.task.params["wait"]:
            error = trouble or outcome.error
            outcome.end(
                TIMED_OUT,
                f"{name} was not deployed within {self.waiting.timeout:g} s. {last_seen} It may still finish; run the "
                "task again.",
                error,
                is_open=True,
            )
        elif trouble is not None or outcome.error is not None:
            error = trouble or outcome.error
            outcome.end(FAILED, f"Whether {name} is being deployed is not known: {error}", error, is_open=True)
        else:
            outcome.end(CHANGED, f"Asked for, not waited for (wait is false). {last_seen}")


def _report(task: Task, plan: DeploymentPlan, estate: Estate, outcomes: list[_Outcome], blocked: bool) -> Report:
    rows = [outcome.as_result(estate) for outcome in outcomes]
    before: dict[str, t.Any] = {}
    after: dict[str, t.Any] = {}
    labels = labels_of(outcome.plan.flow for outcome in outcomes)
    for outcome in outcomes:
        if outcome.is_change:
            before.setdefault("flows", {})[labels[outcome.plan.flow.id]] = _shown(outcome.plan.view)
            after.setdefault("flows", {})[labels[outcome.plan.flow.id]] = _shown(outcome.seen)
    failed = [outcome for outcome in outcomes if outcome.result in (FAILED, TIMED_OUT)]
    changed = [outcome for outcome in outcomes if outcome.result in (CHANGED, WOULD_CHANGE)]
    if task.check_mode:
        asked = [] if blocked else [outcome for outcome in outcomes if outcome.plan.will_run]
    else:
        asked = [outcome for outcome in outcomes if outcome.was_accepted or outcome.is_change or outcome.is_open]
    warnings = [
        f"{outcome.plan.flow.name} is skipped: it is incomplete and cannot be deployed."
        for outcome in outcomes
        if outcome.plan.is_skipped
    ]
    warnings += [
        f"{outcome.plan.flow.name} is deployed, but still also on {row.product_name}, no longer a backup."
        for outcome in outcomes
        if outcome.result == CHANGED and task.params["wait"]
        for row in outcome.seen.former
    ]
    warnings += [
        f"{outcome.plan.flow.name} uses {backup} directly, which is a backup of {master}: a flow that does becomes "
        "invalid as soon as they are synchronized. Take it out of the flow."
        for outcome in outcomes
        if outcome.plan.will_run
        for master, backup in backups_used_directly(outcome.plan.view)
    ]
    return Report(
        # What was asked for, and was not seen to end, may still come about.
        changed=bool(changed) or any(outcome.is_change or outcome.is_open for outcome in outcomes),
        actions=[o.plan.action for o in asked],
        items=("flows", rows),
        before=before,
        after=after,
        predicted=merged(task.predicted, {} if blocked else predict_deployment(plan, estate)),
        warnings=warnings,
        failure=_failure(outcomes, failed, rows, blocked, task.params["masters"]),
        error=next((outcome.error for outcome in failed if outcome.error), None),
    )


def _failure(
    outcomes: list[_Outcome],
    failed: list[_Outcome],
    rows: list[dict[str, t.Any]],
    blocked: bool,
    masters: list[str] | None,
) -> str:
    """Each distinct reason on a line of its own (the gate's are CG's exact words), with the flows that it concerns."""
    if not failed:
        left_out = any(o.result == NOT_TRIED and not o.plan.is_skipped for o in outcomes)
        return f"{LEFT_OUT} {what_was_done(rows, 'flow')} Run the task again to do the rest." if left_out else ""
    flows_by_reason: dict[str, list[str]] = {}
    for outcome in failed:
        flows_by_reason.setdefault(outcome.message, []).append(outcome.plan.flow.name)
    gated = {o.message for o in failed if o.plan.refusal and gate_messages(o.plan.view)}
    lines = last_words(outcome.error for outcome in failed if outcome.result == TIMED_OUT)
    for reason, flows in flows_by_reason.items():
        lines += [reason, f"  ({_concerned(flows)})"] if reason in gated else [reason]
    lines.append("Nothing was deployed." if blocked else what_was_done(rows, "flow"))
    if gated:
        lines.append("Synchronize these backups first (st_sync), then run this task again.")
        named = set(masters or ())
        others = sorted(
            {
                master.name
                for outcome in failed
                if outcome.plan.refusal
                for master in outcome.plan.view.masters
                if outcome.plan.view.unsynchronized(master) and not named & {master.id, master.name}
            }
        )
        if named and others:
            lines.append(f"Mind that these flows also use masters that this task does not name: {enumerated(others)}.")
    return "\n".join(lines)


def _concerned(flows: list[str]) -> str:
    return f"{plural(len(flows), 'flow')}: {enumerated(sorted(flows))}"


def _shown(view: FlowView) -> dict[str, t.Any]:
    shown: dict[str, t.Any] = {"status": view.flow.status}
    if view.deployments:
        shown["deployed_on"] = {
            f"{row.product_name} ({view.role_of(row.product_id).replace('_', ' ')})": row.status
            for row in view.deployments
        }
    return shown
