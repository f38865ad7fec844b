# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Products: filters, registration, upgrades, what happens outside."""

from __future__ import annotations

import pytest
from sim_client import Client
from sim_estates import profile_body

REGISTRATION = {
    "hostname": "st-new.example",
    "port": 444,
    "authUserName": "admin",
    "authPassword": "s3cret",
    "version": "5.4",
    "name": "ST_NEW",
}


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({"name": "PARIS"}, ["PARIS"]),
        ({"name": "%I%"}, ["PARIS", "LILLE", "BERLIN", "WAITING"]),
        ({"name": "L%"}, ["LYON", "LILLE"]),
        ({"name": "%N"}, ["LYON", "BERLIN", "DOWN"]),
        ({"name": "paris"}, []),
        ({"name": "%", "type": "TransferCFT"}, ["CFT"]),
        ({"host": "l%"}, ["LYON", "LILLE"]),
        ({"tags": "central"}, ["BERLIN"]),
        ({"tags": "%prod%"}, ["BERLIN"]),
        ({"status": "Unreachable"}, ["DOWN"]),
        ({"version": "5.5"}, ["NEWER"]),
        ({"name": "PARIS", "version": "5.5"}, []),
    ],
)
def test_filters(cg: Client, query: dict[str, str], names: list[str]) -> None:
    assert [product["name"] for product in cg.get("/products", **query)] == names


@pytest.mark.parametrize("query", ["name=%ARI%", "name=%25ARI%25", "name=PAR%", "name=%25PARIS"])
def test_wildcards_may_be_sent_raw_or_encoded(cg: Client, query: str) -> None:
    path = "/Axway/CentralGovernance/default/CentralGovernance/api/v2/products"
    reply = cg.raw("GET", path, headers=cg.headers, query=query)
    assert [product["name"] for product in reply.json()] == ["PARIS"]


def test_registration_goes_through_registering(cg: Client) -> None:
    reply = cg.api("POST", "/st/register", REGISTRATION)
    assert (reply.status, reply.json()["status"]) == (201, "Registering")
    path = f"/products/{reply.json()['businessId']}"
    assert cg.add_backups("PARIS", "ST_NEW").status == 422
    assert [cg.get(path)["status"] for _ in range(4)] == ["Registering"] * 3 + ["Started"]
    assert {entry["protocol"] for entry in cg.get(path)["communicationProfiles"]} == {"SFTP", "FTP", "HTTP"}
    assert cg.add_backups("PARIS", "ST_NEW").status == 201
    assert cg.api("POST", "/st/register", REGISTRATION).status == 409


def test_registration_imports_a_profile_for_each_zone_edge_and_protocol_and_merges_identical_ones(cg: Client) -> None:
    """Documented (c_register_st)."""
    cg.simulator.settings.transitions["register"] = "immediate"
    cg.api("POST", "/st/register", REGISTRATION)
    seen = {
        (entry["protocol"], entry["port"]): (entry["networkZone"], entry["edges"])
        for entry in cg.product("ST_NEW")["communicationProfiles"]
    }
    assert seen == {
        ("SFTP", 22): ("Private", ["edge-1", "edge-2"]),
        ("FTP", 21): ("Private", []),
        ("HTTP", 443): ("Private", []),
        ("HTTP", 8443): ("DMZ", ["edge-1", "edge-2"]),
    }
    names = [entry["name"] for entry in cg.product("ST_NEW")["communicationProfiles"]]
    assert len(set(names)) == len(names) == 4


def test_a_failed_registration_can_be_repeated(cg: Client) -> None:
    cg.simulator.settings.transitions["register"] = "immediate"
    cg.control("POST", "faults", {"operation": "registerSecureTransport", "fault": "job_error", "count": 1})
    assert cg.api("POST", "/st/register", REGISTRATION).json()["status"] == "Registered in error"
    assert cg.api("POST", "/st/register", REGISTRATION).json()["status"] == "Started"


def test_the_password_of_a_registration_is_kept_nowhere(cg: Client) -> None:
    cg.api("POST", "/st/register", REGISTRATION)
    cg.api("POST", "/st/register", {**REGISTRATION, "authPassword": {"in": "s3cret"}})
    for path in ("journal", "state"):
        assert "s3cret" not in cg.control("GET", path).text
    (entry, *_) = cg.control("GET", "journal").json()
    assert entry["request_body"]["authPassword"] == "********"
    assert entry["request_body"]["hostname"] == "st-new.example"


def test_a_refusal_does_not_repeat_the_password(cg: Client) -> None:
    reply = cg.api("POST", "/st/register", {**REGISTRATION, "authPassword": ["s3cret"]})
    assert (reply.status, "authPassword" in reply.text, "s3cret" in reply.text) == (400, True, False)


def test_an_upgraded_product_is_unreachable_until_a_health_check(cg: Client) -> None:
    reply = cg.control("POST", "events", {"product": "LYON", "version": "5.5"})
    assert (reply.status, reply.json()["status"]) == (200, "Unreachable")
    path = f"/products/{cg.id('LYON')}"
    assert (cg.get(path)["status"], cg.get(path)["version"]) == ("Unreachable", "5.5")
    assert cg.api("POST", f"{path}/healthcheck").json()["status"] == "Started"
    assert cg.get(path)["status"] == "Started"


def test_a_health_check_does_not_change_a_product_that_is_down(cg: Client) -> None:
    assert cg.api("POST", f"/products/{cg.id('DOWN')}/healthcheck").json()["status"] == "Unreachable"
    assert cg.api("POST", f"/products/{cg.id('WAITING')}/healthcheck").status == 409


def test_profiles_that_change_outside(cg: Client) -> None:
    event = {"product": "LYON", "profiles": [profile_body("OTHER", 23)], "silent": True}
    assert cg.control("POST", "events", event).status == 200
    assert cg.flags("PARIS") == {"LYON": True}  # CG has not noticed the change
    assert [entry["name"] for entry in cg.product("LYON")["communicationProfiles"]] == ["OTHER"]
    cg.control("POST", "events", {"product": "LYON", "profiles": []})
    assert cg.flags("PARIS") == {"LYON": False}


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"product": "NOBODY"},
        {"product": "LYON", "profiles": 1},
        {"product": "LYON", "profiles": [{}]},
        {"x": 1},
        [1],
    ],
)
def test_bad_events(cg: Client, event: object) -> None:
    assert cg.control("POST", "events", event).status in (400, 422)
