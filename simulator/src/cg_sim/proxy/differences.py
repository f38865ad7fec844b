# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares requests and answers with the API description. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from cg_sim.api.http import parse_query, read_form
from cg_sim.api.scrubbing import SCRUBBED, is_secret, scrub_text
from cg_sim.json_limits import can_be_written
from cg_sim.spec import FORM, Operation, load_spec, resolve
from cg_sim.spec.provenance import CONSTRAINTS

#: Longer names and values are shortened to this number of characters.
_LONGEST = 80
_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}


@dataclass(frozen=True)
class Difference:
    """`side` is `request` or `answer STATUS`; `place` is where in it (`body[].name`, `query name`, `status`);
    `described` is what the description says, and `provenance` whether that is `documented` or `assumed`."""

    side: str
    place: str
    described: str
    seen: str
    provenance: str


@dataclass(frozen=True)
class Message:
    """The content of a request or an answer: media type (lower case, without parameters) and body."""

    media: str
    body: bytes

    @property
    def is_json(self) -> bool:
        return self.media == "application/json" or self.media.endswith("+json")

    def content(self) -> Any:
        """The body as JSON. Raises ValueError when it is not JSON, or nested too deeply."""
        content = orjson.loads(self.body)
        if not can_be_written(content):
            raise ValueError("nested too deeply, or a number that is not finite")
        return content


def of_request(operation: Operation, query: str, message: Message) -> list[Difference]:
    """The differences of a request, without duplicates."""
    found = [*_of_query(operation, query), *_of_request_body(operation, message)]
    return list(dict.fromkeys(found))


def of_answer(operation: Operation, status: int, message: Message) -> list[Difference]:
    """The differences of an answer, without duplicates (several entries of a list may have the same)."""
    return list(dict.fromkeys(_of_answer(operation, status, message)))


def _of_query(operation: Operation, query: str) -> Iterator[Difference]:
    provenance = operation.document["x-provenance"]
    names: set[str] = set()
    for name, value in parse_query(query):
        place = f"query {_short(name)}"
        if name not in operation.query:
            known = ", ".join(operation.query) or "none"
            yield Difference("request", place, f"parameters: {known}", "another parameter", provenance)
        elif name in names:
            yield Difference("request", place, "given once", "given more than once", "assumed")
        elif not value:
            yield Difference("request", place, "a value", "no value", "assumed")
        names.add(name)


def _of_request_body(operation: Operation, message: Message) -> Iterator[Difference]:
    provenance = operation.document["x-provenance"]
    if operation.body_schema is None:
        if message.body.strip() not in (b"", b"{}"):
            yield Difference("request", "body", "no body", "a body", provenance)
    elif not message.body:
        if operation.body_required:
            yield Difference("request", "body", "a body", "no body", provenance)
    elif message.media != operation.body_media:
        seen = _short(message.media) or "none"
        yield Difference("request", "content type", operation.body_media, seen, provenance)
    else:
        try:
            content = read_form(message.body) if operation.body_media == FORM else message.content()
        except ValueError:
            yield Difference("request", "body", "JSON", "not JSON, or nested too deeply", provenance)
            return
        for error in operation.iter_body_errors(content):
            yield from _of_error("request", error, content, operation.body_schema, provenance)


def _of_answer(operation: Operation, status: int, message: Message) -> Iterator[Difference]:
    side = f"answer {status}"
    response = operation.responses.get(str(status))
    if response is None:
        known = ", ".join(operation.responses)
        whole = all(each.get("x-provenance") == "documented" for each in operation.responses.values())
        yield Difference(side, "status", known, str(status), "documented" if whole else "assumed")
        return
    provenance = response.get("x-provenance", "assumed")
    contents: Mapping[str, Any] = response.get("content") or {}
    media_types = ", ".join(contents)
    if not message.body:
        if contents and operation.id != "deployFlow":  # its body is optional
            yield Difference(side, "body", f"a body ({media_types})", "no body", provenance)
    elif not contents:
        yield Difference(side, "body", "no body", "a body", provenance)
    elif message.media not in contents:
        yield Difference(side, "content type", media_types, _short(message.media) or "none", provenance)
    elif message.is_json:
        try:
            content = message.content()
        except ValueError:
            yield Difference(side, "body", "JSON", "not JSON, or nested too deeply", provenance)
            return
        schema = contents[message.media]["schema"]
        for error in operation.iter_answer_errors(status, message.media, content):
            yield from _of_error(side, error, content, schema, provenance)


