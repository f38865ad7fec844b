# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The proxy as an ASGI application."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
import traceback
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, cast

import httpx
import orjson
from starlette.types import Receive, Scope, Send

from cg_sim.api.http import BODYLESS, LARGEST_BODY, Reply, Request, read_form, reset_connection, send_reply
from cg_sim.api.scrubbing import scrub_text
from cg_sim.proxy.differences import Difference, Message, of_answer, of_request
from cg_sim.proxy.recording import Mask, Recording, Tally, kept_body, kept_path
from cg_sim.proxy.upstream import READING, Upstream, UpstreamError, forwarded_headers
from cg_sim.spec import FORM, Operation, Router

#: Some servers replace the method of a request by the value of these headers.
_OVERRIDES = frozenset(("x-http-method-override", "x-http-method", "x-method-override"))
#: Errors in the header Proxy-Status (RFC 9209) for the statuses that the proxy itself answers.
_ERRORS = {
    400: "http_request_error",
    403: "http_request_denied",
    413: "http_request_denied",
    500: "proxy_internal_error",
    502: "destination_unavailable",
    504: "http_response_timeout",
}


@dataclass
class _Exchange:
    """One request and what is recorded about it."""

    request: Request
    operation: Operation | None
    #: The name in the summary.
    label: str
    #: Whether it may change something at the upstream.
    write: bool
    passed_on: bool = False
    status: int | None = None
    answer: Message = field(default_factory=lambda: Message("", b""))
    error: str | None = None
    differences: list[Difference] = field(default_factory=list)


