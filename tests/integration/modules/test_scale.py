# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A large estate in one task per verb, and an audit of it: how many requests the first and the second run take."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from estates import SFTP, flow, product
from harness import Run, Simulator, run_tasks

COLLECTION = "mftops.central_governance"
MASTERS, BACKUPS, FLOWS = 200, 2, 1000

ROWS = ("masters", "backups", "flows")  # the per-item lists of the three verbs

TOPOLOGY = [
    {"master": f"ST_{number:03}", "backups": [f"ST_{number:03}_DR{copy}" for copy in range(BACKUPS)]}
    for number in range(MASTERS)
]


def seed() -> dict[str, Any]:
    products = [product(entry["master"], profiles=[SFTP]) for entry in TOPOLOGY]
    products += [product(name) for entry in TOPOLOGY for name in entry["backups"]]
    flows = [flow(f"FLOW_{n:04}", f"ST_{n % MASTERS:03}", status="Saved, not deployed") for n in range(FLOWS)]
    return {"products": products, "flows": flows}


def run_all(cg: Simulator, *arguments: str, **options: Any) -> Run:
    chain = {"predicted": "{{ earlier.predicted | default({}) }}"}
    waiting = {"wait_interval": 0.5, **chain}
    masters = "{{ topology | map(attribute='master') | list }}"
    tasks = [
        {"name": "declare", f"{COLLECTION}.st_backup": {"topology": "{{ topology }}", **chain}},
        {"name": "synchronize", f"{COLLECTION}.st_sync": {"masters": masters, **waiting}},
        {"name": "deploy", f"{COLLECTION}.st_flow_deploy": {"masters": masters, **waiting, **options}},
    ]
    return run_tasks(
        *({**task, "register": "earlier"} for task in tasks),
        connection=cg.connection,
        variables={"topology": TOPOLOGY},
        arguments=arguments,
    )


def results(run: Run) -> dict[str, dict[str, Any]]:
    run.succeeded()
    return {name: run.of(name) for name in ("declare", "synchronize", "deploy")}


def requests(cg: Simulator) -> Counter:
    return Counter(entry["operation"] for entry in cg.journal())


def test_two_hundred_masters_and_a_thousand_flows(simulator):
    cg = simulator(seed())
    check = run_all(cg, "--check", "--diff").succeeded()
    assert cg.writes() == []
    # 200 objects of each task on a line each, the rest counted; 421 kB when each was shown in full.
    assert len(check.output) < 150_000
    assert "+... and 800 more objects that differ (after)" in check.output
    cg.forget_journal()

    first = results(run_all(cg))
    assert [first[name]["actions"] for name in first] == [check.of(name)["actions"] for name in first]
    # One warning about all 200 masters, not one for each.
    assert len(first["declare"].get("warnings", [])) <= 2
    assert len(first["declare"]["actions"]) == MASTERS * BACKUPS
    assert len(first["synchronize"]["actions"]) == MASTERS * BACKUPS
    assert len(first["deploy"]["actions"]) == FLOWS
    counted = requests(cg)
    writes = {operation: counted.pop(operation) for operation in ("addBackups", "synchronizeBackup", "deployFlow")}
    assert writes == {"addBackups": MASTERS, "synchronizeBackup": MASTERS * BACKUPS, "deployFlow": FLOWS}
    # Everything else is bulk reads: a few, and two per poll while waiting.
    assert sum(counted.values()) < 60, counted

    cg.forget_journal()
    quiet = run_all(cg, "-v")
    second = results(quiet)
    assert len(quiet.output) < 50_000
    assert [len(result[rows]) for result, rows in zip(second.values(), ROWS, strict=True)] == [20, 20, 20]
    assert not any(result["changed"] for result in second.values())
    assert [result["unchanged_count"] for result in second.values()] == [MASTERS, MASTERS * BACKUPS, FLOWS]
    counted = requests(cg)
    assert cg.writes() == []
    assert counted == {"listProducts": 3, "listFlows": 1, "listDeployments": 1}

    cg.forget_journal()
    audit = {f"{COLLECTION}.st_dr_audit": {"topology": TOPOLOGY}}
    result = run_tasks(audit, connection=cg.connection).succeeded().of("st_dr_audit")
    assert (result["verdict"], result["coverage"]["pairs"]) == ("READY", MASTERS * BACKUPS)
    assert requests(cg) == {"listProducts": 1, "listFlows": 1, "listDeployments": 1}


def test_a_failure_among_a_thousand_flows_can_be_read_and_its_whole_result_is_in_a_file(simulator, tmp_path):
    estate = seed()
    estate["flows"] = [
        {**entry, "status": "Saved"} if n % 100 == 0 else entry for n, entry in enumerate(estate["flows"])
    ]
    cg = simulator(estate)
    file = tmp_path / "result.json"
    run = run_tasks(
        {
            "name": "deploy",
            f"{COLLECTION}.st_flow_deploy": {
                "masters": [entry["master"] for entry in TOPOLOGY],
                "result_file": str(file),
            },
        },
        connection=cg.connection,
        check=True,
    ).failed()
    (fatal,) = [line for line in run.stdout.splitlines() if line.startswith("fatal:")]
    assert len(fatal.encode()) <= 21_000
    result = run.of("deploy")
    assert result["counts"] == {"failed": 10, "not_tried": 990}
    assert result["omitted"]["flows"] == 1000 - len(result["flows"])
    whole = json.loads(file.read_text(encoding="utf-8"))
    assert len(whole["flows"]) == 1000 and whole["failed"] and whole["msg"] == result["msg"]
    assert cg.connection["password"] not in file.read_text(encoding="utf-8")
