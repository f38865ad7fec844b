# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Maps exceptions in the control plane and the console to answers: a status and {"message": ...}.

The API maps its own: there the shape of errors depends on a variant, and they are recorded in the journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from cg_sim.api.asgi import PREFIX
from cg_sim.errors import InvalidInput, Refusal
from cg_sim.store import StoreError


def _answer(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"message": message}, status, headers)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)
    return _answer(error.status, error.message, error.headers)


async def _invalid(request: Request, error: Exception) -> Response:
    return _answer(400, str(error))


async def _store_error(request: Request, error: Exception) -> Response:
    return _answer(507, str(error))


async def _client_left(request: Request, error: Exception) -> Response:
    """The client has disconnected and does not read this answer; without it the disconnect would be logged as an error
    of the simulator."""
    return _answer(400, "The request ended before its body did")


async def _no_such_route(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    message = error.detail
    if error.status_code == 404:
        message = f"There is nothing at {request.scope['path']}; the API is under {PREFIX}"
    return _answer(error.status_code, message, error.headers)


async def _unexpected_error(request: Request, error: Exception) -> Response:
    """The server writes the traceback to standard error."""
    return _answer(500, "Internal error in the simulator; see its standard error")


HANDLERS: dict[Any, Callable[[Request, Exception], Any]] = {
    Refusal: _refused,
    InvalidInput: _invalid,
    StoreError: _store_error,
    ClientDisconnect: _client_left,
    HTTPException: _no_such_route,
    Exception: _unexpected_error,
}
