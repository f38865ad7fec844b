# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The number of parallel requests is reduced at once when the server is overloaded, and recovers; on a clock of
the test's own."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.deadline import limited_to
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.pace import Gate, Pace


@dataclass
class Clock:
    pace: Pace
    now: float = 100.0
    begun: list[float] = field(default_factory=list)

    def begin(self, count: int = 1) -> None:
        for _number in range(count):
            assert self.pace.wait_before_next(self.now) == 0
            self.pace.begin()
            self.begun.append(self.now)

    def end(self, seconds: float = 0.0, pushed_back: bool = False, pause: float = 0.0) -> None:
        self.now += seconds
        self.pace.end("deploy_flow", self.begun.pop(0), self.now, pushed_back, pause)

    def good(self, requests: int, seconds: float = 0.01) -> None:
        for _number in range(requests):
            self.begin()
            self.end(seconds)


def test_a_request_beyond_the_limit_waits_until_another_ends():
    clock = Clock(Pace(8))
    clock.begin(8)
    assert clock.pace.wait_before_next(clock.now) is None
    clock.end()
    assert clock.pace.wait_before_next(clock.now) == 0


def test_a_refusal_halves_the_limit_once_and_pauses():
    clock = Clock(Pace(8))
    clock.begin(8)
    clock.end(0.01, pushed_back=True, pause=5.0)
    assert clock.pace.limit == 4
    assert clock.pace.wait_before_next(clock.now) == 5.0
    # The seven others were sent before it: their answers do not lower the limit again.
    for _number in range(7):
        clock.end(0.01, pushed_back=True, pause=0.0)
    assert clock.pace.limit == 4
    clock.now += 5.0
    clock.begin(4)
    assert clock.pace.wait_before_next(clock.now) is None


def test_the_limit_grows_back_by_one():
    clock = Clock(Pace(8))
    clock.begin()
    clock.end(0.01, pushed_back=True)
    limits = []
    while clock.pace.limit < 8 and len(limits) < 100:
        clock.good(1)
        limits.append(clock.pace.limit)
    assert sorted(limits) == limits and limits[0] == 4
    assert len(limits) == 4 + 5 + 6 + 7
    clock.good(50)
    assert clock.pace.limit == 8


def test_answers_several_times_slower_lower_the_limit():
    clock = Clock(Pace(8))
    clock.good(20, seconds=0.05)
    assert clock.pace.limit == 8
    clock.begin()
    clock.end(0.9)
    assert clock.pace.limit == 6


def test_small_delays_do_not_lower_the_limit():
    clock = Clock(Pace(8))
    clock.good(20, seconds=0.005)
    clock.good(20, seconds=0.1)
    assert clock.pace.limit == 8


def test_the_limit_recovers_on_a_server_that_stays_slow():
    clock = Clock(Pace(8))
    clock.good(20, seconds=0.05)
    clock.good(300, seconds=0.9)
    assert clock.pace.limit == 8


def test_one_request_may_always_run():
    clock = Clock(Pace(1))
    for _number in range(10):
        clock.begin()
        clock.end(0.01, pushed_back=True)
    assert clock.pace.limit == 1


@given(st.lists(st.tuples(st.floats(0, 10), st.booleans(), st.floats(0, 30)), max_size=60), st.integers(1, 16))
def test_the_limit_stays_within_its_bounds_and_no_request_waits_forever(answers, most):
    clock = Clock(Pace(most))
    for seconds, pushed_back, pause in answers:
        wait = clock.pace.wait_before_next(clock.now)
        assert wait is not None and wait <= 30 + 1e-9  # rounding
        clock.now += wait
        # The clock has the precision of a float, so the wait may end a moment too early.
        while clock.pace.wait_before_next(clock.now):
            clock.now += 1e-6
        clock.begin()
        clock.end(seconds, pushed_back, pause)
        assert 1 <= clock.pace.limit <= most
        assert clock.pace.running == 0


def test_no_more_threads_than_the_limit_run_at_once():
    gate = Gate(3)
    most, lock, full = 0, threading.Lock(), threading.Event()

    def work() -> None:
        nonlocal most
        with gate.one_request("deploy_flow"):
            with lock:
                most = max(most, gate.pace.running)
                if most == 3:
                    full.set()
            full.wait(10)

    threads = [threading.Thread(target=work) for _number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert most == 3 and gate.pace.running == 0


def test_an_expired_wait_does_not_queue():
    gate = Gate(1)
    gate.pace.begin()
    with limited_to(0), gate.one_request("list_flows"):
        assert gate.pace.running == 2
