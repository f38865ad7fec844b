# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The schema of estate documents: the published JSON schema, and its errors in plain sentences.

jsonschema-rs checks 10,000 products with 50 profiles each in a tenth of a second; the pure Python jsonschema takes
minutes for it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from functools import cache
from importlib import resources
from typing import Any

import jsonschema_rs

from .problems import Path, Problem, did_you_mean, shorten

Kind = jsonschema_rs.ValidationErrorKind


@cache
def estate_schema_text() -> str:
    """The published schema, as it is printed by ``cg-sim schema``."""
    return resources.files(__package__).joinpath("estate.schema.json").read_text(encoding="utf-8")


def estate_schema() -> dict[str, Any]:
    """The published schema. A new copy each time."""
    return json.loads(estate_schema_text())


@cache
def property_annotations(kind: str, keyword: str) -> dict[str, Any]:
    """What the schema states for the keys of a kind of object (``product``, ``flow``, ...): ``default`` values, or as
    ``examples`` the statuses and protocols that are known."""
    properties = estate_schema()["$defs"][kind]["properties"]
    return {key: rule[keyword] for key, rule in properties.items() if keyword in rule}


#: What a part of a flow can be. One of these is a key of each part in a document.
PART_KINDS: tuple[str, ...] = tuple(each["required"][0] for each in estate_schema()["$defs"]["part"]["oneOf"])


def utc_time(text: str) -> str:
    """A date or time, in the forms that the schema accepts, as Central Governance shows it (assumed): UTC, to the
    second, ``2027-03-31T12:00:00Z``. Raises ValueError if there is no such date or time."""
    # Python 3.10 parses fractions of a second only with 3 or 6 digits, and offsets only with a colon.
    text = re.sub(r"\.[0-9]+", "", text).replace("Z", "+00:00").replace(" ", "T")
    moment = datetime.fromisoformat(re.sub(r"(T.*[+-][0-9]{2})([0-9]{2})$", r"\1:\2", text))
    moment = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    try:
        return moment.astimezone(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z")
    except OverflowError as error:  # the first or last day that there is, in another time zone
        raise ValueError(str(error)) from None


def _is_time(text: str) -> bool:
    try:
        return bool(utc_time(text))
    except ValueError:
        return False


@cache
def _validator(only_known_words: bool) -> Any:
    schema = estate_schema()
    schema["$defs"]["time"]["format"] = "date or time"  # its pattern allows February 30 too
    for kind in ("product", "profile", "flow", "deployment") if only_known_words else ():
        for key, words in property_annotations(kind, "examples").items():
            schema["$defs"][kind]["properties"][key]["enum"] = words
    return jsonschema_rs.validator_for(schema, formats={"date or time": _is_time}, validate_formats=True)


def shape_problems(data: Any, validator: Any = None, path: Path = ()) -> Iterator[Problem]:
    """Schema errors of the data at ``path``; the published schema is used unless a validator is given."""
    for error in (validator or _validator(False)).iter_errors(data):
        yield from _explain((*path, *error.instance_path), error)


def unknown_words(data: Any) -> Iterator[Problem]:
    """Each status and protocol that is not known, in a document that passed the schema."""
    for problem in shape_problems(data, _validator(True)):
        yield Problem(problem.path, f"{problem.message} (allow_unknown_words: true accepts any)")


def allowing_unknown_words(estate: dict[str, Any]) -> dict[str, Any]:
    """The document, with ``allow_unknown_words`` if it needs that."""
    return {"allow_unknown_words": True, **estate} if any(unknown_words(estate)) else estate


def _explain(path: Path, error: Any) -> Iterator[Problem]:
    kind, value = error.kind, error.instance
    subject = path[-1] if path and isinstance(path[-1], str) else "this entry"
    match kind:
        case Kind.AdditionalProperties():
            known = _known_keys(error.schema_path)
            for key in kind.unexpected:
                yield Problem((*path, key), f"unknown key {shorten(key)}{_suggestion(key, known)}")
        case Kind.Required():
            yield Problem(path, f"{kind.property.strip(chr(34))} is missing")
        case Kind.Type():
            expected = " or ".join(phrase for word, phrase in _TYPE_WORDS.items() if word in kind.types)
            yield Problem(path, f"{subject} must be {expected}, not {_value(value)}")
        case Kind.Enum():
            yield Problem(path, f"unknown {subject} {_value(value)}{_suggestion(str(value), kind.options)}")
        case Kind.OneOfNotValid() | Kind.OneOfMultipleValid():
            yield Problem(path, f"it must name exactly one of {', '.join(PART_KINDS)}")
        case Kind.Pattern() | Kind.Format() if not value.strip():
            yield Problem(path, f"{subject} must not be {'blank' if value else 'empty'}")
        case Kind.Pattern() | Kind.Format():
            expected = "a UUID" if subject == "businessId" else "a date or a time such as 2027-03-31T12:00:00Z"
            yield Problem(path, f"{subject} must be {expected}, not {_value(value)}")
        case _:
            yield Problem(path, f"{subject}: {shorten(error.message, 200)}")


def _suggestion(word: str, known: Iterable[Any]) -> str:
    words = [str(each) for each in known]
    return did_you_mean(word, words) or f"; known: {'; '.join(words)}"


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
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "null",
}


def _value(value: Any) -> str:
    if value is None or isinstance(value, (dict, list)):
        return "empty" if value is None else "a mapping" if isinstance(value, dict) else "a list"
    if isinstance(value, bool):
        return f"{str(value).lower()} (put it into quotes if it is meant as text)"
    return f'"{shorten(value)}"' if isinstance(value, str) else shorten(value)
