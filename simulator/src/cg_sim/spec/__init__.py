# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The API description: read once, turned into routes and validators."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Any

import jsonschema_rs
import yaml

Document = dict[str, Any]

_METHODS = ("get", "put", "post", "delete")
#: The operations that open a session: neither a read nor a write.
LOGINS = ("login", "loginForm", "loginOnPage")
JSON, FORM = "application/json", "application/x-www-form-urlencoded"
#: Replaces values in validation messages, since any of them may be a password.
_MASK = "the value"


def spec_text() -> str:
    """The OpenAPI file as it is on disk."""
    return resources.files("cg_sim.spec").joinpath("openapi.yaml").read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def load_spec() -> Document:
    """The OpenAPI document. Parsed with libyaml if available: 10 ms instead of 150."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(spec_text(), loader)


@dataclass
class Operation:
    """One operation of the API description, with its validators."""

    id: str
    method: str
    path: str
    document: Document
    query: dict[str, Document]
    body_schema: Document | None
    body_required: bool
    responses: dict[str, Document]
    #: `key=value` of the variant under which the operation exists; None: always.
    variant: tuple[str, str] | None
    open_to_all: bool
    #: Media type of the body.
    body_media: str = JSON
    #: The path is that of the server, not below the API.
    outside: bool = False
    _validators: dict[str, Any] = field(default_factory=dict)

    def exists(self, variants: Mapping[str, str] | None) -> bool:
        """Whether the operation exists under these variants; None: under any."""
        return self.variant is None or variants is None or variants[self.variant[0]] == self.variant[1]

    @property
    def writes(self) -> bool:
        return self.method != "GET" and self.id not in LOGINS

    @property
    def answers_page(self) -> bool:
        """An HTML page, not JSON."""
        return "text/html" in self.responses.get("200", {}).get("content", {})

    def without_unknown_keys(self, body: Any) -> Any:
        """A copy of the body without the keys that the description does not have, at any depth."""
        return body if self.body_schema is None else _strip(body, self.body_schema)

    def body_errors(self, body: Any) -> list[str]:
        """Messages that say where the body differs from the description; values are never shown."""
        if self.body_schema is None:
            return []
        validator = self._validator("body", self.body_schema)
        if validator.is_valid(body):
            return []
        errors = [f"{_place(error.instance_path)}: {error.message}" for error in validator.iter_errors(body)]
        return errors[:20]

    def answer_errors(self, status: int, content_type: str, body: Any) -> list[str]:
        """Where an answer differs from the description: its status, its content type, its body."""
        response = self.responses.get(str(status))
        if response is None:
            return [f"{self.id}: status {status} is not described"]
        contents = response.get("content")
        if contents is None or body is None:
            emptiable = contents is None or self.id == "deployFlow"
            message = f"{self.id} {status}: the presence of a body does not match the description"
            return [] if body is None and emptiable else [message]
        media = content_type.split(";")[0]
        if media not in contents:
            return [f"{self.id} {status}: content type {media} is not described"]
        validator = self._validator(f"{status} {media}", contents[media]["schema"])
        return [
            f"{self.id} {status}: {_place(error.instance_path)}: {error.message}"
            for error in validator.iter_errors(body)
        ]

    def iter_body_errors(self, body: Any) -> Iterator[Any]:
        """The jsonschema_rs.ValidationErrors of a request's body."""
        if self.body_schema is not None:
            yield from self._validator("body", self.body_schema).iter_errors(body)

    def iter_answer_errors(self, status: int, media: str, body: Any) -> Iterator[Any]:
        """The jsonschema_rs.ValidationErrors of an answer whose status and media type are described."""
        schema = self.responses[str(status)]["content"][media]["schema"]
        yield from self._validator(f"{status} {media}", schema).iter_errors(body)

    def _validator(self, key: str, schema: Document) -> Any:
        # Compiled on first use, to keep the start fast.
        if key not in self._validators:
            root = {**schema, "components": {"schemas": load_spec()["components"]["schemas"]}}
            self._validators[key] = jsonschema_rs.Draft202012Validator(root, mask=_MASK)
        return self._validators[key]


def _place(path: list[str | int]) -> str:
    text = "body"
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text


