# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""st_backup: carries out a plan, removals before additions so that a backup can move, and reads every list back.

PRIVATE to the collection: it may change at any time.

What is sent to add backups: it is documented that POST adds the given backups. It is not documented whether it appends
them to the list or replaces the list, and how it treats a backup that is already in the list. If the server replaces
the list, sending only the new backups would remove the others, with their flags, until they are added again. So the
whole list is sent, freshly read: if POST replaces, the list is right; if it appends, the existing backups change
nothing (assumed). A server that refuses existing backups has changed nothing, and appends: it gets only the new ones.
If the whole list was sent, a backup that is missing afterwards was removed by somebody else, and is not added again.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..cg_api.errors import CGError
from ..cg_api.operations import SENDS_ADDED, SENDS_CAREFULLY
from ..cg_api.parallel import any_failure, no_failure, try_each
from ..dr.estate import Estate
from ..dr.model import DEPLOYED, Backup, Product, ProfileDetail, Violation
from ..dr.topology import MasterPlan
from ..dr.topology_rules import TopologyRules, blocked_by, check_pairs
from ..dr.wording import enumerated
from .module import Task
from .report import FAILED
from .st_backup_outcome import MasterOutcome
from .verb import Job

Step = tuple[MasterOutcome, t.Any]
# The statuses with which a server may refuse a list that holds an existing backup (assumed).
REFUSALS_OF_EXISTING_BACKUPS = frozenset({400, 409, 422})


def apply(task: Task, job: Job) -> None:
    _Application(task, [outcome for outcome in job.outcomes if outcome.has_work], job.warnings).run()


