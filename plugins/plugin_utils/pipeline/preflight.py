# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The prediction of a whole run in one task: which steps it has, and the options that each of their modules would get.

PRIVATE to the collection: it may change at any time.

The tags and module_defaults that Ansible applies to the tasks of the three steps must apply to their predictions too.
"""

from __future__ import annotations

import typing as t

from ansible.playbook.task import Task

from ...module_utils.dr import steps
from .steps import declare_limit
from .variables import read

COLLECTION = "mftops.central_governance"
MODULES = {steps.DECLARE: "st_backup", steps.SYNCHRONIZE: "st_sync", steps.DEPLOY: "st_flow_deploy"}
TAGS = {
    steps.DECLARE: ["declare"],
    steps.SYNCHRONIZE: ["synchronize", "sync"],
    steps.DEPLOY: ["deploy"],
}
GROUPS = [f"{COLLECTION}.central_governance", f"{COLLECTION}.dr_steps"]
OWN_GROUP = f"group/{COLLECTION}.dr_steps"
# These options are for the step itself only: its prediction is not written to a file and shows no progress.
NOT_PREDICTED = ("result_file", "progress_interval")


def is_tagged(task: t.Any, step: str, variables: t.Mapping[str, t.Any]) -> bool:
    """Whether --tags and --skip-tags select the step; ``task`` is a task of the block that contains the steps."""
    like_the_step = Task(block=task._parent)
    like_the_step.tags = TAGS[step]
    only, skipped = list(variables.get("ansible_run_tags") or ["all"]), list(variables.get("ansible_skip_tags") or [])
    return bool(like_the_step.evaluate_tags(only, skipped, dict(variables)))


def with_defaults(
    task: t.Any, step: str, options: t.Mapping[str, t.Any], own_defaults: t.Mapping[str, t.Any], templar: t.Any
) -> dict[str, t.Any]:
    """The options over the module_defaults: those of groups, then the role's own, then those of the module itself."""
    action = f"{COLLECTION}.{MODULES[step]}"
    defaults: dict[str, t.Any] = {}
    for layer in task.module_defaults or ():
        defaults.update(layer)
    defaults[OWN_GROUP] = own_defaults
    groups = _groups_of(task, action)
    merged: dict[str, t.Any] = {}
    for key, values in defaults.items():
        if key.removeprefix("group/") in groups and key.startswith("group/"):
            merged.update(templar.template(values))
    merged.update(templar.template(defaults.get(action, {})))
    merged.update(options)
    return {name: value for name, value in merged.items() if name != "predicted"}


def objects_of(declaration: t.Mapping[str, t.Any]) -> dict[str, dict[str, t.Any]]:
    """For each step, the options that name what it works on, from the role's variables. Raises WrongVariable."""
    topology, masters, flows, state, limit = (
        read(name, declaration.get(name))
        for name in ("dr_topology", "dr_masters", "dr_flows", "dr_state", "dr_unchanged_limit")
    )
    if masters is None:
        masters = list(dict.fromkeys(entry["master"] for entry in topology))
    return {
        steps.DECLARE: {"topology": topology, "unchanged_limit": declare_limit(topology, state, limit)},
        steps.SYNCHRONIZE: {"masters": masters},
        steps.DEPLOY: {"flows": flows, "masters": masters},
    }


def without_own(options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    return {name: value for name, value in options.items() if name not in NOT_PREDICTED}


def _groups_of(task: t.Any, action: str) -> t.Collection[str]:
    """The action groups of the module in the play; other collections may have added it to groups of theirs."""
    try:
        known = task._parent._play._action_groups or {}
    except AttributeError:
        known = {}
    return [*known.get(action, ()), *GROUPS]
