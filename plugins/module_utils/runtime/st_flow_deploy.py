# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""st_flow_deploy: checks the gate, deploys, and waits until every product shows the deployment.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import contextlib
import typing as t
from dataclasses import dataclass, field

from ..cg_api.errors import BadOption, CGError
from ..dr.estate import Estate
from ..dr.flows import (
    ALWAYS,
    NEVER_DEPLOYED_ONLY,
    WHEN_NEEDED,
    FlowPlan,
    FlowView,
    definition,
    plan_deployment,
    view_flow,
)
from ..dr.identity import any_refers_to
from ..dr.model import DEPLOYED, DEPLOYED_IN_ERROR, Flow, Product, ProfileDetail
from ..dr.prediction import predict_deployment
from ..dr.wording import enumerated
from .lookup import find_each, read_estate_of
from .module import Task
from .options import VERB, WAITING
from .report import CHANGED, FAILED, NOT_TRIED, UNCHANGED, WOULD_CHANGE
from .verb import Diff, Job, Verb
from .waiting import Waiting
from .watching import POLLS_BEFORE_UNCHANGED_COUNTS, WatchedOutcome, start_and_watch

JOINED = "It was already being deployed when this task began; the task waited for that deployment."
ALREADY_UNDER_WAY = "It was already being deployed when this task began; not waited for (wait is false)."


def plan(task: Task) -> Job:
    Waiting.from_params(task.params)  # fails on a wrong option before anything is read
    flows, estate, unused = _read(task)
    named = task.params["flows"] or ()
    may_skip = [flow.id for flow in flows if not any_refers_to(named, flow)] if task.params["skip_incomplete"] else []
    planned = plan_deployment(flows, estate, task.params["redeploy"], frozenset(may_skip))
    if task.check_mode:
        # The deployments may fail on products that were not needed for the plan itself.
        targets = {product_id for p in (*planned.to_run, *planned.to_join) for product_id in p.view.expected}
        if unread := sorted(targets - estate.products.keys()):
            products = (*estate.products.values(), *task.cg.products(unread, profiles=ProfileDetail.NONE))
            estate = task.estate(products, estate.flows.values(), estate.deployments)
            planned = plan_deployment(flows, estate, task.params["redeploy"], frozenset(may_skip))
    outcomes = [DeployOutcome(p, p.flow.name, "deployed", estate) for p in planned.flows]
    return Job(
        outcomes,
        predicted=lambda: predict_deployment(planned, estate),
        warnings=[*unused, *(warning for p in planned.flows for warning in p.warnings)],
        advice=lambda: _advice(outcomes, task.params["masters"] or ()),
    )


def _read(task: Task) -> tuple[list[Flow], Estate, list[str]]:
    """The chosen flows in the order of the options, then by name; the estate to plan them with; and warnings."""
    flow_references, master_references = task.params["flows"] or [], task.params["masters"]
    master_products = task.cg.products(master_references, profiles=ProfileDetail.NONE) if master_references else []
    found = task.estate(master_products, task.cg.flows(None if master_references else flow_references))
    chosen, flow_problems = find_each("flows", flow_references, found.find_flows, task.cg.flows)
    masters, master_problems = find_each("masters", master_references or [], found.find_products, task.cg.products)
    if flow_problems or master_problems:
        raise BadOption(" ".join(flow_problems + master_problems))
    users = [flow for m in masters for flow in sorted(found.flows_using(m.id), key=lambda flow: flow.name)]
    chosen = list({flow.id: flow for flow in (*chosen, *users)}.values())
    warnings = _warnings_of_unused([m for m in masters if not m.backups and not found.flows_using(m.id)], task)
    return chosen, read_estate_of(task, chosen, master_products), warnings


def _warnings_of_unused(products: list[Product], task: Task) -> list[str]:
    """For products named as masters that have no backups and that no flow uses. Raises BadOption for backups."""
    if not products:
        return []
    everything = task.estate(task.cg.products(profiles=ProfileDetail.NONE))
    problems, kinds = [], []
    for product in products:
        masters = enumerated(sorted(master.name for master in everything.masters_of(product.id)))
        if masters:
            text = f"masters: {product.name} is not a master but a backup of {masters}, and no flow uses it."
            problems.append(f"{text} The flows of {masters} are deployed on {product.name} too.")
        else:
            kind = "SecureTransport without backups" if product.is_securetransport else product.type or "product"
            kinds.append(f"{product.name} (a {kind})")
    if problems:
        raise BadOption(" ".join(problems))
    return [f"masters: no flow uses {enumerated(kinds)}, so nothing is deployed for it."]


