# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast the simulator is: start, reads, durable writes, a large estate. Prints numbers, asserts nothing.

    python simulator/benchmarks/simulator_speed.py [--products 10000] [--profiles 50] [--seconds 3]

The load generator is a C-speed HTTP parser on raw sockets (httptools), so that mostly the server is measured; "on one
core" is the requests divided by the processor time that the server used (from /proc).
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httptools

from cg_sim.api.asgi import PREFIX
from cg_sim.control.snapshot_lines import snapshot_lines
from cg_sim.identity import derived_id
from cg_sim.simulator import Simulator
from cg_sim.spec import operations

AUTHORIZATION = "Basic " + base64.b64encode(b"admin:admin").decode()


class Connection(asyncio.Protocol):
    """One kept-alive connection that asks for the same thing again and again."""

    def __init__(self, request: bytes, deadline: float) -> None:
        self.request, self.deadline = request, deadline
        self.answers = 0
        self.bad = 0
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.parser = httptools.HttpResponseParser(self)
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.parser.feed_data(data)

    def on_message_complete(self) -> None:
        self.answers += 1
        if self.parser.get_status_code() >= 300:
            self.bad += 1
        if time.perf_counter() < self.deadline:
            self.transport.write(self.request)
        else:
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def hammer(port: int, request: bytes, connections: int, seconds: float) -> tuple[int, int]:
    loop = asyncio.get_running_loop()
    deadline = time.perf_counter() + seconds
    running = [
        (await loop.create_connection(lambda: Connection(request, deadline), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    await asyncio.gather(*(connection.done for connection in running))
    return sum(connection.answers for connection in running), sum(connection.bad for connection in running)


def request_bytes(method: str, path: str, body: bytes = b"") -> bytes:
    lines = [f"{method} {PREFIX}{path} HTTP/1.1", "Host: localhost", f"Authorization: {AUTHORIZATION}"]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_megabytes(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


class Running:
    def __init__(self, directory: Path, *arguments: str) -> None:
        started = time.perf_counter()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "cg_sim", "serve", *arguments], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().removeprefix("cg-sim ready at ").strip()
        self.ready_after = time.perf_counter() - started
        self.port = int(self.url.rsplit(":", 1)[1])

    def __enter__(self) -> Running:
        return self

    def __exit__(self, *error: object) -> None:
        self.process.terminate()
        self.process.wait()

    def measure(self, title: str, request: bytes, connections: int, seconds: float) -> None:
        asyncio.run(hammer(self.port, request, connections, 0.3))
        before = processor_seconds(self.process.pid)
        started = time.perf_counter()
        answers, bad = asyncio.run(hammer(self.port, request, connections, seconds))
        elapsed = time.perf_counter() - started
        used = processor_seconds(self.process.pid) - before
        note = f"  ({bad} were refused!)" if bad else ""
        print(f"  {title:44}{answers / elapsed:10.0f}/s {answers / max(used, 0.01):12.0f}/s on one core{note}")


def estate(products: int, profiles: int) -> dict[str, Any]:
    """Canonical documents: one master of two backups after the other."""
    documents = []
    ids = [derived_id("product", f"ST_{number}") for number in range(products)]
    for number, business_id in enumerate(ids):
        backups = [ids[number + 1], ids[number + 2]] if number % 3 == 0 and number + 2 < products else []
        documents.append(
            {
                "businessId": business_id, "name": f"ST_{number}", "host": f"st{number}.example", "version": "5.4",
                "backupProducts": [{"businessId": backup, "synchronized": True} for backup in backups],
                "communicationProfiles": [
                    {
                        "businessId": derived_id("profile", business_id, str(port)), "name": f"SFTP_{port}",
                        "type": "SERVER", "protocol": "SFTP", "enabled": True, "clientAuthentication": "PASSWORD",
                        "hosts": [f"st{number}.example"], "port": 1000 + port, "ssl": {"enabled": False},
                        "fips": False, "networkZone": "Private", "edges": [], "viewOnly": False,
                    }
                    for port in range(profiles)
                ],
            }
        )  # fmt: skip
    return {"products": documents, "flows": [], "deployments": []}


def snapshot(documents: dict[str, Any]) -> bytes:
    simulator = Simulator()
    simulator.load(documents)
    return b"".join(snapshot_lines(simulator.world))


def post(url: str, body: bytes) -> None:
    import urllib.request

    with urllib.request.urlopen(urllib.request.Request(url, body, method="POST"), timeout=600) as reply:
        reply.read()


def validation() -> None:
    """What it costs to check a body, in the process: the reason for compiled validators."""
    (operation,) = [entry for entry in operations() if entry.id == "addBackups"]
    body = [{"name": "ST_backup_product_name3"}, {"businessId": "93c8ab21-d04e-4df6-a96c-11b4bbcc97f5"}]
    operation.body_errors(body)
    started = time.perf_counter()
    for _ in range(20_000):
        operation.body_errors(body)
    print(f"  validating the body of addBackups{'':11}{(time.perf_counter() - started) / 20_000 * 1e6:10.1f} µs")


def main() -> None:
    parser = argparse.ArgumentParser(description="Measures the simulator.", allow_abbrev=False)
    parser.add_argument("--products", type=int, default=10_000)
    parser.add_argument("--profiles", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--connections", type=int, default=4)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        starts = []
        for _ in range(5):
            with Running(directory) as running:
                starts.append(running.ready_after)
        print(f"start until ready: median {sorted(starts)[2]:.2f} s")
        validation()
        small = snapshot(estate(12, 5))
        master = derived_id("product", "ST_0")
        for title, arguments in (("memory", ()), ("SQLite", ("--db", str(directory / "cg.sqlite")))):
            with Running(directory, *arguments) as running:
                post(f"{running.url}/_sim/restore", small)
                print(f"12 products, {title}")
                seconds, connections = options.seconds, options.connections
                path = f"/products/{master}/backupproducts"
                running.measure("GET .../backupproducts", request_bytes("GET", path), connections, seconds)
                running.measure(
                    "GET /products?name=", request_bytes("GET", "/products?name=ST_0"), connections, seconds
                )
                backup = derived_id("product", "ST_1")
                write = request_bytes("POST", f"{path}/{backup}/synchronize")
                running.measure("POST .../synchronize (changes nothing new)", write, connections, seconds)
                body = json.dumps({"name": "F", "targets": {"type": "PARTNER", "parts": []}}).encode()
                asyncio.run(hammer(running.port, request_bytes("POST", "/flows", body), 1, 0))
                flow = derived_id("flow", "F")
                change = request_bytes("PUT", f"/flows/{flow}", body)
                running.measure("PUT /flows/{id} (a write each)", change, connections, seconds)
        large = snapshot(estate(options.products, options.profiles))
        print(f"{options.products} products with {options.profiles} profiles, {len(large) / 1e6:.0f} MB of JSON")
        for title, arguments in (("memory", ()), ("SQLite", ("--db", str(directory / "large.sqlite")))):
            with Running(directory, *arguments) as running:
                started = time.perf_counter()
                post(f"{running.url}/_sim/restore", large)
                print(f"  loaded into {title:32}{time.perf_counter() - started:10.1f} s")
                print(f"  memory in use{'':31}{resident_megabytes(running.process.pid):10.0f} MB")
                running.measure("GET .../backupproducts", request_bytes("GET", path), connections, seconds)
                running.measure("GET /products (all)", request_bytes("GET", "/products"), 1, seconds)


if __name__ == "__main__":
    main()
