# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A time limit for all requests that are sent within a block.

PRIVATE to the collection: it may change at any time.

A wait for Central Governance consists of requests that know nothing of it. Its limit reaches them through the context,
which ``parallel`` hands on to its threads.
"""

from __future__ import annotations

import time
import typing as t
from contextlib import contextmanager
from contextvars import ContextVar

_DEADLINE: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def limited_to(seconds: float) -> t.Iterator[None]:
    """Within the block, ``time_left`` counts down from so many seconds."""
    token = _DEADLINE.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _DEADLINE.reset(token)


def time_left() -> float | None:
    """Seconds, 0 when the time is over; None when there is no limit."""
    deadline = _DEADLINE.get()
    return None if deadline is None else max(deadline - time.monotonic(), 0.0)
