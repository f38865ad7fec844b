# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator's rules about backups."""

from __future__ import annotations

import pytest
from sim_client import Client
from sim_estates import product, seed, small_estate


def test_added_backups_start_unsynchronized_and_flows_are_impacted(cg: Client) -> None:
    reply = cg.add_backups("PARIS", "LILLE")
    assert reply.status == 201
    assert [(entry["name"], entry["synchronized"]) for entry in reply.json()["backupProducts"]] == [
        ("LYON", True),
        ("LILLE", False),
    ]
    assert [(flow["name"], flow["status"]) for flow in reply.json()["impactedFlows"]] == [
        ("INVOICES", "Saved, not deployed")
    ]
    assert cg.status("INVOICES") == "Saved, not deployed"
    assert cg.rows("INVOICES") == {"PARIS": "Deployed", "LYON": "Deployed"}  # what is deployed stays there
    assert cg.status("ORDERS") == "Saved, not deployed"
    assert cg.status("DRAFT") == "Saved"


def test_a_backup_by_id_falls_back_to_the_name(cg: Client) -> None:
    body = [{"businessId": "93c8ab21-d04e-4df6-a96c-11b4bbcc97f5", "name": "LILLE"}]
    assert cg.api("POST", f"/products/{cg.id('PARIS')}/backupproducts", body).status == 201
    assert cg.flags("PARIS") == {"LYON": True, "LILLE": False}


@pytest.mark.parametrize(
    ("master", "backup", "words"),
    [
        ("PARIS", "PARIS", "cannot be its own backup"),
        ("PARIS", "NEWER", "has version 5.5, not the version 5.4 of PARIS"),
        ("PARIS", "WAITING", "WAITING is not registered (status Ready to register)"),
        ("PARIS", "CFT", "CFT is a TransferCFT"),
        ("PARIS", "NOBODY", "There is no product named NOBODY"),
        ("BERLIN", "PARIS", "PARIS has backups itself"),
        ("LYON", "LILLE", "LYON is a backup of PARIS and cannot have its own backups"),
        ("WAITING", "LILLE", "WAITING is not registered"),
        ("CFT", "LILLE", "CFT is a TransferCFT"),
    ],
)
def test_impossible_pairs_are_refused(cg: Client, master: str, backup: str, words: str) -> None:
    before = cg.simulator.world.state.to_documents()["products"][0]["backupProducts"]
    reply = cg.add_backups(master, backup)
    assert (reply.status, words in reply.message) == (422, True), reply.text
    assert cg.simulator.world.state.to_documents()["products"][0]["backupProducts"] == before


def test_one_violation_refuses_the_whole_list_and_all_violations_are_reported(cg: Client) -> None:
    reply = cg.add_backups("PARIS", "LILLE", "NEWER", "CFT", "NOBODY")
    assert reply.status == 422
    for word in ("NEWER", "CFT", "NOBODY"):
        assert word in reply.message
    assert "LILLE" not in cg.flags("PARIS")


def test_an_unreachable_server_can_be_a_backup(cg: Client) -> None:
    assert cg.add_backups("PARIS", "DOWN").status == 201


def test_a_name_that_two_products_have_is_ambiguous(cg: Client) -> None:
    estate, other = small_estate(), "b430b2e7-b707-4d73-8cc9-c2022a44929e"
    estate["products"][2]["businessId"] = "df624908-0de8-4c2c-be4b-61d4baec34eb"
    estate["products"].append(product("LILLE", businessId=other))
    estate["flows"] = []
    seed(cg.simulator, estate)
    reply = cg.api("POST", f"/products/{cg.id('PARIS')}/backupproducts", [{"name": "LILLE"}])
    assert (reply.status, reply.message) == (422, "2 products are named LILLE; give the businessId")
    assert cg.api("POST", f"/products/{cg.id('PARIS')}/backupproducts", [{"businessId": other}]).status == 201