def apply(task: Task, job: Job) -> None:
    for outcome in job.outcomes:
        outcome.is_pending = outcome.plan.will_join
    start_and_watch(
        task,
        job.outcomes,
        request=lambda outcome: task.cg.deploy(outcome.plan.flow, task.params["force"]),
        observe=lambda pending: _observe(task, pending),
        observe_unfinished=lambda unfinished: _read_rows(task, unfinished),
    )


def _observe(task: Task, pending: list[DeployOutcome]) -> None:
    ids = {outcome.plan.flow.id for outcome in pending}
    flows = {flow.id: flow for flow in task.cg.flows(ids) if flow.id in ids}
    # While the status of a flow says that work is in progress, its rows need not be read.
    settled = [flow.id for flow in flows.values() if flow.is_settled]
    estate = task.estate(pending[0].estate.products.values(), flows.values(), task.cg.deployments(settled))
    for outcome in pending:
        flow = flows.get(outcome.plan.flow.id)
        outcome.is_missing = flow is None
        if flow is not None:
            outcome.seen = view_flow(flow, estate)
            outcome.was_seen_in_progress |= outcome.seen.is_in_progress


def _read_rows(task: Task, unfinished: list[DeployOutcome]) -> None:
    """Reads the last state on each product of the flows that did not end, if it can still be read."""
    with contextlib.suppress(CGError):
        rows = task.cg.deployments([outcome.plan.flow.id for outcome in unfinished])
        estate = task.estate((), (outcome.seen.flow for outcome in unfinished), rows)
        for outcome in unfinished:
            outcome.seen = outcome.seen._replace(deployments=tuple(estate.deployments_of(outcome.plan.flow.id)))


