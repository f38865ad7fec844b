# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fault injection. Faults that break a connection are tested over a real one, see served/."""

from __future__ import annotations

import pytest
from sim_client import Client, run_slowly


def fault(cg: Client, **document: object) -> int:
    reply = cg.control("POST", "faults", document)
    assert reply.status == 200, reply.text
    return int(reply.json()["id"])


def test_a_status_with_retry_after_as_often_as_count(cg: Client) -> None:
    fault(cg, operation="listProducts", fault="status", status=429, retry_after=2, count=2, message="slow down")
    for _ in range(2):
        reply = cg.api("GET", "/products")
        assert (reply.status, reply.headers["retry-after"], reply.message) == (429, "2", "slow down")
    assert cg.api("GET", "/products").status == 200
    assert cg.control("GET", "faults").json()[0]["hits"] == 2
    assert [entry.get("fault") for entry in cg.control("GET", "journal").json()] == ["status", "status", None]


def test_a_fault_affects_the_named_object_only(cg: Client) -> None:
    fault(cg, operation="addBackups", object="PAR%", fault="status", status=500)
    assert cg.add_backups("PARIS", "LILLE").status == 500
    assert cg.add_backups("BERLIN", "LILLE").status == 201
    assert cg.flags("PARIS") == {"LYON": True}


@pytest.mark.parametrize("named", ["LILLE", "LIL%", "id"])
def test_objects_in_the_body_and_in_the_query_count(cg: Client, named: str) -> None:
    fault(cg, object=cg.id("LILLE") if named == "id" else named, fault="status")
    body = [{"businessId": cg.id("LILLE"), "name": "LILLE"}]
    assert cg.api("POST", f"/products/{cg.id('PARIS')}/backupproducts", body).status == 503
    assert cg.api("GET", f"/products/{cg.id('LILLE')}").status == 503
    assert cg.api("GET", f"/products/{cg.id('PARIS')}").status == 200
    assert cg.api("GET", "/deployments", product=cg.id("LILLE")).status == 503


def test_a_fault_after_the_request_leaves_it_carried_out(cg: Client) -> None:
    fault(cg, operation="addBackups", fault="status", status=504, when="after", count=1)
    assert cg.add_backups("PARIS", "LILLE").status == 504
    assert "LILLE" in cg.flags("PARIS")


