# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Loaded work in progress ends; unknown statuses are left unchanged; jobs that cannot be stored do not end yet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sim_client import Client
from sim_estates import flow, product, seed, small_estate

from cg_sim.settings import Settings
from cg_sim.simulator import Simulator
from cg_sim.store.sqlite import SqliteStore

REGISTRATION = {
    "name": "TAKEN", "hostname": "h", "port": 444, "authUserName": "u", "authPassword": "p", "version": "5.4",
}  # fmt: skip


def estate_in_progress(**fields: Any) -> dict[str, Any]:
    estate = small_estate()
    estate["products"].append(product("TAKEN", status="Registering", profiles=[]))
    estate["flows"].append(flow("MOVING", "PARIS", status="In progress", **fields))
    return estate


def test_a_flow_that_is_loaded_in_progress_ends_deployed(cg: Client) -> None:
    seed(cg.simulator, estate_in_progress())
    assert cg.deploy("MOVING").status == 409
    assert [cg.status("MOVING") for _ in range(3)] == ["In progress", "In progress", "Deployed"]
    assert cg.rows("MOVING") == {"PARIS": "Deployed", "LYON": "Deployed"}


def test_the_rows_of_a_flow_that_is_loaded_in_progress(cg: Client) -> None:
    estate = estate_in_progress(deployments=[{"product": "PARIS", "status": "In progress"}, {"product": "BERLIN"}])
    seed(cg.simulator, estate)
    assert cg.rows("MOVING") == {"PARIS": "In progress", "BERLIN": "Deployed"}
    for _ in range(2):
        cg.status("MOVING")
    assert cg.rows("MOVING") == {"PARIS": "Deployed", "LYON": "Deployed"}


def test_a_product_that_is_loaded_registering_ends_started(cg: Client) -> None:
    seed(cg.simulator, estate_in_progress())
    path = f"/products/{cg.id('TAKEN')}"
    assert [cg.get(path)["status"] for _ in range(4)] == ["Registering"] * 3 + ["Started"]
    assert cg.get(path)["communicationProfiles"] != []


def test_a_transfer_cft_that_registers_gets_no_profiles_of_a_securetransport(cg: Client) -> None:
    cft = product("OTHER", type="TransferCFT", status="Registering", profiles=[])
    seed(cg.simulator, {"products": [cft]})
    for _ in range(3):
        cg.product("OTHER")
    assert (cg.product("OTHER")["status"], cg.product("OTHER")["communicationProfiles"]) == ("Started", [])


@pytest.mark.parametrize("status", ["Ready to register", "Registered in error"])
def test_an_unregistered_product_can_be_registered(cg: Client, status: str) -> None:
    seed(cg.simulator, {"products": [product("TAKEN", status=status)]})
    assert cg.api("POST", "/st/register", REGISTRATION).status == 201
    assert [cg.product("TAKEN")["status"] for _ in range(4)] == ["Registering"] * 3 + ["Started"]


def test_loaded_work_starts_again_with_each_reset(cg: Client) -> None:
    seed(cg.simulator, estate_in_progress())
    for _ in range(3):
        cg.status("MOVING")
    cg.control("PUT", "transitions", {"deploy": "immediate"})
    cg.control("POST", "reset")
    assert [cg.status("MOVING") for _ in range(3)] == ["In progress", "In progress", "Deployed"]


def test_loaded_work_can_end_immediately(cg: Client) -> None:
    cg.simulator.settings.transitions.update(deploy="immediate", register="immediate")
    seed(cg.simulator, estate_in_progress())
    assert cg.status("MOVING") == "Deployed"
    assert cg.product("TAKEN")["status"] == "Started"
    assert cg.control("GET", "health").json()["pending"] == 0


