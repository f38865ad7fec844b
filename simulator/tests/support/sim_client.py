# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client that calls the simulator's ASGI application directly: no sockets, thousands of requests a second."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from cg_sim.api.asgi import PREFIX
from cg_sim.app import Application
from cg_sim.simulator import Simulator


@dataclass
class Reply:
    status: int
    headers: dict[str, str]
    content: bytes

    def json(self) -> Any:
        return orjson.loads(self.content)

    @property
    def text(self) -> str:
        return self.content.decode()

    @property
    def message(self) -> str:
        return str(self.json()["message"])


def basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


class Client:
    """Requests to one simulator, by default as admin."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.application = Application(simulator)
        self.headers = {"authorization": basic("admin", "admin"), "host": "cg.example:6900"}

    def raw(
        self,
        method: str,
        path: str,
        content: bytes = b"",
        headers: dict[str, str] | None = None,
        query: str = "",
        client: tuple[str, int] = ("127.0.0.1", 40000),
    ) -> Reply:
        sent = {"host": "cg.example:6900", **(headers or {})}
        return self.raw_headers(method, path, [pair for pair in sent.items() if pair[1]], content, query, client)

    def raw_headers(
        self,
        method: str,
        path: str,
        headers: list[tuple[str, str]],
        content: bytes = b"",
        query: str = "",
        client: tuple[str, int] = ("127.0.0.1", 40000),
        http_version: str = "1.1",
    ) -> Reply:
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": http_version,
            "method": method,
            "scheme": "https",
            "path": path,
            "raw_path": quote(path).encode(),
            "query_string": query.encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
            "client": client,
            "server": ("127.0.0.1", 6900),
        }
        incoming = [{"type": "http.request", "body": content, "more_body": False}]
        outgoing: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return incoming.pop(0) if incoming else {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            outgoing.append(message)

        running = self.application(scope, receive, send)
        try:
            running.send(None)  # type: ignore[attr-defined]
        except StopIteration:
            pass
        else:
            raise AssertionError("the simulator waited; use run_slowly() for requests with a delay")
        return self._reply(outgoing)

    @staticmethod
    def _reply(messages: list[dict[str, Any]]) -> Reply:
        start = messages[0]
        headers = {name.decode(): value.decode() for name, value in start["headers"]}
        return Reply(start["status"], headers, b"".join(message.get("body", b"") for message in messages[1:]))

    def api(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **query: str
    ) -> Reply:
        content = b"" if body is None else orjson.dumps(body)
        sent = {**self.headers, **({"content-type": "application/json"} if content else {}), **(headers or {})}
        return self.raw(method, PREFIX + path, content, sent, urlencode(query))

    def control(self, method: str, path: str, body: Any = None, query: str = "", **headers: str) -> Reply:
        content = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        return self.raw(method, f"/_sim/{path}", content, {"host": "localhost:6900", **headers}, query)

    # ----------------------------------------------------------------------------------------------- common requests

    def get(self, path: str, **query: str) -> Any:
        reply = self.api("GET", path, **query)
        assert reply.status == 200, reply.text
        return reply.json()

    def product(self, name: str) -> Any:
        (found,) = self.get("/products", name=name)
        return found

    def id(self, name: str) -> str:
        """The businessId of a product or a flow; does not count as a read."""
        state = self.simulator.world.state
        (found,) = state.products_named(name) or state.flows_named(name)
        return found.id

    def add_backups(self, master: str, *names: str) -> Reply:
        return self.api("POST", f"/products/{self.id(master)}/backupproducts", [{"name": name} for name in names])

    def remove_backup(self, master: str, backup: str) -> Reply:
        return self.api("DELETE", f"/products/{self.id(master)}/backupproducts/{self.id(backup)}")

    def synchronize(self, master: str, backup: str) -> Reply:
        return self.api("POST", f"/products/{self.id(master)}/backupproducts/{self.id(backup)}/synchronize")

    def deploy(self, flow: str, force: bool = False) -> Reply:
        return self.api("POST", f"/flows/{self.id(flow)}/deploy", {"force": force})

    def flags(self, master: str) -> dict[str, bool]:
        entries = self.get(f"/products/{self.id(master)}/backupproducts")
        return {entry["name"]: entry["synchronized"] for entry in entries}

    def status(self, flow: str) -> str:
        return str(self.get(f"/flows/{self.id(flow)}")["status"])

    def rows(self, flow: str) -> dict[str, str]:
        entries = self.get("/deployments", flow=self.id(flow))
        return {entry["product"]["name"]: entry["status"] for entry in entries}


def run_slowly(client: Client, method: str, path: str) -> Reply:
    """For requests that a fault delays."""
    outgoing: list[dict[str, Any]] = []

    async def go() -> None:
        incoming = [{"type": "http.request", "body": b"", "more_body": False}]
        headers = [(name.encode(), value.encode()) for name, value in client.headers.items()]
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "https",
            "path": PREFIX + path, "raw_path": b"", "query_string": b"", "root_path": "", "headers": headers,
            "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 6900),
        }  # fmt: skip

        async def receive() -> dict[str, Any]:
            return incoming.pop(0)

        async def send(message: dict[str, Any]) -> None:
            outgoing.append(message)

        await client.application(scope, receive, send)

    asyncio.run(go())
    return Client._reply(outgoing)
