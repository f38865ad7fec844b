# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""cg_contact: which assumptions hold for a real Central Governance, checked by reading only.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ..cg_api.connection import Connection
from ..cg_api.contact.conclusions import (
    assumption_rows,
    counts,
    field_rows,
    left_to_try,
    proposed_operations,
    verdict_lines,
)
from ..cg_api.contact.described import described
from ..cg_api.contact.description import BadDescription, Described
from ..cg_api.contact.judging import Seen
from ..cg_api.contact.looker import RecordingClient, status_and_message
from ..cg_api.contact.recording import text_without_secrets
from ..cg_api.contact.shapes import Shape, compare, shape_of, unexpected_places
from ..cg_api.contact.verdicts import NOT_SEEN, Exchange
from ..cg_api.contact.visit import Contact
from ..cg_api.errors import BadOption
from .cg_contact_recording import check_place, write_recording
from .module import Task
from .options import DEFAULT_API_PREFIX, connection_from, structured
from .report import Report, as_text

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "openapi": {"type": "path"},
    "search_openapi": {"type": "bool", "default": True},
    "send_options": {"type": "bool", "default": True},
    "login_attempts": {"type": "int", "default": 3},
    "recording": {"type": "path"},
    "replace_names": {"type": "bool", "default": False},
}

# The number of characters that are shown of an answer that is not understood.
BEGINNING = 500
# Connection options that a proposal repeats as they were given.
_REPEATED = ("ca_path", "client_cert", "client_key")
_CREDENTIALS = {
    "basic": {"username": "{{ cg_username }}", "password": "{{ cg_password }}"},
    "session": {"username": "{{ cg_username }}", "password": "{{ cg_password }}"},
    "token": {"token": "{{ cg_token }}"},
    "headers": {"headers": "{{ cg_headers }}"},
}
EMPTY = Report(results={"assumptions": [], "proposal": {}, "summary": ""})


def connect(params: t.Mapping[str, t.Any]) -> Connection:
    """The connection. Without a url, only the description of the API is read. Raises BadOption."""
    if not (params["url"] or "").strip() and params["openapi"]:
        return Connection("http://localhost")
    return connection_from(params)


def cg_contact(task: Task) -> Report:
    params = task.params
    if params["login_attempts"] < 1:
        raise BadOption("login_attempts: it must be at least 1.")
    check_place(params["recording"])
    from_file = _description_in(params["openapi"])
    url = (params["url"] or "").strip()
    client = RecordingClient(task.cg.transport.connection)
    contact = Contact(
        client,
        task.cg.operations,
        most_refusals=params["login_attempts"],
        send_options=params["send_options"],
        read_description=_parsed if params["search_openapi"] and from_file is None else None,
    )
    if url:
        contact.run()
    seen = _judged(contact, from_file or _found_description(contact))
    seen.overridden = frozenset(structured("operations", params["operations"]) or {})
    proposal, remarks = _proposal(task, contact, seen, url)
    rows = assumption_rows(seen)
    failure = _failure(contact, url) if url else ""
    report = Report(
        results={
            "authentication": {
                "way": contact.way.name,
                "tried": [vars(each) for each in contact.way.tried],
            },
            "assumptions": rows,
            "verdicts": verdict_lines(rows),
            "counts": counts(rows),
            "fields": [row for row in field_rows(seen) if row["verdict"] != NOT_SEEN],
            "unexpected_fields": {kind: places for kind in seen.shapes if (places := _unexpected(kind, seen))},
            "proposal": proposal,
            "proposal_text": proposal_text(proposal),
            "remarks": remarks,
            "try_by_hand": left_to_try(rows, proposal.get("operations", {})),
            "exchanges": [_exchange_row(exchange) for exchange in client.exchanges],
            "described_requests": [str(request) for request in seen.described.requests] if seen.described else [],
            "openapi_found_at": contact.description_from,
            "summary": _summary(contact, rows, proposal, url),
        },
        failure=failure,
    )
    report.results = {key: _clean(value, client) for key, value in report.results.items()}
    if params["recording"]:
        report.warnings += write_recording(task, contact, report.results, proposal.get("operations", {}))
        report.results["recording"] = params["recording"]
    return report


# The description of the API


def _description_in(path: str | None) -> Described | None:
    """Raises BadOption, which names the file and what is wrong with it."""
    if path is None:
        return None
    try:
        with open(path, encoding="utf-8") as file:
            text = file.read()
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text in UTF-8"
        raise BadOption(f"openapi: {path} cannot be read ({reason}).") from None
    try:
        return described(structured(f"openapi: {path}", text))
    except BadDescription as problem:
        raise BadOption(f"openapi: {path} is not a description of an API in OpenAPI or Swagger: {problem}.") from None


def _parsed(text: str) -> t.Any:
    try:
        return structured("openapi", text)
    except BadOption:
        return None


