# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A long-running task shows its progress, by real ansible-playbook against the simulator."""

from __future__ import annotations

import re
from pathlib import Path

from estates import SFTP, flow, product, unsynchronized
from harness import run_tasks

VERBS = "mftops.central_governance."
SLOW = {"wait_interval": 0.4, "wait_timeout": 60}


def test_long_waits_show_their_progress(simulator, tmp_path):
    estate = {
        "products": [product("PARIS", profiles=[SFTP], backups=unsynchronized("LYON", "LILLE")),
                     product("LYON"), product("LILLE")],
        "flows": [flow("PAYMENTS", "PARIS", status="Saved, not deployed")],
    }  # fmt: skip
    # Three polls, at least 0.4 seconds apart: much longer than the interval of the progress.
    cg = simulator(estate, transitions={"synchronize": "polls:3", "deploy": "polls:3"})
    run = run_tasks(
        {"name": "dry", VERBS + "st_sync": SLOW, "check_mode": True},
        {"name": "hidden", VERBS + "st_sync": {**SLOW, "masters": ["PARIS"], "backups": ["LILLE"]}, "no_log": True},
        {"name": "sync", VERBS + "st_sync": SLOW, "environment": {"OTHER": "kept"}},
        {"name": "deploy", VERBS + "st_flow_deploy": {**SLOW, "flows": ["{{ item }}"]}, "loop": ["PAYMENTS"]},
        {"name": "background", VERBS + "st_flow_deploy": {**SLOW, "flows": ["PAYMENTS"], "redeploy": "always"},
         "async": 60, "poll": 1},
        connection=cg.connection,
        environment={"CG_PROGRESS_INTERVAL": "0.1", "ANSIBLE_LOCAL_TEMP": str(tmp_path / "local")},
    ).succeeded()  # fmt: skip
    shown = {}
    for part in run.stdout.split("TASK [")[1:]:
        name, _, rest = part.partition("]")
        shown[name] = re.findall(r"^\[localhost\]: (.*)$", rest, re.MULTILINE)
    for line in shown["dry"]:
        assert line.startswith("Synchronize the backups: reading from Central Governance, 00:0")
    text = re.compile(r"(.*), 00:0\d of 01:00")
    waits = [text.fullmatch(line)[1] for line in shown["sync"] if "1 done" in line]
    assert waits
    assert set(waits) == {"Synchronize the backups: 0 of 1 done, waiting for LYON"}
    waits = [text.fullmatch(line)[1] for line in shown["deploy"] if "1 done" in line]
    assert waits
    assert set(waits) == {"Deploy the flows: 0 of 1 done, waiting for PAYMENTS"}
    assert shown["hidden"] == shown["background"] == []
    assert all(result.status == "changed" for result in run.tasks if result.task != "background")
    assert list(Path(tmp_path / "local").iterdir()) == []
