# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is known about a request that failed."""

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


@pytest.mark.parametrize("status", [302, 400, 401, 403, 404, 409])
def test_a_refusal_was_not_carried_out_and_is_the_final_answer(status):
    error = failure(Answer("POST /flows/f/deploy", status))
    assert error.was_sent and error.is_refusal and error.is_final
    assert not error.may_have_happened


@pytest.mark.parametrize("status", [408, 429])
def test_a_request_to_wait_is_a_refusal_but_not_final(status):
    error = failure(Answer("POST /flows/f/deploy", status))
    assert error.is_refusal
    assert not error.is_final and not error.may_have_happened


@pytest.mark.parametrize("status", [500, 501, 505])
def test_a_server_that_failed_has_answered_but_may_have_done_it(status):
    error = failure(Answer("POST /flows/f/deploy", status))
    assert error.may_have_happened and error.is_final
    assert not error.is_refusal


@pytest.mark.parametrize(
    "answer",
    [
        *(Answer("POST /flows/f/deploy", status) for status in (502, 503, 504)),
        Answer("POST /flows/f/deploy", drop=True),
        Answer("POST /flows/f/deploy", 500, body="half", promise=50),
    ],
    ids=["502", "503", "504", "dropped", "cut short"],
)
def test_after_a_gateways_answer_or_a_broken_connection_nothing_is_known(answer):
    error = failure(answer)
    assert error.was_sent and error.may_have_happened
    assert not error.is_refusal and not error.is_final


def test_a_request_that_was_not_sent_did_not_happen():
    with pytest.raises(CGError) as caught:
        Transport(Connection(url="http://127.0.0.1:9", retries=0)).send(DEPLOY, {"id": "f", "force": False})
    assert not caught.value.was_sent
    assert not caught.value.may_have_happened and not caught.value.is_refusal and not caught.value.is_final
