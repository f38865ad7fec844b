# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A server whose answers a test computes, for behaviour that the simulator does not have."""

from __future__ import annotations

import json
import typing as t

from local_server import LocalServer, Reply, Request

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.client import CentralGovernance
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.overrides import effective_operations
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.transport import Connection, Transport
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.module import Task

DROP = 0  # a status: close the connection without an answer

VERB = {"continue_on_error": False, "unchanged_limit": 20, "diff_limit": 200}
WAITING = {"wait": True, "wait_timeout": 30.0, "wait_interval": 0.001}


class AnsweringServer(LocalServer):
    """``answer(method, path, body)`` returns a status and a JSON value; paths have no API prefix."""

    def __init__(self, answer: t.Callable[[str, str, t.Any], tuple[int, t.Any]]) -> None:
        super().__init__()
        self.requests: list[str] = []
        self._answer = answer

    def reply_to(self, request: Request) -> Reply | None:
        self.requests.append(request.line)
        status, body = self._answer(request.method, request.path, json.loads(request.body) if request.body else None)
        return None if status == DROP else Reply(status, body)

    @property
    def writes(self) -> list[str]:
        return [line for line in self.requests if not line.startswith("GET ")]

    def task(self, check: bool = False, predicted: dict[str, t.Any] | None = None, **params: t.Any) -> Task:
        """The task of a verb against this server, in this process."""
        connection = Connection(self.url, "", "operator", "correct horse", retries=0)
        client = CentralGovernance(Transport(connection, read_only=check), effective_operations(None))
        return Task({**VERB, **WAITING, **params}, check, client, predicted or {}, diff_mode=True)
