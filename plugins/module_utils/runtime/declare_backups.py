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
from ..dr.topology import (
    ABSENT,
    EXACT,
    PRESENT,
    Declaration,
    MasterPlan,
    TopologyPlan,
    TopologyRules,
    hindrance,
    plan_topology,
)
from .frame import Task
from .lookup import labels_by_id, labels_of
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
    without_a_plan,
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
    try:
        declared = _declared(task.params)
        rules = _rules(task.params)
        plan = _read_and_plan(task, declared, rules)
    except (BadOption, CGError) as error:
        empty: dict[str, list[t.Any]] = {"impacted_flows": [], "stale_flows": [], "violations": []}
        return without_a_plan("masters", task.predicted, error, **empty)
    refusal = _refusal(task, plan)
    if refusal:
        return _report(task, plan, _untouched(plan, refused=True), list(plan.warnings), failure=refusal)
    warnings = [*plan.warnings, *_impact_warnings(plan), *_stale_warnings(plan)]
    if task.check_mode or not plan.changes:
        return _report(task, plan, _untouched(plan, refused=False), warnings)
    outcome = _Application(task, plan).run()
    return _report(task, plan, outcome, warnings + outcome.warnings, failure=outcome.failure())


def _declared(params: dict[str, t.Any]) -> list[Declaration]:
    """What the user declared; in YAML a key without a value is null, which a template leaves behind just as easily."""
    topology = params["topology"]
    if topology is None:
        if params["master"] is None:
            raise BadOption("topology: it is null; give it a list of masters with their backups.")
        if params["backups"] is None:
            raise BadOption("backups: it is null; write [] to mean no backups.")
        topology = [{"master": params["master"], "backups": params["backups"]}]
    for number, entry in enumerate(topology, start=1):
        if not isinstance(entry, dict) or entry.get("master") is None:
            raise BadOption(f"topology: entry {number} has no master.")
        if entry.get("backups") is None:
            raise BadOption(f"topology: entry {number}, {entry['master']}, has no backups; write [] to mean none.")
        if not all(name is not None and name.strip() for name in (entry["master"], *entry["backups"])):
            raise BadOption(f"topology: entry {number} names a product by an empty string.")
    return [Declaration(entry["master"], tuple(entry["backups"])) for entry in topology]


def _rules(params: dict[str, t.Any]) -> TopologyRules:
    protected = params["protected"] or ()
    if not all(name is not None and name.strip() for name in protected):
        raise BadOption("protected: it names a product by an empty string.")
    return TopologyRules(
        state=params["state"] or PRESENT,
        max_removals=limit_from(params, "max_removals"),
        protected=tuple(protected),
        allow_empty=bool(params["allow_empty"]),
        allow_shared_backup=bool(params["allow_shared_backup"]),
    )


def _read_and_plan(task: Task, declared: list[Declaration], rules: TopologyRules) -> TopologyPlan:
    """Reads as little as the answer needs: the named products; everything else only when something changes."""
    references = [entry.master for entry in declared] + [backup for entry in declared for backup in entry.backups]
    if rules.state != PRESENT:  # else nothing is removed, so nothing needs protection
        references += rules.protected
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
    return plan


def _refusal(task: Task, plan: TopologyPlan) -> str:
    if plan.violations:
        reasons = "\n".join(f"- {violation.message} [{violation.rule}]" for violation in plan.violations)
        return f"The topology has {plural(len(plan.violations), 'violation')}; nothing was changed.\n{reasons}"
    if plan.impacted_flows and task.params["on_impact"] == "fail":
        return "on_impact is fail, so nothing was changed. " + " ".join(_impact_warnings(plan))
    return ""


def _impact_warnings(plan: TopologyPlan) -> list[str]:
    warnings = []
    for change in plan.changes:
        flows = [impact.flow for impact in plan.impacted_flows if impact.master_id == change.master.id]
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
                if stale.master_id == change.master.id and stale.former_backup_id == backup.id
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
    left_out: dict[str, str] = field(default_factory=dict)  # why nothing was begun, where there is more to say
    warnings: list[str] = field(default_factory=list)
    statuses: dict[str, str] = field(default_factory=dict)  # of impacted flows, as they are now; else as predicted
    error: CGError | None = None
    was_attempted: bool = True
    is_refused: bool = False
    may_have_written: bool = False  # a write was lost, or accepted, and reading could not settle what came of it

    def failure(self) -> str:
        rows = [{"result": word} for word in self.results.values()]
        if not self.errors and NOT_TRIED not in self.results.values():
            return ""
        return (
            " ".join([*self.errors.values(), *self.left_out.values()] or [LEFT_OUT])
            + f" {what_was_done(rows, 'master')} Run the task again to do the rest; what is done stays done."
        )


