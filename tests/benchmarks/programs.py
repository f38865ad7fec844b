# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs that are compared: a bare script, ours in three ways, and a playbook of `uri` tasks."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import harness.simulator
import yaml
from harness import Simulator, running_simulator
from harness.ansible import playbook_environment
from measuring import Cost, measured

COLLECTION = "mftops.central_governance"
API_PREFIX = "/Axway/CentralGovernance/default/CentralGovernance/api/v2"
HERE = Path(__file__).parent
BIN = Path(sys.executable).parent
FINISHED_AT_ONCE = {"synchronize": "immediate", "deploy": "immediate"}

EMPTY = [{"ansible.builtin.ping": {}}] * 3
MASTERS = "{{ topology | map(attribute='master') | list }}"
# In check mode each task goes on from what the one before it predicted.
PREDICTED = {"predicted": "{{ earlier.predicted | default({}) if ansible_check_mode else {} }}"}
OURS = [
    {f"{COLLECTION}.st_backup": {"topology": "{{ topology }}"}, "register": "earlier"},
    {f"{COLLECTION}.st_sync": {"masters": MASTERS, **PREDICTED}, "register": "earlier"},
    {f"{COLLECTION}.st_flow_deploy": {"masters": MASTERS, **PREDICTED}},
]
LOOPED = [
    {f"{COLLECTION}.st_backup": {"topology": ["{{ item }}"]}, "loop": "{{ topology }}"},
    {f"{COLLECTION}.st_sync": {"masters": ["{{ item.master }}"]}, "loop": "{{ topology }}"},
    {f"{COLLECTION}.st_flow_deploy": {"masters": ["{{ item.master }}"]}, "loop": "{{ topology }}"},
]
ROLE = [{"ansible.builtin.import_role": {"name": f"{COLLECTION}.dr"}, "vars": {"dr_topology": "{{ topology }}"}}]
AUDIT = [
    {
        "ansible.builtin.import_role": {"name": f"{COLLECTION}.dr_audit"},
        "vars": {
            "dr_audit_topology": "{{ topology }}",
            "dr_audit_report_dir": "{{ playbook_dir }}/report",
            "dr_audit_fail_on": "never",
        },
    }
]


class Bench:
    """An estate in a simulator with TLS, and the programs that are measured on it. Its folder is `directory`."""

    def __init__(self, directory: Path, cg: Simulator, topology: Path) -> None:
        self.directory = directory
        self.cg = cg
        self.topology = topology
        plays = {"empty": EMPTY, "ours": OURS, "looped": LOOPED, "role": ROLE, "audit": AUDIT}
        self._playbooks = {name: self._playbook(name, tasks) for name, tasks in plays.items()}
        self._playbooks["uri"] = HERE / "uri_playbook.yml"

    def _playbook(self, name: str, tasks: list[dict[str, Any]]) -> Path:
        path = self.directory / f"{name}.yml"
        path.write_text(yaml.safe_dump([{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]))
        return path

    def add_single_verbs(self) -> None:
        """Adds programs with the names of the modules, each of which runs that one task."""
        for task in OURS:
            name = next(iter(task)).rpartition(".")[2]
            self._playbooks[name] = self._playbook(name, [task])

    @property
    def environment(self) -> dict[str, str]:
        environment = playbook_environment(self.directory, None, self.cg.environment)
        for name in ("ANSIBLE_CALLBACK_PLUGINS", "ANSIBLE_CALLBACKS_ENABLED", "MODULE_BYTECODE", "RECORD_RESULTS"):
            environment.pop(name)
        return environment

    def run(
        self, program: str, *arguments: str, memory: bool = False, topology: Path | None = None, **environment: str
    ) -> Cost:
        """`program` is floor, reading, empty, ours, looped, role, audit, uri, or the name of a module."""
        topology = topology or self.topology
        environment = {**self.environment, **environment}
        if program in ("floor", "reading"):
            command = [sys.executable, str(HERE / "floor.py"), self.cg.url + API_PREFIX, str(self.cg.ca_path)]
            only = ["reading"] if program == "reading" else []
            return measured([*command, str(topology), *only], environment, memory)
        command = [str(BIN / "ansible-playbook"), str(self._playbooks[program]), f"--extra-vars=@{topology}"]
        return measured([*command, *arguments], environment, memory)

    def start_over(self, latency: int) -> None:
        """The estate as at the beginning; every answer comes ``latency`` milliseconds later."""
        self.cg.reset()  # which removes the faults, too
        if latency:
            self.cg.add_fault(fault="delay", delay=latency / 1000)


@contextlib.contextmanager
def prepared(directory: Path, **options: Any) -> Iterator[Bench]:
    """A bench with a generated estate; the options are those of `cg-sim generate`."""
    directory.mkdir(parents=True, exist_ok=True)
    estate, topology = directory / "estate.json", directory / "topology.json"
    generate(estate, topology, options)
    harness.simulator.START_LIMIT = 600  # seconds; ten thousand products need some
    with running_simulator(directory / "simulator", estate, tls=True, variants={}, transitions=FINISHED_AT_ONCE) as cg:
        yield Bench(directory, cg, topology)


def generate(estate: Path, topology: Path, options: Mapping[str, Any]) -> None:
    words = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    command = [str(BIN / "cg-sim"), "generate", *words, f"--out={estate}", f"--topology={topology}"]
    subprocess.run(command, check=True, env={**os.environ})


def to_be_done(masters: int) -> dict[str, Any]:
    """An estate in which everything is still to be done: 2 backups, 20 profiles and 5 flows for each master."""
    return {
        "masters": masters, "backups": 2, "profiles": 20, "flows": 5 * masters, "undeclared": 1, "not_deployed": 0,
    }  # fmt: skip


def all_done(masters: int, profiles: int, flows: int) -> dict[str, Any]:
    """An estate in which nothing is to be done."""
    return {
        "masters": masters, "backups": 2, "profiles": profiles, "flows": flows, "unsynchronized": 0, "not_deployed": 0,
    }  # fmt: skip


def masters_in(topology: Path) -> list[dict[str, Any]]:
    return json.loads(topology.read_text(encoding="utf-8"))["topology"]
