# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole simulator as one ASGI application: the API, the control plane, the console."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Mount, Route

from cg_sim import console, control
from cg_sim.api.asgi import PREFIX, Api
from cg_sim.error_handlers import HANDLERS
from cg_sim.simulator import Simulator

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


class Application:
    """An ASGI application that serves a simulator."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self._api = Api(simulator)
        routes: list[BaseRoute] = [Mount(PREFIX, app=self._api)]
        routes.extend(Route(path, self._api) for path in self._api.router.outside)
        if simulator.settings.control:
            routes.extend(control.routes(simulator))
        routes.extend(console.routes(simulator))
        self._starlette = Starlette(routes=routes, exception_handlers=HANDLERS)
        self._starlette.router.redirect_slashes = False
        self._running = 0
        self._last_use = time.monotonic()

    def idle_seconds(self) -> float:
        """How long no request was under way. By the machine's clock: that of the simulator may be frozen."""
        return 0.0 if self._running else time.monotonic() - self._last_use

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self._running += 1
        try:
            await self._answer(scope, receive, send)
        finally:
            self._running -= 1
            self._last_use = time.monotonic()

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        if len(hosts) > 1 or not (hosts or scope["http_version"] == "1.0"):
            # Required by RFC 9112; uvicorn leaves the check to the application.
            await JSONResponse({"message": "Exactly one Host header is required"}, 400)(scope, receive, send)
            return
        await self._starlette(scope, receive, send)

    def stop(self) -> None:
        """Break the connections of requests that a fault delays."""
        self._api.stop()
