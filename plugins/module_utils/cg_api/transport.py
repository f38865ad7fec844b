# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one place that speaks HTTP.

PRIVATE to the collection: it may change at any time.

It keeps connections alive, verifies TLS, retries what is safe to send again, refuses to write in check mode, and turns
whatever goes wrong into a :class:`CGError`. It knows nothing of products and flows.
"""

from __future__ import annotations

import base64
import os
import random
import threading
import time
import typing as t
import warnings
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .errors import BadOption, CGError, WriteInCheckMode, server_message
from .operations import Operation

try:
    import requests
    from requests.auth import AuthBase
    from urllib3.exceptions import InsecureRequestWarning

    REQUESTS_IMPORT_ERROR = None
except ImportError as error:  # reported by the frame, which knows how to tell a user
    requests = None  # type: ignore[assignment]
    AuthBase = object  # type: ignore[assignment,misc]
    REQUESTS_IMPORT_ERROR = error

RETRIED_STATUSES = frozenset({429, 502, 503, 504})
LONGEST_PAUSE = 30.0  # seconds; a longer Retry-After is clamped to it


@dataclass(frozen=True)
class Connection:
    """How to reach Central Governance; the names and meanings are those of the modules' options."""

    url: str
    api_prefix: str = ""
    username: str | None = None
    password: str | None = None
    token: str | None = None
    headers: t.Mapping[str, str] = field(default_factory=dict)
    validate_certs: bool = True
    ca_path: str | None = None
    client_cert: str | None = None
    client_key: str | None = None
    timeout: float = 30.0  # seconds, one request
    retries: int = 3
    max_parallel: int = 8

    def __post_init__(self) -> None:
        parts = _split(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadOption(f"url: {self.url!r} is not an http(s) URL such as https://cg.example.com:6900.")
        if parts.username or parts.password:
            raise BadOption("url: it holds credentials; give them in username and password instead.")
        if parts.query or parts.fragment:
            raise BadOption("url: it must end before any ? or #.")
        if self.username and self.token:
            raise BadOption("username and token: give one of them, not both.")
        if self.username and self.password is None:
            raise BadOption("password: it is missing beside username.")
        if self.password is not None and not self.username:
            raise BadOption("username: it is missing beside password.")
        if self.client_key and not self.client_cert:
            raise BadOption("client_cert: it is missing beside client_key.")
        for option, text in [("token", self.token or ""), *(("headers", f"{k}{v}") for k, v in self.headers.items())]:
            if not text.isprintable() or not text.isascii():
                raise BadOption(f"{option}: it holds a character that no HTTP header can carry (a line break?).")
        for option in ("timeout", "max_parallel"):
            if getattr(self, option) <= 0:
                raise BadOption(f"{option}: it must be greater than 0.")
        if self.retries < 0:
            raise BadOption("retries: it must not be negative.")

    @property
    def base(self) -> str:
        return self.url.rstrip("/") + "/" + self.api_prefix.strip("/")

    @property
    def secrets(self) -> list[str]:
        return [secret for secret in (self.password, self.token, *self.headers.values()) if secret]


def _split(url: str) -> t.Any:
    try:
        parts = urlsplit(url)
        _port_is_a_number = parts.port
        return parts
    except ValueError as error:
        raise BadOption(f"url: {url!r} is not a URL ({error}).") from None


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
        self._check_files()

    def open_session_with(self, login: Operation) -> None:
        """Opens a session with this operation before the first request, and again when it has expired."""
        self._login = login

    def send(self, operation: Operation, values: t.Mapping[str, t.Any] | None = None, body: t.Any = None) -> t.Any:
        """Sends one operation and returns the JSON of its answer; None for an empty one.

        Raises CGError; WriteInCheckMode when the transport is read-only and the operation is not a read.
        """
        values = values or {}
        path = operation.filled_path(values)
        if self.read_only and operation.is_write:
            raise WriteInCheckMode(operation.method, path)
        if self._login is not None and not self._logins:
            self._log_in(logins_seen=0)
        payload = operation.filled_body(values) if body is None else body
        if operation.is_write:
            self.writes.append(f"{operation.method} {path}")
        logins_seen = self._logins
        try:
            return self._send_with_retries(operation, path, payload)
        except CGError as error:
            if error.status != 401 or self._login is None:
                raise
            self._log_in(logins_seen)
            return self._send_with_retries(operation, path, payload)

    def _log_in(self, logins_seen: int) -> None:
        with self._login_lock:
            if self._logins != logins_seen:
                return  # another thread has opened a new session meanwhile
            login = t.cast(Operation, self._login)
            self._cookies.clear()
            credentials = {"username": self.connection.username or "", "password": self.connection.password or ""}
            answer = self._exchange(login, login.filled_path(credentials), login.filled_body(credentials))
            self._raise_for_status(answer, login.method, login.path)
            if not answer.cookies:
                raise CGError(
                    f"{login.method} {login.path}: Central Governance opened no session: its answer sets no cookie.",
                    outcome="refused",
                    method=login.method,
                    path=login.path,
                    status=answer.status_code,
                )
            self._logins += 1

    def _send_with_retries(self, operation: Operation, path: str, body: t.Any) -> t.Any:
        for attempt in range(self.connection.retries + 1):
            pause = min(0.25 * 2**attempt, LONGEST_PAUSE) * random.uniform(0.75, 1.25)
            try:
                answer = self._exchange(operation, path, body)
                self._raise_for_status(answer, operation.method, path)
                return self._decoded(answer, operation, path)
            except CGError as error:
                if attempt == self.connection.retries or not _may_send_again(operation, error):
                    raise
                if error.status is not None:
                    pause = _retry_after(answer, pause)
                self.retried.append(
                    f"Sent {operation.method} {path} again ({attempt + 1} of {self.connection.retries}): {error}"
                )
                self._sleep(pause)
        raise AssertionError("unreachable: the last attempt returns or raises")

    def _exchange(self, operation: Operation, path: str, body: t.Any) -> t.Any:
        method = operation.method
        where = self.connection.url

        def failed(text: str, outcome: str, may_pass: bool = True) -> CGError:
            return CGError(
                f"{method} {path}: {self._scrubbed(text)}",
                outcome=outcome,
                method=method,
                path=path,
                may_pass=may_pass,
            )

        try:
            return self._session().request(
                method,
                self.connection.base + path,
                json=body,
                timeout=self.connection.timeout,
                allow_redirects=False,  # credentials must never follow a redirect
                verify=self._verify,  # named in each request, it wins over the environment's bundle
            )
        except requests.exceptions.SSLError as error:
            raise failed(
                f"TLS with {where} failed: {_innermost(error)}. Check ca_path and the server's certificate.",
                "not_sent",
                may_pass=False,
            ) from None
        except requests.exceptions.ProxyError as error:
            raise failed(f"the proxy on the way to {where} failed: {_innermost(error)}.", "not_sent") from None
        except requests.exceptions.ConnectTimeout:
            raise failed(f"no connection to {where} within {self.connection.timeout:g} s.", "not_sent") from None
        except requests.exceptions.Timeout:
            raise failed(f"no answer from {where} within {self.connection.timeout:g} s.", "unknown") from None
        except requests.exceptions.ConnectionError as error:
            if _was_never_connected(error):
                raise failed(f"{where} cannot be reached: {_innermost(error)}.", "not_sent") from None
            raise failed(f"the connection to {where} broke off: {_innermost(error)}.", "unknown") from None
        except requests.exceptions.RequestException as error:
            # Among these are bodies that ended early: the server had the request.
            raise failed(f"the answer of {where} could not be read: {_innermost(error)}.", "unknown") from None

    def _raise_for_status(self, answer: t.Any, method: str, path: str) -> None:
        status = answer.status_code
        if 200 <= status < 300:
            return
        said = self._scrubbed(server_message(_text(answer), answer.headers.get("Content-Type", "")))
        if 300 <= status < 400:
            target = self._scrubbed(answer.headers.get("Location", "nowhere"))
            explanation = f"it redirects to {target}, which is not followed, since the credentials would go there too"
        else:
            explanation = {
                401: "it did not accept the credentials",
                403: "the user may not do this",
                404: "it knows no such thing",
                429: "it asks for fewer requests",
            }.get(status, "it failed" if status >= 500 else "it refused the request")
        raise CGError(
            f"{method} {path}: Central Governance answered {status}: {explanation}."
            + (f" It said: {_sentence(said)}" if said else " It said nothing more."),
            # After a gateway's or a server's failure nobody knows how far the request got.
            outcome="unknown" if status >= 500 else "refused",
            method=method,
            path=path,
            status=status,
            server_message=said,
        )

    def _decoded(self, answer: t.Any, operation: Operation, path: str) -> t.Any:
        if not answer.content.strip():
            return None
        try:
            return answer.json()
        except ValueError:
            if operation.is_write:
                return None  # any 2xx accepts a write; what it did is read back, not believed
            said = self._scrubbed(server_message(_text(answer), answer.headers.get("Content-Type", "")))
            raise CGError(
                f"{operation.method} {path}: the answer ({answer.status_code}, "
                f"{answer.headers.get('Content-Type', 'no content type')}) is not JSON. Is url that of Central "
                f"Governance, and are the credentials right for its API? It said: {_sentence(said)}",
                outcome="unknown",
                method=operation.method,
                path=path,
                status=answer.status_code,
                server_message=said,
            ) from None

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
        for option in ("ca_path", "client_cert", "client_key"):
            path = getattr(self.connection, option)
            try:
                if path:
                    _check_readable(path)
            except OSError as error:
                raise BadOption(f"{option}: {path} cannot be read ({error.strerror}).") from None
        if not self.connection.validate_certs:
            warnings.simplefilter("ignore", InsecureRequestWarning)

    def _scrubbed(self, text: str) -> str:
        for secret in sorted(self.connection.secrets, key=len, reverse=True):
            text = text.replace(secret, "********")
        return text


class _Credentials(AuthBase):
    """Basic or bearer; nothing without a connection, for a session whose cookie is enough."""

    def __init__(self, connection: Connection | None) -> None:
        self._header = None
        if connection is None:
            return
        if connection.token:
            self._header = f"Bearer {connection.token}".encode()
        elif connection.username:
            pair = f"{connection.username}:{connection.password}".encode()
            self._header = b"Basic " + base64.b64encode(pair)

    def __call__(self, request: t.Any) -> t.Any:
        if self._header is not None:
            request.headers["Authorization"] = self._header
        return request


def _may_send_again(operation: Operation, error: CGError) -> bool:
    if error.outcome == "not_sent":
        return error.may_pass  # nothing has reached the server, so this is no repetition
    if error.status == 429:
        return True  # the server says that it has not begun
    return operation.is_idempotent and (error.status is None or error.status in RETRIED_STATUSES)


def _retry_after(answer: t.Any, otherwise: float) -> float:
    try:
        return min(max(float(answer.headers.get("Retry-After", "")), 0.0), LONGEST_PAUSE)
    except ValueError:
        return otherwise


def _was_never_connected(error: t.Any) -> bool:
    names = {type(cause).__name__ for cause in _causes(error)}
    return bool(names & {"NewConnectionError", "NameResolutionError", "ConnectTimeoutError", "ConnectionRefusedError"})


def _innermost(error: BaseException) -> str:
    """The words at the bottom of a chain of wrapped exceptions, which are those that say something."""
    last = list(_causes(error))[-1]
    text = getattr(last, "strerror", None) or str(last) or type(last).__name__
    return str(text).rstrip(".")


def _causes(error: BaseException) -> t.Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        wrapped = getattr(current, "reason", None)
        if not isinstance(wrapped, BaseException):
            wrapped = next((arg for arg in current.args if isinstance(arg, BaseException)), None)
        current = wrapped or current.__cause__ or current.__context__


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _text(answer: t.Any) -> str:
    return answer.content[:20000].decode(answer.encoding or "utf-8", errors="replace")


def _check_readable(path: str) -> None:
    if not os.path.isdir(path):
        with open(path, "rb"):
            pass
