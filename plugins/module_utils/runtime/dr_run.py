# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Carries out the steps of a run of the role dr, one after the other, in the process that predicted them.

PRIVATE to the collection: it may change at any time.

Each step has its own client. The first step plans from what was read for the prediction, if that is recent, since
nothing was written in between; the others read again. Nothing that was read before a write is used after it. A step
returns what its own module would return.
"""

from __future__ import annotations

import gc
import typing as t
from functools import partial

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values

from ..cg_api.client import CentralGovernance
from ..cg_api.connection import Connection
from ..cg_api.operations import Operation
from ..cg_api.read_once import ReadOnce, ReusesReadings
from ..cg_api.transport import Transport
from ..dr.prediction_text import one_text
from ..dr.steps import DECLARE, DEPLOY, SYNCHRONIZE, Result, masters_to_synchronize
from .module import Modes, Performed, defect, failed_result, perform, result_of
from .options import CONNECTION, Masking, connection_from, operations_from
from .run_record import Record
from .st_backup import ST_BACKUP
from .st_flow_deploy import ST_FLOW_DEPLOY
from .st_sync import ST_SYNC
from .verb import Verb, run

VERBS = {DECLARE: ST_BACKUP, SYNCHRONIZE: ST_SYNC, DEPLOY: ST_FLOW_DEPLOY}
Results = dict[str, dict[str, t.Any]]


def checked_options(
    module: AnsibleModule, verb: Verb, options: t.Mapping[str, t.Any]
) -> tuple[dict[str, t.Any], list[str]]:
    """The options as the verb's own module reads them, and their errors. The module masks their secrets."""
    spec = {**CONNECTION, **verb.argument_spec}
    checked = ArgumentSpecValidator(spec, **verb.constraints).validate(dict(options))
    params = checked.validated_parameters
    masking = Masking.of(params)
    secrets = checked._no_log_values  # pylint: disable=protected-access
    module.no_log_values |= (secrets | masking.missing) - masking.needless
    return params, list(checked.error_messages)


def reading_of(
    readings: t.Iterable[ReadOnce], connection: Connection, operations: t.Mapping[str, Operation]
) -> ReadOnce | None:
    return next((r for r in readings if r.transport.connection == connection and r.operations == operations), None)


class Run:
    """``given`` has the options of each step, as for a prediction; ``topology`` is what the role declares. ``readings``
    are those of the prediction."""

    def __init__(
        self,
        module: AnsibleModule,
        given: t.Mapping[str, t.Mapping[str, t.Any]],
        topology: t.Sequence[t.Mapping[str, t.Any]],
        record: Record,
        readings: list[ReadOnce],
    ) -> None:
        self.module = module
        self.given = given
        self.record = record
        self._topology = topology
        self._readings = readings

    def carry_out(self, predictions: t.Mapping[str, Result], idle: t.Mapping[str, bool]) -> Results:
        """Carries out the steps that are not idle, up to the first that fails. Returns results that are not in files.

        The result of a step that had nothing to work on is empty. If Ansible was killed, no further step is started.
        """
        returned: Results = {}
        declared = predictions.get(DECLARE) or {}
        for step, options in self.given.items():
            if idle.get(step):
                continue
            if self.record.is_abandoned():
                break
            if step == SYNCHRONIZE:
                masters = masters_to_synchronize(options["masters"], self._topology, declared)
                options = {**options, "masters": masters}
            is_left_out = step == SYNCHRONIZE and not options["masters"]
            result = {} if is_left_out else self._result_of(VERBS[step], options)
            self._readings.clear()
            if result.get("predicted"):
                # It is rarely read outside of check mode, but Ansible copies each of its values several times. The
                # secrets in it must be masked first: they would be spelled differently in a text within a text.
                result["predicted"] = one_text(result["predicted"], self.record.text_of)
            if not self.record.keep(step, result):
                returned[step] = result
            if result.get("failed"):
                break
            if step == DECLARE:
                declared = result
            gc.collect()  # the automatic search for cycles is off in a module
        return returned

    def _result_of(self, verb: Verb, options: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
        params, wrong = checked_options(self.module, verb, options)
        params["predicted"] = {}  # as the role gives it outside of check mode
        empty = verb.empty_report()
        clients: list[CentralGovernance] = []

        def client(params: t.Mapping[str, t.Any], read_only: bool) -> CentralGovernance:
            connection, operations = connection_from(params), operations_from(params)
            known = reading_of(self._readings, connection, operations)
            transport = Transport(connection, read_only=read_only)
            clients.append(
                ReusesReadings(transport, operations, known) if known else CentralGovernance(transport, operations)
            )
            return clients[-1]

        warnings: list[str] = []
        try:
            if wrong:
                empty.failure = "; ".join(wrong)
                result = {"failed": True, **failed_result(empty, params)}
            else:
                modes = Modes(check=False, diff=self.module._diff)  # pylint: disable=protected-access
                done = perform(partial(run, verb), params, modes, empty, client)
                warnings = done.warnings
                result = result_of(self.module, done, params)
        except Exception as error:  # a bug of this collection, outside of what the verb itself does
            report, traceback = defect(empty, error, clients[-1] if clients else None)
            result = result_of(self.module, Performed(report, warnings, traceback, None), params)
        if result.get("failed"):
            result = {**verb.empty_report().as_result(0), **result}
        result["invocation"] = remove_values({"module_args": params}, self.module.no_log_values)
        return {**result, "warnings": warnings} if warnings else result
