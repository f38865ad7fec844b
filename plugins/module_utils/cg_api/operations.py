# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of Central Governance operations: the one place that knows methods, paths and bodies.

PRIVATE to the collection: it may change at any time.

Each operation says how surely it is known: *documented* (the vendor's user guide shows it) or *assumed* (by us, from
the guide's wording and from the successor product). What is assumed can be overridden by the user, without touching
code, through the option ``operations``; another API dialect is another table.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, fields, replace
from urllib.parse import quote

from .errors import BadOption

DOCUMENTED, ASSUMED = "documented", "assumed"
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
# How the documented POST of backups treats the list that it finds is not documented: assumed to append.
SENDS_ADDED, SENDS_WHOLE_LIST = "added", "whole_list"


@dataclass(frozen=True)
class Operation:
    """One request.

    ``path`` is relative to the API prefix and, like ``body``, may hold placeholders, those of PLACEHOLDERS. A value of
    the body that is one placeholder keeps the type. ``sends`` is of use to ``add_backups`` only: the added backups, or
    the whole list.
    """

    method: str
    path: str
    provenance: str
    source: str
    purpose: str
    body: t.Any = None
    sends: str = ""

    @property
    def is_write(self) -> bool:
        return self.method not in ("GET", "HEAD")

    @property
    def is_idempotent(self) -> bool:
        return self.method in ("GET", "HEAD", "PUT", "DELETE")

    def filled_path(self, values: t.Mapping[str, t.Any]) -> str:
        return _PLACEHOLDER.sub(lambda match: quote(str(values[match[1]]), safe=""), self.path)

    def filled_body(self, values: t.Mapping[str, t.Any]) -> t.Any:
        return _filled(self.body, values)


OPERATIONS: dict[str, Operation] = {
    "list_products": Operation(
        "GET", "/products", ASSUMED, "by analogy with GET /products?name=", "read every product"
    ),
    "find_products": Operation(
        "GET", "/products?name={name}", DOCUMENTED, "REST API, SecureTransport backups", "read a product by name"
    ),
    "read_product": Operation("GET", "/products/{id}", DOCUMENTED, "REST API, introduction", "read one product"),
    "list_backups": Operation(
        "GET",
        "/products/{id}/backupproducts",
        DOCUMENTED,
        "REST API, SecureTransport backups",
        "read a master's backups",
    ),
    "add_backups": Operation(
        "POST",
        "/products/{id}/backupproducts",
        DOCUMENTED,
        "REST API, SecureTransport backups; that it appends is assumed",
        "add backups to a master",
        sends=SENDS_ADDED,
    ),
    "remove_backup": Operation(
        "DELETE",
        "/products/{id}/backupproducts/{backupId}",
        ASSUMED,
        "the guide names the action in the user interface only",
        "remove a backup from a master",
    ),
    "synchronize_backup": Operation(
        "POST",
        "/products/{id}/backupproducts/{backupId}/synchronize",
        ASSUMED,
        "the guide names the Synchronize button only",
        "start the synchronization of a backup with its master",
    ),
    "list_flows": Operation("GET", "/flows", ASSUMED, "by analogy with products", "read every flow"),
    "find_flows": Operation("GET", "/flows?name={name}", ASSUMED, "by analogy with products", "read a flow by name"),
    "read_flow": Operation("GET", "/flows/{id}", ASSUMED, "by analogy with products", "read one flow"),
    "deploy_flow": Operation(
        "POST",
        "/flows/{id}/deploy",
        ASSUMED,
        "the guide says that flows can be deployed by REST, not how",
        "deploy a flow",
        body={"force": "{force}"},
    ),
    "list_deployments": Operation(
        "GET", "/deployments", ASSUMED, "the guide shows a Deployments list", "read every deployment"
    ),
    "flow_deployments": Operation(
        "GET", "/deployments?flow={id}", ASSUMED, "the guide shows a Deployments list", "read a flow's deployments"
    ),
    # No default path: a session is opened only where the user says how.
    "login": Operation(
        "POST",
        "",
        ASSUMED,
        "the guide logs on to a web session before using the API",
        "open a session and keep its cookie",
        body={"username": "{username}", "password": "{password}"},
    ),
}

# What is known when an operation is sent: ``{id}`` and ``{name}`` are those of the object (of a flow's deployments:
# those of the flow). Before an object has been read, only one of them is known. A bulk read knows nothing.
PLACEHOLDERS: dict[str, tuple[str, ...]] = {
    "find_products": ("name",),
    "read_product": ("id",),
    "list_backups": ("id",),
    "add_backups": ("id",),
    "remove_backup": ("id", "name", "backupId", "backupName"),
    "synchronize_backup": ("id", "name", "backupId", "backupName"),
    "find_flows": ("name",),
    "read_flow": ("id",),
    "deploy_flow": ("id", "name", "force"),
    "flow_deployments": ("id", "name"),
    "login": ("username", "password"),
}

_OVERRIDABLE = {field.name for field in fields(Operation)} & {"method", "path", "body"}
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def effective_operations(overrides: t.Mapping[str, t.Any] | None) -> dict[str, Operation]:
    """The table with the user's overrides: ``{operation: {method, path, body}}``, each part optional.

    Raises BadOption when an override names an unknown or documented operation, or cannot work.
    """
    table = dict(OPERATIONS)
    for name, override in (overrides or {}).items():
        if name not in table:
            raise BadOption(f'operations: there is no operation "{name}"; there are {", ".join(sorted(table))}.')
        table[name] = _overridden(name, table[name], override)
    return table


def _overridden(name: str, operation: Operation, override: t.Any) -> Operation:
    if not isinstance(override, dict):
        raise BadOption(f"operations: {name} must be a dict with method, path or body.")
    allowed = {"sends"} if name == "add_backups" else _OVERRIDABLE if operation.provenance == ASSUMED else set()
    if not allowed:
        raise BadOption(f"operations: {name} is documented by the vendor and cannot be overridden.")
    unknown = sorted(set(override) - allowed)
    if unknown:
        raise BadOption(f"operations: {name} takes {', '.join(sorted(allowed))}, not {', '.join(map(str, unknown))}.")
    if override.get("sends", SENDS_ADDED) not in (SENDS_ADDED, SENDS_WHOLE_LIST):
        raise BadOption(f"operations: add_backups.sends is {SENDS_ADDED} or {SENDS_WHOLE_LIST}.")
    changed = replace(operation, **override)
    if changed.method not in _METHODS:
        raise BadOption(f"operations: {name}.method is one of {', '.join(_METHODS)}, not {changed.method!r}.")
    if not isinstance(changed.path, str) or not changed.path.startswith("/"):
        raise BadOption(f"operations: {name}.path starts with / and is relative to the API prefix.")
    if not operation.is_write and changed.is_write:
        raise BadOption(f"operations: {name} only reads; its method must stay GET.")
    if operation.is_write and not changed.is_write:
        raise BadOption(f"operations: {name} changes something; its method cannot be {changed.method}.")
    known = PLACEHOLDERS.get(name, ())
    unknown = sorted({*_PLACEHOLDER.findall(changed.path), *_placeholders_in(changed.body)} - {*known})
    if unknown:
        can = f"it knows {', '.join(f'{{{word}}}' for word in known)}" if known else "it takes no placeholder"
        raise BadOption(f"operations: {name} cannot fill {', '.join(f'{{{word}}}' for word in unknown)}; {can}.")
    if name == "login" and "password" in _PLACEHOLDER.findall(changed.path):
        raise BadOption("operations: login.path must not hold the password; put it in the body.")
    return changed


def _filled(template: t.Any, values: t.Mapping[str, t.Any]) -> t.Any:
    if isinstance(template, dict):
        return {key: _filled(value, values) for key, value in template.items()}
    if isinstance(template, list):
        return [_filled(item, values) for item in template]
    if isinstance(template, str):
        whole = _PLACEHOLDER.fullmatch(template)
        if whole:
            return values[whole[1]]
        return _PLACEHOLDER.sub(lambda match: str(values[match[1]]), template)
    return template


def _placeholders_in(template: t.Any) -> t.Iterator[str]:
    if isinstance(template, dict):
        for value in template.values():
            yield from _placeholders_in(value)
    elif isinstance(template, list):
        for item in template:
            yield from _placeholders_in(item)
    elif isinstance(template, str):
        yield from _PLACEHOLDER.findall(template)
