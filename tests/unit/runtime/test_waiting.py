# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Waiting, on a clock of the tests."""

from __future__ import annotations

import math

import pytest

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.deadline import time_left
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.errors import (
    BadOption,
    CGError,
    RequestOutcome,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.parallel import map_parallel
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.waiting import SHORTEST_POLL, Waiting


class Clock:
    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def waiting(clock: Clock, timeout: float, interval: float = 2) -> Waiting:
    return Waiting(timeout, interval, clock=clock, sleep=clock.sleep)


def test_the_first_poll_is_at_once():
    clock = Clock()
    assert waiting(clock, 10).until(lambda: True) is None
    assert clock.slept == []


def test_intervals_grow_up_to_fifteen_seconds_and_the_last_poll_is_at_the_end():
    clock = Clock()
    polls = []
    waiting(clock, 100).until(lambda: polls.append(clock.now) is not None)
    assert clock.slept == [2, 3, 4.5, 6.75, 10.125, 15, 15, 15, 15, 13.625]
    assert polls[-1] == 100


def test_an_interval_longer_than_fifteen_seconds_stays():
    clock = Clock()
    waiting(clock, 100, interval=40).until(lambda: False)
    assert clock.slept == [40, 40, 20]


def test_a_server_that_cannot_be_read_for_a_while_does_not_end_the_wait():
    clock = Clock()
    polls = iter(
        [CGError("down", outcome=RequestOutcome.NOT_SENT), CGError("bad gateway", outcome=RequestOutcome.UNKNOWN), True]
    )

    def poll() -> bool:
        seen = next(polls)
        if isinstance(seen, CGError):
            raise seen
        return seen

    assert waiting(clock, 100).until(poll) is None


def test_the_error_of_the_last_poll_is_returned():
    def poll() -> bool:
        raise CGError("down", outcome=RequestOutcome.NOT_SENT)

    assert str(waiting(Clock(), 5).until(poll)) == "down"


def test_a_refusal_ends_the_wait():
    def poll() -> bool:
        raise CGError("password expired", outcome=RequestOutcome.REFUSED, status=401)

    clock = Clock()
    with pytest.raises(CGError, match="password expired"):
        waiting(clock, 100).until(poll)
    assert clock.slept == []


@pytest.mark.parametrize("status", [408, 429])
def test_a_request_to_wait_does_not_end_the_wait(status):
    polls = iter([CGError("too many requests", outcome=RequestOutcome.REFUSED, status=status), True])

    def poll() -> bool:
        seen = next(polls)
        if isinstance(seen, CGError):
            raise seen
        return seen

    assert waiting(Clock(), 100).until(poll) is None


def test_a_poll_gets_no_more_time_than_is_left_and_the_last_one_enough():
    times = []
    waiting(Clock(), 100, interval=40).until(lambda: times.append(time_left()) is not None)
    # By the clock of the machine some time passes meanwhile: rounded up, what is left is what was given.
    assert [math.ceil(seconds) for seconds in times] == [100, 60, 20, SHORTEST_POLL]
    assert time_left() is None


def test_the_limit_reaches_the_threads_of_a_poll():
    seen = []
    waiting(Clock(), 100).until(lambda: seen.extend(map_parallel(lambda _item: time_left(), [1, 2, 3], 3)) is None)
    assert len(seen) == 3
    assert all(seconds is not None and seconds <= 100 for seconds in seen)


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), 1e12])
@pytest.mark.parametrize("option", ["wait_timeout", "wait_interval"])
def test_times_must_be_positive_and_can_be_waited_for(option, seconds):
    with pytest.raises(BadOption, match=option):
        Waiting.from_params({"wait_timeout": 1, "wait_interval": 1, option: seconds})
