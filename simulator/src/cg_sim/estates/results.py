# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads results of the collection's info modules from files. Their types are under our control, so a wrong type means
that the file is something else."""

from __future__ import annotations

from functools import cache
from typing import Any

import jsonschema_rs

from .problems import EstateError, Path
from .schema import Kind, shape_problems
from .source import read_source

Record = dict[str, Any]

_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": _TEXT}
_FLAG = {"type": "boolean"}
_ANY: Record = {}  # can be derived from the others
_ESTATE: Any = False  # only estate documents have this key here


def _list(required: list[str], **properties: Any) -> Record:
    item = {"type": "object", "required": required, "properties": properties}
    return {"type": ["array", "null"], "items": item}  # null: Central Governance does not show it


_BACKUPS = _list([], id=_TEXT, name=_TEXT, synchronized={"type": ["boolean", "null"]})
_BACKUPS["items"]["not"] = _TEXT  # only estate documents have plain names here
_PROFILES = _list(
    ["name"], name=_TEXT, type=_TEXT, protocol=_TEXT, port={"type": ["integer", "string", "null"]}, tls=_FLAG,
    client_authentication=_TEXT, certificate_sha256=_TEXT, certificate_valid_to=_TEXT, fips=_FLAG, hosts=_TEXTS,
    network_zone=_TEXT, edges=_TEXTS, view_only=_FLAG, enabled=_FLAG,
    ssl=_ESTATE, clientAuthentication=_ESTATE, networkZone=_ESTATE, viewOnly=_ESTATE,
)  # fmt: skip
_PARTS = _list(["role"], id=_TEXT, name=_TEXT, kind=_TEXT, role={"enum": ["source", "relay", "target"]})
_DEPLOYMENTS = _list(["product"], product=_TEXT, product_id=_TEXT, status=_TEXT, message=_TEXT)
#: The lists of results that are imported, and what is known of their entries.
LISTS: dict[str, Record] = {
    "products": _list(
        ["name"], id=_TEXT, name=_TEXT, type=_TEXT, version=_TEXT, status=_TEXT, host=_TEXT, os=_TEXT,
        backups=_BACKUPS, profiles=_PROFILES, registered=_ANY,
    ),
    "flows": _list(
        ["name"], id=_TEXT, name=_TEXT, status=_TEXT, details=_TEXT, products=_PARTS, deployments=_DEPLOYMENTS,
        definition=_ANY, missing_deployments=_ANY, stale_deployments=_ANY, gate=_ANY,
        sources=_ESTATE, relays=_ESTATE, targets=_ESTATE,
    ),
}  # fmt: skip


@cache
def _validator() -> Any:
    properties = {**LISTS, "certificates": _ESTATE, "allow_unknown_words": _ESTATE}
    return jsonschema_rs.Draft202012Validator({"type": "object", "properties": properties})


def read_results(source_name: str, text: str | bytes) -> dict[str, list[Record]]:
    """The rows of a file by list (the keys of LISTS). The file holds one result, or a mapping of several.

    :raises EstateError: the file is not a result of the info modules."""
    source = read_source(text, source_name)
    parts: dict[Path, Any] = {(): source.data}
    if isinstance(source.data, dict) and not _is_result(source.data):
        parts = {(key,): value for key, value in source.data.items()}
    found = {path: part for path, part in parts.items() if _is_result(part)}
    if not found:
        message = "no result of st_product_info or st_flow_info (products, flows)"
        raise EstateError.single(source_name, message)
    errors = (error for result in found.values() for error in _validator().iter_errors(result))
    if any(isinstance(error.kind, (Kind.FalseSchema, Kind.Not)) for error in errors):
        message = "already an estate document, not a result of an info module: use it with cg-sim serve --seed"
        raise EstateError.single(source_name, message)
    source.refuse(problem for path, result in found.items() for problem in shape_problems(result, _validator(), path))
    return {key: [row for result in found.values() for row in result.get(key) or ()] for key in LISTS}


def _is_result(value: Any) -> bool:
    return isinstance(value, dict) and not LISTS.keys().isdisjoint(value)
