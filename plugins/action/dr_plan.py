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

from ..module_utils.dr.steps import STEP_NAMES, has_failed
from ..plugin_utils.no_cycles import no_search_for_cycles
from ..plugin_utils.pipeline import plan as plans
from ..plugin_utils.pipeline.carried_out import goes_step_by_step, run_in_one_module
from ..plugin_utils.pipeline.preflight import COLLECTION, is_tagged, objects_of, with_defaults, without_own
from ..plugin_utils.pipeline.steps import DEPLOY, STEPS, failed_rows, idle_steps, needed, refused_step
from ..plugin_utils.pipeline.variables import WrongVariable, read
from ..plugin_utils.progress import progress_shown

MODULE = f"{COLLECTION}.dr_plan"
PREDICT, RUN = "predict", "run"
WARNINGS_SHOWN = 20
MODULES = tuple(f"mftops.central_governance.{name}" for name in ("st_backup", "st_sync", "st_flow_deploy"))
GROUP = "group/mftops.central_governance.central_governance"
OBJECTS = ("topology", "flows", "masters")  # the options that say what a step works on


class ActionModule(ActionBase):
    """Predicts a run of the role dr, judges the prediction, and may carry it out; writes or compares the plan file.

    What sends requests to Central Governance runs on the host of the modules, everything else on the controller.
    """

    TRANSFERS_FILES = False
    _requires_connection = False
    _VALID_ARGS = frozenset(("mode", "path", "url", "predictions", "declaration", "defaults", *STEP_NAMES))

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        super().run(tmp, task_vars)
        options = self._checked_options()
        options["url"] = self._url(options["url"])
        with no_search_for_cycles():
            if options["mode"] == "write":
                return _written(options)
            if options["mode"] == "judge":
                return _judged(options)
            return self._predicted(options, task_vars or {})

    def _checked_options(self) -> dict[str, t.Any]:
        """The declaration is left out of the check, which copies each value: for 1,000 masters that takes 0.2 s."""
        declaration = self._task.args.get("declaration")
        if isinstance(declaration, dict):
            self._task.args = {**self._task.args, "declaration": {}}
        _validation, options = self.validate_argument_spec(
            argument_spec={
                "mode": {"type": "str", "choices": ["judge", "write", "predict", "run"], "required": True},
                "path": {"type": "str"},
                "url": {"type": "str"},
                "predictions": {"type": "dict"},
                "declaration": {"type": "dict", "required": True},
                "defaults": {"type": "dict", "default": {}},
                **{step: {"type": "dict"} for step in STEP_NAMES},
            },
            required_if=[("mode", "judge", ["predictions"]), ("mode", "write", ["predictions"])],
        )
        return {**options, "declaration": declaration} if isinstance(declaration, dict) else dict(options)

    def _predicted(self, options: dict[str, t.Any], task_vars: dict[str, t.Any]) -> dict[str, t.Any]:
        """As mode ``judge``, with predictions that the module makes.

        A predicted failure does not fail this task, whose result contains all predictions; it is in ``refused`` and
        ``reason``. With ``mode: run``, the steps are carried out if none is known to fail, and if nothing requires them
        to run as separate tasks.
        """
        given, missing = self._given(options, task_vars)
        mode, outcome = self._mode(options, missing), dict[str, t.Any](predictions={}, idle={})
        if given:
            outcome = self._module_result(mode, given, options, task_vars)
            if "predictions" not in outcome:
                return outcome  # the module itself has failed
        predictions = outcome["predictions"]
        if missing and not any(map(has_failed, predictions.values())):
            step, why = missing
            predictions[step] = {"failed": True, "changed": False, "msg": why}
        # The module that carries out a run has judged it already; masked values must not change that verdict.
        known = outcome.get("refused") if mode == RUN else None
        judged = _judged({**options, "predictions": predictions}, outcome["idle"], known)
        if "refused" in judged:
            judged["reason"] = judged.pop("msg")
            judged["failed"] = False
        else:
            # A step that has work returns its own result instead.
            predictions = {step: result for step, result in predictions.items() if judged["idle"].get(step)}
        warnings = [*outcome.get("warnings", ()), *judged.pop("warnings", ())]
        kept = {"carried_out": outcome["carried_out"]} if "carried_out" in outcome else {}
        return {**judged, **kept, "predictions": predictions, "warnings": warnings}

    def _mode(self, options: t.Mapping[str, t.Any], missing: t.Any) -> str:
        only_predicts = options["path"] or missing or goes_step_by_step(self._task)
        return PREDICT if only_predicts else str(options["mode"])

    def _module_result(
        self, mode: str, given: dict[str, dict[str, t.Any]], options: dict[str, t.Any], task_vars: dict[str, t.Any]
    ) -> dict[str, t.Any]:
        intervals = [own.get("progress_interval") for own in given.values()]
        interval = next((seconds for seconds in intervals if seconds not in (None, "")), None)
        if mode == PREDICT:
            given = {step: without_own(own) for step, own in given.items()}
        declared = options["declaration"]
        arguments = {
            "mode": mode,
            "path": options["path"],
            "declaration": {name: read(name, declared.get(name)) for name in ("dr_topology", "dr_continue_on_error")},
            **given,
        }
        with progress_shown(self, task_vars, interval):
            if mode == RUN:
                return run_in_one_module(self, MODULE, arguments, task_vars, interval)
            return dict(self._execute_module(MODULE, module_args=arguments, task_vars=task_vars))

    def _given(
        self, options: dict[str, t.Any], task_vars: dict[str, t.Any]
    ) -> tuple[dict[str, dict[str, t.Any]], tuple[str, str] | None]:
        """The options for the module of each step, and the first step that has nothing to work on, with the reason."""
        given: dict[str, dict[str, t.Any]] = {}
        try:
            declared = objects_of(options["declaration"])
        except WrongVariable as error:
            raise AnsibleActionFail(str(error)) from None
        for step in STEP_NAMES:
            wanted = read(f"dr_{step}", options["declaration"].get(f"dr_{step}"))
            if options[step] is None or not wanted or not is_tagged(self._task, step, task_vars):
                continue
            names_objects = any(name in options[step] for name in OBJECTS)
            all_of_it = options[step] if names_objects else {**declared[step], **options[step]}
            # The step deploy works on the flows if any are named, else on all flows of the masters.
            works_on = next((name for name in OBJECTS if all_of_it.get(name)), None)
            try:
                needed([works_on] if works_on else [], step)
            except ValueError as error:
                return given, (step, str(error))
            own = {name: value for name, value in all_of_it.items() if name == works_on or name not in OBJECTS}
            own_defaults = options["defaults"].get(step) or {}
            given[step] = with_defaults(self._task, step, own, own_defaults, self._templar)
        return given, None

    def _url(self, of_the_role: str | None) -> str:
        """The URL that the steps will use, from the same sources in the same order: the defaults of a module, the role,
        the defaults of the group, the environment.

        The steps do not set it. This task has the module_defaults of the play, which do not apply to itself.
        """
        of_modules, of_group = "", ""
        for defaults in self._task.module_defaults or []:
            for name, given in defaults.items():
                if name not in (*MODULES, GROUP):
                    continue
                given = self._templar.template(given) if isinstance(given, str) else given
                # Only the URL: the other options may contain secrets, which are not needed here.
                url = str(self._templar.template((given or {}).get("url")) or "")
                if name == GROUP:
                    of_group = url or of_group
                else:
                    of_modules = url or of_modules
        return of_modules or of_the_role or of_group or os.environ.get("CG_URL", "")


