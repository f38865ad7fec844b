# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The budgets: requests, writes and time over estates of growing size. Run with: make bench

Counts are asserted. Times are printed, to be compared by a person: this machine may be busy with something else.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))

from harness import Simulator, run_playbook, run_tasks, running_simulator

VERBS = ("st_backup", "st_sync", "st_flow_deploy")


def large_estate(masters: int, backups: int = 2, flows_per_master: int = 5, profiles: int = 10) -> dict[str, Any]:
    """Masters without backups, products that can be theirs, and flows that are deployed on the masters alone."""
    common = {"type": "SecureTransport", "os": "linux-x86-64", "version": "5.4", "status": "Started"}
    profile = {"type": "SERVER", "protocol": "SFTP", "enabled": True, "clientAuthentication": "PASSWORD"}
    products: list[dict[str, Any]] = []
    flows: list[dict[str, Any]] = []
    for number in range(masters):
        name = f"MASTER_{number:04}"
        own = [{**profile, "name": f"sftp_{port}", "port": 2000 + port} for port in range(profiles)]
        products.append({**common, "name": name, "host": f"{name.lower()}.example.com", "profiles": own})
        for backup in backup_names(number, backups):
            products.append({**common, "name": backup, "host": f"{backup.lower()}.example.com"})
        for flow in range(flows_per_master):
            key = f"F{number:04}_{flow}"
            parts = {"sources": [{"product": name}], "targets": [{"partner": f"PARTNER_{flow}"}]}
            flows.append({"name": f"FLOW_{key}", "idf": key, "status": "Deployed", **parts})
    return {"products": products, "flows": flows}


def backup_names(number: int, backups: int = 2) -> list[str]:
    return [f"BACKUP_{number:04}_{letter}" for letter in "ABCDEFGH"[:backups]]


def topology(masters: int) -> list[dict[str, Any]]:
    return [{"master": f"MASTER_{number:04}", "backups": backup_names(number)} for number in range(masters)]


def apply(cg: Simulator, masters: int) -> dict[str, Any]:
    run = run_playbook(
        "mftops.central_governance.dr_apply",
        environment=cg.environment,
        extra_vars={"topology": topology(masters), "dr_summary_lines": 3},
    )
    return run.succeeded().of("Give the results to the play")["ansible_facts"]["dr_result"]


def timed(action: Callable[[], Any]) -> tuple[float, Any]:
    began = time.perf_counter()
    outcome = action()
    return time.perf_counter() - began, outcome


@pytest.mark.parametrize("masters", [50, 200])
def test_one_task_for_each_verb_brings_up_the_whole_estate(tmp_path: Path, masters: int) -> None:
    transitions = {"synchronize": "immediate", "deploy": "immediate"}
    with running_simulator(tmp_path, large_estate(masters), transitions=transitions) as cg:
        seconds, result = timed(lambda: apply(cg, masters))
        requests = Counter(entry["operation"] for entry in cg.journal())
        writes = len(cg.writes())
        print(f"\n{masters} masters: {seconds:.1f} s, {sum(requests.values())} requests: {dict(requests)}")
        assert result["changed"]
        # One addition for each master, one synchronization for each backup, one deployment for each flow.
        assert writes == masters * (1 + 2 + 5)

        cg.forget_journal()
        seconds, result = timed(lambda: apply(cg, masters))
        again = Counter(entry["operation"] for entry in cg.journal())
        print(f"{masters} masters, nothing to do: {seconds:.1f} s, {dict(again)}")
        assert not result["changed"]
        assert cg.writes() == []


def test_the_requests_of_a_second_run_do_not_grow_with_the_estate(tmp_path: Path) -> None:
    counts = {}
    transitions = {"synchronize": "immediate", "deploy": "immediate"}
    for masters in (40, 160):
        with running_simulator(tmp_path / str(masters), large_estate(masters), transitions=transitions) as cg:
            apply(cg, masters)
            cg.forget_journal()
            apply(cg, masters)
            counts[masters] = len(cg.journal())
    print(f"\nrequests of a second run, by masters: {counts}")
    assert counts[160] == counts[40]


def test_what_one_task_costs(tmp_path: Path) -> None:
    """At most 1.3 times an empty module and the bare exchange that ours needs, done by a minimal script; in one run."""
    estate = large_estate(1)
    with running_simulator(tmp_path, estate) as cg:
        ours = {"mftops.central_governance.st_product_info": {}}
        empty = {"ansible.builtin.ping": {}}

        def per_task(task: dict[str, Any]) -> float:
            few, many = ([dict(task)] * count for count in (1, 11))
            short = timed(lambda: run_tasks(*few, connection=cg.connection).succeeded())[0]
            long = timed(lambda: run_tasks(*many, connection=cg.connection).succeeded())[0]
            return (long - short) / 10

        script = "import requests, sys; requests.get(sys.argv[1], auth=(sys.argv[2], sys.argv[3])).json()"
        connection = cg.connection
        url = f"{connection['url']}/Axway/CentralGovernance/default/CentralGovernance/api/v2/products"
        command = [sys.executable, "-c", script, url, connection["username"], connection["password"]]
        bare = statistics.median(timed(lambda: subprocess.run(command, check=True))[0] for _repeat in range(10))
        cost = {"ours": per_task(ours), "an empty module": per_task(empty), "bare HTTP": bare}
        ratio = cost["ours"] / (cost["an empty module"] + bare)
        print(f"\nseconds a task: { {name: round(value, 3) for name, value in cost.items()} }; ratio {ratio:.2f}")
        assert ratio <= 1.3
