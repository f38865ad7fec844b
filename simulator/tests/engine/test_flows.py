# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator's rules about flows and deployments."""

from __future__ import annotations

import pytest
from sim_client import Client
from sim_estates import flow, participants, product, seed, small_estate

GATE = "Backup product/s LILLE are not synchronized with the master product PARIS"


@pytest.fixture
def at_once(cg: Client) -> Client:
    cg.simulator.settings.transitions.update(deploy="immediate", synchronize="immediate")
    return cg


def test_a_deploy_reaches_masters_and_backups_in_time(cg: Client) -> None:
    reply = cg.deploy("ORDERS")
    assert (reply.status, reply.json()["status"]) == (202, "In progress")
    assert cg.rows("ORDERS") == {"PARIS": "In progress", "LYON": "In progress", "BERLIN": "In progress"}
    assert [cg.status("ORDERS") for _ in range(2)] == ["In progress", "Deployed"]
    assert cg.rows("ORDERS") == {"PARIS": "Deployed", "LYON": "Deployed", "BERLIN": "Deployed"}


def test_the_gate_refuses_with_the_documented_message_and_changes_nothing(at_once: Client) -> None:
    at_once.add_backups("PARIS", "LILLE")
    for force in (False, True):
        reply = at_once.deploy("ORDERS", force)
        assert (reply.status, reply.message) == (409, GATE)
    assert at_once.status("ORDERS") == "Saved, not deployed"
    assert at_once.api("GET", "/deployments", flow=at_once.id("ORDERS")).json() == []
    at_once.synchronize("PARIS", "LILLE")
    assert at_once.deploy("ORDERS").status == 202
    assert at_once.rows("ORDERS") == dict.fromkeys(["PARIS", "LYON", "LILLE", "BERLIN"], "Deployed")


def test_the_gate_lists_the_backups_of_each_master(at_once: Client) -> None:
    estate = {
        "products": [
            product("M1", {"B1": False, "B2": False, "B3": True}),
            product("M2", {"B4": False}),
            *[product(name) for name in ("B1", "B2", "B3", "B4")],
        ],
        "flows": [flow("F", "M1", "M2")],
    }
    seed(at_once.simulator, estate)
    assert at_once.deploy("F").message == (
        "Backup product/s B1, B2 are not synchronized with the master product M1; "
        "Backup product/s B4 are not synchronized with the master product M2"
    )


def test_an_incomplete_flow_is_refused(cg: Client) -> None:
    for force in (False, True):
        reply = cg.deploy("DRAFT", force)
        assert (reply.status, "incomplete" in reply.message) == (409, True)


def test_a_second_deployment_at_the_same_time_is_refused(cg: Client) -> None:
    assert cg.deploy("ORDERS").status == 202
    assert cg.deploy("ORDERS").status == 409


def test_a_deployed_flow_can_be_deployed_again(at_once: Client) -> None:
    assert at_once.deploy("INVOICES").status == 202
    assert at_once.status("INVOICES") == "Deployed"


def test_a_flow_that_was_loaded_as_deployed_shows_each_product_once_when_it_is_deployed_again(cg: Client) -> None:
    def rows() -> list[tuple[str, str]]:
        found = cg.get("/deployments", flow=cg.id("INVOICES"))
        assert len({row["businessId"] for row in found}) == len(found)
        return [(row["product"]["name"], row["status"]) for row in found]

    before = [row["businessId"] for row in cg.get("/deployments")]
    assert cg.deploy("INVOICES").status == 202
    assert rows() == [("PARIS", "In progress"), ("LYON", "In progress")]
    while cg.status("INVOICES") == "In progress":
        pass
    assert rows() == [("PARIS", "Deployed"), ("LYON", "Deployed")]
    assert [row["businessId"] for row in cg.get("/deployments")] == before


def test_rows_with_a_businessid_of_their_own_are_identified_by_their_product(cg: Client) -> None:
    estate = small_estate()
    estate["flows"][0]["deployments"] = [{"product": "PARIS", "businessId": "5b2ad1c0-9f4e-4f3c-8b63-444444444444"}]
    seed(cg.simulator, estate)
    cg.deploy("INVOICES")
    assert [row["product"]["name"] for row in cg.get("/deployments", flow=cg.id("INVOICES"))] == ["PARIS", "LYON"]


def test_conflicts_stop_a_deploy_unless_forced(at_once: Client) -> None:
    estate = small_estate()
    estate["flows"].append(flow("TWIN", "PARIS", idf="IDF_INVOICES"))
    estate["products"][3]["legacyIdfs"] = ["IDF_ORDERS"]
    seed(at_once.simulator, estate)
    reply = at_once.deploy("TWIN")
    assert (reply.status, "Conflict with another flow with the same IDF" in reply.message) == (409, True)
    assert at_once.status("TWIN") == "Saved, not deployed"
    reply = at_once.deploy("ORDERS")
    assert (reply.status, "Conflict with legacy flows" in reply.message) == (409, True)
    for name in ("TWIN", "ORDERS"):
        assert at_once.deploy(name, force=True).status == 202
        assert at_once.status(name) == "Deployed"