def test_loaded_work_continues_in_a_reopened_file(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "cg.sqlite")
    seed(Simulator(Settings(), store), estate_in_progress())
    # As written by versions that created no job.
    store._connection.execute("DELETE FROM jobs WHERE key LIKE 'register:%'")
    store.close()
    for expected in (2, 2):
        store = SqliteStore(tmp_path / "cg.sqlite")
        simulator = Simulator(Settings(), store)
        assert simulator.world.open()
        assert len(simulator.world.state.jobs) == expected
        assert store._connection.execute("SELECT count(*) FROM jobs").fetchone() == (expected,)
        client = Client(simulator)
        assert [client.status("MOVING") for _ in range(2)] == ["In progress"] * 2
        store.close()
    store = SqliteStore(tmp_path / "cg.sqlite")
    client = Client(Simulator(Settings(), store))
    assert client.simulator.world.open()
    assert [client.product("TAKEN")["status"] for _ in range(4)] == ["Registering"] * 3 + ["Started"]
    store.close()


def test_an_event_that_begins_a_registration(cg: Client) -> None:
    cg.control("POST", "events", {"product": "WAITING", "status": "Registering"})
    assert [cg.product("WAITING")["status"] for _ in range(4)] == ["Registering"] * 3 + ["Started"]
    cg.control("POST", "events", {"product": "WAITING", "status": "Registering"})
    cg.control("POST", "events", {"product": "WAITING", "status": "Stopped"})
    assert [cg.product("WAITING")["status"] for _ in range(5)] == ["Stopped"] * 5


def test_a_running_synchronization_ends_when_an_immediate_one_is_requested(cg: Client) -> None:
    cg.add_backups("PARIS", "LILLE")
    assert cg.synchronize("PARIS", "LILLE").status == 202
    cg.control("PUT", "variants", {"sync": "immediate"})
    reply = cg.synchronize("PARIS", "LILLE")
    assert (reply.status, reply.json()["synchronized"]) == (200, True)
    assert cg.control("GET", "health").json()["pending"] == 0


# -------------------------------------------------------------------------------------- words the guide does not name


@pytest.fixture
def removing() -> Client:
    """A flow in a status that the guide does not name; answers are not validated against the description."""
    text = """
    allow_unknown_words: true
    products: [{name: A, backups: [{name: B, synchronized: false}]}, {name: B}, {name: C}]
    flows:
      - {name: F, status: Removing, sources: [{product: C}], targets: [{partner: P}]}
      - {name: DIRECT, status: Removing, sources: [{product: B}], targets: [{partner: P}]}
    """
    simulator = Simulator(Settings(start_transitions={"synchronize": "immediate"}))
    simulator.seed(text, "estate")
    return Client(simulator)


@pytest.mark.parametrize("force", [False, True])
def test_a_flow_in_an_unknown_status_is_not_deployed(removing: Client, force: bool) -> None:
    reply = removing.deploy("F", force)
    assert (reply.status, "Removing" in reply.message) == (409, True)
    assert removing.status("F") == "Removing"


def test_a_flow_in_an_unknown_status_is_not_changed(removing: Client) -> None:
    document = removing.get(f"/flows/{removing.id('F')}")
    reply = removing.api("PUT", f"/flows/{removing.id('F')}", {"name": "F", "targets": document["targets"]})
    assert (reply.status, "Removing" in reply.message) == (409, True)


def test_synchronization_does_not_change_a_flow_in_an_unknown_status(removing: Client) -> None:
    removing.synchronize("A", "B")
    assert removing.flags("A") == {"B": True}
    assert removing.status("DIRECT") == "Removing"


# ------------------------------------------------------------------------------------------------------- a full disk


def test_with_a_full_disk_due_jobs_wait_and_reads_work(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "cg.sqlite")
    client = Client(Simulator(Settings(), store))
    seed(client.simulator, small_estate())
    client.deploy("ORDERS")
    store._connection.execute("PRAGMA query_only=ON")  # simulates a full disk
    assert [client.status("ORDERS") for _ in range(5)] == ["In progress"] * 5
    assert client.control("GET", "state").status == 200
    assert client.add_backups("PARIS", "LILLE").status == 507
    store._connection.execute("PRAGMA query_only=OFF")
    assert client.status("ORDERS") == "Deployed"
    store.close()
