# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""All records of one simulated Central Governance, with the indexes that the rules need, and one undo log."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from cg_sim import model
from cg_sim.model import Deployment, Document, Flow, Job, Product


class Changes(NamedTuple):
    """What a transaction changed, by key. None means deleted."""

    products: dict[str, Product]
    flows: dict[str, Flow]
    deployments: dict[str, tuple[Deployment, ...]]
    jobs: dict[str, Job | None]

    def __bool__(self) -> bool:
        return bool(self.products or self.flows or self.deployments or self.jobs)


class State:
    """Records by id, in insertion order. Only the `put_` and `drop_` methods change anything."""

    def __init__(self) -> None:
        self.products: dict[str, Product] = {}
        self.flows: dict[str, Flow] = {}
        self.deployments: dict[str, tuple[Deployment, ...]] = {}
        self.jobs: dict[str, Job] = {}
        self._products_by_name: dict[str, set[str]] = {}
        self._flows_by_name: dict[str, set[str]] = {}
        self._flows_by_idf: dict[str, set[str]] = {}
        self._flows_by_product: dict[str, set[str]] = {}
        self._masters_of: dict[str, set[str]] = {}
        self._deployed_on: dict[str, set[str]] = {}
        self._undo: list[Callable[[], None]] | None = None
        self._changes = Changes({}, {}, {}, {})

    # ---------------------------------------------------------------------------------------------------- reading

    def products_named(self, name: str) -> list[Product]:
        return [self.products[key] for key in self._products_by_name.get(name, ())]

    def flows_named(self, name: str) -> list[Flow]:
        return [self.flows[key] for key in self._flows_by_name.get(name, ())]

    def flows_with_idf(self, idf: str) -> list[Flow]:
        return [self.flows[key] for key in self._flows_by_idf.get(idf, ())]

    def flows_using(self, product_id: str) -> list[Flow]:
        """Flows whose definition names the product itself, ordered by name."""
        flows = [self.flows[key] for key in self._flows_by_product.get(product_id, ())]
        return sorted(flows, key=lambda flow: (flow.name, flow.id))

    def masters_of(self, product_id: str) -> list[Product]:
        """Products that have this one as a backup, ordered by name."""
        masters = [self.products[key] for key in self._masters_of.get(product_id, ())]
        return sorted(masters, key=lambda product: (product.name, product.id))

    def deployments_on(self, product_id: str) -> list[Deployment]:
        flows = sorted(self._deployed_on.get(product_id, ()))
        return [row for key in flows for row in self.deployments[key] if row.product_id == product_id]

    def product_name(self, product_id: str) -> str:
        product = self.products.get(product_id)
        return product.name if product else product_id

    # --------------------------------------------------------------------------------------------------- changing

    def put_product(self, product: Product) -> None:
        self._replace_product(product.id, product)
        self._changes.products[product.id] = product

    def put_flow(self, flow: Flow) -> None:
        self._replace_flow(flow.id, flow)
        self._changes.flows[flow.id] = flow

    def put_deployments(self, flow_id: str, rows: Iterable[Deployment]) -> None:
        """Replace all deployment rows of one flow."""
        frozen = tuple(rows)
        self._replace_deployments(flow_id, frozen)
        self._changes.deployments[flow_id] = frozen

    def put_job(self, job: Job) -> None:
        self._replace_job(job.key, job)
        self._changes.jobs[job.key] = job

    def drop_job(self, key: str) -> None:
        if key in self.jobs:
            self._replace_job(key, None)
            self._changes.jobs[key] = None

    # ------------------------------------------------------------------------------------------------ transactions

    def begin(self) -> None:
        self._undo = []
        self._changes = Changes({}, {}, {}, {})

    def changes(self) -> Changes:
        return self._changes

    def commit(self) -> None:
        self._undo = None
        self._changes = Changes({}, {}, {}, {})

    def rollback(self) -> None:
        undo, self._undo = self._undo or [], None
        for step in reversed(undo):
            step()
        self._changes = Changes({}, {}, {}, {})

    def fork(self) -> State:
        """An independent copy; the records, which are never changed in place, are shared."""
        copy = State()
        copy.products = dict(self.products)
        copy.flows = dict(self.flows)
        copy.deployments = dict(self.deployments)
        copy.jobs = dict(self.jobs)
        for name in (
            "_products_by_name",
            "_flows_by_name",
            "_flows_by_idf",
            "_flows_by_product",
            "_masters_of",
            "_deployed_on",
        ):
            setattr(copy, name, {key: set(value) for key, value in getattr(self, name).items()})
        return copy

    # ---------------------------------------------------------------------------------------------------- indexes

    def _remember(self, step: Callable[[], None]) -> None:
        if self._undo is not None:
            self._undo.append(step)

    def _replace_product(self, key: str, product: Product | None) -> None:
        before = self.products.get(key)
        self._remember(lambda: self._replace_product(key, before))
        if before is not None:
            _discard(self._products_by_name, before.name, key)
            for backup in before.backups:
                _discard(self._masters_of, backup.id, key)
        if product is None:
            del self.products[key]
            return
        self.products[key] = product
        self._products_by_name.setdefault(product.name, set()).add(key)
        for backup in product.backups:
            self._masters_of.setdefault(backup.id, set()).add(key)

    def _replace_flow(self, key: str, flow: Flow | None) -> None:
        before = self.flows.get(key)
        self._remember(lambda: self._replace_flow(key, before))
        if before is not None:
            _discard(self._flows_by_name, before.name, key)
            _discard(self._flows_by_idf, before.idf or "", key)
            for product_id in before.product_ids():
                _discard(self._flows_by_product, product_id, key)
        if flow is None:
            del self.flows[key]
            return
        self.flows[key] = flow
        self._flows_by_name.setdefault(flow.name, set()).add(key)
        if flow.idf:
            self._flows_by_idf.setdefault(flow.idf, set()).add(key)
        for product_id in flow.product_ids():
            self._flows_by_product.setdefault(product_id, set()).add(key)

    def _replace_deployments(self, flow_id: str, rows: tuple[Deployment, ...]) -> None:
        before = self.deployments.get(flow_id, ())
        self._remember(lambda: self._replace_deployments(flow_id, before))
        for row in before:
            _discard(self._deployed_on, row.product_id, flow_id)
        if rows:
            self.deployments[flow_id] = rows
        else:
            self.deployments.pop(flow_id, None)
        for row in rows:
            self._deployed_on.setdefault(row.product_id, set()).add(flow_id)

    def _replace_job(self, key: str, job: Job | None) -> None:
        before = self.jobs.get(key)
        self._remember(lambda: self._replace_job(key, before))
        if job is None:
            self.jobs.pop(key, None)
        else:
            self.jobs[key] = job

    # -------------------------------------------------------------------------------------------------- documents

    @classmethod
    def from_documents(cls, documents: Mapping[str, Any], now: int) -> State:
        """Build from {"products", "flows", "deployments"[, "jobs"]}; missing times become `now` (milliseconds).

        Raises ValueError for duplicate ids and for references to unknown ids."""
        state = cls()
        for document in documents.get("products") or []:
            state.add_product(document)
        state.add_all_but_products(documents, now)
        return state

    def add_all_but_products(self, documents: Mapping[str, Any], now: int) -> None:
        self.check_backups()
        for document in documents.get("flows") or []:
            self.add_flow(document, now)
        rows: dict[str, list[Document]] = {}
        for document in documents.get("deployments") or []:
            rows.setdefault(document["flow"]["businessId"], []).append(document)
        for flow_rows in rows.values():
            self.add_deployments(flow_rows, now)
        for document in documents.get("jobs") or []:
            self.add_job(document)

    # To add records one by one, in this order: products, check_backups, flows, deployments, jobs.

    def add_product(self, document: Mapping[str, Any]) -> None:
        product = model.product_from_document(document)
        if product.id in self.products:
            raise ValueError(f"two products have the businessId {product.id}")
        self._replace_product(product.id, product)

    def check_backups(self) -> None:
        for product in self.products.values():
            for backup in product.backups:
                if backup.id not in self.products:
                    raise ValueError(f"product {product.name}: there is no backup with the businessId {backup.id}")

    def add_flow(self, document: Mapping[str, Any], now: int) -> None:
        flow = model.flow_from_document(document, now)
        if flow.id in self.flows:
            raise ValueError(f"two flows have the businessId {flow.id}")
        self._replace_flow(flow.id, flow)

    def add_deployments(self, documents: Iterable[Mapping[str, Any]], now: int) -> None:
        """All deployments of one flow."""
        rows = tuple(model.deployment_from_document(document, now) for document in documents)
        for row in rows:
            if row.flow_id not in self.flows or row.flow_id != rows[0].flow_id:
                raise ValueError(f"deployment {row.id}: there is no flow with the businessId {row.flow_id}")
        if rows:
            self._replace_deployments(rows[0].flow_id, rows)

    def add_job(self, document: Mapping[str, Any]) -> None:
        job = model.job_from_document(document)
        if job.key in self.jobs:
            raise ValueError(f"two jobs have the key {job.key}")
        for key in job.watched:
            if key not in self.products and key not in self.flows:
                raise ValueError(f"job {job.key}: there is no object with the businessId {key}")
        self.jobs[job.key] = job

    def document_iterators(self) -> dict[str, Iterator[Document]]:
        """The inverse of from_documents, record by record, for the state at the time of the call; encode them with
        orjson (profiles are fragments of JSON)."""
        products, flows = list(self.products.values()), list(self.flows.values())
        rows, jobs = list(self.deployments.values()), list(self.jobs.values())
        names = {flow.id: flow.name for flow in flows}
        return {
            "products": map(self._product_document, products),
            "flows": map(model.flow_to_document, flows),
            "deployments": (model.deployment_to_document(row, names[row.flow_id]) for some in rows for row in some),
            "jobs": map(model.job_to_document, jobs),
        }

    def _product_document(self, product: Product) -> Document:
        document = model.product_to_document(product)
        for entry in document["backupProducts"]:
            entry["name"] = self.product_name(entry["businessId"])
        return document

    def to_documents(self) -> Document:
        """The inverse of from_documents, as one document."""
        return {kind: list(documents) for kind, documents in self.document_iterators().items()}


def _discard(index: dict[str, set[str]], key: str, value: str) -> None:
    values = index.get(key)
    if values is not None:
        values.discard(value)
        if not values:
            del index[key]
