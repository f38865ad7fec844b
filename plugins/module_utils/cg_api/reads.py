# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading from Central Governance: which requests are needed for which objects.

PRIVATE to the collection: it may change at any time.

A few named objects are read one by one, in parallel, whatever the size of the estate; many are read in bulk, in one
request for any number of them.

Lists may consist of summaries. What is missing in an entry is read from the object itself, in parallel; what is missing
there too is Unknown in the record that is returned, never empty.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, replace
from functools import partial

from ..dr.identity import any_refers_to, is_business_id, normalized
from ..dr.model import Backup, Deployment, Flow, Product, ProfileDetail, is_known
from .answers import objects_in
from .errors import CGError
from .operations import Operation
from .parallel import map_parallel
from .records import (
    OnCertificate,
    check_identities,
    is_whole_flow,
    is_whole_product,
    read_backups,
    read_deployment,
    read_flow,
    read_product,
)
from .transport import Transport

# Up to this many objects are read one by one.
FEW = 10

Record = t.TypeVar("Record", Product, Flow)
Item = t.TypeVar("Item")
Result = t.TypeVar("Result")
Json = dict[str, t.Any]


@dataclass(frozen=True)
class _Kind(t.Generic[Record]):
    """How products or flows are read; the operations are list_, find_ and read_ with these names."""

    plural: str
    singular: str
    read: t.Callable[..., Record]
    is_whole: t.Callable[[Record], bool]


_PRODUCTS = {
    detail: _Kind(
        "products", "product", partial(read_product, profiles=detail), partial(is_whole_product, profiles=detail)
    )
    for detail in ProfileDetail
}
_FLOWS = _Kind("flows", "flow", read_flow, is_whole_flow)


