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
        self._sessions[value] = username
        while len(self._sessions) > MOST_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        return value

    def end_sessions(self) -> None:
        self._sessions.clear()

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
        # Not http.cookies: it stops at the first malformed cookie, including those of other applications.
        pairs = (pair.strip().partition("=") for pair in header.split(";"))
        return next((self._sessions.get(value) for name, _sign, value in pairs if name == COOKIE), None)