def test_a_known_backup_is_ignored(cg: Client) -> None:
    reply = cg.add_backups("PARIS", "LYON")
    assert (reply.status, reply.json()["impactedFlows"]) == (200, [])
    assert cg.flags("PARIS") == {"LYON": True}
    assert cg.status("INVOICES") == "Deployed"


def test_removing_changes_no_status_and_leaves_the_deployment_until_the_next_deploy(cg: Client) -> None:
    cg.simulator.settings.transitions["deploy"] = "immediate"
    assert cg.remove_backup("PARIS", "LYON").status == 204
    assert cg.flags("PARIS") == {}
    assert cg.status("INVOICES") == "Deployed"
    assert cg.rows("INVOICES") == {"PARIS": "Deployed", "LYON": "Deployed"}
    assert cg.deploy("INVOICES").status == 202
    assert cg.rows("INVOICES") == {"PARIS": "Deployed"}
    assert cg.remove_backup("PARIS", "LYON").status == 404


@pytest.mark.parametrize("status", ["Unreachable", "Stopped", "Registering"])
def test_removing_works_in_any_status(cg: Client, status: str) -> None:
    cg.control("POST", "events", {"product": "LYON", "status": status, "version": "9.9"})
    assert cg.remove_backup("PARIS", "LYON").status == 204


def test_synchronization_takes_two_reads_and_makes_the_profiles_equal(cg: Client) -> None:
    cg.add_backups("PARIS", "LILLE")
    reply = cg.synchronize("PARIS", "LILLE")
    assert (reply.status, reply.json()["synchronized"]) == (202, False)
    assert [cg.flags("PARIS")["LILLE"] for _ in range(3)] == [False, False, True]
    (mine,) = cg.product("PARIS")["communicationProfiles"]
    (copy,) = cg.product("LILLE")["communicationProfiles"]
    assert (copy["name"], copy["port"], copy["viewOnly"]) == ("SFTP_IN", 22, True)
    assert copy["businessId"] != mine["businessId"]
    assert copy["hosts"] == ["lille.example"]


def test_an_equal_profile_stays_as_it_is(cg: Client) -> None:
    before = cg.product("BERLIN")["communicationProfiles"]
    cg.simulator.settings.transitions["synchronize"] = "immediate"
    cg.add_backups("PARIS", "BERLIN")
    cg.synchronize("PARIS", "BERLIN")
    assert cg.product("BERLIN")["communicationProfiles"] == before


def test_synchronization_invalidates_flows_that_use_the_backup_directly(cg: Client) -> None:
    cg.simulator.settings.transitions["synchronize"] = "immediate"
    cg.add_backups("PARIS", "LILLE")
    assert cg.status("DIRECT") == "Deployed"
    cg.synchronize("PARIS", "LILLE")
    assert cg.status("DIRECT") == "Saved"
    assert "LILLE" in cg.get(f"/flows/{cg.id('DIRECT')}")["details"]
    assert cg.rows("DIRECT") == {"LILLE": "Deployed"}


def test_a_second_request_starts_no_second_synchronization(cg: Client) -> None:
    cg.add_backups("PARIS", "LILLE")
    assert cg.synchronize("PARIS", "LILLE").status == cg.synchronize("PARIS", "LILLE").status == 202
    assert len(cg.simulator.world.state.jobs) == 1


def test_removing_ends_a_running_synchronization(cg: Client) -> None:
    cg.add_backups("PARIS", "LILLE")
    cg.synchronize("PARIS", "LILLE")
    cg.remove_backup("PARIS", "LILLE")
    for _ in range(5):
        cg.flags("PARIS")
    assert cg.product("LILLE")["communicationProfiles"][0]["name"] == "FTP_OLD"


def test_synchronizing_a_product_that_is_not_a_backup_is_not_found(cg: Client) -> None:
    assert cg.synchronize("PARIS", "BERLIN").status == 404
    assert cg.synchronize("BERLIN", "PARIS").status == 404


