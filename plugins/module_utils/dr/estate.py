# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What was observed in Central Governance, indexed for the rules.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t
from collections import defaultdict
from functools import cached_property

from .identity import normalized, refers_to
from .model import Backup, Deployment, Flow, Product, is_known


class Estate:
    """An immutable view of products, flows and deployments.

    It holds only what was read: an object that is missing here may still exist. The caller reads everything that is
    needed.
    """

    def __init__(
        self,
        products: t.Iterable[Product] = (),
        flows: t.Iterable[Flow] = (),
        deployments: t.Iterable[Deployment] = (),
    ) -> None:
        self.products: dict[str, Product] = {product.id: product for product in products}
        self.flows: dict[str, Flow] = {flow.id: flow for flow in flows}
        self._product_ids = _ids_by_unique_name(self.products.values())
        self._flow_ids = _ids_by_unique_name(self.flows.values())
        self.products = {product.id: self._resolved(product) for product in self.products.values()}
        self.deployments: tuple[Deployment, ...] = tuple(self._resolved_row(row) for row in deployments)

    def find_products(self, reference: str) -> list[Product]:
        """The products that a name or a businessId refers to; several when the name is ambiguous."""
        by_id = self.products.get(normalized(reference))
        return [by_id] if by_id else self._products_by_name.get(reference, [])

    def find_flows(self, reference: str) -> list[Flow]:
        by_id = self.flows.get(normalized(reference))
        return [by_id] if by_id else self._flows_by_name.get(reference, [])

    def name_of(self, product_id: str) -> str:
        """The product's name, from its own record or from a reference to it."""
        product = self.products.get(product_id)
        return product.name if product else self._mentioned_names.get(product_id, product_id)

    def products_in(self, flow: Flow) -> list[str]:
        """The businessIds that the flow's parts refer to, each once, in the flow's order.

        A reference without a businessId is looked up by its name (documented for bodies; assumed for answers). Ends
        that are not products (partners, applications) keep their own id or name, which no product has.
        """
        ids = [part.id or self._product_ids.get(part.name, part.name) for part in flow.parts if part.may_be_a_product]
        return list(dict.fromkeys(ids))

    def ambiguous_names_in(self, flow: Flow) -> list[str]:
        """The names in the flow that several products share, so that it is not known which of them the flow uses."""
        names = (part.name for part in flow.parts if part.may_be_a_product and not part.id)
        return [name for name in dict.fromkeys(names) if len(self._products_by_name.get(name, ())) > 1]

    def _resolved(self, product: Product) -> Product:
        """The product, with businessIds in its list of backups even where CG gave only names."""
        if not is_known(product.backups):
            return product
        ids = [_resolve(backup.id, self.products, self._product_ids) for backup in product.backups]
        if all(backup.id == backup_id for backup, backup_id in zip(product.backups, ids, strict=True)):
            return product
        backups = (backup._replace(id=backup_id) for backup, backup_id in zip(product.backups, ids, strict=True))
        return product._replace(backups=tuple(backups))

    def _resolved_row(self, row: Deployment) -> Deployment:
        flow_id = _resolve(row.flow_id, self.flows, self._flow_ids)
        product_id = _resolve(row.product_id, self.products, self._product_ids)
        if (flow_id, product_id) == (row.flow_id, row.product_id):
            return row
        return row._replace(flow_id=flow_id, product_id=product_id)

    def flows_using(self, product_id: str) -> list[Flow]:
        return self._flows_by_product.get(product_id, [])

    def masters_of(self, backup_id: str) -> list[Product]:
        return self._masters_by_backup.get(backup_id, [])

    def deployments_of(self, flow_id: str) -> list[Deployment]:
        return self._deployments_by_flow.get(flow_id, [])

    @property
    def masters(self) -> list[Product]:
        return [product for product in self.products.values() if product.backups]

    @cached_property
    def out_of_reach(self) -> dict[str, Product]:
        """The products on which a deployment cannot succeed now, by businessId."""
        return {product.id: product for product in self.products.values() if not product.can_take_deployments}

    @cached_property
    def _products_by_name(self) -> dict[str, list[Product]]:
        return _grouped((product.name, product) for product in self.products.values())

    @cached_property
    def _flows_by_name(self) -> dict[str, list[Flow]]:
        return _grouped((flow.name, flow) for flow in self.flows.values())

    @cached_property
    def _flows_by_product(self) -> dict[str, list[Flow]]:
        return _grouped((used, flow) for flow in self.flows.values() for used in self.products_in(flow))

    @cached_property
    def _masters_by_backup(self) -> dict[str, list[Product]]:
        return _grouped((backup.id, master) for master in self.masters for backup in master.backups)

    @cached_property
    def _deployments_by_flow(self) -> dict[str, list[Deployment]]:
        return _grouped((row.flow_id, row) for row in self.deployments)

    @cached_property
    def _mentioned_names(self) -> dict[str, str]:
        names: dict[str, str] = {backup.id: backup.name for master in self.masters for backup in master.backups}
        names.update({part.id: part.name for flow in self.flows.values() for part in flow.parts})
        names.update({row.product_id: row.product_name for row in self.deployments})
        return names


def find_entry(backups: t.Iterable[Backup], wanted: Backup) -> Backup | None:
    """The entry of a freshly read list for the same backup; CG may give only its name (assumed)."""
    return next((b for b in backups if b.id in (wanted.id, wanted.name)), None)


def find_backup(master: Product, reference: str) -> Backup | None:
    """The entry of the master's own list that a reference matches, even when CG no longer has the backup's product."""
    return next((b for b in master.backups if b.id == normalized(reference)), None) or next(
        (b for b in master.backups if refers_to(reference, b)), None
    )


def _ids_by_unique_name(records: t.Iterable[Product] | t.Iterable[Flow]) -> dict[str, str]:
    ids: dict[str, str] = {}
    ambiguous = set()
    for record in records:
        if ids.setdefault(record.name, record.id) != record.id:
            ambiguous.add(record.name)
    return {name: record_id for name, record_id in ids.items() if name not in ambiguous}


def _resolve(reference: str, records: t.Container[str], ids_by_name: t.Mapping[str, str]) -> str:
    """The businessId for a reference that may be a name; the reference itself when it is not a unique name."""
    return reference if reference in records else ids_by_name.get(reference, reference)


Item = t.TypeVar("Item")


def _grouped(pairs: t.Iterable[tuple[str, Item]]) -> dict[str, list[Item]]:
    groups: dict[str, list[Item]] = defaultdict(list)
    for key, item in pairs:
        groups[key].append(item)
    return dict(groups)
