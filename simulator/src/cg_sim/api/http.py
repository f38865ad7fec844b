# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""HTTP requests and replies, their validation, and the ways to break a connection."""

from __future__ import annotations

import asyncio
import re
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_to_bytes

import orjson
from starlette.types import Receive, Scope, Send

from cg_sim.errors import Refusal, bad_request
from cg_sim.json_limits import can_be_written
from cg_sim.spec import FORM, JSON, Operation

LARGEST_BODY = 16 * 1024 * 1024
#: Statuses of replies without a body (RFC 9110).
BODYLESS = (204, 304)
#: Key in the ASGI scope where the server stores its transport, for faults that break a connection.
TRANSPORT = "cg_sim.transport"

#: Rows of a list that are encoded before other requests get a turn.
_ROWS = 250

_ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")


@dataclass
class Reply:
    """A reply; `headers` without content-length."""

    status: int
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    #: A list that is not yet encoded into the body.
    rows: list[Any] | None = None
    #: The body in chunks, if it is large.
    slices: list[bytes] = field(default_factory=list)

    async def encode_rows(self) -> None:
        """Encode in slices and let other requests run in between: a list of 10,000 products takes a second."""
        rows, self.rows = self.rows or [], None
        if len(rows) <= _ROWS:
            self.body = orjson.dumps(rows)
            return
        for start in range(0, len(rows), _ROWS):
            await asyncio.sleep(0)
            self.slices.append(b"," + orjson.dumps(rows[start : start + _ROWS])[1:-1])
        self.slices[0] = b"[" + self.slices[0][1:]
        self.slices.append(b"]")

    @property
    def length(self) -> int:
        return sum(map(len, self.slices)) or len(self.body)

    def whole(self) -> bytes:
        return b"".join(self.slices) or self.body

    @property
    def content_type(self) -> str:
        return next((value for name, value in self.headers if name == "content-type"), "")


class Request:
    """One request with its body; the path is relative to the API."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.method: str = scope["method"]
        self.full_path: str = scope["path"]
        self.path: str = self.full_path.removeprefix(scope.get("root_path", ""))
        self.query_string = scope["query_string"].decode("latin-1")
        self.headers = {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}
        self.parameters: dict[str, str] = {}
        self.body = b""
        self.too_long = False
        #: The client disconnected before its request was complete; it must not be carried out.
        self.cut_off = False
        self.content: Any = None

    @property
    def base_url(self) -> str:
        """The API's address as the client sees it."""
        server = self.scope.get("server") or ("localhost", 0)
        host = self.headers.get("host") or f"{server[0]}:{server[1]}"
        return f"{self.scope['scheme']}://{host}{self.scope.get('root_path', '')}"

    async def read_body(self, receive: Receive) -> None:
        """Read the whole body, even when it is too long, so that the client can receive the answer."""
        chunks: list[bytes] = []
        length = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                self.cut_off = True
                break
            chunk = message.get("body", b"")
            length += len(chunk)
            if chunk and length <= LARGEST_BODY:
                chunks.append(chunk)
            if not message.get("more_body"):
                break
        self.body = b"".join(chunks)
        self.too_long = length > LARGEST_BODY

    @property
    def outside(self) -> bool:
        """Not below the API."""
        return not self.scope.get("root_path")

    @property
    def media(self) -> str:
        return self.headers.get("content-type", "").split(";")[0].strip().lower()

    def parse_content(self) -> None:
        """Parse the body as JSON or a form, for faults and the journal; stays None when it cannot be parsed."""
        if self.body and self.method != "GET":
            if self.media == FORM:
                self.content = read_form(self.body)
                return
            try:
                self.content = orjson.loads(self.body)
            except orjson.JSONDecodeError:
                self.content = None


def parse_query(text: str) -> Iterator[tuple[str, str]]:
    """The pairs of a query string. A `%` that is not part of encoded UTF-8 is kept: the guide writes its wildcards
    unescaped (`name=%value%`)."""
    for pair in text.split("&"):
        if pair:
            key, _sign, value = pair.partition("=")
            yield _decode(key), _decode(value)


def _decode(text: str) -> str:
    return _ESCAPES.sub(_decode_escapes, text.replace("+", " "))


def _decode_escapes(match: re.Match[str]) -> str:
    """Decode consecutive escapes; those that do not form a character are kept as written."""
    written = match[0]
    content = unquote_to_bytes(written)
    text, at = "", 0
    while at < len(content):
        for length in (1, 2, 3, 4):  # bytes of one character in UTF-8
            try:
                text += content[at : at + length].decode("utf-8")
            except UnicodeDecodeError:
                continue
            at += length
            break
        else:
            text += written[3 * at : 3 * at + 3]
            at += 1
    return text


