# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Answers in unusual situations: internal errors, full disks, unknown words, unusual spellings in requests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from sim_client import Client
from sim_estates import flow, product, profile, seed, small_estate

import cg_sim.api.asgi as api_app
from cg_sim.api.asgi import PREFIX
from cg_sim.settings import Settings
from cg_sim.simulator import Simulator
from cg_sim.store.sqlite import SqliteStore


def client_of(estate: dict[str, Any], **choices: Any) -> Client:
    simulator = Simulator(Settings(check_answers=True, **choices))
    seed(simulator, estate)
    return Client(simulator)


# --------------------------------------------------------------------------------------------------- internal errors


@pytest.mark.parametrize("shape", ["message", "errors", "html"])
def test_an_internal_error_is_answered_and_recorded_in_the_journal(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, shape: str
) -> None:
    def broken(call: object) -> Any:
        raise ZeroDivisionError

    client = client_of(small_estate(), start_variants={"error_shape": shape})
    monkeypatch.setitem(api_app.HANDLERS, "listFlows", broken)
    reply = client.api("GET", "/flows")
    assert reply.status == 500
    assert "standard error" in reply.text
    assert reply.headers["content-type"].startswith("text/html" if shape == "html" else "application/json")
    (entry,) = client.control("GET", "journal").json()
    assert (entry["operation"], entry["status"]) == ("listFlows", 500)
    assert "ZeroDivisionError" in caplog.text
    assert client.simulator.wrong_answers == ["listFlows: status 500 is not described"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "reset", {"keep": [{}]}, 400),
        ("POST", "reset", {"keep": [[1], None]}, 400),
        ("DELETE", "faults/" + "9" * 5000, None, 404),
        ("DELETE", "faults/x", None, 404),
        ("GET", "journal", None, 200),
    ],
)
def test_the_control_plane_answers_malformed_requests_with_a_message(
    cg: Client, method: str, path: str, body: object, status: int
) -> None:
    assert cg.control(method, path, body).status == status
    assert cg.control("GET", "journal", query="since=" + "9" * 5000).status == 400


@pytest.mark.parametrize(
    "body",
    [
        {"now": "0001-01-01T00:00:00+14:00"},
        {"now": "9999-12-31T23:59:59-14:00"},
        {"now": 249_999_999_999_999, "advance": 1e10},
        {"advance": -1e10},
        {"frozen": True, "now": 0, "advance": -1},
    ],
)
def test_a_time_out_of_range_changes_nothing(cg: Client, body: dict[str, Any]) -> None:
    cg.control("PUT", "clock", {"frozen": True, "now": 1_772_366_400_000})
    reply = cg.control("PUT", "clock", body)
    assert (reply.status, bool(reply.message)) == (400, True)
    assert cg.control("GET", "clock").json()["now"] == 1_772_366_400_000
    assert cg.control("POST", "snapshot").status == 200


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ({"status": "unreachable"}, "did you mean Unreachable?"),
        ({"status": "UNREACHABLE"}, "did you mean Unreachable?"),
        ({"status": "Asleep"}, "known: Registering, "),
        ({"status": ""}, "status must be text"),
        ({"version": " "}, "version must be text"),
        ({"profiles": [], "silent": "no"}, "silent must be true or false"),
    ],
)
def test_misspelt_events_are_refused(cg: Client, event: dict[str, Any], words: str) -> None:
    before = cg.control("GET", "state").json()
    reply = cg.control("POST", "events", {"product": "PARIS", **event})
    assert (reply.status, words in reply.message) == (400, True), reply.text
    assert cg.control("GET", "state").json() == before


def test_an_event_may_have_an_unknown_status_that_the_estate_has() -> None:
    client = client_of({"allow_unknown_words": True, "products": [product("A", status="Sleeping"), product("B")]})
    assert client.control("POST", "events", {"product": "B", "status": "Sleeping"}).status == 200


