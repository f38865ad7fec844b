# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operations of the collection in the description of an API: which request each of them is, and with which body.

PRIVATE to the collection: it may change at any time. Pure functions.

The default method and path are looked for first. Otherwise the words in paths, operationIds, summaries and tags decide.
Where several requests match, the others are named in a remark, so that a person can choose.
"""

from __future__ import annotations

import re
import typing as t

from ..operations import FORM, JSON, OPERATIONS, PLACEHOLDER, SERVER, Operation
from .description import PARAMETER, Described, DescribedOperation, Document, Request

Json = t.Any
Fits = t.Callable[[Request], bool]

_NO_TEMPLATE = object()


def described(parsed: Json) -> Described:
    """Raises BadDescription."""
    document = Document(parsed)
    requests = document.requests()
    found = Described(document.prefix, document.security, requests)
    for name, fits in _FITS.items():
        operation = _operation(name, fits, requests, document)
        if operation is not None:
            found.operations[name] = operation
    for kind, names in _ANSWERS.items():
        for request in (each for name in names for each in requests if _is(each, name, found)):
            shape = document.shape(request.answer)
            if shape.places and kind not in found.shapes:
                found.shapes[kind] = shape
    return found


def _is(request: Request, name: str, found: Described) -> bool:
    operation = found.operations.get(name)
    return operation is not None and operation.shown == str(request)


# The operations from whose answers the fields of a kind are taken, the most complete first.
_ANSWERS = {
    "products": ("read_product", "list_products"),
    "flows": ("read_flow", "list_flows"),
    "deployments": ("list_deployments", "flow_deployments"),
}


def _last(request: Request) -> str:
    return request.segments[-1] if request.segments else ""


def _has(request: Request, *words: str) -> bool:
    return any(word in request.words for word in words)


def _in_path(request: Request, word: str) -> bool:
    return word in request.path.lower()


def _is_list(kind: str) -> Fits:
    return lambda request: request.method == "GET" and _last(request) == kind and not request.parameters


def _is_search(kind: str) -> Fits:
    return lambda request: _is_list(kind)(request) and "name" in request.query


def _is_object(kind: str) -> Fits:
    def fits(request: Request) -> bool:
        return (
            request.method == "GET"
            and len(request.segments) >= 2
            and request.segments[-2] == kind
            and _last(request).startswith("{")
        )

    return fits


def _is_list_of_backups(request: Request) -> bool:
    return request.method == "GET" and "backup" in _last(request) and len(request.parameters) == 1


def _adds_backups(request: Request) -> bool:
    return (
        request.method in ("POST", "PUT")
        and "backup" in _last(request)
        and not _has(request, "remove", "sync", "delete")
    )


def _removes_backup(request: Request) -> bool:
    if not _has(request, "backup"):
        return False
    return request.method == "DELETE" or (
        request.method in ("POST", "PUT", "PATCH") and _has(request, "remove", "delete", "detach", "unassign")
    )


def _synchronizes(request: Request) -> bool:
    return request.method in ("POST", "PUT", "PATCH") and _has(request, "sync") and _has(request, "backup", "product")


def _deploys(request: Request) -> bool:
    words = request.words.replace("undeploy", "").replace("deployments", "")
    return request.method in ("POST", "PUT", "PATCH") and "deploy" in words and _has(request, "flow")


def _lists_deployments_of_flow(request: Request) -> bool:
    if request.method != "GET" or "deployment" not in _last(request):
        return False
    return "flows" in request.segments or any("flow" in name.lower() for name in request.query)


def _logs_in(request: Request) -> bool:
    last = _last(request)
    return request.method == "POST" and any(word in last for word in ("login", "logon", "signin", "j_security_check"))


_FITS: dict[str, Fits] = {
    "list_products": _is_list("products"),
    "read_product": _is_object("products"),
    "list_backups": _is_list_of_backups,
    "add_backups": _adds_backups,
    "remove_backup": _removes_backup,
    "synchronize_backup": _synchronizes,
    "find_products": _is_search("products"),
    "list_flows": _is_list("flows"),
    "find_flows": _is_search("flows"),
    "read_flow": _is_object("flows"),
    "deploy_flow": _deploys,
    "list_deployments": lambda request: (
        request.method == "GET" and "deployment" in _last(request) and not request.parameters
    ),
    "flow_deployments": _lists_deployments_of_flow,
    "login": _logs_in,
}


def _operation(name: str, fits: Fits, requests: list[Request], document: Document) -> DescribedOperation | None:
    default = OPERATIONS[name]
    path, _sign, query = default.path.partition("?")
    key = default.method, PLACEHOLDER.sub("{}", path).lower()
    parameter = query.partition("=")[0]
    for request in requests:
        if default.path and request.key == key and (not parameter or parameter in request.query):
            return _as_default(default, request, document)
    found = sorted((request for request in requests if fits(request)), key=_closeness(default))
    if not found:
        return None
    others = tuple(str(request) for request in found[1:])
    override, remark = _override(default, found[0], document)
    if others:
        remark = f"{remark} The description also has {', '.join(others[:3])}.".strip()
    return DescribedOperation(False, str(found[0]), override, others, remark)


def _as_default(default: Operation, request: Request, document: Document) -> DescribedOperation:
    """The operation for a request whose path is the default; its body may differ from the default."""
    if default.body is None or default.sends or document.properties(request.body).keys() >= set(default.body):
        return DescribedOperation(True, str(request))
    override, remark = _override(default, request, document)
    kept = {key: value for key, value in override.items() if key in ("body", "encoding")}
    return DescribedOperation(False, str(request), kept, (), remark)


def _closeness(default: Operation) -> t.Callable[[Request], tuple[t.Any, ...]]:
    """A key for sorting requests: those with the default method first, then by how many segments differ."""
    wanted = set(PLACEHOLDER.sub("{}", default.path).lower().strip("/").split("/"))

    def key(request: Request) -> tuple[t.Any, ...]:
        own = {PARAMETER.sub("{}", segment) for segment in request.segments}
        return request.method != default.method, len(wanted ^ own), len(request.path), request.path

    return key


def _override(default: Operation, request: Request, document: Document) -> tuple[dict[str, Json], str]:
    """The override that turns the operation into this request, and what a person has to check."""
    override: dict[str, Json] = {}
    if request.method != default.method:
        override["method"] = request.method
    path, remark = _path(default, request)
    own_server = document.server_of(request.path)
    if own_server is not None:
        override["base"], path = SERVER, own_server + path
    if path != default.path:
        override["path"] = path
    if default.sends or not default.is_write:
        return override, remark
    body, unfilled = _template(default, request.body, document)
    if body is not _NO_TEMPLATE and body != default.body:
        override["body"] = body
    if request.encoding != default.encoding and request.body is not None:
        override["encoding"] = request.encoding
        if request.encoding == FORM and not isinstance(body, dict):
            override["encoding"] = JSON
    if unfilled:
        remark = f"{remark} Its body also needs {', '.join(unfilled)}: fill that in by hand.".strip()
    return override, remark


def _path(default: Operation, request: Request) -> tuple[str, str]:
    """The path with our placeholders in place of its parameters, and what a person has to check."""
    known = [name for name in default.placeholders if name in ("id", "backupId")]
    unfilled: list[str] = []

    def placeholder(match: re.Match[str]) -> str:
        name = match[1].lower()
        if "backup" in name and "backupId" in known:
            chosen = "backupId"
        elif "id" in known and not (filled and "id" in filled):
            chosen = "id"
        elif "backupId" in known and "backupId" not in filled:
            chosen = "backupId"
        else:
            unfilled.append(match[1])
            return f"%7B{match[1]}%7D"
        filled.append(chosen)
        return f"{{{chosen}}}"

    filled: list[str] = []
    path = PARAMETER.sub(placeholder, request.path)
    if "?" in default.path and not filled:
        wanted, value = ("name", "name") if default.may_find_none else ("flow", "id")
        query = next((name for name in request.query if wanted in name.lower()), "")
        path += f"?{query}={{{value}}}" if query else ""
    remark = f"Find out what {', '.join(unfilled)} in its path stands for." if unfilled else ""
    return path, remark


def _template(default: Operation, schema: Json, document: Document) -> tuple[Json, list[str]]:
    """A body for a schema, with our placeholders, and the names of the required properties without a known value."""
    if schema is None:
        return None, []
    unfilled: list[str] = []
    body = _filled(default, schema, document, unfilled, 0)
    return (_NO_TEMPLATE if body is None else body), unfilled


def _filled(default: Operation, schema: Json, document: Document, unfilled: list[str], depth: int) -> Json:
    inner = document.items(schema)
    if inner is not None and depth < 4:
        entry = _filled(default, inner, document, unfilled, depth + 1)
        if entry is None and "backupId" in default.placeholders:
            entry = "{backupId}"
        return None if entry is None else [entry]
    filled: dict[str, Json] = {}
    required = set(document.resolved(schema).get("required") or ())
    for name, each in document.properties(schema).items():
        value: Json = _value(default, name)
        inside: list[str] = []
        if value is None and depth < 4 and (document.items(each) is not None or document.properties(each)):
            value = _filled(default, each, document, inside, depth + 1)
        if value is not None:
            filled[name] = value
            unfilled += inside
        elif name in required:
            unfilled.append(name)
    # A reference needs only a businessId (documented), and a name may be ambiguous.
    if "businessId" in filled and "name" in filled and "name" not in required:
        del filled["name"]
    return filled or None


def _value(default: Operation, name: str) -> str | None:
    word = name.lower()
    placeholders = default.placeholders
    if default.name == "login":
        if "pass" in word or word in ("pwd", "j_password"):
            return "{password}"
        return "{username}" if "user" in word or word in ("login", "name") else None
    is_of_backup = "backupId" in placeholders and "master" not in word
    if word in ("businessid", "id", "backupid", "productid", "flowid", "backupproductid", "masterid"):
        return "{backupId}" if is_of_backup else "{id}"
    if word in ("name", "backupname", "productname", "flowname"):
        return "{backupName}" if is_of_backup else "{name}"
    return "{force}" if "force" in word and "force" in placeholders else None
