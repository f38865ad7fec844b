# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""st_backup: from options to a plan, from a plan to writes, from what is read back to results.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field, replace

from ..cg_api.errors import BadOption, CGError
from ..cg_api.operations import SENDS_WHOLE_LIST
from ..cg_api.parallel import any_failure, no_failure, try_each
from ..dr.estate import Estate
from ..dr.model import DEPLOYED, Backup, Product
from ..dr.prediction import merged, overlay, predict_topology
from ..dr.topology import ABSENT, EXACT, PRESENT, Declaration, MasterPlan, TopologyPlan, TopologyRules, plan_topology
from .frame import Task
from .options import VERB, limit_from
from .report import (
    CHANGED,
    FAILED,
    LEFT_OUT,
    NOT_TRIED,
    UNCHANGED,
    WOULD_CHANGE,
    Report,
    enumerated,
    plural,
    what_was_done,
)

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "topology": {
        "type": "list",
        "elements": "dict",
        "options": {
            "master": {"type": "str", "required": True},
            "backups": {"type": "list", "elements": "str", "required": True},
        },
    },
    "master": {"type": "str"},
    "backups": {"type": "list", "elements": "str"},
    "state": {"type": "str", "choices": [PRESENT, EXACT, ABSENT], "default": PRESENT},
    "max_removals": {"type": "str"},
    "protected": {"type": "list", "elements": "str", "default": []},
    "allow_empty": {"type": "bool", "default": False},
    "allow_shared_backup": {"type": "bool", "default": False},
    "on_impact": {"type": "str", "choices": ["warn", "fail"], "default": "warn"},
    **VERB,
}
CONSTRAINTS: dict[str, t.Any] = {
    "required_one_of": [("topology", "master")],
    "mutually_exclusive": [("topology", "master"), ("topology", "backups")],
    "required_together": [("master", "backups")],
}


def declare_backups(task: Task) -> Report:
    declared = _declared(task.params)
    rules = TopologyRules(
        state=task.params["state"],
        max_removals=limit_from(task.params, "max_removals"),
        protected=tuple(task.params["protected"]),
        allow_empty=task.params["allow_empty"],
        allow_shared_backup=task.params["allow_shared_backup"],
    )
    estate, plan = _read_and_plan(task, declared, rules)
    warnings = _impact_warnings(plan) + _stale_warnings(plan)
    refusal = _refusal(task, plan)
    if refusal:
        return _report(task, estate, plan, _untouched(plan, refused=True), warnings, failure=refusal)
    if task.check_mode or not plan.changes:
        return _report(task, estate, plan, _untouched(plan, refused=False), warnings)
    outcome = _Application(task, plan).run()
    return _report(task, estate, plan, outcome, warnings + outcome.warnings, failure=outcome.failure())


def _declared(params: dict[str, t.Any]) -> list[Declaration]:
    topology = params["topology"]
    if topology is None:
        topology = [{"master": params["master"], "backups": params["backups"]}]
    for number, entry in enumerate(topology, start=1):
        if not entry["master"].strip() or not all(backup.strip() for backup in entry["backups"]):
            raise BadOption(f"topology: entry {number} names a product by an empty string.")
    return [Declaration(entry["master"], tuple(entry["backups"])) for entry in topology]


def _read_and_plan(task: Task, declared: list[Declaration], rules: TopologyRules) -> tuple[Estate, TopologyPlan]:
    """Reads as little as the answer needs: the named products; everything else only when something changes."""
    references = [entry.master for entry in declared]
    if rules.state != ABSENT:
        references += [backup for entry in declared for backup in entry.backups]
    estate = overlay(Estate(task.cg.products(references)), task.predicted)
    plan = plan_topology(declared, estate, rules)
    if plan.violations or any(change.added for change in plan.changes):
        estate = overlay(Estate(task.cg.products()), task.predicted)
        plan = plan_topology(declared, estate, rules)
    if plan.changes:
        removes = any(change.removed for change in plan.changes)
        flows, deployments = task.cg.flows(), task.cg.deployments() if removes else []
        estate = overlay(Estate(estate.products.values(), flows, deployments), task.predicted)
        plan = plan_topology(declared, estate, rules)
    return estate, plan


