# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Planning the backup topology: which backups each master gets and loses.

PRIVATE to the collection: it may change at any time.

The rules that the result must meet are in :mod:`topology_rules`.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from .estate import Estate, find_backup
from .impact import ImpactedFlow, StaleFlow, impact_of_adding, stale_after_removing
from .model import NOT_DEPLOYED, Backup, Product, Violation
from .topology_rules import (
    ABSENT,
    EXACT,
    PRESENT,
    TopologyRules,
    check_impact,
    check_pairs,
    check_protected,
    check_removals,
    violation,
)
from .wording import did_you_mean, enumerated, plural


class Declaration(t.NamedTuple):
    """What the user wrote for one master; each product by name or businessId."""

    master: str
    backups: tuple[str, ...]


class MasterPlan(t.NamedTuple):
    """One master's backups before and after; ``after`` keeps the observed order, then come new ones as declared.

    ``refusal`` joins the messages of the violations that concern the master. ``unwanted`` holds the businessIds of the
    products that are declared absent, including those that are not backups.
    """

    master: Product
    before: tuple[Backup, ...]
    after: tuple[Backup, ...]
    state: str = PRESENT
    refusal: str = ""
    impacted_flows: tuple[ImpactedFlow, ...] = ()
    stale_flows: tuple[StaleFlow, ...] = ()
    unwanted: frozenset[str] = frozenset()

    @property
    def added(self) -> tuple[Backup, ...]:
        return _without(self.after, self.before)

    @property
    def removed(self) -> tuple[Backup, ...]:
        return _without(self.before, self.after)

    @property
    def is_change(self) -> bool:
        return bool(self.added or self.removed)

    @property
    def impact(self) -> str:
        """The impact of an addition on flows, as a sentence; empty when there is none."""
        if not self.impacted_flows:
            return ""
        names = [impact.flow for impact in self.impacted_flows]
        return (
            f"Adding {enumerated([backup.name for backup in self.added])} to the backups of {self.master.name} sends "
            f'{plural(len(names), "deployed flow")} to "{NOT_DEPLOYED}": {enumerated(names)}.'
        )

    @property
    def will_run(self) -> bool:
        return self.is_change and not self.refusal

    @property
    def kept(self) -> tuple[Backup, ...]:
        return _without(self.before, self.removed)

    def deviations(self, backups: tuple[Backup, ...]) -> tuple[list[str], list[str]]:
        """How these backups, which were read back, differ from the plan: clauses for errors, and for remarks.

        With the state ``exact`` the list must be the declared one and nothing else. With ``present`` there may be
        more, and with ``absent`` fewer, or others that are not declared.
        """
        ids = {backup.id for backup in backups}
        wrong = [f"{b.name} is not there" for b in self.added if b.id not in ids]
        wrong += [f"{b.name} is still there" for b in self.removed if b.id in ids]
        remarks: list[str] = []
        for backup in self.kept:
            if backup.id not in ids:
                clauses = remarks if self.state == ABSENT else wrong
                clauses.append(f"{backup.name} was removed by somebody else")
        planned = {backup.id for backup in (*self.before, *self.after)}
        for backup in backups:
            if backup.id not in planned:
                clauses = wrong if self.state == EXACT or backup.id in self.unwanted else remarks
                clauses.append(f"{backup.name} was added by somebody else")
        return wrong, remarks

    def as_seen(self, backups: tuple[Backup, ...]) -> MasterPlan:
        """The part of the plan that was carried out, judging by the backups that were read back."""
        seen = self._replace(after=backups)
        removed = {backup.id for backup in seen.removed}
        stale = tuple(flow for flow in self.stale_flows if flow.former_backup_id in removed)
        return seen._replace(impacted_flows=self.impacted_flows if seen.added else (), stale_flows=stale)

    @property
    def actions(self) -> list[str]:
        return [f"Remove {backup.name} from the backups of {self.master.name}" for backup in self.removed] + [
            f"Add {backup.name} to the backups of {self.master.name}" for backup in self.added
        ]


