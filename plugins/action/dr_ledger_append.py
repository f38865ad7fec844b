# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import typing as t

from ansible.plugins.action.normal import ActionModule as NormalAction

from ..plugin_utils.audit_aside import KEPT_IN, whole
from ..plugin_utils.no_cycles import no_search_for_cycles


class ActionModule(NormalAction):
    """Runs the module as Ansible does without an action plugin, but with the audit that the role dr_audit set aside."""

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        audit = self._task.args.get("audit")
        if not isinstance(audit, dict) or KEPT_IN not in audit:
            return dict(super().run(tmp, task_vars))
        with no_search_for_cycles():
            self._task.args = {**self._task.args, "audit": whole(audit)}
            result: dict[str, t.Any] = super().run(tmp, task_vars)
        # The options in the result are again those of the role, which are short.
        if "audit" in result.get("invocation", {}).get("module_args", {}):
            result["invocation"]["module_args"]["audit"] = audit
        return result
