# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The data of the console's pages, as documents. Reading has no side effects: no poll is counted, nothing journaled."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator

import orjson

from cg_sim.clock import ClockState
from cg_sim.console.listing import ROWS_ON_A_PAGE, Column, Wanted, listing
from cg_sim.errors import Refusal
from cg_sim.model import IN_PROGRESS, SETTLED, Deployment, Document, Flow, Product
from cg_sim.rules.deployment import expected_products
from cg_sim.settings import TRANSITIONS, VARIANT_MEANINGS, VARIANTS
from cg_sim.simulator import Simulator
from cg_sim.state import State

ACTIVITY_SHOWN = 100


class Views:
    """Each method returns the data of one page."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    @property
    def _state(self) -> State:
        return self._simulator.world.state

    # ---------------------------------------------------------------------------------------------------- overview

    def overview(self) -> Document:
        """The numbers in the header of every page."""
        state = self._state
        masters = [product for product in state.products.values() if product.backups]
        return {
            "products": len(state.products),
            "masters": len(masters),
            "unsynchronized": sum(not backup.synchronized for master in masters for backup in master.backups),
            "flows": dict(Counter(flow.status for flow in state.flows.values())),
            "running": len(state.jobs),
            "switched": self._switched(),
        }

    def _switched(self) -> list[str]:
        """What differs from a simulator that was just started (faults, clock, settings); shown in the page header."""
        simulator, settings = self._simulator, self._simulator.settings
        switched = [f"{len(simulator.faults.describe())} faults"] if simulator.faults.describe() else []
        switched += [f"{key}={value}" for key, value in settings.variants.items() if value != VARIANTS[key][0]]
        switched += [f"{key}={value}" for key, value in settings.transitions.items() if value != TRANSITIONS[key]]
        if simulator.world.clock.state() != ClockState():
            switched.append("clock")
        return switched

    def simulator(self) -> Document:
        """The settings of the control plane and their current values."""
        simulator, settings = self._simulator, self._simulator.settings
        return {
            "faults": simulator.faults.describe(),
            "variants": [
                {"key": key, "value": value, "default": VARIANTS[key][0], "meaning": VARIANT_MEANINGS[key]}
                for key, value in settings.variants.items()
            ],
            "transitions": [
                {"key": key, "value": value, "default": TRANSITIONS[key]} for key, value in settings.transitions.items()
            ],
            "clock": {
                # Rounded to seconds: otherwise the page would change with every poll.
                "frozen": simulator.world.clock.frozen,
                "offset": round(simulator.world.clock.state().offset / 1000),
                "now": simulator.world.clock.describe()["iso"] if simulator.world.clock.frozen else None,
            },
        }

    # ---------------------------------------------------------------------------------------------------- products

    def products(self, wanted: Wanted) -> Document:
        return listing(
            _sorted_by_name(wanted),
            self._state.products.values(),
            lambda each: (each.name, each.host, each.type, each.version, each.status, *(each.tags or ())),
            {
                "name": Column(_by_name),
                **{key: _column(key) for key in ("type", "version", "status", "host")},
            },
            {
                "master": lambda each: bool(each.backups),
                "backup": lambda each: bool(self._state.masters_of(each.id)),
                "unsynchronized": lambda each: any(not backup.synchronized for backup in each.backups),
            },
            self._product_row,
        )

    def topology(self, wanted: Wanted) -> Document:
        """Masters with their backups, for the topology drawing."""
        page = self.products(wanted._replace(search=f"is:master {wanted.search}"))
        for row in page["rows"]:
            for backup in row["backups"]:
                backup["status"] = self._state.products[backup["id"]].status
        return page

    def product(self, product_id: str) -> Document:
        state = self._state
        product = state.products.get(product_id)
        if product is None:
            raise Refusal(404, "There is no such product (any more)")
        profiles = sorted(product.load_profiles(), key=lambda profile: str(profile.get("name")))
        return {
            **self._product_row(product),
            "contact": {str(key): str(value) for key, value in product.contact.items()},
            "profiles": profiles,
            "usedBy": [self._flow_row(flow) for flow in state.flows_using(product_id)[:ROWS_ON_A_PAGE]],
            "usedByCount": len(state.flows_using(product_id)),
        }

    def _product_row(self, product: Product) -> Document:
        state = self._state
        return {
            "id": product.id,
            "name": product.name,
            "type": product.type,
            "version": product.version,
            "status": product.status,
            "host": product.host,
            "os": product.os,
            "tags": list(product.tags or ()),
            "backups": [
                {
                    "id": backup.id,
                    "name": state.product_name(backup.id),
                    "synchronized": backup.synchronized,
                    "running": f"synchronize:{product.id}:{backup.id}" in state.jobs,
                }
                for backup in product.backups
            ],
            "backupOf": [{"id": master.id, "name": master.name} for master in state.masters_of(product.id)],
        }

    # ------------------------------------------------------------------------------------------------------- flows

    def flows(self, wanted: Wanted) -> Document:
        return listing(
            _sorted_by_name(wanted),
            self._state.flows.values(),
            lambda each: (each.name, each.idf or "", each.status, *_part_names(each), *(each.tags or ())),
            {
                "name": Column(_by_name),
                "idf": Column(lambda each: (each.idf or "", each.name)),
                "status": Column(lambda each: (each.status, each.name), lambda each: each.status),
            },
            {"other": lambda each: each.status not in (*SETTLED, IN_PROGRESS)},
            self._flow_row,
        )

    def flow(self, flow_id: str) -> Document:
        flow = self._state.flows.get(flow_id)
        if flow is None:
            raise Refusal(404, "There is no such flow (any more)")
        return {
            **self._flow_row(flow),
            "tags": list(flow.tags or ()),
            "deployments": [self._deployment_row(row, flow) for row in self._state.deployments.get(flow_id, ())],
        }

    def _flow_row(self, flow: Flow) -> Document:
        return {
            "id": flow.id,
            "name": flow.name,
            "idf": flow.idf,
            "status": flow.status,
            "details": flow.details,
            "definition": [
                {"role": role, "parts": [self._part(part, group["type"]) for part in group["parts"]]}
                for role, group in _groups(flow)
                if group["parts"]
            ],
        }

    def _part(self, part: Document, kind: str) -> Document:
        """Documented: "the list of backup SecureTransports displays in parenthesis next to the selected master"."""
        state = self._state
        product = state.products.get(part["part"]["businessId"]) if kind == "PRODUCT" else None
        return {
            "name": part["part"]["name"],
            "kind": kind,
            "id": product.id if product else None,
            "backups": [state.product_name(backup.id) for backup in product.backups] if product else [],
        }

    # ------------------------------------------------------------------------------------------------- deployments

    def deployments(self, wanted: Wanted) -> Document:
        rows = [
            (flow, row)
            for flow in sorted(self._state.flows.values(), key=_by_name)
            for row in self._state.deployments.get(flow.id, ())
        ]
        return listing(
            wanted,
            rows,
            lambda pair: (pair[0].name, pair[1].product_name, pair[1].status, pair[1].message),
            {
                "flow": Column(lambda pair: (pair[0].name, pair[0].id)),
                "product": Column(lambda pair: (pair[1].product_name, pair[0].name)),
                "status": Column(lambda pair: (pair[1].status, pair[0].name), lambda pair: pair[1].status),
                "time": Column(lambda pair: pair[1].timestamp),
            },
            {},
            lambda pair: self._deployment_row(pair[1], pair[0]),
        )

    def _deployment_row(self, row: Deployment, flow: Flow) -> Document:
        return {
            "id": row.id,
            "flow": {"id": flow.id, "name": flow.name},
            "product": {"id": row.product_id, "name": row.product_name},
            "role": self._role(row, flow),
            "status": row.status,
            "message": row.message,
            "at": row.timestamp,
        }

    def _role(self, row: Deployment, flow: Flow) -> str:
        """Why the flow is deployed on this product. A former backup keeps it until the next deploy (documented)."""
        product = self._state.products.get(row.product_id)
        if row.product_id in flow.product_ids():
            return "master" if product is not None and product.backups else "product"
        is_expected = any(each.id == row.product_id for each in expected_products(self._state, flow))
        return "backup" if is_expected else "former backup"

    # ---------------------------------------------------------------------------------------------------- activity

    def activity(self, writes_only: bool) -> Document:
        """The last requests to the API, newest first."""
        entries = self._simulator.journal.find(write=True if writes_only else None)
        last = deque(entries, maxlen=ACTIVITY_SHOWN)
        keys = ("n", "at", "method", "path", "query", "operation", "objects", "status", "user", "duration_ms", "fault")
        return {
            "rows": [
                {
                    **{key: entry.get(key) for key in keys},
                    "answer": orjson.loads(entry["answer"]),
                    "request": orjson.loads(entry["request_body"]),
                }
                for entry in reversed(last)
            ]
        }


def _groups(flow: Flow) -> Iterator[tuple[str, Document]]:
    yield "source", flow.sources
    for relay in flow.relays:
        yield "relay", relay
    yield "target", flow.targets


def _part_names(flow: Flow) -> Iterator[str]:
    for _stage, group in _groups(flow):
        for part in group["parts"]:
            yield part["part"]["name"]


def _column(attribute: str) -> Column:
    def text(record: Product) -> str:
        return str(getattr(record, attribute))

    return Column(lambda record: (text(record), record.name, record.id), text)


def _sorted_by_name(wanted: Wanted) -> Wanted:
    return wanted if wanted.sort else wanted._replace(sort="name")


def _by_name(record: Product | Flow) -> tuple[str, str]:
    return record.name, record.id
