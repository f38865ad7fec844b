# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints for the journal of API requests."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request

from cg_sim.control.bodies import natural_number
from cg_sim.errors import bad_request
from cg_sim.simulator import Simulator


async def read(simulator: Simulator, request: Request) -> Any:
    query = request.query_params
    unknown = set(query) - {"method", "path", "operation", "since", "write"}
    if unknown:
        raise bad_request(f"Unknown filter {', '.join(sorted(unknown))} (known: method, path, operation, since, write)")
    if natural_number(query.get("since", "0")) < 0:
        raise bad_request("since must be the number of an entry")
    if query.get("write", "true") not in ("true", "false"):
        raise bad_request("write must be true or false")
    found = simulator.journal.find(
        method=query.get("method"),
        path=query.get("path"),
        operation=query.get("operation"),
        since=natural_number(query.get("since", "0")),
        write=None if "write" not in query else query["write"] == "true",
    )
    return [
        {**entry, "request_body": orjson.Fragment(entry["request_body"]), "answer": orjson.Fragment(entry["answer"])}
        for entry in found
    ]


async def clear(simulator: Simulator, request: Request) -> Any:
    simulator.journal.clear()