def resolve(node: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow a `$ref` into the components; sibling keys take precedence."""
    reference = node.get("$ref")
    if reference is None:
        return node
    target: Any = load_spec()
    for step in reference.removeprefix("#/").split("/"):
        target = target[step]
    return {**resolve(target), **{key: value for key, value in node.items() if key != "$ref"}}


def _strip(value: Any, schema: Mapping[str, Any]) -> Any:
    schema = resolve(schema)
    for choice in schema.get("anyOf", ()):
        value = _strip(value, choice)
    if isinstance(value, list) and "items" in schema:
        return [_strip(entry, schema["items"]) for entry in value]
    known = schema.get("properties")
    if not isinstance(value, dict) or known is None:
        return value
    free = schema.get("additionalProperties") is not False
    return {
        key: _strip(entry, known[key]) if key in known else entry
        for key, entry in value.items()
        if free or key in known
    }


@lru_cache(maxsize=1)
def operations() -> tuple[Operation, ...]:
    return tuple(_read_operations())


def _read_operations() -> Iterator[Operation]:
    for path, item in load_spec()["paths"].items():
        shared = [resolve(parameter) for parameter in item.get("parameters", [])]
        for method in _METHODS:
            if method not in item:
                continue
            document = item[method]
            parameters = [*shared, *(resolve(parameter) for parameter in document.get("parameters", []))]
            body = document.get("requestBody")
            media = FORM if body and FORM in body["content"] else JSON
            variant = document.get("x-variant")
            yield Operation(
                id=document["operationId"],
                method=method.upper(),
                path=path,
                document=document,
                query={entry["name"]: dict(entry) for entry in parameters if entry["in"] == "query"},
                body_schema=body["content"][media]["schema"] if body else None,
                body_required=bool(body and body.get("required")),
                responses={status: dict(resolve(response)) for status, response in document["responses"].items()},
                variant=tuple(variant.split("=")) if variant else None,
                open_to_all=document.get("security") == [],
                body_media=media,
                outside="servers" in item,
            )


def describe(variants: Mapping[str, str], lenient: bool = False) -> Document:
    """The description without the operations that do not exist under these variants; if lenient, other keys are
    allowed too."""
    spec = load_spec()
    absent = {entry.id for entry in operations() if not entry.exists(variants)}
    paths = {}
    for path, item in spec["paths"].items():
        kept = {
            key: _without_links_to(entry, absent) if key in _METHODS else entry
            for key, entry in item.items()
            if key not in _METHODS or entry["operationId"] not in absent
        }
        if any(method in kept for method in _METHODS):
            paths[path] = kept
    described = {**spec, "paths": paths}
    return _open_to_other_keys(described) if lenient else described


def _without_links_to(operation: Document, absent: set[str]) -> Document:
    def without(response: Document) -> Document:
        links = {name: link for name, link in response.get("links", {}).items() if link["operationId"] not in absent}
        return {**response, "links": links} if "links" in response else response

    return {**operation, "responses": {status: without(entry) for status, entry in operation["responses"].items()}}


def _open_to_other_keys(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            key: _open_to_other_keys(value)
            for key, value in node.items()
            if not (key == "additionalProperties" and value is False)
        }
    return [_open_to_other_keys(entry) for entry in node] if isinstance(node, list) else node


class Router:
    """Maps a request to its operation."""

    def __init__(self) -> None:
        self._routes: list[tuple[re.Pattern[str], dict[str, Operation]]] = []
        by_path: dict[str, dict[str, Operation]] = {}
        #: Path -> operations by method, for those outside of the API.
        self._outside: dict[str, dict[str, Operation]] = {}
        for operation in operations():
            if operation.outside:
                self._outside.setdefault(operation.path, {})[operation.method] = operation
                continue
            by_path.setdefault(operation.path, {})[operation.method] = operation
        # Fixed segments before parameters: .../backupproducts/remove is not a backup with the id "remove".
        for path in sorted(by_path, key=lambda text: [segment.startswith("{") for segment in text.split("/")]):
            pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)
            self._routes.append((re.compile(pattern), by_path[path]))

    def find(
        self, path: str, variants: Mapping[str, str] | None, outside: bool = False
    ) -> tuple[dict[str, Operation], dict[str, str]]:
        """The operations of a path by method, and the path's parameters; no operations when there is no such path.
        `variants` None: the operations of all variants. `outside`: the path is not below the API."""
        if outside:
            methods = self._outside.get(path, {})
            return {method: operation for method, operation in methods.items() if operation.exists(variants)}, {}
        for pattern, methods in self._routes:
            match = pattern.fullmatch(path)
            if match is None:
                continue
            present = {method: operation for method, operation in methods.items() if operation.exists(variants)}
            if present:
                return present, match.groupdict()
        return {}, {}

    @property
    def outside(self) -> list[str]:
        """The paths that are not below the API."""
        return list(self._outside)