def _untouched(plan: TopologyPlan, refused: bool) -> _Outcome:
    """The outcome without writes: as predicted, or as it is when the plan is refused."""
    after = {p.master.id: p.before if refused else p.after for p in plan.masters}
    word = NOT_TRIED if refused else WOULD_CHANGE
    results = {p.master.id: word if p.is_change else UNCHANGED for p in plan.masters}
    return _Outcome(results, after, was_attempted=False, is_refused=refused)


@dataclass
class _Application:
    """Carries out a plan: removals before additions, so that a backup can move, then reads every touched list back."""

    task: Task
    plan: TopologyPlan
    errors: dict[str, CGError] = field(default_factory=dict)
    tried: set[str] = field(default_factory=set)
    unsettled: set[str] = field(default_factory=set)  # masters of lost writes of which reading showed nothing yet
    kept: list[tuple[Product, Backup]] = field(default_factory=list)  # what was to be removed, and was not
    left_out: dict[str, dict[str, str]] = field(default_factory=dict)  # per master: additions not begun, and why
    warnings: list[str] = field(default_factory=list)

    def run(self) -> _Outcome:
        changes = self.plan.changes
        removals = [(c, b) for c in changes for b in c.removed]
        removed = self._attempt(removals, self._remove)
        self.kept = [(c.master, b) for (c, b), done in zip(removals, removed, strict=True) if not done]
        self._leave_out()
        self._attempt([(c, None) for c in changes if self._to_add(c)], self._add)
        try:
            seen = self.task.cg.backups(sorted(self.tried))
            seen.update(self._put_back_what_was_replaced(seen))
        except CGError as error:
            return self._unreadable(error)
        outcome = self._judge(seen)
        self._read_impacted(outcome)
        return outcome

    def _attempt(
        self, steps: t.Sequence[tuple[MasterPlan, Backup | None]], step: t.Callable[[tuple[MasterPlan, t.Any]], None]
    ) -> list[bool]:
        """Per step whether it was done."""
        go_on = self.task.params["continue_on_error"]
        if self.errors and not go_on:
            return [False] * len(steps)
        outcomes = try_each(step, steps, self.task.cg.max_parallel, no_failure if go_on else any_failure)
        for (change, _backup), outcome in zip(steps, outcomes, strict=True):
            if outcome is not False:
                self.tried.add(change.master.id)
            if isinstance(outcome, CGError):
                self.errors[change.master.id] = outcome
        return [outcome is True for outcome in outcomes]

    def _leave_out(self) -> None:
        """Which additions must not be made since removals failed; the rules were checked for all of them done."""
        for change in self.plan.changes:
            for backup in change.added:
                if self.errors and not self.task.params["continue_on_error"]:
                    reason = "the failure before it ended the task"
                elif change.master.id in self.errors:
                    reason = "a removal from the same list failed"
                else:
                    reason = hindrance(change.master, backup, self.kept, bool(self.task.params["allow_shared_backup"]))
                    reason = reason and f"{reason}, since a removal failed"
                if reason:
                    self.left_out.setdefault(change.master.id, {})[backup.id] = (
                        f"The addition of {backup.name} to {change.master.name} was not begun: {reason}."
                    )

    def _to_add(self, change: MasterPlan) -> tuple[Backup, ...]:
        return self._begun(change, change.added)

    def _begun(self, change: MasterPlan, backups: tuple[Backup, ...]) -> tuple[Backup, ...]:
        left_out = self.left_out.get(change.master.id, {})
        return tuple(backup for backup in backups if backup.id not in left_out)

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
            lambda: self.task.cg.add_backups(change.master, self._to_add(change), self._begun(change, change.after)),
            lambda ids: {backup.id for backup in self._to_add(change)} <= ids,
        )

    def _settled(self, master: Product, write: t.Callable[[], None], is_done: t.Callable[[set[str]], bool]) -> None:
        """Writes; an answer that is no success is settled by reading: a reply may be lost, another run may be first."""
        try:
            write()
        except CGError as error:
            if not error.was_sent:
                raise
            is_lost = error.may_have_happened and not error.is_final
            try:
                seen = self.task.cg.backups([master.id])[master.id]
            except CGError:
                if is_lost:
                    self.unsettled.add(master.id)
                raise error from None
            if not is_done({backup.id for backup in seen}):
                # Not there is not settled: it may still be at work.
                if is_lost:
                    self.unsettled.add(master.id)
                raise
            self.warnings.append(f"{error} Read back, the backups of {master.name} are as declared all the same.")

    def _put_back_what_was_replaced(self, seen: dict[str, tuple[Backup, ...]]) -> dict[str, tuple[Backup, ...]]:
        """A server whose POST replaces the list (we assume that it appends) has dropped the backups that stay."""
        dropped = []
        for change in self.plan.changes:
            ids = {backup.id for backup in seen.get(change.master.id, ())}
            stays = [backup for backup in change.before if backup in change.after]
            lost = [backup.name for backup in stays if backup.id not in ids]
            added = {backup.id for backup in self._to_add(change)}
            if change.master.id in seen and added and lost and added <= ids:
                dropped.append(change)
                self.warnings.append(
                    f"Central Governance replaced the backups of {change.master.name} where an addition was asked "
                    f"for, and dropped {enumerated(lost)}; the whole list was sent again. Set "
                    f"operations: {{add_backups: {{sends: {SENDS_WHOLE_LIST}}}}} for this server."
                )
        if not dropped:
            return {}

        def send_again(change: MasterPlan) -> None:
            whole_list = self._begun(change, change.after)
            self.task.cg.add_backups(change.master, whole_list, whole_list)

        try_each(
            send_again,
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
                self._say_why(outcome, master)
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
            sentences = [str(error)] if error else []
            if master.id in self.unsettled:
                outcome.may_have_written = True
                sentences.append("The outcome is unknown: Central Governance may have got it and still be at work.")
            sentences += self.left_out.get(master.id, {}).values()
            said = " ".join(sentences)
            outcome.errors[master.id] = (
                f"The backups of {master.name} are not as declared: "
                f"{said or 'Central Governance accepted the change without making it.'} They are now: {names}."
            )
            outcome.error = outcome.error or error
        return outcome

    def _say_why(self, outcome: _Outcome, master: Product) -> None:
        """For a master of which nothing was begun; that the first failure ends a task goes without saying."""
        if self.task.params["continue_on_error"] and master.id in self.left_out:
            outcome.left_out[master.id] = " ".join(self.left_out[master.id].values())

    def _unreadable(self, error: CGError) -> _Outcome:
        outcome = _Outcome({}, {p.master.id: p.before for p in self.plan.masters}, warnings=self.warnings)
        for plan in self.plan.masters:
            tried = plan.master.id in self.tried
            outcome.results[plan.master.id] = FAILED if tried else NOT_TRIED if plan.is_change else UNCHANGED
            if not tried:
                self._say_why(outcome, plan.master)
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
        touched_masters = {plan.master.id for plan in self.plan.changes if plan.master.id in self.tried}
        impacts = self.plan.impacted_flows
        outcome.statuses = {i.flow_id: i.status_before for i in impacts if i.master_id not in touched_masters}
        touched = {impact.flow_id for impact in impacts if impact.master_id in touched_masters}
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


def _report(task: Task, plan: TopologyPlan, outcome: _Outcome, warnings: list[str], failure: str = "") -> Report:
    rows = []
    before: dict[str, t.Any] = {}
    after: dict[str, t.Any] = {}
    actions: list[str] = []
    changed_masters = set()
    master_label = labels_of(p.master for p in plan.masters)
    flow_label = labels_by_id(
        {i.flow_id: i.flow for i in plan.impacted_flows} | {s.flow_id: s.flow for s in plan.stale_flows}
    )
    for master_plan in plan.masters:
        master = master_plan.master
        seen = replace(master_plan, after=outcome.after[master.id])
        if seen.is_change:
            changed_masters.add(master.id)
            actions += seen.actions
            before.setdefault("backups", {})[master_label[master.id]] = _names(seen.before)
            after.setdefault("backups", {})[master_label[master.id]] = _names(seen.after)
        row = {
            "master": master.name,
            "before": _names(seen.before),
            "after": _names(seen.after),
            "added": _names(seen.added),
            "removed": _names(seen.removed),
            "result": outcome.results[master.id],
        }
        message = outcome.errors.get(master.id) or outcome.left_out.get(master.id)
        if message:
            row["message"] = message
        rows.append(row)

    impacted = [
        replace(impact, status_after=outcome.statuses.get(impact.flow_id, impact.status_after))
        for impact in plan.impacted_flows
    ]
    # A refused plan changes nothing, so its diff is empty; the flows that it would have touched are in the results.
    for impact in impacted if not outcome.is_refused else ():
        if impact.status_before != impact.status_after:
            before.setdefault("flows", {})[flow_label[impact.flow_id]] = impact.status_before
            after.setdefault("flows", {})[flow_label[impact.flow_id]] = impact.status_after
    stale = [row for row in plan.stale_flows if not outcome.was_attempted or row.master_id in changed_masters]
    if changed_masters and stale:
        after["stale_deployments"] = sorted(f"{flow_label[row.flow_id]} on {row.former_backup}" for row in stale)
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
