# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters of the role dr. Each has its documentation in a file of its name beside this one."""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError

from ..plugin_utils.pipeline import variables
from ..plugin_utils.pipeline.steps import declare_limit, masters_to_synchronize, needed, not_compared


def dr_variable(value: t.Any, name: str) -> t.Any:
    try:
        return variables.read(name, value)
    except variables.WrongVariable as error:
        raise AnsibleFilterError(str(error)) from None


def dr_variable_problems(values: t.Mapping[str, t.Any], defined: t.Sequence[str], topology: t.Any = None) -> list[str]:
    return variables.problems(values, defined) + variables.conflict(topology, values.get("dr_topology"))


def dr_needed(items: t.Sequence[t.Any], step: str) -> t.Sequence[t.Any]:
    try:
        return needed(items, step)
    except ValueError as error:
        raise AnsibleFilterError(str(error)) from None


def dr_declare_limit(topology: t.Sequence[t.Mapping[str, t.Any]], state: str, limit: int) -> int:
    return declare_limit(topology, state, limit)


def dr_not_compared(judged: t.Mapping[str, t.Any], plan_file: str | None) -> str:
    return not_compared(judged, plan_file)


def dr_to_synchronize(
    masters: t.Sequence[str], topology: t.Sequence[t.Mapping[str, t.Any]], declared: t.Mapping[str, t.Any]
) -> list[str]:
    return masters_to_synchronize(masters, topology, declared)


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {
            "dr_variable": dr_variable,
            "dr_variable_problems": dr_variable_problems,
            "dr_needed": dr_needed,
            "dr_declare_limit": dr_declare_limit,
            "dr_not_compared": dr_not_compared,
            "dr_to_synchronize": dr_to_synchronize,
        }
