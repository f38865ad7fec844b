# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Hooks for schemathesis: most requests use existing ids, otherwise everything would end in 404."""

from __future__ import annotations

import json
import os
import zlib
from typing import Any

import schemathesis

IDS = json.loads(os.environ["CG_SIM_TEST_IDS"])


def _pick(kind: str, value: object) -> str:
    known = IDS[kind]
    return str(known[zlib.crc32(repr(value).encode()) % len(known)])


@schemathesis.hook
def map_path_parameters(context: Any, path_parameters: Any) -> Any:
    if not path_parameters:
        return path_parameters
    kind = "flows" if context.operation.path.startswith("/flows") else "products"
    changed = dict(path_parameters)
    for name, value in path_parameters.items():
        if zlib.crc32(f"{name}{value}".encode()) % 5:
            changed[name] = _pick(kind, value)
    return changed


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    """Well-formed references are replaced by products that can be backups; malformed ones are left unchanged."""
    if context.operation.path.startswith("/products/") and _all_references(body):
        return [{**entry, "businessId": _pick("backups", entry)} for entry in body[:2]]
    if (
        context.operation.path.startswith("/flows")
        and isinstance(body, dict)
        and isinstance(body.get("businessId"), str)
    ):
        return {key: value for key, value in body.items() if key != "businessId"}
    return body


def _all_references(body: Any) -> bool:
    keys = {"businessId", "name"}
    return (
        isinstance(body, list)
        and bool(body)
        and all(isinstance(entry, dict) and entry and set(entry) <= keys for entry in body)
        and all(isinstance(value, str) and value for entry in body for value in entry.values())
    )
