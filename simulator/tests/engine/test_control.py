# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control plane: reset, seed, snapshot, clock, transitions, journal."""

from __future__ import annotations

import pytest
from sim_client import Client

from cg_sim.settings import Settings
from cg_sim.simulator import Simulator

SEED = b"""
products:
  - {name: ONE, version: "5.4"}
"""


def test_health(cg: Client) -> None:
    health = cg.control("GET", "health").json()
    assert (health["ok"], health["products"], health["flows"]) == (True, 8, 4)


def test_reset_restores_the_state_after_the_start(cg: Client) -> None:
    cg.add_backups("PARIS", "LILLE")
    cg.synchronize("PARIS", "LILLE")
    cg.control("PUT", "variants", {"sync": "immediate"})
    cg.control("PUT", "transitions", {"deploy": "immediate"})
    cg.control("POST", "faults", {"fault": "html"})
    cg.control("PUT", "clock", {"frozen": True})
    assert cg.control("POST", "reset").status == 200
    assert cg.flags("PARIS") == {"LYON": True}
    assert cg.status("INVOICES") == "Deployed"
    assert cg.control("GET", "variants").json()["sync"] == "asynchronous"
    assert cg.control("GET", "transitions").json()["deploy"] == "polls:2"
    assert cg.control("GET", "faults").json() == []
    assert cg.control("GET", "clock").json()["frozen"] is False
    assert len(cg.control("GET", "journal").json()) == 2


def test_reset_can_keep_what_is_named(cg: Client) -> None:
    cg.flags("PARIS")
    cg.control("PUT", "variants", {"sync": "immediate"})
    assert cg.control("POST", "reset", {"keep": ["variants", "journal"]}).status == 200
    assert cg.control("GET", "variants").json()["sync"] == "immediate"
    assert len(cg.control("GET", "journal").json()) == 1
    assert cg.control("POST", "reset", {"keep": ["nonsense"]}).status == 400


def test_seeding_replaces_everything_and_reset_returns_to_it(cg: Client) -> None:
    assert cg.control("POST", "seed", SEED).json()["products"] == 1
    assert [product["name"] for product in cg.get("/products")] == ["ONE"]
    cg.control("POST", "reset")
    assert [product["name"] for product in cg.get("/products")] == ["ONE"]


@pytest.mark.parametrize(
    "body",
    [
        b"products: [{name: }]",
        b"\xff",
        b"a: [",
        b"products: 5",
        b"products: [{name: A, contact: {n: 123456789012345678901234567890}}]",
        b'{"products": [{"name": "A", "contact": ' + b'{"a":' * 300 + b"1" + b"}" * 300 + b"}]}",
        b"{products: [{name: A}], flows: [{name: F, deployments: [{product: A, timestamp: 99999999999999999999999}]}]}",
    ],
)
def test_a_bad_seed_changes_nothing(cg: Client, body: bytes) -> None:
    reply = cg.control("POST", "seed", body)
    assert (reply.status, bool(reply.message)) == (400, True)
    assert len(cg.get("/products")) == 8


def test_snapshot_and_restore_in_the_middle_of_work(cg: Client) -> None:
    cg.add_backups("PARIS", "LILLE")
    cg.synchronize("PARIS", "LILLE")
    cg.control("PUT", "variants", {"status_style": "code"})
    snapshot = cg.control("POST", "snapshot").json()
    assert (snapshot["format"], snapshot["version"]) == ("cg-sim snapshot", 1)
    before = cg.control("GET", "state").json()
    cg.control("POST", "reset")
    assert cg.control("POST", "restore", snapshot).status == 200
    assert cg.control("GET", "state").json() == before
    assert cg.control("GET", "variants").json()["status_style"] == "code"
    assert [cg.flags("PARIS")["LILLE"] for _ in range(3)] == [False, False, True]


@pytest.mark.parametrize(
    "change", [{"version": 99}, {"format": "other"}, {"state": None}, {"state": {"products": [{}]}}]
)
def test_a_bad_snapshot_changes_nothing(cg: Client, change: dict[str, object]) -> None:
    snapshot = cg.control("POST", "snapshot").json()
    reply = cg.control("POST", "restore", {**snapshot, **change})
    assert (reply.status, bool(reply.message)) == (400, True)
    assert len(cg.get("/products")) == 8


