# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole simulator as one ASGI application: the API, the control plane, the console."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount

from cg_sim import rules
from cg_sim.api.app import PREFIX, Api
from cg_sim.api.auth import Guard
from cg_sim.api.faults import Faults
from cg_sim.api.journal import Journal
from cg_sim.control import Control
from cg_sim.rules.deployment import expected_products
from cg_sim.settings import Settings
from cg_sim.store import MemoryStore, Store
from cg_sim.world import World

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send


class Listener(Protocol):
    """What the server lends to the control plane."""

    def refuse(self, seconds: float) -> None:
        """Let nobody connect for a while, and break the connections that are open."""


async def _elsewhere(request: Request, error: Exception) -> Response:
    """Requests to no part of the simulator, or with a wrong method."""
    assert isinstance(error, HTTPException)
    message = error.detail
    if error.status_code == 404:
        message = f"There is nothing at {request.scope['path']}; the API is under {PREFIX}"
    return JSONResponse({"message": message}, error.status_code, error.headers)


class Simulator:
    """Everything that one running simulator consists of. An ASGI application; the console gets it as `app_state`."""

    def __init__(self, settings: Settings | None = None, store: Store | None = None) -> None:
        self.settings = settings or Settings()
        self.world = World(self.settings, store or MemoryStore())
        self.guard = Guard(self.settings)
        self.journal = Journal()
        self.faults = Faults()
        self.listener: Listener | None = None
        #: Where the certificate of the throw-away CA is, when there is one.
        self.ca_path: Path | None = None
        rules.install(self.world)
        self.world.spoil = self._spoil
        self.api = Api(self.settings, self.world, self.guard, self.journal, self.faults)
        routes: list[BaseRoute] = [Mount(PREFIX, app=self.api)]
        if self.settings.control:
            routes.extend(Control(self).routes())
        routes.extend(self._console_routes())
        self._application = Starlette(routes=routes, exception_handlers={HTTPException: _elsewhere})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._application(scope, receive, send)

    def _spoil(self, operation: str, objects: Iterable[str]) -> Mapping[str, Any] | None:
        """The fault, if any, that spoils the end of something that was accepted."""
        named = list(objects)
        flows = [self.world.state.flows[key] for key in named if key in self.world.state.flows]
        reached = (
            text for flow in flows for product in expected_products(self.world.state, flow)
            for text in (product.id, product.name)
        )  # fmt: skip
        return self.faults.spoil(operation, named, reached)

    def _console_routes(self) -> Iterable[Any]:
        if importlib.util.find_spec("cg_sim.console") is None:
            return ()
        console = importlib.import_module("cg_sim.console")

        return console.routes(self)

    def seed(self, text: str, source: str) -> None:
        """Replace the estate by a seed document in YAML or JSON; `source` names it in errors.

        Raises ValueError (cg_sim.estates.EstateError) with everything that is wrong with it."""
        from cg_sim.estates import load_estate

        self.load(load_estate(text, source))

    def load(self, documents: Mapping[str, Any]) -> None:
        """Replace the estate by documents in the canonical shapes."""
        self.world.load(documents)

    def reset(self, keep: Iterable[str] = ()) -> None:
        """As just started, except for what `keep` names (control.KEEPABLE)."""
        kept = set(keep)
        clock, variants, transitions = self.world.clock.state(), self.settings.variants, self.settings.transitions
        # Before the estate: what its seed shows as going on takes as long as at the start.
        if "clock" not in kept:
            self.world.clock.restart()
        self.settings.restart()
        if "variants" in kept:
            self.settings.variants = variants
        if "transitions" in kept:
            self.settings.transitions = transitions
        try:
            self.world.reset()
        except BaseException:
            self.world.clock.resume(clock)
            self.settings.variants, self.settings.transitions = variants, transitions
            raise
        if "journal" not in kept:
            self.journal.clear()
        if "faults" not in kept:
            self.faults.clear()
        if "sessions" not in kept:
            self.guard.end_sessions()
