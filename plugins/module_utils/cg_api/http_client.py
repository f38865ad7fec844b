# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sending requests with the HTTP library: credentials, certificates, proxies, cookies, and the timeout of answers.

PRIVATE to the collection: it may change at any time.

urllib3 sends the requests. Of requests, which is built on urllib3, only the handling of proxies, cookies, links and the
default CA bundle is used, and imported only when it is needed: sending with requests itself takes nearly twice as long,
and it takes longer to import.
"""

from __future__ import annotations

import json
import os
import ssl
import sys
import threading
import time
import typing as t
import warnings
from importlib.util import find_spec
from urllib.parse import urlencode

from .calls import Call
from .connection import Connection, basic_credentials
from .errors import BadOption
from .replies import MESSAGE_LOOKED_FOR_IN, Reply

try:
    import urllib3
    from urllib3.exceptions import HTTPError, InsecureRequestWarning, ProtocolError
    from urllib3.util.ssl_ import create_urllib3_context

    REQUESTS_IMPORT_ERROR = None if find_spec("requests") else ImportError("No module named 'requests'")
    # Everything that a request may raise; not all of it is documented. The exceptions of requests are OSErrors.
    REQUEST_ERRORS: tuple[type[Exception], ...] = (HTTPError, OSError, ValueError)
except ImportError as error:  # reported when a module starts
    REQUESTS_IMPORT_ERROR = error
    REQUEST_ERRORS = ()

READ_AT_ONCE = 65536  # bytes
READ_OF_AN_ERROR = 2 * MESSAGE_LOOKED_FOR_IN  # bytes; no message is looked for beyond them
JSON_TYPE, FORM_TYPE = "application/json", "application/x-www-form-urlencoded"


class StillArriving(OSError):
    """The timeout of a request ended while its answer was being read."""


class HttpClient:
    """Sends the requests of one Connection, with the cookies that the server sets. Thread-safe."""

    def __init__(self, connection: Connection) -> None:
        """Raises BadOption when a file that the connection names cannot be read."""
        _check_files(connection)
        self._connection = connection
        self._headers = _headers_of(connection)
        self._cookies: t.Any = None  # the jar; most servers set none
        self._pools: urllib3.PoolManager | None = None
        self._lock = threading.Lock()
        if not connection.validate_certs:
            warnings.simplefilter("ignore", InsecureRequestWarning)

    def open_session(self) -> None:
        """From now on, a cookie identifies the user, instead of credentials in every request. Drops old cookies."""
        self._cookies = None
        self._headers = _headers_of(self._connection, authenticates=False)

    def exchange(self, call: Call, timeout: float) -> Reply:
        """The reply with its body. All of it takes no longer than the timeout (at worst, twice as long).

        Raises REQUEST_ERRORS.
        """
        deadline = time.monotonic() + timeout
        answer = self._opened_pools().request(
            call.operation.method,
            call.url,
            **self._content_of(call),
            timeout=timeout,
            redirect=False,
            retries=False,
            preload_content=False,
        )
        # The body is read last, since that may raise, and the cookies must be kept all the same.
        cookies = self._cookies_set_by(answer, call) if "Set-Cookie" in answer.headers else ()
        return Reply(
            status=answer.status,
            headers=answer.headers,
            content=_body_of(answer, deadline),
            cookies=cookies,
            has_next_page="Link" in answer.headers and _has_next_page(answer.headers["Link"]),
        )

    def _content_of(self, call: Call) -> dict[str, t.Any]:
        """The headers and the body of the request."""
        jar = self._cookies  # another thread may be opening a new session
        headers = self._headers if jar is None else self._with_cookies(jar, call)
        if call.body is None:
            return {"headers": headers}
        form = call.form
        kind, body = FORM_TYPE, urlencode(form or {})
        if form is None:
            kind, body = JSON_TYPE, json.dumps(call.body, allow_nan=False)
        if not any(name.lower() == "content-type" for name in headers):
            headers = {**headers, "Content-Type": kind}
        return {"headers": headers, "body": body.encode()}

    # ------------------------------------------------------------------------------------------------- connections

    def _opened_pools(self) -> urllib3.PoolManager:
        """Made with the first request, so that an error is reported like one of a request."""
        with self._lock:
            if self._pools is None:
                self._pools = _pools_of(self._connection)
            return self._pools

    # ----------------------------------------------------------------------------------------------------- cookies

    def _with_cookies(self, jar: t.Any, call: Call) -> dict[str, str]:
        from requests import Request
        from requests.cookies import get_cookie_header
        from requests.structures import CaseInsensitiveDict

        request = Request(url=call.url, headers=CaseInsensitiveDict(self._headers))
        cookies = get_cookie_header(jar, request)  # type: ignore[no-untyped-call]
        return {**self._headers, "Cookie": cookies} if cookies else self._headers

    def _cookies_set_by(self, answer: t.Any, call: Call) -> tuple[str, ...]:
        """The values of the cookies, which are sent with the next requests."""
        from requests import Request
        from requests.cookies import RequestsCookieJar, extract_cookies_to_jar

        found = RequestsCookieJar()
        request = Request(url=call.url, headers=self._headers)
        extract_cookies_to_jar(found, request, answer)  # type: ignore[no-untyped-call]
        with self._lock:
            if self._cookies is None:
                self._cookies = RequestsCookieJar()
            self._cookies.update(found)
        return tuple(cookie.value for cookie in found if cookie.value)


def _headers_of(connection: Connection, authenticates: bool = True) -> dict[str, str]:
    """The headers of every request. The user's headers replace others of the same name, without regard to case."""
    headers = {"User-Agent": "mftops.central_governance", "Accept": JSON_TYPE, "Accept-Encoding": "gzip, deflate"}
    own = dict(connection.headers)
    if authenticates and connection.token:
        own["Authorization"] = f"Bearer {connection.token}"
    elif authenticates and connection.username:
        own["Authorization"] = f"Basic {basic_credentials(connection.username, connection.password or '')}"
    replaced = {name.lower() for name in own}
    return {**{name: value for name, value in headers.items() if name.lower() not in replaced}, **own}


