# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The active faults: which requests they affect, how often, and how."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from cg_sim.api.fault_kinds import KINDS, LONGEST_DELAY, LYING_FLAG, REQUEST_FAULTS, same_operation
from cg_sim.rules.references import name_matcher
from cg_sim.state import State


@dataclass
class Fault:
    """One active fault, with its own random numbers, so that runs can be repeated."""

    id: int
    document: dict[str, Any]
    dice: random.Random
    matches: Callable[[str], bool]
    #: The state that stale reads show: a copy made when the fault was set.
    old_state: State | None = None
    hits: int = 0
    #: Matching requests that were let through (`skip`).
    skipped: int = 0

    @property
    def kind(self) -> str:
        return str(self.document["fault"])

    @property
    def operation(self) -> str:
        return same_operation(str(self.document.get("operation", "*")))

    def delay(self) -> float:
        """Seconds; drawn anew on each call if the fault has a distribution."""
        given = self.document.get("delay", 0)
        if not isinstance(given, dict):
            return float(given)
        ((name, (first, second)),) = given.items()
        seconds = {
            "uniform": lambda: self.dice.uniform(first, second),
            "normal": lambda: self.dice.gauss(first, second),
            "lognormal": lambda: first * math.exp(self.dice.gauss(0, second)),
        }[name]()
        return min(max(seconds, 0.0), LONGEST_DELAY)

    @property
    def moment(self) -> str:
        """Whether it applies before or after the request is carried out."""
        return str(self.document.get("when", KINDS[self.kind].when[0]))

    def affects(self, operation: str, objects: Iterable[str]) -> bool:
        """Whether it applies this request. Counts it if so."""
        if self.operation not in ("*", same_operation(operation)):
            return False
        if "object" in self.document and not any(map(self.matches, objects)):
            return False
        count = self.document.get("count")
        if count is not None and self.hits >= count:
            return False
        if self.dice.random() >= self.document.get("probability", 1.0):
            return False
        if self.skipped < self.document.get("skip", 0):
            self.skipped += 1
            return False
        self.hits += 1
        return True

    def affects_job(self, operation: str, reached: Iterable[str]) -> bool:
        """Whether it affects the end of a job of this operation that involves these products."""
        if self.kind == "partial_deployment":
            wanted = self.document.get("products")
            return operation == "deployFlow" and (wanted is None or not set(wanted).isdisjoint(reached))
        return self.kind == "job_error" or self.skips_synchronization

    @property
    def skips_synchronization(self) -> bool:
        return self.kind == LYING_FLAG and self.operation == "synchronizeBackup"

    @property
    def shows_wrong_flag(self) -> bool:
        return self.kind == LYING_FLAG and not self.skips_synchronization

    def describe(self) -> dict[str, Any]:
        return {"id": self.id, **self.document, "hits": self.hits}


@dataclass
class Plan:
    """What goes wrong with one request: at most one delay and one other fault."""

    delay: Fault | None = None
    other: Fault | None = None
    names: list[str] = field(default_factory=list)

    def kind(self, when: str) -> str | None:
        """The kind of the other fault, if it applies at this moment (`before` or `after`)."""
        return self.other.kind if self.other is not None and self.other.moment == when else None

    def seconds(self, when: str) -> float:
        """How long to delay the request before or after it is carried out; delays of other faults come after it."""
        held_up = self.delay.delay() if self.delay is not None and self.delay.moment == when else 0.0
        return held_up + (self.other.delay() if self.other is not None and when == "after" else 0.0)


class Faults:
    """All active faults, in the order in which they were set."""

    def __init__(self) -> None:
        self._faults: dict[int, Fault] = {}
        self._next = 1

    def add(self, document: dict[str, Any], state: State) -> Fault:
        """Set a checked fault."""
        number, self._next = self._next, self._next + 1
        fault = Fault(
            id=number,
            document=dict(document),
            dice=random.Random(document.get("seed", number)),
            matches=name_matcher(document.get("object", "%")),
            old_state=state.fork() if document["fault"] == "stale" else None,
        )
        self._faults[number] = fault
        return fault

    def remove(self, number: int) -> bool:
        return self._faults.pop(number, None) is not None

    def clear(self) -> None:
        self._faults.clear()
        self._next = 1

    def describe(self) -> list[dict[str, Any]]:
        return [fault.describe() for fault in self._faults.values()]

    def plan(self, operation: str, objects: Iterable[str], read: bool) -> Plan:
        """What goes wrong with a request to this operation about these objects (ids and names)."""
        plan = Plan()
        if not self._faults:
            return plan
        named = list(objects)
        for fault in self._faults.values():
            if fault.kind not in REQUEST_FAULTS or (fault.kind == "stale" and not read):
                continue
            taken = plan.delay if fault.kind == "delay" else plan.other
            if taken is None and fault.affects(operation, named):
                if fault.kind == "delay":
                    plan.delay = fault
                else:
                    plan.other = fault
                plan.names.append(fault.kind)
        return plan

    def fault_of_job(
        self, operation: str, objects: Iterable[str], reached: Iterable[str] = ()
    ) -> Mapping[str, Any] | None:
        """The fault that affects the end of a job, if any. `reached`: ids and names of the products it deploys to."""
        named, places = list(objects), list(reached)
        for fault in self._faults.values():
            if fault.affects_job(operation, places) and fault.affects(operation, named):
                return fault.document
        return None

    @property
    def has_flag_faults(self) -> bool:
        return any(fault.shows_wrong_flag for fault in self._faults.values())

    def shown_flag(self, operation: str, objects: Iterable[str], flag: bool) -> bool:
        """The synchronization flag that answers to this operation show: the real one, unless a fault falsifies it."""
        named = list(objects)
        for fault in self._faults.values():
            value = bool(fault.document.get("value", True))
            if fault.shows_wrong_flag and value != flag and fault.affects(operation, named):
                return value
        return flag
