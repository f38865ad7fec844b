# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How large and how thorough the benchmarks are, from the environment; and where their results are kept."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from measuring import machine

CHECKOUT = Path(__file__).resolve().parents[2]
RESULTS = CHECKOUT / ".cache" / "benchmarks.json"


def numbers(variable: str, default: str) -> list[int]:
    """For example BENCH_MASTERS=10,100 for a quick look."""
    return [int(word) for word in os.environ.get(variable, default).split(",")]


def keep(section: str, rows: list[dict[str, Any]]) -> None:
    """Keeps the rows beside those of the other benchmarks, with the machine that they were measured on."""
    results = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    results[section] = {"machine": machine(), "rows": rows}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1))
