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
from .schema import shape_problems
from .source import read_source

Record = dict[str, Any]

_TEXT = {"type": ["string", "null"]}
_TEXTS = {"type": ["array", "null"], "items": {"type": "string"}}
_FLAG = {"type": ["boolean", "null"]}
_NAME = {"type": "string"}
_ANY: Record = {}  # kept as the server returned it
_ESTATE: Any = False  # only estate documents have this key here


def _list(required: list[str], **properties: Any) -> Record:
    return {"type": ["array", "null"], "items": {"type": "object", "required": required, "properties": properties}}


_BACKUPS = _list([], id=_TEXT, name=_TEXT, synchronized=_FLAG)
_BACKUPS["items"]["not"] = _NAME  # only estate documents have plain names here
_PROFILES = _list(
    ["name"], name=_NAME, type=_TEXT, protocol=_TEXT, port=_ANY, tls=_FLAG, client_authentication=_TEXT,
    certificate_sha256=_TEXT, certificate_valid_to=_ANY, fips=_FLAG, hosts=_TEXTS, network_zone=_TEXT, edges=_TEXTS,
    view_only=_FLAG, enabled=_FLAG,
    ssl=_ESTATE, clientAuthentication=_ESTATE, networkZone=_ESTATE, viewOnly=_ESTATE,
)  # fmt: skip
_PARTS = _list(["role"], id=_TEXT, name=_TEXT, kind=_TEXT, role={"enum": ["source", "relay", "target"]})
#: The keys of the results that are used; others are ignored.
LISTS: dict[str, Record] = {
    "products": _list(
        ["name"], id=_TEXT, name=_NAME, type=_TEXT, version=_TEXT, status=_TEXT, host=_TEXT, os=_TEXT,
        backups=_BACKUPS, profiles=_PROFILES,
    ),
    "backups": _list(["master", "backup"], master=_NAME, backup=_NAME, synchronized=_FLAG),
    "topology": _list(["master", "backups"], master=_NAME, backups=_TEXTS),
    "flows": _list(
        ["name"], id=_TEXT, name=_NAME, status=_TEXT, details=_TEXT, products=_PARTS,
        deployments=_list(["product"], product=_NAME, status=_TEXT, message=_TEXT),
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
    found: list[tuple[Path, Record]] = []
    if _is_result(source.data):
        found = [((), source.data)]
    elif isinstance(source.data, dict):
        found = [((key,), value) for key, value in source.data.items() if _is_result(value)]
    if not found:
        message = "no result of st_product_info, st_backup_info or st_flow_info (products, topology, flows)"
        raise EstateError.single(source_name, message)
    kinds = jsonschema_rs.ValidationErrorKind
    errors = (error for _path, result in found for error in _validator().iter_errors(result))
    if any(isinstance(error.kind, (kinds.FalseSchema, kinds.Not)) for error in errors):
        message = "already an estate document, not a result of an info module: use it with cg-sim serve --seed"
        raise EstateError.single(source_name, message)
    problems = (problem for path, result in found for problem in shape_problems(result, _validator(), path))
    source.refuse([*source.problems, *problems])
    return {key: [row for _path, result in found for row in result.get(key) or ()] for key in LISTS}


def _is_result(value: Any) -> bool:
    return isinstance(value, dict) and any(key in value for key in LISTS)
