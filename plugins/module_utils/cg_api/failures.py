# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The meaning of the HTTP library's exceptions: a message, and whether the server may have received the request.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import contextlib
import ssl
import typing as t
from dataclasses import dataclass

from .connection import Connection
from .errors import RequestOutcome
from .http_client import StillArriving

with contextlib.suppress(ImportError):  # without it no request is sent that could fail
    from urllib3 import exceptions as known

NOT_SENT, UNKNOWN = RequestOutcome.NOT_SENT, RequestOutcome.UNKNOWN
_NEVER_CONNECTED = {"NewConnectionError", "NameResolutionError", "ConnectTimeoutError", "ConnectionRefusedError"}


@dataclass(frozen=True)
class Failure:
    """``outcome`` and ``may_pass`` as in CGError."""

    text: str
    outcome: RequestOutcome
    may_pass: bool = True


def failure_of(error: BaseException, connection: Connection, timeout: float) -> Failure:
    where = connection.url.strip()
    said = innermost(error)
    if isinstance(error, StillArriving):
        return Failure(
            f"the answer of {where} was still arriving after {timeout:g} s ({error}); raise timeout", UNKNOWN
        )
    if _any(error, ssl.SSLError, known.SSLError):
        return _tls_failure(error, connection)
    if isinstance(error, known.ProxyError):
        return Failure(f"the proxy on the way to {where} failed: {said}", NOT_SENT)
    if type(error).__name__ == "ConnectTimeoutError":
        return Failure(f"no connection to {where} within {timeout:g} s", NOT_SENT)
    if _NEVER_CONNECTED & {type(cause).__name__ for cause in causes(error)}:
        return Failure(f"{where} cannot be reached: {said}", NOT_SENT)
    if _any(error, known.TimeoutError, TimeoutError):
        return Failure(f"no answer from {where} within {timeout:g} s", UNKNOWN)
    # These are raised while the request is prepared, before a connection is opened; requests only looks for the proxy.
    is_of_requests = type(error).__module__.startswith("requests.")
    if is_of_requests or isinstance(error, (known.LocationValueError, known.ProxySchemeUnknown, UnicodeError)):
        return Failure(f"no request to {where} can be made: {said}", NOT_SENT, may_pass=False)
    if isinstance(error, known.ProtocolError) and not _is_cut_short(error):
        # A server that expects TLS answers a plain request not at all, or with the bytes of a TLS alert.
        hint = ". url begins with http://; does that port speak https?" if where.lower().startswith("http:") else ""
        return Failure(f"the connection to {where} broke off: {said}{hint}", UNKNOWN)
    if isinstance(error, known.HTTPError):
        # These include bodies that ended early: the server had received the request.
        return Failure(f"the answer of {where} could not be read: {said}", UNKNOWN)
    return Failure(f"the request to {where} failed: {type(error).__name__}: {said}", UNKNOWN, may_pass=False)


def _any(error: BaseException, *kinds: type[BaseException]) -> bool:
    return any(isinstance(cause, kinds) for cause in causes(error))


def _is_cut_short(error: BaseException) -> bool:
    return any(type(cause).__name__ == "IncompleteRead" for cause in causes(error))


def _tls_failure(error: BaseException, connection: Connection) -> Failure:
    where = connection.url.strip()
    said = innermost(error)
    reason = next((cause.reason or "" for cause in causes(error) if isinstance(cause, ssl.SSLError)), "")
    unusable = _unusable_client_certificate(connection)
    if unusable:
        return Failure(f"client_cert and client_key cannot be used: {unusable}", NOT_SENT, may_pass=False)
    if "_ALERT_" in reason and any(word in reason for word in ("CERTIFICATE", "UNKNOWN_CA", "ACCESS_DENIED")):
        # With TLS 1.3 this error comes in place of an answer; the server has processed no request.
        hint = (
            "does not accept client_cert" if connection.client_cert else "asks for a client certificate (client_cert)"
        )
        return Failure(f"TLS with {where} failed: {said}. It {hint}", NOT_SENT, may_pass=False)
    if not _is_from_handshake(error):
        return Failure(f"TLS with {where} broke off: {said}", UNKNOWN)
    hint = "Check ca_path and the server's certificate"
    if "HANDSHAKE_FAILURE" in reason:  # how TLS 1.2 refuses a client without a certificate, among others
        hint = "Perhaps it asks for a client certificate (client_cert), or supports no TLS version of this host"
    if reason in ("WRONG_VERSION_NUMBER", "UNKNOWN_PROTOCOL", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"):
        hint = "Does that port speak https?"
    return Failure(f"TLS with {where} failed: {said}. {hint}", NOT_SENT, may_pass=False)


def _unusable_client_certificate(connection: Connection) -> str:
    """Why the client certificate cannot be loaded; loaded again here, as the exception does not name the file."""
    if not connection.client_cert:
        return ""
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        # Without a password, OpenSSL would prompt on the terminal for the password of an encrypted key.
        context.load_cert_chain(connection.client_cert, connection.client_key or None, password="")
    except (OSError, ValueError) as error:
        return innermost(error)
    return ""


def _is_from_handshake(error: BaseException) -> bool:
    """Whether it was raised before any part of the request was sent."""
    for cause in causes(error):
        step = cause.__traceback__
        while step is not None:
            if step.tb_frame.f_code.co_name in ("do_handshake", "ssl_wrap_socket", "_match_hostname", "_tls_context"):
                return True
            step = step.tb_next
    return False


def innermost(error: BaseException) -> str:
    """The message of the innermost exception in a chain of wrapped ones, which is the most specific."""
    last = list(causes(error))[-1]
    text = getattr(last, "strerror", None) or str(last) or type(last).__name__
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in str(text)).rstrip(".")


def causes(error: BaseException) -> t.Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        wrapped = getattr(current, "reason", None)
        if not isinstance(wrapped, BaseException):
            wrapped = next((arg for arg in current.args if isinstance(arg, BaseException)), None)
        current = wrapped or current.__cause__ or current.__context__
