# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A real HTTP server that answers by a script, one entry per request, and fails on anything that is not in it."""

from __future__ import annotations

import json
import threading
import typing as t
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Answer:
    """What to answer to ``request`` ("GET /products"); ``drop`` closes the connection instead, after reading it."""

    request: str
    status: int = 200
    body: t.Any = None
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    promise: int = 0  # bytes that Content-Length promises beyond the body


class ScriptedServer:
    """``with ScriptedServer(Answer(...), ...) as server``; leaving it checks that every answer was asked for."""

    def __init__(self, *script: Answer) -> None:
        self.script = list(script)
        self.requests: list[tuple[str, dict[str, str], t.Any]] = []
        self.surprises: list[str] = []
        lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                raw = self.rfile.read(length)
                line = f"{self.command} {self.path}"
                with lock:
                    outer.requests.append((line, dict(self.headers), self.parsed(raw)))
                    expected = next((answer for answer in outer.script if answer.request == line), None)
                    if expected is None:
                        outer.surprises.append(line)
                        expected = Answer(line, 418, "not in the script")
                    else:
                        outer.script.remove(expected)
                if expected.drop:
                    self.close_connection = True
                    return
                body = expected.body
                payload = b"" if body is None else (body if isinstance(body, str) else json.dumps(body)).encode()
                kind = "text/html" if isinstance(body, str) and body.startswith("<") else "application/json"
                self.send_response(expected.status)
                self.send_header("Content-Length", str(len(payload) + expected.promise))
                self.send_header("Content-Type", kind)
                for name, value in expected.headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(payload)
                if expected.promise:
                    self.close_connection = True

            def parsed(self, raw: bytes) -> t.Any:
                if not raw:
                    return None
                is_json = self.headers.get("Content-Type") == "application/json"
                return json.loads(raw) if is_json else raw.decode()

            do_GET = do_POST = do_DELETE = answer

            def log_message(self, *_arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> ScriptedServer:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        if kind is None:
            assert not self.surprises, f"requests that were not in the script: {self.surprises}"
            assert not self.script, f"answers that nobody asked for: {self.script}"
