# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The floor, ours, the same modules looped per item, and a playbook of `uri` tasks, side by side in one run.

The runs of one pass follow each other, so that other work of the machine affects all of them alike. Of several
passes the least time counts, as in Python's timeit: what else the machine does only adds to it. BENCH_MASTERS,
BENCH_LATENCIES (milliseconds), BENCH_PASSES and BENCH_PER_ITEM choose another size.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from measuring import Cost
from programs import Bench, prepared, to_be_done
from settings import keep, numbers

SIZES = numbers("BENCH_MASTERS", "10,50,100,200,1000")
LATENCIES = numbers("BENCH_LATENCIES", "0,20")
(PASSES,) = numbers("BENCH_PASSES", "3")
# Beyond, one process for each item takes hours: the cost is that of the largest size below, in proportion.
(LARGEST_PER_ITEM,) = numbers("BENCH_PER_ITEM", "100")
PER_ITEM = ("looped", "uri")
BUDGETS = {"whole": 1.3, "again": 1.6}
# With fewer masters the whole job costs little more than the start of three modules, which is longer than that of empty
# ones. The ratio is shown, but has no budget.
FEWEST_MASTERS_FOR_THE_WHOLE_JOB = 50

Costs = dict[tuple[str, str], list[Cost]]  # (program, phase) -> one for each pass
ROWS: list[dict[str, Any]] = []


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
        for value in ("seconds", "cpu", "printed"):
            row[value] = min(getattr(cost, value) for cost in measured)
        rows.append(row)
    return rows


def ratios(rows: list[dict[str, Any]], what: str) -> dict[str, float]:
    cost = {(row["program"], row["phase"]): row[what] for row in rows}
    empty = cost["empty", "whole"]
    found = {f"ours {phase}": cost["ours", phase] / (cost["floor", phase] + empty) for phase in BUDGETS}
    found |= {f"role {phase}": cost["role", phase] / cost["ours", phase] for phase in BUDGETS}
    return {**found, "ours check": cost["ours", "check"] / cost["ours", "whole"]}


def shown(rows: list[dict[str, Any]]) -> str:
    lines = [
        f"  {row['program']:>7} {row['phase']:<7} {row['seconds']:9.2f} s elapsed {row['cpu']:9.2f} s processor "
        f"{row['printed']:>9,} bytes printed"
        for row in rows
    ]
    for what, unit in (("seconds", "elapsed"), ("cpu", "processor")):
        text = ", ".join(f"{name} {value:.2f}" for name, value in ratios(rows, what).items())
        lines.append(f"  ratios of {unit} time: {text}")
    return "\n".join(lines)


@pytest.mark.parametrize("latency", LATENCIES)
@pytest.mark.parametrize("masters", SIZES)
def test_side_by_side(tmp_path: Path, show: Any, masters: int, latency: int) -> None:
    """Budgets: against the floor with three empty modules 1.3, with nothing to do 1.6; the role 1.15 of its tasks;
    `--check --diff` no longer than the run."""
    programs = ["floor", "ours", "role", *(PER_ITEM if masters <= LARGEST_PER_ITEM else ())]
    costs: Costs = defaultdict(list)
    with prepared(tmp_path, **to_be_done(masters)) as bench:
        for number in range(PASSES):
            # What takes minutes and has no budget is run only once.
            chosen = programs if number == 0 else programs[:3]
            one_pass(bench, costs, chosen, masters, latency)
    # Eight requests at a time: the latency was there.
    assert costs["floor", "whole"][0].seconds >= masters * (1 + 2 + 5) / 8 * latency / 1000
    rows = rows_of(costs, masters, latency)
    show(f"\n{masters} masters, {latency} ms of latency, the least of {PASSES} passes\n{shown(rows)}")
    ROWS.extend(rows)
    keep("side_by_side", ROWS)
    found = ratios(rows, "seconds")
    assert found["ours whole"] <= BUDGETS["whole"] or masters < FEWEST_MASTERS_FOR_THE_WHOLE_JOB
    assert found["ours again"] <= BUDGETS["again"]
    assert found["role whole"] <= 1.15 and found["role again"] <= 1.15
    assert found["ours check"] <= 1.0