def _pools_of(connection: Connection) -> urllib3.PoolManager:
    """The connections to the server, through the proxy that the environment names, if there is one."""
    tls: dict[str, t.Any] = {}
    if connection.base.startswith("https:"):
        tls["ssl_context"] = _tls_context(connection)
    proxy = _proxy_for(connection.base)
    if not proxy:
        return urllib3.PoolManager(maxsize=connection.max_parallel, **tls)
    from requests.adapters import HTTPAdapter

    if proxy.lower().startswith("https:"):
        tls["proxy_ssl_context"] = _tls_context(connection)
    manager: urllib3.PoolManager = HTTPAdapter(pool_maxsize=connection.max_parallel).proxy_manager_for(proxy, **tls)
    return manager


def _tls_context(connection: Connection) -> ssl.SSLContext:
    context = create_urllib3_context(cert_reqs=ssl.CERT_REQUIRED if connection.validate_certs else ssl.CERT_NONE)
    if connection.validate_certs:
        # The option ca_path takes precedence over the environment.
        bundle = connection.ca_path or connection.environment_bundle[1]
        if not bundle:
            from requests.certs import where  # type: ignore[attr-defined]

            bundle = where()
        context.load_verify_locations(**{"capath" if os.path.isdir(bundle) else "cafile": bundle})
    if connection.client_cert:
        # Without a password, OpenSSL would prompt on the terminal for the password of an encrypted key.
        context.load_cert_chain(connection.client_cert, connection.client_key or None, password="")
    return context


def _proxy_for(url: str) -> str:
    """The URL of the proxy, empty without one. The environment is read once for all requests."""
    in_environment = any(name.lower().endswith("_proxy") for name in os.environ)
    if not in_environment and sys.platform not in ("darwin", "win32"):  # these also have system settings
        return ""
    from requests.utils import get_environ_proxies, prepend_scheme_if_needed, select_proxy

    proxy = select_proxy(url, get_environ_proxies(url))
    return str(prepend_scheme_if_needed(proxy, "http")) if proxy else ""  # type: ignore[no-untyped-call]


def _has_next_page(links: str) -> bool:
    from requests.utils import parse_header_links

    return any(link.get("rel") == "next" for link in parse_header_links(links))


def _body_of(answer: t.Any, deadline: float) -> bytearray:
    """The body, read in pieces, so that reading a slow body ends at the deadline.

    If the answer is an error, only the beginning is read, which may contain a message.
    """
    if hasattr(answer, "read1"):
        pieces = iter(lambda: answer.read1(READ_AT_ONCE, decode_content=True), b"")
    else:  # urllib3 1.x returns a piece only when it is complete
        pieces = answer.stream(512, decode_content=True)
    body = bytearray()
    for piece in pieces:
        body += piece
        if answer.status >= 400 and len(body) >= READ_OF_AN_ERROR:
            answer.close()
            return body[:READ_OF_AN_ERROR]
        if time.monotonic() > deadline:
            answer.close()
            raise StillArriving(f"{len(body)} bytes had arrived")
    announced = answer.headers.get("Content-Length", "")
    if announced.isdecimal() and answer.tell() < int(announced) and answer.status not in (204, 304):
        raise ProtocolError(f"only {answer.tell()} of {announced} bytes arrived")  # urllib3 1.x does not check
    answer.release_conn()
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