def test_the_same_idf_on_other_products_is_not_a_conflict(at_once: Client) -> None:
    estate = small_estate()
    estate["flows"].append(flow("TWIN", "BERLIN", idf="IDF_INVOICES"))
    seed(at_once.simulator, estate)
    assert at_once.deploy("TWIN").status == 202


@pytest.mark.parametrize("name", ["LYON", "PARIS"])
def test_an_unreachable_product_ends_in_error(at_once: Client, name: str) -> None:
    at_once.control("POST", "events", {"product": name, "status": "Unreachable"})
    at_once.deploy("INVOICES")
    assert at_once.status("INVOICES") == "Deployed in error"
    assert at_once.rows("INVOICES") == {**dict.fromkeys(["PARIS", "LYON"], "Deployed"), name: "Deployed in error"}
    (row_in_error,) = [
        entry for entry in at_once.get("/deployments", product=at_once.id(name)) if entry["status"] != "Deployed"
    ]
    assert name in row_in_error["message"]
    at_once.control("POST", "events", {"product": name, "status": "Started"})
    at_once.deploy("INVOICES")
    assert at_once.status("INVOICES") == "Deployed"


def test_a_flow_is_deployed_to_a_stopped_product(at_once: Client) -> None:
    """Assumed: Central Governance reaches it, and could start it."""
    at_once.control("POST", "events", {"product": "LYON", "status": "Stopped"})
    at_once.deploy("INVOICES")
    assert at_once.status("INVOICES") == "Deployed"
    assert at_once.rows("INVOICES") == {"PARIS": "Deployed", "LYON": "Deployed"}


def test_a_backup_added_meanwhile_leaves_the_flow_to_be_deployed(cg: Client) -> None:
    cg.deploy("INVOICES")
    cg.add_backups("PARIS", "LILLE")
    for _ in range(2):
        cg.status("INVOICES")
    assert cg.status("INVOICES") == "Saved, not deployed"
    assert cg.rows("INVOICES") == {"PARIS": "Deployed", "LYON": "Deployed"}


def test_a_backup_removed_meanwhile_keeps_its_row_until_the_next_deploy(cg: Client) -> None:
    cg.deploy("INVOICES")
    cg.remove_backup("PARIS", "LYON")
    for _ in range(2):
        cg.status("INVOICES")
    assert cg.status("INVOICES") == "Deployed"
    assert cg.rows("INVOICES") == {"PARIS": "Deployed", "LYON": "Deployed"}


def test_a_synchronization_during_the_deployment_still_invalidates(cg: Client) -> None:
    cg.simulator.settings.transitions["synchronize"] = "immediate"
    cg.deploy("DIRECT")
    cg.add_backups("PARIS", "LILLE")
    cg.synchronize("PARIS", "LILLE")
    for _ in range(3):
        cg.status("DIRECT")
    assert cg.status("DIRECT") == "Saved"


def test_creating_a_flow(cg: Client) -> None:
    body = {
        "name": "NEW",
        "sources": {"type": "GROUP", "parts": [{"part": {"name": "g1"}}]},
        "relays": [{"type": "PRODUCT", "parts": [{"part": {"name": "PARIS"}, "properties": {"x": 1}}]}],
    }
    reply = cg.api("POST", "/flows", body)
    assert (reply.status, reply.json()["status"]) == (201, "Saved")
    assert reply.json()["details"] == "Incomplete: no target"
    assert reply.json()["relays"][0]["parts"][0] == {
        "part": {"businessId": cg.id("PARIS"), "name": "PARIS"},
        "step": {"commonProperties": {"x": 1}},
    }
    assert cg.api("POST", "/flows", body).status == 409
    body["targets"] = {"type": "PARTNER", "parts": [{"part": {"name": "ACME"}}]}
    reply = cg.api("PUT", f"/flows/{cg.id('NEW')}", body)
    assert (reply.status, reply.json()["status"]) == (200, "Saved, not deployed")


