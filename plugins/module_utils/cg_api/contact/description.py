# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The description of an API (OpenAPI 3, Swagger 2): its requests, and the schemas of their bodies and answers.

PRIVATE to the collection: it may change at any time. Pure functions. The document is not validated: what does not
follow the standard is ignored.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from ..operations import FORM, JSON
from .expected import FLAG, LIST, NUMBER, OBJECT, TEXT
from .shapes import Shape

Json = t.Any

_METHODS = ("get", "post", "put", "patch", "delete")
_DEEPEST = 8
_TYPES = {"string": TEXT, "integer": NUMBER, "number": NUMBER, "boolean": FLAG, "object": OBJECT, "array": LIST}
_FORM_TYPE = "application/x-www-form-urlencoded"
PARAMETER = re.compile(r"\{([^{}]*)\}")


class BadDescription(ValueError):
    """The document is not a description of an API; the text says why."""


@dataclass(frozen=True)
class Request:
    """One request of the description. ``words`` is its path, operationId, summary and tags, in lower case."""

    method: str
    path: str
    words: str
    query: tuple[str, ...] = ()
    body: Json = None  # schema, None for no body
    encoding: str = JSON
    answer: Json = None  # schema of the successful answer

    @property
    def key(self) -> tuple[str, str]:
        """The same for two paths that differ in the names of their parameters only."""
        return self.method, PARAMETER.sub("{}", self.path).lower()

    @property
    def parameters(self) -> list[str]:
        return PARAMETER.findall(self.path)

    @property
    def segments(self) -> list[str]:
        return [segment.lower() for segment in self.path.strip("/").split("/")]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


@dataclass(frozen=True)
class DescribedOperation:
    """The request of the description that corresponds to one of our operations.

    ``override`` is empty for the default. ``others`` are further requests that match; ``remark`` is what a person has
    to check.
    """

    is_default: bool
    shown: str
    override: dict[str, Json] = field(default_factory=dict)
    others: tuple[str, ...] = ()
    remark: str = ""


@dataclass
class Described:
    """The description as a first contact uses it, with all its requests."""

    prefix: str
    security: str
    requests: list[Request]
    operations: dict[str, DescribedOperation] = field(default_factory=dict)
    shapes: dict[str, Shape] = field(default_factory=dict)


