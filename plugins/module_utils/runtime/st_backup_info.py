# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""st_backup_info: which SecureTransports back up which masters, and how each backup differs from its master.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ..dr.estate import Estate
from ..dr.model import Product
from ..dr.profiles import ProfileDifference, compare_profiles
from .lookup import find_masters
from .module import Task
from .report import Report

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {"masters": {"type": "list", "elements": "str"}}


def backup_info(task: Task) -> Report:
    """``topology`` has the shape that st_backup takes; ``backups`` has the state of every pair."""
    references = task.params["masters"]
    estate = task.estate(task.cg.products(references))
    masters = estate.masters if references is None else find_masters(task, estate, references, for_information=True)
    masters = sorted((master for master in masters if master.backups), key=lambda master: master.name)
    missing = {backup.id for master in masters for backup in master.backups} - estate.products.keys()
    if missing and references is not None:
        estate = task.estate([*estate.products.values(), *task.cg.products(sorted(missing))])
    return Report(
        results={
            "topology": [
                {
                    "master": _reference(master.name, master.id, estate),
                    "backups": [_reference(backup.name, backup.id, estate) for backup in master.backups],
                }
                for master in masters
            ],
            "backups": [row for master in masters for row in _pair_rows(master, estate)],
        }
    )


def _reference(name: str, product_id: str, estate: Estate) -> str:
    """The name, or the businessId where several products have the name."""
    return product_id if len(estate.find_products(name)) > 1 else name


def _pair_rows(master: Product, estate: Estate) -> t.Iterator[dict[str, t.Any]]:
    for backup in master.backups:
        product = estate.products.get(backup.id)
        difference = compare_profiles(master.profiles, product.profiles) if product else ProfileDifference()
        yield {
            "master": master.name,
            "master_id": master.id,
            "backup": backup.name,
            "backup_id": backup.id,
            "synchronized": backup.synchronized,
            "flag_disagrees": backup.synchronized is True and bool(difference),
            "status": product.status if product else "",
            "version": product.version if product else "",
            "profiles_to_create": list(difference.created),
            "profiles_to_remove": list(difference.removed),
            "profiles_to_replace": [
                {"name": name, "differs_in": list(fields)} for name, fields in difference.replaced.items()
            ],
        }
