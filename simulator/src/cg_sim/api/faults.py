# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults: what goes wrong on purpose, where, how often."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jsonschema_rs

from cg_sim.rules.references import name_matcher
from cg_sim.settings import SettingError
from cg_sim.state import State

#: Faults of one request, faults of something that ends later, and faults of what is shown.
REQUEST_FAULTS = (
    "status", "html", "reset", "delay", "truncate", "commit_then_drop", "stale", "expire_session",
)  # fmt: skip
JOB_FAULTS = ("job_error", "partial_deployment")
#: For synchronizeBackup the synchronization sets the flag and does nothing else; for other operations (or all) the
#: flag is shown as `value`, whatever it is.
LYING_FLAG = "lying_flag"
#: Not a fault of a request: nobody can connect for a while.
REFUSE = "refuse"

#: The variants of paths are the same operation to a fault.
_SAME_OPERATION = {
    "removeBackups": "removeBackup",
    "synchronizeBackups": "synchronizeBackup",
}

FAULT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["fault"],
    "properties": {
        "fault": {"enum": [*REQUEST_FAULTS, *JOB_FAULTS, LYING_FLAG, REFUSE]},
        "operation": {"type": "string"},
        "object": {"type": "string", "minLength": 1},
        "when": {"enum": ["before", "after"]},
        "status": {"type": "integer", "minimum": 200, "maximum": 599},
        "message": {"type": "string"},
        "retry_after": {"type": "number", "minimum": 0},
        "delay": {"type": "number", "minimum": 0, "maximum": 3600},
        "value": {"type": "boolean"},
        "products": {"type": "array", "items": {"type": "string"}},
        "probability": {"type": "number", "minimum": 0, "maximum": 1},
        "count": {"type": ["integer", "null"], "minimum": 1},
        "seed": {"type": "integer"},
    },
}
_VALIDATOR: Any = None


@dataclass
class Fault:
    """One fault as it was set, with its own dice, so that runs repeat."""

    id: int
    document: dict[str, Any]
    dice: random.Random
    matches: Callable[[str], bool]
    #: The state that stale reads see: as it was when the fault was set.
    old_state: State | None = None
    hits: int = 0

    @property
    def kind(self) -> str:
        return str(self.document["fault"])

    def strikes(self, operation: str, objects: Iterable[str]) -> bool:
        """Whether it strikes here and now; counts when it does."""
        if "*" not in (self.operation, operation) and self.operation != _SAME_OPERATION.get(operation, operation):
            return False
        if "object" in self.document and not any(map(self.matches, objects)):
            return False
        count = self.document.get("count")
        if count is not None and self.hits >= count:
            return False
        if self.dice.random() >= self.document.get("probability", 1.0):
            return False
        self.hits += 1
        return True

    @property
    def operation(self) -> str:
        wanted = str(self.document.get("operation", "*"))
        return _SAME_OPERATION.get(wanted, wanted)

    def spoils(self, operation: str) -> bool:
        """Whether it is about the end of a job of this operation."""
        if self.kind == "partial_deployment":
            return operation == "deployFlow"
        return self.kind == "job_error" or self.lies_about_work

    @property
    def lies_about_work(self) -> bool:
        return self.kind == LYING_FLAG and self.operation == "synchronizeBackup"

    @property
    def lies_when_shown(self) -> bool:
        return self.kind == LYING_FLAG and not self.lies_about_work

    def describe(self) -> dict[str, Any]:
        return {"id": self.id, **self.document, "hits": self.hits}


@dataclass
class Plan:
    """What goes wrong with one request: at most one delay and one other fault."""

    delay: Fault | None = None
    other: Fault | None = None
    names: list[str] = field(default_factory=list)

    def kind(self, when: str) -> str | None:
        """The other fault's kind, if it strikes before or after the work is done."""
        if self.other is None or self.moment(self.other) != when:
            return None
        return self.other.kind

    @staticmethod
    def moment(fault: Fault) -> str:
        if fault.kind in ("truncate", "commit_then_drop"):
            return "after"
        if fault.kind in ("stale", "expire_session"):
            return "before"
        return str(fault.document.get("when", "after" if fault.kind == "delay" else "before"))


class Faults:
    """All faults that are set, in the order in which they were set."""

    def __init__(self) -> None:
        self._faults: dict[int, Fault] = {}
        self._next = 1

    def check(self, document: Any, operations: Iterable[str]) -> None:
        """Raises SettingError with everything that is wrong with a fault document."""
        global _VALIDATOR
        if _VALIDATOR is None:
            _VALIDATOR = jsonschema_rs.Draft202012Validator(FAULT_SCHEMA)
        errors = [
            f"{'.'.join(map(str, error.instance_path)) or 'fault'}: {error.message}"
            for error in _VALIDATOR.iter_errors(document)
        ]
        known = {*operations, "*"}
        if not errors and document.get("operation", "*") not in known:
            errors.append(f"operation: there is no '{document['operation']}' (there are: {', '.join(sorted(known))})")
        if not errors and document["fault"] in ("delay", REFUSE) and "delay" not in document:
            errors.append(f"delay: the fault '{document['fault']}' needs the number of seconds")
        if errors:
            raise SettingError("; ".join(errors))

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
            if taken is None and fault.strikes(operation, named):
                if fault.kind == "delay":
                    plan.delay = fault
                else:
                    plan.other = fault
                plan.names.append(fault.kind)
        return plan

    def spoil(self, operation: str, objects: Iterable[str]) -> Mapping[str, Any] | None:
        """The fault that spoils the end of a job, if any."""
        named = list(objects)
        for fault in self._faults.values():
            if fault.spoils(operation) and fault.strikes(operation, named):
                return fault.document
        return None

    @property
    def has_lies(self) -> bool:
        return any(fault.lies_when_shown for fault in self._faults.values())

    def shown_flag(self, objects: Iterable[str], flag: bool) -> bool:
        """The synchronization flag as it is shown: a lie, or the truth."""
        named = list(objects)
        for fault in self._faults.values():
            value = bool(fault.document.get("value", True))
            if fault.lies_when_shown and value != flag and fault.strikes("*", named):
                return value
        return flag