def warnings_about_flows(plans: t.Sequence[MasterPlan]) -> list[str]:
    """The impact of the changes on flows: one warning about all additions, and one about all removals."""
    warnings = []
    added = [plan for plan in plans if plan.impacted_flows]
    if len(added) == 1:
        warnings.append(f"{added[0].impact} Deploy them again once the backups are synchronized.")
    elif added:
        names = list({impact.flow_id: impact.flow for plan in added for impact in plan.impacted_flows}.values())
        warnings.append(
            f"Adding backups to {len(added)} masters ({enumerated([plan.master.name for plan in added])}) sends "
            f'{plural(len(names), "deployed flow")} to "{NOT_DEPLOYED}": {enumerated(names)}. Deploy them again once '
            "the backups are synchronized."
        )
    pairs = [(plan, backup) for plan in plans for backup in plan.removed]
    with_stale = {(stale.master_id, stale.former_backup_id) for plan in plans for stale in plan.stale_flows}
    pairs = [(plan, backup) for plan, backup in pairs if (plan.master.id, backup.id) in with_stale]
    if pairs:
        stale = [stale for plan in plans for stale in plan.stale_flows]
        removals = [f"{backup.name} from the backups of {plan.master.name}" for plan, backup in pairs]
        warnings.append(
            f"Removing {enumerated(removals)} leaves {'it' if len(removals) == 1 else 'them'} with "
            f"{plural(len(stale), 'stale deployment')}, which Central Governance does not report: "
            f"{enumerated([flow.flow for flow in stale])}. Deploy these flows again to clean up."
        )
    return warnings


