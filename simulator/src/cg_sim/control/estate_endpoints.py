# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The estate as a whole: seed, state, snapshots, and events outside of Central Governance."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import Any

from starlette.requests import Request

import cg_sim
from cg_sim.control.bodies import read_object
from cg_sim.control.snapshot_lines import SlicedResponse, restore_from, snapshot_lines, state_lines
from cg_sim.errors import bad_request
from cg_sim.rules.products import apply_outside_event
from cg_sim.simulator import KEEPABLE, Simulator
from cg_sim.spec import operations
from cg_sim.state import State
from cg_sim.store import StoreError


async def health(simulator: Simulator, request: Request) -> Any:
    state = simulator.world.state
    document = {
        "ok": True,
        "version": cg_sim.__version__,
        "pid": os.getpid(),
        "products": len(state.products),
        "flows": len(state.flows),
        "pending": len(state.jobs),
    }
    if simulator.ca_path is not None:
        document["ca_path"] = str(simulator.ca_path)
    return document


async def reset(simulator: Simulator, request: Request) -> Any:
    """Back to the state after the start: estate, journal, faults, variants, transitions, clock, sessions.
    `{"keep": [...]}` names what is left unchanged."""
    keep = (await read_object(request, {"keep"})).get("keep", [])
    if not isinstance(keep, list) or not all(entry in KEEPABLE for entry in keep):
        raise bad_request(f"keep must be a list of some of {', '.join(KEEPABLE)}")
    simulator.reset(keep)


async def seed(simulator: Simulator, request: Request) -> Any:
    """The body is an estate in YAML or JSON; it replaces everything, and later resets return to it."""
    try:
        text = (await request.body()).decode("utf-8")
    except UnicodeDecodeError as error:
        raise bad_request(f"The estate is not UTF-8: {error}") from None
    simulator.seed(text, "request body")
    return await health(simulator, request)


async def read_state(simulator: Simulator, request: Request) -> Any:
    _settle(simulator)
    return SlicedResponse(state_lines(simulator.world.state))


async def snapshot(simulator: Simulator, request: Request) -> Any:
    _settle(simulator)
    return SlicedResponse(snapshot_lines(simulator.world))


def _settle(simulator: Simulator) -> None:
    with suppress(StoreError):  # jobs that cannot be stored stay unfinished; reads still work
        simulator.world.settle()


async def restore(simulator: Simulator, request: Request) -> Any:
    """The body is what `snapshot` answered. Clock, variants and transitions of the snapshot come back too."""
    await restore_from(request, simulator.world)
    return await health(simulator, request)


async def event(simulator: Simulator, request: Request) -> Any:
    """An event outside of Central Governance, see rules.products.apply_outside_event."""
    body = await read_object(request, {"product", "version", "status", "profiles", "legacyIdfs", "silent"})
    if "product" not in body:
        raise bad_request("product: the name or businessId is missing")
    idfs = body.get("legacyIdfs", [])
    if not isinstance(idfs, list) or not all(isinstance(entry, str) for entry in idfs):
        raise bad_request("legacyIdfs must be a list of identifiers")
    for key in ("product", "version", "status"):
        if key in body and not (isinstance(body[key], str) and body[key].strip()):
            raise bad_request(f"{key} must be text")
    if not isinstance(body.get("silent", False), bool):
        raise bad_request("silent must be true or false")
    if "status" in body:
        _check_status(simulator.world.state, body["status"])
    if "profiles" in body:
        (update,) = [operation for operation in operations() if operation.id == "updateProduct"]
        errors = update.body_errors({"communicationProfiles": body["profiles"]})
        if errors:
            raise bad_request("; ".join(errors))
    with simulator.world.transaction():
        product = apply_outside_event(simulator.world, body)
    return {"businessId": product.id, "name": product.name, "status": product.status, "version": product.version}


def _check_status(state: State, status: str) -> None:
    """Accept statuses of the guide and of the estate; anything else is probably misspelt."""
    from cg_sim.estates.problems import did_you_mean  # here, to keep the start fast
    from cg_sim.estates.schema import property_annotations

    documented = property_annotations("product", "examples")["status"]
    known = [*documented, *{product.status for product in state.products.values()}]
    if status not in known:
        hint = did_you_mean(status, known) or f" (known: {', '.join(documented)})"
        raise bad_request(f"status: '{status}' is unknown{hint}")
