# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Promises kept on random estates: check mode predicts the real run, and whatever is cut off or doubled converges.

The verbs run in this process, over real HTTP, against the simulator as a process of its own: many estates a second.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.transport import Transport

sys.path.insert(0, str(Path(__file__).parent))
from pipelines import Simulator, cases, outcome_of, pipeline, running_simulator


@pytest.fixture(scope="module")
def cg(tmp_path_factory) -> Simulator:
    estate = {"products": [], "flows": []}
    with running_simulator(tmp_path_factory.mktemp("simulator"), estate) as simulator:
        yield simulator


# How many times as many examples as in `make test`.
FUZZ = int(os.environ.get("CG_FUZZ", "1"))


def load(cg: Simulator, seed: dict[str, Any]) -> None:
    cg.seed(seed)
    cg.forget_journal()


@settings(max_examples=200 * FUZZ)
@given(cases())
def test_check_mode_predicts_the_real_run_and_writes_nothing(cg, case):
    seed, options = case
    load(cg, seed)
    predicted = pipeline(cg, options, check=True)
    assert cg.writes() == []
    done = pipeline(cg, options, check=False)
    assert [outcome_of(report) for report in done] == [outcome_of(report) for report in predicted]
    event(f"steps that changed something: {sum(report.changed for report in done)}")

    # Of two masters that share a backup, each may undo what the other one's synchronization did.
    is_stable = options["force"] != "true" and not options["allow_shared_backup"]
    if not any(report.failure for report in done) and is_stable:
        cg.forget_journal()
        again = pipeline(cg, options, check=False)
        assert [report.actions for report in again] == [[], [], []]
        assert not any(report.changed for report in again)
        assert cg.writes() == []


def essence(cg: Simulator) -> tuple[Any, ...]:
    """What the runs are about: backups with flags, and where each flow stands."""
    state = cg.state()
    return (
        {p["name"]: {(b["name"], b["synchronized"]) for b in p["backupProducts"]} for p in state["products"]},
        {flow["name"]: flow["status"] for flow in state["flows"]},
        {(row["flow"]["name"], row["product"]["name"], row["status"]) for row in state["deployments"]},
    )


class CutOff(BaseException):
    """Stands for kill -9: nothing in the collection may catch it."""


def cut_off_after(writes: int) -> type[Transport]:
    class Cut(Transport):
        def send(self, operation: Any, *arguments: Any, **more: Any) -> Any:
            answer = super().send(operation, *arguments, **more)
            if len(self.writes) >= writes:
                raise CutOff
            return answer

    return Cut


@settings(max_examples=60 * FUZZ)
@given(cases(mess=False), st.integers(1, 6))
def test_a_run_that_was_cut_off_and_started_again_ends_where_a_whole_run_ends(cg, case, writes):
    seed, options = case
    load(cg, seed)
    assume(not any(report.failure for report in pipeline(cg, options, check=False)))
    wanted = essence(cg)
    load(cg, seed)
    try:
        pipeline(cg, options, check=False, transport_class=cut_off_after(writes))
    except CutOff:
        event("cut off")
        again = pipeline(cg, options, check=False)
        assert not any(report.failure for report in again)
    assert essence(cg) == wanted


@settings(max_examples=40 * FUZZ)
@given(cases(mess=False))
def test_two_runs_at_the_same_time_do_no_harm(cg, case):
    seed, options = case
    load(cg, seed)
    assume(not any(report.failure for report in pipeline(cg, options, check=False)))
    wanted = essence(cg)
    load(cg, seed)
    reports: list[Any] = []
    runs = [threading.Thread(target=lambda: reports.extend(pipeline(cg, options, check=False))) for _ in range(2)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    event(f"writes: {min(len(cg.writes()), 5)}")
    # Either may have met the other at work and say so; what stands in the end is what was declared.
    final = pipeline(cg, options, check=False)
    assert not any(report.failure for report in final)
    assert essence(cg) == wanted
