# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known of a request that failed."""

from __future__ import annotations

import pytest
from scripted_server import Answer, ScriptedServer

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.connection import Connection
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.errors import CGError
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.operations import OPERATIONS
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.transport import Transport

DEPLOY = OPERATIONS["deploy_flow"]


def failure(answer: Answer) -> CGError:
    with ScriptedServer(answer) as server, pytest.raises(CGError) as caught:
        Transport(Connection(url=server.url, retries=0)).send(DEPLOY, {"id": "f", "force": False})
    return caught.value


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 409, 500, 501, 505])
def test_the_server_itself_has_answered(status):
    assert failure(Answer("POST /flows/f/deploy", status)).was_answered


@pytest.mark.parametrize("status", [408, 429, 502, 503, 504])
def test_a_gateways_answer_or_a_plea_for_patience_is_no_answer(status):
    assert not failure(Answer("POST /flows/f/deploy", status)).was_answered


def test_a_broken_connection_is_no_answer():
    assert not failure(Answer("POST /flows/f/deploy", drop=True)).was_answered
    assert not failure(Answer("POST /flows/f/deploy", 500, body="half", promise=50)).was_answered
