# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Planning synchronizations: which backups need one, what it would change, and what prevents it.

PRIVATE to the collection: it may change at any time.

Documented (guide, "Synchronize the master and backup SecureTransports"): a synchronization removes from the backup
the communication profiles that its master does not have, and creates those that only the master has; flows that use the
backup directly become invalid. Assumed: an invalid flow is shown as ``Saved``; a profile of the same name but different
content is replaced.
"""

from __future__ import annotations

import typing as t

from .estate import Estate
from .model import SAVED, Backup, Flow, Limit, Product
from .profiles import ProfileDifference, compare_profiles

# Whether to synchronize although CG says synchronized: never, always, or where the profiles differ.
NEVER, ALWAYS, WHEN_DIFFERENT = FORCE = ("false", "true", "when_different")


class SynchronizationRules(t.NamedTuple):
    """What the user allows a synchronization to do."""

    force: str = NEVER
    max_profile_removals: Limit | None = None
    allow_flow_invalidation: bool = False
    wait: bool = True


class BackupPlan(t.NamedTuple):
    """One (master, backup) pair: CG's flag, the comparison of the profiles, and what would be done."""

    master: Product
    backup: Backup
    difference: ProfileDifference
    is_needed: bool
    invalidated_flows: tuple[Flow, ...] = ()
    refusals: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    waits: bool = True  # whether the task waits for the synchronization to end

    @property
    def flag_disagrees(self) -> bool:
        """CG says synchronized, but the profiles differ."""
        return self.backup.synchronized is True and bool(self.difference)

    @property
    def will_run(self) -> bool:
        return self.is_needed and not self.refusals

    @property
    def is_change(self) -> bool:
        """False for a forced synchronization of a pair that is already equal, if it has no other observable effect.

        When the task does not wait, every synchronization that is requested counts as a change.
        """
        is_observable = self.backup.synchronized is not True or bool(self.difference) or bool(self.invalidated_flows)
        return self.will_run and (is_observable or not self.waits)

    @property
    def not_observable(self) -> str:
        """The message when ``is_change`` is False although the synchronization runs."""
        return (
            f"{self.backup.name} is already equal to {self.master.name}: Central Governance does not show whether a "
            "forced synchronization has run."
        )

    @property
    def synchronized_after(self) -> bool | None:
        """CG's flag when the task has ended; None when the task does not wait for it."""
        if not self.will_run:
            return self.backup.synchronized
        return True if self.waits else None

    @property
    def refusal(self) -> str:
        return " ".join(self.refusals)

    @property
    def actions(self) -> list[str]:
        names = f"{self.backup.name} with its master {self.master.name}"
        return [f"Synchronize {names} (profiles: {self.difference.summary})"]


class SynchronizationPlan(t.NamedTuple):
    backups: tuple[BackupPlan, ...] = ()

    @property
    def to_run(self) -> list[BackupPlan]:
        return [plan for plan in self.backups if plan.will_run]

    @property
    def actions(self) -> list[str]:
        return [action for plan in self.to_run for action in plan.actions]


def plan_synchronization(
    masters: t.Sequence[Product], estate: Estate, rules: SynchronizationRules, only: t.Container[str] | None = None
) -> SynchronizationPlan:
    """Plans every backup of the masters, or only those whose businessId is in ``only``.

    The estate must hold the products of the backups, with their profiles, and the flows when a backup needs a
    synchronization.
    """
    pairs = [(m, b) for m in masters for b in m.backups if only is None or b.id in only]
    masters_by_backup: dict[str, list[Product]] = {}
    for master, backup in pairs:
        masters_by_backup.setdefault(backup.id, []).append(master)
    plans = [_plan_backup(master, backup, masters_by_backup[backup.id], estate, rules) for master, backup in pairs]
    # Assumed: a change of a backup's profiles resets its flag at all its masters; it is synchronized with each.
    reset = {plan.backup.id for plan in plans if plan.will_run and plan.difference}
    forced = rules._replace(force=ALWAYS)
    return SynchronizationPlan(
        tuple(
            _plan_backup(plan.master, plan.backup, masters_by_backup[plan.backup.id], estate, forced)
            if plan.backup.id in reset and not plan.is_needed
            else plan
            for plan in plans
        )
    )


