# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""st_sync: starts the synchronizations that are needed, waits for them, and reports only what was read back.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..cg_api.errors import BadOption, CGError
from ..dr.estate import Estate, find_entry
from ..dr.identity import any_refers_to, refers_to
from ..dr.model import SAVED, Flow, Product, ProfileDetail, is_known
from ..dr.prediction import predict_synchronization
from ..dr.profiles import ProfileDifference, compare_profiles
from ..dr.synchronization import (
    FORCE,
    BackupPlan,
    SynchronizationPlan,
    SynchronizationRules,
    needs_synchronization,
    plan_synchronization,
)
from ..dr.wording import did_you_mean, enumerated, plural
from .lookup import find_masters
from .module import Task
from .options import VERB, WAITING, limit_from
from .report import CHANGED, FAILED, UNCHANGED, WOULD_CHANGE
from .verb import Diff, Job, Verb
from .waiting import Waiting
from .watching import POLLS_BEFORE_UNCHANGED_COUNTS, WatchedOutcome, start_and_watch


def plan(task: Task) -> Job:
    Waiting.from_params(task.params)  # fails on a wrong option before anything is read
    rules = SynchronizationRules(
        force=task.params["force"],
        max_profile_removals=limit_from(task.params, "max_profile_removals"),
        allow_flow_invalidation=task.params["allow_flow_invalidation"],
        wait=task.params["wait"],
    )
    planned, estate = _read_and_plan(task, rules)
    warnings = [warning for backup in planned.backups for warning in backup.warnings]
    outcomes = [SyncOutcome(p, p.backup.name, f"synchronized with {p.master.name}") for p in planned.backups]
    return Job(
        outcomes,
        predicted=lambda: predict_synchronization(planned, estate),
        warnings=warnings,
        counts=lambda: {"flag_disagrees_count": sum(outcome.flag_disagrees for outcome in outcomes)},
    )


def _read_and_plan(task: Task, rules: SynchronizationRules) -> tuple[SynchronizationPlan, Estate]:
    """Reads the named masters and their backups; all products and flows only when something is to be done, in bulk."""
    references = task.params["masters"]
    products: t.Iterable[Product] = task.cg.products(references, profiles=ProfileDetail.COMPARED)
    estate, has_all = task.estate(products), task.cg.has_read_all_products
    if references is None:
        masters = sorted(estate.masters, key=lambda master: master.name)
    else:
        masters = find_masters(task, estate, references, for_information=False)
    only = _chosen_backups(task.params["backups"], masters)
    wanted = [b for m in masters for b in m.backups if only is None or b.id in only]
    is_needed = any(needs_synchronization(backup, rules) for backup in wanted)
    if not is_needed:
        if missing := sorted({backup.id for backup in wanted} - estate.products.keys()):
            estate = task.estate(
                [*estate.products.values(), *task.cg.products(missing, profiles=ProfileDetail.COMPARED)]
            )
        planned = plan_synchronization(masters, estate, rules, only)
        is_needed = any(backup.is_needed for backup in planned.backups)  # by their profiles
    if is_needed:
        products = estate.products.values() if has_all else task.cg.products(profiles=ProfileDetail.COMPARED)
        estate = task.estate(products, task.cg.flows())
        masters = [estate.products.get(master.id, master) for master in masters]
        planned = plan_synchronization(masters, estate, rules, only)
    return planned, estate


def _chosen_backups(references: list[str] | None, masters: list[Product]) -> set[str] | None:
    """The businessIds of the backups that the option names; None when it names none."""
    if references is None:
        return None
    listed = [backup for master in masters for backup in master.backups]
    unknown = [reference for reference in references if not any(refers_to(reference, backup) for backup in listed)]
    if unknown:
        owners = enumerated([m.name for m in masters]) if masters else "any master"
        suggestions = "".join(did_you_mean(reference, (b.name for b in listed)) for reference in unknown)
        raise BadOption(f"backups: {', '.join(unknown)} is not among the backups of {owners}.{suggestions}")
    return {backup.id for backup in listed if any_refers_to(references, backup)}


