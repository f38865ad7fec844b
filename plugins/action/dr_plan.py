# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import datetime
import json
import os
import tempfile
import typing as t
from pathlib import Path

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ..plugin_utils.pipeline import plan as plans
from ..plugin_utils.pipeline.steps import DEPLOY, failed_rows, idle_steps, is_known_failure
from ..plugin_utils.pipeline.variables import read

WARNINGS_SHOWN = 20
MODULES = tuple(f"mftops.central_governance.{name}" for name in ("st_backup", "st_sync", "st_flow_deploy"))
GROUP = "group/mftops.central_governance.central_governance"


class ActionModule(ActionBase):
    """Judges what the tasks of the role dr predicted; writes or compares the plan file. Runs on the controller."""

    TRANSFERS_FILES = False
    _requires_connection = False
    _VALID_ARGS = frozenset(("mode", "path", "url", "predictions", "declaration"))

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        _validation, options = self.validate_argument_spec(
            argument_spec={
                "mode": {"type": "str", "choices": ["judge", "write"], "required": True},
                "path": {"type": "str"},
                "url": {"type": "str"},
                "predictions": {"type": "dict", "required": True},
                "declaration": {"type": "dict", "required": True},
            }
        )
        predictions = options["predictions"]
        plan = plans.make_plan(
            predictions,
            {name: read(name, options["declaration"].get(name)) for name in plans.DECIDING},
            self._url(options["url"]),
            datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
        path = Path(options["path"]).expanduser() if options["path"] else None
        outcome: dict[str, t.Any] = {"changed": False, "sha256": plan["sha256"]}
        if options["mode"] == "write":
            if path:
                _write(path, plan)
            return outcome
        outcome["idle"] = idle_steps(predictions)
        go_on = read("dr_continue_on_error", options["declaration"].get("dr_continue_on_error"))
        if is_known_failure(predictions.get(DEPLOY.name) or {}, go_on):
            why = "would fail, so nothing is begun (dr_preflight). The summary says why, and how to go on."
            return {**outcome, "failed": True, "refused": DEPLOY.name, "msg": f'The step "{DEPLOY.title}" {why}'}
        outcome["warnings"] = _warnings(predictions)
        different = plans.differences(_read(path), plan) if path else []
        if different:
            outcome["failed"] = True
            outcome["msg"] = "\n".join(
                [
                    f"This run would not do what the plan in {path} says (dr_plan_file):",
                    *(f"- {sentence}" for sentence in plans.shortened(different)),
                    "Make the plan again with --check, have it approved, and run with it.",
                ]
            )
        return outcome

    def _url(self, of_the_role: str | None) -> str:
        """Where the steps get it from: the defaults of a module, the role, the defaults of the group, the environment.

        The steps have none of their own; this task has the play's module_defaults, which it makes no use of itself.
        """
        of_modules, of_group = "", ""
        for defaults in self._task.module_defaults or []:
            for name, given in defaults.items():
                if name not in (*MODULES, GROUP):
                    continue
                given = self._templar.template(given) if isinstance(given, str) else given
                # Only this one: the others may hold secrets, which need not be read here.
                url = str(self._templar.template((given or {}).get("url")) or "")
                if name == GROUP:
                    of_group = url or of_group
                else:
                    of_modules = url or of_modules
        return of_modules or of_the_role or of_group or os.environ.get("CG_URL", "")


def _warnings(predictions: t.Mapping[str, t.Any]) -> list[str]:
    """Of predicted failures that do not stop the run."""
    warnings = []
    for row in failed_rows(predictions.get(DEPLOY.name) or {}):
        why = (
            "That is assumed, not known, so this run goes on and asks Central Governance all the same."
            if row.get("assumed")
            else "The other flows are deployed all the same (dr_continue_on_error)."
        )
        warnings.append(f"{row.get('message')} {why}")
    more = len(warnings) - WARNINGS_SHOWN
    return warnings[:WARNINGS_SHOWN] + ([f"{more} more flows are predicted to fail."] if more > 0 else [])


def _read(path: Path) -> plans.Plan:
    try:
        return plans.check_plan(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise AnsibleActionFail(
            f"dr_plan_file: {path} could not be read: {error.strerror}. A run with --check and the same dr_plan_file "
            "makes it."
        ) from None
    except (ValueError, RecursionError) as error:
        said = str(error) if isinstance(error, plans.WrongPlan) else "is not a plan of the role dr."
        raise AnsibleActionFail(f"dr_plan_file: {path} {said}") from None


def _text(plan: plans.Plan) -> str:
    """Readable JSON; a name with half a surrogate pair, which no file can hold, is escaped."""
    text = json.dumps(plan, indent=2, ensure_ascii=False) + "\n"
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(plan, indent=2) + "\n"
    return text


def _write(path: Path, plan: plans.Plan) -> None:
    """Written to a temporary file and renamed, so that a plan is never incomplete; readable only by its owner."""
    temporary = ""
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)  # mode 0600
        with open(descriptor, "w", encoding="utf-8") as file:
            file.write(_text(plan))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)
        raise AnsibleActionFail(f"dr_plan_file: {path} could not be written: {error.strerror}.") from None
