# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option ``operations``: the user's overrides of the table of operations, and their checks.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .errors import BadOption
from .operations import (
    API,
    DOCUMENTED,
    FORM,
    JSON,
    OPERATIONS,
    PLACEHOLDER,
    SENDS_ADDED,
    SENDS_CAREFULLY,
    SENDS_WHOLE_LIST,
    SERVER,
    Operation,
)

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_CHOICES = {"encoding": (JSON, FORM), "base": (API, SERVER), "sends": (SENDS_CAREFULLY, SENDS_ADDED, SENDS_WHOLE_LIST)}
_ALLOWED = ("method", "path", "body", "encoding", "base")


def effective_operations(overrides: t.Mapping[str, t.Any] | None) -> dict[str, Operation]:
    """The table with the user's overrides: ``{operation: {method, path, body, encoding, base}}``, each key optional.
    ``login`` also takes ``page``; ``add_backups`` takes ``method``, ``path``, ``base`` and ``sends``.

    Raises BadOption when an override names an unknown operation, or cannot work.
    """
    table = dict(OPERATIONS)
    for name, override in (overrides or {}).items():
        if name not in table:
            raise BadOption(f'operations: there is no operation "{name}"; there are {", ".join(sorted(table))}.')
        table[name] = _overridden(table[name], override)
    return table


def warnings_about(operations: t.Mapping[str, Operation]) -> list[str]:
    """The warning for a user whose overrides contradict the vendor's documentation."""
    names = [
        name
        for name, operation in operations.items()
        if operation.provenance == DOCUMENTED and replace(operation, sends=OPERATIONS[name].sends) != OPERATIONS[name]
    ]
    if not names:
        return []
    are = "is" if len(names) == 1 else "are"
    return [
        f"operations: {', '.join(names)} {are} documented by the vendor, and overridden. That is right only for a "
        "Central Governance that differs from its guide."
    ]


def _overridden(operation: Operation, override: t.Any) -> Operation:
    name = operation.name
    # What add_backups sends is a list of backups, which no template can describe.
    allowed: tuple[str, ...] = ("method", "path", "base", "sends") if operation.sends else _ALLOWED
    if name == "login":
        allowed = (*_ALLOWED, "page")
    if not isinstance(override, dict):
        raise BadOption(f"operations: {name} must be a dict with {', '.join(allowed[:-1])} or {allowed[-1]}.")
    unknown = sorted(str(key) for key in override if key not in allowed)
    if unknown:
        raise BadOption(f"operations: {name} takes {', '.join(allowed)}, not {', '.join(unknown)}.")
    changed = replace(operation, **override)
    for key, choices in _CHOICES.items():
        if key in override and override[key] not in choices:
            raise BadOption(f"operations: {name}.{key} is {' or '.join(choices)}, not {override[key]!r}.")
    _check_request(operation, changed)
    _check_placeholders(changed)
    return changed


def _check_request(operation: Operation, changed: Operation) -> None:
    name = operation.name
    if changed.method not in _METHODS:
        raise BadOption(f"operations: {name}.method is one of {', '.join(_METHODS)}, not {changed.method!r}.")
    if not isinstance(changed.path, str) or not changed.path.startswith("/"):
        whole = "url" if changed.base == SERVER else "url and api_prefix"
        raise BadOption(f"operations: {name}.path starts with / and follows {whole}.")
    if not isinstance(changed.page, str) or (changed.page and not changed.page.startswith("/")):
        raise BadOption(f"operations: {name}.page starts with / as {name}.path does.")
    if not operation.is_write and changed.is_write:
        raise BadOption(f"operations: {name} only reads; its method must stay GET.")
    if operation.is_write and not changed.is_write:
        raise BadOption(f"operations: {name} changes something; its method cannot be {changed.method}.")
    if changed.encoding == FORM and not _is_flat(changed.body):
        raise BadOption(f"operations: {name}.body must be a dict of texts when encoding is {FORM}.")


def _is_flat(body: t.Any) -> bool:
    return isinstance(body, dict) and not any(isinstance(value, (dict, list)) for value in body.values())


def _check_placeholders(changed: Operation) -> None:
    name, known = changed.name, changed.placeholders
    unknown = sorted({*PLACEHOLDER.findall(changed.path), *_placeholders_in(changed.body)} - {*known})
    if PLACEHOLDER.search(changed.page):
        raise BadOption(f"operations: {name}.page takes no placeholder.")
    if unknown:
        can = f"it takes {', '.join(f'{{{word}}}' for word in known)}" if known else "it takes no placeholder"
        raise BadOption(f"operations: {name} cannot fill {', '.join(f'{{{word}}}' for word in unknown)}; {can}.")
    if "password" in PLACEHOLDER.findall(changed.path):
        raise BadOption(f"operations: {name}.path must not hold the password; put it in the body.")


def _placeholders_in(template: t.Any) -> t.Iterator[str]:
    if isinstance(template, dict):
        for value in template.values():
            yield from _placeholders_in(value)
    elif isinstance(template, list):
        for item in template:
            yield from _placeholders_in(item)
    elif isinstance(template, str):
        yield from PLACEHOLDER.findall(template)
