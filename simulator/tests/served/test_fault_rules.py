# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults behave as their keys describe, or are refused with a reason."""

from __future__ import annotations

import pytest
from sim_client import Client, run_slowly

import cg_sim.api.asgi as api_app
from cg_sim.api.fault_kinds import KINDS


def fault(cg: Client, **document: object) -> None:
    reply = cg.control("POST", "faults", document)
    assert reply.status == 200, reply.text


def hits(cg: Client) -> list[int]:
    return [entry["hits"] for entry in cg.control("GET", "faults").json()]


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"fault": "html", "message": "x"}, "message: the fault 'html' does not take it (it takes: operation, "),
        ({"fault": "status", "value": True}, "value: the fault 'status' does not take it"),
        ({"fault": "refuse", "delay": 1, "operation": "listFlows"}, "operation: the fault 'refuse' does not take it"),
        ({"fault": "refuse", "delay": 1, "count": 1}, "count: the fault 'refuse' does not take it (it takes: delay)"),
        ({"fault": "job_error", "delay": 2}, "delay: the fault 'job_error' does not take it"),
        ({"fault": "truncate", "when": "before"}, "when: the fault 'truncate' does not take it"),
        ({"fault": "partial_deployment", "operation": "listProducts"}, "listProducts (only to deployFlow)"),
        ({"fault": "job_error", "operation": "listProducts"}, "does not apply to listProducts"),
        ({"fault": "stale", "operation": "addBackups"}, "does not apply to addBackups"),
        ({"fault": "lying_flag", "operation": "listFlows"}, "does not apply to listFlows"),
        ({"fault": "partial_deployment", "products": ["NOPE", "LYON"]}, "products: unknown product NOPE"),
        ({"fault": "lying_flag", "operation": "synchronizeBackups", "value": False}, "the flag becomes true"),
        ({"fault": "job_error", "operation": "synchronizeBackup", "message": "x"}, "only a failed deployment shows"),
        ({"fault": "status", "status": 204, "message": "x"}, "status: an answer with status 204 has no body"),
        ({"fault": "html", "status": 304}, "status: an answer with status 304 has no body"),
        ({"fault": "status", "retry_after": "soon"}, "retry_after: seconds, or a date"),
    ],
)
def test_keys_that_cannot_apply_are_refused_with_the_reason(
    cg: Client, document: dict[str, object], words: str
) -> None:
    reply = cg.control("POST", "faults", document)
    assert (reply.status, words in reply.message) == (400, True), reply.text
    assert cg.control("GET", "faults").json() == []


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if "delay" in kind.keys and kind.where])
def test_every_fault_of_a_request_can_be_delayed(cg: Client, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    readings = iter([1.0, 2.0])  # before the delay, after it
    monkeypatch.setattr(api_app, "_milliseconds_since", lambda started: next(readings))
    fault(cg, fault=kind, delay=0.01)
    try:
        run_slowly(cg, "GET", "/flows")
    except ConnectionError:
        assert kind in ("reset", "commit_then_drop", "truncate")  # there is no connection in this test
    (entry,) = cg.control("GET", "journal").json()
    assert entry["fault"] == kind
    assert entry["duration_ms"] == 2.0


def test_a_partial_deployment_affects_deployments_that_reach_its_products(cg: Client) -> None:
    cg.simulator.settings.transitions["deploy"] = "immediate"
    fault(cg, fault="partial_deployment", products=["LILLE"])
    cg.deploy("ORDERS")
    assert (cg.status("ORDERS"), hits(cg)) == ("Deployed", [0])
    cg.control("DELETE", "faults")
    fault(cg, fault="partial_deployment", products=["LILLE", cg.id("LYON")])
    cg.api("PUT", f"/flows/{cg.id('ORDERS')}", {**cg.get(f"/flows/{cg.id('ORDERS')}"), "idf": "OTHER"})
    cg.deploy("ORDERS")
    assert (cg.status("ORDERS"), hits(cg)) == ("Deployed in error", [1])
    assert cg.rows("ORDERS")["LYON"] == "Deployed in error"


def test_a_wrong_flag_is_shown_in_the_answers_of_its_operation_only(cg: Client) -> None:
    fault(cg, fault="lying_flag", operation="listBackups", value=False)
    assert cg.flags("PARIS") == {"LYON": False}
    assert cg.product("PARIS")["backupProducts"][0]["synchronized"] is True
    assert cg.get(f"/products/{cg.id('PARIS')}")["backupProducts"][0]["synchronized"] is True


@pytest.mark.parametrize("named", ["LILLE", "id"])
def test_objects_are_found_whichever_way_the_request_names_them(cg: Client, named: str) -> None:
    lille = cg.id("LILLE")
    fault(cg, object=lille if named == "id" else "LILLE", fault="status")
    path = f"/products/{cg.id('PARIS')}/backupproducts"
    for body in ([{"name": "LILLE"}], [{"businessId": lille}]):
        assert cg.api("POST", path, body).status == 503
    assert cg.api("GET", "/products", name="LILLE").status == 503
    assert cg.api("GET", f"/products/{lille}").status == 503
    assert cg.api("GET", "/products", name="PARIS").status == 200


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        (1_000_000, "1000000"),
        (0, "0"),
        (2.0, "2"),
        (0.5, "0.500"),
        ("Sun, 01 Mar 2026 12:00:00 GMT", "Sun, 01 Mar 2026 12:00:00 GMT"),
    ],
)
def test_retry_after_is_valid_http(cg: Client, given: object, sent: str) -> None:
    fault(cg, fault="status", status=429, retry_after=given)
    assert cg.api("GET", "/flows").headers["retry-after"] == sent
