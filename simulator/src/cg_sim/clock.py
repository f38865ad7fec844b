# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator's clock: the machine's, until it is frozen or moved."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import NamedTuple

#: The last moment that a date can show: the end of the year 9999, in milliseconds since the epoch.
LAST_MOMENT = 253_402_300_799_999
#: A clock is never set later than this (year 9892), so that it can go on for a century.
LAST_SETTABLE_MOMENT = 250_000_000_000_000


class ClockState(NamedTuple):
    """How the simulator's clock differs from the machine's: by an offset (milliseconds), or by standing still."""

    offset: int = 0
    frozen_at: int | None = None

    @classmethod
    def showing(cls, moment: int, frozen: bool) -> ClockState:
        """Of a clock that shows this moment now."""
        return cls(0, moment) if frozen else cls(moment - time.time_ns() // 1_000_000)


class Clock:
    """Milliseconds since the epoch. Frozen, it only moves when told to."""

    def __init__(self) -> None:
        self._offset = 0
        self._frozen_at: int | None = None

    def now(self) -> int:
        if self._frozen_at is not None:
            return self._frozen_at
        return time.time_ns() // 1_000_000 + self._offset

    @property
    def frozen(self) -> bool:
        return self._frozen_at is not None

    def freeze(self) -> None:
        self._frozen_at = self.now()

    def thaw(self) -> None:
        """Run again, from the moment at which it was frozen."""
        if self._frozen_at is not None:
            moment, self._frozen_at = self._frozen_at, None
            self.set(moment)

    def set(self, moment: int) -> None:
        """Go to a moment (milliseconds since the epoch); a frozen clock stays frozen there."""
        if self._frozen_at is not None:
            self._frozen_at = moment
        self._offset = moment - time.time_ns() // 1_000_000

    def advance(self, seconds: float) -> None:
        self.set(self.now() + round(seconds * 1000))

    def restart(self) -> None:
        """Back to the machine's clock."""
        self._frozen_at = None
        self._offset = 0

    def state(self) -> ClockState:
        """What `resume` needs, in another process too: a clock that runs goes on running meanwhile."""
        return ClockState(self._offset if self._frozen_at is None else 0, self._frozen_at)

    def resume(self, state: ClockState) -> None:
        self._offset, self._frozen_at = state

    def describe(self) -> dict[str, object]:
        moment = self.now()
        iso = datetime.fromtimestamp(moment / 1000, tz=timezone.utc).isoformat(timespec="milliseconds")
        return {"now": moment, "iso": iso, "frozen": self.frozen}
