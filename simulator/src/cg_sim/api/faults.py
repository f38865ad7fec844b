# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Faults: what goes wrong on purpose, where, how often."""

from __future__ import annotations

import email.utils
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import jsonschema_rs

from cg_sim.api.wire import BODYLESS
from cg_sim.rules.references import name_matcher
from cg_sim.settings import SettingError
from cg_sim.spec import operations
from cg_sim.state import State

LYING_FLAG = "lying_flag"
#: Not a fault of a request: nobody can connect for a while.
REFUSE = "refuse"

#: Key of a fault document -> its schema, and what it means.
KEYS: dict[str, tuple[dict[str, Any], str]] = {
    "operation": (
        {"type": "string"},
        "operation of the API description (listProducts, addBackups, synchronizeBackup, deployFlow, ...); all if left "
        "out. The alternate paths are the same operations",
    ),
    "object": (
        {"type": "string", "minLength": 1},
        "only requests about this product or flow: name, businessId, or a pattern with % at the ends; looked for in "
        "path, query and body",
    ),
    "probability": ({"type": "number", "minimum": 0, "maximum": 1}, "0 to 1 (1)"),
    "seed": ({"type": "integer"}, "of the fault's own dice, so that runs repeat"),
    "count": ({"type": ["integer", "null"], "minimum": 1}, "how often at most; for ever if left out"),
    "when": ({"enum": ["before", "after"]}, "whether it strikes before or after the work is done"),
    "delay": ({"type": "number", "minimum": 0, "maximum": 3600}, "seconds by which the answer, or its lack, is late"),
    "status": ({"type": "integer", "minimum": 200, "maximum": 599}, "of the answer"),
    "message": ({"type": "string"}, "the reason that is given"),
    "retry_after": (
        {"type": ["number", "string"], "minimum": 0, "maximum": 1e9},
        "the header Retry-After: seconds, or a date as in HTTP",
    ),
    "value": ({"type": "boolean"}, "the flag that is shown (true)"),
    "products": (
        {"type": "array", "minItems": 1, "items": {"type": "string"}},
        "names or businessIds; deployments that reach none of them are spared (the last one that it reaches)",
    ),
}
_WHERE = ("operation", "object", "probability", "seed", "count")


class Kind(NamedTuple):
    """What a kind of fault does. `keys` are those that it takes beside those that say where it strikes; the first of
    `when` is the default; `operations` are those that it can strike, None for all."""

    meaning: str
    keys: tuple[str, ...] = ()
    when: tuple[str, ...] = ()
    operations: tuple[str, ...] | None = None
    where: tuple[str, ...] = _WHERE


_SHOW_FLAGS = (
    "listProducts", "getProduct", "updateProduct", "checkProductHealth", "registerSecureTransport", "listBackups",
    "addBackups",
)  # fmt: skip

KINDS: dict[str, Kind] = {
    "status": Kind(
        "an error with `status` (503), `message` and Retry-After: `retry_after`",
        ("status", "message", "retry_after", "delay", "when"),
        ("before", "after"),
    ),
    "html": Kind(
        "a sign-in page instead of JSON, with `status` (200)",
        ("status", "retry_after", "delay", "when"),
        ("before", "after"),
    ),
    "delay": Kind(
        "an answer `delay` seconds late; the work is done first, or with `when: before` afterwards",
        ("delay", "when"),
        ("after", "before"),
    ),
    "reset": Kind(
        "a reset connection; nothing was done, or with `when: after` everything",
        ("delay", "when"),
        ("before", "after"),
    ),
    "commit_then_drop": Kind("a reset connection after the work is done", ("delay",), ("after",)),
    "truncate": Kind("half of the body, then the end of the connection", ("delay",), ("after",)),
    "stale": Kind(
        "reads as the estate was when the fault was set",
        ("delay",),
        ("before",),
        tuple(operation.id for operation in operations() if operation.method == "GET"),
    ),
    "expire_session": Kind(
        "401, and all sessions are closed; a token is refused as often as `count` says", ("delay",), ("before",)
    ),
    "partial_deployment": Kind(
        "a deployment that fails on `products`, with `message`", ("products", "message"), (), ("deployFlow",)
    ),
    "job_error": Kind(
        "what was accepted fails later: a deployment before any product (with `message`), a registration, a "
        "synchronization that comes to nothing",
        ("message",),
        (),
        ("deployFlow", "registerSecureTransport", "synchronizeBackup"),
    ),
    LYING_FLAG: Kind(
        "with `operation: synchronizeBackup` the flag `synchronized` becomes true and nothing else happens; with "
        "another one (or none) the answers of that one (or all) show it as `value`, whatever it is",
        ("value",),
        (),
        (*_SHOW_FLAGS, "synchronizeBackup"),
    ),
    REFUSE: Kind(
        "at once and for `delay` seconds nobody can connect, and open connections break (the control plane's too)",
        ("delay",),
        where=(),
    ),
}
#: Faults of one request; the others are about something that ends later, or about what is shown.
REQUEST_FAULTS = frozenset(name for name, kind in KINDS.items() if kind.when)

#: The variants of paths are the same operation to a fault.
_SAME_OPERATION = {
    "removeBackups": "removeBackup",
    "synchronizeBackups": "synchronizeBackup",
}