def test_jobs_end_by_the_simulators_clock(cg: Client) -> None:
    cg.control("PUT", "transitions", {"synchronize": "time:60"})
    frozen = cg.control("PUT", "clock", {"frozen": True, "now": "2026-03-01T12:00:00Z"}).json()
    assert frozen == {"now": 1772366400000, "iso": "2026-03-01T12:00:00.000+00:00", "frozen": True}
    cg.add_backups("PARIS", "LILLE")
    cg.synchronize("PARIS", "LILLE")
    for _ in range(5):
        assert cg.flags("PARIS")["LILLE"] is False
    cg.control("PUT", "clock", {"advance": 59.5})
    assert cg.flags("PARIS")["LILLE"] is False
    cg.control("PUT", "clock", {"advance": 0.5})
    assert cg.flags("PARIS")["LILLE"] is True
    assert cg.control("PUT", "clock", {"frozen": False}).json()["frozen"] is False
    assert cg.control("PUT", "clock", {"real": True}).json()["frozen"] is False


@pytest.mark.parametrize(
    "body", [{"advance": "x"}, {"advance": True}, {"now": "yesterday"}, {"now": -1}, {"frozen": 5}, {"x": 1}, []]
)
def test_bad_clocks(cg: Client, body: object) -> None:
    assert cg.control("PUT", "clock", body).status == 400


@pytest.mark.parametrize("body", [{"deploy": "soon"}, {"deploy": "polls:-1"}, {"x": "immediate"}, {"deploy": 5}])
def test_bad_transitions(cg: Client, body: object) -> None:
    assert cg.control("PUT", "transitions", body).status == 400


def test_immediate_transitions(cg: Client) -> None:
    cg.control("PUT", "transitions", {"synchronize": "polls:0", "deploy": "immediate"})
    cg.add_backups("PARIS", "LILLE")
    assert cg.synchronize("PARIS", "LILLE").json()["synchronized"] is True
    assert cg.deploy("ORDERS").json()["status"] == "Deployed"


def test_the_journal_and_its_filters(cg: Client) -> None:
    cg.flags("PARIS")
    cg.add_backups("PARIS", "LILLE")
    cg.api("GET", "/nothing")
    cg.api("POST", "/login", {"username": "admin", "password": "admin"})
    entries = cg.control("GET", "journal").json()
    assert [entry["operation"] for entry in entries] == ["listBackups", "addBackups", None, "login"]
    assert [entry["write"] for entry in entries] == [False, True, False, False]
    assert set(entries[1]) == {
        "n",
        "at",
        "method",
        "path",
        "query",
        "operation",
        "objects",
        "status",
        "write",
        "user",
        "request_body",
        "answer",
        "duration_ms",
    }
    for query, expected in {
        "write=true": [2],
        "write=false": [1, 3, 4],
        "method=get": [1, 3],
        "operation=login": [4],
        "since=2": [3, 4],
        "path=nothing": [3],
    }.items():
        assert [entry["n"] for entry in cg.control("GET", "journal", query=query).json()] == expected
    for query in ("since=x", "write=maybe", "colour=red"):
        assert cg.control("GET", "journal", query=query).status == 400
    cg.control("DELETE", "journal")
    assert cg.control("GET", "journal").json() == []


def test_the_control_plane_is_only_for_programs_on_the_same_machine(cg: Client) -> None:
    local = {"host": "localhost:6900"}
    assert cg.raw("GET", "/_sim/health", headers=local, client=("192.0.2.7", 4000)).status == 403
    assert cg.raw("GET", "/_sim/health", headers=local, client=("::1", 4000)).status == 200
    assert cg.raw("GET", "/_sim/health", headers=local, client=("::ffff:127.0.0.1", 4000)).status == 200
    assert cg.control("POST", "reset", origin="https://evil.example").status == 403
    assert cg.control("POST", "reset", origin="https://localhost:6900").status == 200
    # DNS rebinding: a foreign name that resolves to this machine.
    assert cg.control("POST", "reset", host="evil.example:6900", origin="https://evil.example:6900").status == 403


def test_it_can_be_switched_off() -> None:
    client = Client(Simulator(Settings(control=False)))
    reply = client.control("GET", "health")
    assert (reply.status, "the API is under /Axway" in reply.message) == (404, True)
    assert client.control("POST", "reset").status == 404


@pytest.mark.parametrize("body", [b"", b" \n", b"# nothing but a comment\n", b"null", b"---\n"])
def test_an_empty_seed_is_refused(cg: Client, body: bytes) -> None:
    """A file that was not found, or a variable that was not set, must not wipe the estate."""
    reply = cg.control("POST", "seed", body)
    assert (reply.status, "{}" in reply.message) == (400, True)
    assert cg.product("PARIS")
    assert cg.control("POST", "seed", b"{}").status == 200
    assert cg.get("/products") == []


