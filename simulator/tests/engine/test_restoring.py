# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Damaged snapshots, and what else a snapshot restores: the clock and running jobs."""

from __future__ import annotations

import copy
import gc
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest
from sim_client import Client
from sim_estates import seed, small_estate

from cg_sim.settings import Settings
from cg_sim.simulator import Simulator
from cg_sim.store.sqlite import SqliteStore

Snapshot = dict[str, Any]
Damage = Callable[[Snapshot], None]

PARIS, LYON, CFT = 0, 1, 6
NOBODY = {"type": "PRODUCT", "parts": [{"part": {"businessId": "nothing", "name": "NOBODY"}}]}


def nested(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return value


def job(snapshot: Snapshot, kind: str) -> Any:
    (found,) = [entry for entry in snapshot["state"]["jobs"] if entry["kind"] == kind]
    return found


def put(*path: Any) -> Damage:
    """The last argument is the value; those before it are the path to it in the snapshot's state."""

    def damage(snapshot: Snapshot) -> None:
        here = snapshot["state"]
        for step in path[:-2]:
            here = here[step]
        here[path[-2]] = path[-1]

    return damage


def in_job(kind: str, *path: Any) -> Damage:
    def damage(snapshot: Snapshot) -> None:
        here = job(snapshot, kind)
        for step in path[:-2]:
            here = here[step]
        here[path[-2]] = path[-1]

    return damage


def clock(**changes: Any) -> Damage:
    return lambda snapshot: snapshot["clock"].update(changes)


def back_up(master: int, backup: int) -> Damage:
    def damage(snapshot: Snapshot) -> None:
        products = snapshot["state"]["products"]
        entry = {"businessId": products[backup]["businessId"], "name": "", "synchronized": False}
        products[master]["backupProducts"].append(entry)

    return damage


DAMAGES: dict[str, tuple[Damage, str]] = {
    "a job without its data": (in_job("deploy", "data", {}), "flow"),
    "a job of another flow": (in_job("deploy", "data", "flow", "nothing"), "nothing"),
    "a job on an unknown product": (in_job("deploy", "data", "products", ["nothing"]), "nothing"),
    "a job with an invalid row": (in_job("deploy", "data", "rows_before", [{}]), "rows_before"),
    "a job that watches an unknown id": (in_job("deploy", "watched", ["nothing"]), "nothing"),
    "a job that would never end": (in_job("deploy", "polls", None), "never end"),
    "a job with half a poll": (in_job("deploy", "polls", 1.5), "polls"),
    "a job of an unknown kind": (in_job("deploy", "kind", "unknown"), "kind"),
    "a job under another's key": (in_job("deploy", "key", "deploy:x"), "key"),
    "a synchronization of an unknown backup": (in_job("synchronize", "data", "backup", "nothing"), "nothing"),
    "a registration of nothing": (in_job("register", "data", "product", "nothing"), "nothing"),
    "jobs that are not a list": (put("jobs", {}), "state.jobs"),
    "a name that is a number": (put("products", PARIS, "name", 5), "state.products[0].name"),
    "a status that is an object": (put("products", PARIS, "status", {}), "state.products[0].status"),
    "profiles that are an object": (put("products", PARIS, "communicationProfiles", {"a": 1}), "communicationProfiles"),
    "a profile that is a word": (put("products", PARIS, "communicationProfiles", ["x"]), "communicationProfiles[0]"),
    "tags of numbers": (put("products", PARIS, "tags", [1]), "tags[0]"),
    "a contact nested too deeply": (put("products", PARIS, "contact", nested(252)), "nested"),
    "an unknown key": (put("products", PARIS, "colour", "red"), "colour"),
    "a flag that is a word": (put("products", PARIS, "backupProducts", 0, "synchronized", "yes"), "synchronized"),
    "a backup of a backup": (back_up(LYON, 2), "has backups itself"),
    "its own backup": (back_up(2, 2), "its own backup"),
    "a backup twice": (back_up(PARIS, LYON), "twice"),
    "a Transfer CFT as backup": (back_up(2, CFT), "SecureTransport"),
    "a part with an unknown product": (put("flows", 0, "relays", [NOBODY]), "flow INVOICES"),
    "a part without a name": (put("flows", 0, "relays", 0, "parts", 0, "part", {"businessId": "x"}), "name"),
    "a flow's status as number": (put("flows", 0, "status", 7), "state.flows[0].status"),
    "a time of the status that is text": (put("flows", 0, "simulator", {"statusAt": "soon"}), "statusAt"),
    "a row of an unknown product": (
        put("deployments", 0, "product", {"businessId": "nothing", "name": "x"}),
        "nothing",
    ),
    "a row of an unknown flow": (put("deployments", 0, "flow", {"businessId": "nothing", "name": "x"}), "nothing"),
    "a row without a time": (put("deployments", 0, "timestamp", None), "timestamp"),
    "a clock after the year 9999": (clock(now=10**30, frozen=True), "clock.now"),
    "a clock before 1970": (clock(now=-1), "clock.now"),
    "a clock that is a word": (clock(now="noon"), "clock.now"),
    "a frozen flag that is text": (clock(frozen="perhaps"), "clock.frozen"),
    "variants that are a list": (lambda snapshot: snapshot.update(variants=["x"]), "variants"),
}


@pytest.fixture
def busy(cg: Client) -> Client:
    """One job of each kind."""
    cg.add_backups("PARIS", "LILLE")
    cg.synchronize("PARIS", "LILLE")
    assert cg.deploy("DIRECT").status == 202
    registration = {
        "name": "ST_NEW", "hostname": "h", "port": 444, "authUserName": "u", "authPassword": "p", "version": "5.4",
    }  # fmt: skip
    assert cg.api("POST", "/st/register", registration).status == 201
    return cg


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_snapshot_is_refused_with_the_place(busy: Client, name: str) -> None:
    damage, words = DAMAGES[name]
    before = busy.control("GET", "state").content
    snapshot = busy.control("POST", "snapshot").json()
    damage(snapshot)
    reply = busy.control("POST", "restore", json.dumps(snapshot).encode())  # orjson writes less than it reads
    assert (reply.status, words in reply.message) == (400, True), reply.text
    assert busy.control("GET", "state").content == before
    for path in ("/products", "/flows", "/deployments"):
        assert busy.api("GET", path).status == 200


def test_garbage_collection_is_off_while_a_snapshot_is_read(cg: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Garbage collection took two thirds of the time to read 10,000 products with 50 profiles."""
    snapshot = cg.control("POST", "snapshot").content
    collecting: list[bool] = []
    loads = orjson.loads

    def note(text: bytes) -> Any:
        collecting.append(gc.isenabled())
        return loads(text)

    monkeypatch.setattr(orjson, "loads", note)
    assert cg.control("POST", "restore", snapshot).status == 200
    assert collecting
    assert not any(collecting)
    assert gc.isenabled()


def test_many_problems_are_reported_together_and_the_list_is_cut(busy: Client) -> None:
    snapshot = busy.control("POST", "snapshot").json()
    for entry in snapshot["state"]["products"] + snapshot["state"]["flows"]:
        entry["name"] = 5
    message = busy.control("POST", "restore", snapshot).message
    assert message.count("name") == 10
    assert message.endswith("and more")


EVERYTHING = """
allow_unknown_words: true
products:
  - {name: A, type: SecureTransport, contact: {mail: [a@b.example]}, tags: [], legacyIdfs: [L], upgraded: true,
     status: Hibernating, backups: [{name: B, synchronized: true}],
     profiles: [{name: P, protocol: OFTP2, ssl: {certificate: {content: C, validTo: 2027-03-31}}},
                {name: Q, type: CLIENT, protocol: HTTP, port: null, networkZone: ''}]}
  - {name: B}
  - {name: C, status: Registering, profiles: []}
flows:
  - {name: EMPTY, status: Saved}
  - {name: F, status: Removing, details: why, tags: [x], sources: [{group: G, properties: {deep: {of: [null]}}}],
     relays: [{product: A}, {application: X}], targets: [{partner: P}],
     deployments: [{product: A, status: Removing, timestamp: 0}, {product: B}]}
  - {name: G, status: In progress, sources: [{product: A}], targets: [{partner: P}]}
"""


def test_a_whole_estate_is_restored_from_a_snapshot_and_from_a_file(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "cg.sqlite")
    simulator = Simulator(Settings(), store)
    simulator.seed(EVERYTHING, "estate")
    client = Client(simulator)
    before = client.control("GET", "state").json()
    snapshot = client.control("POST", "snapshot").content
    assert client.control("POST", "seed", b"products: []").status == 200
    reply = client.control("POST", "restore", snapshot)
    assert reply.status == 200, reply.text
    assert client.control("GET", "state").json() == before
    store.close()

    store = SqliteStore(tmp_path / "cg.sqlite")
    again = Simulator(Settings(), store)
    assert again.world.open()
    assert Client(again).control("GET", "state").json() == before
    store.close()


# ------------------------------------------------------------------------------------------------------- the clock


def test_a_running_clock_is_restored(cg: Client) -> None:
    cg.control("PUT", "transitions", {"deploy": "time:30"})
    cg.control("PUT", "clock", {"advance": 86400})
    cg.deploy("ORDERS")
    snapshot = cg.control("POST", "snapshot").json()
    cg.control("POST", "reset")
    assert cg.control("POST", "restore", snapshot).status == 200
    assert cg.control("GET", "clock").json()["now"] >= snapshot["clock"]["now"]
    assert cg.status("ORDERS") == "In progress"
    cg.control("PUT", "clock", {"advance": 30})
    assert cg.status("ORDERS") == "Deployed"


def test_a_snapshot_of_a_running_clock_starts_a_frozen_one_again(cg: Client) -> None:
    snapshot = cg.control("POST", "snapshot").json()
    cg.control("PUT", "clock", {"frozen": True, "now": 0})
    assert cg.control("POST", "restore", snapshot).status == 200
    after = cg.control("GET", "clock").json()
    assert (after["frozen"], after["now"] >= snapshot["clock"]["now"]) == (False, True)


def test_a_frozen_clock_is_restored(cg: Client) -> None:
    cg.control("PUT", "clock", {"frozen": True, "now": 1000})
    snapshot = cg.control("POST", "snapshot").json()
    cg.control("POST", "reset")
    cg.control("POST", "restore", snapshot)
    assert cg.control("GET", "clock").json() == snapshot["clock"]


@pytest.mark.parametrize("frozen", [False, True])
def test_work_that_takes_time_ends_after_a_restart_with_a_changed_clock(tmp_path: Path, frozen: bool) -> None:
    def begin() -> tuple[SqliteStore, Client]:
        store = SqliteStore(tmp_path / "cg.sqlite")
        return store, Client(Simulator(Settings(start_transitions={"deploy": "time:30"}), store))

    store, client = begin()
    seed(client.simulator, small_estate())
    client.control("PUT", "clock", {"frozen": frozen, "advance": 864000})
    moment = client.control("GET", "clock").json()["now"]
    assert client.deploy("ORDERS").status == 202
    store.close()

    store, client = begin()
    assert client.simulator.world.open()
    after = client.control("GET", "clock").json()
    assert (after["frozen"], after["now"] >= moment) == (frozen, True)
    client.control("PUT", "clock", {"advance": 30})
    assert client.status("ORDERS") == "Deployed"
    client.control("POST", "reset")
    store.close()

    store, client = begin()
    assert client.simulator.world.open()
    assert client.control("GET", "clock").json()["now"] < moment
    store.close()


# ------------------------------------------------------------------------------------------- work without a job


def without_jobs(snapshot: Snapshot) -> Snapshot:
    changed = copy.deepcopy(snapshot)
    changed["state"]["jobs"] = []
    return changed


def test_a_snapshot_without_the_jobs_gets_them(busy: Client) -> None:
    snapshot = without_jobs(busy.control("POST", "snapshot").json())
    snapshot["transitions"].update(deploy="polls:1", register="polls:1")
    assert busy.control("POST", "restore", snapshot).status == 200
    assert [busy.status("DIRECT") for _ in range(2)] == ["In progress", "Deployed"]
    assert [busy.product("ST_NEW")["status"] for _ in range(2)] == ["Registering", "Started"]


def test_a_refused_snapshot_leaves_variants_and_transitions(cg: Client) -> None:
    snapshot = cg.control("POST", "snapshot").json()
    snapshot["variants"]["gate"] = "report"
    snapshot["transitions"]["deploy"] = "time:5"
    snapshot["state"]["products"].append(snapshot["state"]["products"][0])
    assert cg.control("POST", "restore", snapshot).status == 400
    assert cg.control("GET", "variants").json()["gate"] == "block"
    assert cg.control("GET", "transitions").json()["deploy"] == "polls:2"


# ------------------------------------------------------------------------------------------------- layout of snapshots


def test_a_snapshot_has_one_record_per_line_and_is_read_line_by_line(
    busy: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = busy.control("GET", "state").content
    snapshot = busy.control("POST", "snapshot").content
    assert len(snapshot.splitlines()) > len(json.loads(snapshot)["state"]["products"]) + 10
    longest = max(map(len, snapshot.splitlines()))
    loads = orjson.loads

    def not_the_whole(text: bytes) -> Any:
        assert len(text) <= longest
        return loads(text)

    busy.control("POST", "seed", b"{}")
    monkeypatch.setattr(orjson, "loads", not_the_whole)
    assert busy.control("POST", "restore", snapshot).status == 200
    monkeypatch.undo()
    assert busy.control("GET", "state").content == before
    # In another format it is the same snapshot.
    for indent in (None, 2):
        busy.control("POST", "seed", b"{}")
        assert busy.control("POST", "restore", json.dumps(loads(snapshot), indent=indent).encode()).status == 200
        assert busy.control("GET", "state").content == before


def test_a_snapshot_without_its_last_newline_is_complete(busy: Client) -> None:
    snapshot = busy.control("POST", "snapshot").content
    assert snapshot.endswith(b"}}\n")
    assert busy.control("POST", "restore", snapshot.rstrip()).status == 200


@pytest.mark.parametrize(
    ("cut", "says"),
    [
        (lambda lines: lines[:-1], "cut off after line"),
        (lambda lines: lines[:6], "cut off after line 6"),
        (lambda lines: [*lines[:4], lines[4][:-9], *lines[5:]], "not JSON"),
        (lambda lines: [lines[0], "{}", *lines[1:]], "damaged in line 2"),
        (lambda lines: [lines[0].replace("cg-sim snapshot", "something"), *lines[1:]], "this is not a snapshot"),
        (lambda lines: [*lines[:2], lines[2].replace("PARIS", "x"), lines[2], *lines[3:]], "two products have"),
    ],
)
def test_damaged_lines(busy: Client, cut: Callable[[list[str]], list[str]], says: str) -> None:
    lines = busy.control("POST", "snapshot").text.splitlines()
    before = busy.control("GET", "state").content
    reply = busy.control("POST", "restore", ("\n".join(cut(lines)) + "\n").encode())
    assert (reply.status, says in reply.message) == (400, True), reply.text
    assert busy.control("GET", "state").content == before
