# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads results of the collection's info modules from files. Their types are under our control, so a wrong type means
that the file is something else."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import jsonschema_rs

from .problems import EstateError, LocatedProblem, Path, describe_object
from .schema import shape_problems
from .source import read_source

Record = dict[str, Any]

_TEXT = {"type": ["string", "null"]}
_TEXTS = {"type": ["array", "null"], "items": {"type": "string"}}
_FLAG = {"type": ["boolean", "null"]}
_NAME = {"type": "string"}
_ANY: Record = {}  # kept as the server returned it


def _list(required: list[str], **properties: Any) -> Record:
    return {"type": ["array", "null"], "items": {"type": "object", "required": required, "properties": properties}}


_PROFILES = _list(
    ["name"], name=_NAME, type=_TEXT, protocol=_TEXT, port=_ANY, tls=_FLAG, client_authentication=_TEXT,
    certificate_sha256=_TEXT, certificate_valid_to=_ANY, fips=_FLAG, hosts=_TEXTS, network_zone=_TEXT, edges=_TEXTS,
    view_only=_FLAG, enabled=_FLAG,
)  # fmt: skip
_PARTS = _list(["role"], id=_TEXT, name=_TEXT, kind=_TEXT, role={"enum": ["source", "relay", "target"]})
#: The keys of the results that are used; others are ignored.
LISTS: dict[str, Record] = {
    "products": _list(
        ["name"], id=_TEXT, name=_NAME, type=_TEXT, version=_TEXT, status=_TEXT, host=_TEXT, os=_TEXT,
        backups=_list([], id=_TEXT, name=_TEXT, synchronized=_FLAG), profiles=_PROFILES,
    ),
    "backups": _list(["master", "backup"], master=_NAME, backup=_NAME, synchronized=_FLAG),
    "topology": _list(["master", "backups"], master=_NAME, backups=_TEXTS),
    "flows": _list(
        ["name"], id=_TEXT, name=_NAME, status=_TEXT, details=_TEXT, products=_PARTS,
        deployments=_list(["product"], product=_NAME, status=_TEXT, message=_TEXT),
    ),
}  # fmt: skip
# Keys of estate documents that the info modules do not return.
_ESTATE_KEYS = frozenset({"certificates", "allow_unknown_words"})
_ESTATE_FLOW_KEYS = frozenset({"sources", "relays", "targets"})
_ESTATE_PROFILE_KEYS = frozenset({"ssl", "clientAuthentication", "networkZone", "viewOnly"})


@cache
def _validator() -> Any:
    return jsonschema_rs.Draft202012Validator({"type": "object", "properties": LISTS})


def read_results(source_name: str, text: str | bytes) -> dict[str, list[Record]]:
    """The rows of a file by list (the keys of LISTS). The file holds one result, or a mapping of several.

    :raises EstateError: the file is not a result of the info modules."""
    source = read_source(text, source_name)
    found: list[tuple[Path, Record]] = []
    if _is_result(source.data):
        found = [((), source.data)]
    elif isinstance(source.data, dict):
        found = [((key,), value) for key, value in source.data.items() if _is_result(value)]
    message = (
        "" if found else "no result of st_product_info, st_backup_info or st_flow_info (products, topology, flows)"
    )
    if any(_is_estate(result) for _path, result in found):
        message = "an estate document already, not a result of an info module: give it to cg-sim serve --seed"
    if message:
        raise EstateError(source_name, [LocatedProblem(None, "", message)])
    source.refuse(
        [*source.problems, *(each for path, result in found for each in shape_problems(result, _validator(), path))],
        describe_object,
    )
    return {key: [row for _path, result in found for row in result.get(key) or ()] for key in LISTS}


def _is_result(value: Any) -> bool:
    return isinstance(value, dict) and any(key in value for key in LISTS)


def _is_estate(result: Record) -> bool:
    if not _ESTATE_KEYS.isdisjoint(result):
        return True
    if any(not _ESTATE_FLOW_KEYS.isdisjoint(flow) for flow in _entries(result, "flows")):
        return True
    for product in _entries(result, "products"):
        backups = product.get("backups")
        if isinstance(backups, list) and any(isinstance(backup, str) for backup in backups):
            return True
        if any(not _ESTATE_PROFILE_KEYS.isdisjoint(profile) for profile in _entries(product, "profiles")):
            return True
    return False


def _entries(owner: Record, key: str) -> Iterable[Record]:
    entries = owner.get(key)
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else ()