def _refusal(task: Task, plan: TopologyPlan) -> str:
    if plan.violations:
        reasons = "\n".join(f"- {violation.message} [{violation.rule}]" for violation in plan.violations)
        return f"The topology breaks {plural(len(plan.violations), 'rule')}; nothing was changed.\n{reasons}"
    if plan.impacted_flows and task.params["on_impact"] == "fail":
        return "on_impact is fail, so nothing was changed. " + " ".join(_impact_warnings(plan))
    return ""


def _impact_warnings(plan: TopologyPlan) -> list[str]:
    warnings = []
    for change in plan.changes:
        flows = [impact.flow for impact in plan.impacted_flows if impact.master == change.master.name]
        if flows:
            warnings.append(
                f"Adding {enumerated([b.name for b in change.added])} to the backups of {change.master.name} sends "
                f'{plural(len(flows), "deployed flow")} to "Saved, not deployed": {enumerated(flows)}. '
                "Deploy them again once the backups are synchronized."
            )
    return warnings


def _stale_warnings(plan: TopologyPlan) -> list[str]:
    warnings = []
    for change in plan.changes:
        for backup in change.removed:
            flows = [
                stale.flow
                for stale in plan.stale_flows
                if stale.master == change.master.name and stale.former_backup == backup.name
            ]
            if flows:
                warnings.append(
                    f"Removing {backup.name} from the backups of {change.master.name} leaves it with "
                    f"{plural(len(flows), 'stale deployment')}, of which Central Governance says nothing: "
                    f"{enumerated(flows)}. Deploy them again to clean it up."
                )
    return warnings


@dataclass
class _Outcome:
    """Per master (businessId): the result word, the backups as they are now, and what went wrong."""

    results: dict[str, str]
    after: dict[str, tuple[Backup, ...]]
    errors: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    statuses: dict[str, str] = field(default_factory=dict)  # of impacted flows, as they are now; else as predicted
    error: CGError | None = None
    was_attempted: bool = True
    may_have_written: bool = False  # a write was accepted or lost, and its effect could not be read

    def failure(self) -> str:
        rows = [{"result": word} for word in self.results.values()]
        if not self.errors and NOT_TRIED not in self.results.values():
            return ""
        return (
            " ".join(self.errors.values() or [LEFT_OUT])
            + f" {what_was_done(rows, 'master')} Run the task again to do the rest; what is done stays done."
        )


def _untouched(plan: TopologyPlan, refused: bool) -> _Outcome:
    """The outcome without writes: as predicted, or as it is when the plan is refused."""
    after = {p.master.id: p.before if refused else p.after for p in plan.masters}
    word = NOT_TRIED if refused else WOULD_CHANGE
    results = {p.master.id: word if p.is_change else UNCHANGED for p in plan.masters}
    return _Outcome(results, after, was_attempted=False)


