# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A very large estate, in which nothing is to be done: memory of module and controller, and how time grows.

BENCH_LARGE gives the numbers of products to compare, the last of which is the large one.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from measuring import MiB
from programs import OURS, all_done, prepared
from settings import keep, numbers

SIZES = numbers("BENCH_LARGE", "1000,10000")
PROFILES, FLOWS_PER_PRODUCT = 50, 5
GIB = 1024 * MiB
VERBS = [next(iter(task)).rpartition(".")[2] for task in OURS]


def exponent(small: float, large: float) -> float:
    """Of the power law through both: 1 when the cost grows as the estate does."""
    return math.log(large / small) / math.log(SIZES[-1] / SIZES[0])


def test_time_grows_no_faster_than_the_estate_and_memory_stays_below_a_gibibyte(tmp_path: Path, show: Any) -> None:
    rows: list[dict[str, Any]] = []
    for products in SIZES:
        options = all_done(products // 3, PROFILES, products * FLOWS_PER_PRODUCT)
        with prepared(tmp_path / str(products), **options) as bench:
            bench.add_single_verbs()
            for program in ("floor", "empty", *VERBS, "role", "audit"):
                cost = bench.run(program, memory=True)
                assert bench.cg.writes() == []
                row = {"products": products, "program": program, "seconds": cost.seconds, "cpu": cost.cpu}
                rows.append({**row, **cost.memory})
                memory = ", ".join(f"{kind} {peak / MiB:.0f} MiB" for kind, peak in cost.memory.items())
                show(f"  {products} products: {program:<14} {cost.cpu:8.2f} s processor; {memory}")
    cpu = {(row["program"], row["products"]): row["cpu"] for row in rows}
    exponents = {}
    for program in ("floor", *VERBS, "role", "audit"):
        # What an empty playbook costs does not grow, and would make any growth look small.
        start = 0.0 if program == "floor" else 1.0
        small, large = (cpu[program, size] - start * cpu["empty", size] / 3 for size in (SIZES[0], SIZES[-1]))
        exponents[program] = exponent(max(small, 0.01), large)
        show(f"  {program:<14} grows with the power {exponents[program]:.2f} of the estate")
    for row in rows:
        row["exponent"] = exponents.get(row["program"])
    keep("growth", rows)
    large = [row for row in rows if row["products"] == SIZES[-1]]
    assert all(row["module"] < GIB and row["controller"] < GIB for row in large)
    # The margin is for caches that a large estate no longer fits into: the floor, which only decodes, shows how much.
    assert all(exponents[name] <= max(1.05, exponents["floor"] + 0.1) for name in (*VERBS, "role", "audit"))


if len(SIZES) < 2:
    pytestmark = pytest.mark.skip("BENCH_LARGE names no two sizes")