def _of_error(side: str, error: Any, content: Any, schema: Mapping[str, Any], provenance: str) -> Iterator[Difference]:
    """The differences of a jsonschema_rs.ValidationError. For anyOf, those of the alternative with the fewest."""
    if error.kind.name == "anyOf":
        branches = [branch for branch in error.kind.context if branch]
        fitting = [branch for branch in branches if not any(_is_other_type(each, error) for each in branch)]
        if fitting:
            meant = [
                [each for error in branch for each in _of_error(side, error, content, schema, provenance)]
                for branch in fitting
            ]
            yield from min(meant, key=len)
            return
    value = _at(content, error.instance_path)
    place = _place(error.instance_path)
    keyword = error.kind.name
    limit, sure = _described(error.schema_path, schema, provenance)
    if keyword == "additionalProperties":
        for key in error.kind.unexpected:
            yield Difference(side, f"{place}.{_short(key)}", "no such key", _shape(value.get(key)), sure)
    elif keyword == "required":
        yield Difference(side, f"{place}.{error.kind.property}", "a required key", "missing", sure)
    elif keyword == "enum":
        secret = any(isinstance(step, str) and is_secret(step) for step in error.instance_path)
        yield Difference(side, place, f"one of {_words(limit)}", _value(value, secret), sure)
    elif keyword == "type":
        yield Difference(side, place, f"type {_words(limit)}", _shape(value), sure)
    elif keyword == "anyOf":
        choices = " or ".join(_alternative(choice) for choice in limit or [])
        yield Difference(side, place, choices or "one of the alternatives", _shape(value), sure)
    else:
        yield Difference(side, place, f"{keyword} {_words(limit)}", _size(value), sure)


def _is_other_type(error: Any, whole: Any) -> bool:
    return error.kind.name == "type" and list(error.instance_path) == list(whole.instance_path)


def _described(path: list[str | int], schema: Mapping[str, Any], provenance: str) -> tuple[Any, str]:
    """The part of the description at a schema path, and its provenance. As in cg_sim.spec.provenance, a part of
    something assumed is assumed, and so is a constraint without a source."""
    node: Any = {**schema, "components": load_spec()["components"]}
    parent: Any = {}
    if path[:1] == ["components"]:
        provenance = "documented"  # the schema has its own provenance
    for step in path:
        parent = node
        try:
            node = node[int(step) if isinstance(node, list) else str(step)]
        except (KeyError, IndexError, TypeError, ValueError):
            return None, "assumed"
        if isinstance(node, dict) and node.get("x-provenance") == "assumed":
            provenance = "assumed"
    keyword = str(path[-1]) if path else ""
    if keyword in CONSTRAINTS and not (isinstance(parent, dict) and keyword in parent.get("x-constraints", {})):
        provenance = "assumed"
    return node, provenance


def _alternative(choice: Mapping[str, Any]) -> str:
    return str(choice.get("$ref", "")).rpartition("/")[2] or f"type {_words(resolve(choice).get('type', 'any'))}"


def _at(content: Any, path: list[str | int]) -> Any:
    for step in path:
        content = content[step]
    return content


def _place(path: list[str | int]) -> str:
    return "body" + "".join("[]" if isinstance(step, int) else f".{_short(step)}" for step in path)


def _shape(value: Any) -> str:
    return _TYPES.get(type(value), "null")


def _size(value: Any) -> str:
    if isinstance(value, (str, list, dict)):
        return f"{_shape(value)} of length {len(value)}"
    return _shape(value)


def _value(value: Any, secret: bool) -> str:
    if secret:
        return SCRUBBED
    return _short(scrub_text(value)) if isinstance(value, str) else _shape(value)


def _words(limit: Any) -> str:
    return ", ".join(map(str, limit)) if isinstance(limit, list) else str(limit)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
