# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the time of a task with nothing to do goes, in the controller and in the module."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from programs import HERE, OURS, Bench, all_done, masters_in, prepared
from settings import CHECKOUT, keep, numbers

SIZES = numbers("BENCH_BREAKDOWN", "1,1000")
REPEATS = 3
STAGES = (
    "controller: start", "controller: payload and result", "interpreter", "imports", "options", "TLS", "HTTP", "JSON",
    "records", "planning", "result", "controller: callbacks and end",
)  # fmt: skip
ROWS: list[dict[str, Any]] = []


def in_the_module(bench: Bench, module: str, arguments: dict[str, Any]) -> dict[str, float]:
    environment = {**bench.environment, "PYTHONPATH": str(CHECKOUT / ".venv" / "collections")}
    finished = subprocess.run(
        [sys.executable, str(HERE / "one_module.py"), module],
        input=json.dumps({**arguments, **bench.cg.connection}),
        env={**environment, "BENCH_BEGAN": str(time.monotonic())},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return json.loads(finished.stdout)


def in_the_controller(bench: Bench, module: str) -> dict[str, float]:
    moments = bench.directory / "moments"
    moments.unlink(missing_ok=True)
    began = time.monotonic()
    bench.run(
        module,
        ANSIBLE_CALLBACK_PLUGINS=str(HERE / "callbacks"),
        ANSIBLE_CALLBACKS_ENABLED="moments",
        BENCH_MOMENTS=str(moments),
    )
    ended = time.monotonic()
    task_begins, task_ends = map(float, moments.read_text().split())
    return {
        "controller: start": task_begins - began,
        "controller: payload and result": task_ends - task_begins,  # the module is taken off below
        "controller: callbacks and end": ended - task_ends,
    }


def breakdown(bench: Bench, module: str, arguments: dict[str, Any]) -> dict[str, float]:
    measured = []
    for _repeat in range(REPEATS):
        stages = in_the_module(bench, module, arguments)
        controller = in_the_controller(bench, module)
        controller["controller: payload and result"] -= sum(stages.values())
        measured.append({**stages, **controller})
    return {stage: statistics.median(one.get(stage, 0.0) for one in measured) for stage in STAGES}


@pytest.mark.parametrize("masters", SIZES)
def test_where_the_time_goes(tmp_path: Path, show: Any, masters: int) -> None:
    with prepared(tmp_path, **all_done(masters, 20, 5 * masters)) as bench:
        bench.add_single_verbs()
        topology = masters_in(bench.topology)
        names = [entry["master"] for entry in topology]
        for task in OURS:
            module = next(iter(task)).rpartition(".")[2]
            arguments = {"topology": topology} if module == "st_backup" else {"masters": names}
            found = breakdown(bench, module, arguments)
            ROWS.append({"masters": masters, "module": module, "stages": found})
            total = sum(found.values())
            lines = [f"    {stage:<32} {seconds * 1000:8.0f} ms" for stage, seconds in found.items()]
            show(f"\n  {module}, {masters} masters, nothing to do: {total:.2f} s\n" + "\n".join(lines))
            assert found["HTTP"] > 0 and found["JSON"] > 0 and found["TLS"] > 0
    keep("breakdown", ROWS)
