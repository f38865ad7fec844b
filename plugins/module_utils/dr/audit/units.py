# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The units that rules are applied to: declared references, masters, pairs, flows, servers.

PRIVATE to the collection: it may change at any time.

The ``objects`` of a unit are those that a finding about it names.
"""

from __future__ import annotations

import typing as t
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from ..estate import Estate, find_backup
from ..flows import FlowView, view_flow
from ..model import Backup, Flow, Product, is_known
from ..profiles import ProfileDifference, compare_profiles
from .acceptance import Acceptance
from .findings import Objects
from .inputs import History, Inputs, Settings
from .names import Names, is_backed_up


@dataclass(frozen=True)
class DeclaredProduct:
    """A reference in the declaration, and the products that it matches."""

    reference: str
    found: tuple[Product, ...]
    objects: Objects


@dataclass(frozen=True)
class DeclaredPair:
    """A master and one of its declared backups; ``backup`` is written as in the declaration."""

    master: Product | None
    backup: str
    backup_ids: frozenset[str]  # of the products that ``backup`` matches: one, several, none
    is_present: bool | None  # None: the products, or the master's list of backups, are not known
    objects: Objects


@dataclass(frozen=True)
class Master:
    """``product`` is None for a declared master that is not a product of Central Governance."""

    product: Product | None
    is_declared: bool
    objects: Objects


@dataclass(frozen=True)
class Pair:
    """A master and an entry of its list; ``product`` is None when the backup's product does not exist."""

    master: Product
    entry: Backup
    product: Product | None
    objects: Objects

    @cached_property
    def difference(self) -> ProfileDifference | None:
        """Of the communication profiles; None when those of either side are not known."""
        if self.product is None or not (is_known(self.master.profiles) and is_known(self.product.profiles)):
            return None
        return compare_profiles(self.master.profiles, self.product.profiles)

    @property
    def is_in_sync(self) -> bool:
        """By the flag and by the profiles; False when either is not known."""
        return self.entry.synchronized is True and self.difference is not None and not self.difference


@dataclass(frozen=True)
class MasterFlow:
    """A flow, seen from one of its masters."""

    master: Product
    view: FlowView
    objects: Objects


@dataclass(frozen=True)
class AuditedFlow:
    view: FlowView
    objects: Objects


@dataclass(frozen=True)
class Server:
    """A master, or the backup of a pair, with its communication profiles."""

    product: Product
    what: str  # "the master ST_PARIS", "ST_LYON, a backup of ST_PARIS,"
    objects: Objects

    @cached_property
    def certificates(self) -> dict[str, list[str]]:
        """The names of the enabled profiles by the digest of their certificate, sorted. The profiles must be known."""
        found: dict[str, list[str]] = {}
        for profile in self.product.profiles:
            if profile.enabled and profile.certificate_sha256:
                found.setdefault(profile.certificate_sha256, []).append(profile.name)
        for names in found.values():
            names.sort()
        return found

    @cached_property
    def without_certificate(self) -> list[str]:
        """The names of the enabled profiles for which Central Governance should show a certificate but shows none."""
        return [
            profile.name
            for profile in self.product.profiles
            if profile.enabled and profile.tls and profile.type == "SERVER" and not profile.certificate_sha256
        ]


@dataclass(frozen=True)
class Standalone:
    """A SecureTransport that is neither a master, nor a backup, nor declared."""

    product: Product
    objects: Objects


@dataclass(frozen=True)
class WholeEstate:
    """The estate as a whole."""

    objects: Objects = field(default_factory=Objects)


@dataclass(frozen=True)
class AcceptanceUse:
    """An acceptance, and how many findings it matches."""

    acceptance: Acceptance
    matched: int

    @property
    def objects(self) -> Objects:
        return Objects(detail=str(self.acceptance))