@dataclass
class _Application:
    task: Task
    outcomes: list[MasterOutcome]
    warnings: list[str]
    kept: list[tuple[Product, Backup]] = field(default_factory=list)  # removals that failed
    lists: dict[str, set[str]] = field(default_factory=dict)  # for each master, just before the additions
    refuses_existing_backups: bool = False

    @property
    def _continues_on_error(self) -> bool:
        return bool(self.task.params["continue_on_error"])

    @property
    def _has_failed(self) -> bool:
        return any(outcome.error for outcome in self.outcomes)

    def run(self) -> None:
        removals = [(outcome, backup) for outcome in self.outcomes for backup in outcome.plan.removed]
        removed = self._attempt(self._remove, removals)
        self.kept = [(o.plan.master, b) for (o, b), done in zip(removals, removed, strict=True) if not done]
        is_stopped = self._has_failed and not self._continues_on_error
        for outcome in self.outcomes:
            self._withhold_additions(outcome, is_stopped)
        self._add_all([outcome for outcome in self.outcomes if outcome.attempted(outcome.plan.added)])
        self._read_back()

    def _attempt(self, step: t.Callable[[Step], None], steps: t.Sequence[Step]) -> list[bool]:
        """For each step whether it was done."""
        if self._has_failed and not self._continues_on_error:
            return [False] * len(steps)
        counted = self.task.progress.counted(step, len(steps), "requests answered")
        stops = no_failure if self._continues_on_error else any_failure
        results = try_each(counted, steps, self.task.cg.max_parallel, stops)
        for (outcome, _backup), result in zip(steps, results, strict=True):
            outcome.was_tried |= result is not False
            if isinstance(result, CGError):
                outcome.error = result
        return [result is True for result in results]

    def _withhold_additions(self, outcome: MasterOutcome, is_stopped: bool) -> None:
        """The rules were checked for the topology after all removals; some of these may have failed."""
        for backup in outcome.plan.added:
            if is_stopped:
                reason = "an earlier failure ended the task"
            elif outcome.error:
                reason = "a removal from the same list failed"
            else:
                allow_shared = bool(self.task.params["allow_shared_backup"])
                reason = blocked_by(outcome.plan.master, backup, self.kept, allow_shared)
                reason = reason and f"{reason}, since a removal failed"
            if reason:
                text = f"The addition of {backup.name} to {outcome.name} was not attempted: {reason}."
                outcome.withheld[backup.id] = text
        if outcome.withheld and self._continues_on_error:  # otherwise the failure already says so
            outcome.message = " ".join(outcome.withheld.values())

    def _remove(self, step: Step) -> None:
        outcome, backup = step
        self._write(
            outcome,
            lambda: self.task.cg.remove_backup(outcome.plan.master, backup),
            lambda ids: backup.id not in ids,
        )

    def _add_all(self, outcomes: list[MasterOutcome]) -> None:
        with_kept: list[MasterOutcome] = []
        rest: list[MasterOutcome] = []
        for outcome in outcomes:
            (with_kept if outcome.plan.kept and self._sends != SENDS_ADDED else rest).append(outcome)
        try:
            seen = self.task.cg.backups([outcome.plan.master.id for outcome in with_kept]) if with_kept else {}
        except CGError as error:
            for outcome in with_kept:
                text = f"The backups of {outcome.name} could not be read, so nothing was added to them: {error}"
                outcome.end(FAILED, text, error)
            with_kept, seen = [], {}
        self.lists = {master_id: {backup.id for backup in backups} for master_id, backups in seen.items()}
        # The first one shows whether the server accepts a list with existing backups.
        self._attempt(self._add, [(outcome, None) for outcome in with_kept[:1]])
        self._attempt(self._add, [(outcome, None) for outcome in (*with_kept[1:], *rest)])

    @property
    def _sends(self) -> str:
        return self.task.cg.operations["add_backups"].sends

    def _add(self, step: Step) -> None:
        outcome, _all_at_once = step
        added = outcome.attempted(outcome.plan.added)
        self._write(
            outcome,
            lambda: self._send_additions(outcome.plan, added),
            lambda ids: {backup.id for backup in added} <= ids,
        )

    def _send_additions(self, plan: MasterPlan, added: tuple[Backup, ...]) -> None:
        still_there = self.lists.get(plan.master.id, set())
        kept = [backup for backup in plan.kept if backup.id in still_there]
        may_leave_out = bool(kept) and self._sends == SENDS_CAREFULLY
        if may_leave_out and self.refuses_existing_backups:
            kept = []
        try:
            self.task.cg.add_backups(plan.master, [*kept, *added])
        except CGError as error:
            if not (kept and may_leave_out and error.status in REFUSALS_OF_EXISTING_BACKUPS):
                raise
            self.task.cg.add_backups(plan.master, added)
            self.refuses_existing_backups = True

    def _write(
        self, outcome: MasterOutcome, write: t.Callable[[], None], is_done: t.Callable[[set[str]], bool]
    ) -> None:
        """Sends the write; if it fails, reads back: the reply may be lost, or another run may have been first."""
        try:
            write()
            outcome.accepted = True
        except CGError as error:
            if not error.was_sent:
                raise
            if not self._is_done(outcome, is_done):
                # This does not prove a failure: after a lost reply the server may still be processing the request.
                outcome.unknown |= error.may_have_happened and not error.is_final
                raise
            self._warn_that_it_is_done(outcome, error)

    def _is_done(self, outcome: MasterOutcome, is_done: t.Callable[[set[str]], bool]) -> bool:
        try:
            seen = self.task.cg.backups([outcome.plan.master.id])[outcome.plan.master.id]
        except CGError:
            return False
        return is_done({backup.id for backup in seen})

    def _read_back(self) -> None:
        tried = [outcome for outcome in self.outcomes if outcome.was_tried]
        adds = any(outcome.plan.added for outcome in tried)
        try:
            # After an addition, the lists of all other masters matter too.
            estate = Estate(self.task.cg.products(profiles=ProfileDetail.NONE) if adds else ())
            seen = {master.id: master.backups for master in estate.products.values()}
            seen |= self.task.cg.backups(sorted({outcome.plan.master.id for outcome in tried} - seen.keys()))
        except CGError as error:
            for outcome in tried:
                outcome.end_unread(error)
            return
        for outcome in tried:
            refusal = outcome.error
            self.warnings += outcome.judge(seen[outcome.plan.master.id])
            if refusal and not outcome.error:
                self._warn_that_it_is_done(outcome, refusal)
        self._judge_rules_again([outcome for outcome in tried if not outcome.is_failed], estate)
        self._read_impacted(tried)

    def _judge_rules_again(self, done: list[MasterOutcome], estate: Estate) -> None:
        """Another run may have added the same backup to another master in the meantime."""
        rules = TopologyRules(allow_shared_backup=bool(self.task.params["allow_shared_backup"]))
        found: dict[str, list[Violation]] = {}
        for violation in check_pairs([outcome.plan for outcome in done], estate, rules, are_done=True):
            found.setdefault(violation.master_id, []).append(violation)
        for outcome in done:
            outcome.violations = found.get(outcome.plan.master.id, [])
            if outcome.violations:
                reasons = " ".join(violation.message for violation in outcome.violations)
                text = f"The backups of {outcome.name} are as declared, but another run has changed other masters since"
                outcome.end(FAILED, f"{text}: {reasons}")

    def _warn_that_it_is_done(self, outcome: MasterOutcome, error: CGError) -> None:
        self.warnings.append(f"{error} Nevertheless the backups of {outcome.name}, read back, are as declared.")

    def _read_impacted(self, tried: list[MasterOutcome]) -> None:
        flow_ids = sorted({impact.flow_id for outcome in tried for impact in outcome.seen.impacted_flows})
        if not flow_ids:
            return
        try:
            statuses = {flow.id: flow.status for flow in self.task.cg.flows(flow_ids)}
        except CGError as error:
            self.warnings.append(f"The impacted flows could not be read back, so their statuses are predicted: {error}")
            return
        for outcome in tried:
            impacts = outcome.seen.impacted_flows
            impacts = tuple(i._replace(status_after=statuses.get(i.flow_id, i.status_after)) for i in impacts)
            outcome.seen = outcome.seen._replace(impacted_flows=impacts)
        kept = sorted({i.flow for o in tried for i in o.seen.impacted_flows if i.status_after == DEPLOYED})
        if kept:
            self.warnings.append(
                f"Central Governance still shows {enumerated(kept)} as Deployed although a backup was added."
            )
