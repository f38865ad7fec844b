# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""st_backup: carry out a plan, removals before additions so that a backup can move, and read every list back.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from ..cg_api.errors import CGError
from ..cg_api.operations import SENDS_WHOLE_LIST
from ..cg_api.parallel import any_failure, no_failure, try_each
from ..dr.model import DEPLOYED, Backup, Product
from ..dr.topology_rules import blocked_by
from ..dr.wording import enumerated
from .module import Task
from .st_backup_outcome import MasterOutcome
from .verb import Job

Step = tuple[MasterOutcome, t.Any]


def apply(task: Task, job: Job) -> None:
    _Application(task, [outcome for outcome in job.outcomes if outcome.has_work], job.warnings).run()


@dataclass
class _Application:
    task: Task
    outcomes: list[MasterOutcome]
    warnings: list[str]
    kept: list[tuple[Product, Backup]] = field(default_factory=list)  # what was to be removed, and was not

    @property
    def _goes_on(self) -> bool:
        return bool(self.task.params["continue_on_error"])

    @property
    def _has_failed(self) -> bool:
        return any(outcome.error for outcome in self.outcomes)

    def run(self) -> None:
        removals = [(outcome, backup) for outcome in self.outcomes for backup in outcome.plan.removed]
        removed = self._attempt(self._remove, removals)
        self.kept = [(o.plan.master, b) for (o, b), done in zip(removals, removed, strict=True) if not done]
        has_ended = self._has_failed and not self._goes_on
        for outcome in self.outcomes:
            self._withhold_additions(outcome, has_ended)
        self._attempt(
            self._add, [(outcome, None) for outcome in self.outcomes if outcome.attempted(outcome.plan.added)]
        )
        self._read_back()

    def _attempt(self, step: t.Callable[[Step], None], steps: t.Sequence[Step]) -> list[bool]:
        """Per step whether it was done."""
        if self._has_failed and not self._goes_on:
            return [False] * len(steps)
        results = try_each(step, steps, self.task.cg.max_parallel, no_failure if self._goes_on else any_failure)
        for (outcome, _backup), result in zip(steps, results, strict=True):
            outcome.was_tried |= result is not False
            if isinstance(result, CGError):
                outcome.error = result
        return [result is True for result in results]

    def _withhold_additions(self, outcome: MasterOutcome, has_ended: bool) -> None:
        """The rules were checked for the topology after all removals; some of these may have failed."""
        for backup in outcome.plan.added:
            if has_ended:
                reason = "the failure before it ended the task"
            elif outcome.error:
                reason = "a removal from the same list failed"
            else:
                allow_shared = bool(self.task.params["allow_shared_backup"])
                reason = blocked_by(outcome.plan.master, backup, self.kept, allow_shared)
                reason = reason and f"{reason}, since a removal failed"
            if reason:
                text = f"The addition of {backup.name} to {outcome.name} was not attempted: {reason}."
                outcome.withheld[backup.id] = text
        if outcome.withheld and self._goes_on:  # else the failure says it already
            outcome.message = " ".join(outcome.withheld.values())

    def _remove(self, step: Step) -> None:
        outcome, backup = step
        self._write(
            outcome,
            lambda: self.task.cg.remove_backup(outcome.plan.master, backup),
            lambda ids: backup.id not in ids,
        )

    def _add(self, step: Step) -> None:
        outcome, _all_at_once = step
        added, whole_list = outcome.attempted(outcome.plan.added), outcome.attempted(outcome.plan.after)
        self._write(
            outcome,
            lambda: self.task.cg.add_backups(outcome.plan.master, added, whole_list),
            lambda ids: {backup.id for backup in added} <= ids,
        )

    def _write(
        self, outcome: MasterOutcome, write: t.Callable[[], None], is_done: t.Callable[[set[str]], bool]
    ) -> None:
        """Writes; an answer that is no success is settled by reading: a reply may be lost, another run may be first."""
        try:
            write()
        except CGError as error:
            if not error.was_sent:
                raise
            if not self._is_done(outcome, is_done):
                # Not there is not settled: after a lost reply the server may still be at work.
                outcome.unknown |= error.may_have_happened and not error.is_final
                raise
            self._confirm_all_the_same(outcome, error)

    def _is_done(self, outcome: MasterOutcome, is_done: t.Callable[[set[str]], bool]) -> bool:
        try:
            seen = self.task.cg.backups([outcome.plan.master.id])[outcome.plan.master.id]
        except CGError:
            return False
        return is_done({backup.id for backup in seen})

    def _read_back(self) -> None:
        tried = [outcome for outcome in self.outcomes if outcome.was_tried]
        try:
            seen = self.task.cg.backups(sorted(outcome.plan.master.id for outcome in tried))
            seen.update(self._put_back_what_was_replaced(seen))
        except CGError as error:
            for outcome in tried:
                outcome.end_unread(error)
            return
        for outcome in tried:
            refusal = outcome.error
            outcome.judge(seen[outcome.plan.master.id])
            if refusal and not outcome.error:
                self._confirm_all_the_same(outcome, refusal)
        self._read_impacted(tried)

    def _confirm_all_the_same(self, outcome: MasterOutcome, error: CGError) -> None:
        self.warnings.append(f"{error} Read back, the backups of {outcome.name} are as declared all the same.")

    def _put_back_what_was_replaced(self, seen: dict[str, tuple[Backup, ...]]) -> dict[str, tuple[Backup, ...]]:
        """A server whose POST replaces the list (we assume that it appends) has dropped the backups that stay."""
        dropped = []
        for outcome in self.outcomes:
            ids = {backup.id for backup in seen.get(outcome.plan.master.id, ())}
            stays = [backup for backup in outcome.plan.before if backup in outcome.plan.after]
            lost = [backup.name for backup in stays if backup.id not in ids]
            added = {backup.id for backup in outcome.attempted(outcome.plan.added)}
            if outcome.was_tried and added and lost and added <= ids:
                dropped.append(outcome)
                self.warnings.append(
                    f"Central Governance replaced the backups of {outcome.name} where an addition was asked for, and "
                    f"dropped {enumerated(lost)}; the whole list was sent again. Set "
                    f"operations: {{add_backups: {{sends: {SENDS_WHOLE_LIST}}}}} for this server."
                )
        if not dropped:
            return {}

        def send_again(outcome: MasterOutcome) -> None:
            whole_list = outcome.attempted(outcome.plan.after)
            self.task.cg.add_backups(outcome.plan.master, whole_list, whole_list)

        try_each(send_again, dropped, self.task.cg.max_parallel, no_failure)
        return self.task.cg.backups([outcome.plan.master.id for outcome in dropped])

    def _read_impacted(self, tried: list[MasterOutcome]) -> None:
        flow_ids = sorted({impact.flow_id for outcome in tried for impact in outcome.seen.impacted_flows})
        if not flow_ids:
            return
        try:
            statuses = {flow.id: flow.status for flow in self.task.cg.flows(flow_ids)}
        except CGError as error:
            self.warnings.append(f"The impacted flows could not be read back, their statuses are predicted: {error}")
            return
        for outcome in tried:
            impacts = outcome.seen.impacted_flows
            impacts = tuple(replace(i, status_after=statuses.get(i.flow_id, i.status_after)) for i in impacts)
            outcome.seen = replace(outcome.seen, impacted_flows=impacts)
        kept = sorted({i.flow for o in tried for i in o.seen.impacted_flows if i.status_after == DEPLOYED})
        if kept:
            self.warnings.append(
                f"Central Governance still shows {enumerated(kept)} as Deployed although a backup was added."
            )
