# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes the progress of a module to a file, which the action plugin that started the module shows.

PRIVATE to the collection: it may change at any time.

A module has no output before it ends. So its action plugin makes a private folder on the controller, names a file in it
in the environment (``PROGRESS_FILE``), and reads that file while the module runs. Where there is no such variable, or
no file can be written there (a module on another host, or as another user), nothing is written and nothing fails.
"""

from __future__ import annotations

import json
import os
import threading
import time
import typing as t

from ..dr.wording import one_line

PROGRESS_FILE = "CG_PROGRESS_FILE"
NAMES_SHOWN = 2
LONGEST_ERROR = 200  # characters
PAUSE_BETWEEN_COUNTS = 0.5  # seconds

Item = t.TypeVar("Item")


class Progress:
    """Keeps one state in the file: ``{"text", "since", "limit"}``.

    ``since`` is a time of the monotonic clock, which all processes of a host share; ``limit`` is in seconds, or null.
    """

    def __init__(
        self,
        path: str | None = None,
        scrub: t.Callable[[str], str] = str,
        clock: t.Callable[[], float] = time.monotonic,
    ) -> None:
        self._path = path
        self._scrub = scrub
        self._clock = clock
        self._lock = threading.Lock()
        self._since = 0.0
        self._limit: float | None = None
        self._title = ""

    @classmethod
    def from_environment(cls, scrub: t.Callable[[str], str]) -> Progress:
        return cls(os.environ.get(PROGRESS_FILE), scrub)

    def begin(self, text: str, limit: float | None = None, title: str = "") -> None:
        """Starts a phase, and the time that is shown for it. The title is kept until another one is given."""
        self._title, self._since, self._limit = title or self._title, self._clock(), limit
        self.say(text)

    def say(self, text: str) -> None:
        if self._path is None:
            return
        text = self._scrub(one_line(f"{self._title}: {text}"))
        state = json.dumps({"text": text, "since": self._since, "limit": self._limit})
        temporary = f"{self._path}.part"
        try:
            # Never through a link, and readable by its owner only.
            handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0), 0o600)
            with os.fdopen(handle, "w", encoding="ascii") as file:
                file.write(state)
            os.replace(temporary, self._path)
        except OSError:
            self._path = None  # the action plugin has removed its folder

    def counted(self, work: t.Callable[[Item], t.Any], total: int, done: str) -> t.Callable[[Item], t.Any]:
        """Wraps a function that several threads call, to report how many items are done: ``12 of 40 DONE``."""
        count, reported_at = 0, self._clock()

        def counting(item: Item) -> t.Any:
            nonlocal count, reported_at
            try:
                return work(item)
            finally:
                with self._lock:
                    count += 1
                    now = self._clock()
                    if now - reported_at >= PAUSE_BETWEEN_COUNTS:
                        reported_at = now
                        self.say(f"{count} of {total} {done}")

        return counting


NO_PROGRESS = Progress()


def so_far(total: int, failed: int, pending: t.Sequence[str], last_error: str = "") -> str:
    """The progress of a wait; ``pending`` are the names that it waits for, ``last_error`` is that of the last poll.

    >>> so_far(40, 1, ["LYON", "LILLE", "NICE"])
    '37 of 40 done, 1 of them failed, waiting for LYON, LILLE and 1 more'
    """
    parts = [f"{total - len(pending)} of {total} done"]
    if failed:
        parts.append(f"{failed} of them failed")
    shown = ", ".join(pending[:NAMES_SHOWN])
    if len(pending) > NAMES_SHOWN:
        shown += f" and {len(pending) - NAMES_SHOWN} more"
    parts.append(f"waiting for {shown}")
    if last_error:
        cut = last_error if len(last_error) <= LONGEST_ERROR else f"{last_error[:LONGEST_ERROR]} ..."
        parts.append(f"the last poll failed ({cut.rstrip('.')})")
    return ", ".join(parts)
