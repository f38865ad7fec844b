# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Planning the backup topology: which backups each master gets and loses, and which rules that would break.

PRIVATE to the collection: it may change at any time.

Documented rules (guide, "Manage SecureTransport backups"): a backup is registered, has the version of its master, and
has no backups of its own. Assumed: the master is a registered SecureTransport too, and is nobody's backup. Ours: one
backup has one master, since two would fight over its communication profiles.
"""

from __future__ import annotations

import difflib
import typing as t
from dataclasses import dataclass, field

from .estate import Estate, find_backup
from .impact import ImpactedFlow, StaleFlow, impact_of_adding, stale_after_removing
from .model import Backup, Limit, Product, Violation

PRESENT, EXACT, ABSENT = "present", "exact", "absent"


@dataclass(frozen=True)
class Declaration:
    """What the user wrote for one master; each product by name or businessId."""

    master: str
    backups: tuple[str, ...]


@dataclass(frozen=True)
class TopologyRules:
    """The user's say in what a plan may do."""

    state: str = PRESENT
    max_removals: Limit | None = None
    protected: tuple[str, ...] = ()
    allow_empty: bool = False
    allow_shared_backup: bool = False


@dataclass(frozen=True)
class MasterPlan:
    """One master's backups before and after; ``after`` keeps the observed order, and new ones follow as declared."""

    master: Product
    before: tuple[Backup, ...]
    after: tuple[Backup, ...]

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
    def actions(self) -> list[str]:
        return [f"Remove {backup.name} from the backups of {self.master.name}" for backup in self.removed] + [
            f"Add {backup.name} to the backups of {self.master.name}" for backup in self.added
        ]


