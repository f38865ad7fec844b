# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Work that Central Governance does in the background: request it, then poll until its end is observed.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import abc
import typing as t
from dataclasses import dataclass, field

from ..cg_api.errors import CGError
from ..cg_api.parallel import certain_failure, no_failure, try_each
from .module import Task
from .progress import so_far
from .report import CHANGED, FAILED, TIMED_OUT
from .verb import Outcome
from .waiting import Waiting

# The effect of a request may be visible only later: an unchanged state counts only after this many polls.
POLLS_BEFORE_UNCHANGED_COUNTS = 5


@dataclass(eq=False)
class WatchedOutcome(Outcome):
    """``done`` is the verb's participle, for sentences such as "NAME was not DONE"."""

    done: str
    is_missing: bool = field(init=False, default=False)  # in the last poll
    polls: int = field(init=False, default=0)
    is_pending: bool = field(init=False, default=False)

    @property
    @abc.abstractmethod
    def last_seen(self) -> str:
        """The last observed state, as a sentence."""

    @property
    def shows_work(self) -> bool:
        """True when the observed state cannot be the one from before the request."""
        return self.is_change

    @abc.abstractmethod
    def judge(self) -> None:
        """Sets the result when the observed state is a final one."""

    def end(self, result: str, message: str = "", error: CGError | None = None, unknown: bool = False) -> None:
        super().end(result, message, error, unknown)
        self.is_pending = False

    def settle(self) -> None:
        """Called after each poll. The observed state counts, not the reply to the request: another run may work too.

        While the state shows no work, a refused request has failed; after another final error some more polls are made,
        and after a lost reply polling continues. If the item is not found, nothing is concluded: it may appear later.
        """
        if self.is_missing:
            return
        self.polls += 1
        error = None if self.shows_work else self.error
        if error and (error.is_refusal or (error.is_final and self.polls >= POLLS_BEFORE_UNCHANGED_COUNTS)):
            self.end(FAILED, f"{self.name} was not {self.done}: {error}", error)
        else:
            self.judge()

    def give_up(self, last_error: CGError | None, waiting: Waiting | None) -> None:
        """Sets the result of an item whose end was not observed.

        ``last_error`` is the error of the last poll; ``waiting`` is None if the option ``wait`` is false.
        """
        error = last_error or self.error
        last_seen = f"{self.last_seen} It was not found in the last poll." if self.is_missing else self.last_seen
        if last_error is not None and last_error.is_refusal:
            text = f"Waiting for {self.name} to be {self.done} ended: {last_error} {last_seen}"
            self.end(FAILED, text, last_error, unknown=self.plan.will_run)
        elif waiting is not None:
            text = f"{self.name} was not {self.done} within {waiting.timeout:g} s. {last_seen}"
            self.end(TIMED_OUT, f"{text} It may still finish.", error, unknown=self.plan.will_run)
        elif error is not None:
            self.end_without_knowing(error)
        else:
            self.end(CHANGED, f"Asked for, not waited for (wait is false). {last_seen}")

    def end_without_knowing(self, error: CGError) -> None:
        text = f"Whether {self.name} is being {self.done} is not known: {error}"
        self.end(FAILED, text, error, unknown=self.plan.will_run)


def start_and_watch(
    task: Task,
    outcomes: t.Sequence[t.Any],
    request: t.Callable[[t.Any], None],
    observe: t.Callable[[list[t.Any]], None],
    observe_unfinished: t.Callable[[list[t.Any]], None] | None = None,
) -> None:
    """Requests everything that is to run, then polls until all that has work has ended, or once if ``wait`` is false.

    ``observe`` reads the current state of the given outcomes. ``observe_unfinished`` is called once, with those that
    did not end.
    """
    _start(task, [outcome for outcome in outcomes if outcome.plan.will_run], request)

    def is_over() -> bool:
        pending = [outcome for outcome in outcomes if outcome.is_pending]
        try:
            if pending:
                observe(pending)
        except CGError as error:
            _show_progress(task, outcomes, str(error))
            raise
        for outcome in pending:
            outcome.settle()
        _show_progress(task, outcomes)
        return not any(outcome.is_pending for outcome in pending)

    waiting = Waiting.from_params(task.params) if task.params["wait"] else None
    task.progress.begin("waiting", waiting.timeout if waiting else None)
    last_error = None
    try:
        if waiting:
            last_error = waiting.until(is_over)
        else:
            is_over()
    except CGError as error:
        last_error = error
    unfinished = [outcome for outcome in outcomes if outcome.is_pending]
    if unfinished and observe_unfinished:
        observe_unfinished(unfinished)
    for outcome in unfinished:
        outcome.give_up(last_error, waiting)


def _show_progress(task: Task, outcomes: t.Sequence[t.Any], last_error: str = "") -> None:
    work = [outcome for outcome in outcomes if outcome.has_work]
    pending = [outcome.name for outcome in work if outcome.is_pending]
    if pending:
        task.progress.say(so_far(len(work), sum(outcome.is_failed for outcome in work), pending, last_error))


def _start(task: Task, outcomes: list[t.Any], request: t.Callable[[t.Any], None]) -> None:
    stops = no_failure if task.params["continue_on_error"] else certain_failure
    counted = task.progress.counted(request, len(outcomes), "requests answered")
    for outcome, attempt in zip(outcomes, try_each(counted, outcomes, task.cg.max_parallel, stops), strict=True):
        if isinstance(attempt, CGError) and not attempt.was_sent:
            outcome.end(FAILED, f"{outcome.name} was not {outcome.done}: {attempt}", attempt)
        elif attempt is not False:
            outcome.error = attempt if isinstance(attempt, CGError) else None
            outcome.accepted = outcome.error is None
            outcome.is_pending = True