FAULT_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["fault"],
    "properties": {"fault": {"enum": list(KINDS)}, **{key: schema for key, (schema, _meaning) in KEYS.items()}},
}
_VALIDATOR: Any = None


def check_fault(document: Any, state: State) -> None:
    """Raises SettingError with everything that is wrong with a fault document, what cannot apply among it."""
    global _VALIDATOR
    if _VALIDATOR is None:
        _VALIDATOR = jsonschema_rs.Draft202012Validator(FAULT_SCHEMA)
    errors = [
        f"{'.'.join(map(str, error.instance_path)) or 'fault'}: {error.message}"
        for error in _VALIDATOR.iter_errors(document)
    ]
    errors = errors or list(_contradictions(document, state))
    if errors:
        raise SettingError("; ".join(errors))


def _contradictions(document: Mapping[str, Any], state: State) -> Iterator[str]:
    name = document["fault"]
    kind = KINDS[name]
    taken = (*kind.where, *kind.keys)
    for key in document:
        if key not in ("fault", *taken):
            yield f"{key}: the fault '{name}' has no use for it (it takes: {', '.join(taken)})"
    if "when" in document and "when" in kind.keys and document["when"] not in kind.when:
        yield f"when: the fault '{name}' strikes {kind.when[0]} the work"
    yield from _wrong_operation(document, kind)
    if name in ("delay", REFUSE) and "delay" not in document:
        yield f"delay: the fault '{name}' needs the number of seconds"
    if document.get("status") in BODYLESS and (name == "html" or "message" in document):
        yield f"status: an answer {document['status']} has no body"
    wanted = _operation(document)
    if name == LYING_FLAG and wanted == "synchronizeBackup" and "value" in document:
        yield "value: of a synchronization that lies, the flag becomes true"
    if name == "job_error" and "message" in document and wanted not in ("deployFlow", "*"):
        yield f"message: only a deployment gives a reason, {wanted} does not"
    if isinstance(document.get("retry_after"), str):
        try:
            email.utils.parsedate_to_datetime(document["retry_after"])
        except ValueError:
            yield "retry_after: seconds, or a date as in Sun, 01 Mar 2026 12:00:00 GMT"
    unknown = [text for text in document.get("products", ()) if not _is_product(text, state)]
    if unknown:
        yield f"products: there is no {', '.join(unknown)}"


def _is_product(text: str, state: State) -> bool:
    return text in state.products or bool(state.products_named(text))


def _wrong_operation(document: Mapping[str, Any], kind: Kind) -> Iterator[str]:
    known = {"*", *(operation.id for operation in operations())}
    wanted = document.get("operation", "*")
    if wanted not in known:
        yield f"operation: there is no '{wanted}' (there are: {', '.join(sorted(known))})"
    elif kind.operations is not None and _operation(document) not in ("*", *kind.operations):
        yield f"operation: the fault '{document['fault']}' cannot strike {wanted} (only {', '.join(kind.operations)})"


def _operation(document: Mapping[str, Any]) -> str:
    wanted = str(document.get("operation", "*"))
    return _SAME_OPERATION.get(wanted, wanted)


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

    @property
    def operation(self) -> str:
        return _operation(self.document)

    @property
    def delay(self) -> float:
        return float(self.document.get("delay", 0))

    @property
    def moment(self) -> str:
        """Whether it strikes before or after the work is done."""
        return str(self.document.get("when", KINDS[self.kind].when[0]))

    def strikes(self, operation: str, objects: Iterable[str]) -> bool:
        """Whether it strikes here and now; counts when it does."""
        if self.operation not in ("*", _SAME_OPERATION.get(operation, operation)):
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

    def spoils(self, operation: str, reached: Iterable[str]) -> bool:
        """Whether it is about the end of a job of this operation, which reaches these products."""
        if self.kind == "partial_deployment":
            wanted = self.document.get("products")
            return operation == "deployFlow" and (wanted is None or not set(wanted).isdisjoint(reached))
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
        return self.other.kind if self.other is not None and self.other.moment == when else None

    def seconds(self, when: str) -> float:
        """How long the request is held up before or after the work; other faults' delays come after it."""
        held_up = self.delay.delay if self.delay is not None and self.delay.moment == when else 0.0
        return held_up + (self.other.delay if self.other is not None and when == "after" else 0.0)


class Faults:
    """All faults that are set, in the order in which they were set."""

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
            if taken is None and fault.strikes(operation, named):
                if fault.kind == "delay":
                    plan.delay = fault
                else:
                    plan.other = fault
                plan.names.append(fault.kind)
        return plan

    def spoil(self, operation: str, objects: Iterable[str], reached: Iterable[str] = ()) -> Mapping[str, Any] | None:
        """The fault that spoils the end of a job, if any. `reached`: products that it deploys on, ids and names."""
        named, places = list(objects), list(reached)
        for fault in self._faults.values():
            if fault.spoils(operation, places) and fault.strikes(operation, named):
                return fault.document
        return None

    @property
    def has_lies(self) -> bool:
        return any(fault.lies_when_shown for fault in self._faults.values())

    def shown_flag(self, operation: str, objects: Iterable[str], flag: bool) -> bool:
        """The synchronization flag as the answer to this operation shows it: a lie, or the truth."""
        named = list(objects)
        for fault in self._faults.values():
            value = bool(fault.document.get("value", True))
            if fault.lies_when_shown and value != flag and fault.strikes(operation, named):
                return value
        return flag
