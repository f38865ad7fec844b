# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""dr_plan: predicts the three verbs one after the other from a single reading, and may carry them out.

PRIVATE to the collection: it may change at any time.

Each prediction is what the verb's own module returns in check mode when it gets the prediction of the one before it.
This part runs where the modules run; the action plugin of the same name prepares the options and judges the result.
"""

from __future__ import annotations

import gc
import json
import typing as t
from functools import partial

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.parameters import remove_values

from ..cg_api.client import CentralGovernance
from ..cg_api.read_once import ReadOnce
from ..cg_api.transport import Transport
from ..cycles import stop_searching_for_cycles
from ..dr.model import ProfileDetail
from ..dr.steps import (
    DECLARE,
    STEP_NAMES,
    SYNCHRONIZE,
    has_failed,
    idle_steps,
    masters_to_synchronize,
    refused_step,
)
from .dr_run import VERBS, Results, Run, checked_options, reading_of
from .large_result import shows_any
from .module import Modes, PredictedHere, fail_without_requests, failed_result, perform
from .options import connection_from, operations_from
from .run_record import PREDICTED, Record
from .verb import Verb, run

PREDICT, RUN = "predict", "run"
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "mode": {"type": "str", "choices": ["judge", "write", PREDICT, RUN], "required": True},
    "path": {"type": "str"},
    "url": {"type": "str"},
    "predictions": {"type": "dict"},
    # Not logged: Ansible would first search its text for each value of the steps, as if they were secrets.
    "declaration": {"type": "dict", "no_log": True},
    "defaults": {"type": "dict"},
    # They may hold passwords, and so they are not logged. What is secret in them is masked by their own specification.
    **{step: {"type": "dict", "no_log": True} for step in STEP_NAMES},
}


def run_dr_plan() -> None:
    stop_searching_for_cycles()
    module = AnsibleModule(ARGUMENT_SPEC, supports_check_mode=True)
    module.no_log_values.clear()
    fail_without_requests(module)
    record = None
    if module.params["mode"] == RUN and not module.check_mode:
        record = Record.from_environment(partial(text_of, module))
    given = {step: module.params[step] for step in STEP_NAMES if module.params[step]}
    declaration = module.params["declaration"] or {}
    topology = declaration.get("dr_topology") or []
    prediction = Prediction(module, given, topology)
    partial_results, warnings = prediction.predict(), prediction.warnings
    idle = idle_steps(partial_results)
    refused = refused_step(partial_results, bool(declaration.get("dr_continue_on_error")))
    if record and not refused:
        # A step that is carried out has its own warnings.
        warnings = {step: own for step, own in warnings.items() if idle.get(step)}
    for warning in dict.fromkeys(warning for own in warnings.values() for warning in own):
        module.warn(warning)
    # Otherwise only idle steps need a whole result: a step that has work returns its own when it is carried out.
    needs_all = module.params["path"] or any(map(has_failed, partial_results.values()))
    results = {
        step: prediction.result_of(step) if needs_all or idle[step] else {"changed": own["changed"]}
        for step, own in partial_results.items()
    }
    readings = prediction.readings
    del prediction, partial_results  # they hold all objects; the run releases the readings too
    outcome: dict[str, t.Any] = {"predictions": results, "idle": idle, "refused": refused}
    if record and not refused and not all(idle.values()):
        gc.collect()
        record.keep(PREDICTED, outcome)
        outcome["steps"] = Run(module, given, topology, record, readings).carry_out(results, idle)
    module.exit_json(changed=False, **outcome, invocation={"module_args": {"mode": module.params["mode"]}})


def text_of(module: AnsibleModule, content: t.Any) -> str:
    """The JSON of what a module returns, without its secrets."""
    text = json.dumps(content)
    if shows_any(text, module.no_log_values):
        text = json.dumps(remove_values(content, module.no_log_values))
    return text


class Prediction:
    """``given`` has the options of each step to predict, with the lists of masters of the role."""

    def __init__(
        self,
        module: AnsibleModule,
        given: dict[str, dict[str, t.Any]],
        topology: t.Sequence[t.Mapping[str, t.Any]],
    ) -> None:
        self.module = module
        self.given = given
        self.warnings: dict[str, list[str]] = {}
        self.readings: list[ReadOnce] = []
        self._results: dict[str, t.Callable[[], dict[str, t.Any]]] = {}
        self._topology = topology

    def predict(self) -> Results:
        """The results of the steps, up to the first that fails. The failed one is whole; the others have only the keys
        that later steps need, since making a whole result takes as long as predicting it."""
        results: Results = {}
        predicted: dict[str, t.Any] = PredictedHere()
        for step, options in self.given.items():
            if step == SYNCHRONIZE:
                masters = masters_to_synchronize(options["masters"], self._topology, results.get(DECLARE) or {})
                if not masters:
                    continue
                options = {**options, "masters": masters}
            results[step] = self._step(step, options, predicted)
            if results[step].get("failed"):
                break
            predicted = PredictedHere(results[step]["predicted"])
        return results

    def result_of(self, step: str) -> dict[str, t.Any]:
        """What its module would return."""
        return self._results[step]()

    def _step(self, step: str, options: dict[str, t.Any], predicted: dict[str, t.Any]) -> dict[str, t.Any]:
        verb: Verb = VERBS[step]
        empty = verb.empty_report()
        params, wrong = checked_options(self.module, verb, options)
        if wrong:
            empty.failure = "; ".join(wrong)
            return self._failed(step, failed_result(empty, params))
        params["predicted"] = predicted
        done = perform(lambda task: run(verb, task), params, Modes(check=True, reads_only=True), empty, self._client)
        self.warnings[step] = done.warnings
        report = done.report
        if report.failure:
            return self._failed(step, {**failed_result(report, params), **done.traceback})
        self._results[step] = partial(report.as_result, params["unchanged_limit"])
        result = {"changed": report.changed, "actions": report.actions, "predicted": report.predicted or {}}
        if step == DECLARE:
            result[verb.items] = report.items[1].limited(params["unchanged_limit"])
        return result

    def _failed(self, step: str, result: dict[str, t.Any]) -> dict[str, t.Any]:
        result = {"failed": True, **result}
        self._results[step] = lambda: result
        return result

    def _client(self, params: t.Mapping[str, t.Any], read_only: bool) -> CentralGovernance:
        """One for all steps with the same connection. Raises BadOption."""
        connection, operations = connection_from(params), operations_from(params)
        if known := reading_of(self.readings, connection, operations):
            return known
        transport = Transport(connection, read_only=read_only)
        profiles = ProfileDetail.COMPARED if SYNCHRONIZE in self.given else ProfileDetail.NONE
        self.readings.append(ReadOnce(transport, operations, profiles))
        return self.readings[-1]