class Reads:
    """The operations that read; every method may raise CGError."""

    def __init__(self, transport: Transport, operations: t.Mapping[str, Operation]) -> None:
        self.transport = transport
        self.operations = operations
        self._names: dict[str, str] = {}  # of products and flows that were read, by businessId
        self._ids: dict[str, set[str]] = {}  # businessIds of products that were read, by name
        self._spelled: dict[str, str] = {}  # businessIds that the server spells otherwise than in lower case
        self._summarized: set[str] = set()  # kinds whose lists consist of summaries
        self._read_all: set[str] = set()  # kinds of which the last read returned all objects

    @property
    def max_parallel(self) -> int:
        return self.transport.connection.max_parallel

    @property
    def has_read_all_products(self) -> bool:
        """Whether the last ``products()`` returned all products, as it may also do when many are named."""
        return "products" in self._read_all

    def stop_reusing(self) -> None:
        """Called before writes: from then on, no answer may be one that was read earlier."""

    def copy_names_from(self, other: Reads) -> None:
        """Copies the names and the spellings of businessIds that the other has read."""
        self._names.update(other._names)
        self._ids.update({name: set(ids) for name, ids in other._ids.items()})
        self._spelled.update(other._spelled)
        self._summarized |= other._summarized

    def reads_in_bulk(self, product_ids: t.Collection[str]) -> bool:
        """Whether this many products are read in one request."""
        return len(product_ids) > FEW and "products" not in self._summarized

    def products(
        self,
        references: t.Collection[str] | None = None,
        on_certificate: OnCertificate | None = None,
        profiles: ProfileDetail = ProfileDetail.WHOLE,
    ) -> list[Product]:
        """All products, or at least those with these references (names or businessIds); unknown ones are absent.

        ``on_certificate`` is called with the digest and the content of each certificate; the products keep the digest.
        Most of an answer consists of profiles: without them, a large estate is read in a fraction of the time.
        """
        kind = _PRODUCTS[profiles]
        if on_certificate:
            kind = replace(kind, read=partial(kind.read, on_certificate=on_certificate))
        products = self._with_backups(self._read(kind, references))
        self._remember(products)
        return self._identified(products)

    def products_like(self, wildcard: str) -> list[Product]:
        """The products whose name matches; % stands for anything at either end (documented)."""
        found = self._list("find_products", read_product, name=wildcard)
        products = self._with_backups(self._completed(_PRODUCTS[ProfileDetail.WHOLE], found))
        self._remember(products)
        return self._identified(products)

    def flows(self, references: t.Collection[str] | None = None) -> list[Flow]:
        """All flows, or at least those with these references (names or businessIds); unknown ones are absent."""
        flows = self._read(_FLOWS, references)
        self._names.update((flow.id, flow.name) for flow in flows)
        return flows

    def deployments(self, flow_ids: t.Collection[str] | None = None) -> list[Deployment]:
        """All rows of the deployments list, or at least those of the flows."""
        if flow_ids is None or len(flow_ids) > FEW:
            return self._list("list_deployments", read_deployment)
        try:
            rows = map_parallel(self._deployments_of, list(dict.fromkeys(flow_ids)), self.max_parallel)
        except CGError as error:
            if error.status != 404:
                raise
            # Either a flow has no deployments, or there is no such path. The whole list shows which, and has the rows.
            return self.deployments()
        return [row for rows_of_flow in rows for row in rows_of_flow]

    def backups(self, master_ids: t.Collection[str]) -> dict[str, tuple[Backup, ...]]:
        """The list of backups of each master, read now."""
        ids = list(dict.fromkeys(master_ids))
        found: dict[str, tuple[Backup, ...]] = {}
        if self.reads_in_bulk(ids):
            products = self._list("list_products", partial(read_product, profiles=ProfileDetail.NONE))
            found = {product.id: product.backups for product in products if is_known(product.backups)}
            self._remember(products)
        # A master that is not in the bulk read is read alone, so that the server's error is reported.
        missing = [master_id for master_id in ids if master_id not in found]
        found.update(zip(missing, map_parallel(self._backups_of, missing, self.max_parallel), strict=True))
        masters = [
            Product(master_id, self._names.get(master_id, master_id), backups=found[master_id]) for master_id in ids
        ]
        return {master.id: master.backups for master in self._identified(masters)}

    def _deployments_of(self, flow_id: str) -> list[Deployment]:
        if flow_id not in self._names and "{name}" in self.operations["flow_deployments"].path:
            self.flows([flow_id])
        name = self._names.get(flow_id, flow_id)
        return self._list("flow_deployments", partial(read_deployment, flow_id=flow_id), id=flow_id, name=name)

    def _backups_of(self, master_id: str) -> tuple[Backup, ...]:
        try:
            return self._fetch("list_backups", read_backups, id=master_id)
        except CGError as error:
            if error.status != 404:
                raise
            # Either the master has no backups, or there is no such path. The product has the list too (documented).
            for product in self._list("read_product", partial(read_product, is_whole=True), id=master_id):
                if product.is_securetransport and is_known(product.backups):
                    return product.backups
            raise

    # Products and flows

    def _read(self, kind: _Kind[Record], references: t.Collection[str] | None) -> list[Record]:
        once = list(dict.fromkeys(references or ()))
        self._read_all.discard(kind.plural)
        if references is None or (len(once) > FEW and kind.plural not in self._summarized):
            listed = found = self._list(f"list_{kind.plural}", kind.read)
            if references is not None and not all(map(kind.is_whole, listed)):
                # Objects that were not requested and would have to be read one by one are left out.
                found = [record for record in listed if kind.is_whole(record) or any_refers_to(once, record)]
            if len(found) == len(listed):
                self._read_all.add(kind.plural)
            return self._completed(kind, found)
        look_up = partial(self._look_up, kind)
        # The first request is sent alone, so that a wrong password is tried once and not by each thread, which might
        # lock the account, and a server that is down is reported once.
        groups = map_parallel(look_up, once[:1], 1) + map_parallel(look_up, once[1:], self.max_parallel)
        if references and not any(groups):
            # Either wrong names, or a wrong URL that answers 404 to everything. The bulk read distinguishes them, and
            # its names are used for suggestions.
            return self._read(kind, None)
        return list({record.id: record for records in groups for record in records}.values())

    def _look_up(self, kind: _Kind[Record], reference: str) -> list[Record]:
        if is_business_id(reference):
            # The documentation shows businessIds in lower case; people and servers may use upper case.
            for business_id in dict.fromkeys((normalized(reference), reference, reference.upper())):
                found = self._own_records(kind, business_id)
                if found:
                    return found
        # A % in a name is a wildcard for CG (documented); additional products in the answer do no harm.
        return self._completed(kind, self._list(f"find_{kind.plural}", kind.read, name=reference))

    def _completed(self, kind: _Kind[Record], found: list[Record]) -> list[Record]:
        """The records, with what is missing in the list read from the objects themselves."""
        partly = [record for record in found if not kind.is_whole(record)]
        if not partly:
            return found
        self._summarized.add(kind.plural)
        groups = map_parallel(lambda record: self._own_records(kind, record.id), partly, self.max_parallel)
        whole = {record.id: record for records in groups for record in records}
        return [whole.get(record.id, record) for record in found]

    def _own_records(self, kind: _Kind[Record], business_id: str) -> list[Record]:
        return self._list(f"read_{kind.singular}", partial(kind.read, is_whole=True), id=business_id)

    def _with_backups(self, products: list[Product]) -> list[Product]:
        """The products, with the lists of backups that are missing in their records.

        Assumed: 404 means that a product has no backups, if the list can be read for another product. Otherwise the
        path may be wrong, and the list stays Unknown.
        """
        silent = [product for product in products if not is_known(product.backups)]
        if not silent:
            return products
        lists = dict(
            zip((p.id for p in silent), map_parallel(self._listed_backups, silent, self.max_parallel), strict=True)
        )
        otherwise = () if any(listed is not None for listed in lists.values()) else None
        backups = {product_id: otherwise if listed is None else listed for product_id, listed in lists.items()}
        return [
            product if (listed := backups.get(product.id)) is None else product._replace(backups=listed)
            for product in products
        ]

    def _listed_backups(self, product: Product) -> tuple[Backup, ...] | None:
        try:
            return self._fetch("list_backups", read_backups, id=product.id)
        except CGError as error:
            if error.status != 404:
                raise
            return None

    def _identified(self, products: list[Product]) -> list[Product]:
        """The products, with the missing names and businessIds of their backups, of which CG may list only one.

        A backup that is not found, or whose name several products have, stays as it is.
        """
        listed = [backup for product in products if is_known(product.backups) for backup in product.backups]
        halves = dict.fromkeys(backup.id for backup in listed if backup.name == backup.id)
        if not halves:
            return products
        unread = [half for half in halves if half not in self._names and half not in self._ids]
        for records in map_parallel(self._look_up_half, unread, self.max_parallel):
            self._remember(records)

        def whole(backup: Backup) -> Backup:
            if backup.id not in halves:
                return backup
            ids = self._ids.get(backup.id, set())
            product_id = next(iter(ids)) if len(ids) == 1 else backup.id
            return backup._replace(id=product_id, name=self._names.get(product_id, backup.name))

        return [
            product._replace(backups=tuple(map(whole, product.backups))) if is_known(product.backups) else product
            for product in products
        ]

    def _look_up_half(self, half: str) -> list[Product]:
        if is_business_id(half):
            return self._own_records(_PRODUCTS[ProfileDetail.NONE], half)
        return self._list("find_products", partial(read_product, profiles=ProfileDetail.NONE), name=half)

    def _remember(self, products: t.Iterable[Product]) -> None:
        for product in products:
            self._names[product.id] = product.name
            self._ids.setdefault(product.name, set()).add(product.id)

    # Requests

    def _list(self, operation: str, reader: t.Callable[[Json], Item], **values: str) -> list[Item]:
        """The records of a read; none when it is a search for one object and the answer is 404.

        That CG answers [] in this case is assumed. Everywhere else a 404 is an error: its cause may be a wrong URL or a
        wrong operation, so it must not be taken for an empty list, from which writes would follow.
        """
        try:
            return self._fetch(operation, partial(_read_each, reader), **values)
        except CGError as error:
            if error.status == 404 and self.operations[operation].may_find_none:
                return []
            raise

    def _fetch(self, operation: str, read: t.Callable[[t.Iterable[Json]], Result], **values: str) -> Result:
        """The result of ``read`` for the objects in the answer. Raises CGError, also when they cannot be read."""
        row = self.operations[operation]

        def read_all(answer: t.Any) -> Result:
            objects = objects_in(answer, row.answers)
            # The businessIds of deployments are not used in paths.
            return read(objects if row.answers == "deployments" else self._with_spelling_remembered(objects))

        if "id" in values:
            values["id"] = self._as_spelled(values["id"])
        return t.cast(Result, self.transport.send(row, values, read=read_all))

    def _as_spelled(self, business_id: str) -> str:
        """The businessId as the server writes it, since paths may be case-sensitive."""
        return self._spelled.get(business_id, business_id)

    def _with_spelling_remembered(self, objects: t.Iterable[Json]) -> t.Iterator[Json]:
        for item in objects:
            self._remember_spelling(item)
            backups = item.get("backupProducts")
            if isinstance(backups, list):
                for entry in backups:
                    if isinstance(entry, dict):
                        self._remember_spelling(entry)
            yield item

    def _remember_spelling(self, item: Json) -> None:
        business_id = item.get("businessId")
        if isinstance(business_id, str) and business_id != normalized(business_id):
            self._spelled[normalized(business_id)] = business_id


def _read_each(reader: t.Callable[[Json], Item], objects: t.Iterable[Json]) -> list[Item]:
    records = [reader(item) for item in objects]
    check_identities(record for record in records if isinstance(record, (Product, Flow)))
    return records