@dataclass(eq=False)
class DeployOutcome(WatchedOutcome):
    """One flow, as last seen. ``is_assumed``: in check mode, its failure is only assumed."""

    plan: FlowPlan
    estate: Estate
    seen: FlowView = field(init=False)
    is_assumed: bool = field(init=False, default=False)
    was_seen_in_progress: bool = field(init=False, default=False)
    unchanged_polls: int = field(init=False, default=0)  # consecutive
    polls_with_rows_missing: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        self.seen = self.plan.view
        if self.plan.is_skipped:
            self.end(NOT_TRIED, f'Skipped: the flow is incomplete (status "{self.plan.flow.status}").')

    @property
    def last_seen(self) -> str:
        missing = [self.estate.name_of(product_id) for product_id in self.seen.missing]
        return f'Last seen: status "{self.seen.flow.status}"' + (f", not on {enumerated(missing)}." if missing else ".")

    @property
    def has_work(self) -> bool:
        return self.plan.will_run or self.plan.will_join

    @property
    def is_left_out(self) -> bool:
        return super().is_left_out and not self.plan.is_skipped

    @property
    def _is_fresh(self) -> bool:
        before = self.plan.view
        return self.was_seen_in_progress or self.seen.flow.status != before.flow.status or self.seen.rows != before.rows

    @property
    def is_change(self) -> bool:
        """A deployment that was already under way is not a change of this task."""
        return self.plan.will_run and self._is_fresh

    @property
    def shows_work(self) -> bool:
        return self.plan.will_join or self._is_fresh

    @property
    def warnings(self) -> list[str]:
        if self.result != CHANGED or self.message:  # its end was not observed
            return []
        text = f"{self.name} is deployed, but still also on"
        return [f"{text} {row.product_name}, no longer a backup." for row in self.seen.former]

    def predict(self, task: Task) -> None:
        self.accepted = self.plan.will_run
        self.seen = self.plan.view._replace(
            flow=self.plan.flow._replace(status=self.plan.status_after),
            deployments=self.plan.deployments_after(self.estate),
        )
        if self.seen.flow.status == DEPLOYED_IN_ERROR and task.params["wait"]:
            self.is_assumed = True
            text = f"{self.name} would be deployed in error: {self.seen.failure_reasons}"
            self.end(FAILED, f"{text} This is assumed: outside of check mode the deployment is attempted.")
        else:
            self.end(*((WOULD_CHANGE,) if self.plan.will_run else (UNCHANGED, JOINED)))

    def judge(self) -> None:
        status = self.seen.flow.status
        before = self.plan.view
        # The work may not have started, or the reply may be outdated: an unchanged state counts only after some polls.
        is_old = status == before.flow.status and (not self.seen.is_deployed or self.seen.rows == before.rows)
        self.unchanged_polls = self.unchanged_polls + 1 if is_old else 0
        is_too_soon = self.unchanged_polls < POLLS_BEFORE_UNCHANGED_COUNTS or (self.error and not self.shows_work)
        if self.seen.is_in_progress or (is_old and is_too_soon and not self.plan.will_join):
            return
        if self.seen.is_deployed:
            self.end(*((UNCHANGED, JOINED) if self.plan.will_join else (CHANGED,)))
        elif status == DEPLOYED_IN_ERROR:
            self.end(FAILED, f"{self.name} was deployed in error: {self.seen.failure_reasons}", self.error)
        elif status == DEPLOYED:
            self.polls_with_rows_missing += 1
            if self.polls_with_rows_missing >= POLLS_BEFORE_UNCHANGED_COUNTS:
                missing = enumerated([self.estate.name_of(product_id) for product_id in self.seen.missing])
                text = f"Central Governance calls {self.name} Deployed, but shows no successful deployment on"
                self.end(FAILED, f"{text} {missing}.", self.error)
        else:
            details = self.seen.flow.details.rstrip(".")
            text = f"{self.name} was not deployed: Central Governance accepted the request, and then left the flow"
            reason = (
                f"It says: {details}."
                if details
                else "A conflict with another flow may be the reason (force skips such notifications)."
            )
            self.end(FAILED, f'{text} "{status}". {reason}', self.error)

    def give_up(self, last_error: CGError | None, waiting: Waiting | None) -> None:
        if self.plan.will_join and not last_error and not waiting:
            self.end(UNCHANGED, ALREADY_UNDER_WAY)
        else:
            super().give_up(last_error, waiting)

    def row(self) -> dict[str, t.Any]:
        order = {product_id: number for number, product_id in enumerate(self.seen.expected)}
        rows = sorted(self.seen.deployments, key=lambda row: (order.get(row.product_id, len(order)), row.product_name))
        return {
            "flow": self.plan.flow.name,
            "flow_id": self.plan.flow.id,
            "definition": definition(self.plan.view),
            "status_before": self.plan.flow.status,
            "status_after": self.seen.flow.status,
            "products": [self.estate.name_of(product_id) for product_id in self.seen.expected],
            "deployments": [
                {
                    "product": row.product_name,
                    "product_id": row.product_id,
                    "role": self.seen.role_of(row.product_id),
                    "status": row.status,
                }
                for row in rows
            ],
            "assumed": self.is_assumed,
        }

    def diff(self, labels: t.Mapping[str, str]) -> tuple[Diff, Diff]:
        label = labels[self.plan.flow.id]
        return {"flows": {label: _shown(self.plan.view)}}, {"flows": {label: _shown(self.seen)}}


def _shown(view: FlowView) -> Diff:
    shown: Diff = {"status": view.flow.status}
    if view.deployments:
        shown["deployed_on"] = {
            f"{row.product_name} ({view.role_of(row.product_id).replace('_', ' ')})": row.status
            for row in view.deployments
        }
    return shown


def _advice(outcomes: list[DeployOutcome], named_masters: t.Collection[str]) -> list[str]:
    gated = [outcome.plan.view for outcome in outcomes if outcome.plan.is_gated]
    if not gated:
        return []
    unsynchronized = {
        master.id: master.name for view in gated for master in view.masters if view.unsynchronized(master)
    }
    others = sorted(name for master_id, name in unsynchronized.items() if not {master_id, name} & set(named_masters))
    lines = ["Synchronize these backups first (st_sync), then run this task again."]
    if named_masters and others:
        lines.append(f"These flows also use masters that this task does not name: {enumerated(others)}.")
    return lines


ST_FLOW_DEPLOY = Verb(
    items="flows",
    noun="flow",
    title="deployment of flows",
    doing="Deploy the flows",
    argument_spec={
        "flows": {"type": "list", "elements": "str"},
        "masters": {"type": "list", "elements": "str"},
        "redeploy": {"type": "str", "choices": [WHEN_NEEDED, ALWAYS, NEVER_DEPLOYED_ONLY], "default": WHEN_NEEDED},
        "force": {"type": "bool", "default": False},
        "skip_incomplete": {"type": "bool", "default": False},
        **WAITING,
        **VERB,
    },
    constraints={"required_one_of": [("flows", "masters")]},
    plan=plan,
    apply=apply,
)