def needs_synchronization(
    backup: Backup, rules: SynchronizationRules, difference: ProfileDifference | None = None
) -> bool:
    """True when CG's flag is false or not shown (unknown counts as not synchronized), or when forced.

    ``difference`` is the result of comparing the profiles, None when they were not compared.
    """
    is_forced = rules.force == ALWAYS or (rules.force == WHEN_DIFFERENT and bool(difference))
    return is_forced or backup.synchronized is not True


# Users of the role dr see the warnings of the module unchanged, so its variable is named too.
HOW_TO_FORCE = "set force (for the role dr: dr_force_sync) to when_different to synchronize it again"


def profiles_conflict(master: Product, other: Product) -> bool:
    """True when a backup cannot be equal to both masters (our rule: Central Governance is not known to check it)."""
    return bool(compare_profiles(master.profiles, other.profiles))


def _plan_backup(
    master: Product, backup: Backup, masters: list[Product], estate: Estate, rules: SynchronizationRules
) -> BackupPlan:
    product = estate.products.get(backup.id)
    if product is None:
        return BackupPlan(
            master,
            backup,
            ProfileDifference(),
            is_needed=True,
            refusals=(
                f"{backup.name} is listed as a backup of {master.name}, but Central Governance has no such product "
                f"(businessId {backup.id}).",
            ),
        )
    difference = compare_profiles(master.profiles, product.profiles)
    is_needed = needs_synchronization(backup, rules, difference)
    invalidated = _flows_made_invalid(estate, product) if is_needed else ()
    return BackupPlan(
        master,
        backup,
        difference,
        is_needed,
        invalidated,
        refusals=_refusals(master, product, masters, difference, invalidated, rules) if is_needed else (),
        warnings=_warnings(master, backup, difference, estate, is_needed),
        waits=rules.wait,
    )


def _flows_made_invalid(estate: Estate, product: Product) -> tuple[Flow, ...]:
    flows = (flow for flow in estate.flows_using(product.id) if flow.status != SAVED)
    return tuple(sorted(flows, key=lambda flow: flow.name))


def _refusals(
    master: Product,
    backup: Product,
    masters: list[Product],
    difference: ProfileDifference,
    invalidated: tuple[Flow, ...],
    rules: SynchronizationRules,
) -> tuple[str, ...]:
    refusals = []
    conflicting = sorted(other.name for other in masters if profiles_conflict(master, other))
    if conflicting:
        refusals.append(
            f"{backup.name} is a backup of {master.name} and of {', '.join(conflicting)}, whose communication "
            "profiles differ: it cannot be synchronized with both. Remove it from all masters but one, or list only "
            "the master that it should follow in masters."
        )
    limit = rules.max_profile_removals
    if limit is not None and not limit.allows(len(difference.removed), len(backup.profiles)):
        refusals.append(
            f"Synchronizing {backup.name} with {master.name} would remove {len(difference.removed)} of its "
            f"{len(backup.profiles)} communication profiles ({', '.join(difference.removed)}); "
            f"max_profile_removals allows {limit}."
        )
    if invalidated and not rules.allow_flow_invalidation:
        names = ", ".join(flow.name for flow in invalidated)
        refusals.append(
            f"Synchronizing {backup.name} with {master.name} would invalidate the flows that use {backup.name} "
            f"directly: {names}. Take the backup out of them, or set allow_flow_invalidation to accept it."
        )
    return tuple(refusals)


def _warnings(
    master: Product, backup: Backup, difference: ProfileDifference, estate: Estate, is_needed: bool
) -> tuple[str, ...]:
    warnings = []
    if backup.synchronized is True and difference:
        warnings.append(
            f"Central Governance says that {backup.name} is synchronized with {master.name}, but their communication "
            f"profiles differ ({difference.summary})"
            + (": it is synchronized again." if is_needed else f"; {HOW_TO_FORCE}.")
        )
    others = sorted(o.name for o in estate.masters_of(backup.id) if o.id != master.id and profiles_conflict(master, o))
    if others:
        warnings.append(
            f"{backup.name} is a backup of {master.name} and of {', '.join(others)}, whose communication profiles "
            "differ: each synchronization undoes the other."
        )
    return tuple(warnings)