def test_html_instead_of_json(cg: Client) -> None:
    fault(cg, fault="html")
    reply = cg.api("GET", "/products")
    assert (reply.status, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert reply.text.startswith("<!DOCTYPE html>")


def test_probability_is_the_same_in_every_run(cg: Client) -> None:
    def run() -> list[int]:
        cg.control("DELETE", "faults")
        fault(cg, fault="status", probability=0.5, seed=7)
        return [cg.api("GET", "/flows").status for _ in range(40)]

    first = run()
    assert first == run()
    assert {200, 503} == set(first)


def test_stale_reads_show_the_estate_of_the_moment_when_the_fault_was_set(cg: Client) -> None:
    fault(cg, operation="listBackups", fault="stale", count=2)
    cg.add_backups("PARIS", "LILLE")
    assert [set(cg.flags("PARIS")) for _ in range(3)] == [{"LYON"}, {"LYON"}, {"LYON", "LILLE"}]


def test_a_partial_deployment(cg: Client) -> None:
    cg.simulator.settings.transitions["deploy"] = "immediate"
    number = fault(
        cg, operation="deployFlow", fault="partial_deployment", products=["LYON"], message="disk full", count=1
    )
    cg.deploy("ORDERS")
    assert cg.status("ORDERS") == "Deployed in error"
    assert cg.rows("ORDERS") == {"PARIS": "Deployed", "LYON": "Deployed in error", "BERLIN": "Deployed"}
    assert "disk full" in [row["message"] for row in cg.get("/deployments", flow=cg.id("ORDERS"))]
    cg.deploy("ORDERS")
    assert cg.status("ORDERS") == "Deployed"
    assert cg.control("DELETE", f"faults/{number}").status == 200
    assert cg.control("DELETE", f"faults/{number}").status == 404


def test_a_deployment_that_fails_before_any_product(cg: Client) -> None:
    cg.simulator.settings.transitions["deploy"] = "immediate"
    fault(cg, operation="deployFlow", object="ORDERS", fault="job_error", message="no licence")
    cg.deploy("ORDERS")
    flow = cg.get(f"/flows/{cg.id('ORDERS')}")
    assert (flow["status"], flow["details"]) == ("Deployed in error", "no licence")
    assert cg.rows("ORDERS") == {}


def test_a_synchronization_that_fails(cg: Client) -> None:
    cg.simulator.settings.transitions["synchronize"] = "immediate"
    cg.add_backups("PARIS", "LILLE")
    fault(cg, operation="synchronizeBackup", object="LILLE", fault="job_error", count=1)
    assert cg.synchronize("PARIS", "LILLE").json()["synchronized"] is False
    assert cg.synchronize("PARIS", "LILLE").json()["synchronized"] is True


def test_a_synchronization_that_only_sets_the_flag(cg: Client) -> None:
    cg.simulator.settings.transitions["synchronize"] = "immediate"
    cg.add_backups("PARIS", "LILLE")
    fault(cg, operation="synchronizeBackup", object="LILLE", fault="lying_flag", count=1)
    assert cg.synchronize("PARIS", "LILLE").json()["synchronized"] is True
    assert cg.product("LILLE")["communicationProfiles"][0]["name"] == "FTP_OLD"


def test_a_flag_that_is_shown_wrongly(cg: Client) -> None:
    cg.add_backups("PARIS", "LILLE")
    number = fault(cg, object="LILLE", fault="lying_flag")
    assert cg.flags("PARIS") == {"LYON": True, "LILLE": True}
    assert "LILLE" in cg.deploy("ORDERS").message  # the gate uses the real flag
    cg.control("DELETE", f"faults/{number}")
    fault(cg, object="LYON", fault="lying_flag", value=False)
    assert cg.flags("PARIS") == {"LYON": False, "LILLE": False}


def test_an_expired_session(cg: Client) -> None:
    cookie = cg.api("POST", "/login", {"username": "admin", "password": "admin"}).headers["set-cookie"].split(";")[0]
    mine = {"authorization": "", "cookie": cookie}
    assert cg.api("GET", "/flows", headers=mine).status == 200
    fault(cg, operation="listFlows", fault="expire_session", count=1)
    assert cg.api("GET", "/products", headers=mine).status == 200
    assert cg.api("GET", "/flows", headers=mine).status == 401
    assert cg.api("GET", "/products", headers=mine).status == 401


def test_an_expired_token_is_refused_as_often_as_count(cg: Client) -> None:
    cg.simulator.settings.token = "t0ken"
    fault(cg, fault="expire_session", count=1)
    mine = {"authorization": "Bearer t0ken"}
    assert [cg.api("GET", "/flows", headers=mine).status for _ in range(2)] == [401, 200]


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_delay(cg: Client, when: str) -> None:
    fault(cg, fault="delay", delay=0.01, when=when)
    assert run_slowly(cg, "GET", "/flows").status == 200
    (entry,) = cg.control("GET", "journal").json()
    assert entry["fault"] == "delay"


def test_the_alternate_path_of_an_operation_is_the_same_operation(cg: Client) -> None:
    cg.control("PUT", "variants", {"remove_path": "alternate"})
    fault(cg, operation="removeBackup", fault="status", status=500)
    reply = cg.api("POST", f"/products/{cg.id('PARIS')}/backupproducts/remove", [{"name": "LYON"}])
    assert reply.status == 500


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"fault": "nonsense"},
        {"fault": "status", "operation": "nonsense"},
        {"fault": "status", "status": 42},
        {"fault": "delay"},
        {"fault": "status", "probability": 2},
        {"fault": "status", "colour": "red"},
        [{"fault": "html"}, {"fault": "x"}],
        5,
    ],
)
def test_bad_faults(cg: Client, document: object) -> None:
    reply = cg.control("POST", "faults", document)
    assert (reply.status, bool(reply.message)) == (400, True)
    assert cg.control("GET", "faults").json() == []


def test_the_first_requests_pass(cg: Client) -> None:
    fault = {"fault": "status", "operation": "listFlows", "skip": 2, "count": 1}
    assert cg.control("POST", "faults", fault).status == 200
    assert cg.api("GET", "/products").status == 200
    assert [cg.api("GET", "/flows").status for _ in range(4)] == [200, 200, 503, 200]


@pytest.mark.parametrize(
    ("delay", "least", "most"),
    [
        ({"uniform": [0.1, 0.2]}, 0.1, 0.2),
        ({"normal": [0.01, 5]}, 0, 3600),
        ({"lognormal": [0.1, 0.5]}, 0, 3600),
        ({"lognormal": [3600, 10]}, 0, 3600),
    ],
)
def test_delays_with_a_distribution(cg: Client, delay: dict[str, list[float]], least: float, most: float) -> None:
    assert cg.control("POST", "faults", {"fault": "delay", "delay": delay, "seed": 7}).status == 200
    faults = cg.simulator.faults
    seconds = [faults.plan("listFlows", (), read=True).seconds("after") for _ in range(200)]
    assert len(set(seconds)) > 50
    assert least <= min(seconds) <= max(seconds) <= most
    if "lognormal" in delay and most > 1 and delay["lognormal"][0] < 1:
        assert 0.08 < sorted(seconds)[100] < 0.12


@pytest.mark.parametrize(
    "delay",
    [{"uniform": [1]}, {"uniform": [2, 1]}, {"normal": [0, -1]}, {"x": [1, 2]}, {}, "1", {"uniform": [0, 9999]}],
)
def test_invalid_delays(cg: Client, delay: object) -> None:
    assert cg.control("POST", "faults", {"fault": "delay", "delay": delay}).status == 400
    assert cg.control("POST", "faults", {"fault": "refuse", "delay": {"uniform": [0, 1]}}).status == 400
