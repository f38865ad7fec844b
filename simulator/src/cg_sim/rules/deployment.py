# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Deploying flows: the checks before it, and the deployments list after it."""

from __future__ import annotations

from dataclasses import replace

from cg_sim.errors import conflict
from cg_sim.identity import deployment_id
from cg_sim.model import (
    DEPLOYED,
    DEPLOYED_IN_ERROR,
    IN_PROGRESS,
    SAVED,
    SAVED_NOT_DEPLOYED,
    UNREACHABLE,
    Deployment,
    Document,
    Flow,
    Job,
    Product,
    deployment_from_document,
    deployment_to_document,
)
from cg_sim.pairing import SECURETRANSPORT
from cg_sim.rules.backups import invalidate_flow, synchronized_backup_in
from cg_sim.rules.flows import find_flow
from cg_sim.state import State
from cg_sim.world import World


def deploy(world: World, flow_id: str, force: bool) -> Flow:
    """Start a deployment.

    Documented (flow_status): `Saved` flows are incomplete and cannot be deployed; conflicts stop a deploy unless it is
    forced, and the status stays. Documented ("Manage SecureTransport backups"): unsynchronized backups stop it, with
    this text; force does not help (assumed). Documented (flow_status) for the pages: `Deployed` flows offer no deploy.
    Assumed: the API accepts it nevertheless, or with the variant deployed_flow=refuse refuses it (our wording), forced
    or not; not two at a time; a status that the guide does not name means work in progress; with the variant
    gate=report the request is accepted and the text is shown in the flow's details."""
    flow = find_flow(world.state, flow_id)
    if flow.status == IN_PROGRESS:
        raise conflict(f"Flow {flow.name} is being deployed already")
    if flow.busy:
        raise conflict(f"Flow {flow.name} cannot be deployed: work on it is in progress (status {flow.status})")
    if flow.status == DEPLOYED and world.settings.variants["deployed_flow"] == "refuse":
        raise conflict(f"Flow {flow.name} is deployed already; change it to deploy it again")
    if flow.status == SAVED:
        raise conflict(
            f"Flow {flow.name} is incomplete and cannot be deployed" + (f" ({flow.details})" if flow.details else "")
        )
    if not force:
        conflicts = find_conflicts(world.state, flow)
        if conflicts:
            raise conflict("; ".join(conflicts))
    blocked = "; ".join(gate_messages(world.state, flow))
    report = ""
    if blocked:
        if world.settings.variants["gate"] == "block":
            raise conflict(blocked)
        report = blocked

    rows = world.state.deployments.get(flow.id, ())
    expected = expected_products(world.state, flow)
    data = {
        "flow": flow.id,
        "products": [product.id for product in expected],
        "report": report,
        "rows_before": [deployment_to_document(row, flow.name) for row in rows],
    }
    now = world.clock.now()
    world.state.put_flow(replace(flow, status=IN_PROGRESS, status_at=now, details=""))
    if not report:
        waiting = [_row(flow, product, IN_PROGRESS, "", now) for product in expected]
        reached = {row.product_id for row in waiting}
        world.state.put_deployments(flow.id, [*waiting, *(row for row in rows if row.product_id not in reached)])
    _begin(world, flow, data)
    return world.state.flows[flow.id]


def _begin(world: World, flow: Flow, data: Document) -> None:
    world.schedule(world.new_job("deploy", flow.id, (flow.id,), world.settings.transition("deploy"), data))


def resume_deployments(world: World) -> None:
    """Assumed: a flow that is loaded as `In progress` is being deployed to the products that a deploy would reach now,
    and has passed the checks. A snapshot or a database normally contains the job already. The rows of the
    deployments list stay as loaded until the job ends."""
    state = world.state
    for flow in list(state.flows.values()):
        if flow.status != IN_PROGRESS or world.job("deploy", flow.id) is not None:
            continue
        rows = [row for row in state.deployments.get(flow.id, ()) if row.status != IN_PROGRESS]
        data = {
            "flow": flow.id,
            "products": [product.id for product in expected_products(state, flow)],
            "report": "",
            "rows_before": [deployment_to_document(row, flow.name) for row in rows],
        }
        _begin(world, flow, data)


def gate_messages(state: State, flow: Flow) -> list[str]:
    """One sentence for each master with unsynchronized backups; the text is documented."""
    messages = []
    for product_id in flow.product_ids():
        master = state.products.get(product_id)
        if master is None or master.type != SECURETRANSPORT:
            continue
        late = [state.product_name(backup.id) for backup in master.backups if not backup.synchronized]
        if late:
            messages.append(
                f"Backup product/s {', '.join(late)} are not synchronized with the master product {master.name}"
            )
    return messages


