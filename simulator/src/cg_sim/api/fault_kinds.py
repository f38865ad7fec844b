# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The kinds of faults, their keys, and the validation of fault documents."""

from __future__ import annotations

import email.utils
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import jsonschema_rs

from cg_sim.api.http import BODYLESS
from cg_sim.settings import SettingError
from cg_sim.spec import operations
from cg_sim.state import State

LYING_FLAG = "lying_flag"
#: Not a fault of a single request: all connections are refused for a while.
REFUSE = "refuse"

LONGEST_DELAY = 3600
_SECONDS: dict[str, Any] = {"type": "number", "minimum": 0, "maximum": LONGEST_DELAY}


def _spread(name: str, *parameters: dict[str, Any]) -> dict[str, Any]:
    pair = {"type": "array", "prefixItems": list(parameters), "minItems": 2, "maxItems": 2}
    return {"type": "object", "required": [name], "properties": {name: pair}, "additionalProperties": False}


#: Key of a fault document -> (its schema, its description).
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
    "seed": ({"type": "integer"}, "seed of the fault's own random numbers, so that runs can be repeated"),
    "count": ({"type": ["integer", "null"], "minimum": 1}, "how often it applies at most; unlimited if left out"),
    "when": ({"enum": ["before", "after"]}, "whether it applies before or after the request is carried out"),
    "skip": ({"type": "integer", "minimum": 1}, "how many matching requests are let through before it applies (0)"),
    "delay": (
        {
            "anyOf": [
                _SECONDS,
                _spread("uniform", _SECONDS, _SECONDS),
                _spread("normal", _SECONDS, _SECONDS),
                _spread("lognormal", _SECONDS, {"type": "number", "minimum": 0, "maximum": 10}),
            ]
        },
        'seconds before the answer, or the failure; or a distribution: {"uniform": [from, to]}, '
        '{"normal": [mean, deviation]}, {"lognormal": [median, sigma]}; never less than 0, never more than an hour',
    ),
    "status": ({"type": "integer", "minimum": 200, "maximum": 599}, "HTTP status of the answer"),
    "message": ({"type": "string"}, "the error message in the answer"),
    "retry_after": (
        {"type": ["number", "string"], "minimum": 0, "maximum": 1e9},
        "the header Retry-After: seconds, or a date as in HTTP",
    ),
    "value": ({"type": "boolean"}, "the flag that is shown (true)"),
    "products": (
        {"type": "array", "minItems": 1, "items": {"type": "string"}},
        "names or businessIds (the last product of the deployment); deployments that reach none of them are not "
        "affected",
    ),
}
_WHERE = ("operation", "object", "probability", "seed", "count", "skip")


class Kind(NamedTuple):
    """What a kind of fault does. `keys` are its own keys, in addition to those that select requests; the first of
    `when` is the default; `operations` are those that it can apply to, None for all."""

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
        "an answer `delay` seconds late; the request is carried out before the delay, with `when: before` after it",
        ("delay", "when"),
        ("after", "before"),
    ),
    "reset": Kind(
        "a reset connection; the request was not carried out, or with `when: after` it was",
        ("delay", "when"),
        ("before", "after"),
    ),
    "commit_then_drop": Kind("a reset connection after the request was carried out", ("delay",), ("after",)),
    "truncate": Kind("half of the body, then the connection is closed", ("delay",), ("after",)),
    "stale": Kind(
        "reads return the estate as it was when the fault was set",
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
        "an accepted job fails later: a deployment before it reaches a product (with `message`), a registration, or a "
        "synchronization, which then changes nothing",
        ("message",),
        (),
        ("deployFlow", "registerSecureTransport", "synchronizeBackup"),
    ),
    LYING_FLAG: Kind(
        "with `operation: synchronizeBackup` the flag `synchronized` becomes true and nothing else happens; with "
        "another operation (or none) the answers of that operation (or all) show it as `value`, "
        "regardless of the real value",
        ("value",),
        (),
        (*_SHOW_FLAGS, "synchronizeBackup"),
    ),
    REFUSE: Kind(
        "immediately and for `delay` seconds, connections are refused and open ones broken (the control plane's too)",
        ("delay",),
        where=(),
    ),
}
#: Faults of a single request; the others affect the end of a job, or what answers show.
REQUEST_FAULTS = frozenset(name for name, kind in KINDS.items() if kind.when)

#: For faults, the alternate paths are the same operation.
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
    """Raises SettingError with everything that is wrong with a fault document, including keys that cannot apply."""
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
            yield f"{key}: the fault '{name}' does not take it (it takes: {', '.join(taken)})"
    if "when" in document and "when" in kind.keys and document["when"] not in kind.when:
        yield f"when: the fault '{name}' applies only {kind.when[0]} the request is carried out"
    yield from _wrong_operation(document, kind)
    if name in ("delay", REFUSE) and "delay" not in document:
        yield f"delay: the fault '{name}' requires a number of seconds"
    if name == REFUSE and isinstance(document.get("delay"), dict):
        yield "delay: the fault 'refuse' requires a number of seconds, not a distribution"
    lowest, highest = document["delay"]["uniform"] if "uniform" in _spread_of(document) else (0, 0)
    if lowest > highest:
        yield "delay: the first number of uniform must not be larger than the second"
    if document.get("status") in BODYLESS and (name == "html" or "message" in document):
        yield f"status: an answer with status {document['status']} has no body"
    wanted = _operation(document)
    if name == LYING_FLAG and wanted == "synchronizeBackup" and "value" in document:
        yield "value: with the operation synchronizeBackup the flag becomes true; false is not possible"
    if name == "job_error" and "message" in document and wanted not in ("deployFlow", "*"):
        yield f"message: only a failed deployment shows a message, {wanted} does not"
    if isinstance(document.get("retry_after"), str):
        try:
            email.utils.parsedate_to_datetime(document["retry_after"])
        except ValueError:
            yield "retry_after: seconds, or a date as in Sun, 01 Mar 2026 12:00:00 GMT"
    unknown = [text for text in document.get("products", ()) if not _is_product(text, state)]
    if unknown:
        yield f"products: unknown product {', '.join(unknown)}"


def _spread_of(document: Mapping[str, Any]) -> Mapping[str, Any]:
    delay = document.get("delay")
    return delay if isinstance(delay, dict) else {}


def _is_product(text: str, state: State) -> bool:
    return text in state.products or bool(state.products_named(text))


def _wrong_operation(document: Mapping[str, Any], kind: Kind) -> Iterator[str]:
    known = {"*", *(operation.id for operation in operations())}
    wanted = document.get("operation", "*")
    if wanted not in known:
        yield f"operation: '{wanted}' is unknown (known: {', '.join(sorted(known))})"
    elif kind.operations is not None and _operation(document) not in ("*", *kind.operations):
        possible = ", ".join(kind.operations)
        yield f"operation: the fault '{document['fault']}' does not apply to {wanted} (only to {possible})"


def _operation(document: Mapping[str, Any]) -> str:
    return same_operation(str(document.get("operation", "*")))


def same_operation(name: str) -> str:
    """The name of the operation on its default path."""
    return _SAME_OPERATION.get(name, name)