def _found_description(contact: Contact) -> Described | None:
    if contact.description is None:
        return None
    try:
        return described(contact.description)
    except BadDescription:
        return None


# Judging


def _judged(contact: Contact, description: Described | None) -> Seen:
    findings = contact.findings
    seen = Seen(findings, contact.way, contact.prefix, DEFAULT_API_PREFIX, described=description)
    objects = {
        "products": [*findings.products, *findings.whole_products],
        "flows": [*findings.flows, *findings.whole_flows],
        "deployments": findings.deployments,
    }
    for kind, items in objects.items():
        shape = shape_of(items)
        is_described = not shape.objects and description is not None
        if is_described and description is not None:
            shape = description.shapes.get(kind, Shape())
        seen.shapes[kind] = shape
        seen.field_verdicts += compare(kind, shape, is_described)
    return seen


def _unexpected(kind: str, seen: Seen) -> list[str]:
    return unexpected_places(kind, seen.shapes[kind])


# Reporting


def _proposal(task: Task, contact: Contact, seen: Seen, url: str) -> tuple[dict[str, t.Any], list[str]]:
    given = structured("operations", task.params["operations"]) or {}
    operations, remarks = proposed_operations(seen, given)
    prefix = contact.prefix
    if not url and seen.described is not None and seen.described.prefix:
        prefix = seen.described.prefix
    proposal: dict[str, t.Any] = {"url": url or "https://cg.example.com:6900"}
    if prefix.strip("/") != DEFAULT_API_PREFIX.strip("/"):
        proposal["api_prefix"] = prefix
    way = contact.way.name or ("token" if task.params["token"] else "basic")
    proposal.update(_CREDENTIALS.get(way, {}))
    proposal.update({name: task.params[name] for name in _REPEATED if task.params.get(name)})
    if not task.params["validate_certs"]:
        proposal["validate_certs"] = False
    if operations:
        proposal["operations"] = operations
    return proposal, remarks


def proposal_text(proposal: dict[str, t.Any]) -> str:
    """YAML for a play, in the order of the proposal."""
    from ansible.module_utils.common.yaml import HAS_YAML, yaml_dump

    document = {"module_defaults": {"group/mftops.central_governance.central_governance": proposal}}
    if HAS_YAML:
        return str(yaml_dump(document, default_flow_style=False, sort_keys=False, allow_unicode=True, width=120))
    return as_text(document)


def _failure(contact: Contact, url: str) -> str:
    if contact.way.transport is None:
        first = contact.client.exchanges[0]
        if first.is_success and not first.is_json and not contact.way.tried:
            return f"{url} does not answer like Central Governance: {_shown(first)}. Nothing was changed."
        return f"{contact.way.failure} Nothing was changed."
    if contact.findings.working("list_products") is None:
        attempts = contact.findings.attempts.get("list_products", [])
        tried = "; ".join(f"{each.exchange.request}: {each.problem}" for each in attempts)
        return (
            f"{url} does not answer like Central Governance. What was tried for the list of products: {tried}. Check "
            "url and api_prefix. Nothing was changed."
        )
    return ""


def _shown(exchange: Exchange) -> str:
    return f"{exchange.request} answered {status_and_message(exchange)}, {exchange.content_type or 'no content type'}"


def _exchange_row(exchange: Exchange) -> dict[str, t.Any]:
    row: dict[str, t.Any] = {
        "request": exchange.request,
        "way": exchange.way,
        "status": exchange.status,
        "content_type": exchange.content_type,
        "answer": exchange.answer if exchange.is_success and exchange.is_json else status_and_message(exchange),
    }
    if exchange.page:
        row["beginning"] = exchange.page[:BEGINNING]
    if exchange.allowed:
        row["allow"] = sorted(exchange.allowed)
    if "server" in exchange.headers:
        row["server"] = exchange.headers["server"]
    return row


def _summary(contact: Contact, rows: list[dict[str, t.Any]], proposal: dict[str, t.Any], url: str) -> str:
    found = counts(rows)
    verdicts = f"{found['confirmed']} assumptions confirmed, {found['contradicted']} contradicted"
    verdicts += f", {found['not_seen']} not seen"
    overrides = ", ".join(proposal.get("operations", {}))
    proposed = f"operations to override: {overrides}" if overrides else "no operation to override"
    if not url:
        return f"The description of the API alone: {verdicts}; {proposed}."
    if not contact.way.name:
        return f"{url}: no way to authenticate worked; {verdicts}; {proposed}."
    findings = contact.findings
    return (
        f"{url}: authentication {contact.way.name}, {findings.product_count} products, {findings.flow_count} flows; "
        f"{verdicts}; {proposed}."
    )


def _clean(value: t.Any, client: RecordingClient) -> t.Any:
    """The value without secrets, which a server may have repeated in any text."""
    if isinstance(value, dict):
        return {key: _clean(entry, client) for key, entry in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(entry, client) for entry in value]
    return text_without_secrets(value, client.scrub) if isinstance(value, str) else value
