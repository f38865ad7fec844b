# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""st_sync: start the synchronizations that are needed, wait for them, believe only what is read back.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..cg_api.errors import BadOption, CGError
from ..cg_api.parallel import certain_failure, no_failure, try_each
from ..dr.estate import Estate, find_entry
from ..dr.model import SAVED, Product
from ..dr.prediction import merged, overlay, predict_synchronization
from ..dr.profiles import ProfileDifference, compare_profiles
from ..dr.synchronization import (
    BackupPlan,
    SynchronizationPlan,
    SynchronizationRules,
    needs_synchronization,
    plan_synchronization,
)
from .frame import Task
from .lookup import find_each, labels_of
from .options import VERB, WAITING, limit_from
from .report import (
    CHANGED,
    FAILED,
    LEFT_OUT,
    NOT_TRIED,
    TIMED_OUT,
    UNCHANGED,
    WOULD_CHANGE,
    Report,
    enumerated,
    last_words,
    plural,
    what_was_done,
    without_a_plan,
)
from .waiting import Waiting

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "masters": {"type": "list", "elements": "str"},
    "backups": {"type": "list", "elements": "str"},
    "max_profile_removals": {"type": "str"},
    "allow_flow_invalidation": {"type": "bool", "default": False},
    "force": {"type": "bool", "default": False},
    **WAITING,
    **VERB,
}

# A synchronization may need a moment before it shows.
LOOKS_BEFORE_IT_COUNTS = 5

Pair = tuple[str, str]  # businessIds of master and backup


def synchronize_backups(task: Task) -> Report:
    try:
        waiting = Waiting.from_params(task.params)
        rules = SynchronizationRules(
            force=task.params["force"],
            max_profile_removals=limit_from(task.params, "max_profile_removals"),
            allow_flow_invalidation=task.params["allow_flow_invalidation"],
            wait=task.params["wait"],
        )
        plan, estate = _read_and_plan(task, rules)
    except (BadOption, CGError) as error:
        return without_a_plan("backups", task.predicted, error)
    outcomes = {_pair(p): _Outcome(p, UNCHANGED) for p in plan.backups}
    warnings = [warning for p in plan.backups for warning in p.warnings]
    for refused in plan.refused:
        outcomes[_pair(refused)].fail(" ".join(refused.refusals))
    blocked = bool(plan.refused) and not task.params["continue_on_error"]
    for planned in plan.to_run:
        outcomes[_pair(planned)].result = (
            NOT_TRIED if blocked else WOULD_CHANGE if task.check_mode and planned.is_change else UNCHANGED
        )
        if task.check_mode and not blocked:
            outcomes[_pair(planned)].predict()
    if plan.to_run and not blocked and not task.check_mode:
        _Application(task, plan, outcomes, waiting).run()
    return _report(task, plan, estate, list(outcomes.values()), warnings, blocked)


def _read_and_plan(task: Task, rules: SynchronizationRules) -> tuple[SynchronizationPlan, Estate]:
    references = task.params["masters"]
    read = Estate(task.cg.products(references))
    estate = overlay(read, task.predicted)
    masters = _masters(estate, references)
    only = _only(task.params["backups"], masters)
    wanted = [b for m in masters for b in m.backups if only is None or b.id in only]
    if any(needs_synchronization(backup, rules) for backup in wanted):
        # Who else is a master of these backups, and which flows use them, can only be asked in bulk.
        products = task.cg.products() if references is not None else read.products.values()
        estate = overlay(Estate(products, task.cg.flows()), task.predicted)
    elif missing := sorted({backup.id for backup in wanted} - read.products.keys()):
        estate = overlay(Estate([*read.products.values(), *task.cg.products(missing)]), task.predicted)
    masters = [estate.products.get(master.id, master) for master in masters]
    return plan_synchronization(masters, estate, rules, only), estate


