# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A result that the role dr gives to one of its tasks before it runs: a refusal, or that of a step carried out already.

PRIVATE to the collection: it may change at any time.

The role sets this variable on its three tasks, and nowhere else::

    refusal:  why the task must not run; empty when it may
    result:   the file with the result that its module would return; empty when the module has to run
"""

from __future__ import annotations

import json
import typing as t
from pathlib import Path

from .untrusted import marked_as_data

VARIABLE = "__dr_known"


def known_result(action: t.Any, task_vars: t.Mapping[str, t.Any]) -> dict[str, t.Any] | None:
    """The result of the task; None when its module has to run. ``action`` is the action plugin of a verb."""
    if VARIABLE not in (action._task.vars or {}):
        return None
    known = action._templar.template(task_vars[VARIABLE])
    if known["refusal"]:
        return {"failed": True, "changed": False, "msg": str(known["refusal"])}
    return result_in(str(known["result"])) if known["result"] else None


def result_in(path: str) -> dict[str, t.Any]:
    """The result in the file, marked as untrusted like the results of modules."""
    try:
        result: dict[str, t.Any] = _as_data(json.loads(Path(path).read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        why = f"This step was carried out, but its result cannot be read: {error}."
        return {"failed": True, "changed": True, "msg": f"{why} Run the same again: it does the rest."}
    return result


def _as_data(result: t.Any) -> dict[str, t.Any]:
    """Raises ValueError."""
    if not isinstance(result, dict):
        raise ValueError("it is not an object")
    return dict(marked_as_data(result))
