# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Leaving out of a document what is wrong with it, where one odd value is no reason to refuse the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .problems import Path, Problem

# Without one of these an entry of a list says nothing: it goes altogether.
_ESSENTIAL = frozenset({"name", "role", "product", "master", "backup", "protocol", "application", "group", "partner"})


def leave_out(data: Any, problems: Iterable[Problem], depth: int) -> list[Problem]:
    """Takes out of ``data`` the smallest thing around each problem that can be missing. ``depth`` is how many steps of
    a path lead to a list of records (1: ``products``); nothing at or above such a list can go.

    :returns: the problems that nothing can be left out for.
    """
    stubborn: list[Problem] = []
    targets: dict[Path, None] = {}
    for problem in problems:
        target = _expendable(data, problem.path)
        if len(target) <= depth:
            stubborn.append(problem)
        else:
            targets[target] = None
    # From the end, so that indices in front of what goes stay right.
    for target in sorted(targets, key=_order, reverse=True):
        container = _at(data, target[:-1])
        if isinstance(container, dict):
            container.pop(target[-1], None)
        elif isinstance(container, list) and target[-1] < len(container):
            del container[target[-1]]
    return stubborn


def _expendable(data: Any, path: Path) -> Path:
    if path and isinstance(path[-1], str):
        if path[-1] in _ESSENTIAL:
            return path[:-1]
        container = _at(data, path[:-1])
        # "name is missing" stands at the entry itself.
        return path if isinstance(container, dict) else path[:-1]
    return path


def _at(data: Any, path: Path) -> Any:
    for step in path:
        try:
            data = data[step]
        except (KeyError, IndexError, TypeError):
            return None
    return data


def _order(path: Path) -> list[tuple[int, Any]]:
    return [(0, step) if isinstance(step, int) else (1, step) for step in path]