def apply(task: Task, job: Job) -> None:
    start_and_watch(
        task,
        job.outcomes,
        request=lambda outcome: task.cg.synchronize(outcome.plan.master, outcome.plan.backup),
        observe=lambda pending: _observe(task, pending),
    )
    _read_invalidated_flows(task, [outcome for outcome in job.outcomes if outcome.actions], job.warnings)


def _observe(task: Task, pending: list[SyncOutcome]) -> None:
    """Reads the flags, and the profiles of what Central Governance calls synchronized.

    For many masters one bulk read returns both.
    """
    master_ids = sorted({outcome.plan.master.id for outcome in pending})
    products = _products_of(task, pending) if task.cg.reads_in_bulk(master_ids) else {}
    lists = {i: products[i].backups for i in master_ids if i in products and is_known(products[i].backups)}
    lists |= task.cg.backups([master_id for master_id in master_ids if master_id not in lists])
    for outcome in pending:
        entry = find_entry(lists.get(outcome.plan.master.id, ()), outcome.plan.backup)
        outcome.is_missing = entry is None
        if entry:
            outcome.synchronized = entry.synchronized
    flagged = [outcome for outcome in pending if outcome.synchronized is True and not outcome.is_missing]
    if flagged and not products:
        products = _products_of(task, flagged)
    for outcome in flagged:
        master, backup = products.get(outcome.plan.master.id), products.get(outcome.plan.backup.id)
        outcome.is_missing = not (master and backup)
        if master and backup:
            outcome.difference = compare_profiles(master.profiles, backup.profiles)


def _products_of(task: Task, outcomes: list[SyncOutcome]) -> dict[str, Product]:
    wanted = sorted({record.id for outcome in outcomes for record in (outcome.plan.master, outcome.plan.backup)})
    return {product.id: product for product in task.cg.products(wanted, profiles=ProfileDetail.COMPARED)}


def _read_invalidated_flows(task: Task, outcomes: list[SyncOutcome], warnings: list[str]) -> None:
    flow_ids = sorted({flow.id for outcome in outcomes for flow in outcome.plan.invalidated_flows})
    if not flow_ids:
        return
    try:
        statuses = {flow.id: flow.status for flow in task.cg.flows(flow_ids)}
    except CGError as error:
        warnings.append(f"The flows that use a backup directly could not be read back, so they are predicted: {error}")
        statuses = {}
    for outcome in outcomes:
        flows = outcome.plan.invalidated_flows
        outcome.invalidated_flows = tuple(flow for flow in flows if statuses.get(flow.id, SAVED) != flow.status)
        if outcome.invalidated_flows and outcome.result == UNCHANGED:
            outcome.end(CHANGED)