@pytest.mark.parametrize("name", ["PARIS", "LYON"])
def test_a_changed_profile_on_either_side_makes_it_unsynchronized(cg: Client, name: str) -> None:
    product = cg.product(name)
    added = {"name": "NEW", "type": "SERVER", "protocol": "HTTP", "port": 443}
    body = {"communicationProfiles": [*product["communicationProfiles"], added]}
    reply = cg.api("PUT", f"/products/{product['businessId']}", body)
    assert reply.status == 200
    assert [entry["name"] for entry in reply.json()["communicationProfiles"]] == ["SFTP_IN", "NEW"]
    assert cg.flags("PARIS") == {"LYON": False}


def test_the_answer_of_get_can_be_put_back_without_effect(cg: Client) -> None:
    product = cg.product("PARIS")
    assert cg.api("PUT", f"/products/{product['businessId']}", product).json() == product
    assert cg.flags("PARIS") == {"LYON": True}


def test_synchronized_profiles_are_view_only_while_the_product_is_a_backup(cg: Client) -> None:
    cg.simulator.settings.transitions["synchronize"] = "immediate"
    cg.add_backups("PARIS", "LILLE")
    cg.synchronize("PARIS", "LILLE")
    lille = cg.product("LILLE")
    changed = [{**lille["communicationProfiles"][0], "port": 2222}]
    path = f"/products/{lille['businessId']}"
    reply = cg.api("PUT", path, {"communicationProfiles": changed})
    assert (reply.status, "view only" in reply.message, "SFTP_IN" in reply.message) == (409, True, True)
    assert cg.api("PUT", path, {"communicationProfiles": []}).status == 409
    cg.remove_backup("PARIS", "LILLE")
    assert cg.api("PUT", path, {"communicationProfiles": changed}).status == 200


@pytest.mark.parametrize(
    "body",
    [{"name": "OTHER"}, {"status": "Stopped"}, {"version": "6"}, {"backupProducts": []}, {"businessId": "x"}],
)
def test_changes_of_read_only_fields_are_refused(cg: Client, body: dict[str, object]) -> None:
    assert cg.api("PUT", f"/products/{cg.id('PARIS')}", body).status == 422


def test_profile_names_are_unique_within_the_product(cg: Client) -> None:
    twice = [{"name": "A", "type": "SERVER", "protocol": "SFTP"}] * 2
    reply = cg.api("PUT", f"/products/{cg.id('PARIS')}", {"communicationProfiles": twice})
    assert (reply.status, "A" in reply.message) == (422, True)


def test_two_masters_of_one_backup_overwrite_each_others_profiles(cg: Client) -> None:
    cg.simulator.settings.transitions["synchronize"] = "immediate"
    body = {"communicationProfiles": [{"name": "ONLY_BERLIN", "type": "SERVER", "protocol": "SFTP", "port": 22}]}
    cg.api("PUT", f"/products/{cg.id('BERLIN')}", body)
    assert cg.add_backups("BERLIN", "LYON").status == 201
    cg.synchronize("BERLIN", "LYON")
    assert cg.flags("BERLIN") == {"LYON": True}
    assert cg.flags("PARIS") == {"LYON": False}


def test_two_masters_with_the_same_profiles_in_another_order_share_a_backup(cg: Client) -> None:
    cg.simulator.settings.transitions["synchronize"] = "immediate"
    ports = {"A": 2201, "B": 2202}
    profiles = [{"name": name, "type": "SERVER", "protocol": "SFTP", "port": port} for name, port in ports.items()]
    cg.api("PUT", f"/products/{cg.id('PARIS')}", {"communicationProfiles": profiles})
    cg.api("PUT", f"/products/{cg.id('BERLIN')}", {"communicationProfiles": profiles[::-1]})
    assert cg.add_backups("BERLIN", "LYON").status == 201
    cg.synchronize("PARIS", "LYON")
    cg.synchronize("BERLIN", "LYON")
    assert cg.flags("BERLIN") == {"LYON": True}
    assert cg.flags("PARIS")["LYON"] is True