def _plan_of(options: t.Mapping[str, t.Any]) -> plans.Plan:
    return plans.make_plan(
        options["predictions"],
        {name: read(name, options["declaration"].get(name)) for name in plans.DECIDING},
        options["url"],
        datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def _path(options: t.Mapping[str, t.Any]) -> Path | None:
    return Path(options["path"]).expanduser() if options["path"] else None


def _written(options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    plan, path = _plan_of(options), _path(options)
    if path:
        _write(path, plan)
    return {"changed": False, "sha256": plan["sha256"]}


def _judged(
    options: t.Mapping[str, t.Any], idle: dict[str, bool] | None = None, known: str | None = None
) -> dict[str, t.Any]:
    """``idle`` is given if the module has determined it; the predictions may then be shorter than those it is based on.
    ``known`` is the refused step, or an empty string, if that was judged already."""
    predictions, path = options["predictions"], _path(options)
    outcome: dict[str, t.Any] = {"changed": False, "idle": idle_steps(predictions) if idle is None else idle}
    plan = _plan_of(options) if idle is None or path else None
    if plan:
        outcome["sha256"] = plan["sha256"]
    go_on = read("dr_continue_on_error", options["declaration"].get("dr_continue_on_error"))
    refused = refused_step(predictions, go_on) if known is None else known
    if refused:
        (title,) = [step.title for step in STEPS if step.name == refused]
        why = "would fail, so no step was started (dr_preflight). The summary says why, and how to go on."
        return {**outcome, "failed": True, "refused": refused, "msg": f'The step "{title}" {why}'}
    outcome["warnings"] = _warnings(predictions)
    different = plans.differences(_read(path), plan) if plan and path else []
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


def _warnings(predictions: t.Mapping[str, t.Any]) -> list[str]:
    """A warning for each predicted failure that does not stop the run."""
    warnings = []
    for row in failed_rows(predictions.get(DEPLOY.name) or {}):
        why = (
            "That is assumed, not known, so this run goes on and requests the deployment all the same."
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
        problem = str(error) if isinstance(error, plans.WrongPlan) else "is not a plan of the role dr."
        raise AnsibleActionFail(f"dr_plan_file: {path} {problem}") from None


def _text(plan: plans.Plan) -> str:
    """Readable JSON; an unpaired surrogate in a name, which UTF-8 cannot encode, is escaped."""
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
