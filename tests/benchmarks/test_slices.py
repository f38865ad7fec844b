# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The estate in slices, each the work of an ansible-playbook of its own, as AWX's job slicing or several execution
nodes would do it: first the backups, sliced by master, and when all of that is done the flows, sliced by flow.

A flow may use masters of two slices: deployed while the other slice is still running, it would be refused at the gate,
or would have to be deployed again.
"""

from __future__ import annotations

import json
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from measuring import Cost
from programs import Bench, masters_in, prepared, to_be_done
from settings import keep, numbers

SLICES = numbers("BENCH_SLICES", "1,2,4")
(MASTERS,) = numbers("BENCH_SLICED_MASTERS", "400")
LATENCY = 20  # milliseconds: slices help most where runs wait for a distant server


def in_slices(bench: Bench, count: int, tags: str, variable: str, items: list[Any]) -> list[Cost]:
    parts = []
    for number in range(count):
        part = bench.directory / f"slice-{number}-of-{count}.json"
        part.write_text(json.dumps({"topology": [], variable: items[number::count]}))
        parts.append(part)
    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(lambda part: bench.run("role", f"--tags={tags}", topology=part), parts))


def test_slices_share_the_work_and_do_not_disturb_each_other(tmp_path: Path, show: Any) -> None:
    rows: list[dict[str, Any]] = []
    with prepared(tmp_path, **to_be_done(MASTERS)) as bench:
        topology = masters_in(bench.topology)
        flows = [flow["name"] for flow in json.loads((tmp_path / "estate.json").read_text())["flows"]]
        for count in SLICES:
            bench.start_over(LATENCY)
            for phase in ("whole", "again"):
                bench.cg.forget_journal()
                began = time.monotonic()
                costs = [
                    cost
                    for tags, variable, items in (
                        ("declare,synchronize", "topology", topology),
                        ("deploy", "dr_flows", flows),
                    )
                    for cost in in_slices(bench, count, tags, variable, items)
                ]
                seconds = time.monotonic() - began
                writes = Counter(bench.cg.writes())
                reads = len(bench.cg.journal()) - writes.total()
                if phase == "whole":
                    # Every write once, by whichever slice: one for each master, backup and flow.
                    assert writes.total() == MASTERS * (1 + 2 + 5)
                    assert max(writes.values()) == 1
                else:
                    assert not writes
                row = {"slices": count, "phase": phase, "seconds": seconds, "reads": reads}
                rows.append({**row, "cpu": sum(cost.cpu for cost in costs), "writes": writes.total()})
                show(
                    f"  {MASTERS} masters in {count} slices, {phase}: {seconds:.1f} s elapsed, "
                    f"{rows[-1]['cpu']:.1f} s processor, {reads} reads, {writes.total()} writes"
                )
        keep("slices", [{**row, "masters": MASTERS, "latency": LATENCY} for row in rows])
