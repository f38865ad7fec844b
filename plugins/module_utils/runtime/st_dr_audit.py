# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""st_dr_audit: reads the estate in bulk, applies the rules of the core to it, and reports.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import re
import typing as t
from datetime import datetime, timedelta, timezone

from ..cg_api.certificates import CertificateReader
from ..cg_api.errors import BadOption, CGError
from ..dr.audit.acceptance import parse_accepted
from ..dr.audit.auditor import Audit, audit
from ..dr.audit.changes import changes_between
from ..dr.audit.findings import CRITICAL, IGNORE, INFO, NOT_ASSESSED, NOT_READY, VERDICT_UNKNOWN, WARNING
from ..dr.audit.inputs import (
    CERTIFICATES,
    DEPLOYMENTS,
    FLOWS,
    PRODUCTS,
    Certificate,
    Inputs,
    Observed,
    Settings,
    Source,
    as_text,
)
from ..dr.audit.memory import LedgerReader
from ..dr.audit.result import as_result
from ..dr.audit.rules import RULES, acceptable_objects
from ..dr.estate import Estate
from ..dr.model import unknown_lists_as_empty
from ..dr.topology_rules import EXACT, PRESENT
from .ledger_file import LedgerFile
from .module import Task
from .options import dict_from, structured, topology_from
from .report import Report

NEVER = "never"
FINDINGS_IN_MESSAGE = 20
_LONGEST_LINE = 400
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "topology": {"type": "raw"},  # see topology_from
    "state": {"type": "str", "choices": [EXACT, PRESENT], "default": EXACT},
    "masters": {"type": "list", "elements": "str"},
    "fail_on": {"type": "str", "choices": [NEVER, CRITICAL, WARNING], "default": NEVER},
    "accepted": {"type": "raw", "default": []},
    "severity": {"type": "raw", "default": {}},
    "certificate_warning_days": {"type": "int", "default": 30},
    "ledger": {"type": "path"},
    "rpo_target": {"type": "str"},
    "drill_interval_days": {"type": "int"},
    "result_file": {"type": "path"},
}
CONSTRAINTS: dict[str, t.Any] = {"required_by": {"rpo_target": ["ledger"], "drill_interval_days": ["ledger"]}}


def dr_audit(task: Task) -> Report:
    declared = topology_from(task.params["topology"])
    settings = _settings(task.params)
    ledger = _read_ledger(task.params["ledger"], settings)
    observed, error = _observe(task)
    try:
        judged = audit(Inputs(observed, _now(), declared, ledger.reader.history() if ledger else None, settings))
    except ValueError as problem:
        raise BadOption(str(problem)) from None
    return _report(task, judged, ledger, error)


# Options


def _settings(params: dict[str, t.Any]) -> Settings:
    days, interval = params["certificate_warning_days"], params["drill_interval_days"]
    if days < 0:
        raise BadOption(f"certificate_warning_days: {days} is less than 0.")
    if interval is not None and interval < 1:
        raise BadOption(f"drill_interval_days: {interval} is less than 1.")
    entries = _accepted(params["accepted"])
    try:
        accepted = parse_accepted(entries, acceptable_objects())
    except ValueError as problem:
        raise BadOption(f"accepted: {problem}") from None
    return Settings(
        state=params["state"],
        masters=_masters(params["masters"]),
        severity=_severity(dict_from("severity", params["severity"])),
        accepted=tuple(accepted),
        certificate_warning_days=days,
        rpo_target=_duration("rpo_target", params["rpo_target"]),
        drill_interval_days=interval,
    )


def _accepted(option: t.Any) -> list[dict[str, t.Any]]:
    entries = structured("accepted", option) or []
    if not isinstance(entries, list):
        raise BadOption("accepted: it is not a list of acceptances.")
    for number, entry in enumerate(entries, start=1):
        if not isinstance(entry, dict):
            raise BadOption(f"accepted: entry {number} is not a dict with rule, reason, owner and expires.")
    return [{str(key): value for key, value in entry.items()} for entry in entries]


def _masters(option: list[str] | None) -> tuple[str, ...] | None:
    """An empty text, as a survey gives it, means that the option is not set."""
    if option is None or option == [""]:
        return None
    if not all(name.strip() for name in option):
        raise BadOption("masters: it names a product by an empty string.")
    return tuple(option)


def _severity(option: dict[t.Any, t.Any]) -> dict[str, str]:
    words = (CRITICAL, WARNING, INFO, IGNORE)
    for rule, word in option.items():
        if rule not in RULES:
            raise BadOption(f'severity: there is no rule "{rule}"; there are {", ".join(RULES)}.')
        if word not in words:
            raise BadOption(f'severity: {rule}: "{word}" is not one of {", ".join(words)}.')
        if rule == NOT_ASSESSED and word != CRITICAL:
            raise BadOption(
                f"severity: {NOT_ASSESSED} can only be made {CRITICAL}, since a fact that could not be read counts as "
                f"not ready. If a rule does not matter to you, set that rule to {IGNORE}."
            )
    return dict(option)


def _duration(option: str, text: str | None) -> timedelta | None:
    if text is None or not text.strip():
        return None
    match = re.fullmatch(r"(\d{1,6})\s*([smhd])", text.strip())
    if not match or int(match[1]) == 0:
        raise BadOption(f'{option}: "{text}" is not a time such as 90m, 24h or 2d (units: s, m, h, d).')
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


