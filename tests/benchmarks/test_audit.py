# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit with a report in all formats, beside a bare script that only reads the same three lists."""

from __future__ import annotations

import statistics
from pathlib import Path
from typing import Any

import pytest
from measuring import Cost, MiB
from programs import Bench, all_done, prepared
from settings import keep, numbers

SIZES = numbers("BENCH_AUDITS", "200,1000")
(PASSES,) = numbers("BENCH_PASSES", "3")
BUDGET = 2.0
GIB = 1024 * MiB
ROWS: list[dict[str, Any]] = []


def median(costs: list[Cost], what: str) -> float:
    return statistics.median(getattr(cost, what) for cost in costs)


def one_pass(bench: Bench, costs: dict[str, list[Cost]]) -> None:
    for program in ("empty", "reading", "audit"):
        costs.setdefault(program, []).append(bench.run(program))


@pytest.mark.parametrize("masters", SIZES)
def test_an_audit_costs_at_most_twice_a_bare_reading(tmp_path: Path, show: Any, masters: int) -> None:
    costs: dict[str, list[Cost]] = {}
    with prepared(tmp_path, **all_done(masters, 20, 5 * masters)) as bench:
        for _number in range(PASSES):
            one_pass(bench, costs)
        memory = bench.run("audit", memory=True).memory
        assert bench.cg.writes() == []
    ratios = {}
    for what in ("seconds", "cpu"):
        bare = median(costs["reading"], what) + median(costs["empty"], what)
        ratios[what] = median(costs["audit"], what) / bare
    for program, measured in costs.items():
        row = {what: median(measured, what) for what in ("seconds", "cpu")}
        ROWS.append({"masters": masters, "program": program, **row})
        show(f"  {masters} masters: {program:<8} {row['seconds']:7.2f} s elapsed {row['cpu']:7.2f} s processor")
    ROWS[-1] |= {"ratio": ratios["seconds"], "ratio_cpu": ratios["cpu"], **memory}
    show(f"  {masters} masters: audit against reading {ratios['seconds']:.2f} elapsed, {ratios['cpu']:.2f} processor")
    keep("audit", ROWS)
    assert memory["module"] < GIB and memory["controller"] < GIB
    assert ratios["seconds"] <= BUDGET
