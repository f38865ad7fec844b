# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How many requests may run at the same time: fewer when the server is overloaded, more again later.

PRIVATE to the collection: it may change at any time.

An answer 429 or 503 halves the number; no request is started during its Retry-After. When answers become several times
slower, the number is lowered by a quarter. After as many normal answers as requests may run at the same time, it is
raised by one, up to ``max_parallel``. Answers to requests that were sent before the number was lowered do not lower
it again.
"""

from __future__ import annotations

import threading
import time
import typing as t
from contextlib import contextmanager
from dataclasses import dataclass

from .deadline import time_left

# An answer is slow when it takes more than this many times the best time of its operation,
SLOW_FACTOR = 4.0
# and this many seconds more; smaller differences are noise.
SLOW_SECONDS = 0.25
# The share by which each answer moves the best time towards its own, so that a server that stays slow is no longer
# compared with its fastest time.
BEST_TIME_DECAY = 0.02


class Pace:
    """The computation, without threads and clock: the caller passes the time, in seconds."""

    def __init__(self, most: int) -> None:
        self.most = most
        self.running = 0
        self._limit = float(most)
        self._held_until = 0.0
        self._lowered_at = float("-inf")
        self._without_trouble = 0
        self._best: dict[str, float] = {}  # seconds, by operation

    @property
    def limit(self) -> int:
        return int(self._limit)

    def wait_before_next(self, now: float) -> float | None:
        """Seconds until another request may start (0: now); None when a running one has to end first."""
        if now < self._held_until:
            return self._held_until - now
        return 0.0 if self.running < self.limit else None

    def begin(self) -> None:
        self.running += 1

    def end(self, operation: str, began: float, now: float, pushed_back: bool, pause: float = 0.0) -> None:
        """``pushed_back``: the server asks for fewer requests, and for none during the pause."""
        self.running -= 1
        seconds = now - began
        best = self._best.get(operation, seconds)
        is_slow = seconds > best * SLOW_FACTOR and seconds > best + SLOW_SECONDS
        self._best[operation] = min(seconds, best + (seconds - best) * BEST_TIME_DECAY)
        if pushed_back:
            self._held_until = max(self._held_until, now + pause)
        if pushed_back or is_slow:
            self._without_trouble = 0
            if began > self._lowered_at:
                self._limit = max(1.0, float(int(self._limit * (0.5 if pushed_back else 0.75))))
                self._lowered_at = now
            return
        self._without_trouble += 1
        if self._without_trouble >= self._limit:
            self._without_trouble = 0
            self._limit = min(float(self.most), self._limit + 1)


@dataclass
class Answer:
    """Whether the server asked for fewer requests, and for how many seconds no request may be started."""

    pushed_back: bool = False
    pause: float = 0.0


class Gate:
    """Limits the requests of several threads to what the server can process."""

    def __init__(self, most: int, clock: t.Callable[[], float] = time.monotonic) -> None:
        self.pace = Pace(most)
        self._clock = clock
        self._changed = threading.Condition()

    @contextmanager
    def one_request(self, operation: str) -> t.Iterator[Answer]:
        """Waits until a request may run in the block. The caller sets in the Answer what the server asked for."""
        answer = Answer()
        with self._changed:
            while (wait := self.pace.wait_before_next(self._clock())) != 0:
                left = time_left()
                if left == 0:
                    break  # the caller's time is up: the request is sent at once, with its short timeout
                limits = [seconds for seconds in (wait, left) if seconds is not None]
                self._changed.wait(min(limits, default=None))
            self.pace.begin()
        began = self._clock()
        try:
            yield answer
        finally:
            with self._changed:
                self.pace.end(operation, began, self._clock(), answer.pushed_back, answer.pause)
                self._changed.notify_all()
