# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a change of backups does to flows.

PRIVATE to the collection: it may change at any time.

Documented (guide, "Impact management"): adding a backup to a master sends the deployed flows that use it from
``Deployed`` to ``Saved, not deployed``. Removing one changes no status and shows no warning; the former backup keeps
its deployment until the next deployment of the flow.
"""

from __future__ import annotations

import typing as t

from .estate import Estate
from .model import DEPLOYED, NOT_DEPLOYED, Backup, Product


class ImpactedFlow(t.NamedTuple):
    flow_id: str
    flow: str
    master_id: str
    master: str
    status_before: str
    status_after: str


class StaleFlow(t.NamedTuple):
    """A flow still deployed on a product that is no longer a backup of its master."""

    flow_id: str
    flow: str
    master_id: str
    master: str
    former_backup_id: str
    former_backup: str


def impact_of_adding(estate: Estate, master: Product) -> tuple[ImpactedFlow, ...]:
    """One row per deployed flow that uses the master to which a backup is added, sorted by name."""
    return tuple(
        ImpactedFlow(flow.id, flow.name, master.id, master.name, flow.status, NOT_DEPLOYED)
        for flow in sorted(estate.flows_using(master.id), key=lambda flow: flow.name)
        if flow.status == DEPLOYED
    )


def stale_after_removing(
    estate: Estate, master: Product, removed: t.Iterable[Backup], backups_after: t.Mapping[str, tuple[Backup, ...]]
) -> tuple[StaleFlow, ...]:
    """One row per flow that is still deployed on a removed backup where it need not be deployed any more.

    ``backups_after`` maps the businessId of each changed master to its backups after the whole task: a backup that
    moves to another master of the same flow is not stale there.
    """
    return tuple(
        StaleFlow(flow.id, flow.name, master.id, master.name, backup.id, backup.name)
        for backup in removed
        for flow in sorted(estate.flows_using(master.id), key=lambda flow: flow.name)
        if backup.id not in _expected_products(estate, flow.id, backups_after)
        and any(row.product_id == backup.id for row in estate.deployments_of(flow.id))
    )


def _expected_products(estate: Estate, flow_id: str, backups_after: t.Mapping[str, tuple[Backup, ...]]) -> set[str]:
    expected: set[str] = set()
    for product_id in estate.products_in(estate.flows[flow_id]):
        product = estate.products.get(product_id)
        backups = backups_after.get(product_id, product.backups if product else ())
        expected.update({product_id}, (backup.id for backup in backups))
    return expected
