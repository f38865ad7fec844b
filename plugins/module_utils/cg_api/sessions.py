# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sessions of the HTTP library: credentials, certificates, and reading a body within its time.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import os
import time
import warnings

from .calls import Call
from .connection import Connection, basic_credentials
from .errors import BadOption
from .replies import MESSAGE_LOOKED_FOR_IN, Reply

try:
    import requests
    from requests.auth import AuthBase
    from urllib3.exceptions import HTTPError, InsecureRequestWarning

    REQUESTS_IMPORT_ERROR = None
    # Everything that a request may raise; the library does not document all of it.
    REQUEST_ERRORS: tuple[type[Exception], ...] = (
        requests.exceptions.RequestException,
        HTTPError,
        OSError,
        ValueError,
    )
except ImportError as error:  # reported when a module starts
    requests = None  # type: ignore[assignment]
    AuthBase = object  # type: ignore[assignment,misc]
    REQUESTS_IMPORT_ERROR = error
    REQUEST_ERRORS = ()

READ_AT_ONCE = 65536  # bytes
READ_OF_AN_ERROR = 2 * MESSAGE_LOOKED_FOR_IN  # bytes; no message is looked for beyond them


class StillArriving(OSError):
    """The timeout of a request ended while its answer was being read."""


class Sessions:
    """Makes the sessions of one Connection, one for each thread; their cookies are the same."""

    def __init__(self, connection: Connection) -> None:
        """Raises BadOption when a file that the connection names cannot be read."""
        self._connection = connection
        self._cookies = requests.cookies.RequestsCookieJar()
        _check_files(connection)
        # The option ca_path takes precedence over the environment.
        self._verify = (
            (connection.ca_path or connection.environment_bundle[1] or True) if connection.validate_certs else False
        )
        if not connection.validate_certs:
            warnings.simplefilter("ignore", InsecureRequestWarning)

    def new(self, authenticates: bool) -> requests.Session:
        """``authenticates``: send the credentials with every request; otherwise a cookie is used."""
        session = requests.Session()
        session.cookies = self._cookies
        session.headers.update({"Accept": "application/json"})
        session.headers.update(self._connection.headers)
        # The environment is read once: requests would read it for each request, which takes a fifth of its time.
        # ~/.netrc is not used.
        session.trust_env = False
        session.proxies = requests.utils.get_environ_proxies(self._connection.base)
        session.auth = _Credentials(self._connection if authenticates else None)
        if self._connection.client_cert:
            key = self._connection.client_key
            session.cert = (self._connection.client_cert, key) if key else self._connection.client_cert
        return session

    def forget_cookies(self) -> None:
        self._cookies.clear()

    def exchange(self, session: requests.Session, call: Call, timeout: float) -> Reply:
        """The reply, its body read; the whole of it takes no longer than the timeout (twice, at the very worst).

        Raises REQUEST_ERRORS.
        """
        deadline = time.monotonic() + timeout
        # What Session.request does beside this (following redirects, with which credentials must never go, and merging
        # options that are always the same here) takes longer than all the rest of a small request.
        request = requests.PreparedRequest()
        request.prepare(
            method=call.operation.method,
            url=call.url,
            headers=session.headers,
            data=call.form,
            json=call.body if call.form is None else None,
            auth=session.auth,
            cookies=session.cookies,
        )
        answer = session.get_adapter(call.url).send(
            request,
            stream=True,
            timeout=timeout,
            verify=self._verify,
            cert=session.cert,
            proxies=session.proxies,
        )
        if "Set-Cookie" in answer.headers:
            requests.cookies.extract_cookies_to_jar(  # type: ignore[no-untyped-call]
                session.cookies, request, answer.raw
            )
        return Reply(
            status=answer.status_code,
            headers=answer.headers,
            content=_content(answer, deadline),
            cookies=tuple(value for value in answer.cookies.values() if value),
            has_next_page="next" in answer.links,
        )


class _Credentials(AuthBase):
    """Basic or bearer; nothing without a connection."""

    def __init__(self, connection: Connection | None) -> None:
        self._header: str | None = None
        if connection is None:
            return
        if connection.token:
            self._header = f"Bearer {connection.token}"
        elif connection.username:
            self._header = f"Basic {basic_credentials(connection.username, connection.password or '')}"

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._header is not None:
            request.headers["Authorization"] = self._header
        return request


def _content(answer: requests.Response, deadline: float) -> bytearray:
    """The body, read in chunks, so that a slow body is ended by the deadline.

    If the answer is not a success, only its beginning is read, which may hold a message.
    """
    if hasattr(answer.raw, "read1"):
        pieces = iter(lambda: answer.raw.read1(READ_AT_ONCE, decode_content=True), b"")
    else:  # urllib3 1.x: a piece comes only when it is complete
        pieces = answer.iter_content(512)
    body = bytearray()
    for piece in pieces:
        body += piece
        if not answer.ok and len(body) >= READ_OF_AN_ERROR:
            answer.close()
            return body[:READ_OF_AN_ERROR]
        if time.monotonic() > deadline:
            answer.close()
            raise StillArriving(f"{len(body)} bytes had come")
    promised = answer.headers.get("Content-Length", "")
    if promised.isdecimal() and answer.raw.tell() < int(promised) and answer.status_code not in (204, 304):
        # Older versions of requests do not check.
        raise requests.exceptions.ConnectionError(f"only {answer.raw.tell()} of {promised} bytes came")
    answer.raw.release_conn()
    return body


def _check_files(connection: Connection) -> None:
    files = [(option, getattr(connection, option)) for option in ("ca_path", "client_cert", "client_key")]
    if connection.base.startswith("https:"):
        files.append(connection.environment_bundle)
    for named_by, path in files:
        try:
            if path:
                _check_readable(path, may_be_folder=named_by not in ("client_cert", "client_key"))
        except OSError as error:
            raise BadOption(f"{named_by}: {path} cannot be read ({error.strerror}).") from None


def _check_readable(path: str, may_be_folder: bool) -> None:
    if not (may_be_folder and os.path.isdir(path)):
        with open(path, "rb"):
            pass
