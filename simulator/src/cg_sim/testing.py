# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator inside another program, for tests of clients of Central Governance.

Three public entry points:

* `create_app()` is an ASGI application, for a client that calls one without sockets (httpx.ASGITransport, ...);
* `running()` serves it in a thread, for any other client;
* pytest's fixture `central_governance` (cg_sim.pytest_plugin) is `running()` for one test.

    with running("products: [{name: ST_PARIS}]") as cg:
        requests.get(f"{cg.api_url}/products", auth=cg.auth)
        cg.add_fault(fault="status", status=503, count=1)
        assert cg.writes() == []
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar

from cg_sim.api.asgi import PREFIX
from cg_sim.api.fault_kinds import REFUSE, check_fault
from cg_sim.app import Application
from cg_sim.server import listen, make_server
from cg_sim.settings import DEFAULT_PASSWORD, Settings, check_transitions
from cg_sim.simulator import Simulator

T = TypeVar("T")
#: Seconds; much longer than a start or a stop takes, for busy machines.
_LIMIT = 60

#: An estate: YAML or JSON text, or the document itself.
Estate = str | Mapping[str, Any]


def create_app(
    estate: Estate = "{}",
    *,
    variants: Mapping[str, str] | None = None,
    transitions: Mapping[str, str] | None = None,
    username: str = "admin",
    password: str = DEFAULT_PASSWORD,
    token: str | None = None,
    lenient: bool = False,
) -> Application:
    """An ASGI application with a simulator of its own (`.simulator`), in memory.

    :raises ValueError: the estate, a variant or a transition is wrong; the text says what and where.
    """
    settings = Settings(
        username=username,
        password=password,
        token=token,
        lenient=lenient,
        start_variants=dict(variants or {}),
        start_transitions=dict(transitions or {}),
    )
    simulator = Simulator(settings)
    simulator.seed(_text(estate), "estate")
    return Application(simulator)


class Running:
    """A simulator that is served by a thread. The methods may be called while it handles requests."""

    def __init__(self, application: Application, url: str, loop: asyncio.AbstractEventLoop) -> None:
        self._simulator = application.simulator
        self._loop = loop
        #: The address of the server, as the option `url` of the collection's modules takes it.
        self.url = url
        #: The address of the API below it.
        self.api_url = url + PREFIX
        settings = self._simulator.settings
        #: User and password, as `requests` takes them.
        self.auth = (settings.username, settings.password)
        self.token = settings.token

    def journal(self, **filters: Any) -> list[dict[str, Any]]:
        """The requests so far, oldest first; filters: `method`, `path` (a part of it), `operation`, `since` (the
        number of an entry), `write` (true or false)."""
        entries = self._call(lambda: list(self._simulator.journal.find(**filters)))
        return [{**entry, **{key: json.loads(entry[key]) for key in ("request_body", "answer")}} for entry in entries]

    def writes(self) -> list[str]:
        """The write requests so far, as `POST /products/{id}/backupproducts`."""
        return [f"{entry['method']} {entry['path'].removeprefix(PREFIX)}" for entry in self.journal(write=True)]

    def forget_journal(self) -> None:
        self._call(self._simulator.journal.clear)

    def add_fault(self, **document: Any) -> None:
        """A fault as `POST /_sim/faults` takes it: `add_fault(fault="status", status=503, operation="deployFlow")`."""

        def add() -> None:
            check_fault(document, self._simulator.world.state)
            if document["fault"] != REFUSE:
                self._simulator.faults.add(document, self._simulator.world.state)
            elif self._simulator.listener is not None:
                self._simulator.listener.refuse(document["delay"])

        self._call(add)

    def clear_faults(self) -> None:
        self._call(self._simulator.faults.clear)

    def seed(self, estate: Estate) -> None:
        """Replace the estate; `reset` returns to it."""
        self._call(lambda: self._simulator.seed(_text(estate), "estate"))

    def reset(self) -> None:
        """Back to the state after the start: estate, journal, faults, variants, transitions, clock, sessions."""
        self._call(self._simulator.reset)

    def set_variants(self, **variants: str) -> None:
        settings = self._simulator.settings
        self._call(lambda: settings.variants.update(settings.check_variants(variants)))

    def set_transitions(self, **transitions: str) -> None:
        self._call(lambda: self._simulator.settings.transitions.update(check_transitions(transitions)))

    def advance_clock(self, seconds: float) -> None:
        """Advance the clock. Jobs that are due by then have ended when this returns."""

        def advance() -> None:
            self._simulator.world.clock.advance(seconds)
            self._simulator.world.settle()

        self._call(advance)

    def state(self) -> dict[str, Any]:
        """All records, as `GET /_sim/state` returns them."""
        import orjson

        document = self._call(lambda: orjson.dumps(self._simulator.world.state.to_documents()))
        return dict(orjson.loads(document))

    def _call(self, function: Callable[[], T]) -> T:
        """Call the function in the server's thread, since the simulator is not thread-safe."""

        async def run() -> T:
            return function()

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(_LIMIT)


@contextmanager
def running(estate: Estate = "{}", **choices: Any) -> Iterator[Running]:
    """Serve a simulator on a free port of 127.0.0.1 as long as the block runs. `choices` as `create_app` takes them."""
    application = create_app(estate, **choices)
    listening = listen("127.0.0.1", 0)
    url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    ready = threading.Event()
    server = make_server(application, listening, None, ready.set)
    loop = asyncio.new_event_loop()

    def serve() -> None:
        asyncio.set_event_loop(loop)
        try:
            loop.run_until_complete(server.serve(sockets=[listening]))
        finally:
            loop.close()

    thread = threading.Thread(target=serve, name="cg-sim", daemon=True)
    thread.start()
    if not ready.wait(_LIMIT):
        raise RuntimeError("the simulator did not start")
    try:
        yield Running(application, url, loop)
    finally:
        server.should_exit = True
        thread.join(_LIMIT)


def _text(estate: Estate) -> str:
    return estate if isinstance(estate, str) else json.dumps(estate)
