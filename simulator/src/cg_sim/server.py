# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The server process: listens, reports when it is ready, stops cleanly."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import json
import logging
import os
import signal
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from cg_sim.api.http import TRANSPORT, break_connection
from cg_sim.app import Application
from cg_sim.loopback import own_addresses
from cg_sim.simulator import Simulator

#: Seconds that running requests have to finish when the process is stopped.
_GRACE = 2


class _Protocol(HttpToolsProtocol):
    """Stores the transport in the scope, so that faults can break the connection."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope[TRANSPORT] = self.transport  # type: ignore[literal-required]


class Server(uvicorn.Server):
    """uvicorn with a callback when it listens, exit status 0 after a signal, and a way to refuse connections.

    It also ends when `is_done`, which it asks several times per second, says so.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        listening: socket.socket,
        on_ready: Callable[[], None],
        on_stop: Callable[[], None],
        is_done: Callable[[], bool],
    ) -> None:
        super().__init__(config)
        self._listening = listening
        self._on_ready = on_ready
        self._on_stop = on_stop
        self._is_done = is_done
        self._refusing: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    async def on_tick(self, counter: int) -> bool:
        return await super().on_tick(counter) or self._is_done()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._on_stop()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield  # signal handlers can only be set in the main thread
            return
        # uvicorn's own version raises the signal again at the end; here a stop by signal is not a failure.
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def refuse(self, seconds: float) -> None:
        """Refuse connections for a while, and break the open ones (after the current answer)."""
        if self._refusing is None or self._refusing.done():
            self._refusing = asyncio.get_running_loop().create_task(self._refuse(seconds))

    async def _refuse(self, seconds: float) -> None:
        await asyncio.sleep(0.05)  # let the answer to the request that asked for it go out
        address = self._listening.getsockname()
        for server in self.servers:
            server.close()
        self._listening.close()
        for connection in list(self.server_state.connections):
            transport = getattr(connection, "transport", None)
            if transport is not None:
                break_connection(transport)
        await asyncio.sleep(seconds)
        self._listening = listen(address[0], address[1])

        def protocol() -> asyncio.Protocol:
            return _Protocol(
                config=self.config, server_state=self.server_state, app_state=self.lifespan.state, _loop=None
            )

        loop = asyncio.get_running_loop()
        self.servers = [
            await loop.create_server(protocol, sock=self._listening, ssl=self.config.ssl, backlog=self.config.backlog)
        ]


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 selects a free port. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((host, port))
        listening.listen(512)
    except OSError:
        listening.close()
        raise
    listening.set_inheritable(False)
    return listening


def serve(
    simulator: Simulator,
    listening: socket.socket,
    tls: Any = None,
    ready_file: Path | None = None,
    stop_after_idle: float | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT, or for `stop_after_idle` seconds after the last request.

    `tls` is a cg_sim.tls.Tls or None.
    """
    url, *others = shown_urls(listening, tls)

    def ready() -> None:
        if ready_file is not None:
            about = {
                "url": url,
                "control_url": f"{url}/_sim" if simulator.settings.control else None,
                "pid": os.getpid(),
            }
            if tls:
                about["ca_path"] = str(tls.ca_path)
            _write_atomically(ready_file, json.dumps(about) + "\n")
        lines = [f"cg-sim ready at {url}"] + ([f"CA: {tls.ca_path}"] if tls else [])
        lines += [f"also at {other}" for other in others]
        # In one write: a reader may close the pipe after the first line.
        print("\n".join(lines), flush=True)

    server = make_server(Application(simulator), listening, tls, ready, stop_after_idle)
    if tls:
        simulator.ca_path = tls.ca_path
    try:
        server.run(sockets=[listening])
    finally:
        simulator.world.store.close()


def shown_urls(listening: socket.socket, tls: Any = None) -> list[str]:
    """The URLs of a listening socket; more than one if it listens on all addresses."""
    host, port = listening.getsockname()[:2]
    hosts = ["127.0.0.1", *own_addresses(listening.family)] if host in ("0.0.0.0", "::") else [host]
    return [f"{'https' if tls else 'http'}://{f'[{shown}]' if ':' in shown else shown}:{port}" for shown in hosts]


def make_server(
    application: Application,
    listening: socket.socket,
    tls: Any,
    on_ready: Callable[[], None],
    stop_after_idle: float | None = None,
) -> Server:
    """A server for an application, set as the simulator's listener. `tls` is a cg_sim.tls.Tls or None."""

    def is_done() -> bool:
        done = stop_after_idle is not None and application.idle_seconds() >= stop_after_idle
        if done:
            print(f"cg-sim: no request for {stop_after_idle:g} seconds, so it ends (--stop-after-idle)", flush=True)
        return done

    server = Server(server_config(application, tls), listening, on_ready, application.stop, is_done)
    application.simulator.listener = server
    return server


def server_config(application: Any, tls: Any = None, date_header: bool = True) -> uvicorn.Config:
    """uvicorn's settings for any ASGI application."""
    # Malformed requests are not logged; only errors of the simulator go to standard error.
    logging.getLogger("uvicorn").setLevel(logging.ERROR)
    return uvicorn.Config(
        application,
        http=_Protocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        date_header=date_header,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=_GRACE,
        ssl_certfile=str(tls.certificate_path) if tls else None,
        ssl_keyfile=str(tls.key_path) if tls else None,
        ssl_version=ssl.PROTOCOL_TLS_SERVER,
    )


def check_ready_file(path: Path) -> None:
    """Raises OSError if the ready file cannot be written, so that this is reported before the start."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=path.name):
        pass


def _write_atomically(path: Path, text: str) -> None:
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError as error:
        os.unlink(temporary)
        raise OSError(error.errno, error.strerror, str(path)) from None
