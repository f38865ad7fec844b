# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the state survives the process: nowhere (memory) or in a SQLite file."""

from __future__ import annotations

from typing import Protocol

from cg_sim.clock import ClockState
from cg_sim.state import Changes, State


class StoreError(Exception):
    """The store cannot be used; the text says what to do."""


class Store(Protocol):
    """What the world asks of a store. When `save` or `replace` returns, the data survives a kill."""

    def open(self, now: int) -> State | None:
        """The kept state, or None when the store is new."""

    def read_seed(self, now: int) -> State:
        """What the estate began with. Asked for only after `open`, and only when somebody goes back to it: reading
        it costs as much as reading the estate."""

    def read_clock(self) -> ClockState:
        """How the clock stood that the kept moments were taken from."""

    def save(self, changes: Changes) -> None:
        """Keep the changes of one transaction: all of them or none."""

    def save_clock(self, clock: ClockState) -> None:
        """Keep how the clock stands."""

    def replace(self, state: State, seed: State | None, clock: ClockState) -> None:
        """Forget everything and keep this; a seed of None leaves the seed as it is."""

    def close(self) -> None:
        """Let go of files."""


class MemoryStore:
    """Keeps nothing: the state lives and dies with the process."""

    def open(self, now: int) -> State | None:
        return None

    def read_seed(self, now: int) -> State:
        return State()

    def read_clock(self) -> ClockState:
        return ClockState()

    def save(self, changes: Changes) -> None:
        return None

    def save_clock(self, clock: ClockState) -> None:
        return None

    def replace(self, state: State, seed: State | None, clock: ClockState) -> None:
        return None

    def close(self) -> None:
        return None
