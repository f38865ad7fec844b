# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints for fault injection."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request

from cg_sim.api.fault_kinds import REFUSE, check_fault
from cg_sim.control.bodies import natural_number, read_json
from cg_sim.errors import bad_request, not_found
from cg_sim.simulator import Simulator


async def read(simulator: Simulator, request: Request) -> Any:
    return simulator.faults.describe()


async def add(simulator: Simulator, request: Request) -> Any:
    """One fault or a list of them; the answer has the same shape, with ids."""
    document = await read_json(request)
    several = document if isinstance(document, list) else [document]
    state = simulator.world.state
    for entry in several:
        check_fault(entry, state)
    if simulator.listener is None and any(entry["fault"] == REFUSE for entry in several):
        raise bad_request("refuse: not possible, the simulator runs inside another server")
    added = [_add(simulator, entry) for entry in several]
    return added if isinstance(document, list) else added[0]


def _add(simulator: Simulator, document: dict[str, Any]) -> dict[str, Any]:
    if document["fault"] != REFUSE:
        return simulator.faults.add(document, simulator.world.state).describe()
    assert simulator.listener is not None
    simulator.listener.refuse(document["delay"])
    return {"fault": REFUSE, "delay": document["delay"]}


async def clear(simulator: Simulator, request: Request) -> Any:
    simulator.faults.clear()


async def remove(simulator: Simulator, request: Request) -> Any:
    if not simulator.faults.remove(natural_number(request.path_params["number"])):
        raise not_found("No fault has this id")