def check_query(operation: Operation, request: Request, lenient: bool) -> dict[str, str]:
    """The query parameters of a request; refuses those that the API description does not have."""
    query: dict[str, str] = {}
    for name, value in parse_query(request.query_string):
        if name not in operation.query:
            if lenient:
                continue
            known = ", ".join(operation.query) or "none"
            raise bad_request(f"Unknown query parameter {name} (known: {known})")
        if name in query and not lenient:
            raise bad_request(f"Query parameter {name} is given more than once")
        if not value:
            raise bad_request(f"Query parameter {name} is empty")
        query[name] = value
    return query


def check_content(operation: Operation, request: Request, lenient: bool) -> Any:
    """The body of a request; refuses what the API description does not allow. Values are never shown, since any of
    them may be a password."""
    if request.method == "GET" or request.method == "DELETE":
        return None
    body = request.body.strip()
    if operation.body_schema is None:
        if body not in (b"", b"{}") and not lenient:
            raise bad_request("This request takes no body")
        return None
    if not body:
        if operation.body_required:
            raise bad_request("The body is missing")
        return None
    if operation.body_media == FORM:
        if request.media != FORM:
            raise Refusal(415, f"The body must be a form, announced as Content-Type: {FORM}")
        return _checked(operation, read_form(body), lenient)
    if request.media != JSON and not lenient:
        raise Refusal(415, "The body must be JSON, announced as Content-Type: application/json")
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise bad_request(f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None
    if not can_be_written(content):
        raise bad_request("The body cannot be stored: nested too deeply, or a number is too large") from None
    return _checked(operation, content, lenient)


def read_form(body: bytes) -> dict[str, str]:
    """The fields of a form; of one that is repeated the last."""
    return dict(parse_query(body.decode("utf-8", "replace")))


def _checked(operation: Operation, content: Any, lenient: bool) -> Any:
    if lenient:
        content = operation.without_unknown_keys(content)
    errors = operation.body_errors(content)
    if errors:
        raise bad_request("; ".join(errors))
    return content


def check_accept(request: Request) -> None:
    """RFC 9110: the most specific media range that matches decides whether JSON is acceptable."""
    wanted: dict[str, float] = {}
    for entry in request.headers.get("accept", "").lower().split(","):
        media, *parameters = (part.strip() for part in entry.split(";"))
        if media:
            wanted[media] = next((_quality(text[2:]) for text in parameters if text.startswith("q=")), 1.0)
    weight = next((wanted[media] for media in ("application/json", "application/*", "*/*") if media in wanted), 0.0)
    if wanted and not weight:
        raise Refusal(406, "Only application/json can be answered; ask for it with the header Accept")


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 1.0


def retry_after(value: float | str) -> str:
    """The header Retry-After: seconds without an exponent, or the date unchanged."""
    if isinstance(value, str):
        return value
    return str(int(value)) if value == int(value) else f"{value:.3f}"


def _encoded(headers: list[tuple[str, str]]) -> list[tuple[bytes, bytes]]:
    return [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers]


async def send_reply(send: Send, reply: Reply) -> None:
    headers = _encoded(reply.headers)
    slices = reply.slices or [reply.body]
    if reply.status not in BODYLESS:
        headers.append((b"content-length", str(reply.length).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    for content in slices[:-1]:
        await send({"type": "http.response.body", "body": content, "more_body": True})
    await send({"type": "http.response.body", "body": slices[-1]})


async def send_half(scope: Scope, receive: Receive, send: Send, reply: Reply) -> None:
    """Announce the whole body, send half of it, close. Nothing is sent of an answer without a body."""
    body = reply.whole()
    if body:
        headers = [*_encoded(reply.headers), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
    transport = scope.get(TRANSPORT)
    if transport is None:
        raise ConnectionError("cut off on purpose")
    transport.close()
    await _gone(receive)


async def reset_connection(scope: Scope, receive: Receive) -> None:
    """Break the connection so that the client sees a reset, not a regular close."""
    transport = scope.get(TRANSPORT)
    if transport is None:
        raise ConnectionError("reset on purpose")
    break_connection(transport)
    await _gone(receive)


def break_connection(transport: Any) -> None:
    """Sends a reset under TLS too, although some clients (Python's) report an unexpected end of file then."""
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def _gone(receive: Receive) -> None:
    """Wait until the server has noticed: it logs an error when an application returns earlier without an answer."""
    while (await receive())["type"] != "http.disconnect":
        pass
