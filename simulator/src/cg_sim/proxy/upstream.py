# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The connection to the real Central Governance."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Iterable
from urllib.parse import urlsplit

import httpx

from cg_sim.errors import InvalidInput

READING = frozenset(("GET", "HEAD", "OPTIONS"))

#: Headers of one connection (RFC 9110, 7.6.1); the header Connection can name more.
_HOP_BY_HOP = frozenset(
    (
        "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
        "transfer-encoding", "upgrade",
    )
)  # fmt: skip
#: Bytes. Longer answers are passed on but not compared.
_LARGEST_ANSWER = 64 * 1024 * 1024
#: Seconds. Lists of large estates take long.
_TIMEOUTS = {"connect": 15.0, "read": 300.0, "write": 60.0, "pool": 300.0}


class UpstreamError(Exception):
    """No answer from the upstream. `status` is for the answer to the client; the text has no secrets."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Upstream:
    """Sends requests to the real Central Governance. Ignores proxy variables and .netrc, follows no redirects, keeps
    no cookies.

    :param url: scheme, host and port.
    :param tls: context that verifies the server.
    :raises InvalidInput: the URL is not valid."""

    def __init__(self, url: str, tls: ssl.SSLContext) -> None:
        self.url = _checked(url)
        self._transport = httpx.AsyncHTTPTransport(verify=tls, trust_env=False, retries=0)

    async def send(self, method: str, target: bytes, headers: list[tuple[bytes, bytes]], body: bytes) -> httpx.Response:
        """Send a request and return the answer with an unread body. `target` is not encoded again. Raises
        UpstreamError."""
        # As an extension: httpx would encode `name=%PARIS%` again.
        extensions = {"timeout": _TIMEOUTS, "target": target}
        try:
            request = httpx.Request(method, self.url, headers=headers, content=body, extensions=extensions)
            return await self._transport.handle_async_request(request)
        except (httpx.TransportError, ValueError) as error:
            raise self._error_of(error, method) from None

    async def read(self, incoming: AsyncIterator[bytes], method: str) -> tuple[bytes, bool]:
        """Return the body of an answer and True, or its first part and False if it exceeds the limit; `incoming` has
        the rest then. Raises UpstreamError."""
        chunks, length = [], 0
        try:
            async for chunk in incoming:
                chunks.append(chunk)
                length += len(chunk)
                if length > _LARGEST_ANSWER:
                    return b"".join(chunks), False
        except httpx.TransportError as error:
            raise self._error_of(error, method) from None
        return b"".join(chunks), True

    def _error_of(self, error: Exception, method: str) -> UpstreamError:
        unsure = "" if method in READING else "; it is not known whether the request was executed"
        if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout)):
            reason = str(error) or "no answer in time"
            return UpstreamError(502, f"Cannot connect to the upstream {self.url}: {reason}")
        if isinstance(error, httpx.TimeoutException):
            return UpstreamError(504, f"The upstream {self.url} did not answer in time{unsure}")
        if isinstance(error, (httpx.LocalProtocolError, ValueError)):
            # The error's own text may contain a header.
            return UpstreamError(400, "The request cannot be passed on: a header or the target is not valid in HTTP")
        return UpstreamError(
            502, f"The upstream {self.url} closed the connection, or its answer is not valid HTTP{unsure}"
        )

    async def close(self) -> None:
        await self._transport.aclose()


def _checked(url: str) -> str:
    # Messages do not repeat the URL: it may contain a password.
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        raise InvalidInput("not a valid URL; it must be https://HOST:PORT") from None
    if parts.username is not None or parts.password is not None:
        raise InvalidInput("remove the user and password from the URL; the client's own credentials are used")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise InvalidInput("must be https://HOST:PORT")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise InvalidInput("scheme, host and port only; set the path of the API with --api-prefix")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    checked = f"{parts.scheme}://{host}{port}"
    try:
        httpx.URL(checked)
    except httpx.InvalidURL:
        raise InvalidInput("not a valid URL; it must be https://HOST:PORT") from None
    return checked


def forwarded_headers(
    headers: Iterable[tuple[bytes, bytes]], without: Iterable[bytes] = ()
) -> list[tuple[bytes, bytes]]:
    """The headers in their order, with repeated ones, without hop-by-hop headers."""
    headers = list(headers)
    named = b",".join(value for name, value in headers if name.lower() == b"connection").decode("latin-1")
    left_out = _HOP_BY_HOP | {name.strip().lower() for name in named.split(",")} | {each.decode() for each in without}
    return [(name, value) for name, value in headers if name.decode("latin-1").lower() not in left_out]
