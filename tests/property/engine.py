# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator within this process, without sockets and without waiting: hundreds of pipelines a minute.

The collection's own transport sends the requests, with its retries, its pace and its reading of answers and of
exceptions; only the exchange of bytes is replaced. Time is a number that increases only in a sleep, for the collection
and for the simulator alike, so that nothing depends on how fast the machine is.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import orjson
from urllib3 import exceptions as errors

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.calls import Call
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.connection import (
    Connection,
    basic_credentials,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.http_client import HttpClient
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.replies import Reply
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.transport import Transport
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime import watching
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.waiting import Waiting
from cg_sim.api.asgi import PREFIX, Api
from cg_sim.api.fault_kinds import check_fault
from cg_sim.settings import check_transitions
from cg_sim.state import State
from cg_sim.testing import create_app

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))
from harness.simulator import PASSWORD, USERNAME

# What happens to a request between the collection and the server, in place of an answer.
REFUSED, TIMED_OUT, TIMED_OUT_LATER = "refused", "timeout", "timeout_after"


class Clock:
    """A clock in seconds that advances only in a sleep."""

    def __init__(self) -> None:
        self.now = 0.0
        self.sleepers: list[Callable[[float], None]] = []
        self._lock = threading.Lock()

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        with self._lock:
            self.now += seconds
            for sleeper in self.sleepers:
                sleeper(seconds)


class Engine:
    """The simulator, with the methods of the one that is a process of its own (``harness.Simulator``)."""

    url = "http://cg.example.com"

    def __init__(self) -> None:
        self.simulator = create_app("{}", username=USERNAME, password=PASSWORD).simulator
        self.simulator.world.clock.freeze()
        self.connection = {"url": self.url, "username": USERNAME, "password": PASSWORD}
        self.clock = Clock()
        self.clock.sleepers.append(self.simulator.world.clock.advance)
        self.on_the_way: Callable[[Call], str | None] = lambda call: None
        self.hooks: list[Callable[[Call], None]] = []  # before each request is handled
        self.lost_writes = 0  # writes that never arrived; the collection cannot know which
        self._api = Api(self.simulator)
        self._lock = threading.RLock()

    # --------------------------------------------------------------------------------- the methods of harness.Simulator

    def seed(self, estate: Mapping[str, Any]) -> None:
        self.simulator.seed(json.dumps(estate), "estate")

    def state(self) -> dict[str, Any]:
        """All records as documents; a backup has its name too, as what the control plane shows."""
        documents: dict[str, Any] = orjson.loads(orjson.dumps(self.simulator.world.state.to_documents()))
        names = {product["businessId"]: product["name"] for product in documents["products"]}
        for product in documents["products"]:
            for backup in product["backupProducts"]:
                backup["name"] = names[backup["businessId"]]
        return documents

    def writes(self) -> list[str]:
        return [f"{entry['method']} {entry['path'].removeprefix(PREFIX)}" for entry in self.write_entries()]

    def write_entries(self) -> list[dict[str, Any]]:
        return list(self.simulator.journal.find(write=True))

    def forget_journal(self) -> None:
        self.simulator.journal.clear()
        self.lost_writes = 0

    def set_variants(self, **variants: str) -> None:
        settings = self.simulator.settings
        settings.variants.update(settings.check_variants(variants))

    def set_transitions(self, **transitions: str) -> None:
        self.simulator.settings.transitions.update(check_transitions(transitions))

    def add_fault(self, **document: Any) -> None:
        check_fault(document, self.simulator.world.state)
        self.simulator.faults.add(document, self.simulator.world.state)

    def clear_faults(self) -> None:
        self.simulator.faults.clear()
        self.on_the_way = lambda call: None

    # ---------------------------------------------------------------------------------------------- for the invariants

    def snapshot(self) -> State:
        """A copy of the current state."""
        return self.simulator.world.state.fork()

    def finish_work(self) -> None:
        """Let the server end all work that it has started."""
        world = self.simulator.world
        while world.state.jobs:
            world.count_reads(tuple(world.finishers), None)
            world.clock.advance(3600)
            world.settle()

    # --------------------------------------------------------------------------------------------------- virtual time

    @contextmanager
    def virtual_time(self) -> Iterator[None]:
        """Within the block the verbs wait by this engine's clock."""
        clock = self.clock

        class VirtualWaiting(Waiting):
            @classmethod
            def from_params(cls, params: Mapping[str, Any]) -> Waiting:
                real = Waiting.from_params(params)
                return Waiting(real.timeout, real.interval, clock, clock.sleep)

        before = watching.Waiting
        watching.Waiting = VirtualWaiting  # type: ignore[misc]
        try:
            yield
        finally:
            watching.Waiting = before  # type: ignore[misc]

    @property
    def transport_class(self) -> type[Transport]:
        engine = self

        class WithinThisProcess(Transport):
            def __init__(self, connection: Connection, *, read_only: bool = False) -> None:
                super().__init__(connection, read_only=read_only, clock=engine.clock, sleep=engine.clock.sleep)
                self._client = _Direct(connection, engine)

        return WithinThisProcess

    def exchange(self, call: Call, headers: list[tuple[bytes, bytes]], body: bytes) -> Reply:
        """Raises what the library of the real exchange raises."""
        with self._lock:
            trouble = self.on_the_way(call)
            if trouble == REFUSED:
                cause = errors.NewConnectionError(None, "Connection refused")  # type: ignore[arg-type]
                raise cause
            if trouble == TIMED_OUT:
                self.lost_writes += call.operation.is_write
                raise errors.ReadTimeoutError(None, "", "Read timed out.")
            for hook in self.hooks:
                hook(call)
            reply = self._handled(call, headers, body)
        if trouble == TIMED_OUT_LATER:
            raise errors.ReadTimeoutError(None, "", "Read timed out.")
        return reply

    def _handled(self, call: Call, headers: list[tuple[bytes, bytes]], body: bytes) -> Reply:
        url = urlsplit(call.url)
        scope = {
            "type": "http", "http_version": "1.1", "scheme": "http", "server": ("cg.example.com", 80),
            "method": call.operation.method, "path": unquote(url.path), "root_path": PREFIX,
            "query_string": url.query.encode(), "headers": headers,
        }  # fmt: skip
        sent: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: dict[str, Any]) -> None:
            sent.append(message)

        try:
            _run(self._api(scope, receive, send))
        except ConnectionError:  # how the simulator breaks a connection without a socket
            if not sent:
                cause = errors.ProtocolError("Connection aborted.", ConnectionResetError(104, "Connection reset"))
                raise cause from None
            raise errors.ProtocolError("only a part of the bytes came") from None
        start, *parts = sent
        answered = {key.decode().title(): value.decode("latin-1") for key, value in start["headers"]}
        return Reply(start["status"], answered, b"".join(part["body"] for part in parts))


def _run(work: Any) -> None:
    """Runs a coroutine that never waits for input or output."""
    try:
        while True:
            work.send(None)
    except StopIteration:
        return


class _Direct(HttpClient):
    def __init__(self, connection: Connection, engine: Engine) -> None:
        super().__init__(connection)
        self._engine = engine
        user = basic_credentials(connection.username or "", connection.password or "")
        self._sent = [(b"host", b"cg.example.com"), (b"accept", b"application/json")]
        self._sent.append((b"authorization", f"Basic {user}".encode()))

    def exchange(self, call: Call, timeout: float) -> Reply:
        body = b"" if call.body is None else json.dumps(call.body).encode()
        headers = [*self._sent, (b"content-type", b"application/json")] if body else self._sent
        return self._engine.exchange(call, headers, body)
