# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Work that Central Governance does in the background: request it, then poll until its end was observed.

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

# Work may take a moment to show: a state that is the same as before the request counts only after this many polls.
LOOKS_BEFORE_IT_COUNTS = 5


@dataclass(eq=False)
class WatchedOutcome(Outcome):
    """``done`` is the verb's participle, for sentences such as "NAME was not DONE"."""

    done: str
    is_missing: bool = field(init=False, default=False)  # in the last poll
    looks: int = field(init=False, default=0)
    is_pending: bool = field(init=False, default=False)

    @property
    @abc.abstractmethod
    def last_seen(self) -> str:
        """A sentence."""

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
        """Called after each poll. The observed state counts, not the reply to the request (another run may be at work).

        If no work shows, a refused request has failed; after another error some more polls are made, and after a lost
        reply all of them. If the item is not found, nothing is concluded: it may be about to appear.
        """
        if self.is_missing:
            return
        self.looks += 1
        error = None if self.shows_work else self.error
        if error and (error.is_refusal or (error.is_final and self.looks >= LOOKS_BEFORE_IT_COUNTS)):
            self.end(FAILED, f"{self.name} was not {self.done}: {error}", error)
        else:
            self.judge()

    def give_up(self, trouble: CGError | None, waiting: Waiting | None) -> None:
        """Sets the result of an item whose end was not observed.

        ``trouble`` is the error of the last poll, ``waiting`` None if wait is off.
        """
        error = trouble or self.error
        last_seen = f"{self.last_seen} It was not found in the last poll." if self.is_missing else self.last_seen
        if trouble is not None and trouble.is_refusal:
            text = f"Waiting for {self.name} to be {self.done} ended: {trouble} {last_seen}"
            self.end(FAILED, text, trouble, unknown=self.plan.will_run)
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
    look: t.Callable[[list[t.Any]], None],
    look_closer: t.Callable[[list[t.Any]], None] | None = None,
) -> None:
    """Asks for everything that is to run, and waits for all that has work, as far as ``wait`` says.

    ``look`` reads what the outcomes that it is given need; ``look_closer`` is called once, for those that did not end.
    """
    _start(task, [outcome for outcome in outcomes if outcome.plan.will_run], request)

    def is_over() -> bool:
        pending = [outcome for outcome in outcomes if outcome.is_pending]
        try:
            if pending:
                look(pending)
        except CGError as error:
            _say_how_far(task, outcomes, str(error))
            raise
        for outcome in pending:
            outcome.settle()
        _say_how_far(task, outcomes)
        return not any(outcome.is_pending for outcome in pending)

    waiting = Waiting.from_params(task.params) if task.params["wait"] else None
    task.progress.begin("waiting", waiting.timeout if waiting else None)
    trouble = None
    try:
        if waiting:
            trouble = waiting.until(is_over)
        else:
            is_over()
    except CGError as error:
        trouble = error
    unfinished = [outcome for outcome in outcomes if outcome.is_pending]
    if unfinished and look_closer:
        look_closer(unfinished)
    for outcome in unfinished:
        outcome.give_up(trouble, waiting)


def _say_how_far(task: Task, outcomes: t.Sequence[t.Any], trouble: str = "") -> None:
    work = [outcome for outcome in outcomes if outcome.has_work]
    pending = [outcome.name for outcome in work if outcome.is_pending]
    if pending:
        task.progress.say(so_far(len(work), sum(outcome.is_failed for outcome in work), pending, trouble))


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
