# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

from ansible.plugins.action.normal import ActionModule as NormalAction

from ..plugin_utils.audit_aside import VARIABLE, set_aside
from ..plugin_utils.no_cycles import no_search_for_cycles


class ActionModule(NormalAction):
    """Runs the module as without an action plugin; for the role dr_audit, it sets most of the result aside."""

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        with no_search_for_cycles():
            result: dict[str, t.Any] = super().run(tmp, task_vars)
            return set_aside(result) if VARIABLE in (self._task.vars or {}) else result
