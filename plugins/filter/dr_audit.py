# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Filters of the role dr_audit. Each has its documentation in a file of its name beside this one.

Ansible imports all filters of a collection in every task that uses any of them, even in another role. This file must
therefore import little; what the filters need is imported when they are called.
"""

from __future__ import annotations

import typing as t

from ansible.errors import AnsibleFilterError


def dr_audit_variables(values: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    from ..plugin_utils.pipeline import audit_variables as variables
    from ..plugin_utils.pipeline.variables import WrongVariable

    try:
        return variables.read(values)
    except WrongVariable as error:
        raise AnsibleFilterError(str(error)) from None


def dr_audit_problems(values: t.Mapping[str, t.Any]) -> list[str]:
    from ..plugin_utils.pipeline import audit_variables as variables

    return variables.problems(values)


class FilterModule:
    def filters(self) -> dict[str, t.Callable[..., t.Any]]:
        return {"dr_audit_variables": dr_audit_variables, "dr_audit_problems": dr_audit_problems}
