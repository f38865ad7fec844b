# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules that compare the declaration with the estate.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

from collections.abc import Iterator

from .findings import Found, Remedy, Unknown
from .names import is_backed_up, listed
from .units import Context, DeclaredPair, DeclaredProduct, Master, Pair

Judgements = Iterator[Found | Unknown]


def unknown_product(context: Context, declared: DeclaredProduct) -> Judgements:
    if len(declared.found) > 1:
        ids = sorted(product.id for product in declared.found)
        yield Unknown(
            "product",
            f'"{declared.reference}" in the declaration is ambiguous: {len(ids)} products have this name.',
            Remedy(f"By hand: use the businessId in the declaration, one of {', '.join(ids)}."),
            facts={"products": ids},
        )
    elif not declared.found and not _is_listed(context, declared):
        role = f"a backup of {declared.objects.master}" if declared.objects.backup else "a master"
        yield Found(
            f'"{declared.reference}", declared as {role}, is not a product of Central Governance.',
            {"declared": declared.reference, "known": False},
            Remedy(
                "By hand: correct the name in the declaration, or register the product in Central Governance; "
                "then run st_backup (option topology)."
            ),
        )


def _is_listed(context: Context, declared: DeclaredProduct) -> bool:
    """Whether CG lists the backup although it does not show its product; the rules about pairs report that."""
    return bool(declared.objects.backup) and declared.objects in context.listed_pairs


def missing_backup(context: Context, pair: DeclaredPair) -> Judgements:
    master, backup = pair.objects.master, pair.objects.backup
    if pair.master is None or len(pair.backup_ids) != 1 or pair.is_present:
        return  # it is there, or unknown_product reports it
    if pair.is_present is None:
        yield Unknown(
            "backups",
            f"Whether {backup} is a backup of {master} is not known: Central Governance does not show the backups of "
            f"{master}.",
            Remedy(f"By hand: look at the product {master} in Central Governance."),
        )
        return
    found = sorted(context.names.product(entry.id, entry.name) for entry in pair.master.backups)
    yield Found(
        f"{backup} is declared as a backup of {master} and is not one.",
        {"declared": backup, "found": found},
        Remedy(
            "Add it with st_backup (option topology), then synchronize and deploy; the playbook dr_apply does "
            "all three.",
            "st_backup",
            {"topology": [{"master": master, "backups": [backup]}], "state": "present"},
        ),
    )


def undeclared_backup(context: Context, pair: Pair) -> Judgements:
    declared = context.declared.get(pair.master.id)
    if declared is None or any(pair.entry.id in other.backup_ids for other in declared):
        return
    master, backup = pair.objects.master, pair.objects.backup
    yield Found(
        f"{backup} is a backup of {master} and is not declared.",
        {"declared": sorted(other.objects.backup for other in declared), "found": backup},
        Remedy(
            "Add it to the declaration, or remove it with st_backup (option state: exact or absent).",
            "st_backup",
            {"topology": [{"master": master, "backups": [backup]}], "state": "absent"},
        ),
    )


def undeclared_master(context: Context, master: Master) -> Judgements:
    if master.is_declared or master.product is None or not is_backed_up(master.product):
        return
    name = master.objects.master
    backups = sorted(context.names.product(entry.id, entry.name) for entry in master.product.backups)
    yield Found(
        f"{name} has backups ({listed(backups)}) and is not in the declaration.",
        {"backups": backups},
        Remedy(
            "Add it to the declaration (st_backup_info returns it in the right shape), or remove its backups with "
            "st_backup (option state: absent).",
            "st_backup",
            {"topology": [{"master": name, "backups": backups}], "state": "absent"},
        ),
    )