@dataclass(eq=False)
class SyncOutcome(WatchedOutcome):
    """One pair of master and backup: its flag and its remaining differences as last seen."""

    plan: BackupPlan
    synchronized: bool | None = field(init=False)
    difference: ProfileDifference = field(init=False)
    polls_with_wrong_flag: int = field(init=False, default=0)
    invalidated_flows: tuple[Flow, ...] = field(init=False, default=())

    def __post_init__(self) -> None:
        super().__post_init__()
        self.synchronized = self.plan.backup.synchronized
        self.difference = self.plan.difference
        if self.result == UNCHANGED:
            self.message = " ".join(self.plan.warnings)

    @property
    def last_seen(self) -> str:
        flag = {True: "true", False: "false", None: "not shown"}[self.synchronized]
        return f"Last seen: synchronized {flag}, profiles: {self.difference.summary}."

    @property
    def is_change(self) -> bool:
        return self.shows_work or bool(self.invalidated_flows)

    @property
    def shows_work(self) -> bool:
        return self.synchronized != self.plan.backup.synchronized or self.difference != self.plan.difference

    def predict(self, task: Task) -> None:
        self.accepted = True
        self.synchronized = self.plan.synchronized_after
        self.invalidated_flows = self.plan.invalidated_flows
        if self.plan.waits:
            self.difference = ProfileDifference()
        self.end(*((WOULD_CHANGE,) if self.plan.is_change else (UNCHANGED, self.plan.not_observable)))

    def judge(self) -> None:
        is_done = self.synchronized is True and not self.difference
        if is_done and self.shows_work:
            self.end(CHANGED)
        elif is_done and self.accepted and self.plan.waits:
            self.end(UNCHANGED, self.plan.not_observable)
        elif is_done and self.error and not self.error.is_final:
            self.end_without_knowing(self.error)
        elif self.synchronized is True and self.plan.backup.synchronized is not True:
            # The profiles were compared after the flag became true, but the reply may be outdated. In a forced
            # synchronization the flag was true from the start, so it proves nothing.
            self.polls_with_wrong_flag += 1
            if self.polls_with_wrong_flag >= POLLS_BEFORE_UNCHANGED_COUNTS:
                self._end_with_wrong_flag()

    def give_up(self, last_error: CGError | None, waiting: Waiting | None) -> None:
        if waiting and not last_error and self.synchronized is True and self.difference:
            self._end_with_wrong_flag()
        else:
            super().give_up(last_error, waiting)

    def _end_with_wrong_flag(self) -> None:
        self.end(
            FAILED,
            f"Central Governance says that {self.plan.backup.name} is synchronized with {self.plan.master.name}, but "
            f"their communication profiles still differ ({self.difference.summary}).",
        )

    @property
    def flag_disagrees(self) -> bool:
        return self.synchronized is True and bool(self.difference)

    @property
    def warnings(self) -> list[str]:
        flows = [flow.name for flow in self.invalidated_flows]
        text = f"The synchronization of {self.name} makes {plural(len(flows), 'flow')} invalid that use it directly"
        return [f"{text}: {enumerated(flows)}."] if flows else []

    def row(self) -> dict[str, t.Any]:
        before, left = self.plan.difference, self.difference
        return {
            "master": self.plan.master.name,
            "master_id": self.plan.master.id,
            "backup": self.plan.backup.name,
            "backup_id": self.plan.backup.id,
            "synchronized_before": self.plan.backup.synchronized,
            "synchronized_after": self.synchronized,
            "profiles_created": sorted(set(before.created) - set(left.created)),
            "profiles_removed": sorted(set(before.removed) - set(left.removed)),
            "profiles_replaced": sorted(set(before.replaced) - set(left.replaced)),
            "invalidated_flows": [flow.name for flow in self.invalidated_flows],
            "profiles_that_differ": _differing(left),
            "flag_disagrees": self.flag_disagrees,
        }

    def diff(self, labels: t.Mapping[str, str]) -> tuple[Diff, Diff]:
        master, backup = labels[self.plan.master.id], labels[self.plan.backup.id]
        before: Diff = {"backups": {master: {backup: _shown(self.plan.backup.synchronized, self.plan.difference)}}}
        after: Diff = {"backups": {master: {backup: _shown(self.synchronized, self.difference)}}}
        before["flows"] = {flow.name: flow.status for flow in self.invalidated_flows}
        after["flows"] = {flow.name: SAVED for flow in self.invalidated_flows}
        return before, after


def _shown(synchronized: bool | None, left: ProfileDifference) -> Diff:
    differing = {kind: names for kind, names in _differing(left).items() if names}
    return {"synchronized": synchronized, **({"profiles_that_differ": differing} if differing else {})}


def _differing(left: ProfileDifference) -> dict[str, t.Any]:
    return {
        "missing": list(left.created),
        "not_on_the_master": list(left.removed),
        "different": {name: list(fields) for name, fields in left.replaced.items()},
    }


ST_SYNC = Verb(
    items="backups",
    noun="backup",
    title="synchronization of backups",
    doing="Synchronize the backups",
    counts=("flag_disagrees_count",),
    argument_spec={
        "masters": {"type": "list", "elements": "str"},
        "backups": {"type": "list", "elements": "str"},
        "max_profile_removals": {"type": "str"},
        "allow_flow_invalidation": {"type": "bool", "default": False},
        "force": {"type": "str", "choices": list(FORCE), "default": "false"},
        **WAITING,
        **VERB,
    },
    plan=plan,
    apply=apply,
)
