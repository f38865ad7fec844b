# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Creating and changing flows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cg_sim.errors import conflict, not_found, refused
from cg_sim.identity import derived_id
from cg_sim.model import IN_PROGRESS, SAVED, SAVED_NOT_DEPLOYED, Document, Flow
from cg_sim.rules.backups import synchronized_backup_in
from cg_sim.rules.references import resolve_product, same_id
from cg_sim.state import State
from cg_sim.world import World


def find_flow(state: State, flow_id: str) -> Flow:
    flow = state.flows.get(flow_id)
    if flow is None:
        raise not_found(f"There is no flow with the businessId {flow_id}")
    return flow


def create_flow(world: World, body: Mapping[str, Any]) -> Flow:
    """Documented (flow_status): incomplete is `Saved`, complete is `Saved, not deployed`. Assumed: complete means a
    source and a target; names are unique."""
    if world.state.flows_named(body["name"]):
        raise conflict(f"A flow named {body['name']} exists already")
    business_id = derived_id("flow", body["name"])
    while business_id in world.state.flows:  # an earlier flow of that name was renamed
        business_id = derived_id("flow", business_id)
    if not same_id(body.get("businessId", business_id), business_id):
        raise refused("businessId: the server chooses it")
    flow = _flow_from_body(world, business_id, body)
    world.state.put_flow(flow)
    return flow


def update_flow(world: World, flow_id: str, body: Mapping[str, Any]) -> Flow:
    """Documented (flow_status): a deployed flow that is changed is `Saved, not deployed`. Assumed: what the body
    leaves out is empty afterwards; a flow cannot be changed while a deployment runs; an update that changes nothing
    leaves the status, except that a `Saved` flow which is complete now becomes `Saved, not deployed`."""
    before = find_flow(world.state, flow_id)
    if not same_id(body.get("businessId", flow_id), flow_id):
        raise refused(f"businessId: the flow has {flow_id}")
    if before.status == IN_PROGRESS:
        raise conflict(f"Flow {before.name} is being deployed")
    if before.busy:
        raise conflict(f"Flow {before.name} cannot be changed: work on it is in progress (status {before.status})")
    if body["name"] != before.name and world.state.flows_named(body["name"]):
        raise conflict(f"A flow named {body['name']} exists already")
    flow = _flow_from_body(world, flow_id, body)
    same = replace(before, status=flow.status, status_at=flow.status_at, details=flow.details) == flow
    if same and before.status != SAVED and flow.status != SAVED:
        return before
    world.state.put_flow(flow)
    return flow


def _flow_from_body(world: World, flow_id: str, body: Mapping[str, Any]) -> Flow:
    flow = Flow(
        id=flow_id,
        name=body["name"],
        status=SAVED_NOT_DEPLOYED,
        status_at=world.clock.now(),
        sources=_participants(world.state, body.get("sources"), "sources"),
        relays=[
            _participants(world.state, group, f"relays[{index}]") for index, group in enumerate(body.get("relays", []))
        ],
        targets=_participants(world.state, body.get("targets"), "targets"),
        idf=body.get("idf"),
        tags=tuple(body["tags"]) if "tags" in body else None,
    )
    details = _incomplete_because(world.state, flow)
    return replace(flow, status=SAVED, details=details) if details else flow


def _incomplete_because(state: State, flow: Flow) -> str:
    missing = [name for name, group in (("source", flow.sources), ("target", flow.targets)) if not group["parts"]]
    if missing:
        return f"Incomplete: no {' and no '.join(missing)}"
    backup = synchronized_backup_in(state, flow)
    if backup is not None:
        return f"Invalid: uses {backup.name} directly, which is synchronized as a backup"
    return ""


def _participants(state: State, group: Mapping[str, Any] | None, where: str) -> Document:
    """Documented (api_a2a): properties are accepted in step.commonProperties and in the older place `properties`.
    Assumed: not in both. Applications, groups and partners are not checked; the simulator does not store them."""
    if group is None:
        return {"type": "PRODUCT", "parts": []}
    parts = []
    for index, entry in enumerate(group["parts"]):
        reference = entry["part"]
        if group["type"] == "PRODUCT":
            product = resolve_product(state, reference)
            part: Document = {"part": {"businessId": product.id, "name": product.name}}
        else:
            name = reference.get("name", reference.get("businessId"))
            business_id = reference.get("businessId") or derived_id(group["type"].lower(), name)
            part = {"part": {"businessId": business_id, "name": name}}
        new_place = (entry.get("step") or {}).get("commonProperties")
        old_place = entry.get("properties")
        if new_place is not None and old_place is not None:
            raise refused(f"{where}.parts[{index}]: give properties or step.commonProperties, not both")
        if new_place is not None or old_place is not None:
            part["step"] = {"commonProperties": old_place if new_place is None else new_place}
        parts.append(part)
    return {"type": group["type"], "parts": parts}