def _masters(estate: Estate, references: list[str] | None) -> list[Product]:
    if references is None:
        return sorted(estate.masters, key=lambda master: master.name)
    masters, problems = find_each("masters", references, estate.find_products, "product")
    if problems:
        raise BadOption(" ".join(problems))
    return masters


def _only(references: list[str] | None, masters: list[Product]) -> set[str] | None:
    if references is None:
        return None
    listed = [backup for master in masters for backup in master.backups]
    chosen = {backup.id for backup in listed if backup.id in references or backup.name in references}
    known = {name for backup in listed for name in (backup.id, backup.name)}
    strangers = [reference for reference in references if reference not in known]
    if strangers:
        of = f"{enumerated([m.name for m in masters])}" if masters else "any master"
        raise BadOption(f"backups: {', '.join(strangers)} is not among the backups of {of}.")
    return chosen


def _pair(plan: BackupPlan) -> Pair:
    return plan.master.id, plan.backup.id


@dataclass
class _Outcome:
    """What became of one pair: its flag and its remaining differences as last seen.

    ``is_open`` is True when a synchronization was asked for, and how it ended was not seen.
    """

    plan: BackupPlan
    result: str
    was_accepted: bool = False
    is_open: bool = False
    looks: int = 0
    synchronized: bool | None = field(init=False)
    difference: ProfileDifference = field(init=False)
    message: str = ""
    error: CGError | None = None

    def __post_init__(self) -> None:
        self.synchronized = self.plan.backup.synchronized
        self.difference = self.plan.difference

    def fail(self, message: str, error: CGError | None = None, result: str = FAILED, is_open: bool = False) -> None:
        self.result, self.message, self.error, self.is_open = result, message, error, is_open

    def predict(self) -> None:
        self.synchronized = self.plan.synchronized_after
        if self.plan.end_is_seen:
            self.difference = ProfileDifference()
            self.message = "" if self.plan.is_change else self.nothing_to_see

    @property
    def nothing_to_see(self) -> str:
        return (
            f"{self.plan.backup.name} is equal to {self.plan.master.name} already: of a synchronization that is forced "
            "on them, Central Governance shows nothing."
        )

    @property
    def is_done(self) -> bool:
        return self.synchronized is True and not self.difference

    @property
    def is_change(self) -> bool:
        return self.synchronized != self.plan.backup.synchronized or self.difference != self.plan.difference

    @property
    def has_ended(self) -> bool:
        """Nothing more will come of looking again."""
        if self.looks == 0:
            return False
        if self.is_done:
            return True
        if self.error is not None:
            if self.error.is_refusal:
                return True
            # A server that failed while it answered may yet have begun; it gets some looks to show that.
            if self.error.is_final and not self.is_change and self.looks >= LOOKS_BEFORE_IT_COUNTS:
                return True
        # A flag that came true over profiles that differ: the comparison was made after it. A forced synchronization
        # had a true flag all along, so its profiles decide.
        return self.synchronized is True and self.plan.backup.synchronized is not True

    def as_result(self) -> dict[str, t.Any]:
        before, left = self.plan.difference, self.difference
        row = {
            "master": self.plan.master.name,
            "backup": self.plan.backup.name,
            "synchronized_before": self.plan.backup.synchronized,
            "synchronized_after": self.synchronized,
            "profiles_created": sorted(set(before.created) - set(left.created)),
            "profiles_removed": sorted(set(before.removed) - set(left.removed)),
            "profiles_replaced": sorted(set(before.replaced) - set(left.replaced)),
            "invalidated_flows": [flow.name for flow in self.plan.invalidated_flows] if self.is_change else [],
            "flag_disagrees": self.synchronized is True and bool(left),
            "result": self.result,
        }
        return {**row, "message": self.message} if self.message else row


