# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""st_backup: the outcome for each master, and its report.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..cg_api.errors import CGError
from ..dr.model import DEPLOYED, Backup, Violation
from ..dr.topology import MasterPlan
from ..dr.wording import enumerated
from .module import Task
from .report import CHANGED, FAILED, WOULD_CHANGE
from .verb import Diff, Outcome


@dataclass(eq=False)
class MasterOutcome(Outcome):
    """``seen`` is the part of the plan that was carried out; ``withheld`` maps a businessId to why it was not added."""

    plan: MasterPlan
    seen: MasterPlan = field(init=False)
    was_tried: bool = field(init=False, default=False)
    withheld: dict[str, str] = field(init=False, default_factory=dict)
    violations: list[Violation] = field(init=False, default_factory=list)  # found after the changes

    def __post_init__(self) -> None:
        super().__post_init__()
        self.seen = self.plan.as_seen(self.plan.before)

    @property
    def is_change(self) -> bool:
        return bool(self.actions)

    @property
    def actions(self) -> list[str]:
        """The part of the plan that was carried out."""
        seen = set(self.seen.actions)
        return [action for action in self.plan.actions if action in seen]

    def predict(self, task: Task) -> None:
        self.seen = self.plan
        self.end(WOULD_CHANGE)

    def attempted(self, backups: tuple[Backup, ...]) -> tuple[Backup, ...]:
        """The backups without those whose addition was withheld."""
        return tuple(backup for backup in backups if backup.id not in self.withheld)

    def judge(self, backups: tuple[Backup, ...]) -> list[str]:
        """Sets the result by the backups that were read back, not by the replies to the writes. Returns warnings."""
        self.seen = self.plan.as_seen(backups)
        wrong, remarks = self.plan.deviations(backups)
        if not wrong:
            self.end(CHANGED)
            return [f"Of the backups of {self.name}, {clause} while this task ran." for clause in remarks]
        reasons = [str(self.error)] if self.error else []
        if self.unknown:
            reasons.append(
                "The outcome is unknown: Central Governance may have received the request and still be processing it."
            )
        reasons += self.withheld.values()
        is_hidden = self.accepted and not self.actions
        if is_hidden:
            reasons.append("Central Governance accepted the change but does not show it. It may still be made.")
        now = enumerated(_names(backups)) or "none"
        sentences = [f"The backups of {self.name} are not as declared: {', '.join(wrong)}.", *reasons]
        self.end(FAILED, " ".join([*sentences, f"They are now: {now}."]), self.error, self.unknown or is_hidden)
        return []

    def end_unread(self, error: CGError) -> None:
        cause = self.error or error
        text = f"The backups of {self.name} could not be read back, so whether the change was made is not known"
        self.end(FAILED, f"{text}: {cause}", cause, unknown=True)

    def row(self) -> dict[str, t.Any]:
        return {
            "master": self.name,
            "master_id": self.plan.master.id,
            "before": _names(self.seen.before),
            "after": _names(self.seen.after),
            "added": _names(self.seen.added),
            "removed": _names(self.seen.removed),
        }

    def diff(self, labels: t.Mapping[str, str]) -> tuple[Diff, Diff]:
        master = labels[self.plan.master.id]
        before: Diff = {"backups": {master: _names(self.seen.before)}, "flows": {}}
        after: Diff = {"backups": {master: _names(self.seen.after)}, "flows": {}, "stale_deployments": {}}
        for impact in self.seen.impacted_flows:
            if impact.status_before != impact.status_after:
                before["flows"][labels[impact.flow_id]] = impact.status_before
                after["flows"][labels[impact.flow_id]] = impact.status_after
        for stale in self.seen.stale_flows:
            after["stale_deployments"].setdefault(labels[stale.flow_id], {})[stale.former_backup] = DEPLOYED
        return before, after


def _names(backups: t.Iterable[Backup]) -> list[str]:
    return [backup.name for backup in backups]
