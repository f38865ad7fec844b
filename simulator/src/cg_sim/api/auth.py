# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Authentication: Basic, bearer token or web session. How Central Governance authenticates is assumed."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Mapping
from typing import Any

from cg_sim.settings import Settings

COOKIE = "CGSESSION"
#: When there are more, the oldest session is closed.
MOST_SESSIONS = 10_000


def same_secret(given: str, expected: str) -> bool:
    """Compare in constant time, against timing attacks."""
    return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), expected.encode("utf-8", "surrogatepass"))


class Guard:
    """Knows the credentials and the open sessions."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._sessions: dict[str, str] = {}
        #: Sessions started by a login page: its path, the token of its form, and the user after a successful login.
        self._begun: dict[str, tuple[str, str, str | None]] = {}

    def who(self, headers: Mapping[str, str]) -> str | None:
        """The user of a request; None when its credentials are missing, wrong, or of a kind that is not accepted."""
        accepted = self._settings.variants["auth"]
        scheme, _space, credentials = headers.get("authorization", "").partition(" ")
        scheme = scheme.lower()
        if scheme == "basic" and accepted in ("any", "basic"):
            return self._basic(credentials.strip())
        if scheme == "bearer" and accepted in ("any", "bearer"):
            token = self._settings.token
            return "token" if token and same_secret(credentials.strip(), token) else None
        if not scheme and accepted in ("any", "session"):
            return self._session(headers.get("cookie", ""))
        return None

    def login(self, username: str, password: str) -> str | None:
        """Open a session; returns the cookie's value, or None."""
        if not self._credentials_are_valid(username, password):
            return None
        value = secrets.token_urlsafe(24)
        self._open(value, username)
        return value

    def _open(self, value: str, username: str) -> None:
        self._sessions[value] = username
        _forget_oldest(self._sessions)

    def visit_page(self, path: str, header: str) -> tuple[str, str] | None:
        """A request for a page that requires a login, with this Cookie header. Returns the cookie and the form's token
        of a new session, or None for a session that is logged in. After the login, a session is accepted only when
        the same page has been requested again.
        """
        value = _cookie_in(header)
        begun_at, _token, username = self._begun.get(value, ("", "", None))
        if username is not None and begun_at == path:
            del self._begun[value]
            self._open(value, username)
        if value in self._sessions:
            return None
        value, token = secrets.token_urlsafe(24), secrets.token_urlsafe(24)
        self._begun[value] = path, token, None
        _forget_oldest(self._begun)
        return value, token

    def login_on_page(self, header: str, token: str, username: str, password: str) -> str | None:
        """The path of the page that started the session; empty if the credentials are wrong, None if the form does
        not come from such a page."""
        value = _cookie_in(header)
        path, expected, _user = self._begun.get(value, ("", "", None))
        if not expected or not same_secret(token, expected):
            return None
        if not self._credentials_are_valid(username, password):
            return ""
        self._begun[value] = path, expected, username
        return path

    def end_sessions(self) -> None:
        self._sessions.clear()
        self._begun.clear()

    @property
    def shows_login_page(self) -> bool:
        """Whether clients that are not logged in get the login page with status 200, instead of 401."""
        return self._settings.variants["auth"] == "session" and self._settings.variants["login"] == "page"

    def challenge(self) -> str | None:
        """The value of WWW-Authenticate."""
        accepted = self._settings.variants["auth"]
        if accepted in ("any", "basic"):
            return 'Basic realm="Central Governance", charset="UTF-8"'
        return 'Bearer realm="Central Governance"' if accepted == "bearer" else None

    def _credentials_are_valid(self, username: str, password: str) -> bool:
        # Always compare both, so that the response time does not reveal which one is wrong.
        user_right = same_secret(username, self._settings.username)
        password_right = same_secret(password, self._settings.password)
        return user_right and password_right

    def _basic(self, credentials: str) -> str | None:
        try:
            username, separator, password = base64.b64decode(credentials, validate=True).decode("utf-8").partition(":")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            return None
        return username if separator and self._credentials_are_valid(username, password) else None

    def _session(self, header: str) -> str | None:
        return self._sessions.get(_cookie_in(header))


def _cookie_in(header: str) -> str:
    """The value of our cookie, or an empty text."""
    # Not http.cookies: it stops at the first malformed cookie, including those of other applications.
    pairs = (pair.strip().partition("=") for pair in header.split(";"))
    return next((value for name, _sign, value in pairs if name == COOKIE), "")


def _forget_oldest(sessions: dict[str, Any]) -> None:
    while len(sessions) > MOST_SESSIONS:
        del sessions[next(iter(sessions))]