class Context:
    """The inputs, restricted to the audited masters, as units for the rules."""

    def __init__(self, inputs: Inputs, needed: Collection[str]) -> None:
        """``needed``: the sources that some rule needs.

        Raises ValueError when the declaration or the choice of masters is invalid.
        """
        self.inputs = inputs
        self.needed = needed
        self.settings: Settings = inputs.settings
        self.history: History | None = inputs.history
        self.estate: Estate = inputs.observed.estate
        self.names = Names(self.estate)
        self._scope = self._chosen_masters()
        self.acceptances: list[AcceptanceUse] = []  # set after the other rules were applied
        self.declared: dict[str, tuple[DeclaredPair, ...]] = {}  # by the master's businessId, or its reference
        self.declared_products: list[DeclaredProduct] = []
        for declaration in inputs.declared or ():
            self._add_declaration(declaration.master, declaration.backups)

    def _chosen_masters(self) -> set[str] | None:
        """BusinessIds, and references in the declaration that match no product."""
        if self.settings.masters is None:
            return None
        declared = {declaration.master for declaration in self.inputs.declared or ()}
        chosen = set()
        for reference in self.settings.masters:
            found = self.estate.find_products(reference)
            if not found and reference not in declared and self.products_were_read:
                raise ValueError(f'masters: Central Governance has no product named "{reference}".')
            if len(found) > 1:
                raise ValueError(f'masters: "{reference}" matches {len(found)} products; use the businessId.')
            for product in found:
                self._check_is_a_master(reference, product, declared)
            chosen |= {product.id for product in found} or {reference}
        return chosen

    def _check_is_a_master(self, reference: str, product: Product, declared: set[str]) -> None:
        above = [self.names.product(master.id) for master in self.estate.masters_of(product.id)]
        if above and not is_backed_up(product) and reference not in declared:
            raise ValueError(f'masters: "{reference}" is not a master; it is a backup of {", ".join(sorted(above))}.')
        if not product.is_securetransport:
            raise ValueError(
                f'masters: "{reference}" is not a SecureTransport but a {product.type or "product without type"}.'
            )

    @property
    def products_were_read(self) -> bool:
        return not self.inputs.observed.sources["products"].problem

    def in_scope(self, product_id: str) -> bool:
        return self._scope is None or product_id in self._scope

    def _add_declaration(self, reference: str, backups: tuple[str, ...]) -> None:
        found = tuple(self.estate.find_products(reference))
        master = found[0] if len(found) == 1 else None
        key = master.id if master else reference
        if not self.in_scope(key):
            return
        if key in self.declared:
            raise ValueError(f'topology: "{reference}" is declared as a master more than once.')
        label = self.names.product(master.id) if master else reference
        self.declared_products.append(DeclaredProduct(reference, found, Objects(master=label)))
        self.declared[key] = tuple(self._declared_pair(master, label, backup) for backup in dict.fromkeys(backups))

    def _declared_pair(self, master: Product | None, label: str, reference: str) -> DeclaredPair:
        entry = find_backup(master, reference) if master and is_backed_up(master) else None
        found = tuple(self.estate.find_products(reference))
        ids = frozenset({entry.id}) if entry else frozenset(product.id for product in found)
        objects = Objects(label, self.names.product(next(iter(ids)), reference) if len(ids) == 1 else reference)
        self.declared_products.append(DeclaredProduct(reference, found, objects))
        is_present = _is_listed(master, ids) if self.products_were_read else None
        return DeclaredPair(master, reference, ids, is_present, objects)

    # The kinds of units, by their names in the table of rules.

    @cached_property
    def declared_pairs(self) -> list[DeclaredPair]:
        return [pair for pairs in self.declared.values() for pair in pairs]

    @cached_property
    def masters(self) -> list[Master]:
        """The masters that have backups, and those that are declared."""
        masters = [
            Master(product, product.id in self.declared, Objects(master=self.names.product(product.id)))
            for product in self.estate.products.values()
            if self.in_scope(product.id) and (is_backed_up(product) or product.id in self.declared)
        ]
        unknown = (reference for reference in self.declared if reference not in self.estate.products)
        masters += [Master(None, True, Objects(master=reference)) for reference in unknown]
        return sorted(masters, key=lambda master: master.objects.master)

    @cached_property
    def pairs(self) -> list[Pair]:
        return [
            Pair(
                master.product,
                entry,
                self.estate.products.get(entry.id),
                Objects(master.objects.master, self.names.product(entry.id, entry.name)),
            )
            for master in self.masters
            if master.product
            for entry in master.product.backups
        ]

    @cached_property
    def listed_pairs(self) -> set[Objects]:
        return {pair.objects for pair in self.pairs}

    @cached_property
    def servers(self) -> list[Server]:
        servers = []
        for master in self.masters:
            if master.product:
                name = master.objects.master
                servers.append(Server(master.product, f"the master {name}", Objects(master=name, product=name)))
        for pair in self.pairs:
            if pair.product:
                objects = Objects(pair.objects.master, pair.objects.backup, product=pair.objects.backup)
                servers.append(Server(pair.product, f"{objects.backup}, a backup of {objects.master},", objects))
        return servers

    @cached_property
    def standalone(self) -> list[Standalone]:
        """The products whose list of backups is known to be empty."""
        return [
            Standalone(product, Objects(product=self.names.product(product.id)))
            for product in self.estate.products.values()
            if product.is_securetransport
            and is_known(product.backups)
            and not product.backups
            and product.id not in self.declared
            and self.in_scope(product.id)
            and not self.estate.masters_of(product.id)
        ]

    @cached_property
    def _views(self) -> dict[str, FlowView]:
        return {flow.id: view_flow(flow, self.estate) for flow in self._audited_flows()}

    def _audited_flows(self) -> Iterator[Flow]:
        if self._scope is None:
            yield from self.estate.flows.values()
        else:
            used = (flow for master in self.masters if master.product for flow in self._flows_of(master.product))
            yield from {flow.id: flow for flow in used}.values()

    def _flows_of(self, master: Product) -> list[Flow]:
        return self.estate.flows_using(master.id)

    @cached_property
    def master_flows(self) -> list[MasterFlow]:
        return [
            MasterFlow(
                master.product,
                self._views[flow.id],
                Objects(master=master.objects.master, flow=self.names.flow(flow.id, flow.name)),
            )
            for master in self.masters
            if master.product
            for flow in self._flows_of(master.product)
        ]

    @cached_property
    def flows(self) -> list[AuditedFlow]:
        return [
            AuditedFlow(view, Objects(self._only_master(view), flow=self.names.flow(view.flow.id, view.flow.name)))
            for view in self._views.values()
        ]

    def _only_master(self, view: FlowView) -> str:
        return self.names.product(view.masters[0].id) if len(view.masters) == 1 else ""

    @property
    def estates(self) -> list[WholeEstate]:
        return [WholeEstate()]

    def units(self, kind: str) -> list[t.Any]:
        units: list[t.Any] = getattr(self, kind)
        return units


def _is_listed(master: Product | None, backup_ids: frozenset[str]) -> bool | None:
    if master is None:
        return False
    if not is_known(master.backups):
        return None
    return len(backup_ids) == 1 and backup_ids <= {backup.id for backup in master.backups}
