# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parsing of bodies and numbers in requests to the control plane."""

from __future__ import annotations

from typing import Any

import orjson
from starlette.requests import Request

from cg_sim.errors import bad_request
from cg_sim.gc_pause import gc_paused


async def read_json(request: Request) -> Any:
    body = await request.body()
    try:
        with gc_paused():
            return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise bad_request(f"The body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None


async def read_object(request: Request, keys: set[str] | None) -> dict[str, Any]:
    """The JSON object in the body, {} if there is no body; refused if it has keys other than these."""
    if not (await request.body()).strip():
        return {}
    document = await read_json(request)
    if not isinstance(document, dict):
        raise bad_request("The body must be a JSON object")
    if keys is not None and not set(document) <= keys:
        unknown = ", ".join(sorted(set(document) - keys))
        raise bad_request(f"Unknown key {unknown} (known: {', '.join(sorted(keys))})")
    return document


def natural_number(text: str) -> int:
    """The number, or -1 if the text is not a natural number or is too long."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else -1
