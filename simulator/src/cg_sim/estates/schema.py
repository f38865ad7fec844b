# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The schema of estate documents: the published JSON schema, and its errors in plain sentences.

jsonschema-rs checks 10,000 products with 50 profiles each in a tenth of a second; the pure Python jsonschema takes
minutes for it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any

import jsonschema_rs

from .problems import Path, Problem, did_you_mean, shorten


@cache
def estate_schema_text() -> str:
    """The published schema, as it is printed by ``cg-sim schema``."""
    return resources.files(__package__).joinpath("estate.schema.json").read_text(encoding="utf-8")


def estate_schema() -> dict[str, Any]:
    """The published schema. A new copy each time."""
    return json.loads(estate_schema_text())


@cache
def defaults(kind: str) -> dict[str, Any]:
    """The default values that the schema states for the keys of a kind of object (``product``, ``flow``, ...)."""
    properties = estate_schema()["$defs"][kind]["properties"]
    return {key: rule["default"] for key, rule in properties.items() if "default" in rule}


UUID_PATTERN: str = estate_schema()["$defs"]["uuid"]["pattern"]
TIME_PATTERN: str = estate_schema()["$defs"]["time"]["pattern"]


@cache
def _validator() -> Any:
    return jsonschema_rs.validator_for(estate_schema())


def shape_problems(data: Any, validator: Any = None, path: Path = ()) -> Iterator[Problem]:
    """Schema errors of the data at ``path``; the published schema is used unless a validator is given."""
    for error in (validator or _validator()).iter_errors(data):
        yield from _explain((*path, *error.instance_path), error)


def _explain(path: Path, error: Any) -> Iterator[Problem]:
    kind = error.kind
    subject = path[-1] if path and isinstance(path[-1], str) else "this entry"
    if isinstance(kind, jsonschema_rs.ValidationErrorKind.AdditionalProperties):
        known = _known_keys(error.schema_path)
        for key in kind.unexpected:
            hint = did_you_mean(key, known) or f"; known: {', '.join(known)}"
            yield Problem((*path, key), f"unknown key {shorten(key)}{hint}")
    elif isinstance(kind, jsonschema_rs.ValidationErrorKind.Required):
        yield Problem(path, f"{kind.property.strip(chr(34))} is missing")
    elif isinstance(kind, jsonschema_rs.ValidationErrorKind.Type):
        yield Problem(path, f"{subject} must be {_types(kind.types)}, not {_value(error.instance)}")
    elif isinstance(kind, jsonschema_rs.ValidationErrorKind.Enum):
        words = [str(option) for option in kind.options]
        hint = did_you_mean(str(error.instance), words)
        yield Problem(path, f"{subject} must be one of {', '.join(words)}, not {_value(error.instance)}{hint}")
    elif isinstance(kind, jsonschema_rs.ValidationErrorKind.MinLength):
        yield Problem(path, f"{subject} must not be empty")
    elif isinstance(kind, jsonschema_rs.ValidationErrorKind.Pattern):
        yield from _explain_pattern(path, subject, error.instance)
    elif isinstance(kind, (jsonschema_rs.ValidationErrorKind.Minimum, jsonschema_rs.ValidationErrorKind.Maximum)):
        limit = "at least" if isinstance(kind, jsonschema_rs.ValidationErrorKind.Minimum) else "at most"
        yield Problem(path, f"{subject} must be {limit} {kind.limit}, not {_value(error.instance)}")
    else:
        yield Problem(path, f"{subject}: {shorten(error.message, 200)}")


def _explain_pattern(path: Path, subject: str, value: str) -> Iterator[Problem]:
    if not value:
        return  # the check of the length reports it already
    if not value.strip():
        yield Problem(path, f"{subject} must not be blank")
    elif subject == "businessId":
        yield Problem(path, f"businessId must be a UUID, not {_value(value)}")
    else:
        yield Problem(path, f"{subject} must be a date or a time such as 2027-03-31T12:00:00Z, not {_value(value)}")


def _known_keys(schema_path: list[Any]) -> list[str]:
    """The properties of the object schema whose ``additionalProperties`` the schema path ends in."""
    root = estate_schema()
    here: Any = root
    for step in schema_path[:-1]:
        here = here[step]
        if step == "$ref":  # older versions of jsonschema-rs don't tell where a reference leads
            here = root["$defs"][here.rpartition("/")[2]]
    return list(here.get("properties", {}))


_TYPE_WORDS = {
    "string": "text",
    "object": "a mapping",
    "array": "a list",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}


def _types(types: list[str]) -> str:
    return " or ".join(phrase for word, phrase in _TYPE_WORDS.items() if word in types)


def _value(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, bool):
        return f"{str(value).lower()} (put it into quotes if it is meant as text)"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, str):
        return f'"{shorten(value)}"'
    return shorten(value)
