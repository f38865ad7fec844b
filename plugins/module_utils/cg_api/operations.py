# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of Central Governance operations: the only place with methods, paths and bodies.

PRIVATE to the collection: it may change at any time.

Each operation has a provenance: *documented* (the vendor's user guide shows it) or *assumed* (by us, from
the guide's wording and from the successor product). Users can override them, without touching code, through the option
``operations`` (see ``overrides``); another API dialect is another table. The tables in README.md and in
docs/connecting.md are made from this one (tools/operations_table.py).
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field
from urllib.parse import quote

DOCUMENTED, ASSUMED = "documented", "assumed"
# The POST of backups is documented, but not that it appends to the existing list; that is assumed.
SENDS_CAREFULLY, SENDS_ADDED, SENDS_WHOLE_LIST = "careful", "added", "whole_list"
# How a body is encoded, and what a path is relative to: url and api_prefix, or url alone.
JSON, FORM = "json", "form"
API, SERVER = "api", "server"

# Methods that HTTP defines as safe: they change nothing on the server.
READING = ("GET", "HEAD", "OPTIONS")

PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Operation:
    """One request. ``path`` and ``body`` may have the placeholders; a value that is only a placeholder keeps its type.

    ``placeholders`` maps the placeholders that the operation supports to their meaning. A read of one object has only
    its id or its name, since nothing else is known before it has been read; a bulk read has none.
    ``answers`` is the kind of objects in the answer to a read, a key of ``answers.IDENTITIES``. ``may_find_none``
    marks a search for one object, where 404 means that there is none; everywhere else 404 is an error.
    ``sends`` is for ``add_backups`` only: the added backups, the whole list, or whichever keeps all backups.
    ``page`` is for ``login`` only: the path of the page with the login form, relative to the same base as ``path``.
    """

    name: str
    method: str
    path: str
    provenance: str
    source: str
    purpose: str
    answers: str = ""
    may_find_none: bool = False
    placeholders: t.Mapping[str, str] = field(default_factory=dict)
    body: t.Any = None
    encoding: str = JSON
    base: str = API
    sends: str = ""
    page: str = ""

    @property
    def is_write(self) -> bool:
        return self.method not in READING

    @property
    def is_idempotent(self) -> bool:
        return self.method in (*READING, "PUT", "DELETE")

    def filled_path(self, values: t.Mapping[str, t.Any]) -> str:
        """Raises UnicodeEncodeError when a value cannot be encoded in a URL."""
        return PLACEHOLDER.sub(lambda match: quote(str(values[match[1]]), safe=""), self.path)

    def filled_body(self, values: t.Mapping[str, t.Any]) -> t.Any:
        return _filled(self.body, values)


_BACKUPS_PAGE = "REST API, SecureTransport backups"
_PAIR = {
    "id": "the master's businessId",
    "name": "the master's name",
    "backupId": "the backup's businessId",
    "backupName": "the backup's name",
}

_TABLE = (
    Operation(
        name="list_products",
        method="GET",
        path="/products",
        provenance=ASSUMED,
        source="by analogy with GET /products?name=",
        purpose="read every product",
        answers="products",
    ),
    Operation(
        name="find_products",
        method="GET",
        path="/products?name={name}",
        provenance=DOCUMENTED,
        source=_BACKUPS_PAGE,
        purpose="read a product by name",
        answers="products",
        may_find_none=True,
        placeholders={"name": "the product's name"},
    ),
    Operation(
        name="read_product",
        method="GET",
        path="/products/{id}",
        provenance=DOCUMENTED,
        source="REST API, introduction",
        purpose="read one product",
        answers="products",
        may_find_none=True,
        placeholders={"id": "the product's businessId"},
    ),
    Operation(
        name="list_backups",
        method="GET",
        path="/products/{id}/backupproducts",
        provenance=DOCUMENTED,
        source=_BACKUPS_PAGE,
        purpose="read a master's backups",
        answers="backups",
        placeholders={"id": "the master's businessId"},
    ),
    Operation(
        name="add_backups",
        method="POST",
        path="/products/{id}/backupproducts",
        provenance=DOCUMENTED,
        source=f"{_BACKUPS_PAGE}; that it appends is assumed",
        purpose="add backups to a master",
        placeholders={"id": "the master's businessId"},
        sends=SENDS_CAREFULLY,
    ),
    Operation(
        name="remove_backup",
        method="DELETE",
        path="/products/{id}/backupproducts/{backupId}",
        provenance=ASSUMED,
        source="the guide names the action in the user interface only",
        purpose="remove a backup from a master",
        placeholders=_PAIR,
    ),
    Operation(
        name="synchronize_backup",
        method="POST",
        path="/products/{id}/backupproducts/{backupId}/synchronize",
        provenance=ASSUMED,
        source="the guide names the Synchronize button only",
        purpose="start the synchronization of a backup with its master",
        placeholders=_PAIR,
    ),
    Operation(
        name="list_flows",
        method="GET",
        path="/flows",
        provenance=ASSUMED,
        source="by analogy with products",
        purpose="read every flow",
        answers="flows",
    ),
    Operation(
        name="find_flows",
        method="GET",
        path="/flows?name={name}",
        provenance=ASSUMED,
        source="by analogy with products",
        purpose="read a flow by name",
        answers="flows",
        may_find_none=True,
        placeholders={"name": "the flow's name"},
    ),
    Operation(
        name="read_flow",
        method="GET",
        path="/flows/{id}",
        provenance=ASSUMED,
        source="by analogy with products",
        purpose="read one flow",
        answers="flows",
        may_find_none=True,
        placeholders={"id": "the flow's businessId"},
    ),
    Operation(
        name="deploy_flow",
        method="POST",
        path="/flows/{id}/deploy",
        provenance=ASSUMED,
        source="the guide says that flows can be deployed by REST, not how",
        purpose="deploy a flow",
        placeholders={"id": "the flow's businessId", "name": "the flow's name", "force": "the option force"},
        body={"force": "{force}"},
    ),
    Operation(
        name="list_deployments",
        method="GET",
        path="/deployments",
        provenance=ASSUMED,
        source="the guide shows a Deployments list",
        purpose="read every deployment",
        answers="deployments",
    ),
    Operation(
        name="flow_deployments",
        method="GET",
        path="/deployments?flow={id}",
        provenance=ASSUMED,
        source="the guide shows a Deployments list",
        purpose="read a flow's deployments",
        answers="deployments",
        placeholders={"id": "the flow's businessId", "name": "the flow's name"},
    ),
    # No default path: a session is opened only if the user configures it.
    Operation(
        name="login",
        method="POST",
        path="",
        provenance=ASSUMED,
        source="the guide logs on to a web session before using the API",
        purpose="open a session and keep its cookie",
        placeholders={"username": "the option username", "password": "the option password (in the body only)"},
        body={"username": "{username}", "password": "{password}"},
    ),
)

OPERATIONS: dict[str, Operation] = {operation.name: operation for operation in _TABLE}


def _filled(template: t.Any, values: t.Mapping[str, t.Any]) -> t.Any:
    if isinstance(template, dict):
        return {key: _filled(value, values) for key, value in template.items()}
    if isinstance(template, list):
        return [_filled(item, values) for item in template]
    if isinstance(template, str):
        whole = PLACEHOLDER.fullmatch(template)
        if whole:
            return values[whole[1]]
        return PLACEHOLDER.sub(lambda match: str(values[match[1]]), template)
    return template