class Document:
    """A parsed OpenAPI or Swagger document."""

    def __init__(self, document: Json) -> None:
        """Raises BadDescription."""
        if not isinstance(document, dict):
            raise BadDescription("it is not an object with openapi or swagger")
        if not isinstance(document.get("paths"), dict) or not ("openapi" in document or "swagger" in document):
            keys = ", ".join(list(map(str, document))[:6])
            raise BadDescription(f"it has no openapi (or swagger) and paths; it has {keys or 'nothing'}")
        self._document = document

    @property
    def prefix(self) -> str:
        """The path that precedes all paths; empty when the document does not give it."""
        if "basePath" in self._document:
            return str(self._document["basePath"]).rstrip("/")
        servers = self._document.get("servers")
        first = servers[0] if isinstance(servers, list) and servers else {}
        url = str(first.get("url", "")) if isinstance(first, dict) else ""
        return urlsplit(url).path.rstrip("/")

    @property
    def security(self) -> str:
        """The ways to authenticate, as words."""
        components = self._mapping(self._document.get("components"))
        schemes = self._mapping(components.get("securitySchemes") or self._document.get("securityDefinitions"))
        return ", ".join(_security_word(self.resolved(scheme)) for scheme in schemes.values())

    def server_of(self, path: str) -> str | None:
        """The path of the server that an entry of ``paths`` has of its own; None when it has none."""
        servers = self._mapping(self._document["paths"].get(path)).get("servers")
        first = self._mapping(servers[0]) if isinstance(servers, list) and servers else {}
        return urlsplit(str(first["url"])).path.rstrip("/") if "url" in first else None

    def requests(self) -> list[Request]:
        found = []
        for path, item in self._document["paths"].items():
            shared = self._mapping(item).get("parameters")
            for method in _METHODS:
                operation = self._mapping(item).get(method)
                if isinstance(operation, dict):
                    found.append(self._request(str(path), method, operation, shared))
        return found

    def _request(self, path: str, method: str, operation: dict[str, Json], shared: Json) -> Request:
        parameters = [self.resolved(each) for each in (*_list(shared), *_list(operation.get("parameters")))]
        body, encoding = self._body(operation, parameters)
        texts = [path, operation.get("operationId"), operation.get("summary"), *_list(operation.get("tags"))]
        return Request(
            method.upper(),
            path,
            " ".join(str(text) for text in texts if text).lower(),
            tuple(str(each.get("name")) for each in parameters if each.get("in") == "query"),
            body,
            encoding,
            self._answer(operation),
        )

    def _body(self, operation: dict[str, Json], parameters: list[dict[str, Json]]) -> tuple[Json, str]:
        content = self._mapping(self.resolved(operation.get("requestBody")).get("content"))
        if content:
            is_form = _FORM_TYPE in content and "application/json" not in content
            media = content.get(_FORM_TYPE if is_form else "application/json") or next(iter(content.values()))
            return self._mapping(media).get("schema"), FORM if is_form else JSON
        for each in parameters:  # Swagger 2
            if each.get("in") == "body":
                return each.get("schema"), JSON
        fields = {str(each.get("name")): each for each in parameters if each.get("in") == "formData"}
        return ({"type": "object", "properties": fields}, FORM) if fields else (None, JSON)

    def _answer(self, operation: dict[str, Json]) -> Json:
        responses = self._mapping(operation.get("responses"))
        for status, response in responses.items():
            if str(status).startswith("2"):
                found = self.resolved(response)
                if "schema" in found:
                    return found["schema"]
                for media in self._mapping(found.get("content")).values():
                    return self._mapping(media).get("schema")
        return None

    def resolved(self, node: Json) -> dict[str, Json]:
        """The node, or the target of its ``$ref`` within this document; empty when there is no such target."""
        seen = 0
        while isinstance(node, dict) and "$ref" in node and seen < _DEEPEST:
            target: Json = self._document
            for step in str(node["$ref"]).partition("#/")[2].split("/"):
                target = self._mapping(target).get(step.replace("~1", "/").replace("~0", "~"))
            node, seen = target, seen + 1
        return self._mapping(node)

    def properties(self, schema: Json, depth: int = 0) -> dict[str, Json]:
        """The properties of an object's schema, including those of all parts and alternatives (allOf, anyOf, oneOf)."""
        node = self.resolved(schema)
        found = dict(self._mapping(node.get("properties")))
        if depth < _DEEPEST:
            for key in ("allOf", "anyOf", "oneOf"):
                for part in _list(node.get(key)):
                    found.update(self.properties(part, depth + 1))
        return found

    def items(self, schema: Json) -> Json:
        """The schema of a list's entries; None when the schema is not that of a list."""
        return self.resolved(schema).get("items")

    def types(self, schema: Json, depth: int = 0) -> set[str]:
        """The types that a value may have, as named in ``expected``."""
        node = self.resolved(schema)
        given = node.get("type")
        found = {_TYPES[name] for name in _list(given) or [given] if name in _TYPES}
        if not found and "properties" in node:
            found.add(OBJECT)
        if depth < _DEEPEST:
            for key in ("allOf", "anyOf", "oneOf"):
                for part in _list(node.get(key)):
                    found |= self.types(part, depth + 1)
        return found or {TEXT}

    def shape(self, schema: Json) -> Shape:
        """The places of the objects in an answer."""
        shape = Shape()
        inner = self.items(schema)
        self._add(shape, inner if inner is not None else schema, "", 0)
        return shape

    def _add(self, shape: Shape, schema: Json, prefix: str, depth: int) -> None:
        for name, each in self.properties(schema).items():
            place = f"{prefix}{name}"
            for kind in self.types(each):
                shape.add(place, kind)
            if depth >= _DEEPEST:
                continue
            inner = self.items(each)
            if inner is not None and self.properties(inner):
                shape.add(place, OBJECT)
            self._add(shape, each if inner is None else inner, f"{place}.", depth + 1)

    @staticmethod
    def _mapping(node: Json) -> dict[str, Json]:
        return node if isinstance(node, dict) else {}


def _list(node: Json) -> list[Json]:
    return node if isinstance(node, list) else []


def _security_word(scheme: dict[str, Json]) -> str:
    kind = str(scheme.get("type", "?"))
    if kind in ("http", "basic"):
        return str(scheme.get("scheme", "basic"))
    return f"{scheme.get('in')} {scheme.get('name')}" if kind == "apiKey" else kind