@dataclass
class _Application:
    """Carries out a plan: removals before additions, so that a backup can move, then reads every touched list back."""

    task: Task
    plan: TopologyPlan
    errors: dict[str, CGError] = field(default_factory=dict)
    tried: set[str] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)

    def run(self) -> _Outcome:
        changes = self.plan.changes
        self._attempt([(c, b) for c in changes for b in c.removed], self._remove)
        self._attempt([(c, None) for c in changes if c.added and c.master.id not in self.errors], self._add)
        try:
            seen = self.task.cg.backups(sorted(self.tried))
            seen.update(self._put_back_what_was_replaced(seen))
        except CGError as error:
            return self._unreadable(error)
        outcome = self._judge(seen)
        self._read_impacted(outcome)
        return outcome

    def _attempt(
        self, steps: list[tuple[MasterPlan, Backup | None]], step: t.Callable[[tuple[MasterPlan, t.Any]], None]
    ) -> None:
        go_on = self.task.params["continue_on_error"]
        if self.errors and not go_on:
            return
        outcomes = try_each(step, steps, self.task.cg.max_parallel, no_failure if go_on else any_failure)
        for (change, _backup), outcome in zip(steps, outcomes, strict=True):
            if outcome is not False:
                self.tried.add(change.master.id)
            if isinstance(outcome, CGError):
                self.errors[change.master.id] = outcome

    def _remove(self, step: tuple[MasterPlan, Backup]) -> None:
        change, backup = step
        self._settled(
            change.master,
            lambda: self.task.cg.remove_backup(change.master, backup),
            lambda ids: backup.id not in ids,
        )

    def _add(self, step: tuple[MasterPlan, None]) -> None:
        change, _all_at_once = step
        self._settled(
            change.master,
            lambda: self.task.cg.add_backups(change.master, change.added, change.after),
            lambda ids: {backup.id for backup in change.added} <= ids,
        )

    def _settled(self, master: Product, write: t.Callable[[], None], is_done: t.Callable[[set[str]], bool]) -> None:
        """Writes; an answer that is no success is settled by reading: a reply may be lost, another run may be first."""
        try:
            write()
        except CGError as error:
            if error.outcome == "not_sent":
                raise
            try:
                seen = self.task.cg.backups([master.id])[master.id]
            except CGError:
                raise error from None
            if not is_done({backup.id for backup in seen}):
                raise
            self.warnings.append(f"{error} Read back, the backups of {master.name} are as declared all the same.")

    def _put_back_what_was_replaced(self, seen: dict[str, tuple[Backup, ...]]) -> dict[str, tuple[Backup, ...]]:
        """A server whose POST replaces the list (we assume that it appends) has dropped the backups that stay."""
        dropped = []
        for change in self.plan.changes:
            ids = {backup.id for backup in seen.get(change.master.id, ())}
            stays = [backup for backup in change.before if backup in change.after]
            lost = [backup.name for backup in stays if backup.id not in ids]
            if change.master.id in seen and change.added and lost and {b.id for b in change.added} <= ids:
                dropped.append(change)
                self.warnings.append(
                    f"Central Governance replaced the backups of {change.master.name} where an addition was asked "
                    f"for, and dropped {enumerated(lost)}; the whole list was sent again. Set "
                    f"operations: {{add_backups: {{sends: {SENDS_WHOLE_LIST}}}}} for this server."
                )
        if not dropped:
            return {}
        try_each(
            lambda change: self.task.cg.add_backups(change.master, change.after, change.after),
            dropped,
            self.task.cg.max_parallel,
            no_failure,
        )
        return self.task.cg.backups([change.master.id for change in dropped])

    def _judge(self, seen: dict[str, tuple[Backup, ...]]) -> _Outcome:
        """Success is what was read back, whatever the answers to the writes were."""
        outcome = _Outcome({}, {}, warnings=self.warnings)
        for plan in self.plan.masters:
            master = plan.master
            outcome.after[master.id] = seen.get(master.id, plan.before)
            if not plan.is_change:
                outcome.results[master.id] = UNCHANGED
                continue
            if master.id not in self.tried:
                outcome.results[master.id] = NOT_TRIED
                continue
            ids = {backup.id for backup in seen[master.id]}
            wanted, unwanted = {backup.id for backup in plan.after}, {backup.id for backup in plan.removed}
            error = self.errors.get(master.id)
            if wanted <= ids and not unwanted & ids:
                outcome.results[master.id] = CHANGED
                if error:
                    outcome.warnings.append(
                        f"{error} Read back, the backups of {master.name} are as declared all the same."
                    )
                continue
            outcome.results[master.id] = FAILED
            names = enumerated([backup.name for backup in seen[master.id]]) or "none"
            said = str(error) if error else "Central Governance accepted the change without making it."
            outcome.errors[master.id] = (
                f"The backups of {master.name} are not as declared: {said} They are now: {names}."
            )
            outcome.error = outcome.error or error
        return outcome

    def _unreadable(self, error: CGError) -> _Outcome:
        outcome = _Outcome({}, {p.master.id: p.before for p in self.plan.masters}, warnings=self.warnings)
        for plan in self.plan.masters:
            tried = plan.master.id in self.tried
            outcome.results[plan.master.id] = FAILED if tried else NOT_TRIED if plan.is_change else UNCHANGED
            if tried:
                own = self.errors.get(plan.master.id)
                outcome.errors[plan.master.id] = (
                    f"The backups of {plan.master.name} could not be read back after the change, so whether it was "
                    f"made is not known: {own or error}"
                )
        outcome.error = error
        outcome.may_have_written = bool(self.tried)
        return outcome

    def _read_impacted(self, outcome: _Outcome) -> None:
        touched_masters = {plan.master.name for plan in self.plan.changes if plan.master.id in self.tried}
        impacts = self.plan.impacted_flows
        outcome.statuses = {i.flow_id: i.status_before for i in impacts if i.master not in touched_masters}
        touched = {impact.flow_id for impact in impacts if impact.master in touched_masters}
        if not touched:
            return
        try:
            outcome.statuses |= {f.id: f.status for f in self.task.cg.flows(sorted(touched)) if f.id in touched}
        except CGError as error:
            outcome.warnings.append(f"The impacted flows could not be read back, their statuses are predicted: {error}")
            return
        kept = [i.flow for i in impacts if i.flow_id in touched and outcome.statuses.get(i.flow_id) == DEPLOYED]
        if kept and not outcome.errors:
            outcome.warnings.append(
                f"Central Governance still shows {enumerated(kept)} as Deployed although a backup was added."
            )


