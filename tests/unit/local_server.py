# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real HTTP server within the test, on its own port. Derived classes define what it answers."""

from __future__ import annotations

import json
import threading
import typing as t
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Request:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def line(self) -> str:
        return f"{self.method} {self.path}"


@dataclass
class Reply:
    """``body``: text is sent as it is, None as nothing, everything else as JSON."""

    status: int
    body: t.Any = None
    headers: dict[str, str] = field(default_factory=dict)
    promise: int = 0  # bytes that Content-Length announces beyond the body

    @property
    def payload(self) -> bytes:
        if self.body is None:
            return b""
        return (self.body if isinstance(self.body, str) else json.dumps(self.body)).encode()

    @property
    def content_type(self) -> str:
        is_html = isinstance(self.body, str) and self.body.startswith("<")
        return "text/html; charset=utf-8" if is_html else "application/json"


class LocalServer:
    """``with`` starts and stops it. ``reply_to`` gets one request at a time."""

    def __init__(self) -> None:
        lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def respond(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                with lock:
                    reply = outer.reply_to(Request(self.command, self.path, dict(self.headers), body))
                if reply is None:
                    self.close_connection = True
                    return
                self.send_response(reply.status)
                self.send_header("Content-Length", str(len(reply.payload) + reply.promise))
                self.send_header("Content-Type", reply.content_type)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(reply.payload)
                if reply.promise:
                    self.close_connection = True

            do_GET = do_POST = do_DELETE = do_OPTIONS = respond

            def log_message(self, *_arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def reply_to(self, request: Request) -> Reply | None:
        """None closes the connection without an answer."""
        raise NotImplementedError

    def __enter__(self) -> t.Self:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._server.shutdown()
        self._server.server_close()
