# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Endpoints for the clock, variants and transitions."""

from __future__ import annotations

import math
import time
from datetime import datetime, timedelta, timezone
from typing import Any

from starlette.requests import Request

from cg_sim.clock import LAST_SETTABLE_MOMENT
from cg_sim.control.bodies import read_object
from cg_sim.errors import bad_request
from cg_sim.settings import check_transitions
from cg_sim.simulator import Simulator


async def read_clock(simulator: Simulator, request: Request) -> Any:
    return simulator.world.clock.describe()


async def change_clock(simulator: Simulator, request: Request) -> Any:
    """{"frozen": bool?, "now": milliseconds or ISO 8601?, "advance": seconds?, "real": true?}; applied in this
    order: real (back to the machine's time), frozen, now, advance."""
    body = await read_object(request, {"frozen", "now", "advance", "real"})
    clock = simulator.world.clock
    moment = _moment(body["now"]) if "now" in body else None
    advance = _seconds(body["advance"]) if "advance" in body else None
    frozen = body.get("frozen")
    if frozen not in (None, True, False) or body.get("real") not in (None, True):
        raise bad_request("frozen must be true or false, and real must be true")
    # Check everything before anything is changed.
    start = time.time_ns() // 1_000_000 if body.get("real") else clock.now()
    _check_moment((start if moment is None else moment) + round(1000 * (advance or 0)))
    if body.get("real"):
        clock.restart()
    if frozen is not None:
        clock.freeze() if frozen else clock.thaw()
    if moment is not None:
        clock.set(moment)
    if advance is not None:
        clock.advance(advance)
    simulator.world.settle()
    return clock.describe()


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or abs(value) > 1e10:
        raise bad_request("advance must be a number of seconds")
    return float(value)


def _check_moment(moment: int) -> None:
    if not 0 <= moment < LAST_SETTABLE_MOMENT:
        raise bad_request("the clock can be set from 1970 to the year 9892")


def _moment(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < LAST_SETTABLE_MOMENT:
        return value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
        except ValueError:
            pass
        else:
            aware = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
            milliseconds = (aware - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(milliseconds=1)
            _check_moment(milliseconds)
            return milliseconds
    raise bad_request("now must be milliseconds since the epoch, or a date and time such as 2026-01-31T12:00:00Z")


async def read_variants(simulator: Simulator, request: Request) -> Any:
    return simulator.settings.variants


async def change_variants(simulator: Simulator, request: Request) -> Any:
    settings = simulator.settings
    settings.variants.update(settings.check_variants(await read_object(request, None)))
    return settings.variants


async def read_transitions(simulator: Simulator, request: Request) -> Any:
    return simulator.settings.transitions


async def change_transitions(simulator: Simulator, request: Request) -> Any:
    simulator.settings.transitions.update(check_transitions(await read_object(request, None)))
    return simulator.settings.transitions
