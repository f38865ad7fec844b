# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One simulator: what the API, the control plane and the console work on. It depends on none of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

from cg_sim import rules
from cg_sim.api.auth import Guard
from cg_sim.api.faults import Faults
from cg_sim.api.journal import Journal
from cg_sim.rules.deployment import expected_products
from cg_sim.settings import Settings
from cg_sim.store import MemoryStore, Store
from cg_sim.world import World

#: What `reset` can leave unchanged.
KEEPABLE = ("journal", "faults", "variants", "transitions", "clock", "sessions")


class Listener(Protocol):
    """The server, as the control plane uses it."""

    def refuse(self, seconds: float) -> None:
        """Refuse connections for a while, and break the open ones."""


class Simulator:
    """The state of one simulated Central Governance, with its settings, faults, journal and sessions."""

    def __init__(self, settings: Settings | None = None, store: Store | None = None) -> None:
        self.settings = settings or Settings()
        self.world = World(self.settings, store or MemoryStore())
        self.guard = Guard(self.settings)
        self.journal = Journal()
        self.faults = Faults()
        #: The server, if it is one that can refuse connections.
        self.listener: Listener | None = None
        #: Path of the certificate of the throw-away CA, if there is one.
        self.ca_path: Path | None = None
        #: Answers that differ from the API description; recorded with Settings.check_answers.
        self.wrong_answers: list[str] = []
        rules.install(self.world)
        self.world.job_fault = self._job_fault

    def _job_fault(self, operation: str, objects: Iterable[str]) -> Mapping[str, Any] | None:
        """The fault, if any, that affects the end of a job."""
        state, named = self.world.state, list(objects)
        reached = [
            product for key in named if key in state.flows for product in expected_products(state, state.flows[key])
        ]
        return self.faults.fault_of_job(operation, named, (text for each in reached for text in (each.id, each.name)))

    def seed(self, text: str, source: str) -> None:
        """Replace the estate by a seed document in YAML or JSON; `source` names it in errors.

        Raises cg_sim.estates.EstateError with everything that is wrong with it."""
        from cg_sim.estates import load_estate  # here, to keep the start fast

        self.load(load_estate(text, source))

    def load(self, documents: Mapping[str, Any]) -> None:
        """Replace the estate by documents as `cg_sim.estates.load_estate` makes them."""
        self.world.load(documents)

    def reset(self, keep: Iterable[str] = ()) -> None:
        """Back to the state after the start, except for what `keep` names (some of KEEPABLE)."""
        kept = set(keep)
        clock, variants, transitions = self.world.clock.state(), self.settings.variants, self.settings.transitions
        # Before the estate: work in progress in the seed must get the initial transitions.
        if "clock" not in kept:
            self.world.clock.restart()
        self.settings.restart()
        if "variants" in kept:
            self.settings.variants = variants
        if "transitions" in kept:
            self.settings.transitions = transitions
        try:
            self.world.reset()
        except BaseException:
            self.world.clock.resume(clock)
            self.settings.variants, self.settings.transitions = variants, transitions
            raise
        if "journal" not in kept:
            self.journal.clear()
        if "faults" not in kept:
            self.faults.clear()
        if "sessions" not in kept:
            self.guard.end_sessions()
