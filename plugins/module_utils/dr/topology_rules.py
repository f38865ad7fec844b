# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules that a backup topology must meet, as it will be after the whole task.

PRIVATE to the collection: it may change at any time.

Documented (guide, "Manage SecureTransport backups"): a backup is registered, has the version of its master, and has no
backups of its own. Assumed: the master is a registered SecureTransport too, and is not itself a backup. Our rule: a
backup has one master, since two would compete for its communication profiles.
"""

from __future__ import annotations

import typing as t

from .estate import Estate
from .identity import any_refers_to, refers_to
from .model import Backup, Limit, Product, Violation
from .wording import did_you_mean

if t.TYPE_CHECKING:
    from .topology import MasterPlan

PRESENT, EXACT, ABSENT = "present", "exact", "absent"
Pair = tuple[str, str]  # businessIds of a master and a backup


class TopologyRules(t.NamedTuple):
    """What the user allows a plan to do."""

    state: str = PRESENT
    max_removals: Limit | None = None
    protected: tuple[str, ...] = ()
    allow_empty: bool = False
    allow_shared_backup: bool = False
    allow_impact: bool = True


def check_pairs(
    plans: t.Sequence[MasterPlan], estate: Estate, rules: TopologyRules, are_done: bool = False
) -> t.Iterator[Violation]:
    """The rules that a master and a backup must meet.

    With ``are_done`` (the plans were carried out), only contradictions with other pairs in the estate are reported:
    another run may have added those.

    A pair is checked when this task adds it, or when another declared or added pair contradicts it. Violations that
    existed before are reported by the audit, and must not prevent a removal.
    """
    if rules.state == ABSENT:
        return
    added = {(plan.master.id, backup.id) for plan in plans for backup in plan.added}
    declared = {(plan.master.id, backup.id) for plan in plans for backup in plan.after}
    after = {master.id: {backup.id for backup in master.backups} for master in estate.masters}
    after.update({plan.master.id: {backup.id for backup in plan.after} for plan in plans})
    masters_after: dict[str, list[str]] = {}
    for master_id, backup_ids in after.items():
        for backup_id in backup_ids:
            masters_after.setdefault(backup_id, []).append(master_id)

    for plan in plans:
        for backup in plan.after:
            pair = (plan.master.id, backup.id)
            if pair in added and not are_done:
                yield from _check_added_pair(plan.master, backup, estate)

            def contradicts(other: Pair, pair: Pair = pair) -> bool:
                return pair in added or other in added or other in declared

            if backup.id != plan.master.id:
                yield from _check_against_others(
                    plan.master,
                    backup,
                    own_backups=[i for i in after.get(backup.id, ()) if contradicts((backup.id, i))],
                    masters_of_master=[
                        i
                        for i in masters_after.get(plan.master.id, ())
                        if i != plan.master.id and contradicts((i, plan.master.id))
                    ],
                    other_masters=[
                        i
                        for i in masters_after.get(backup.id, ())
                        if i != plan.master.id and contradicts((i, backup.id)) and not rules.allow_shared_backup
                    ],
                    estate=estate,
                )


def _check_added_pair(master: Product, backup: Backup, estate: Estate) -> t.Iterator[Violation]:
    if backup.id == master.id:
        yield violation("self_backup", f"{master.name} cannot be its own backup.", master, backup)
        return
    product = estate.products.get(backup.id)
    for member, as_backup in ((master, None), (product, backup)):
        if member is None:
            continue
        if not member.is_securetransport:
            kind = member.type or "product of unknown type"
            text = f"{member.name} is a {kind}, not a SecureTransport: it can be neither a master nor a backup."
            yield violation("not_securetransport", text, master, as_backup)
        elif not member.is_registered:
            text = f'{member.name} is not registered: its status is "{member.status}".'
            yield violation("not_registered", text, master, as_backup)
    if product is None or not (master.is_securetransport and product.is_securetransport):
        return
    if not master.version or master.version != product.version:
        yield violation(
            "version_mismatch",
            f"{product.name} has version {product.version or 'unknown'}, its master {master.name} has "
            f"{master.version or 'unknown'}: a backup must have the version of its master.",
            master,
            backup,
        )


def _check_against_others(
    master: Product,
    backup: Backup,
    own_backups: list[str],
    masters_of_master: list[str],
    other_masters: list[str],
    estate: Estate,
) -> t.Iterator[Violation]:
    def names(ids: list[str]) -> str:
        return ", ".join(sorted(estate.name_of(product_id) for product_id in ids))

    if own_backups:
        text = f"{backup.name} cannot be a backup of {master.name}: it has backups of its own ({names(own_backups)})."
        yield violation("backup_has_backups", text, master, backup)
    if masters_of_master:
        text = f"{master.name} cannot have backups: it is itself a backup of {names(masters_of_master)}."
        yield violation("master_is_backup", text, master)
    if other_masters:
        yield violation(
            "shared_backup",
            f"{backup.name} would be a backup of {master.name} and of {names(other_masters)}: each synchronization "
            "would undo the other (allow_shared_backup lifts this rule).",
            master,
            backup,
        )


def check_removals(plans: t.Sequence[MasterPlan], rules: TopologyRules) -> t.Iterator[Violation]:
    for plan in plans:
        for backup in plan.removed:
            if any_refers_to(rules.protected, backup):
                text = f"{backup.name} is protected and would be removed from the backups of {plan.master.name}."
                yield violation("protected_backup", text, plan.master, backup)
    total = sum(len(plan.before) for plan in plans)
    removals = sum(len(plan.removed) for plan in plans)
    limit = rules.max_removals
    if limit is not None and not limit.allows(removals, total):
        yield violation(
            "too_many_removals",
            f"{removals} of the {total} backups of the listed masters would be removed; max_removals allows {limit}.",
        )


def check_protected(plans: t.Sequence[MasterPlan], estate: Estate, rules: TopologyRules) -> t.Iterator[Violation]:
    """A violation for each reference in ``protected`` that matches nothing.

    The caller may make it a warning when the plan removes no backup.
    """
    if rules.state == PRESENT:
        return
    listed = [backup for plan in plans for backup in plan.before]
    for reference in rules.protected:
        if not any(refers_to(reference, backup) for backup in listed) and not estate.find_products(reference):
            names = [*(product.name for product in estate.products.values()), *(backup.name for backup in listed)]
            text = f'protected: "{reference}" is not a product of Central Governance, so it protects nothing.'
            yield Violation("unknown_product", text + did_you_mean(reference, names), backup=reference)


def check_impact(plans: t.Sequence[MasterPlan], rules: TopologyRules) -> t.Iterator[Violation]:
    for plan in plans:
        if plan.impact and not rules.allow_impact:
            yield violation("impact", f"{plan.impact} on_impact does not allow that.", plan.master)


def violation(rule: str, message: str, master: Product | None = None, backup: Backup | None = None) -> Violation:
    return Violation(
        rule,
        message,
        master=master.name if master else "",
        backup=backup.name if backup else "",
        master_id=master.id if master else "",
        backup_id=backup.id if backup else "",
    )


def blocked_by(
    master: Product, backup: Backup, kept: t.Iterable[tuple[Product, Backup]], allow_shared_backup: bool
) -> str:
    """Why the backup must not be added when some of the plan's removals failed; empty when it may be.

    ``kept`` are the masters and backups of those removals. The rules were checked for the topology after the whole
    plan; backups that were not removed can violate rules about other pairs.
    """
    for other, kept_backup in kept:
        if kept_backup.id == backup.id and other.id != master.id and not allow_shared_backup:
            return f"it is still a backup of {other.name}"
        if other.id == backup.id:
            return f"it still has {kept_backup.name} as a backup of its own"
        if kept_backup.id == master.id:
            return f"{master.name} is still a backup of {other.name}"
    return ""
