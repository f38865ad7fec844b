# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shape of the three verbs: plan, refuse, predict or apply, report.

PRIVATE to the collection: it may change at any time.

A verb defines its options and results, how it plans (what it reads) and how it applies the plan (what it writes and
reads back). What the verbs share is here: what a refusal stops, what check mode does, and how outcomes become a report.
"""

from __future__ import annotations

import abc
import typing as t
from dataclasses import dataclass, field, replace
from itertools import chain

from ..cg_api.errors import BadOption, CGError
from ..dr.prediction import Prediction, merged
from ..dr.wording import enumerated, plural
from .brevity import first_lines, one_line_each
from .lookup import labels_of_rows
from .module import Task, run_module
from .report import (
    CHANGED,
    FAILED,
    NOT_TRIED,
    TIMED_OUT,
    UNCHANGED,
    WOULD_CHANGE,
    Report,
    Rows,
    lost_contact,
    what_was_done,
)

Diff = dict[str, t.Any]
STOPPED_EARLY = "Stopped after an ambiguous reply; the remaining items were not tried."
RUN_AGAIN = "What is done stays done; run the task again to do the rest."


@dataclass(eq=False)
class Outcome(abc.ABC):
    """The outcome of one item: its plan, its last observed state, and its result.

    ``plan`` is a record of ``dr`` with ``will_run``, ``refusal`` and ``actions``. ``accepted``: Central Governance
    accepted the request; in check mode: it would be sent. ``unknown``: a change was requested and its end was not
    observed, so it may still happen.
    """

    plan: t.Any
    name: str  # of the item, for messages
    result: str = field(init=False, default=UNCHANGED)
    message: str = field(init=False, default="")
    error: CGError | None = field(init=False, default=None)
    accepted: bool = field(init=False, default=False)
    unknown: bool = field(init=False, default=False)

    def __post_init__(self) -> None:
        if self.plan.refusal:
            self.end(FAILED, self.plan.refusal)
        elif self.has_work:
            self.result = NOT_TRIED

    def end(self, result: str, message: str = "", error: CGError | None = None, unknown: bool = False) -> None:
        self.result, self.message, self.error, self.unknown = result, message, error, unknown

    @property
    def has_work(self) -> bool:
        return bool(self.plan.will_run)

    @property
    @abc.abstractmethod
    def is_change(self) -> bool:
        """True when the last observed state differs from the first one, presumably because of this task."""

    @property
    def is_failed(self) -> bool:
        return self.result in (FAILED, TIMED_OUT)

    @property
    def is_left_out(self) -> bool:
        return self.result == NOT_TRIED

    @property
    def actions(self) -> list[str]:
        """What was requested, done, or may still happen; in check mode what would be requested."""
        asked = self.accepted or self.is_change or self.unknown
        return list(self.plan.actions) if asked else []

    @property
    def warnings(self) -> list[str]:
        """Warnings about what was done, or would be."""
        return []

    @abc.abstractmethod
    def predict(self, task: Task) -> None:
        """Sets what would be seen after the task, and the result."""

    @abc.abstractmethod
    def row(self) -> dict[str, t.Any]:
        """The entry in the results; ``result`` and ``message`` are added to it."""

    @abc.abstractmethod
    def diff(self, labels: t.Mapping[str, str]) -> tuple[Diff, Diff]:
        """What differs, before and after, as nested dicts; ``labels`` maps the businessIds in the rows to labels."""


@dataclass
class Job:
    """All items of one task.

    ``refusal`` is why nothing may be done at all. The functions are called after the work: ``predicted`` returns the
    state after the plan, ``results`` the lists besides that of the items, ``counts`` further numbers, ``advice`` lines
    about what to do after failures, ``summary`` warnings about the whole task.
    """

    outcomes: list[t.Any]
    predicted: t.Callable[[], Prediction]
    warnings: list[str] = field(default_factory=list)
    refusal: str = ""
    results: t.Callable[[], dict[str, list[dict[str, t.Any]]]] = dict
    counts: t.Callable[[], dict[str, int]] = dict
    advice: t.Callable[[], list[str]] = list
    summary: t.Callable[[], list[str]] = list


@dataclass(frozen=True)
class Verb:
    """``items`` names the list of items in the results, ``noun`` one of them; ``lists`` and ``counts`` further keys.

    ``plan`` reads and decides; it may raise BadOption and CGError. ``apply`` writes, reads back, and sets the outcomes.
    """

    items: str
    noun: str
    title: str  # above the diff
    doing: str  # the title of the progress
    argument_spec: dict[str, dict[str, t.Any]]
    plan: t.Callable[[Task], t.Any]
    apply: t.Callable[[Task, t.Any], None]
    constraints: dict[str, t.Any] = field(default_factory=dict)
    lists: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()

    def empty_report(self, diff_mode: bool = False) -> Report:
        """A report with all keys that are always returned, for a task that fails before it has a plan."""
        side: Diff | None = {} if diff_mode else None
        results = {**{name: [] for name in self.lists}, **dict.fromkeys(self.counts, 0)}
        return Report(
            items=(self.items, Rows()), results=results, predicted={}, title=self.title, before=side, after=side
        )


def run_verb(verb: Verb) -> None:
    run_module(lambda task: run(verb, task), verb.argument_spec, verb.empty_report(), **verb.constraints)


def run(verb: Verb, task: Task) -> Report:
    task.progress.begin("reading from Central Governance", title=verb.doing)
    try:
        job = verb.plan(task)
    except (BadOption, CGError) as error:
        # What earlier tasks predicted is still valid.
        return replace(
            verb.empty_report(task.diff_mode),
            predicted=dict(task.predicted),
            failure=f"{error} Nothing was changed.",
            error=error if isinstance(error, CGError) else None,
        )
    any_refused = any(outcome.plan.refusal for outcome in job.outcomes)
    is_refused = bool(job.refusal) or (any_refused and not task.params["continue_on_error"])
    work = [] if is_refused else [outcome for outcome in job.outcomes if outcome.has_work]
    if task.check_mode:
        for outcome in work:
            outcome.predict(task)
    elif work:
        task.progress.begin(f"{plural(len(work), verb.noun)} to do")
        task.cg.stop_reusing()
        verb.apply(task, job)
    return _report(verb, task, job, is_refused)


def _report(verb: Verb, task: Task, job: Job, is_refused: bool) -> Report:
    outcomes = job.outcomes
    rows = Rows(outcomes)
    results = job.results()
    before, after = None, None
    if task.diff_mode:
        before, after = _diff(outcomes, [*rows, *chain(*results.values())], task.params["diff_limit"])
    warnings = [*job.warnings, *job.summary(), *(warning for o in outcomes for warning in o.warnings)]
    return Report(
        changed=any(o.result in (CHANGED, WOULD_CHANGE) or o.is_change or o.unknown for o in outcomes),
        actions=[action for o in outcomes for action in o.actions],
        items=(verb.items, rows),
        results={**results, **job.counts()},
        title=verb.title,
        before=before,
        after=after,
        predicted=merged(task.predicted, {} if is_refused else job.predicted()),
        warnings=first_lines(warnings, "warnings of this task"),
        failure=job.refusal or _failure(verb, job, is_refused),
        error=next((o.error for o in outcomes if o.is_failed and o.error), None),
    )


def _failure(verb: Verb, job: Job, is_refused: bool) -> str:
    failed = [o for o in job.outcomes if o.is_failed]
    left_out = [o for o in job.outcomes if o.is_left_out]
    if not failed and not left_out:
        return ""
    lines = lost_contact(o.error for o in failed if o.result == TIMED_OUT)
    reasons = _reasons(verb, failed + [o for o in left_out if o.message])
    lines += first_lines(reasons, "reasons") or [STOPPED_EARLY]
    if is_refused:
        return "\n".join([*lines, "Nothing was changed.", *job.advice()])
    done = what_was_done([o.result for o in job.outcomes], verb.noun)
    return "\n".join([*lines, done, *(job.advice() or [RUN_AGAIN])])


def _reasons(verb: Verb, outcomes: list[Outcome]) -> list[str]:
    """Each message once, followed by the items that it concerns if it does not name them (as at the gate)."""
    names: dict[str, list[str]] = {}
    for outcome in outcomes:
        names.setdefault(outcome.message, []).append(outcome.name)
    lines = []
    for message, items in names.items():
        if all(name in message for name in items):
            lines.append(message)
        else:
            lines.append(f"{message}\n  ({plural(len(items), verb.noun)}: {enumerated(sorted(items))})")
    return lines


def _diff(outcomes: list[Outcome], rows: list[dict[str, t.Any]], limit: int | None) -> tuple[Diff | str, Diff | str]:
    labels = labels_of_rows(rows)
    changes = [outcome.diff(labels) for outcome in outcomes if outcome.is_change]
    if limit is not None and len(changes) > limit:
        return one_line_each(changes, limit)
    before: Diff = {}
    after: Diff = {}
    for change in changes:
        for side, own in zip((before, after), change, strict=True):
            _add_to(side, own)
    return before, after


def _add_to(side: Diff, own: Diff) -> None:
    for key, value in own.items():
        if isinstance(value, dict):
            if value:
                _add_to(side.setdefault(key, {}), value)
        else:
            side[key] = value