@dataclass
class _Application:
    task: Task
    plan: SynchronizationPlan
    outcomes: dict[Pair, _Outcome]
    waiting: Waiting

    def run(self) -> None:
        started = self._start()
        if not started:
            return
        refusal: CGError | None = None
        lost_sight: CGError | None = None
        try:
            if self.task.params["wait"]:
                lost_sight = self.waiting.until(lambda: self._look(started))
            else:
                self._look(started)
        except CGError as error:
            refusal = error
        for planned in started:
            self._judge(self.outcomes[_pair(planned)], refusal or lost_sight)

    def _start(self) -> list[BackupPlan]:
        """Asks for every synchronization; returns those that may be under way."""
        to_run = self.plan.to_run
        attempts = try_each(
            lambda planned: self.task.cg.synchronize(planned.master, planned.backup),
            to_run,
            self.task.cg.max_parallel,
            no_failure if self.task.params["continue_on_error"] else certain_failure,
        )
        started = []
        for planned, attempt in zip(to_run, attempts, strict=True):
            outcome = self.outcomes[_pair(planned)]
            if attempt is False:
                outcome.fail("", result=NOT_TRIED)
            elif isinstance(attempt, CGError) and not attempt.was_sent:
                outcome.fail(
                    f"{planned.backup.name} was not synchronized with {planned.master.name}: {attempt}", attempt
                )
            else:
                # Refused, or the reply was lost: what is read decides (another run may be at the same work).
                outcome.error = attempt if isinstance(attempt, CGError) else None
                outcome.was_accepted = outcome.error is None
                started.append(planned)
        return started

    def _look(self, started: list[BackupPlan]) -> bool:
        """Reads the flags of what is still pending, and the profiles of what CG calls synchronized."""
        pending = [p for p in started if not self.outcomes[_pair(p)].has_ended]
        lists = self.task.cg.backups(sorted({p.master.id for p in pending}))
        for planned in pending:
            entry = find_entry(lists.get(planned.master.id, ()), planned.backup)
            self.outcomes[_pair(planned)].synchronized = entry.synchronized if entry else None
        flagged = [p for p in pending if self.outcomes[_pair(p)].synchronized is True]
        if flagged:
            self._compare(flagged)
        for planned in pending:
            self.outcomes[_pair(planned)].looks += 1
        return all(self.outcomes[_pair(p)].has_ended for p in pending)

    def _compare(self, flagged: list[BackupPlan]) -> None:
        ids = sorted({product_id for p in flagged for product_id in (p.master.id, p.backup.id)})
        products = {product.id: product for product in self.task.cg.products(ids)}
        for planned in flagged:
            master, backup = products.get(planned.master.id), products.get(planned.backup.id)
            if master and backup:
                self.outcomes[_pair(planned)].difference = compare_profiles(master.profiles, backup.profiles)

    def _judge(self, outcome: _Outcome, lost_sight: CGError | None) -> None:
        backup, master = outcome.plan.backup.name, outcome.plan.master.name
        refused, outcome.error = outcome.error, None
        # A pair that was equal before tells nothing of a forced synchronization that CG did not accept.
        if outcome.is_done and outcome.looks and (outcome.was_accepted or outcome.is_change):
            outcome.result = CHANGED if outcome.is_change else UNCHANGED
            if not outcome.is_change:
                outcome.message = outcome.nothing_to_see
            return
        flag = {True: "true", False: "false", None: "not said"}[outcome.synchronized]
        last_seen = f"Last seen: synchronized {flag}, profiles: {outcome.difference.summary}."
        if refused is not None and (refused.is_refusal or refused.is_final):
            outcome.fail(f"{backup} was not synchronized with {master}: {refused}", refused)
        elif lost_sight is not None and lost_sight.is_refusal:
            outcome.fail(
                f"Waiting for {backup} to be synchronized with {master} ended: {lost_sight} {last_seen}",
                lost_sight,
                is_open=True,
            )
        elif outcome.synchronized is True and outcome.difference and outcome.looks:
            outcome.fail(
                f"Central Governance says that {backup} is synchronized with {master}, but their communication "
                f"profiles still differ ({outcome.difference.summary})."
            )
        elif self.task.params["wait"] and not outcome.is_done:
            outcome.fail(
                f"{backup} was not synchronized with {master} within {self.waiting.timeout:g} s. {last_seen} "
                "It may still finish; run the task again.",
                lost_sight or refused,
                result=TIMED_OUT,
                is_open=True,
            )
        elif refused is not None or lost_sight is not None:
            error = refused or lost_sight
            outcome.fail(
                f"Whether {backup} is being synchronized with {master} is not known: {error}", error, is_open=True
            )
        else:
            outcome.result = CHANGED
            outcome.message = f"Asked for, not waited for (wait is false). {last_seen}"


