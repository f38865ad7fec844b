# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A large estate in one task per verb: how many requests that takes, first and when nothing is left to do."""

from __future__ import annotations

from collections import Counter
from typing import Any

from estates import SFTP, flow, product
from harness import Simulator, run_tasks

COLLECTION = "mftops.central_governance"
MASTERS, BACKUPS, FLOWS = 200, 2, 1000

TOPOLOGY = [
    {"master": f"ST_{number:03}", "backups": [f"ST_{number:03}_DR{copy}" for copy in range(BACKUPS)]}
    for number in range(MASTERS)
]


def seed() -> dict[str, Any]:
    products = [product(entry["master"], profiles=[SFTP]) for entry in TOPOLOGY]
    products += [product(name) for entry in TOPOLOGY for name in entry["backups"]]
    flows = [flow(f"FLOW_{n:04}", f"ST_{n % MASTERS:03}", status="Saved, not deployed") for n in range(FLOWS)]
    return {"products": products, "flows": flows}


def run_all(cg: Simulator) -> dict[str, dict[str, Any]]:
    waiting = {"wait_interval": 0.5}
    run = run_tasks(
        {"name": "declare", f"{COLLECTION}.st_backup": {"topology": "{{ topology }}"}},
        {"name": "synchronize", f"{COLLECTION}.st_sync": waiting},
        {
            "name": "deploy",
            f"{COLLECTION}.st_flow_deploy": {"masters": "{{ topology | map(attribute='master') | list }}", **waiting},
        },
        connection=cg.connection,
        variables={"topology": TOPOLOGY},
    ).succeeded()
    return {name: run.of(name) for name in ("declare", "synchronize", "deploy")}


def requests(cg: Simulator) -> Counter:
    return Counter(entry["operation"] for entry in cg.journal())


def test_two_hundred_masters_and_a_thousand_flows(simulator):
    cg = simulator(seed())
    first = run_all(cg)
    assert len(first["declare"]["actions"]) == MASTERS * BACKUPS
    assert len(first["synchronize"]["actions"]) == MASTERS * BACKUPS
    assert len(first["deploy"]["actions"]) == FLOWS
    counted = requests(cg)
    writes = {operation: counted.pop(operation) for operation in ("addBackups", "synchronizeBackup", "deployFlow")}
    assert writes == {"addBackups": MASTERS, "synchronizeBackup": MASTERS * BACKUPS, "deployFlow": FLOWS}
    # Everything else is bulk reads: a handful, and two per look while waiting.
    assert sum(counted.values()) < 60, counted

    cg.forget_journal()
    second = run_all(cg)
    assert not any(result["changed"] for result in second.values())
    assert [result["unchanged_count"] for result in second.values()] == [MASTERS, MASTERS * BACKUPS, FLOWS]
    counted = requests(cg)
    assert cg.writes() == []
    assert counted == {"listProducts": 3, "listFlows": 1, "listDeployments": 1}