def _report(
    task: Task, estate: Estate, plan: TopologyPlan, outcome: _Outcome, warnings: list[str], failure: str = ""
) -> Report:
    rows = []
    before: dict[str, t.Any] = {}
    after: dict[str, t.Any] = {}
    actions: list[str] = []
    changed_masters = set()
    for master_plan in plan.masters:
        master = master_plan.master
        seen = replace(master_plan, after=outcome.after[master.id])
        if seen.is_change:
            changed_masters.add(master.name)
            actions += seen.actions
            before.setdefault("backups", {})[master.name] = _names(seen.before)
            after.setdefault("backups", {})[master.name] = _names(seen.after)
        row = {
            "master": master.name,
            "before": _names(seen.before),
            "after": _names(seen.after),
            "added": _names(seen.added),
            "removed": _names(seen.removed),
            "result": outcome.results[master.id],
        }
        if master.id in outcome.errors:
            row["message"] = outcome.errors[master.id]
        rows.append(row)

    impacted = [
        replace(impact, status_after=outcome.statuses.get(impact.flow_id, impact.status_after))
        for impact in plan.impacted_flows
    ]
    for impact in impacted:
        if impact.status_before != impact.status_after:
            before.setdefault("flows", {})[impact.flow] = impact.status_before
            after.setdefault("flows", {})[impact.flow] = impact.status_after
    stale = [row for row in plan.stale_flows if not outcome.was_attempted or row.master in changed_masters]
    if changed_masters and stale:
        after["stale_deployments"] = sorted(f"{row.flow} on {row.former_backup}" for row in stale)
    return Report(
        changed=bool(changed_masters) or outcome.may_have_written,
        actions=actions,
        items=("masters", rows),
        results={
            "impacted_flows": [impact.as_result() for impact in impacted],
            "stale_flows": [row.as_result() for row in stale],
            "violations": [violation.as_result() for violation in plan.violations],
        },
        before=before,
        after=after,
        predicted=merged(task.predicted, {} if failure else predict_topology(plan)),
        warnings=warnings,
        failure=failure,
        error=outcome.error,
    )


def _names(backups: t.Iterable[Backup]) -> list[str]:
    return [backup.name for backup in backups]