def _report(
    task: Task,
    plan: SynchronizationPlan,
    estate: Estate,
    outcomes: list[_Outcome],
    warnings: list[str],
    blocked: bool,
) -> Report:
    rows = [outcome.as_result() for outcome in outcomes]
    failed = [outcome for outcome in outcomes if outcome.result in (FAILED, TIMED_OUT)]
    counted = [row for row in rows if row["result"] in (CHANGED, WOULD_CHANGE)]
    if task.check_mode:
        asked = [] if blocked else [outcome for outcome in outcomes if outcome.plan.will_run]
    else:
        asked = [outcome for outcome in outcomes if outcome.was_accepted or outcome.is_change or outcome.is_open]
    before: dict[str, t.Any] = {}
    after: dict[str, t.Any] = {}
    masters = labels_of(outcome.plan.master for outcome in outcomes)
    backups = labels_of(outcome.plan.backup for outcome in outcomes)
    for outcome in outcomes:
        if outcome.is_change:
            pair = masters[outcome.plan.master.id], backups[outcome.plan.backup.id]
            _show(before, pair, outcome.plan.backup.synchronized, outcome.plan.difference)
            _show(after, pair, outcome.synchronized, outcome.difference)
            for flow in outcome.plan.invalidated_flows:
                before.setdefault("flows", {})[flow.name] = flow.status
                after.setdefault("flows", {})[flow.name] = SAVED
    failure = ""
    if not blocked and not failed and any(outcome.result == NOT_TRIED for outcome in outcomes):
        failure = f"{LEFT_OUT} {what_was_done(rows, 'backup')} Run the task again to do the rest."
    if failed:
        done = "Nothing was changed." if blocked else what_was_done(rows, "backup")
        said = last_words(outcome.error for outcome in failed if outcome.result == TIMED_OUT)
        failure = "\n".join([*said, *dict.fromkeys(outcome.message for outcome in failed), done])
    invalidated = sorted({name for row in rows for name in row["invalidated_flows"]})
    if invalidated:
        warnings = [
            *warnings,
            f"The synchronization makes {plural(len(invalidated), 'flow')} invalid that use a backup directly: "
            f"{enumerated(invalidated)}.",
        ]
    return Report(
        # What was asked for, and was not seen to end, may still come about.
        changed=bool(counted) or any(outcome.is_change or outcome.is_open for outcome in outcomes),
        actions=[outcome.plan.action for outcome in asked],
        items=("backups", rows),
        before=before,
        after=after,
        predicted=merged(task.predicted, {} if blocked else predict_synchronization(plan, estate)),
        warnings=warnings,
        failure=failure,
        error=next((outcome.error for outcome in failed if outcome.error), None),
    )


def _show(side: dict[str, t.Any], pair: tuple[str, str], synchronized: bool | None, left: ProfileDifference) -> None:
    master, backup = pair
    pairs = side.setdefault("backups", {}).setdefault(master, {})
    entry: dict[str, t.Any] = {"synchronized": synchronized}
    if left:
        entry["profiles_that_differ"] = {
            kind: names
            for kind, names in (
                ("missing", list(left.created)),
                ("not_on_the_master", list(left.removed)),
                ("different", {name: list(fields) for name, fields in left.replaced.items()}),
            )
            if names
        }
    pairs[backup] = entry
