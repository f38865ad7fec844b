# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module searches for no reference cycles, neither while it works nor when it ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

MODULE_UTILS = Path(__file__).resolve().parents[2] / "plugins" / "module_utils"
# In a process of its own, since it is for the rest of a process.
PROGRAM = """
import sys
sys.path.insert(0, sys.argv[1])
from cycles import stop_searching_for_cycles

class Witness:
    def __del__(self):
        print("searched")

witness = Witness()
witness.itself = witness
del witness
if {stop}:
    stop_searching_for_cycles()
kept = [[] for _number in range(100_000)]
"""


def output(stop: bool) -> str:
    program = [sys.executable, "-c", PROGRAM.format(stop=stop), str(MODULE_UTILS)]
    return subprocess.run(program, check=True, stdout=subprocess.PIPE, text=True).stdout


def test_no_cycle_is_searched_until_the_end_of_the_process() -> None:
    assert output(stop=True) == ""


def test_otherwise_python_would_have_searched() -> None:
    assert output(stop=False) == "searched\n"
