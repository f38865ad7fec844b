# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the action plugins of the three verbs share. PRIVATE to the collection: it may change at any time.

A task runs as Ansible runs it without an action plugin, with four differences: the three verbs share the module
``dr_verb``, and so one payload; a task that takes long shows its progress; Python's garbage collector is paused on the
controller; and no module runs if the role dr has the result already. Everything else is that of the task's own module:
its options and their defaults, its name in messages and in the log of the host.
"""

from __future__ import annotations

import typing as t

from ansible.plugins.action.normal import ActionModule as NormalAction

from ..module_utils.runtime.dr_verb import VERB
from .known_result import known_result
from .no_cycles import no_search_for_cycles
from .progress import progress_shown, with_environment

SHARED_MODULE = "mftops.central_governance.dr_verb"


class VerbAction(NormalAction):
    """``verb`` is the name of the module, without that of the collection."""

    verb = ""

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        with no_search_for_cycles(), with_environment(self._task, {VERB: self.verb}):
            known = known_result(self, task_vars or {})
            if known is not None:
                return known
            with progress_shown(self, task_vars or {}):
                result: dict[str, t.Any] = super().run(tmp, task_vars)
        return result

    def _configure_module(self, module_name: str, *arguments: t.Any, **options: t.Any) -> t.Any:
        """Replaces the module of the task here, after the arguments have been built with the name of that module."""
        is_verb = module_name == self._task.action
        return super()._configure_module(SHARED_MODULE if is_verb else module_name, *arguments, **options)
