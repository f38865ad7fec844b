# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that answers by a script, one entry per request, and fails on anything that is not in it."""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass, field

from local_server import LocalServer, Reply, Request


@dataclass
class Answer:
    """What to answer to ``request`` ("GET /products"); ``drop`` closes the connection instead, after reading it."""

    request: str
    status: int = 200
    body: t.Any = None
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    promise: int = 0  # bytes that Content-Length announces beyond the body


class ScriptedServer(LocalServer):
    """``with ScriptedServer(Answer(...), ...) as server``; leaving it checks that every answer was asked for."""

    def __init__(self, *script: Answer) -> None:
        super().__init__()
        self.script = list(script)
        self.requests: list[tuple[str, dict[str, str], t.Any]] = []
        self.unexpected: list[str] = []

    def reply_to(self, request: Request) -> Reply | None:
        self.requests.append((request.line, request.headers, _parsed(request)))
        answer = next((answer for answer in self.script if answer.request == request.line), None)
        if answer is None:
            self.unexpected.append(request.line)
            return Reply(418, "not in the script")
        self.script.remove(answer)
        return None if answer.drop else Reply(answer.status, answer.body, answer.headers, answer.promise)

    def __exit__(self, kind: type[BaseException] | None, *rest: object) -> None:
        super().__exit__(kind, *rest)
        if kind is None:
            assert not self.unexpected, f"requests that were not in the script: {self.unexpected}"
            assert not self.script, f"answers that were not requested: {self.script}"


def _parsed(request: Request) -> t.Any:
    if not request.body:
        return None
    is_json = request.headers.get("Content-Type") == "application/json"
    return json.loads(request.body) if is_json else request.body.decode()
