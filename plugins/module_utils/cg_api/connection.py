# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How to connect to Central Governance, and the checks of the connection options.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import base64
import os
import re
import typing as t
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from .errors import BadOption

LONGEST_TIMEOUT = 86400.0  # seconds; sockets do not accept much more
# Shorter header values also occur in ordinary text: masking them would mask parts of every answer.
SHORTEST_SECRET = 4

_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


@dataclass(frozen=True)
class Connection:
    """How to connect to Central Governance; the names and meanings are those of the modules' options.

    Raises BadOption, which shows no secret, when the options contradict each other or cannot work.
    """

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
        self._check_text()
        self._check_url()
        if self.username and self.token:
            raise BadOption("username and token: give one of them, not both (CG_USERNAME and CG_TOKEN count too).")
        if self.username and self.password is None:
            raise BadOption("password: it is required with username.")
        if self.password is not None and not self.username:
            raise BadOption("username: it is required with password.")
        if self.client_key and not self.client_cert:
            raise BadOption("client_cert: it is required with client_key.")
        self._check_headers()
        # Written so that NaN is refused too.
        if not 0 < self.timeout <= LONGEST_TIMEOUT:
            raise BadOption(f"timeout: it must be greater than 0 and at most {LONGEST_TIMEOUT:g} (seconds).")
        if self.max_parallel <= 0:
            raise BadOption("max_parallel: it must be greater than 0.")
        if self.retries < 0:
            raise BadOption("retries: it must not be negative.")

    def _check_text(self) -> None:
        texts = ("url", "api_prefix", "username", "password", "token", "ca_path", "client_cert", "client_key")
        for option in texts:
            try:
                (getattr(self, option) or "").encode()
            except UnicodeEncodeError:
                raise BadOption(
                    f"{option}: it contains bytes that are not UTF-8 (an environment variable in another encoding?)."
                ) from None

    def _check_url(self) -> None:
        shown = without_credentials(self.url)
        try:
            parts = urlsplit(self.url.strip())
            _port_is_a_number = parts.port
        except ValueError as error:
            # The parser's message may quote what it takes for the port, which may be part of a password.
            reason = "" if "@" in self.url else f" ({error})"
            raise BadOption(f"url: {shown!r} is not a URL{reason}.") from None
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise BadOption(f"url: {shown!r} is not an http(s) URL such as https://cg.example.com:6900.")
        if "@" in parts.netloc:
            raise BadOption("url: it contains credentials; give them in username and password instead.")
        if parts.query or parts.fragment:
            raise BadOption("url: it must end before any ? or #.")
        if "?" in self.api_prefix or "#" in self.api_prefix:
            raise BadOption("api_prefix: it is a path; it must end before any ? or #.")

    def _check_headers(self) -> None:
        if not self._can_be_sent(self.token or ""):
            raise BadOption("token: it contains a character that is not allowed in an HTTP header (a line break?).")
        for number, (name, value) in enumerate(self.headers.items(), start=1):
            # Its name is not shown: if name and value were swapped, it is the secret value.
            if not _HEADER_NAME.fullmatch(name):
                raise BadOption(
                    f"headers: the name of entry {number} is not valid; names of headers consist of letters, digits "
                    "and -, without colon or space."
                )
            if not self._can_be_sent(value):
                raise BadOption(
                    f"headers: the value of {name} contains a character that is not allowed in an HTTP header (a line "
                    "break?), or begins or ends with a space."
                )

    @staticmethod
    def _can_be_sent(text: str) -> bool:
        return text.isprintable() and text.isascii() and text == text.strip()

    @property
    def server(self) -> str:
        """``url`` without a slash at its end."""
        return self.url.strip().rstrip("/")

    @property
    def base(self) -> str:
        """The URL that precedes the path of an operation of the API."""
        prefix = self.api_prefix.strip().strip("/")
        return self.server + (f"/{prefix}" if prefix else "")

    @property
    def credentials_given(self) -> str:
        """The options that identify the user, as listed in a message; empty when there are none."""
        options = {
            "username and password": self.username,
            "token": self.token,
            "headers": self.headers,
            "client_cert": self.client_cert,
        }
        return ", ".join(name for name, value in options.items() if value)

    @property
    def secrets(self) -> list[str]:
        """Values that must never be shown, in the forms in which they are sent."""
        secrets = [secret for secret in (self.password, self.token) if secret]
        secrets += secret_header_values(self.headers)
        if self.username and self.password:
            secrets.append(basic_credentials(self.username, self.password))
        return secrets

    @property
    def environment_bundle(self) -> tuple[str, str]:
        """The variable and the path of the CA bundle that requests takes from the environment, or two empty strings.

        It is used unless ``ca_path`` is set.
        """
        if self.validate_certs and not self.ca_path:
            for variable in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
                if os.environ.get(variable):
                    return variable, os.environ[variable]
        return "", ""


def basic_credentials(username: str, password: str) -> str:
    """The value after the word Basic in an Authorization header."""
    return base64.b64encode(f"{username}:{password}".encode()).decode("ascii")


def secret_header_values(headers: t.Mapping[str, str]) -> list[str]:
    return [value for value in headers.values() if len(value) >= SHORTEST_SECRET]


def without_credentials(url: str) -> str:
    """The URL with everything before an @ masked, even where a parser would not find credentials.

    >>> without_credentials("https://admin:pa#ss@cg:6900")
    'https://********@cg:6900'
    """
    scheme, before, rest = _around_credentials(url)
    return f"{scheme}********@{rest}" if before else url


def credentials_in(url: str) -> str:
    """The part that ``without_credentials`` masks; usually empty."""
    return _around_credentials(url)[1]


def _around_credentials(url: str) -> tuple[str, str, str]:
    before, _at, rest = url.rpartition("@")
    scheme = re.match(r"\s*[A-Za-z][A-Za-z0-9+.-]*://", before)
    return (scheme[0], before[scheme.end() :], rest) if scheme else ("", before, rest)
