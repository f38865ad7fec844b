# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control plane under /_sim: how tests and rehearsals control the simulator, apart from the API.

Unless a control token is configured, it needs no credentials and accepts only programs on the same machine: other
addresses are refused, and so are requests that a browser sends on behalf of a page of another origin. Errors are
mapped to answers in cg_sim.error_handlers.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cg_sim.control import estate_endpoints as estate
from cg_sim.control import fault_endpoints as faults
from cg_sim.control import journal_endpoints as journal
from cg_sim.control import setting_endpoints as settings
from cg_sim.control.callers import check_caller
from cg_sim.control.metrics import metrics
from cg_sim.simulator import Simulator

PREFIX = "/_sim"

#: An endpoint returns a document, a response, or None for `{"ok": true}`.
Endpoint = Callable[[Simulator, Request], Awaitable[Any]]

_ENDPOINTS: dict[str, dict[str, Endpoint]] = {
    "/health": {"GET": estate.health},
    "/metrics": {"GET": metrics},
    "/reset": {"POST": estate.reset},
    "/seed": {"POST": estate.seed},
    "/state": {"GET": estate.read_state},
    "/snapshot": {"POST": estate.snapshot},
    "/restore": {"POST": estate.restore},
    "/events": {"POST": estate.event},
    "/journal": {"GET": journal.read, "DELETE": journal.clear},
    "/clock": {"GET": settings.read_clock, "PUT": settings.change_clock},
    "/variants": {"GET": settings.read_variants, "PUT": settings.change_variants},
    "/transitions": {"GET": settings.read_transitions, "PUT": settings.change_transitions},
    "/faults": {"GET": faults.read, "POST": faults.add, "DELETE": faults.clear},
    "/faults/{number}": {"DELETE": faults.remove},
}


def routes(simulator: Simulator) -> list[Route]:
    return [
        Route(PREFIX + path, _responder(simulator, methods), methods=list(methods))
        for path, methods in _ENDPOINTS.items()
    ]


def _responder(simulator: Simulator, methods: dict[str, Endpoint]) -> Callable[[Request], Awaitable[Response]]:
    async def respond(request: Request) -> Response:
        check_caller(request, simulator.settings.control_token)
        document = await methods["GET" if request.method == "HEAD" else request.method](simulator, request)
        if isinstance(document, Response):
            return document
        return Response(orjson.dumps({"ok": True} if document is None else document), media_type="application/json")

    return respond
