# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""dr_plan: predicts the three verbs one after the other, with one reading of Central Governance.

PRIVATE to the collection: it may change at any time.

Each prediction is what the verb's own module returns in check mode when it is given what the one before it predicted.
This part runs where the modules run; the action plugin of the same name prepares the options and judges.
"""

from __future__ import annotations

import gc
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ..cg_api.client import CentralGovernance
from ..cg_api.read_once import ReadOnce
from ..cg_api.transport import Transport
from ..dr.steps import DECLARE, DEPLOY, STEP_NAMES, SYNCHRONIZE, idle_steps, masters_to_synchronize
from .module import Modes, fail_without_requests, failed_result, perform
from .options import CONNECTION, Masking, connection_from, operations_from
from .st_backup import ST_BACKUP
from .st_flow_deploy import ST_FLOW_DEPLOY
from .st_sync import ST_SYNC
from .verb import Verb, run

VERBS = {DECLARE: ST_BACKUP, SYNCHRONIZE: ST_SYNC, DEPLOY: ST_FLOW_DEPLOY}
PREDICT = "predict"
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "mode": {"type": "str", "choices": ["judge", "write", PREDICT], "required": True},
    "path": {"type": "str"},
    "url": {"type": "str"},
    "predictions": {"type": "dict"},
    "declaration": {"type": "dict"},
    "defaults": {"type": "dict"},
    # They may hold passwords, and so they are not logged. What is secret in them is masked by their own specification.
    **{step: {"type": "dict", "no_log": True} for step in STEP_NAMES},
}
Results = dict[str, dict[str, t.Any]]


def run_dr_plan() -> None:
    gc.disable()  # as in run_module
    module = AnsibleModule(ARGUMENT_SPEC, supports_check_mode=True)
    module.no_log_values.clear()
    fail_without_requests(module)
    given = {step: module.params[step] for step in STEP_NAMES if module.params[step]}
    prediction = Prediction(module, given)
    results = prediction.predict()
    for warning in prediction.warnings:
        module.warn(warning)
    idle = idle_steps(results)
    if not module.params["path"] and not any(result.get("failed") for result in results.values()):
        # Nobody asks for the rows of a step that has work: the step itself returns them.
        results = {step: result if idle[step] else {"changed": result["changed"]} for step, result in results.items()}
    module.exit_json(
        changed=False, predictions=results, idle=idle, invocation={"module_args": {"mode": module.params["mode"]}}
    )


class Prediction:
    """``given`` has the options of each step that is to be predicted; their lists of masters are those of the role."""

    def __init__(self, module: AnsibleModule, given: dict[str, dict[str, t.Any]]) -> None:
        self.module = module
        self.given = given
        self.warnings: dict[str, None] = {}  # each once
        self._connected: list[ReadOnce] = []
        self._topology = (module.params["declaration"] or {}).get("dr_topology") or []

    def predict(self) -> Results:
        """The results of the steps, up to the first that fails."""
        results: Results = {}
        predicted: dict[str, t.Any] = {}
        for step, options in self.given.items():
            if step == SYNCHRONIZE:
                masters = masters_to_synchronize(options["masters"], self._topology, results.get(DECLARE) or {})
                if not masters:
                    continue
                options = {**options, "masters": masters}
            results[step] = self._step(VERBS[step], options, predicted)
            if results[step].get("failed"):
                break
            predicted = results[step]["predicted"]
        return results

    def _step(self, verb: Verb, options: dict[str, t.Any], predicted: dict[str, t.Any]) -> dict[str, t.Any]:
        empty = verb.empty_report()
        checked = ArgumentSpecValidator({**CONNECTION, **verb.argument_spec}, **verb.constraints).validate(options)
        params = checked.validated_parameters
        masking = Masking.of(params)
        secrets = checked._no_log_values  # pylint: disable=protected-access
        self.module.no_log_values |= (secrets | masking.missing) - masking.needless
        if checked.error_messages:
            empty.failure = "; ".join(checked.error_messages)
            return {"failed": True, **failed_result(empty, params)}
        params["predicted"] = predicted
        done = perform(lambda task: run(verb, task), params, Modes(check=True, reads_only=True), empty, self._client)
        self.warnings.update(dict.fromkeys(done.warnings))
        if done.report.failure:
            return {"failed": True, **failed_result(done.report, params), **done.traceback}
        return done.report.as_result(params["unchanged_limit"])

    def _client(self, params: t.Mapping[str, t.Any], read_only: bool) -> CentralGovernance:
        """One for all steps with the same connection. Raises BadOption."""
        connection, operations = connection_from(params), operations_from(params)
        for known in self._connected:
            if known.transport.connection == connection and known.operations == operations:
                return known
        transport = Transport(connection, read_only=read_only)
        self._connected.append(ReadOnce(transport, operations, needs_profiles=SYNCHRONIZE in self.given))
        return self._connected[-1]
