# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""st_flow_info: flows, where they are deployed, and whether the gate before a deployment is open.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ..cg_api.values import LABELS
from ..dr.estate import Estate
from ..dr.flows import definition, gate_messages, view_flow
from ..dr.model import Flow, ProfileDetail
from .lookup import find_masters, find_named, matches, read_estate_of, warn_of_unknown
from .module import Task
from .report import Report

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "flows": {"type": "list", "elements": "str"},
    "masters": {"type": "list", "elements": "str"},
    "status": {"type": "list", "elements": "str"},
}


def flow_info(task: Task) -> Report:
    flow_references, master_references = task.params["flows"], task.params["masters"]
    found = task.estate(
        task.cg.products(master_references, profiles=ProfileDetail.NONE) if master_references else (),
        task.cg.flows(None if master_references is not None else flow_references),
    )
    flows = list(found.flows.values())
    if flow_references is not None:
        flows = find_named("flows", flow_references, found.find_flows, task.cg.flows)
    if master_references is not None:
        masters = find_masters(task, found, master_references, for_information=True)
        users = {flow.id for master in masters for flow in found.flows_using(master.id)}
        flows = [flow for flow in flows if flow.id in users]
    warnings = warn_of_unknown("status", task.params["status"] or (), (flow.status for flow in flows), LABELS)
    if task.params["status"] is not None:
        flows = [flow for flow in flows if any(matches(status, flow.status) for status in task.params["status"])]
    flows = sorted(flows, key=lambda flow: flow.name)
    estate = read_estate_of(task, flows, found.products.values())
    return Report(results={"flows": [_flow_row(flow, estate) for flow in flows]}, warnings=warnings)


def _flow_row(flow: Flow, estate: Estate) -> dict[str, t.Any]:
    view = view_flow(flow, estate)
    messages = gate_messages(view)
    return {
        "id": flow.id,
        "name": flow.name,
        "definition": definition(view),
        "status": flow.status,
        "details": flow.details,
        "products": [{"id": part.id, "name": part.name, "kind": part.kind, "role": part.role} for part in flow.parts],
        "deployments": [
            {
                "product": row.product_name,
                "product_id": row.product_id,
                "role": view.role_of(row.product_id),
                "status": row.status,
                "message": row.message,
            }
            for row in view.deployments
        ],
        "missing_deployments": [estate.name_of(product_id) for product_id in view.missing],
        "stale_deployments": [row.product_name for row in view.former],
        "gate": {"open": not messages, "messages": messages},
    }