# Reading the estate and the ledger


class _Ledger(t.NamedTuple):
    reader: LedgerReader
    records: int
    head: str
    torn: bool
    at: datetime


def _read_ledger(path: str | None, settings: Settings) -> _Ledger | None:
    if path is None:
        return None
    reader, at, file = LedgerReader(settings.masters), _now(), LedgerFile(path, "ledger")
    with file.records() as chain:
        reader.read(chain)
    if reader.began is None:
        raise BadOption(f"ledger: {path}: it has no record; begin it with dr_ledger_append (option kind: begin).")
    return _Ledger(reader, chain.tail.records, chain.tail.head, bool(chain.tail.torn), at)


def _observe(task: Task) -> tuple[Observed, CGError | None]:
    """Three bulk reads for an estate of any size. If one fails, that is noted, and the rest is still read.

    If the products cannot be read, nothing else is read: without them, flows and deployments cannot be judged.
    """
    certificates = CertificateReader()
    readers: dict[str, t.Callable[[], list[t.Any]]] = {
        PRODUCTS: lambda: task.cg.products(on_certificate=certificates.see),
        FLOWS: task.cg.flows,
        DEPLOYMENTS: task.cg.deployments,
    }
    found: dict[str, list[t.Any]] = {name: [] for name in readers}
    sources: dict[str, Source] = {}
    first_error: CGError | None = None
    for name, read in readers.items():
        at = _now()
        if first_error and sources[PRODUCTS].problem:
            sources[name] = Source(0, at, "it was not tried, since the products could not be read.")
            continue
        try:
            found[name] = read()
            sources[name] = Source(len(found[name]), at)
        except CGError as error:
            first_error = first_error or error
            sources[name] = Source(0, at, str(error))
    sources[CERTIFICATES] = Source(len(certificates.facts), sources[PRODUCTS].at, certificates.problem)
    return (
        Observed(
            Estate(
                map(unknown_lists_as_empty, found[PRODUCTS]),
                map(unknown_lists_as_empty, found[FLOWS]),
                found[DEPLOYMENTS],
            ),
            sources,
            {digest: Certificate(*facts) for digest, facts in certificates.facts.items()},
        ),
        first_error,
    )


def _now() -> datetime:
    return datetime.now(timezone.utc).replace(microsecond=0)


# Reporting


def _report(task: Task, judged: Audit, ledger: _Ledger | None, error: CGError | None) -> Report:
    result = as_result(judged)
    severity = dict(judged.context.inputs.settings.severity)
    result["settings"] = {**_echo(task.params), "severity": severity}
    result["changes"] = changes_between(ledger.reader.last_audit if ledger else None, result)
    result["ledger"] = _ledger_row(task.params["ledger"], ledger, judged) if ledger else None
    result["coverage"]["sources"] += _other_sources(judged, ledger)
    result["coverage"]["finished_at"] = as_text(_now())
    warnings = []
    if ledger and ledger.torn:
        warnings.append(
            f"ledger: {task.params['ledger']}: line {ledger.records + 1} was cut off while it was written; the "
            f"{ledger.records} before it are intact and are used. The next dr_ledger_append moves it aside."
        )
    failure = _failure(task.params["fail_on"], result)
    if not failure and result["verdict"] == VERDICT_UNKNOWN:
        warnings.append(f"{result['summary']} A fact that could not be read counts as not ready.")
    return Report(results=result, warnings=warnings, failure=failure, error=error, by_name=("estate",))


def _failure(fail_on: str, result: dict[str, t.Any]) -> str:
    """An UNKNOWN verdict fails like a critical finding, since it may hide one."""
    fails = {NEVER: (), CRITICAL: (NOT_READY, VERDICT_UNKNOWN), WARNING: (NOT_READY, VERDICT_UNKNOWN, "DEGRADED")}
    if result["verdict"] not in fails[fail_on]:
        return ""
    counting = [row for row in result["findings"] if row["severity"] != INFO and not row["accepted"]]
    lines = [f"[{row['severity']}] {row['rule']}: {_short(row['message'])}" for row in counting]
    more = len(lines) - FINDINGS_IN_MESSAGE
    shown = lines[:FINDINGS_IN_MESSAGE] + ([f"and {more} more findings, in the result."] if more > 0 else [])
    return "\n".join([f"The disaster recovery is {result['summary']}", *shown])


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_LINE else f"{text[:_LONGEST_LINE]}..."


def _echo(params: dict[str, t.Any]) -> dict[str, t.Any]:
    options = (
        "state", "masters", "fail_on", "certificate_warning_days", "rpo_target", "drill_interval_days",
    )  # fmt: skip
    return {name: params[name] for name in options}


def _other_sources(judged: Audit, ledger: _Ledger | None) -> list[dict[str, t.Any]]:
    inputs = judged.context.inputs
    rows = [("declaration", inputs.now, len(inputs.declared))] if inputs.declared is not None else []
    rows += [("ledger", ledger.at, ledger.records)] if ledger else []
    return [
        {"source": name, "state": "read", "count": number, "at": as_text(at), "why": ""} for name, at, number in rows
    ]


def _ledger_row(path: str, ledger: _Ledger, judged: Audit) -> dict[str, t.Any]:
    history = ledger.reader.as_result(judged.context)
    return {"path": path, "records": ledger.records, "head": ledger.head, "torn": ledger.torn, **history}