class TopologyPlan(t.NamedTuple):
    masters: tuple[MasterPlan, ...]
    violations: tuple[Violation, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def changes(self) -> list[MasterPlan]:
        return [plan for plan in self.masters if plan.is_change]

    @property
    def actions(self) -> list[str]:
        return [action for plan in self.masters for action in plan.actions]

    @property
    def impacted_flows(self) -> list[ImpactedFlow]:
        return [flow for plan in self.masters for flow in plan.impacted_flows]

    @property
    def stale_flows(self) -> list[StaleFlow]:
        return [flow for plan in self.masters for flow in plan.stale_flows]


def plan_topology(declared: t.Sequence[Declaration], estate: Estate, rules: TopologyRules) -> TopologyPlan:
    """Compares the declaration with the estate.

    The estate must hold the products that the declaration names and, unless the state is ``present``, those that
    ``protected`` names. When the plan adds a backup, it must hold every product, since the rules then concern all
    masters; when it changes anything, the flows and, for removals, the deployments.
    All violations are returned, in the order of the declaration; none is raised.
    """
    return _Planner(declared, estate, rules).plan()


@dataclass
class _Planner:
    declared: t.Sequence[Declaration]
    estate: Estate
    rules: TopologyRules
    violations: list[Violation] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def plan(self) -> TopologyPlan:
        plans = self._with_flows(self._plan_masters())
        self.violations += check_pairs(plans, self.estate, self.rules)
        self.violations += check_removals(plans, self.rules)
        self.violations += check_impact(plans, self.rules)
        self._check_protected(plans)
        self._warn_of_unreachable_backups(plans)
        violations = tuple(dict.fromkeys(self.violations))
        refusals: dict[str, list[str]] = {}
        for found in violations:
            refusals.setdefault(found.master_id, []).append(found.message)
        return TopologyPlan(
            masters=tuple(p._replace(refusal=" ".join(refusals.get(p.master.id, ()))) for p in plans),
            violations=violations,
            warnings=tuple(dict.fromkeys(self.warnings)),
        )

    def _plan_masters(self) -> list[MasterPlan]:
        plans: dict[str, MasterPlan] = {}
        for declaration in self.declared:
            master = self._resolve(declaration.master, "master", declaration.master)
            if master is None:
                for backup in declaration.backups if self.rules.state != ABSENT else ():
                    self._resolve(backup, "backup", declaration.master)
            elif master.id in plans:
                text = f"{master.name} is declared as a master more than once."
                self.violations.append(violation("duplicate_master", text, master))
            else:
                plans[master.id] = self._plan_master(master, declaration.backups)
        return list(plans.values())

    def _plan_master(self, master: Product, references: tuple[str, ...]) -> MasterPlan:
        if self.rules.state == ABSENT:
            return self._plan_removals(master, references)
        if self.rules.state == EXACT and not references and not self.rules.allow_empty:
            text = (
                f"The list of backups declared for {master.name} is empty, which would remove all of them; "
                "set allow_empty if this is intended."
            )
            self.violations.append(violation("empty_backups", text, master))
            return MasterPlan(master, master.backups, master.backups, self.rules.state)
        listed = {backup.id: backup for backup in master.backups}
        wanted: dict[str, Backup] = {}
        for reference in references:
            entry = find_backup(master, reference)
            product = None if entry else self._resolve(reference, "backup", master.name, master)
            if product is not None:
                # A new backup starts unsynchronized (assumed; the documented example shows false).
                entry = listed.get(product.id, Backup(product.id, product.name, synchronized=False))
            if entry is not None:
                wanted[entry.id] = entry
        kept = [b for b in master.backups if self.rules.state == PRESENT or b.id in wanted]
        after = (*kept, *(b for b in wanted.values() if b.id not in listed))
        return MasterPlan(master, master.backups, after, self.rules.state)

    def _plan_removals(self, master: Product, references: tuple[str, ...]) -> MasterPlan:
        listed = {reference: find_backup(master, reference) for reference in references}
        unwanted = {backup.id for backup in listed.values() if backup}
        # A product that no longer exists is not a backup, as declared; but the name may be misspelt, hence the warning.
        for reference in references:
            products = self.estate.find_products(reference) if listed[reference] is None else []
            unwanted.update(product.id for product in products)
            if listed[reference] is None and not products:
                self.warnings.append(
                    f'Nothing is removed from the backups of {master.name} for "{reference}", which is not a '
                    f"product of Central Governance.{self._suggestion(reference, master.backups)}"
                )
        after = tuple(backup for backup in master.backups if backup.id not in unwanted)
        return MasterPlan(master, master.backups, after, self.rules.state, unwanted=frozenset(unwanted))

    def _with_flows(self, plans: list[MasterPlan]) -> list[MasterPlan]:
        after = {plan.master.id: plan.after for plan in plans}
        return [
            plan._replace(
                impacted_flows=impact_of_adding(self.estate, plan.master) if plan.added else (),
                stale_flows=stale_after_removing(self.estate, plan.master, plan.removed, after),
            )
            for plan in plans
        ]

    def _resolve(self, reference: str, kind: str, master_name: str, master: Product | None = None) -> Product | None:
        """The product, or None with a violation; ``master`` is the master whose backup it is, if that is known."""
        found = self.estate.find_products(reference)
        if len(found) == 1:
            return found[0]
        if found:
            ids = ", ".join(sorted(product.id for product in found))
            text = f'The {kind} "{reference}" matches {len(found)} products ({ids}); use one of these businessIds.'
            problem = Violation("ambiguous_product", text)
        else:
            text = f'The {kind} "{reference}" is not a product of Central Governance.{self._suggestion(reference)}'
            problem = Violation("unknown_product", text)
        backup = reference if kind == "backup" else ""
        master_id = master.id if master else ""
        self.violations.append(problem._replace(master=master_name, backup=backup, master_id=master_id))
        return None

    def _suggestion(self, reference: str, also: t.Iterable[Backup] = ()) -> str:
        names = {*(p.name for p in self.estate.products.values()), *(backup.name for backup in also)}
        return did_you_mean(reference, names)

    def _check_protected(self, plans: list[MasterPlan]) -> None:
        """An entry of ``protected`` that matches nothing must be corrected before any removal."""
        found = list(check_protected(plans, self.estate, self.rules))
        if any(plan.removed for plan in plans):
            self.violations += found
        else:
            self.warnings += [violation.message for violation in found]

    def _warn_of_unreachable_backups(self, plans: list[MasterPlan]) -> None:
        """Documented: a registered product can be a backup. Assumed: deployments on it fail."""
        for plan in plans:
            for backup in plan.added:
                product = self.estate.products.get(backup.id)
                if product and product.is_registered and not product.can_take_deployments:
                    self.warnings.append(
                        f"{product.name}, to be added to the backups of {plan.master.name}, is {product.status}: until "
                        f"it is back, the flows of {plan.master.name} will be deployed in error."
                    )


def _without(backups: tuple[Backup, ...], others: tuple[Backup, ...]) -> tuple[Backup, ...]:
    if backups == others:  # the usual case: nothing is to be changed
        return ()
    ids = {backup.id for backup in others}
    return tuple(backup for backup in backups if backup.id not in ids)
