# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Detects JSON values that can be read but not written again."""

from __future__ import annotations

from typing import Any

import orjson

#: orjson reads 1024 levels but writes only these.
WRITTEN_LEVELS = 254
#: Levels that an answer adds around a record.
_ROOM = 32


def can_be_written(value: Any, room: int = _ROOM) -> bool:
    """Whether orjson writes a value with that many levels around it. It does not when the value is nested too deeply,
    or has whole numbers of more than 64 bits."""
    for _level in range(room):
        value = [value]
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError:
        return False
    return True