@pytest.mark.parametrize(
    "key", ["pw", "pass_word", "passWord", "psk", "pin", "userPin", "auth", "key", "db_pw", "preSharedPsk", "apikey"]
)
def test_secrets_under_other_names(cg: Client, key: str) -> None:
    cg.api("POST", "/flows", {"name": "F", key: "s3cret"})
    cg.api("GET", "/products", None, None, **{key: "s3cret"})
    assert "s3cret" not in cg.control("GET", "journal").text


@pytest.mark.parametrize(
    "key", ["author", "keyboard", "shipping", "authUserName", "monkey", "pinned", "publicKeyAlias"]
)
def test_text_that_only_resembles_a_secret_is_shown(cg: Client, key: str) -> None:
    cg.api("POST", "/flows", {"name": "F", key: "v1sible"})
    assert "v1sible" in cg.control("GET", "journal").text


@pytest.mark.parametrize(
    "url",
    [
        "https://user:s3cret@cg.example/x",
        "ftp://:s3cret@h",
        "https://h/p?a=1&token=s3cret&b=2",
        "http://h/?pin=s3cret#f",
    ],
)
def test_secrets_in_urls(cg: Client, url: str) -> None:
    cg.api("POST", "/flows", {"name": "F", "details": f"see {url} there"})
    cg.api("GET", "/products", None, None, name=url)
    cg.raw("GET", f"/Axway/CentralGovernance/default/CentralGovernance/api/v2/{url}", headers=cg.headers)
    text = cg.control("GET", "journal").text
    assert "s3cret" not in text
    assert "********" in text
    assert "see " in text


def test_metrics(cg: Client) -> None:
    cg.add_backups("PARIS", "LILLE")
    cg.get("/flows")
    cg.control("POST", "faults", {"fault": "status", "operation": "listFlows"})
    cg.api("GET", "/flows")
    reply = cg.control("GET", "metrics")
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = reply.text.splitlines()
    for line in (
        "# TYPE cg_sim_requests_total counter",
        'cg_sim_requests_total{operation="listFlows",status="200"} 1',
        'cg_sim_requests_total{operation="listFlows",status="503"} 1',
        'cg_sim_fault_hits_total{id="1",fault="status"} 1',
        "cg_sim_products 8",
        "cg_sim_unsynchronized_backups 1",
        'cg_sim_flows{status="Saved, not deployed"} 2',
        "cg_sim_pending 0",
    ):
        assert line in lines, reply.text


def test_answers_and_names_are_in_the_journal(cg: Client) -> None:
    """The journal has the reason of a 422."""
    assert cg.add_backups("PARIS", "NEWER").status == 422
    assert cg.remove_backup("PARIS", "LYON").status == 204
    cg.get("/products")
    cg.control("PUT", "variants", {"error_shape": "text"})
    cg.api("GET", "/nothing")
    refused, removed, listed, missing = cg.control("GET", "journal").json()
    assert refused["objects"] == ["PARIS"]
    assert "NEWER has version 5.5" in refused["answer"]["message"]
    assert (removed["objects"], removed["answer"]) == (["PARIS", "LYON"], None)
    assert (listed["objects"], listed["answer"].endswith(" bytes)")) == ([], True)
    assert missing["answer"] == "There is no resource /nothing"


def test_answers_in_the_journal_are_without_secrets(cg: Client) -> None:
    contact = {"name": "ops", "password": "s3cret", "page": "https://ops:s3cret@h"}
    path = f"/products/{cg.id('BERLIN')}"
    assert cg.api("PUT", path, {"contact": contact}).json()["contact"] == contact
    cg.get(path)
    text = cg.control("GET", "journal").text
    assert "s3cret" not in text
    assert "ops" in text


def test_with_its_token_it_is_open_to_other_machines() -> None:
    client = Client(Simulator(Settings(control_token="t0ken")))
    away = {"client": ("192.0.2.7", 4000)}

    def status(**headers: str) -> int:
        return client.raw("GET", "/_sim/health", headers={"host": "cg.example", **headers}, **away).status

    assert (status(), status(authorization="Bearer wrong"), status(authorization="Basic t0ken")) == (401, 401, 401)
    assert status(authorization="Bearer t0ken") == 200
    assert status(authorization="Bearer t0ken", origin="https://evil.example") == 403
    assert client.control("GET", "health").status == 200  # on the same machine none is needed