def test_a_changed_deployed_flow_is_to_be_deployed_and_an_unchanged_one_is_not(cg: Client) -> None:
    document = cg.get(f"/flows/{cg.id('INVOICES')}")
    path = f"/flows/{document['businessId']}"
    assert cg.api("PUT", path, document).json() == document
    # The older place of the properties makes no difference.
    for group in (document["sources"], *document["relays"], document["targets"]):
        for part in group["parts"]:
            part["properties"] = part.pop("step")["commonProperties"]
    assert cg.api("PUT", path, document).json()["status"] == "Deployed"
    document["targets"]["parts"].append({"part": {"name": "OTHER"}})
    assert cg.api("PUT", path, document).json()["status"] == "Saved, not deployed"
    assert cg.rows("INVOICES") == {"PARIS": "Deployed", "LYON": "Deployed"}


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"relays": [{"type": "PRODUCT", "parts": [{"part": {"name": "NOBODY"}}]}]}, 422),
        ({"targets": {"type": "PARTNER", "parts": [
            {"part": {"name": "A"}, "properties": {}, "step": {"commonProperties": {}}}]}}, 422),
        ({"targets": {"type": "PARTNER", "parts": [{"part": {}}]}}, 400),
        ({"targets": {"type": "NONSENSE", "parts": []}}, 400),
        ({"name": "INVOICES"}, 409),
        ({"businessId": "other"}, 422),
        ({"unknown": 1}, 400),
    ],
)  # fmt: skip
def test_bad_flows_are_refused(cg: Client, change: dict[str, object], status: int) -> None:
    body = {"name": "ORDERS", "targets": participants("PARTNER", "A"), **change}
    reply = cg.api("PUT", f"/flows/{cg.id('ORDERS')}", body)
    assert reply.status == status, reply.text


def test_a_flow_that_is_being_deployed_cannot_change(cg: Client) -> None:
    document = cg.get(f"/flows/{cg.id('ORDERS')}")
    cg.deploy("ORDERS")
    assert cg.api("PUT", f"/flows/{document['businessId']}", document).status == 409


def test_a_synchronized_backup_used_directly_makes_a_flow_incomplete_until_it_is_gone(cg: Client) -> None:
    document = cg.get(f"/flows/{cg.id('ORDERS')}")
    document["relays"] = [{"type": "PRODUCT", "parts": [{"part": {"name": "LYON"}}]}]
    path = f"/flows/{document['businessId']}"
    reply = cg.api("PUT", path, document)
    assert (reply.json()["status"], "LYON" in reply.json()["details"]) == ("Saved", True)
    cg.remove_backup("PARIS", "LYON")
    assert cg.api("PUT", path, document).json()["status"] == "Saved, not deployed"


def test_deployments_by_flow_by_product_and_all(cg: Client) -> None:
    assert len(cg.get("/deployments")) == 3
    assert len(cg.get("/deployments", product=cg.id("PARIS"))) == 1
    assert len(cg.get("/deployments", product=cg.id("PARIS"), flow=cg.id("INVOICES"))) == 1
    assert cg.get("/deployments", product=cg.id("PARIS"), flow=cg.id("DIRECT")) == []
    assert cg.get("/deployments", flow="nothing") == []


def test_a_seeded_stale_row_goes_with_the_next_deploy(at_once: Client) -> None:
    estate = small_estate()
    estate["flows"][0]["deployments"] = [{"product": name} for name in ("PARIS", "LYON", "BERLIN")]
    seed(at_once.simulator, estate)
    assert "BERLIN" in at_once.rows("INVOICES")
    at_once.deploy("INVOICES")
    assert at_once.rows("INVOICES") == {"PARIS": "Deployed", "LYON": "Deployed"}


def test_an_unchanged_flow_can_be_sent_back_although_another_has_its_name(cg: Client) -> None:
    twins = [
        flow("TWIN", "PARIS", businessId="b430b2e7-b707-4d73-8cc9-c2022a44929e"),
        flow("TWIN", "LILLE", businessId="df624908-0de8-4c2c-be4b-61d4baec34eb"),
    ]
    seed(cg.simulator, {**small_estate(), "flows": [*twins, flow("OTHER", "PARIS")]})
    for document in cg.get("/flows", name="TWIN"):
        reply = cg.api("PUT", f"/flows/{document['businessId']}", document)
        assert (reply.status, reply.json()) == (200, document)
    other = cg.get("/flows", name="OTHER")[0]
    assert cg.api("PUT", f"/flows/{other['businessId']}", {**other, "name": "TWIN"}).status == 409


def test_a_businessid_is_the_same_in_capitals_in_bodies_too(cg: Client) -> None:
    document = cg.get(f"/flows/{cg.id('INVOICES')}")
    (part,) = document["relays"][0]["parts"]
    body = {**document, "businessId": document["businessId"].upper(), "relays": [
        {"type": "PRODUCT", "parts": [{**part, "part": {"businessId": part["part"]["businessId"].upper()}}]}
    ]}  # fmt: skip
    assert cg.api("PUT", f"/flows/{document['businessId']}", body).json() == document
    paris = f"/products/{cg.id('PARIS')}"
    assert cg.api("PUT", paris, {"businessId": cg.id("PARIS").upper(), "host": "new.example"}).status == 200
    reply = cg.api("POST", f"{paris}/backupproducts", [{"businessId": cg.id("LILLE").upper()}])
    assert (reply.status, cg.flags("PARIS")) == (201, {"LYON": True, "LILLE": False})
