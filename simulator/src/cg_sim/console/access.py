# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may use the console.

From the same machine no sign-in is needed while the control plane is enabled, since the control plane allows more.
Everybody else signs in with the user and the password of the API. Pages of another origin are refused in both cases,
even if their name resolves to this machine (DNS rebinding).
"""

from __future__ import annotations

import hmac
import secrets

from starlette.requests import Request
from starlette.responses import Response

from cg_sim.errors import Refusal
from cg_sim.loopback import asks_for_this_machine, comes_from_this_machine
from cg_sim.simulator import Simulator


class Access:
    """Checks and creates console sessions. They end with the process."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._key = secrets.token_urlsafe(24)
        # Cookies are shared between ports: two simulators on one machine must not end each other's sessions.
        self._cookie = f"cg_sim_console_{secrets.token_hex(4)}"

    def check(self, request: Request) -> None:
        """Raises Refusal: 401 if a sign-in is needed, 403 for requests from pages of another origin."""
        _check_origin(request)
        if self._is_local(request):
            return
        given = request.cookies.get(self._cookie, "")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self._key.encode()):
            raise Refusal(401, "Sign in first")

    def sign_in(self, request: Request, username: str, password: str, response: Response) -> None:
        """Raises Refusal if user and password are not those of the API."""
        _check_origin(request)
        if self._simulator.guard.login(username, password) is None:
            raise Refusal(401, "Unknown user or wrong password")
        secure = request.url.scheme == "https"
        response.set_cookie(self._cookie, self._key, path="/console", httponly=True, samesite="strict", secure=secure)

    def _is_local(self, request: Request) -> bool:
        if not self._simulator.settings.control or request.client is None:
            return False
        return comes_from_this_machine(request) and asks_for_this_machine(request)


def _check_origin(request: Request) -> None:
    origin = request.headers.get("origin")
    if origin is not None and origin != f"{request.url.scheme}://{request.headers.get('host')}":
        raise Refusal(403, "The console refuses requests from pages of another origin")
