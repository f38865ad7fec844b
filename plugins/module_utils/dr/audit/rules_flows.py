# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules about flows: whether those of a master run on its backups too.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterator

from ..model import DEPLOYED, DEPLOYED_IN_ERROR, NOT_DEPLOYED, SAVED, SETTLED_FLOW_STATUSES, Deployment
from .findings import CRITICAL, WARNING, Found, Objects, Remedy, Unknown
from .names import listed, plural
from .units import AuditedFlow, Context, MasterFlow, Standalone

Judgements = Iterator[Found | Unknown]


def flow_in_error(context: Context, use: MasterFlow) -> Judgements:
    status = yield from _status_of(use)
    if status == DEPLOYED_IN_ERROR:
        failed = [_name(context, row) for row in use.view.failed]
        where = f" on {listed(failed)}" if failed else ""
        why = f": {use.view.flow.details}" if use.view.flow.details else "."
        yield Found(
            f"The flow {use.objects.flow} of {use.objects.master} is deployed in error{where}{why}",
            {"status": status, "failed_on": failed, "details": use.view.flow.details},
            _deploy(use.objects.flow, "Remove the cause, then deploy the flow"),
        )


def flow_not_deployed(context: Context, use: MasterFlow) -> Judgements:
    status = yield from _status_of(use)
    if status == NOT_DEPLOYED:
        yield Found(
            f'The flow {use.objects.flow} of {use.objects.master} is not deployed (status "{status}").',
            {"status": status},
            _deploy(use.objects.flow),
        )


def flow_incomplete(context: Context, use: MasterFlow) -> Judgements:
    status = yield from _status_of(use)
    if status == SAVED:
        yield Found(
            f'The flow {use.objects.flow} of {use.objects.master} is incomplete (status "{status}").',
            {"status": status},
            Remedy("By hand: complete the flow in Central Governance, or delete it."),
        )


def _status_of(use: MasterFlow) -> t.Generator[Unknown, None, str]:
    status = use.view.flow.status
    if status not in SETTLED_FLOW_STATUSES:
        what = f'its status is "{status}"' if status else "Central Governance does not show its status"
        yield Unknown(
            "status",
            f"Whether the flow {use.objects.flow} of {use.objects.master} is deployed is not known: {what}.",
            Remedy("By hand: wait until Central Governance has finished with the flow, then audit again."),
            facts={"status": status},
        )
    return status


def deployment_missing(context: Context, use: MasterFlow) -> Judgements:
    status = yield from _status_of(use)
    if status != DEPLOYED:
        return
    for backup in use.master.backups:
        name = context.names.product(backup.id, backup.name)
        objects = Objects(use.objects.master, name, use.objects.flow, name)
        found = [row.status for row in use.view.deployments if row.product_id == backup.id]
        if DEPLOYED in found:
            continue
        if set(found) - {DEPLOYED_IN_ERROR}:
            yield Unknown(
                "deployment",
                f"Whether the flow {use.objects.flow} is deployed on {name}, a backup of {use.objects.master}, is not "
                f'known: the status of its deployment there is "{listed(sorted(set(found)))}".',
                Remedy("By hand: wait until the deployment has ended, then audit again."),
                objects,
                {"statuses": found},
            )
        else:
            yield Found(
                f"The flow {use.objects.flow} is deployed, but not on {name}, a backup of {use.objects.master}.",
                {"status": status, "deployments_there": found},
                _deploy(use.objects.flow),
                objects,
            )


def deployment_in_error(context: Context, use: MasterFlow) -> Judgements:
    """Critical on a backup of this master; on other products it does not endanger a failover."""
    backups = {backup.id for backup in use.master.backups}
    for row in use.view.failed:
        name = _name(context, row)
        is_backup = row.product_id in backups
        role = f", a backup of {use.objects.master}," if is_backup else ""
        yield Found(
            f"The deployment of the flow {use.objects.flow} on {name}{role} is in error"
            f"{': ' + row.message if row.message else '.'}",
            {"status": row.status, "message": row.message, "timestamp": row.timestamp},
            _deploy(use.objects.flow, "Remove the cause, then deploy the flow"),
            Objects(use.objects.master, name if is_backup else "", use.objects.flow, name),
            CRITICAL if is_backup else WARNING,
        )


def stale_deployment(context: Context, flow: AuditedFlow) -> Judgements:
    used = set(context.estate.products_in(flow.view.flow))
    for row in flow.view.former:
        if row.product_id in used:
            continue  # the flow uses this product, although Central Governance does not list it
        name = _name(context, row)
        yield Found(
            f"The flow {flow.objects.flow} is still deployed on {name}, which is neither used by it nor a backup of "
            "what it uses.",
            {"status": row.status, "timestamp": row.timestamp},
            _deploy(flow.objects.flow, options={"redeploy": "when_needed"}),
            Objects(flow.objects.master, flow=flow.objects.flow, product=name),
        )


def no_backup(context: Context, standalone: Standalone) -> Judgements:
    product = standalone.product
    flows = [
        flow for flow in context.estate.flows_using(product.id) if _runs_on(context, flow.id, flow.status, product.id)
    ]
    if flows:
        names = sorted(context.names.flow(flow.id, flow.name) for flow in flows)
        yield Found(
            f"{standalone.objects.product} has no backup, and {plural(len(names), 'deployed flow')} "
            f"{'uses' if len(names) == 1 else 'use'} it: {listed(names)}.",
            {"flows": names},
            Remedy(
                "Declare a backup for it with st_backup (option topology), then synchronize and deploy; the playbook "
                "dr_apply does all three.",
                "st_backup",
                {"master": standalone.objects.product},
            ),
        )


def _runs_on(context: Context, flow_id: str, status: str, product_id: str) -> bool:
    """A flow that was changed after its deployment still runs in its old form; one whose deployment failed may run."""
    in_use = (DEPLOYED, DEPLOYED_IN_ERROR)
    rows = context.estate.deployments_of(flow_id)
    return status in in_use or any(row.product_id == product_id and row.status in in_use for row in rows)


def _name(context: Context, row: Deployment) -> str:
    return context.names.product(row.product_id, row.product_name)


def _deploy(flow: str, text: str = "Deploy the flow", options: t.Mapping[str, t.Any] | None = None) -> Remedy:
    return Remedy(f"{text} with st_flow_deploy (option flows).", "st_flow_deploy", {"flows": [flow], **(options or {})})
