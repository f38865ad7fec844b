# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""kill -9 at a request, with others under way, over real HTTP: the next run ends in the state of a whole run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cg_sim.state import State

sys.path.insert(0, str(Path(__file__).parent))
from invariants import essence
from pipelines import Simulator, pipeline, running_simulator
from test_faults import ESTATE, OPTIONS

PROGRAM = Path(__file__).with_name("killed_process.py")
MOMENTS = ("before", "after")
# `make proof` kills at every request, the other commands at each of these.
EVERY = 1 if os.environ.get("CG_PROOF") else 12


@pytest.fixture(scope="module")
def cg(tmp_path_factory) -> Simulator:
    with running_simulator(tmp_path_factory.mktemp("simulator"), ESTATE, variants={}) as simulator:
        yield simulator


def run(cg: Simulator, number: int, moment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(PROGRAM), cg.url, json.dumps(OPTIONS), str(number), moment]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def seen(cg: Simulator) -> Any:
    return essence(State.from_documents(cg.state(), 0))


@pytest.mark.slow
def test_a_killed_run_that_is_started_again_ends_in_the_state_of_a_whole_run(cg):
    whole = run(cg, -1, "before")
    assert whole.returncode == 0, whole.stderr
    wanted = seen(cg)
    for number in range(0, int(whole.stdout), EVERY):
        for moment in MOMENTS:
            cg.reset()
            killed = run(cg, number, moment)
            assert killed.returncode == -signal.SIGKILL, killed.stderr
            again = pipeline(cg, OPTIONS, check=False)
            assert [report.failure for report in again] == ["", "", ""], f"killed {moment} request {number}"
            assert seen(cg) == wanted, f"killed {moment} request {number}"
