# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator's clock: follows the machine's clock until it is frozen or set."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import NamedTuple

#: The latest moment that a datetime can represent: the end of the year 9999, in milliseconds since the epoch.
LAST_MOMENT = 253_402_300_799_999
#: The clock cannot be set later than this (year 9892), so that it can run for another century.
LAST_SETTABLE_MOMENT = 250_000_000_000_000


class ClockState(NamedTuple):
    """How the simulator's clock differs from the machine's: by an offset (milliseconds), or because it is frozen."""

    offset: int = 0
    frozen_at: int | None = None

    @classmethod
    def showing(cls, moment: int, frozen: bool) -> ClockState:
        """The state of a clock that shows this moment now."""
        return cls(0, moment) if frozen else cls(moment - time.time_ns() // 1_000_000)


class Clock:
    """Milliseconds since the epoch. A frozen clock changes only by `set` and `advance`."""

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
        """Continue from the moment at which it was frozen."""
        if self._frozen_at is not None:
            moment, self._frozen_at = self._frozen_at, None
            self.set(moment)

    def set(self, moment: int) -> None:
        """Set the time (milliseconds since the epoch); a frozen clock stays frozen."""
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
        """What `resume` needs, possibly in another process; time that passes until then counts for a running clock."""
        return ClockState(self._offset if self._frozen_at is None else 0, self._frozen_at)

    def resume(self, state: ClockState) -> None:
        self._offset, self._frozen_at = state

    def describe(self) -> dict[str, object]:
        moment = self.now()
        iso = datetime.fromtimestamp(moment / 1000, tz=timezone.utc).isoformat(timespec="milliseconds")
        return {"now": moment, "iso": iso, "frozen": self.frozen}
