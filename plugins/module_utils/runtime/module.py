# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every module does: parse the options, run the body, report.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import gc
import typing as t
from dataclasses import dataclass, replace

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ..cg_api.client import CentralGovernance
from ..cg_api.connection import Connection, without_credentials
from ..cg_api.errors import BadOption, CGError
from ..cg_api.operations import Operation
from ..cg_api.overrides import warnings_about
from ..cg_api.transport import REQUESTS_IMPORT_ERROR, Transport
from ..dr.estate import Estate
from ..dr.model import Deployment, Flow, Product
from ..dr.wording import plural
from .brevity import short_failure, short_message
from .options import CONNECTION, Masking, connection_from, operations_from, structured
from .progress import NO_PROGRESS, Progress
from .report import Report
from .result_file import check_place, write_result

RETRIES_SHOWN = 3
_DEFECT = "Unexpected error; please report it, with the traceback that -vvv shows."


@dataclass(frozen=True)
class Task:
    """What a body gets: the options, the modes, Central Governance, and what earlier tasks of the play predicted."""

    params: dict[str, t.Any]
    check_mode: bool
    cg: CentralGovernance
    predicted: dict[str, t.Any]
    diff_mode: bool = False
    progress: Progress = NO_PROGRESS

    def estate(
        self,
        products: t.Iterable[Product] = (),
        flows: t.Iterable[Flow] = (),
        deployments: t.Iterable[Deployment] = (),
    ) -> Estate:
        """What was read, with the prediction of earlier tasks applied to it."""
        estate = Estate(products, flows, deployments)
        if not self.predicted:
            return estate
        # Imported only when needed: the info modules, which take no prediction, start faster without the planners.
        from ..dr.prediction import overlay

        return overlay(estate, self.predicted)


class _Module(AnsibleModule):
    """An AnsibleModule that masks all secrets and returns all documented keys, even when it fails on wrong options
    before its constructor has finished."""

    def __init__(self, empty: Report, **arguments: t.Any) -> None:
        self.empty = empty
        super().__init__(**arguments)

    def mask_secrets(self) -> None:
        masking = Masking.of(getattr(self, "params", None) or {})
        self.no_log_values |= masking.missing
        self.no_log_values -= masking.needless

    def fail_json(self, msg: str, **kwargs: t.Any) -> None:
        self.mask_secrets()
        super().fail_json(msg, **{**self.empty.as_result(0), **kwargs})


def run_module(
    body: t.Callable[[Task], Report],
    argument_spec: dict[str, t.Any],
    empty: Report | None = None,
    reads_only: bool = False,
    connect: t.Callable[[t.Mapping[str, t.Any]], Connection] = connection_from,
    **constraints: t.Any,
) -> None:
    """Runs a body as a module: ``body`` takes a Task and returns a Report; it may raise BadOption and CGError.

    ``empty`` is the report of a module that fails before its body has one. ``reads_only`` makes the transport refuse
    writes outside of check mode too. ``connect`` makes the connection of the options; it may raise BadOption.
    """
    empty = empty or Report()
    # What is read are trees, which need no search for cycles: at a large estate that takes a third of the time.
    gc.disable()
    module = _Module(empty, argument_spec={**CONNECTION, **argument_spec}, supports_check_mode=True, **constraints)
    module.mask_secrets()
    if REQUESTS_IMPORT_ERROR is not None:
        module.fail_json(msg=missing_required_lib("requests"), exception=str(REQUESTS_IMPORT_ERROR))
    transport = None
    traceback = {}
    operations: dict[str, Operation] = {}
    result_file = None
    try:
        check_place(module.params.get("result_file"))
        result_file = module.params.get("result_file")
        transport = Transport(connect(module.params), read_only=reads_only or module.check_mode)
        operations = operations_from(module.params)
        cg = CentralGovernance(transport, operations)
        is_diff_mode = module._diff  # pylint: disable=protected-access
        progress = Progress.from_environment(transport.scrub)
        report = body(Task(module.params, module.check_mode, cg, _predicted(module), is_diff_mode, progress))
    except BadOption as error:
        report = replace(empty, failure=str(error))
    except CGError as error:
        report = _cut_short(empty, str(error), transport, error)
    except Exception as error:  # a bug of this collection: the user must still learn which requests had been sent
        shown = transport.scrub if transport else str
        report = _cut_short(empty, f"{_DEFECT} {type(error).__name__}: {shown(str(error))}.", transport)
        traceback = {"exception": shown(_traceback_of(error))}
    for warning in [*warnings_about(operations), *_warnings(module, transport, report)]:
        module.warn(warning)
    if result_file:
        whole = {**report.as_result(unchanged_limit=None), "failed": bool(report.failure), "msg": report.failure}
        report.failure = " ".join(filter(None, (report.failure, write_result(module, result_file, whole))))
    result = report.as_result(module.params.get("unchanged_limit", 0))
    if report.failure:
        failure = {"msg": short_message(report.failure), **result}
        module.fail_json(**short_failure(failure, report.lists), **traceback)
    module.exit_json(**result)


def _traceback_of(error: Exception) -> str:
    import traceback

    return "".join(traceback.format_exception(error))


def _predicted(module: AnsibleModule) -> dict[str, t.Any]:
    """Outside of check mode a prediction is ignored: only the real state counts."""
    predicted = structured("predicted", module.params.get("predicted")) if module.check_mode else None
    if not predicted:
        return {}
    from ..dr.prediction import check_shape, combined

    predictions = predicted if isinstance(predicted, list) else [predicted]
    try:
        for prediction in predictions:
            check_shape(prediction)
    except ValueError as error:
        raise BadOption(f"predicted: {error}") from None
    return predictions[0] if len(predictions) == 1 else combined(predictions)


def _cut_short(empty: Report, reason: str, transport: Transport | None, error: CGError | None = None) -> Report:
    """For an error that the module's body did not handle."""
    writes = list(transport.writes) if transport else []
    if not writes:
        return replace(empty, failure=f"{reason} Nothing was changed.", error=error)
    return replace(
        empty,
        changed=True,
        results={**empty.results, "writes_sent": writes},
        failure=f"{reason} Before that, {plural(len(writes), 'write')} had been sent ({', '.join(writes[:5])}"
        f"{', ...' if len(writes) > 5 else ''}); run the task again to see what they did and to do the rest.",
        error=error,
    )


def _warnings(module: AnsibleModule, transport: Transport | None, report: Report) -> list[str]:
    return [*report.warnings, *connection_warnings(str(module.params["url"]), transport)]


def connection_warnings(url: str, transport: Transport | None) -> list[str]:
    """Warnings about the connection: plain http, and requests that were sent again."""
    warnings = []
    url = without_credentials(url.strip())
    if url.lower().startswith("http://"):
        warnings.append(
            f"url: {url} is plain http: credentials and answers can be read on the way. Use https outside of tests."
        )
    retried = transport.retried if transport else []
    warnings.extend(retried[:RETRIES_SHOWN])
    if len(retried) > RETRIES_SHOWN:
        warnings.append(f"{len(retried) - RETRIES_SHOWN} more requests were sent again for such reasons.")
    return warnings
