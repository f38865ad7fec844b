# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A Hypothesis state machine: for any sequence of requests, the simulator and the small model agree on every answer
and on the whole state, also across restarts from the SQLite file and across snapshots."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sim_client import Client, Reply
from sim_estates import flow, product, profile, profile_body, seed
from sim_model import DONE, REFUSED, Definition, Model, Server

from cg_sim.settings import Settings
from cg_sim.simulator import Simulator
from cg_sim.store.sqlite import SqliteStore

NAMES = ["A", "B", "C", "D", "OTHER_VERSION", "CFT"]
FLOWS = ["F1", "F2", "F3"]
PORTS = {"P1": 22, "P2": 443}

servers = st.sampled_from([*NAMES, "A", "B", "C", "D", "A", "B"])
profiles = st.lists(
    st.tuples(st.sampled_from(["P1", "P2", "P3"]), st.sampled_from([22, 443])), unique_by=lambda entry: entry[0]
).map(dict)


class Agreement(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.store = SqliteStore(Path(self.directory.name) / "cg.sqlite")

    def teardown(self) -> None:
        self.store.close()
        self.directory.cleanup()

    @initialize()
    def begin(self) -> None:
        self.model = Model(
            {
                name: Server(
                    version="5.5" if name == "OTHER_VERSION" else "5.4",
                    kind="TransferCFT" if name == "CFT" else "SecureTransport",
                    profiles={entry: (port, False) for entry, port in PORTS.items()},
                )
                for name in NAMES
            },
            {name: Definition(["A"], "Saved, not deployed") for name in FLOWS},
        )
        estate = {
            "products": [
                product(
                    name,
                    version=server.version,
                    type=server.kind,
                    profiles=[profile(entry, port) for entry, port in PORTS.items()],
                )
                for name, server in self.model.servers.items()
            ],
            "flows": [flow(name, "A") for name in FLOWS],
        }
        simulator = Simulator(self.choices(), self.store)
        seed(simulator, estate)
        self.cg = Client(simulator)

    @staticmethod
    def choices() -> Settings:
        return Settings(
            check_answers=True,
            start_transitions={"deploy": "immediate", "synchronize": "immediate", "register": "immediate"},
        )

    def agree(self, reply: Reply, outcome: str) -> None:
        assert {True: DONE, False: REFUSED}[reply.status < 300] == outcome, (reply.status, reply.text)
        assert reply.status < 500

    # -------------------------------------------------------------------------------------------------------- rules

    @rule(master=servers, names=st.lists(servers, min_size=1, max_size=2, unique=True))
    def add(self, master: str, names: list[str]) -> None:
        self.agree(self.cg.add_backups(master, *names), self.model.add(master, names))

    @rule(master=st.sampled_from(["A", "B"]), name=st.sampled_from(["C", "D"]))
    def add_and_synchronize(self, master: str, name: str) -> None:
        """Usually allowed; the interesting case is a backup of both masters."""
        self.add(master, [name])
        self.synchronize(master, name)

    @rule(master=servers, name=servers)
    def remove(self, master: str, name: str) -> None:
        self.agree(self.cg.remove_backup(master, name), self.model.remove(master, name))

    @rule(master=servers, name=servers)
    def synchronize(self, master: str, name: str) -> None:
        self.agree(self.cg.synchronize(master, name), self.model.synchronize(master, name))

    @rule(data=st.data())
    def synchronize_one_that_is(self, data: st.DataObject) -> None:
        pairs = [(master, name) for master, server in self.model.servers.items() for name in server.backups]
        if pairs:
            self.synchronize(*data.draw(st.sampled_from(pairs)))

    @rule(name=servers, wanted=profiles)
    def change_profiles(self, name: str, wanted: dict[str, int]) -> None:
        current = {entry["name"]: entry for entry in self.cg.product(name)["communicationProfiles"]}
        body = [{**current.get(entry, profile_body(entry)), "port": port} for entry, port in wanted.items()]
        reply = self.cg.api("PUT", f"/products/{self.cg.id(name)}", {"communicationProfiles": body})
        self.agree(reply, self.model.set_profiles(name, wanted))

    @rule(name=servers, status=st.sampled_from(["Started", "Stopped", "Unreachable", "Ready to register"]))
    def happen(self, name: str, status: str) -> None:
        assert self.cg.control("POST", "events", {"product": name, "status": status}).status == 200
        self.model.set_status(name, status)

    @rule(name=st.sampled_from(FLOWS), wanted=st.lists(servers, min_size=1, max_size=2, unique=True))
    def define(self, name: str, wanted: list[str]) -> None:
        document = self.cg.get(f"/flows/{self.cg.id(name)}")
        document["relays"] = [{"type": "PRODUCT", "parts": [
            {"part": {"name": server}, "step": {"commonProperties": {"a": 1}}} for server in wanted
        ]}]  # fmt: skip
        assert self.cg.api("PUT", f"/flows/{document['businessId']}", document).status == 200
        self.model.define(name, wanted)

    @rule(name=st.sampled_from(FLOWS), force=st.booleans())
    def deploy(self, name: str, force: bool) -> None:
        self.agree(self.cg.deploy(name, force), self.model.deploy(name))

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.store = SqliteStore(Path(self.directory.name) / "cg.sqlite")
        simulator = Simulator(self.choices(), self.store)
        assert simulator.world.open()
        assert self.cg.simulator.wrong_answers == []
        self.cg = Client(simulator)

    @rule()
    def snapshot_and_restore(self) -> None:
        snapshot = self.cg.control("POST", "snapshot")
        assert self.cg.control("POST", "seed", b"products: []").status == 200
        assert self.cg.control("POST", "restore", snapshot.content).status == 200

    # --------------------------------------------------------------------------------------------------- invariants

    @invariant()
    def the_same(self) -> None:
        assert self.seen() == self.expected()
        assert self.cg.simulator.wrong_answers == []

    def seen(self) -> Any:
        flows = self.cg.get("/flows")
        return {
            "servers": {
                entry["name"]: (
                    entry["status"],
                    [
                        (item["name"], item["port"], item.get("viewOnly", False))
                        for item in entry["communicationProfiles"]
                    ],
                    [(item["name"], item["synchronized"]) for item in entry["backupProducts"]],
                )
                for entry in self.cg.get("/products")
            },
            "flows": {entry["name"]: (entry["status"], self.cg.rows(entry["name"])) for entry in flows},
        }

    def expected(self) -> Any:
        return {
            "servers": {
                name: (
                    server.status,
                    [(entry, port, locked) for entry, (port, locked) in server.profiles.items()],
                    list(server.backups.items()),
                )
                for name, server in self.model.servers.items()
            },
            "flows": {name: (entry.status, entry.rows) for name, entry in self.model.flows.items()},
        }


def run(examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Agreement,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
    )


def test_simulator_and_model_agree() -> None:
    run(60, 30)


@pytest.mark.slow
def test_simulator_and_model_agree_in_a_long_run() -> None:
    run(200, 50)
