# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place that speaks HTTP.

PRIVATE to the collection: it may change at any time.

It keeps connections alive, verifies TLS, retries what is safe to send again, refuses to write in check mode, and turns
whatever goes wrong into a :class:`CGError`. It knows nothing of products and flows.
"""

from __future__ import annotations

import json
import math
import os
import random
import threading
import time
import typing as t
import warnings

from .answers import UnusableAnswer
from .connection import Connection, basic_credentials
from .deadline import time_left
from .errors import PASSING_STATUSES, BadOption, CGError, RequestOutcome, WriteInCheckMode, server_message
from .operations import Operation
from .scrubbing import Scrubber

try:
    import requests
    from requests.auth import AuthBase
    from urllib3.exceptions import HTTPError, InsecureRequestWarning

    REQUESTS_IMPORT_ERROR = None
    # Everything that a request may raise: not all of it is among the exceptions that the library documents.
    _REQUEST_ERRORS: tuple[type[Exception], ...] = (
        requests.exceptions.RequestException,
        HTTPError,
        OSError,
        ValueError,
    )
except ImportError as error:  # reported by the frame, which knows how to tell a user
    requests = None  # type: ignore[assignment]
    AuthBase = object  # type: ignore[assignment,misc]
    REQUESTS_IMPORT_ERROR = error
    _REQUEST_ERRORS = ()

RETRIED_STATUSES = frozenset({429, 502, 503, 504})
LONGEST_PAUSE = 30.0  # seconds; a longer Retry-After is clamped to it
SHORTEST_TIMEOUT = 1.0  # seconds; what a request gets at least where a wait is about to end
READ_AT_ONCE = 65536  # bytes


def _as_it_is(answer: t.Any) -> t.Any:
    return answer


class Transport:
    """Sends operations. Safe to use from several threads: each has its own session."""

    def __init__(
        self, connection: Connection, *, read_only: bool = False, sleep: t.Callable[[float], None] = time.sleep
    ) -> None:
        self.connection = connection
        self.read_only = read_only
        self.retried: list[str] = []  # sentences, for the user: what was sent again and why
        self.writes: list[str] = []  # "METHOD path" of every write that may have reached the server
        self._sleep = sleep
        self._local = threading.local()
        self._login: Operation | None = None
        self._login_lock = threading.Lock()
        self._logins = 0
        self._cookies = requests.cookies.RequestsCookieJar()  # one for all threads: one session on the server
        self.scrub = Scrubber(connection.secrets)  # for whatever is shown of others' words
        self._check_files()

    def open_session_with(self, login: Operation) -> None:
        """Opens a session with this operation before the first request, and again when it has expired."""
        self._login = login

    def send(
        self,
        operation: Operation,
        values: t.Mapping[str, t.Any] | None = None,
        body: t.Any = None,
        *,
        read: t.Callable[[t.Any], t.Any] = _as_it_is,
    ) -> t.Any:
        """Sends one operation and returns what ``read`` makes of the JSON of its answer, None for an empty one.

        ``read`` may raise UnusableAnswer. Raises CGError; WriteInCheckMode when the transport is read-only and the
        operation is not a read.
        """
        values = values or {}
        try:
            path = operation.filled_path(values)
        except UnicodeEncodeError:
            raise CGError(
                f"{operation.method} {operation.path}: a name holds characters that no URL can carry.",
                outcome=RequestOutcome.NOT_SENT,
                method=operation.method,
                path=operation.path,
                may_pass=False,
            ) from None
        if self.read_only and operation.is_write:
            raise WriteInCheckMode(operation.method, path)
        if self._login is not None and not self._logins:
            self._log_in(logins_seen=0)
        payload = operation.filled_body(values) if body is None else body
        written = f"{operation.method} {path}"
        if operation.is_write:
            self.writes.append(written)
        logins_seen = self._logins
        try:
            try:
                return self._send_with_retries(operation, path, payload, read)
            except CGError as error:
                if error.status != 401 or self._login is None:
                    raise
            self._log_in(logins_seen)
            return self._send_with_retries(operation, path, payload, read)
        except CGError as error:
            if operation.is_write and not error.was_sent:
                self.writes.remove(written)
            raise

    def _log_in(self, logins_seen: int) -> None:
        with self._login_lock:
            if self._logins != logins_seen:
                return  # another thread has opened a new session meanwhile
            login = t.cast(Operation, self._login)
            self._cookies.clear()
            credentials = {"username": self.connection.username or "", "password": self.connection.password or ""}
            answer = self._exchange(login, login.filled_path(credentials), login.filled_body(credentials))
            self._raise_for_status(answer, login, login.path)
            if not answer.cookies:
                raise CGError(
                    f"{login.method} {login.path}: Central Governance opened no session: its answer sets no cookie.",
                    outcome=RequestOutcome.REFUSED,
                    method=login.method,
                    path=login.path,
                    status=answer.status_code,
                )
            self.scrub.add(cookie for cookie in answer.cookies.values() if cookie)
            self._logins += 1

    def _send_with_retries(
        self, operation: Operation, path: str, body: t.Any, read: t.Callable[[t.Any], t.Any]
    ) -> t.Any:
        may_have_arrived = False
        for attempt in range(self.connection.retries + 1):
            pause = min(0.25 * 2 ** min(attempt, 10), LONGEST_PAUSE) * random.uniform(0.75, 1.25)
            answer = None
            try:
                answer = self._exchange(operation, path, body)
                self._raise_for_status(answer, operation, path)
                return self._decoded(answer, operation, path, read)
            except CGError as error:
                if operation.is_write:
                    # That this attempt did not arrive says nothing of those before it.
                    if not error.was_sent and may_have_arrived:
                        error.outcome = RequestOutcome.UNKNOWN
                    may_have_arrived |= error.may_have_happened
                if answer is not None:
                    pause = _retry_after(answer.headers, pause)
                left = time_left()
                if (
                    attempt == self.connection.retries
                    or not _may_send_again(operation, error)
                    or (left is not None and pause >= left)
                ):
                    raise
                self.retried.append(
                    f"Sent {operation.method} {path} again ({attempt + 1} of {self.connection.retries}): {error}"
                )
                self._sleep(pause)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _exchange(self, operation: Operation, path: str, body: t.Any) -> t.Any:
        """The answer, its content read; the whole of it takes no longer than the timeout (twice, at the very worst)."""
        left = time_left()
        timeout = self.connection.timeout if left is None else min(self.connection.timeout, max(left, SHORTEST_TIMEOUT))
        deadline = time.monotonic() + timeout
        try:
            answer = self._session().request(
                operation.method,
                self.connection.base + path,
                json=body,
                timeout=timeout,
                allow_redirects=False,  # credentials must never follow a redirect
                verify=self._verify,  # named in each request, it wins over the environment's bundle
                stream=True,
            )
            # As if requests had read it, which knows no limit for the whole.
            answer._content = _content(answer, deadline)  # pylint: disable=protected-access
            return answer
        except _REQUEST_ERRORS as error:
            # Imported only when something fails, which most runs do not see.
            from .failures import failure_of

            failure = failure_of(error, self.connection, timeout)
            raise CGError(
                f"{operation.method} {path}: {_sentence(self.scrub(failure.text))}",
                outcome=failure.outcome,
                method=operation.method,
                path=path,
                may_pass=failure.may_pass,
            ) from None

    def _raise_for_status(self, answer: t.Any, operation: Operation, path: str) -> None:
        status = answer.status_code
        if 200 <= status < 300:
            return
        said = self._said(answer)
        if 300 <= status < 400:
            target = self.scrub(answer.headers.get("Location", "nowhere"))
            explanation = f"it redirects to {target}, which is not followed, since the credentials would go there too"
        else:
            explanation = {
                401: "it did not accept the credentials",
                403: "the user may not do this",
                404: "it knows no such thing",
                429: "it asks for fewer requests",
            }.get(status, "it failed" if status >= 500 else "it refused the request")
        # After a gateway's or a server's failure nobody knows how far the request got; a read that should be tried
        # later has not been refused.
        is_unknown = status >= 500 or (status in PASSING_STATUSES and not operation.is_write)
        raise CGError(
            f"{operation.method} {path}: Central Governance answered {status}: {explanation}."
            + (f" It said: {_sentence(said)}" if said else " It said nothing more."),
            outcome=RequestOutcome.UNKNOWN if is_unknown else RequestOutcome.REFUSED,
            method=operation.method,
            path=path,
            status=status,
            server_message=said,
        )

    def _decoded(self, answer: t.Any, operation: Operation, path: str, read: t.Callable[[t.Any], t.Any]) -> t.Any:
        """What ``read`` makes of the answer to a read; that to a write is not believed, and need not be understood."""
        if operation.is_write:
            return None
        try:
            content = answer.content.strip()
            document = json.loads(_text(answer)) if content else None
        except (ValueError, RecursionError):
            raise self._unusable(
                answer,
                operation,
                path,
                f"the answer ({answer.status_code}, {answer.headers.get('Content-Type', 'no content type')}) is not "
                "JSON. Is url that of Central Governance, and are the credentials right for its API?",
            ) from None
        if answer.status_code == 206 or "next" in answer.links:
            raise self._unusable(
                answer,
                operation,
                path,
                "Central Governance answered with a part of the list, where all of it is needed.",
            )
        try:
            return read(document)
        except UnusableAnswer as problem:
            raise self._unusable(
                answer,
                operation,
                path,
                f"Central Governance answered {answer.status_code} with {self.scrub(str(problem))}. Is url that of "
                "Central Governance, and are the credentials right for its API?",
                quoted=problem.is_message,
            ) from None

    def _unusable(self, answer: t.Any, operation: Operation, path: str, text: str, quoted: bool = True) -> CGError:
        said = self._said(answer) if quoted else ""
        return CGError(
            f"{operation.method} {path}: {text}" + (f" It said: {_sentence(said)}" if said else ""),
            outcome=RequestOutcome.UNKNOWN,
            method=operation.method,
            path=path,
            status=answer.status_code,
            server_message=said,
        )

    def _said(self, answer: t.Any) -> str:
        return server_message(_text(answer), answer.headers.get("Content-Type", ""), self.scrub)

    def _session(self) -> t.Any:
        session = getattr(self._local, "session", None)
        if session is None:
            session = requests.Session()
            session.cookies = self._cookies
            session.headers.update({"Accept": "application/json"})
            session.headers.update(self.connection.headers)
            # An explicit authentication, even an empty one, keeps requests from reading credentials in ~/.netrc.
            session.auth = _Credentials(None if self._login else self.connection)
            if self.connection.client_cert:
                key = self.connection.client_key
                session.cert = (self.connection.client_cert, key) if key else self.connection.client_cert
            self._local.session = session
        return session

    @property
    def _verify(self) -> bool | str:
        if not self.connection.validate_certs:
            return False
        return self.connection.ca_path or True

    def _check_files(self) -> None:
        files = [(option, getattr(self.connection, option)) for option in ("ca_path", "client_cert", "client_key")]
        if self.connection.base.startswith("https:"):
            files.append(self.connection.environment_bundle)
        for named_by, path in files:
            try:
                if path:
                    _check_readable(path, may_be_folder=named_by not in ("client_cert", "client_key"))
            except OSError as error:
                raise BadOption(f"{named_by}: {path} cannot be read ({error.strerror}).") from None
        if not self.connection.validate_certs:
            warnings.simplefilter("ignore", InsecureRequestWarning)


class _Credentials(AuthBase):
    """Basic or bearer; nothing without a connection, for a session whose cookie is enough."""

    def __init__(self, connection: Connection | None) -> None:
        self._header = None
        if connection is None:
            return
        if connection.token:
            self._header = f"Bearer {connection.token}".encode()
        elif connection.username:
            self._header = b"Basic " + basic_credentials(connection.username, connection.password or "").encode()

    def __call__(self, request: t.Any) -> t.Any:
        if self._header is not None:
            request.headers["Authorization"] = self._header
        return request


def _may_send_again(operation: Operation, error: CGError) -> bool:
    if not error.may_pass:
        return False
    if not error.was_sent:
        return True  # nothing has reached the server, so this is no repetition
    if error.status == 429:
        return True  # the server says that it has not begun
    return operation.is_idempotent and (error.status is None or error.status in RETRIED_STATUSES)


def _content(answer: t.Any, deadline: float) -> bytes:
    """The body, read piece by piece as it comes, so that one that trickles in ends with the deadline."""
    if hasattr(answer.raw, "read1"):
        pieces = iter(lambda: answer.raw.read1(READ_AT_ONCE, decode_content=True), b"")
    else:  # urllib3 1.x: a piece comes only when it is complete
        pieces = answer.iter_content(512)
    body = bytearray()
    for piece in pieces:
        body += piece
        if time.monotonic() > deadline:
            answer.close()
            from .failures import StillArriving

            raise StillArriving(f"{len(body)} bytes had come")
    promised = answer.headers.get("Content-Length", "")
    if promised.isdecimal() and answer.raw.tell() < int(promised) and answer.status_code not in (204, 304):
        # Older requests do not look.
        raise requests.exceptions.ConnectionError(f"only {answer.raw.tell()} of {promised} bytes came")
    answer.raw.release_conn()
    return bytes(body)


def _retry_after(headers: t.Mapping[str, str], otherwise: float) -> float:
    """Seconds, from a number or a date; clamped."""
    said = headers.get("Retry-After", "")
    try:
        seconds = float(said)
    except ValueError:
        seconds = _seconds_until(said, headers.get("Date"))
    return min(max(seconds, 0.0), LONGEST_PAUSE) if math.isfinite(seconds) else otherwise


def _seconds_until(date: str, now: str | None) -> float:
    """By the server's own clock, where it tells it; "not a number" when the date is none."""
    if not date:
        return math.nan
    from email.utils import parsedate_to_datetime

    try:
        begin = parsedate_to_datetime(now).timestamp() if now else time.time()
        return parsedate_to_datetime(date).timestamp() - begin
    except (TypeError, ValueError, OverflowError, OSError):
        return math.nan


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _text(answer: t.Any) -> str:
    content: bytes = answer.content
    try:
        # JSON says by its first bytes in what it is written, when nothing else does.
        encoding = answer.encoding or json.detect_encoding(content)
        return content.decode(encoding, errors="replace").lstrip("\ufeff")
    except (LookupError, UnicodeError):  # an encoding that there is not, or that is none of texts
        return content.decode(errors="replace")


def _check_readable(path: str, may_be_folder: bool) -> None:
    if not (may_be_folder and os.path.isdir(path)):
        with open(path, "rb"):
            pass
