# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters of the role dr_rehearse. Each has its documentation in a file of its name beside this one.

Ansible imports all filters of a collection in every task that uses any of them, even in another role. This file must
therefore import little; what the filters need is imported when they are called.
"""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError


def dr_rehearse_variable(value: t.Any, name: str) -> t.Any:
    from ..plugin_utils.pipeline.variables import WrongVariable
    from ..plugin_utils.rehearsal import variables

    try:
        return variables.read(name, value)
    except WrongVariable as error:
        raise AnsibleFilterError(str(error)) from None


def dr_rehearse_problems(values: t.Mapping[str, t.Any], topology: t.Any = None) -> list[str]:
    from ..plugin_utils.rehearsal import variables

    return variables.problems(values, topology)


def dr_rehearsal(
    applied: t.Mapping[str, t.Any],
    situations: t.Sequence[t.Mapping[str, t.Any]] = (),
    faults: t.Sequence[t.Mapping[str, t.Any]] = (),
    **rehearsed: t.Any,
) -> dict[str, t.Any]:
    from ..plugin_utils.rehearsal import outcome
    from ..plugin_utils.rehearsal.situations import with_hits

    met = with_hits(situations, faults)
    return outcome.rehearsal(outcome.Rehearsed(applied=applied, situations=met, **rehearsed))


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {
            "dr_rehearse_variable": dr_rehearse_variable,
            "dr_rehearse_problems": dr_rehearse_problems,
            "dr_rehearsal": dr_rehearsal,
        }
