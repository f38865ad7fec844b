# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sends requests to a server and keeps its answers. Only reads and the login are ever sent.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import itertools
import time
import typing as t
from dataclasses import replace
from datetime import datetime, timezone

from ..answers import UnusableAnswer, objects_in
from ..connection import SHORTEST_SECRET, Connection
from ..documents import LargeList, NotInPieces
from ..errors import CGError
from ..login_page import without_hidden_values
from ..operations import Operation
from ..overrides import effective_operations
from ..replies import MESSAGE_LOOKED_FOR_IN, Reply, document_in
from ..scrubbing import Scrubber
from ..server_messages import server_message
from ..transport import Transport
from .verdicts import Attempt, Exchange

Json = t.Any
Override = dict[str, Json]

KEPT_HEADERS = ("allow", "location", "server", "www-authenticate")
# How many objects of a large list are examined.
SAMPLE = 500
# How many characters are kept of the server's own message, and of a header.
WORDS = 300


class RecordingClient:
    """Sends the requests of one contact and keeps the exchanges in their order."""

    def __init__(self, connection: Connection, sample: int = SAMPLE) -> None:
        self.connection = connection
        self.sample = sample
        self.exchanges: list[Exchange] = []
        self.scrub = Scrubber(connection.secrets)

    def transport(self, login: Operation | None = None, **changes: t.Any) -> Transport:
        """A read-only transport for the connection with these changes. Raises BadOption."""
        transport = Transport(replace(self.connection, **changes), read_only=True)
        if login is not None:
            transport.open_session_with(login)
        return transport

    def send(
        self,
        transport: Transport,
        operation: Operation,
        values: t.Mapping[str, str] | None = None,
        way: str = "",
    ) -> Exchange:
        """Sends one request. Raises CGError when the server cannot be reached at the first request.

        Any later failure is kept in the exchange, as is a refused login: the exchange is then that of the login.
        """
        path = operation.filled_path(values or {})
        exchange = Exchange(operation.name, operation.method, path, way, at=_now())
        started = time.monotonic()
        try:
            reply = transport.reply_to(operation, values)
        except CGError as error:
            if error.status is None and not self.exchanges:
                raise
            if error.method:
                exchange.method, exchange.path = error.method, error.path
            exchange.status, exchange.words = error.status, self.scrub(error.server_message)
            exchange.problem = self.scrub(str(error))
        else:
            self.scrub.add(value for value in reply.cookies if len(value) >= SHORTEST_SECRET)
            exchange.sets_cookie = bool(reply.cookies)
            self._keep(exchange, reply)
        exchange.duration_ms = round((time.monotonic() - started) * 1000, 1)
        self.exchanges.append(exchange)
        return exchange

    def _keep(self, exchange: Exchange, reply: Reply) -> None:
        exchange.status, exchange.content_type = reply.status, reply.content_type.split(";")[0].strip().lower()
        exchange.headers = {
            name: self.scrub(reply.headers[name])[:WORDS] for name in KEPT_HEADERS if name in reply.headers
        }
        try:
            exchange.document, exchange.count = self._document(reply)
            exchange.is_json = exchange.document is not None
        except (UnusableAnswer, RecursionError):
            text = without_hidden_values(self.scrub(reply.text[: 2 * MESSAGE_LOOKED_FOR_IN]))
            exchange.page = text[:MESSAGE_LOOKED_FOR_IN]
        if not exchange.is_success or not exchange.is_json:
            exchange.words = server_message(reply.text[:MESSAGE_LOOKED_FOR_IN], reply.content_type, self.scrub)[:WORDS]
        if reply.has_next_page or reply.status == 206:
            exchange.headers["paged"] = "yes"

    def _document(self, reply: Reply) -> tuple[Json, int | None]:
        if reply.is_large_list:
            try:
                entries = iter(LargeList(reply.content))
                kept = list(itertools.islice(entries, self.sample))
                return kept, len(kept) + sum(1 for _entry in entries)
            except NotInPieces:
                pass
        document = document_in(reply)
        if isinstance(document, list):
            return document[: self.sample], len(document)
        return document, None

    def attempt(
        self,
        transport: Transport,
        operation: Operation,
        override: Override,
        values: t.Mapping[str, str],
        way: str = "",
    ) -> Attempt:
        """Sends a read with one spelling. The attempt says whether the modules could use the answer."""
        changed = effective_operations({operation.name: override})[operation.name] if override else operation
        exchange = self.send(transport, changed, values, way)
        objects, problem = usable(exchange, operation.answers, operation.may_find_none)
        return Attempt(operation.name, override, exchange, problem, objects)


def usable(exchange: Exchange, kind: str, may_find_none: bool = False) -> tuple[tuple[dict[str, Json], ...], str]:
    """The objects that the modules would take from an answer, and the reason if they could not, else ''."""
    if exchange.status == 404 and may_find_none and exchange.is_json:
        return (), ""
    if exchange.status is None or not exchange.is_success:
        return (), status_and_message(exchange)
    if "paged" in exchange.headers:
        return (), "a part of the list only"
    if not exchange.is_json:
        kind_of_answer = exchange.content_type or "no content type"
        return (), f"{exchange.status}, which is not JSON ({kind_of_answer}){quoted(exchange.words)}"
    try:
        return tuple(objects_in(exchange.document, kind)), ""
    except UnusableAnswer as problem:
        return (), f"{exchange.status} with {problem}"


def holds_objects(exchange: Exchange, kind: str) -> bool:
    """Whether the answer has objects of this kind, if only a page of them; a login page has none."""
    problem = usable(exchange, kind)[1]
    return not problem or "the whole list" in problem or "part of the list" in problem


def status_and_message(exchange: Exchange) -> str:
    """The status, the target of a redirect, and the server's own message."""
    if exchange.status is None:
        return exchange.problem or "no answer"
    location = f", redirects to {exchange.headers['location']}" if "location" in exchange.headers else ""
    return f"{exchange.status}{location}{quoted(exchange.words)}"


def quoted(words: str) -> str:
    shown = words if len(words) <= 200 else f"{words[:200]}..."
    return f' ("{shown}")' if shown else ""


def options_of(operation: Operation) -> Operation:
    """The request that asks which methods the path of an operation accepts; HTTP defines OPTIONS as safe."""
    return replace(operation, method="OPTIONS", body=None, sends="")


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