@dataclass(frozen=True)
class TopologyPlan:
    masters: tuple[MasterPlan, ...]
    violations: tuple[Violation, ...] = ()
    impacted_flows: tuple[ImpactedFlow, ...] = ()
    stale_flows: tuple[StaleFlow, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def changes(self) -> list[MasterPlan]:
        return [plan for plan in self.masters if plan.is_change]

    @property
    def actions(self) -> list[str]:
        return [action for plan in self.masters for action in plan.actions]


def plan_topology(declared: t.Sequence[Declaration], estate: Estate, rules: TopologyRules) -> TopologyPlan:
    """Compares the declaration with the estate.

    The estate holds the products that the declaration names, and unless the state is ``present`` those that
    ``protected`` names. When the plan adds a backup, it must hold every product (who else is a master is asked then),
    and when it changes anything, the flows and, for removals, the deployments.
    Violations are returned, never raised: all of them, in the order of the declaration.
    """
    return _Planner(declared, estate, rules).plan()


def hindrance(
    master: Product, backup: Backup, kept: t.Iterable[tuple[Product, Backup]], allow_shared_backup: bool
) -> str:
    """Why the plan's addition of the backup must not be made when some of the plan's removals did not come about.

    ``kept`` are the masters and backups of those removals. The rules were checked for the topology after the whole
    plan; what stays against the plan can break those that look at other pairs. Empty when none is broken.
    """
    for other, stayed in kept:
        if stayed.id == backup.id and other.id != master.id and not allow_shared_backup:
            return f"it is still a backup of {other.name}"
        if other.id == backup.id:
            return f"it still has {stayed.name} as a backup of its own"
        if stayed.id == master.id:
            return f"{master.name} is still a backup of {other.name}"
    return ""


@dataclass
class _Planner:
    declared: t.Sequence[Declaration]
    estate: Estate
    rules: TopologyRules
    violations: list[Violation] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def plan(self) -> TopologyPlan:
        plans = self._plan_masters()
        self._check_structure(plans)
        self._check_removals(plans)
        self._check_protected(plans)
        self._warn_of_what_is_down(plans)
        return TopologyPlan(
            masters=tuple(plans),
            violations=tuple(dict.fromkeys(self.violations)),
            impacted_flows=impact_of_adding(self.estate, [(p.master, p.added) for p in plans if p.added]),
            stale_flows=stale_after_removing(self.estate, {p.master.id: p.after for p in plans}, plans),
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
                self._violate("duplicate_master", f"{master.name} is declared as a master more than once.", master.name)
            else:
                plans[master.id] = self._plan_master(master, declaration.backups)
        return list(plans.values())

    def _plan_master(self, master: Product, references: tuple[str, ...]) -> MasterPlan:
        if self.rules.state == ABSENT:
            unwanted = {backup.id for ref in references if (backup := find_backup(master, ref))}
            # What is gone from Central Governance is no backup any more, as declared; but it may be a misspelt name.
            for reference in references:
                if find_backup(master, reference) is None and not self.estate.find_products(reference):
                    self.warnings.append(
                        f'Nothing is removed from the backups of {master.name} for "{reference}", which is not a '
                        f"product of Central Governance.{self._suggest(reference, master.backups)}"
                    )
            after = tuple(backup for backup in master.backups if backup.id not in unwanted)
            return MasterPlan(master, master.backups, after)
        if self.rules.state == EXACT and not references and not self.rules.allow_empty:
            self._violate(
                "empty_backups",
                f"The list of backups declared for {master.name} is empty, which would remove all of them; "
                "set allow_empty to mean it.",
                master.name,
            )
            return MasterPlan(master, master.backups, master.backups)
        listed = {backup.id: backup for backup in master.backups}
        wanted: dict[str, Backup] = {}
        for reference in references:
            entry = find_backup(master, reference)
            product = None if entry else self._resolve(reference, "backup", master.name)
            if product is not None:
                # A new backup starts unsynchronized (assumed; the documented example shows false).
                entry = listed.get(product.id, Backup(product.id, product.name, synchronized=False))
            if entry is not None:
                wanted[entry.id] = entry
        kept = [b for b in master.backups if self.rules.state == PRESENT or b.id in wanted]
        return MasterPlan(master, master.backups, (*kept, *(b for b in wanted.values() if b.id not in listed)))

    def _resolve(self, reference: str, kind: str, master: str) -> Product | None:
        found = self.estate.find_products(reference)
        backup = reference if kind == "backup" else ""
        if len(found) > 1:
            ids = ", ".join(sorted(product.id for product in found))
            self._violate(
                "ambiguous_product",
                f'The {kind} "{reference}" means {len(found)} products ({ids}); name it by its businessId.',
                master,
                backup,
            )
        elif not found:
            self._violate(
                "unknown_product",
                f'The {kind} "{reference}" is not a product of Central Governance.{self._suggest(reference)}',
                master,
                backup,
            )
        return found[0] if len(found) == 1 else None

    def _suggest(self, reference: str, also: t.Iterable[Backup] = ()) -> str:
        names = sorted({*(p.name for p in self.estate.products.values()), *(backup.name for backup in also)})
        by_folded = {name.casefold(): name for name in names}
        close = difflib.get_close_matches(reference.casefold(), list(by_folded), n=1, cutoff=0.75)
        return f" Did you mean {by_folded[close[0]]}?" if close else ""

    def _warn_of_what_is_down(self, plans: list[MasterPlan]) -> None:
        """Documented: a registered product can be a backup. Assumed: deployments on it fail."""
        for plan in plans:
            for backup in plan.added:
                product = self.estate.products.get(backup.id)
                if product and product.is_registered and not product.can_take_deployments:
                    self.warnings.append(
                        f"{product.name}, to be added to the backups of {plan.master.name}, is {product.status}: until "
                        f"it is back, the flows of {plan.master.name} will be deployed in error."
                    )

    def _check_structure(self, plans: list[MasterPlan]) -> None:
        """The rules that a pair must meet, looked at in the topology as it will be after the whole task.

        A pair is judged when this task adds it, or when another declared or added pair contradicts it: what others
        have done wrong already is for the audit to say, and must not stand in the way of a removal.
        """
        if self.rules.state == ABSENT:
            return
        added = {(plan.master.id, backup.id) for plan in plans for backup in plan.added}
        declared = {(plan.master.id, backup.id) for plan in plans for backup in plan.after}
        after = {master.id: {backup.id for backup in master.backups} for master in self.estate.masters}
        after.update({plan.master.id: {backup.id for backup in plan.after} for plan in plans})
        masters_after: dict[str, list[str]] = {}
        for master_id, backup_ids in after.items():
            for backup_id in backup_ids:
                masters_after.setdefault(backup_id, []).append(master_id)

        for plan in plans:
            for backup in plan.after:
                pair = (plan.master.id, backup.id)
                if pair in added:
                    self._check_added_pair(plan.master, backup)

                def contradicts(other: tuple[str, str], pair: tuple[str, str] = pair) -> bool:
                    return pair in added or other in added or other in declared

                self._check_against_the_others(plan.master, backup, after, masters_after, contradicts)

    def _check_added_pair(self, master: Product, backup: Backup) -> None:
        if backup.id == master.id:
            self._violate("self_backup", f"{master.name} cannot be its own backup.", master.name, backup.name)
            return
        product = self.estate.products.get(backup.id)
        for member, as_backup in ((master, ""), (product, backup.name)):
            if member is None:
                continue
            if not member.is_securetransport:
                self._violate(
                    "not_securetransport",
                    f"{member.name} is a {member.type or 'product of unknown type'}, not a SecureTransport: "
                    f"it can be neither a master nor a backup.",
                    master.name,
                    as_backup,
                )
            elif not member.is_registered:
                self._violate(
                    "not_registered",
                    f'{member.name} is not registered: its status is "{member.status}".',
                    master.name,
                    as_backup,
                )
        if product is None or not (master.is_securetransport and product.is_securetransport):
            return
        if not master.version or master.version != product.version:
            self._violate(
                "version_mismatch",
                f"{product.name} has version {product.version or 'unknown'}, its master {master.name} has "
                f"{master.version or 'unknown'}: a backup must have the version of its master.",
                master.name,
                backup.name,
            )

    def _check_against_the_others(
        self,
        master: Product,
        backup: Backup,
        after: dict[str, set[str]],
        masters_after: dict[str, list[str]],
        contradicts: t.Callable[[tuple[str, str]], bool],
    ) -> None:
        if backup.id == master.id:
            return
        name_of = self.estate.name_of
        own_backups = sorted(name_of(i) for i in after.get(backup.id, ()) if contradicts((backup.id, i)))
        if own_backups:
            self._violate(
                "backup_has_backups",
                f"{backup.name} cannot be a backup of {master.name}: it has backups of its own "
                f"({', '.join(own_backups)}).",
                master.name,
                backup.name,
            )
        above = [i for i in masters_after.get(master.id, ()) if i != master.id and contradicts((i, master.id))]
        if above:
            self._violate(
                "master_is_backup",
                f"{master.name} cannot have backups: it is itself a backup of "
                f"{', '.join(sorted(name_of(i) for i in above))}.",
                master.name,
            )
        others = [i for i in masters_after.get(backup.id, ()) if i != master.id and contradicts((i, backup.id))]
        if others and not self.rules.allow_shared_backup:
            self._violate(
                "shared_backup",
                f"{backup.name} would be a backup of {master.name} and of "
                f"{', '.join(sorted(name_of(i) for i in others))}: each synchronization would undo the other "
                "(allow_shared_backup lifts this rule).",
                master.name,
                backup.name,
            )

    def _check_removals(self, plans: list[MasterPlan]) -> None:
        for plan in plans:
            for backup in plan.removed:
                if backup.id in self.rules.protected or backup.name in self.rules.protected:
                    self._violate(
                        "protected_backup",
                        f"{backup.name} is protected and would be removed from the backups of {plan.master.name}.",
                        plan.master.name,
                        backup.name,
                    )
        total = sum(len(plan.before) for plan in plans)
        removals = sum(len(plan.removed) for plan in plans)
        limit = self.rules.max_removals
        if limit is not None and not limit.allows(removals, total):
            self._violate(
                "too_many_removals",
                f"{removals} of the {total} backups of the listed masters would be removed; "
                f"max_removals allows {limit}.",
            )

    def _check_protected(self, plans: list[MasterPlan]) -> None:
        """A protection that names nothing protects nothing: no removal is made before it is put right."""
        if self.rules.state == PRESENT:
            return
        listed = [backup for plan in plans for backup in plan.before]
        known = {word for backup in listed for word in (backup.id, backup.name)}
        removes = any(plan.removed for plan in plans)
        for reference in self.rules.protected:
            if reference in known or self.estate.find_products(reference):
                continue
            message = (
                f'protected: "{reference}" is not a product of Central Governance, so it protects nothing.'
                f"{self._suggest(reference, listed)}"
            )
            if removes:
                self._violate("unknown_product", message, backup=reference)
            else:
                self.warnings.append(message)

    def _violate(self, rule: str, message: str, master: str = "", backup: str = "") -> None:
        self.violations.append(Violation(rule, message, master, backup))


def _without(backups: tuple[Backup, ...], others: tuple[Backup, ...]) -> tuple[Backup, ...]:
    ids = {backup.id for backup in others}
    return tuple(backup for backup in backups if backup.id not in ids)