class Proxy:
    """`api_prefix` is the path of the API at the upstream, without a slash at its end."""

    def __init__(self, upstream: Upstream, recording: Recording, api_prefix: str, allow_writes: bool) -> None:
        self.tally = Tally()
        self._upstream = upstream
        self._recording = recording
        self._prefix = api_prefix
        self._allow_writes = allow_writes
        self._router = Router()
        self._mask = Mask()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        request = Request(scope)
        await request.read_body(receive)
        exchange = self._recognized(request)
        answer: httpx.Response | None = None
        reply: Reply | None = None
        rest: AsyncIterator[bytes] | None = None
        body = b""
        try:
            self._learn(request)
            reply = None if request.cut_off else self._refused(exchange)
            if reply is None and not request.cut_off:
                answer = await self._pass_on(exchange)
                incoming = aiter(cast("httpx.AsyncByteStream", answer.stream))
                body, whole = await self._upstream.read(incoming, request.method)
                if whole:
                    headers = _decoded(forwarded_headers(answer.headers.raw, without=_own_length(answer, body)))
                    reply = Reply(answer.status_code, body, headers)
                else:
                    rest = incoming
                self._compare(exchange, answer, body, whole)
        except UpstreamError as error:
            reply = self._own_answer(exchange, error.status, str(error))
        except asyncio.CancelledError:
            exchange.error = "The proxy was stopped before the answer came"
            self._register(exchange, started)
            raise
        except Exception as error:  # our bug; the message is not shown, it may contain a password
            places = "".join(traceback.format_tb(error.__traceback__))
            print(f"cg-sim: Unexpected error; please report it: {type(error).__name__}\n{places}", file=sys.stderr)
            if reply is None and rest is None:
                reply = self._own_answer(exchange, 500, "Unexpected error in the proxy; see its standard error")
        self._register(exchange, started)
        try:
            if reply is not None:
                await _send(send, reply, request.method)
            elif answer is not None and rest is not None:
                await self._stream(answer, body, rest, scope, receive, send)
        finally:
            if answer is not None:
                await answer.aclose()

    def _recognized(self, request: Request) -> _Exchange:
        path = request.full_path
        inside = path.startswith(f"{self._prefix}/")
        found, _parameters = self._router.find(path[len(self._prefix) :] if inside else path, None, not inside)
        operation = found.get(request.method)
        reading = request.method in READING or (operation is not None and not operation.writes)
        write = not reading or any(name in _OVERRIDES for name in request.headers)
        label = operation.id if operation else f"{request.method} (not described)"
        return _Exchange(request, operation, label, write)

    def _learn(self, request: Request) -> None:
        self._mask.learn_headers((name.decode("latin-1"), text.decode("latin-1")) for name, text in _raw(request))
        self._mask.learn_query(request.query_string)
        if request.body:
            if request.media == FORM:
                self._mask.learn_content(read_form(request.body))
                return
            with contextlib.suppress(ValueError, RecursionError):
                self._mask.learn_content(Message("", request.body).content())

    def _refused(self, exchange: _Exchange) -> Reply | None:
        request = exchange.request
        if request.too_long:
            return self._own_answer(exchange, 413, f"Not passed on: the body is longer than {LARGEST_BODY} bytes")
        if exchange.write and not self._allow_writes:
            return self._own_answer(
                exchange,
                403,
                f"Not passed on: this proxy passes reads only, and {exchange.label} may change something in Central "
                "Governance. cg-sim proxy --allow-writes passes it",
            )
        return None

    def _own_answer(self, exchange: _Exchange, status: int, message: str) -> Reply:
        exchange.status, exchange.error = status, self._mask.text(scrub_text(message))
        body = orjson.dumps({"message": exchange.error})
        # With this header (RFC 9209) a client can tell the proxy's answers from those of Central Governance.
        return Reply(
            status, body, [("content-type", "application/json"), ("proxy-status", f"cg-sim; error={_ERRORS[status]}")]
        )

    async def _pass_on(self, exchange: _Exchange) -> httpx.Response:
        request = exchange.request
        exchange.passed_on = True
        if exchange.operation is None:
            described = "no such operation"
            place = self._mask.text(scrub_text(request.full_path))[:200]
            exchange.differences.append(Difference("request", place, described, request.method, "assumed"))
        else:
            message = Message(_media(request.headers.get("content-type", "")), request.body)
            exchange.differences.extend(of_request(exchange.operation, request.query_string, message))
        target = request.scope.get("raw_path") or request.full_path.encode()
        if request.scope["query_string"]:
            target += b"?" + request.scope["query_string"]
        own = (b"host", b"content-length", b"expect", b"accept-encoding")
        headers = forwarded_headers(_raw(request), without=own)
        headers.append((b"accept-encoding", b"identity"))  # compressed answers are not compared
        if request.body or request.method not in READING:
            headers.append((b"content-length", str(len(request.body)).encode()))
        return await self._upstream.send(request.method, target, headers, request.body)

    def _compare(self, exchange: _Exchange, answer: httpx.Response, body: bytes, whole: bool) -> None:
        self._mask.learn_headers(answer.headers.multi_items())
        exchange.status = answer.status_code
        exchange.answer = Message(_media(answer.headers.get("content-type", "")), body)
        encoded = answer.headers.get("content-encoding", "identity").lower() != "identity"
        if not whole or encoded:
            self.tally.unexamined += 1
            exchange.answer = Message("not compared", body)
        elif exchange.operation is not None:
            exchange.differences.extend(of_answer(exchange.operation, answer.status_code, exchange.answer))

    def _register(self, exchange: _Exchange, started: float) -> None:
        request = exchange.request
        differences = [self._mask.difference(found) for found in exchange.differences]
        if exchange.passed_on:
            self.tally.add(exchange.label, differences)
        sent = Message(_media(request.headers.get("content-type", "")), request.body)
        if not sent.is_json and sent.media == "":
            sent = Message("application/json", request.body)
        entry: dict[str, Any] = {
            "at": datetime.now(timezone.utc).isoformat(timespec="milliseconds"),
            "method": request.method,
            **kept_path(request.full_path, request.query_string, self._mask),
            "operation": exchange.operation.id if exchange.operation else None,
            "passed_on": exchange.passed_on,
            "status": exchange.status,
            "request_body": kept_body(sent, self._mask),
            "answer_body": kept_body(exchange.answer, self._mask),
            "duration_ms": round((time.perf_counter() - started) * 1000, 3),
        }
        if exchange.error:
            entry["error"] = exchange.error
        self._recording.add(entry, differences)

    @staticmethod
    async def _stream(
        answer: httpx.Response,
        begun: bytes,
        rest: AsyncIterator[bytes],
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        """Send an answer that exceeds the limit: the part read so far, then the rest as it arrives."""
        headers = forwarded_headers(answer.headers.raw)
        await send({"type": "http.response.start", "status": answer.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": begun, "more_body": True})
        try:
            async for chunk in rest:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except httpx.TransportError:
            await reset_connection(scope, receive)  # the client must notice that the answer is incomplete
            return
        await send({"type": "http.response.body", "body": b""})

    async def close(self) -> None:
        await self._upstream.close()
        self._recording.close()


async def _send(send: Send, reply: Reply, method: str) -> None:
    given = any(name.lower() == "content-length" for name, _value in reply.headers)
    if given or method == "HEAD":  # as the upstream sent it: an answer to HEAD, or one without a body
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else reply.body})
    else:
        await send_reply(send, reply)


def _own_length(answer: httpx.Response, body: bytes) -> tuple[bytes, ...]:
    """The header to drop: the length is computed again if there is a body. An answer to HEAD keeps the original."""
    return (b"content-length",) if body or answer.status_code in BODYLESS else ()


def _raw(request: Request) -> list[tuple[bytes, bytes]]:
    return list(request.scope["headers"])


def _decoded(headers: list[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]


def _media(content_type: str) -> str:
    return content_type.split(";")[0].strip().lower()
