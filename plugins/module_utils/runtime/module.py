# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every module does: parse the options, run the body, report.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace
from functools import partial

from ansible.module_utils.basic import AnsibleModule, missing_required_lib

from ..cg_api.client import CentralGovernance
from ..cg_api.connection import Connection, without_credentials
from ..cg_api.errors import BadOption, CGError
from ..cg_api.transport import REQUESTS_IMPORT_ERROR, Transport
from ..cycles import stop_searching_for_cycles
from ..dr.estate import Estate
from ..dr.model import Deployment, Flow, Product
from ..dr.wording import plural
from .brevity import short_failure, short_message
from .large_result import exit_with
from .options import CONNECTION, Masking, connection_from, operations_from, structured
from .progress import NO_PROGRESS, Progress
from .report import Report
from .result_file import check_place, write_result

RETRIES_SHOWN = 3
_DEFECT = "Unexpected error; please report it, with the traceback that -vvv shows."


@dataclass(frozen=True)
class Task:
    """The input of a body: the options, the modes, the client, and what earlier tasks of the play predicted."""

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

    ``empty`` is the report of a module that fails before its body returns one. With ``reads_only``, the transport
    refuses writes outside of check mode too. ``connect`` makes the connection from the options; it may raise BadOption.
    """
    empty = empty or Report()
    stop_searching_for_cycles()
    module = _Module(empty, argument_spec={**CONNECTION, **argument_spec}, supports_check_mode=True, **constraints)
    module.mask_secrets()
    fail_without_requests(module)
    is_diff_mode = module._diff  # pylint: disable=protected-access
    modes = Modes(module.check_mode, is_diff_mode, reads_only)
    done = perform(body, module.params, modes, empty, partial(client_of, connect=connect))
    for warning in done.warnings:
        module.warn(warning)
    result = result_of(module, done, module.params)
    if result.get("failed"):
        module.fail_json(**result)
    exit_with(module, result)


def result_of(module: AnsibleModule, done: Performed, params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """What the task returns, without the warnings. It is also written to the ``result_file``, if there is one."""
    report = done.report
    if done.result_file:
        whole = {**report.as_result(unchanged_limit=None), "failed": bool(report.failure), "msg": report.failure}
        report.failure = " ".join(filter(None, (report.failure, write_result(module, done.result_file, whole))))
    if report.failure:
        return {"failed": True, **failed_result(report, params), **done.traceback}
    return report.as_result(params.get("unchanged_limit", 0))


def fail_without_requests(module: AnsibleModule) -> None:
    if REQUESTS_IMPORT_ERROR is not None:
        module.fail_json(msg=missing_required_lib("requests"), exception=str(REQUESTS_IMPORT_ERROR))


class Modes(t.NamedTuple):
    check: bool
    diff: bool = False
    reads_only: bool = False


class Performed(t.NamedTuple):
    """``traceback`` is that of a defect of this collection, for ``fail_json``."""

    report: Report
    warnings: list[str]
    traceback: dict[str, str]
    result_file: str | None


def client_of(
    params: t.Mapping[str, t.Any], read_only: bool, connect: t.Callable[[t.Mapping[str, t.Any]], Connection]
) -> CentralGovernance:
    """Raises BadOption."""
    transport = Transport(connect(params), read_only=read_only)
    return CentralGovernance(transport, operations_from(params))


def perform(
    body: t.Callable[[Task], Report],
    params: dict[str, t.Any],
    modes: Modes,
    empty: Report,
    client: t.Callable[[t.Mapping[str, t.Any], bool], CentralGovernance],
) -> Performed:
    """Runs a body with checked options; ``client`` is called with them and with whether it may only read.

    Any failure is in the report.
    """
    cg = None
    traceback: dict[str, str] = {}
    result_file = None
    try:
        check_place(params.get("result_file"))
        result_file = params.get("result_file")
        cg = client(params, modes.reads_only or modes.check)
        progress = Progress.from_environment(cg.transport.scrub)
        predicted = _predicted(params) if modes.check else {}
        report = body(Task(params, modes.check, cg, predicted, modes.diff, progress))
    except BadOption as error:
        report = replace(empty, failure=str(error))
    except CGError as error:
        report = _cut_short(empty, str(error), cg, error)
    except Exception as error:  # a bug of this collection: the message must still list the requests that were sent
        report, traceback = defect(empty, error, cg)
    warnings = [
        *(_warnings_about_operations(cg) if cg and params.get("operations") else ()),
        *report.warnings,
        *connection_warnings(str(params["url"]), cg.transport if cg else None),
    ]
    return Performed(report, warnings, traceback, result_file)


def _warnings_about_operations(cg: CentralGovernance) -> list[str]:
    from ..cg_api.overrides import warnings_about

    return warnings_about(cg.operations)


def defect(empty: Report, error: Exception, cg: CentralGovernance | None) -> tuple[Report, dict[str, str]]:
    """The report of an unexpected error, and its traceback for ``fail_json``."""
    shown = cg.transport.scrub if cg else str
    report = _cut_short(empty, f"{_DEFECT} {type(error).__name__}: {shown(str(error))}.", cg)
    return report, {"exception": shown(_traceback_of(error))}


def failed_result(report: Report, params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """What a failed task returns, short enough for the line in which Ansible prints it."""
    failure = {"msg": short_message(report.failure), **report.as_result(params.get("unchanged_limit", 0))}
    return short_failure(failure, report.lists)


def _traceback_of(error: Exception) -> str:
    import traceback

    return "".join(traceback.format_exception(error))


class PredictedHere(dict[str, t.Any]):
    """The ``predicted`` of a report that this process made: it needs no check and is not packed."""


def _predicted(params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The option ``predicted``, for check mode only; outside of it, only the real state counts."""
    if isinstance(params.get("predicted"), PredictedHere):
        return dict(params["predicted"])
    predicted = structured("predicted", params.get("predicted"))
    if not predicted:
        return {}
    from ..dr.prediction import check_shape, combined, unpacked

    predictions = [unpacked(one) for one in (predicted if isinstance(predicted, list) else [predicted])]
    try:
        for prediction in predictions:
            check_shape(prediction)
    except ValueError as error:
        raise BadOption(f"predicted: {error}") from None
    return predictions[0] if len(predictions) == 1 else combined(predictions)


def _cut_short(empty: Report, reason: str, cg: CentralGovernance | None, error: CGError | None = None) -> Report:
    """For an error that the module's body did not handle."""
    writes = list(cg.transport.writes) if cg else []
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


def connection_warnings(url: str, transport: Transport | None) -> list[str]:
    """Warnings about the connection: plain http, and requests that were sent again."""
    warnings = []
    url = without_credentials(url.strip())
    if url.lower().startswith("http://"):
        warnings.append(
            f"url: {url} is plain http: credentials and answers can be read in transit. Use https outside of tests."
        )
    retried = transport.retried if transport else []
    warnings.extend(retried[:RETRIES_SHOWN])
    if len(retried) > RETRIES_SHOWN:
        warnings.append(f"{len(retried) - RETRIES_SHOWN} more requests were sent again for similar reasons.")
    return warnings
