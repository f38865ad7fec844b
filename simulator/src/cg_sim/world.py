# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One simulated Central Governance: state, clock, store, and asynchronous jobs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from cg_sim.clock import Clock, ClockState
from cg_sim.errors import InvalidInput
from cg_sim.gc_pause import gc_paused
from cg_sim.model import Document, Job
from cg_sim.settings import Settings, Transition, check_transitions
from cg_sim.state import State
from cg_sim.store import StoreError

if TYPE_CHECKING:
    from cg_sim.store import Store

#: Called when a job of a rule ends: (world, job).
Finisher = Callable[["World", Job], None]

SNAPSHOT_FORMAT = "cg-sim snapshot"
SNAPSHOT_VERSION = 1
#: Seconds without a read by an API client after which reads by the console count, one per second.
SECONDS_UNTIL_CONSOLE_READS_COUNT = 5


class World:
    """Single-threaded: requests are handled one at a time, and a transaction is never interrupted."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.settings = settings
        self.store = store
        self.clock = Clock()
        self.state = State()
        self.finishers: dict[str, Finisher] = {}
        #: Called by `_replace_state`: start jobs for work in progress that has none.
        self.resumers: list[Callable[[World], None]] = []
        #: Called by rules when a job ends: (operation, ids and names) -> the fault that affects it, or None.
        self.job_fault: Callable[[str, Iterable[str]], Mapping[str, Any] | None] = lambda operation, objects: None
        #: None: not yet read from the store.
        self._seed: State | None = State()
        self._stored_clock = ClockState()
        self._in_transaction = False
        self._ready: set[str] = set()
        self._next_due: int | None = None
        self.monotonic = time.monotonic
        self._last_read = self._last_console_read = self.monotonic()

    # ------------------------------------------------------------------------------------------------ transactions

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Apply all changes of the block or none; on return they are stored. May be nested."""
        if self._in_transaction:
            yield
            return
        self._in_transaction = True
        self.state.begin()
        try:
            yield
            changes = self.state.changes()
            if changes:
                self.store.save(changes)
        except BaseException:
            self.state.rollback()
            raise
        finally:
            self._in_transaction = False
        self.state.commit()

    # --------------------------------------------------------------------------------------------------------- jobs

    def schedule(self, job: Job) -> None:
        """Schedule the end of a job; an immediate one ends right away."""
        if job.due is None and not job.polls:
            self.finishers[job.kind](self, job)
            return
        self.state.put_job(job)
        self._last_read = self.monotonic()
        self._register(job)

    def new_job(self, kind: str, key: str, watched: Iterable[str], transition: Transition, data: Document) -> Job:
        due = None
        if transition.seconds is not None:
            due = self.clock.now() + round(transition.seconds * 1000)
        return Job(kind, f"{kind}:{key}", tuple(watched), due, transition.polls, data)

    def job(self, kind: str, key: str) -> Job | None:
        return self.state.jobs.get(f"{kind}:{key}")

    def cancel(self, kind: str, key: str) -> None:
        self.state.drop_job(f"{kind}:{key}")

    def settle(self) -> None:
        """End all jobs that are due by time or number of reads, and store the clock if it was changed.

        While the store cannot be written, the state does not change and can still be read; the jobs end as soon as
        they can be stored. Write requests report the error themselves."""
        try:
            self._store_clock()
            self._end_due_jobs()
        except StoreError:
            return

    def _end_due_jobs(self) -> None:
        now = self.clock.now()
        if not self._ready and (self._next_due is None or now < self._next_due):
            return
        with self.transaction():
            for job in list(self.state.jobs.values()):
                if (job.due is not None and job.due <= now) or job.polls == 0:
                    self.state.drop_job(job.key)
                    self.finishers[job.kind](self, job)
        self._register_all()

    def _store_clock(self) -> None:
        """Store the clock, since the stored times (when a job is due, when a status changed) are based on it."""
        clock = self.clock.state()
        if clock != self._stored_clock:
            self.store.save_clock(clock)
            self._stored_clock = clock

    def count_reads(self, kinds: tuple[str, ...], ids: Iterable[str] | None) -> None:
        """Count a read of these ids, or of all (None), for their jobs of these kinds that end after a number of polls.

        The count is in memory only, so that a read does not cause a write. It starts again after a restart."""
        if not self.state.jobs:
            return
        self._last_read = self.monotonic()
        wanted = None if ids is None else set(ids)
        for job in list(self.state.jobs.values()):
            if job.polls and job.kind in kinds and (wanted is None or not wanted.isdisjoint(job.watched)):
                counted = Job(job.kind, job.key, job.watched, job.due, job.polls - 1, job.data)
                self.state.jobs[job.key] = counted
                self._register(counted)

    def count_console_reads(self) -> None:
        """Called for reads by the console. They do not count as polls, which would shorten jobs for API clients; but
        if no client has read for a while, they do count, so that the jobs end."""
        now = self.monotonic()
        if self.state.jobs and now - self._last_read >= SECONDS_UNTIL_CONSOLE_READS_COUNT:
            self._last_console_read, due = now, now - self._last_console_read >= 1
            if due:
                last, kinds = self._last_read, tuple(self.finishers)
                self.count_reads(kinds, None)
                self._last_read = last

    def _register(self, job: Job) -> None:
        if job.due is not None:
            self._next_due = job.due if self._next_due is None else min(self._next_due, job.due)
        elif job.polls == 0:
            self._ready.add(job.key)

    def _register_all(self) -> None:
        self._ready.clear()
        self._next_due = None
        for job in self.state.jobs.values():
            self._register(job)

    # --------------------------------------------------------------------------------------------- whole estates

    def load(self, documents: Mapping[str, Any]) -> None:
        """Replace everything by an estate in document shape; `reset` returns to it."""
        with gc_paused():
            state = State.from_documents(documents, self.clock.now())
        self._replace_state(state.fork(), seed=state)

    def open(self) -> bool:
        """Load the state and the clock from the store; false if the store is empty."""
        state = self.store.open(self.clock.now())
        if state is None:
            return False
        self._stored_clock = self.store.read_clock()
        self.clock.resume(self._stored_clock)
        self._seed = None
        self.state = state
        with self.transaction():
            self._resume()
        self._register_all()
        return True

    def reset(self) -> None:
        """Back to the seed; running jobs are dropped."""
        if self._seed is None:
            self._seed = self.store.read_seed(self.clock.now())
        self._replace_state(self._seed.fork())

    def snapshot_head(self) -> Document:
        """The parts of a snapshot other than the state."""
        return {
            "format": SNAPSHOT_FORMAT,
            "version": SNAPSHOT_VERSION,
            "clock": self.clock.describe(),
            "variants": dict(self.settings.variants),
            "transitions": dict(self.settings.transitions),
        }

    def snapshot(self) -> Document:
        """Everything that `restore` needs, as a versioned document."""
        return {**self.snapshot_head(), "state": self.state.to_documents()}

    def restore(self, document: Any) -> None:
        """Go back to a snapshot: estate, running jobs, clock, variants and transitions; all of it or nothing.

        Raises InvalidInput with what is wrong with the document."""
        if not isinstance(document, dict):
            raise InvalidInput("this is not a snapshot: it must be an object")
        self._check_head(document)
        from cg_sim.store.check import read_state

        with gc_paused():
            state = read_state(document.get("state"), self.clock.now())
        self.restore_state(document, state)

    def restore_state(self, head: Mapping[str, Any], state: State) -> None:
        """Like `restore`, for a snapshot whose state has been read already."""
        clock, variants, transitions = self._check_head(head)
        # Before the estate: jobs that are started for it must get the transitions of the snapshot.
        settings, before = self.settings, (self.settings.variants, self.settings.transitions)
        settings.variants = {**settings.variants, **variants}
        settings.transitions = {**settings.transitions, **transitions}
        try:
            self._replace_state(state, clock=clock)
        except BaseException:
            settings.variants, settings.transitions = before
            raise

    def _check_head(self, head: Mapping[str, Any]) -> tuple[ClockState, dict[str, str], dict[str, str]]:
        if head.get("format") != SNAPSHOT_FORMAT:
            raise InvalidInput(f"this is not a snapshot: its 'format' is not '{SNAPSHOT_FORMAT}'")
        if head.get("version") != SNAPSHOT_VERSION:
            raise InvalidInput(
                f"the snapshot has version {head.get('version')}, this cg-sim reads version {SNAPSHOT_VERSION}"
            )
        given = head.get("variants") or {}, head.get("transitions") or {}
        if not all(isinstance(entry, dict) for entry in given):
            raise InvalidInput("the snapshot is damaged: variants and transitions must be objects")
        # Imported here, to keep the start fast: only restoring needs the schemas.
        from cg_sim.store.check import read_clock

        clock = read_clock(head.get("clock"))
        return clock, self.settings.check_variants(given[0]), check_transitions(given[1])

    def _replace_state(self, state: State, seed: State | None = None, clock: ClockState | None = None) -> None:
        """Replace everything, in memory and in the store, or nothing. A seed of None leaves the seed unchanged."""
        before, clock_before = self.state, self.clock.state()
        try:
            if clock is not None:
                self.clock.resume(clock)
            self.state = state
            self._resume()
            state.commit()
            self.store.replace(state, seed, self.clock.state())
        except BaseException:
            self.state = before
            self.clock.resume(clock_before)
            raise
        finally:
            self._register_all()
        self._stored_clock = self.clock.state()
        if seed is not None:
            self._seed = seed

    def _resume(self) -> None:
        for resume in self.resumers:
            resume(self)