@pytest.mark.parametrize(("path", "status"), [("/_sim/health", 403), ("/console/data/overview", 401)])
def test_a_host_that_is_not_an_address_is_not_this_machine(
    cg: Client, monkeypatch: pytest.MonkeyPatch, path: str, status: int
) -> None:
    def as_in_older_starlettes(request: object) -> Any:
        raise ValueError("Invalid IPv6 URL")

    monkeypatch.setattr("starlette.requests.Request.url", property(as_in_older_starlettes))
    assert cg.raw("GET", path, headers={"host": "[::1"}).status == status


# ------------------------------------------------------------------------------------------------------- a full disk


def test_reads_go_on_when_nothing_can_be_written(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "cg.sqlite")
    simulator = Simulator(Settings(check_answers=True, start_transitions={"synchronize": "polls:1"}), store)
    seed(simulator, small_estate())
    client = Client(simulator)
    client.add_backups("PARIS", "LILLE")
    client.synchronize("PARIS", "LILLE")
    store._connection.execute("PRAGMA query_only=ON")
    for _ in range(3):  # the job is due, and cannot be stored
        assert client.flags("PARIS") == {"LYON": True, "LILLE": False}
    assert client.add_backups("PARIS", "BERLIN").status == 507
    for method, path in (("GET", "state"), ("POST", "snapshot")):
        assert client.control(method, path).status == 200
    console = client.raw("GET", "/console/data/overview", headers={"host": "localhost"})
    assert (console.status, console.json()["running"]) == (200, 1)
    store._connection.execute("PRAGMA query_only=OFF")
    assert client.flags("PARIS") == {"LYON": True, "LILLE": True}
    assert simulator.wrong_answers == []
    store.close()


# ----------------------------------------------------------------------------------------------------- unknown words


def estate_with_unknown_words() -> dict[str, Any]:
    """What the import of a real estate may contain."""
    return {
        "allow_unknown_words": True,
        "products": [product("A", status="Sleeping", profiles=[profile("WEB", 443, protocol="HTTPS")])],
        "flows": [flow("F", "A", status="Removing", deployments=[{"product": "A", "status": "Removing"}])],
    }


@pytest.mark.parametrize("style", ["label", "code", "object"])
def test_words_that_the_guide_does_not_have_follow_the_description(style: str) -> None:
    client = client_of(estate_with_unknown_words(), start_variants={"status_style": style})
    for path in ("/products", "/flows", "/deployments"):
        client.get(path)
    document = client.get(f"/products/{client.id('A')}")
    assert client.api("PUT", f"/products/{client.id('A')}", document).status == 200
    assert client.get(f"/products/{client.id('A')}") == document
    assert client.simulator.wrong_answers == []


def test_lenient_drops_keys_that_the_description_does_not_have() -> None:
    client = client_of(small_estate(), lenient=True)
    path = f"/products/{client.id('PARIS')}"
    document = client.get(path)
    (given,) = document["communicationProfiles"]
    given["colour"] = "red"
    given["ssl"] = {"enabled": True, "depth": 3, "certificate": {"alias": "a", "issuer": "CN=x"}}
    document["contact"] = {"anything": {"goes": 1}}
    assert client.api("PUT", path, {**document, "owner": "ops"}).status == 200
    after = client.get(path)
    (kept,) = after["communicationProfiles"]
    assert kept["ssl"] == {"enabled": True, "certificate": {"alias": "a"}}
    assert "colour" not in kept
    assert after["contact"] == {"anything": {"goes": 1}}
    given["ssl"]["certificate"]["alias"] = 5
    assert client.api("PUT", path, {"communicationProfiles": [given]}).status == 400
    assert client.simulator.wrong_answers == []


# -------------------------------------------------------------------------------------------------- unusual spellings


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("%CAFE%20X%", ["THE CAFE X BAR"]),
        ("%25CAFE+X%25", ["THE CAFE X BAR"]),
        ("%CAFE%C3%89%", ["CAFE\u00c9"]),
        ("CAFE%c3%89", ["CAFE\u00c9"]),
        ("%C3%89", ["\u00c9"]),
        ("%ca%fe", []),
        ("CAFE%", ["CAFE\u00c9"]),
    ],
)
def test_raw_wildcards_and_escapes_together(written: str, found: list[str]) -> None:
    client = client_of({"products": [product("THE CAFE X BAR"), product("CAFE\u00c9"), product("\u00c9")]})
    reply = client.raw("GET", f"{PREFIX}/products", headers=client.headers, query=f"name={written}")
    # A raw wildcard before two hexadecimal digits is taken for an escape, unless that is not valid UTF-8.
    assert [entry["name"] for entry in reply.json()] == found


