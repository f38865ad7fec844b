# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Polls until Central Governance has finished some work.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import time
import typing as t

from ..cg_api.deadline import limited_to
from ..cg_api.errors import BadOption, CGError

LONGEST_INTERVAL = 15.0
GROWTH = 1.5
LONGEST_WAIT = 366 * 86400.0  # seconds
# The minimum time in seconds for the last poll, which decides what is reported about the items that did not finish.
SHORTEST_POLL = 5.0


class Waiting(t.NamedTuple):
    """How long to wait and how often to poll, in seconds. The interval grows in steps up to 15 s."""

    timeout: float
    interval: float
    clock: t.Callable[[], float] = time.monotonic
    sleep: t.Callable[[float], None] = time.sleep

    @classmethod
    def from_params(cls, params: t.Mapping[str, t.Any]) -> Waiting:
        for option in ("wait_timeout", "wait_interval"):
            # In this form the comparison refuses NaN too.
            if not 0 < params[option] <= LONGEST_WAIT:
                raise BadOption(f"{option}: it must be greater than 0 and at most {LONGEST_WAIT:.0f} (seconds).")
        return cls(params["wait_timeout"], params["wait_interval"])

    def until(self, poll: t.Callable[[], bool]) -> CGError | None:
        """Calls ``poll`` until it returns True or the time is up. The caller keeps the state that ``poll`` observed.

        A server that temporarily cannot be read, or asks for fewer requests, does not end the wait, since its work
        continues. Returns the error of the last poll if it failed. Raises a refusal, for example because a password has
        expired. The requests of a poll, including retries, are limited to the time that is left.
        """
        deadline = self.clock() + self.timeout
        interval = self.interval
        while True:
            last_error = None
            try:
                with limited_to(max(deadline - self.clock(), SHORTEST_POLL)):
                    if poll():
                        return None
            except CGError as error:
                if error.is_refusal and error.is_final:
                    raise
                last_error = error
            left = deadline - self.clock()
            if left <= 0:
                return last_error
            self.sleep(min(interval, left))
            interval = max(self.interval, min(interval * GROWTH, LONGEST_INTERVAL))
