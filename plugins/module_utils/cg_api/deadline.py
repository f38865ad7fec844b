# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A time limit for all requests that are sent within a block.

PRIVATE to the collection: it may change at any time.

The time limit of a wait is not passed to each request as an argument. It is kept in the context (contextvars), which
``parallel`` copies into its threads.
"""

from __future__ import annotations

import time
import typing as t
from contextlib import contextmanager
from contextvars import ContextVar

_DEADLINE: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def limited_to(seconds: float) -> t.Iterator[None]:
    """Sets the time limit of the block, in seconds; ``time_left`` counts down from it."""
    token = _DEADLINE.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _DEADLINE.reset(token)


def time_left() -> float | None:
    """Seconds until the limit, 0 after it; None without a limit."""
    deadline = _DEADLINE.get()
    return None if deadline is None else max(deadline - time.monotonic(), 0.0)