def find_conflicts(state: State, flow: Flow) -> list[str]:
    """Documented (flow_status): the two kinds and their texts. Assumed: another flow conflicts when it has the same
    IDF and is deployed on a product of this one; a legacy flow when it has the IDF and exists on such a product."""
    if not flow.idf:
        return []
    products = {product.id for product in expected_products(state, flow)}
    conflicts = []
    for other in sorted(state.flows_with_idf(flow.idf), key=lambda entry: entry.name):
        deployed_on = {row.product_id for row in state.deployments.get(other.id, ()) if row.status == DEPLOYED}
        if other.id != flow.id and deployed_on & products:
            conflicts.append(f"Conflict with another flow with the same IDF: {other.name} has {flow.idf}")
    for product_id in flow.product_ids():
        product = state.products.get(product_id)
        if product is not None and flow.idf in product.legacy_idfs:
            conflicts.append(f"Conflict with legacy flows: {product.name} has {flow.idf}")
    return conflicts


def expected_products(state: State, flow: Flow) -> list[Product]:
    """Documented: a deploy reaches the products of the definition and the backups of its masters. In that order."""
    found: dict[str, Product] = {}
    for product_id in flow.product_ids():
        product = state.products.get(product_id)
        if product is None:
            continue
        found[product_id] = product
        for backup in product.backups:
            found[backup.id] = state.products[backup.id]
    return list(found.values())


def finish_deployment(world: World, job: Job) -> None:
    """Documented (flow_status): `Deployed`, or `Deployed in error` when it failed on some products (see the
    deployments list) or before reaching any (reason in the details, no rows in the list). Documented
    ("Manage SecureTransport backups"): a product that is no longer a backup is updated, that is, loses the flow.
    Assumed: a product that is Unreachable or not registered fails; one that is Stopped does not, since Central
    Governance reaches it and can start it; a backup that was added meanwhile makes the flow `Saved, not deployed`."""
    state, now = world.state, world.clock.now()
    flow = state.flows[job.data["flow"]]

    def end(status: str, details: str = "") -> None:
        state.put_flow(replace(flow, status=status, status_at=now, details=details))
        late = synchronized_backup_in(state, flow)
        if late is not None:
            invalidate_flow(world, state.flows[flow.id], late)

    if job.data["report"]:
        end(SAVED_NOT_DEPLOYED, job.data["report"])
        return
    fault = world.job_fault("deployFlow", (flow.id, flow.name))
    before = [deployment_from_document(row, now) for row in job.data["rows_before"]]
    if fault is not None and fault["fault"] == "job_error":
        state.put_deployments(flow.id, before)
        end(DEPLOYED_IN_ERROR, fault.get("message") or "The deployment failed before it reached a product")
        return

    rows, failed = [], []
    targets = [state.products[product_id] for product_id in job.data["products"]]
    failing = _failing_products(fault, targets)
    for product in targets:
        message = ""
        if product.id in failing:
            message = (fault or {}).get("message") or f"Deployment on {product.name} failed"
        elif product.status == UNREACHABLE or not product.registered:
            message = f"Product {product.name} cannot be reached (status {product.status})"
        rows.append(_row(flow, product, DEPLOYED_IN_ERROR if message else DEPLOYED, message, now))
        if message:
            failed.append(product.name)
    # Products that stopped being a backup while the deployment ran were deployed on: they keep their row until the
    # next deploy, like any former backup.
    state.put_deployments(flow.id, rows)
    if failed:
        end(DEPLOYED_IN_ERROR, f"The deployment failed on {', '.join(failed)}")
    elif {product.id for product in expected_products(state, flow)} - set(job.data["products"]):
        end(SAVED_NOT_DEPLOYED)
    else:
        end(DEPLOYED)


def _failing_products(fault: object, targets: list[Product]) -> set[str]:
    """Where a partial deployment fails: on the products that the fault names, by default on the last one."""
    if not isinstance(fault, dict):
        return set()
    names = fault.get("products")
    if not names:
        return {targets[-1].id} if targets else set()
    return {product.id for product in targets if product.name in names or product.id in names}


def _row(flow: Flow, product: Product, status: str, message: str, now: int) -> Deployment:
    return Deployment(
        id=deployment_id(flow.id, product.id),
        flow_id=flow.id,
        product_id=product.id,
        product_name=product.name,
        status=status,
        message=message,
        timestamp=now,
    )
