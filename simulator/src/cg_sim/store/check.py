# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Validates states from outside (a snapshot, a SQLite file), which may be damaged or edited by hand.

The schemas are those of the API description, where records are stored in these shapes; the other checks are what the
rules rely on. A state that passes can be served and stored; error messages never contain values.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from itertools import islice
from typing import Any

import jsonschema_rs

from cg_sim.clock import LAST_MOMENT, ClockState
from cg_sim.errors import InvalidInput
from cg_sim.json_limits import can_be_written
from cg_sim.model import Document, Job
from cg_sim.pairing import pair_problem
from cg_sim.spec import load_spec
from cg_sim.state import State

_MASK = "the value"
_SHOWN = 10
#: The largest integer that all JSON parsers represent exactly.
_LARGEST = 2**53

_TEXT: Document = {"type": "string"}
_TEXTS: Document = {"type": "array", "items": _TEXT}
_MOMENT: Document = {"type": "integer", "minimum": -_LARGEST, "maximum": _LARGEST}


def _object(required: Mapping[str, Any], optional: Mapping[str, Any] | None = None) -> Document:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
        "additionalProperties": False,
    }


@cache
def _schemas() -> dict[str, Document]:
    """The components of the API description, adapted to the stored records."""
    described = load_spec()["components"]["schemas"]

    def changed(name: str, **properties: Any) -> Document:
        return {**described[name], "properties": {**described[name]["properties"], **properties}}

    backup = _object({"businessId": _TEXT, "synchronized": {"type": "boolean"}}, {"name": _TEXT})
    own = _object({}, {"upgraded": {"type": "boolean"}, "legacyIdfs": _TEXTS})
    # Any word: the estate may have been loaded with allow_unknown_words. Any key: the simulator may have been lenient.
    profile = {**changed("Profile", protocol=_TEXT), "additionalProperties": True}
    return {
        **described,
        "FlowStatus": _TEXT,
        "Profile": profile,
        "Product": changed("Product", backupProducts={"type": "array", "items": backup}, simulator=own),
        "Flow": changed("Flow", simulator=_object({"statusAt": _MOMENT})),
        "Deployment": changed("Deployment", timestamp=_MOMENT),
        "Deployments": {"type": "array", "items": {"$ref": "#/components/schemas/Deployment"}},
        "Job": {
            **_object(
                {
                    "kind": {"enum": list(_JOB_DATA)},
                    "key": _TEXT,
                    "watched": _TEXTS,
                    "due": {**_MOMENT, "type": ["integer", "null"]},
                    "polls": {"type": ["integer", "null"], "minimum": 0, "maximum": _LARGEST},
                    "data": {"type": "object"},
                }
            ),
            "allOf": [
                {
                    "if": {"properties": {"kind": {"const": kind}}},
                    "then": {"properties": {"data": data}},
                }
                for kind, data in _JOB_DATA.items()
            ],
        },
        "Clock": {
            "type": "object",
            "required": ["now", "frozen"],
            "properties": {
                "now": {"type": "integer", "minimum": 0, "maximum": LAST_MOMENT},
                "frozen": {"type": "boolean"},
            },
        },
        "ClockState": _object({"offset": _MOMENT, "frozen_at": {**_MOMENT, "type": ["integer", "null"]}}),
    }


_JOB_DATA: dict[str, Document] = {
    "deploy": _object(
        {
            "flow": _TEXT,
            "products": _TEXTS,
            "report": _TEXT,
            "rows_before": {"$ref": "#/components/schemas/Deployments"},
        }
    ),
    "synchronize": _object({"master": _TEXT, "backup": _TEXT}),
    "register": _object({"product": _TEXT}),
}


@cache
def _validator(name: str) -> Any:
    root = {"$ref": f"#/components/schemas/{name}", "components": {"schemas": _schemas()}}
    return jsonschema_rs.Draft202012Validator(root, mask=_MASK)


def document_problems(name: str, document: Any, place: str) -> Iterator[str]:
    """Where a document differs from the shape called `name` (Product, Flow, Deployment, Deployments, Job, Clock,
    ClockState)."""
    validator = _validator(name)
    if not validator.is_valid(document):
        for error in validator.iter_errors(document):
            yield f"{place}{_path(error.instance_path)}: {error.message}"
    elif not can_be_written(document):
        yield f"{place}: nested too deeply, or a number that is too large"


def _path(steps: list[str | int]) -> str:
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps)


