# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Removes invalid values from an imported estate instead of refusing it as a whole."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .problems import Path, Problem

# A list entry without one of these keys is meaningless, so it is removed as a whole.
_ESSENTIAL = frozenset({"name", "product", "protocol", "application", "group", "partner"})


def leave_out(estate: dict[str, Any], problems: Iterable[Problem]) -> None:
    """Removes, for each problem, the smallest optional value that contains it."""
    # From the end, so that the indices of earlier entries stay valid.
    for path in sorted({_removable(problem.path) for problem in problems}, key=_order, reverse=True):
        container: Any = estate
        for step in path[:-1]:
            container = container[step]
        del container[path[-1]]


def _removable(path: Path) -> Path:
    return path[:-1] if path[-1] in _ESSENTIAL else path


def _order(path: Path) -> list[tuple[int, Any]]:
    return [(0, step) if isinstance(step, int) else (1, step) for step in path]