def test_a_uuid_is_the_same_in_capitals(cg: Client) -> None:
    master, backup = cg.id("PARIS").upper(), cg.id("LYON").upper()
    assert cg.get(f"/products/{master}")["name"] == "PARIS"
    assert cg.get("/deployments", flow=cg.id("INVOICES").upper(), product=backup)
    assert cg.api("DELETE", f"/products/{master}/backupproducts/{backup}").status == 204
    assert cg.api("GET", "/products/NOT-THERE").message.endswith("NOT-THERE")


# ------------------------------------------------------------------------------------------------------------ journal


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ({"pwd": "x1"}, {"pwd": "********"}),
        ({"apiKey": "x1", "api_key": "x1"}, {"apiKey": "********", "api_key": "********"}),
        ({"Authorization": "Basic x1"}, {"Authorization": "********"}),
        ({"clientAuthentication": "PASSWORD"}, {"clientAuthentication": "PASSWORD"}),
        ({"compass": "north"}, {"compass": "north"}),
        ([{"name": "password", "value": "x1"}], [{"name": "password", "value": "********"}]),
        ([{"name": "colour", "value": "red"}], [{"name": "colour", "value": "red"}]),
        (
            {"note": "a -----BEGIN RSA PRIVATE KEY-----\nx1\n-----END RSA PRIVATE KEY----- b"},
            {"note": "a ******** b"},
        ),
        ({"note": "-----BEGIN PRIVATE KEY-----\nx1"}, {"note": "********"}),
        (
            {"note": "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----"},
            {"note": "-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----"},
        ),
    ],
)
def test_secrets_stay_out_of_the_journal(cg: Client, body: Any, kept: Any) -> None:
    cg.api("POST", "/flows", body)
    (entry,) = cg.control("GET", "journal").json()
    assert entry["request_body"] == kept


def test_secrets_of_the_query_stay_out_of_the_journal(cg: Client) -> None:
    cg.raw("GET", f"{PREFIX}/flows", headers=cg.headers, query="password=x1&name=A%20B&acc%65ss_token=x1&token")
    (entry,) = cg.control("GET", "journal").json()
    assert entry["query"] == "password=********&name=A%20B&acc%65ss_token=********&token"


def test_deeply_nested_bodies_are_refused(cg: Client) -> None:
    headers = {**cg.headers, "content-type": "application/json"}
    for depth in (300, 1000):
        assert cg.raw("POST", f"{PREFIX}/flows", b"[" * depth + b"]" * depth, headers).status == 400
    assert [entry["status"] for entry in cg.control("GET", "journal").json()] == [400, 400]


def test_the_journal_is_bounded_in_bytes(cg: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cg_sim.api.journal.BYTES_LIMIT", 10_000)
    for number in range(30):
        cg.api("POST", "/flows", {"name": f"F{number}", "sources": {"type": "x" * 1000, "parts": []}})
    entries = cg.control("GET", "journal").json()
    assert 5 < len(entries) < 10
    assert entries[-1]["n"] == 30
    assert json.dumps(entries).count("x" * 1000) == len(entries)
    cg.control("DELETE", "journal")
    cg.flags("PARIS")
    assert len(cg.control("GET", "journal").json()) == 1


def test_answers_count_for_the_journals_size(cg: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cg_sim.api.journal.BYTES_LIMIT", 10_000)
    for _ in range(60):
        cg.get(f"/products/{cg.id('PARIS')}")
    journal = cg.simulator.journal
    kept = list(journal.find())
    assert 5 < len(kept) < 30
    assert sum(len(entry["answer"]) for entry in kept) <= journal._bytes <= 10_000
