# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Persistence of the state: none (memory) or a SQLite file."""

from __future__ import annotations

from typing import Protocol

from cg_sim.clock import ClockState
from cg_sim.state import Changes, State


class StoreError(Exception):
    """The store cannot be read or written; the text says what to do."""


class Store(Protocol):
    """The interface of a store. When `save` or `replace` returns, the data is durable."""

    def open(self, now: int) -> State | None:
        """The stored state, or None if the store is new."""

    def read_seed(self, now: int) -> State:
        """The initial estate, for `reset`. Called only after `open` and only when needed, since reading it takes as
        long as reading the estate."""

    def read_clock(self) -> ClockState:
        """The state of the clock on which the stored times are based."""

    def save(self, changes: Changes) -> None:
        """Store the changes of one transaction: all of them or none."""

    def save_clock(self, clock: ClockState) -> None:
        """Store the state of the clock."""

    def replace(self, state: State, seed: State | None, clock: ClockState) -> None:
        """Replace everything; a seed of None leaves the stored seed unchanged."""

    def close(self) -> None:
        """Close the files."""


class MemoryStore:
    """Stores nothing: the state is lost when the process ends."""

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
