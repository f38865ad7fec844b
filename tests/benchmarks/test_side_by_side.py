# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The floor, ours, the same modules looped per item, and a playbook of `uri` tasks, side by side in one run.

The runs of one pass follow each other, so that other work of the machine affects all of them alike, and every other
pass has them in the opposite order. A ratio is the median of those of the passes; if one is over its budget after the
first passes, more passes are made, all of which count. Of the times themselves the least is shown, as in Python's
timeit: other work of the machine only adds to it. The programs that start a process for each item (per_item.py) take
minutes and have no budget; they run once. BENCH_MASTERS, BENCH_LATENCIES (milliseconds), BENCH_PASSES, BENCH_PER_ITEM
(the numbers of masters with which those programs run) and BENCH_LARGEST_WHOLE choose another size.
"""

from __future__ import annotations

import statistics
from collections import defaultdict
from pathlib import Path
from typing import Any

import per_item
import pytest
from measuring import Cost
from programs import Bench, prepared, to_be_done
from settings import keep, numbers

SIZES = numbers("BENCH_MASTERS", "10,50,100,200,1000")
LATENCIES = numbers("BENCH_LATENCIES", "0,20")
(PASSES,) = numbers("BENCH_PASSES", "3")
MORE_PASSES = 4  # where a ratio is over its budget
SIZES_PER_ITEM = numbers("BENCH_PER_ITEM", "10,100,1000")
# The tasks against the floor with three empty modules, the role against the tasks, check mode against the real run.
BUDGETS = {"ours whole": 1.3, "ours again": 1.6, "role whole": 1.15, "role again": 1.15, "ours check": 1.0}
# With fewer masters the whole job costs little more than the start of three modules, which is longer than that of empty
# ones. The ratio is shown, but has no budget.
FEWEST_MASTERS_FOR_THE_WHOLE_JOB = 50

Costs = dict[tuple[str, str], list[Cost]]  # (program, phase) -> one for each pass
ROWS: list[dict[str, Any]] = []
RATIOS: list[dict[str, Any]] = []


def one_pass(bench: Bench, costs: Costs, programs: list[str], masters: int, latency: int) -> None:
    costs["empty", "whole"].append(bench.run("empty"))
    for program in programs:
        bench.start_over(latency)
        if program == "ours":
            costs["ours", "check"].append(bench.run("ours", "--check", "--diff"))
            assert bench.cg.writes() == []
        bench.cg.forget_journal()
        costs[program, "whole"].append(bench.run(program))
        # One addition for each master, one synchronization for each backup, one deployment for each flow.
        assert len(bench.cg.writes()) == masters * (1 + 2 + 5)
        bench.cg.forget_journal()
        costs[program, "again"].append(bench.run(program))
        assert bench.cg.writes() == []
    bench.cg.forget_journal()
    costs["ours", "verbose"].append(bench.run("ours", "-v"))


def rows_of(costs: Costs, masters: int, latency: int) -> list[dict[str, Any]]:
    rows = []
    for (program, phase), measured in sorted(costs.items()):
        row: dict[str, Any] = {"masters": masters, "latency": latency, "program": program, "phase": phase}
        row["calculated"] = any(cost.calculated for cost in measured)
        for value in ("seconds", "cpu", "printed"):
            row[value] = min(getattr(cost, value) for cost in measured)
        rows.append(row)
    return rows


def ratios(costs: Costs, what: str) -> dict[str, float]:
    """For each budget the median of the passes."""

    def each(program: str, phase: str) -> list[float]:
        return [getattr(cost, what) for cost in costs[program, phase]]

    found = {"ours check": _median_ratio(each("ours", "check"), each("ours", "whole"))}
    for phase in ("whole", "again"):
        bare = [floor + empty for floor, empty in zip(each("floor", phase), each("empty", "whole"), strict=True)]
        found[f"ours {phase}"] = _median_ratio(each("ours", phase), bare)
        found[f"role {phase}"] = _median_ratio(each("role", phase), each("ours", phase))
    return {name: found[name] for name in BUDGETS}


def _median_ratio(costs: list[float], others: list[float]) -> float:
    return statistics.median(cost / other for cost, other in zip(costs, others, strict=True))


def budgets(masters: int) -> dict[str, float]:
    """Those that an estate of this size has."""
    has_all = masters >= FEWEST_MASTERS_FOR_THE_WHOLE_JOB
    return {name: budget for name, budget in BUDGETS.items() if has_all or name != "ours whole"}


def over_budget(costs: Costs, masters: int) -> list[str]:
    found = ratios(costs, "seconds")
    return [name for name, budget in budgets(masters).items() if found[name] > budget]


def shown(rows: list[dict[str, Any]], measured: dict[str, dict[str, float]]) -> str:
    lines = [
        f"  {row['program']:>7} {row['phase']:<7} {row['seconds']:9.2f} s elapsed {row['cpu']:9.2f} s processor "
        f"{row['printed']:>9,} bytes printed{' (calculated)' if row['calculated'] else ''}"
        for row in rows
    ]
    for what, unit in (("seconds", "elapsed"), ("cpu", "processor")):
        text = ", ".join(f"{name} {value:.2f}" for name, value in measured[what].items())
        lines.append(f"  ratios of {unit} time: {text}")
    return "\n".join(lines)


@pytest.mark.parametrize("latency", LATENCIES)
@pytest.mark.parametrize("masters", SIZES)
def test_side_by_side(tmp_path: Path, show: Any, masters: int, latency: int) -> None:
    """Budgets: against the floor with three empty modules 1.3, with nothing to do 1.6; the role 1.15 of its tasks;
    `--check --diff` no longer than the run."""
    programs = ["floor", "ours", "role"]
    costs: Costs = defaultdict(list)
    with prepared(tmp_path, **to_be_done(masters)) as bench:
        for number in range(PASSES):
            one_pass(bench, costs, programs[::-1] if number % 2 else programs, masters, latency)
        if over_budget(costs, masters):
            for number in range(PASSES, PASSES + MORE_PASSES):
                one_pass(bench, costs, programs[::-1] if number % 2 else programs, masters, latency)
        for program in per_item.PROGRAMS if masters in SIZES_PER_ITEM else ():
            for phase, cost in per_item.measure(bench, program, masters, latency).items():
                costs[program, phase].append(cost)
    # Eight requests at a time: the latency was there.
    assert costs["floor", "whole"][0].seconds >= masters * (1 + 2 + 5) / 8 * latency / 1000
    rows = rows_of(costs, masters, latency)
    passes = len(costs["ours", "whole"])
    measured = {what: ratios(costs, what) for what in ("seconds", "cpu")}
    show(f"\n{masters} masters, {latency} ms of latency, {passes} passes\n{shown(rows, measured)}")
    ROWS.extend(rows)
    RATIOS.append({"masters": masters, "latency": latency, "passes": passes, "budgets": budgets(masters), **measured})
    keep("side_by_side", ROWS)
    keep("ratios", RATIOS)
    assert over_budget(costs, masters) == []
