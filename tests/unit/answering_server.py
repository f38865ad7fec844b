# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real HTTP server whose answers a test computes: for what the simulator does not do, and some server might."""

from __future__ import annotations

import json
import threading
import typing as t
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.client import CentralGovernance
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.overrides import effective_operations
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.transport import Connection, Transport
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.module import Task

DROP = 0  # a status: close the connection without an answer

VERB = {"continue_on_error": False, "unchanged_limit": 1000, "diff_limit": 200}
WAITING = {"wait": True, "wait_timeout": 30.0, "wait_interval": 0.001}


class AnsweringServer:
    """``answer(method, path, body)`` returns a status and a JSON value; paths have no API prefix."""

    def __init__(self, answer: t.Callable[[str, str, t.Any], tuple[int, t.Any]]) -> None:
        self.requests: list[str] = []
        lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def respond(self) -> None:
                raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with lock:
                    outer.requests.append(f"{self.command} {self.path}")
                    status, body = answer(self.command, self.path, json.loads(raw) if raw else None)
                if status == DROP:
                    self.close_connection = True
                    return
                payload = json.dumps(body).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(payload)))
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(payload)

            do_GET = do_POST = do_DELETE = respond

            def log_message(self, *_arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> AnsweringServer:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def writes(self) -> list[str]:
        return [line for line in self.requests if not line.startswith("GET ")]

    def task(self, check: bool = False, predicted: dict[str, t.Any] | None = None, **params: t.Any) -> Task:
        """The task of a verb against this server, in this process."""
        connection = Connection(self.url, "", "operator", "correct horse", retries=0)
        client = CentralGovernance(Transport(connection, read_only=check), effective_operations(None))
        return Task({**VERB, **WAITING, **params}, check, client, predicted or {}, diff_mode=True)
