# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Flows with their backups: where each should be deployed, where it is deployed, and whether the gate is open.

PRIVATE to the collection: it may change at any time.

Documented (guide, "Deploy a flow on backup products"): a flow is deployed on its masters and on their backups
together, provided that every backup is synchronized; otherwise the deployment fails with the message that
:func:`gate_message` returns. The definition shows the backups in parentheses next to their master.
"""

from __future__ import annotations

import typing as t

from .estate import Estate
from .model import (
    DEPLOYED,
    DEPLOYED_IN_ERROR,
    IN_PROGRESS,
    SAVED,
    Deployment,
    Flow,
    FlowPart,
    Product,
)

MASTER, BACKUP, FORMER_BACKUP, OTHER = "master", "backup", "former_backup", "other"
WHEN_NEEDED, ALWAYS, NEVER_DEPLOYED_ONLY = "when_needed", "always", "never_deployed_only"


class FlowView(t.NamedTuple):
    """A flow with its backups. ``expected`` has the products of the flow in its order, then the backups."""

    flow: Flow
    masters: tuple[Product, ...]
    expected: dict[str, str]  # businessId of every product that the flow should be deployed on -> its role
    deployments: tuple[Deployment, ...]
    out_of_reach: tuple[Product, ...] = ()  # the expected products on which a deployment cannot succeed now

    @property
    def missing(self) -> list[str]:
        """Expected products without a successful deployment."""
        deployed = {row.product_id for row in self.deployments if row.status == DEPLOYED}
        return [product_id for product_id in self.expected if product_id not in deployed]

    @property
    def former(self) -> list[Deployment]:
        """Deployments on products that are not expected, such as former backups."""
        return [row for row in self.deployments if row.product_id not in self.expected]

    @property
    def failed(self) -> list[Deployment]:
        return [row for row in self.deployments if row.status == DEPLOYED_IN_ERROR]

    @property
    def is_in_progress(self) -> bool:
        """A deployment is in progress, by the status of the flow or of its deployment on an expected product."""
        return not self.flow.is_settled or any(
            row.status == IN_PROGRESS for row in self.deployments if row.product_id in self.expected
        )

    @property
    def is_deployed(self) -> bool:
        """The flow is ``Deployed``, and has a successful deployment on every expected product."""
        return self.flow.status == DEPLOYED and not self.missing

    @property
    def rows(self) -> frozenset[tuple[str, ...]]:
        """Compared to distinguish a new deployment from the one before it."""
        return frozenset((row.product_id, row.status, row.id, row.timestamp) for row in self.deployments)

    @property
    def failure_reasons(self) -> str:
        reasons = [f"{row.product_name}: {row.message or 'no reason given'}" for row in self.failed]
        if not reasons:
            return self.flow.details or "it failed before it reached any product; Central Governance gives no reason."
        return "; ".join(reasons) + "."

    def role_of(self, product_id: str) -> str:
        return self.expected.get(product_id, FORMER_BACKUP)

    def unsynchronized(self, master: Product) -> list[str]:
        return [backup.name for backup in master.backups if backup.synchronized is not True]


def view_flow(flow: Flow, estate: Estate) -> FlowView:
    """The estate must hold the products that the flow uses, and its deployments."""
    expected: dict[str, str] = {}
    masters = []
    for product_id in estate.products_in(flow):
        product = estate.products.get(product_id)
        if product is None:  # a partner, an application, an unmanaged product: nothing is deployed there (assumed)
            continue
        if product.backups:
            masters.append(product)
        expected[product_id] = MASTER if product.backups else OTHER
    for master in masters:
        for backup in master.backups:
            expected.setdefault(backup.id, BACKUP)
    out_of_reach = tuple([estate.out_of_reach[i] for i in expected if i in estate.out_of_reach])
    return FlowView(flow, tuple(masters), expected, tuple(estate.deployments_of(flow.id)), out_of_reach)


def backups_used_directly(view: FlowView) -> list[tuple[str, str]]:
    """(master, backup) by name, for each backup of the flow's masters that is itself a part of the flow.

    Documented: not recommended, since such a flow becomes invalid as soon as the two synchronize.
    """
    parts = {part.id or part.name for part in view.flow.parts if part.may_be_a_product}
    return [
        (master.name, backup.name)
        for master in view.masters
        for backup in master.backups
        if backup.id in parts or backup.name in parts
    ]


def gate_message(backups: t.Iterable[str], master: str) -> str:
    """The documented message of CG."""
    return f"Backup product/s {', '.join(backups)} are not synchronized with the master product {master}"


def gate_messages(view: FlowView) -> list[str]:
    """One message per master of the flow that has an unsynchronized backup; empty when the gate is open."""
    return [
        gate_message(unsynchronized, master.name)
        for master in view.masters
        if (unsynchronized := view.unsynchronized(master))
    ]


def definition(view: FlowView) -> str:
    """The flow as CG displays it: ``ST_PARIS (ST_LYON, ST_LILLE) -> PARTNER_BANK``."""
    backups = {master.id: [backup.name for backup in master.backups] for master in view.masters}
    names_of_masters = {master.name: master.id for master in view.masters}

    def shown(part: FlowPart) -> str:
        own = backups.get(part.id or names_of_masters.get(part.name, "")) if part.may_be_a_product else None
        return f"{part.name} ({', '.join(own)})" if own else part.name

    stages = (
        ", ".join(shown(part) for part in view.flow.parts if part.role == role)
        for role in ("source", "relay", "target")
    )
    return " -> ".join(stage for stage in stages if stage)


class FlowPlan(t.NamedTuple):
    """What to do with one flow. At most one of ``will_run``, ``will_join``, ``refusal`` and ``is_skipped`` holds."""

    view: FlowView
    is_needed: bool
    reason: str = ""
    refusal: str = ""
    is_skipped: bool = False

    @property
    def flow(self) -> Flow:
        return self.view.flow

    @property
    def is_gated(self) -> bool:
        """Refused because a backup is not synchronized."""
        return bool(self.refusal and gate_messages(self.view))

    @property
    def warnings(self) -> list[str]:
        if self.is_skipped:
            return [f"{self.flow.name} is skipped: it is incomplete and cannot be deployed."]
        return [
            f"{self.flow.name} uses {backup} directly, which is a backup of {master}: it becomes invalid as soon as "
            "they are synchronized. Take the backup out of the flow."
            for master, backup in (backups_used_directly(self.view) if self.will_run else ())
        ]

    @property
    def will_join(self) -> bool:
        """A deployment is already in progress: wait for it instead of starting another."""
        return self._is_to_be_done and self.view.is_in_progress

    @property
    def will_run(self) -> bool:
        return self._is_to_be_done and not self.view.is_in_progress

    @property
    def _is_to_be_done(self) -> bool:
        return self.is_needed and not self.refusal and not self.is_skipped

    @property
    def status_after(self) -> str:
        """Documented: a flow that failed on some products is ``Deployed in error``."""
        if not (self.will_run or self.will_join):
            return self.flow.status
        return DEPLOYED_IN_ERROR if self.view.out_of_reach else DEPLOYED

    def deployments_after(self, estate: Estate) -> tuple[Deployment, ...]:
        """One row for every expected product: what the deployments list would show once the deployment has ended."""
        if not (self.will_run or self.will_join):
            return self.view.deployments
        reasons = {
            product.id: f"the product cannot be reached (status {product.status})" for product in self.view.out_of_reach
        }
        return tuple(
            Deployment(
                self.flow.id,
                product_id,
                estate.name_of(product_id),
                DEPLOYED_IN_ERROR if product_id in reasons else DEPLOYED,
                reasons.get(product_id, ""),
            )
            for product_id in self.view.expected
        )

    @property
    def actions(self) -> list[str]:
        return [f"Deploy {self.flow.name} ({definition(self.view)}): {self.reason}"]


class DeploymentPlan(t.NamedTuple):
    flows: tuple[FlowPlan, ...]

    @property
    def to_run(self) -> list[FlowPlan]:
        return [plan for plan in self.flows if plan.will_run]

    @property
    def to_join(self) -> list[FlowPlan]:
        return [plan for plan in self.flows if plan.will_join]

    @property
    def refused(self) -> list[FlowPlan]:
        return [plan for plan in self.flows if plan.refusal]

    @property
    def actions(self) -> list[str]:
        return [action for plan in self.to_run for action in plan.actions]


def plan_deployment(
    flows: t.Iterable[Flow], estate: Estate, redeploy: str = WHEN_NEEDED, skippable: t.Container[str] = ()
) -> DeploymentPlan:
    """Plans each flow, in the order given; ``redeploy`` is one of when_needed, always, never_deployed_only.

    ``skippable`` holds the ids of the flows that are skipped, not refused, when they are incomplete.
    """
    return DeploymentPlan(
        tuple(_plan_flow(view_flow(flow, estate), redeploy, estate, flow.id in skippable) for flow in flows)
    )


def _plan_flow(view: FlowView, redeploy: str, estate: Estate, may_skip: bool) -> FlowPlan:
    reason = _reason_to_deploy(view, redeploy, estate)
    if reason is None:
        return FlowPlan(view, is_needed=False)
    if view.flow.status == SAVED:
        if may_skip:
            return FlowPlan(view, is_needed=True, is_skipped=True)
        return FlowPlan(
            view,
            is_needed=True,
            refusal=f'The flow {view.flow.name} is incomplete (status "{SAVED}") and cannot be deployed; '
            "complete it in Central Governance first.",
        )
    ambiguous = estate.ambiguous_names_in(view.flow)
    if ambiguous:
        return FlowPlan(
            view,
            is_needed=True,
            refusal=f"The flow {view.flow.name} uses {', '.join(ambiguous)}, which is the name of several products: "
            "where it would be deployed cannot be determined. Give these products unique names.",
        )
    closed = [] if view.is_in_progress else gate_messages(view)
    return FlowPlan(view, is_needed=True, reason=reason, refusal="; ".join(closed))


def _reason_to_deploy(view: FlowView, redeploy: str, estate: Estate) -> str | None:
    """Why the flow needs a deployment, for the list of actions; None when it needs none."""
    if redeploy == NEVER_DEPLOYED_ONLY:
        never_deployed = view.flow.status != DEPLOYED and not view.deployments
        return "never deployed" if never_deployed else None
    if view.flow.status != DEPLOYED:
        return f'its status is "{view.flow.status}"'
    if view.missing:
        return f"not deployed on {', '.join(estate.name_of(product_id) for product_id in view.missing)}"
    if view.former:
        return f"still deployed on {', '.join(row.product_name for row in view.former)}, no longer a backup"
    return "redeploy is always" if redeploy == ALWAYS else None
