# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The recording of a first contact: its requests and answers, and the estate for ``cg-sim import``.

PRIVATE to the collection: it may change at any time.

Its entries have the keys of the recording that ``cg-sim proxy`` writes, and some more; ``products`` and ``flows`` are
those of the info modules.
"""

from __future__ import annotations

import os
import re
import typing as t
from dataclasses import replace

from ..cg_api.client import CentralGovernance
from ..cg_api.contact.recording import Pseudonyms, without_secrets
from ..cg_api.contact.verdicts import Exchange
from ..cg_api.contact.visit import Contact
from ..cg_api.errors import BadOption, CGError
from ..cg_api.overrides import effective_operations
from ..cg_api.transport import Transport
from .module import Task
from .result_file import write_json
from .st_flow_info import flow_info
from .st_product_info import product_info

FORMAT = "mftops.central_governance.contact/1"
# The number of entries that are kept of a list in an answer; the estate has all of them.
ENTRIES = 5
# The query of a request that the evidence mentions.
_QUERY = re.compile(r"\?([^\s:;()]+=[^\s:;()]*)")
_ALL_PRODUCTS = {
    "names": None,
    "wildcard": None,
    "type": None,
    "version": None,
    "status": None,
    "include_profiles": True,
}
_ALL_FLOWS = {"flows": None, "masters": None, "status": None}


def check_place(path: str | None) -> None:
    """Called before any request. Raises BadOption when no file can be written there."""
    if path is None:
        return
    folder = os.path.dirname(path) or "."
    if os.path.isdir(path) or not os.path.isdir(folder) or not os.access(folder, os.W_OK):
        reason = "it is a folder" if os.path.isdir(path) else f"no file can be written to {folder}"
        raise BadOption(f"recording: {path} cannot be written: {reason}.")


def write_recording(
    task: Task, contact: Contact, results: dict[str, t.Any], operations: dict[str, dict[str, t.Any]]
) -> list[str]:
    """Returns warnings about what could not be read for it. Raises BadOption when it cannot be written."""
    estate, warnings = _estate(task, contact, operations)
    kept = ("assumptions", "fields", "unexpected_fields", "described_requests", "summary")
    document: dict[str, t.Any] = {
        "format": FORMAT,
        **{key: results[key] for key in kept},
        "operations": operations,
        "exchanges": [_entry(number, exchange) for number, exchange in enumerate(contact.client.exchanges, start=1)],
        **estate,
    }
    scrub = contact.client.scrub
    for key in ("exchanges", "products", "flows"):
        if key in document:
            document[key] = [_scrubbed(entry, scrub) for entry in document[key]]
    if task.params["replace_names"]:
        document = _with_pseudonyms(document)
    _write(task.params["recording"], document)
    return warnings


def _estate(
    task: Task, contact: Contact, operations: dict[str, dict[str, t.Any]]
) -> tuple[dict[str, t.Any], list[str]]:
    """The rows of st_product_info and st_flow_info, read with the proposed operations, and warnings."""
    way = contact.way
    if way.transport is None or contact.findings.working("list_products") is None:
        return {}, []
    connection = replace(way.transport.connection, retries=task.cg.transport.connection.retries)
    cg = CentralGovernance(Transport(connection, read_only=True), effective_operations(operations))
    warnings = []
    estate: dict[str, t.Any] = {}
    for key, body, params in (
        ("products", product_info, _ALL_PRODUCTS),
        ("flows", flow_info, _ALL_FLOWS),
    ):
        try:
            estate[key] = body(replace(task, params=params, cg=cg, predicted={})).results[key]
        except CGError as error:
            warnings.append(f"recording: it has no {key}, which could not be read: {contact.client.scrub(str(error))}")
    return estate, warnings


def _entry(number: int, exchange: Exchange) -> dict[str, t.Any]:
    path, _sign, query = exchange.path.partition("?")
    entry: dict[str, t.Any] = {
        "n": number,
        "at": exchange.at,
        "method": exchange.method,
        "path": path,
        "query": query,
        "operation": exchange.operation,
        "way": exchange.way,
        "passed_on": True,
        "status": exchange.status,
        "content_type": exchange.content_type,
        "headers": dict(exchange.headers),
        "request_body": None,
        "answer_body": _answer_body(exchange),
        "differences": [],
        "duration_ms": exchange.duration_ms,
    }
    if exchange.count is not None:
        entry["answer_entries"] = exchange.count
    if exchange.problem:
        entry["error"] = exchange.problem
    return entry


def _answer_body(exchange: Exchange) -> t.Any:
    if not exchange.is_json:
        return exchange.page[:1000] or exchange.words or None
    document = exchange.document
    if isinstance(document, dict) and isinstance(document.get("paths"), dict):
        return "(a description of an API)"
    return document[:ENTRIES] if isinstance(document, list) else document


def _scrubbed(entry: dict[str, t.Any], scrub: t.Any) -> dict[str, t.Any]:
    cleaned: dict[str, t.Any] = without_secrets(entry, scrub)
    return cleaned


def _with_pseudonyms(document: dict[str, t.Any]) -> dict[str, t.Any]:
    names = Pseudonyms()
    for key in ("products", "flows"):
        names.learn(document.get(key, []))
    for entry in document["exchanges"]:
        if entry["status"] is not None and entry["status"] < 300:
            names.learn(_body_of(entry))
    changed = dict(document)
    for key in ("products", "flows"):
        if key in document:
            changed[key] = names.replaced(document[key])
    changed["exchanges"] = [_entry_with_pseudonyms(entry, names) for entry in document["exchanges"]]
    for key in ("assumptions", "fields", "summary", "unexpected_fields"):
        changed[key] = _sentences(document[key], names)
    return changed


def _body_of(entry: dict[str, t.Any]) -> t.Any:
    body = entry["answer_body"]
    return body if isinstance(body, (dict, list)) else None


def _entry_with_pseudonyms(entry: dict[str, t.Any], names: Pseudonyms) -> dict[str, t.Any]:
    body = entry["answer_body"]
    headers = {key: names.sentence(value) for key, value in entry["headers"].items() if key != "location"}
    if "www-authenticate" in headers:  # the realm after its scheme may be a name
        headers["www-authenticate"] = headers["www-authenticate"].partition(" ")[0]
    return {
        **entry,
        "path": names.path(entry["path"]),
        "query": names.query(entry["query"]),
        "headers": headers,
        "answer_body": names.sentence(body) if isinstance(body, str) else names.replaced(body),
        **({"error": names.sentence(entry["error"])} if "error" in entry else {}),
    }


def _sentences(value: t.Any, names: Pseudonyms) -> t.Any:
    if isinstance(value, dict):
        return {key: _sentences(entry, names) for key, entry in value.items()}
    if isinstance(value, list):
        return [_sentences(entry, names) for entry in value]
    if not isinstance(value, str):
        return value
    return names.sentence(_QUERY.sub(lambda found: f"?{names.query(found[1])}", value))


def _write(path: str, document: dict[str, t.Any]) -> None:
    """Readable by its owner only."""
    try:
        write_json(path, document, mode=0o600)
    except (OSError, ValueError) as error:
        raise BadOption(f"recording: {path} could not be written: {error}.") from None