def state_problems(state: State) -> Iterator[str]:
    """What the rules rely on and a schema cannot express: references can be resolved, backups have no backups, jobs
    have the data that they need."""
    for product in state.products.values():
        ids = product.backup_ids()
        if len(set(ids)) != len(ids):
            yield f"product {product.name}: a backup is listed twice"
        for backup_id in ids:
            reason = pair_problem(product, state.products[backup_id])
            if reason:
                yield f"product {product.name}: {reason}"
    for flow in state.flows.values():
        for product_id in flow.product_ids():
            if product_id not in state.products:
                yield f"flow {flow.name}: there is no product with the businessId {product_id}"
    for rows in state.deployments.values():
        for row in rows:
            if row.product_id not in state.products:
                yield f"deployment {row.id}: there is no product with the businessId {row.product_id}"
    for job in state.jobs.values():
        for problem in _job_problems(state, job):
            yield f"job {job.key}: {problem}"


def _job_problems(state: State, job: Job) -> Iterator[str]:
    if job.due is None and job.polls is None:
        yield "it would never end: it has neither due nor polls"
    data = job.data
    products, flows = set(), set()
    if job.kind == "deploy":
        flows = {data["flow"], *(row["flow"]["businessId"] for row in data["rows_before"])}
        products = {*data["products"], *(row["product"]["businessId"] for row in data["rows_before"])}
        key = data["flow"]
        if len(flows) > 1:
            yield "its rows_before are of another flow"
    elif job.kind == "synchronize":
        products = {data["master"], data["backup"]}
        key = f"{data['master']}:{data['backup']}"
        master = state.products.get(data["master"])
        if master is not None and data["backup"] not in master.backup_ids():
            yield f"it synchronizes a product that is not a backup of {master.name}"
    else:
        products = {data["product"]}
        key = data["product"]
    if job.key != f"{job.kind}:{key}":
        yield "the key does not match its data"
    for business_id in sorted(products - state.products.keys()):
        yield f"there is no product with the businessId {business_id}"
    for business_id in sorted(flows - state.flows.keys()):
        yield f"there is no flow with the businessId {business_id}"


_SHAPES = {"products": "Product", "flows": "Flow", "deployments": "Deployment", "jobs": "Job"}


class StateReader:
    """Builds a state from a snapshot's records, one by one. Products, the largest part, are converted immediately.

    Raises InvalidInput that lists what is wrong."""

    def __init__(self, now: int) -> None:
        self._now = now
        self._state = State()
        self._others: dict[str, list[Document]] = {kind: [] for kind in _SHAPES if kind != "products"}
        self._counts = dict.fromkeys(_SHAPES, 0)
        self._problems: list[str] = []

    def add(self, kind: str, document: Any) -> None:
        """`kind`: products, flows, deployments or jobs."""
        place = f"state.{kind}[{self._counts[kind]}]"
        self._counts[kind] += 1
        problems = list(document_problems(_SHAPES[kind], document, place))
        self._problems += problems
        if len(self._problems) > _SHOWN:
            _refuse(iter(self._problems))
        if kind != "products":
            self._others[kind].append(document)
        elif not problems:
            with _damage():
                self._state.add_product(document)

    def finish(self) -> State:
        _refuse(iter(self._problems))
        with _damage():
            self._state.add_all_but_products(self._others, self._now)
        _refuse(state_problems(self._state))
        return self._state


def read_clock(document: Any) -> ClockState:
    """The clock of a snapshot. Raises InvalidInput."""
    _refuse(document_problems("Clock", document, "clock"))
    return ClockState.showing(int(document["now"]), document["frozen"])


def read_state(documents: Any, now: int) -> State:
    """The state of a snapshot. Raises InvalidInput that lists what is wrong with it."""
    if not isinstance(documents, dict):
        raise InvalidInput("the snapshot is damaged: state: it must be an object")
    for kind in _SHAPES:
        if not isinstance(documents.get(kind), list):
            raise InvalidInput(f"the snapshot is damaged: state.{kind}: it must be a list")
    reader = StateReader(now)
    for kind in _SHAPES:
        for document in documents[kind]:
            reader.add(kind, document)
    return reader.finish()


@contextmanager
def _damage() -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise InvalidInput(f"the snapshot is damaged: {error}") from None


def _refuse(problems: Iterator[str]) -> None:
    """Raise InvalidInput with the first of the problems, if there are any."""
    shown = list(islice(problems, _SHOWN + 1))
    if shown:
        more = ["and more"] if len(shown) > _SHOWN else []
        raise InvalidInput(f"the snapshot is damaged: {'; '.join([*shown[:_SHOWN], *more])}")
