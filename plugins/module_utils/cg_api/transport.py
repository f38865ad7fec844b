# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sending operations as requests; everything that the collection sends goes through here.

PRIVATE to the collection: it may change at any time.

The transport keeps connections alive, verifies TLS, retries requests that are safe to repeat, refuses writes in check
mode, and turns every failure into a :class:`CGError`. It does not depend on products and flows. ``http_client`` sends
the requests, ``replies`` interprets the replies, ``failures`` the exceptions of the HTTP library.
"""

from __future__ import annotations

import random
import threading
import time
import typing as t

from .calls import Call, as_sentence
from .connection import Connection
from .deadline import time_left
from .errors import CGError, RequestOutcome, WriteInCheckMode
from .http_client import REQUEST_ERRORS, REQUESTS_IMPORT_ERROR, HttpClient
from .operations import Operation
from .pace import Gate
from .replies import REDIRECTS, Reply, decoded, error_in, pause_asked_for
from .scrubbing import Scrubber

__all__ = ["REQUESTS_IMPORT_ERROR", "Transport"]

Reader = t.Callable[[t.Any], t.Any]

RETRIED_STATUSES = frozenset({429, 502, 503, 504})
BUSY_STATUSES = frozenset({429, 503})  # the server asks for fewer requests
LONGEST_PAUSE = 30.0  # seconds; a longer Retry-After is clamped to it
SHORTEST_TIMEOUT = 1.0  # seconds that a request gets at least, also when the time limit of a wait is nearly reached


def _as_it_is(answer: t.Any) -> t.Any:
    return answer


class Transport:
    """Sends operations. Thread-safe."""

    def __init__(
        self,
        connection: Connection,
        *,
        read_only: bool = False,
        clock: t.Callable[[], float] = time.monotonic,
        sleep: t.Callable[[float], None] = time.sleep,
    ) -> None:
        """Raises BadOption when a file that the connection names cannot be read."""
        self.connection = connection
        self.read_only = read_only
        self.retried: list[str] = []  # sentences for the user: which request was sent again, and why
        self.writes: list[str] = []  # "METHOD path" of every write that may have reached the server
        self.scrub = Scrubber(connection.secrets)  # for messages of the server and of libraries
        self._sleep = sleep
        self._client = HttpClient(connection)
        self._gate = Gate(connection.max_parallel, clock)
        self._login: Operation | None = None
        self._login_lock = threading.Lock()
        self._logins = 0

    def open_session_with(self, login: Operation) -> None:
        """Opens a session with this operation before the first request, and again when it has expired."""
        self._login = login

    def send(
        self,
        operation: Operation,
        values: t.Mapping[str, t.Any] | None = None,
        body: t.Any = None,
        *,
        read: Reader = _as_it_is,
    ) -> t.Any:
        """Sends one operation and returns the result of ``read`` for the JSON of its answer.

        ``values`` fill the placeholders. For an empty answer ``read`` gets None; it may raise UnusableAnswer. Raises
        CGError; WriteInCheckMode when the transport is read-only and the operation is not a read. The answer to a write
        is not interpreted: None is returned.
        """
        call = Call.of(operation, values or {}, self.connection, body)
        if self.read_only and operation.is_write:
            raise WriteInCheckMode(operation.method, call.path)
        if self._login is not None and not self._logins:
            self._log_in(logins_seen=0)
        if operation.is_write:
            self.writes.append(str(call))
        try:
            return self._send_in_session(call, read)
        except CGError as error:
            if operation.is_write and not error.was_sent:
                self.writes.remove(str(call))
            raise

    def reply_to(self, operation: Operation, values: t.Mapping[str, t.Any] | None = None) -> Reply:
        """The reply to a read, whatever its status, for the first contact. Raises CGError when there is none.

        Nothing is sent again, and a session that has expired is not opened again.
        """
        call = Call.of(operation, values or {}, self.connection)
        if operation.is_write:
            raise WriteInCheckMode(operation.method, call.path)
        if self._login is not None and not self._logins:
            self._log_in(logins_seen=0)
        return self._exchange(call)

    def _send_in_session(self, call: Call, read: Reader) -> t.Any:
        """Sends the request; when the session has expired, opens a new one and sends the request again, once.

        Some web applications redirect to their login page in that case. A redirect may also be the answer to a write
        that was carried out, so a write is not repeated.
        """
        logins_seen = self._logins
        try:
            return self._send_with_retries(call, read)
        except CGError as error:
            has_expired = error.status == 401 or (error.status in REDIRECTS and not call.operation.is_write)
            if not has_expired or self._login is None:
                raise
        self._log_in(logins_seen)
        return self._send_with_retries(call, read)

    def _log_in(self, logins_seen: int) -> None:
        with self._login_lock:
            if self._logins != logins_seen:
                return  # another thread has opened a new session meanwhile
            self._client.open_session()
            # Imported only where there is a session.
            from .login import log_in

            log_in(t.cast(Operation, self._login), self.connection, self._exchange_secrets, self._raise_for_status)
            self._logins += 1

    def _exchange_secrets(self, call: Call) -> Reply:
        reply = self._exchange(call)
        self.scrub.add(reply.cookies)
        return reply

    def _send_with_retries(self, call: Call, read: Reader) -> t.Any:
        may_have_arrived = False
        for attempt in range(self.connection.retries + 1):
            pause = min(0.25 * 2 ** min(attempt, 10), LONGEST_PAUSE) * random.uniform(0.75, 1.25)
            reply = None
            try:
                reply = self._exchange(call)
                self._raise_for_status(reply, call)
                if self._login is not None:
                    self._raise_for_login_page(reply, call)
                return None if call.operation.is_write else decoded(reply, call, read, self.scrub)
            except CGError as error:
                if call.operation.is_write:
                    # An earlier attempt may have arrived even if this one did not.
                    if not error.was_sent and may_have_arrived:
                        error.outcome = RequestOutcome.UNKNOWN
                    may_have_arrived |= error.may_have_happened
                if reply is not None:
                    asked_for = pause_asked_for(reply, LONGEST_PAUSE)
                    pause = pause if asked_for is None else asked_for
                left = time_left()
                if (
                    attempt == self.connection.retries
                    or not _may_send_again(call.operation, error)
                    or (left is not None and pause >= left)
                ):
                    raise
                self.retried.append(f"Sent {call} again ({attempt + 1} of {self.connection.retries}): {error}")
                self._sleep(pause)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _exchange(self, call: Call) -> Reply:
        with self._gate.one_request(call.operation.name) as answer:
            reply = self._exchange_in_time(call)
            if reply.status in BUSY_STATUSES:
                answer.pushed_back = True
                answer.pause = pause_asked_for(reply, LONGEST_PAUSE) or 0.0
            return reply

    def _exchange_in_time(self, call: Call) -> Reply:
        left = time_left()
        timeout = self.connection.timeout if left is None else min(self.connection.timeout, max(left, SHORTEST_TIMEOUT))
        try:
            return self._client.exchange(call, timeout)
        except REQUEST_ERRORS as error:
            # Imported only when something fails.
            from .failures import failure_of

            failure = failure_of(error, self.connection, timeout)
            raise call.failed(
                as_sentence(self.scrub(failure.text)), failure.outcome, may_pass=failure.may_pass
            ) from None

    def _raise_for_status(self, reply: Reply, call: Call) -> None:
        error = error_in(reply, call, self.connection.credentials_given, self.scrub)
        if error is not None:
            raise error

    def _raise_for_login_page(self, reply: Reply, call: Call) -> None:
        """Some servers answer with a login page when a session has expired, and carry out a write after the login."""
        from .login import is_login_page

        if is_login_page(reply):
            outcome = RequestOutcome.UNKNOWN if call.operation.is_write else RequestOutcome.REFUSED
            status = reply.status if call.operation.is_write else 401
            raise call.failed(
                "Central Governance answered with its login page: the session has expired.", outcome, status=status
            )


def _may_send_again(operation: Operation, error: CGError) -> bool:
    if not error.may_pass:
        return False
    if not error.was_sent:
        return True  # nothing has reached the server, so this is no repetition
    if error.status == 429:
        return True  # the server says that it has not begun
    return operation.is_idempotent and (error.status is None or error.status in RETRIED_STATUSES)
