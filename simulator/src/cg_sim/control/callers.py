# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may use the control plane: programs on the same machine and, if a token is configured, those that send it."""

from __future__ import annotations

from starlette.requests import Request

from cg_sim.api.auth import same_secret
from cg_sim.errors import Refusal
from cg_sim.loopback import asks_for_this_machine, comes_from_this_machine


def check_caller(request: Request, token: str | None) -> None:
    origin = request.headers.get("origin")
    if origin is not None and origin != f"{request.url.scheme}://{request.headers.get('host')}":
        raise Refusal(403, "The control plane refuses requests from pages of another origin")
    scheme, _space, given = request.headers.get("authorization", "").partition(" ")
    if token and scheme.lower() == "bearer" and same_secret(given.strip(), token):
        return
    if not comes_from_this_machine(request):
        if token:
            message = "Requests from other machines need the token of the control plane"
            raise Refusal(401, message, {"www-authenticate": "Bearer"})
        raise Refusal(403, "The control plane accepts only requests from the same machine")
    if not asks_for_this_machine(request):
        message = "The control plane can be reached as localhost or by an IP address of this machine, not by a name"
        raise Refusal(403, message)
