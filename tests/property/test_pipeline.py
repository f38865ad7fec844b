# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Pipelines over random estates: check mode predicts the real run, a successful task leaves what is declared, and a run
that is cut off and repeated, or made twice at the same time, ends in the same state as one whole run.

The verbs run in this process, and so does the simulator (``engine.py``); what must hold is in ``invariants.py``.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))
from conftest import PIPELINES
from engine import Engine
from invariants import Judge, essence
from pipelines import cases, outcome_of, pipeline, read_once


@pytest.fixture(scope="module")
def cg() -> Engine:
    engine = Engine()
    with engine.virtual_time():
        yield engine


def load(cg: Engine, seed: dict[str, Any]) -> None:
    cg.clear_faults()
    cg.hooks = []
    cg.seed(seed)
    cg.forget_journal()


@settings(max_examples=PIPELINES)
@given(cases())
def test_check_mode_predicts_the_real_run_and_writes_nothing(cg, case):
    seed, options = case
    load(cg, seed)
    judge = Judge(cg)
    predicted = pipeline(cg, options, check=True, around=partial(judge, check=True))
    # The role predicts all three from one reading.
    reading = read_once(cg)
    assert pipeline(cg, options, check=True, client=reading) == predicted
    done = pipeline(cg, options, check=False, around=judge, known=reading)
    assert judge.problems == []
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


class CutOff(BaseException):
    """Stands for kill -9: nothing in the collection may catch it. A real one is in test_kills.py."""


def cut_off_at(cg: Engine, number: int, is_carried_out: bool) -> Any:
    """Transports of a process that ends with the request of that number, counted from 0 over all three verbs: before
    the server got it, or after it was carried out."""

    class Cut(cg.transport_class):
        calls = 0
        is_dead = False

        def _exchange(self, call: Any) -> Any:
            if Cut.is_dead:
                raise CutOff  # in another thread
            at, Cut.calls = Cut.calls, Cut.calls + 1
            if at != number:
                return super()._exchange(call)
            Cut.is_dead = True
            if is_carried_out:
                super()._exchange(call)
            raise CutOff

    return Cut


@pytest.mark.slow
@settings(max_examples=max(PIPELINES // 30, 1))
@given(cases(unusual=False), st.sampled_from([1, 8]))
def test_a_run_that_was_cut_off_and_started_again_ends_in_the_state_of_a_whole_run(cg, case, max_parallel):
    """Cut off at each of its requests, before and after the server has carried it out."""
    seed, options = case
    load(cg, seed)
    count = cut_off_at(cg, -1, False)
    whole = pipeline(cg, options, check=False, transport_class=count, max_parallel=max_parallel)
    assume(not any(report.failure for report in whole))
    wanted = essence(cg.snapshot())
    for number, is_carried_out in product(range(count.calls), (False, True)):
        load(cg, seed)
        with suppress(CutOff):
            pipeline(cg, options, False, cut_off_at(cg, number, is_carried_out), max_parallel=max_parallel)
        judge = Judge(cg)
        again = pipeline(cg, options, check=False, around=judge)
        where = f"cut off {'after' if is_carried_out else 'before'} request {number}"
        assert judge.problems == [], where
        assert [report.failure for report in again] == ["", "", ""], where
        assert essence(cg.snapshot()) == wanted, where
    event(f"requests: {count.calls // 10 * 10} and more")


class Turns:
    """Lets the requests of two runs through in a given order, one at a time; after it, as they come."""

    def __init__(self, order: list[int]) -> None:
        self.order = list(order)
        self.done: set[int] = set()
        self._changed = threading.Condition()

    @contextmanager
    def of(self, run: int) -> Iterator[None]:
        with self._changed:
            while self.order and self.order[0] != run and 1 - run not in self.done:
                self._changed.wait()
        try:
            yield
        finally:
            with self._changed:
                if self.order:
                    self.order.pop(0)
                self._changed.notify_all()

    def end(self, run: int) -> None:
        with self._changed:
            self.done.add(run)
            self._changed.notify_all()

    def transport_class(self, cg: Engine, run: int) -> Any:
        turns = self

        class InTurn(cg.transport_class):
            def _exchange(self, call: Any) -> Any:
                with turns.of(run):
                    return super()._exchange(call)

        return InTurn


@settings(max_examples=max(PIPELINES // 5, 1))
@given(cases(unusual=False), st.lists(st.integers(0, 1), min_size=10, max_size=80))
def test_two_runs_at_the_same_time_end_in_the_declared_state(cg, case, order):
    seed, options = case
    load(cg, seed)
    assume(not any(report.failure for report in pipeline(cg, options, check=False)))
    wanted = essence(cg.snapshot())
    load(cg, seed)
    turns = Turns(order)
    reports: dict[int, list[Any]] = {}

    def run(number: int) -> None:
        try:
            reports[number] = pipeline(cg, options, False, turns.transport_class(cg, number), max_parallel=1)
        finally:
            turns.end(number)

    runs = [threading.Thread(target=run, args=(number,)) for number in (0, 1)]
    for thread in runs:
        thread.start()
    for thread in runs:
        thread.join()
    event(f"writes: {min(len(cg.writes()), 5)}")
    assert len(reports) == 2, "one of them ended with an exception"
    # Either may fail because of the other. If both succeed, the state is as declared; after one more run it always is.
    if not any(report.failure for done in reports.values() for report in done):
        event("both green")
        assert essence(cg.snapshot()) == wanted
    judge = Judge(cg)
    final = pipeline(cg, options, check=False, around=judge)
    assert judge.problems == []
    assert [report.failure for report in final] == ["", "", ""]
    assert essence(cg.snapshot()) == wanted
