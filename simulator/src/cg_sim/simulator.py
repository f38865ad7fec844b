# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One running simulator: what the API, the control plane and the console work on. It knows none of them."""

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

#: What `reset` can leave alone.
KEEPABLE = ("journal", "faults", "variants", "transitions", "clock", "sessions")


class Listener(Protocol):
    """What the server lends to the control plane."""

    def refuse(self, seconds: float) -> None:
        """Let nobody connect for a while, and break the connections that are open."""


class Simulator:
    """The state of one simulated Central Governance, with its settings, faults, journal and sessions."""

    def __init__(self, settings: Settings | None = None, store: Store | None = None) -> None:
        self.settings = settings or Settings()
        self.world = World(self.settings, store or MemoryStore())
        self.guard = Guard(self.settings)
        self.journal = Journal()
        self.faults = Faults()
        #: The server, when there is one that can refuse connections.
        self.listener: Listener | None = None
        #: Where the certificate of the throw-away CA is, when there is one.
        self.ca_path: Path | None = None
        #: Answers that differ from the API description, with Settings.check_answers.
        self.wrong_answers: list[str] = []
        rules.install(self.world)
        self.world.job_fault = self._job_fault

    def _job_fault(self, operation: str, objects: Iterable[str]) -> Mapping[str, Any] | None:
        """The fault, if any, that strikes the end of something that was accepted."""
        state, named = self.world.state, list(objects)
        reached = [
            product for key in named if key in state.flows for product in expected_products(state, state.flows[key])
        ]
        return self.faults.strike_job(operation, named, (text for each in reached for text in (each.id, each.name)))

    def seed(self, text: str, source: str) -> None:
        """Replace the estate by a seed document in YAML or JSON; `source` names it in errors.

        Raises cg_sim.estates.EstateError with everything that is wrong with it."""
        from cg_sim.estates import load_estate  # not at the start, which this would make longer

        self.load(load_estate(text, source))

    def load(self, documents: Mapping[str, Any]) -> None:
        """Replace the estate by documents as `cg_sim.estates.load_estate` makes them."""
        self.world.load(documents)

    def reset(self, keep: Iterable[str] = ()) -> None:
        """As just started, except for what `keep` names (some of KEEPABLE)."""
        kept = set(keep)
        clock, variants, transitions = self.world.clock.state(), self.settings.variants, self.settings.transitions
        # Before the estate: what its seed shows as going on takes as long as at the start.
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
