# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The info modules: what is there, in the words and shapes that the verbs use. Never changes anything.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import dataclasses
import typing as t

from ..cg_api.errors import BadOption
from ..dr.estate import Estate
from ..dr.flows import definition, gate_messages, view_flow
from ..dr.model import Flow, Product
from ..dr.profiles import ProfileDifference, compare_profiles
from .frame import Task
from .lookup import find_each, read_around
from .report import Report

PRODUCT_ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "names": {"type": "list", "elements": "str"},
    "wildcard": {"type": "str"},
    "type": {"type": "str"},
    "version": {"type": "str"},
    "status": {"type": "list", "elements": "str"},
    "include_profiles": {"type": "bool", "default": True},
}
PRODUCT_CONSTRAINTS: dict[str, t.Any] = {"mutually_exclusive": [("names", "wildcard")]}

BACKUP_ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {"masters": {"type": "list", "elements": "str"}}

FLOW_ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "flows": {"type": "list", "elements": "str"},
    "masters": {"type": "list", "elements": "str"},
    "status": {"type": "list", "elements": "str"},
}


def product_info(task: Task) -> Report:
    params = task.params
    if params["wildcard"] is not None:
        if "*" in params["wildcard"] and "%" not in params["wildcard"]:
            raise BadOption("wildcard: Central Governance's sign for anything is %, not *.")
        products = task.cg.products_like(params["wildcard"])
    else:
        products = task.cg.products(params["names"])
    if params["names"] is not None:
        products = _named("names", params["names"], Estate(products).find_products, "product")
    kept = [
        product
        for product in sorted(products, key=lambda product: product.name)
        if _matches(params["type"], product.type)
        and _matches(params["version"], product.version)
        and (params["status"] is None or any(_matches(status, product.status) for status in params["status"]))
    ]
    return Report(results={"products": [_product_row(product, params["include_profiles"]) for product in kept]})


def backup_info(task: Task) -> Report:
    """``topology`` has the shape that st_backup takes; ``backups`` tells the state of every pair."""
    references = task.params["masters"]
    estate = Estate(task.cg.products(references))
    masters = estate.masters if references is None else _named("masters", references, estate.find_products, "product")
    masters = sorted((master for master in masters if master.backups), key=lambda master: master.name)
    missing = {backup.id for master in masters for backup in master.backups} - estate.products.keys()
    if missing and references is not None:
        estate = Estate([*estate.products.values(), *task.cg.products(sorted(missing))])
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


def flow_info(task: Task) -> Report:
    flow_references, master_references = task.params["flows"], task.params["masters"]
    found = Estate(
        task.cg.products(master_references) if master_references else (),
        task.cg.flows(None if master_references is not None else flow_references),
    )
    flows = list(found.flows.values())
    if flow_references is not None:
        flows = _named("flows", flow_references, found.find_flows, "flow")
    if master_references is not None:
        masters = _named("masters", master_references, found.find_products, "product")
        users = {flow.id for master in masters for flow in found.flows_using(master.id)}
        flows = [flow for flow in flows if flow.id in users]
    if task.params["status"] is not None:
        flows = [flow for flow in flows if any(_matches(status, flow.status) for status in task.params["status"])]
    flows = sorted(flows, key=lambda flow: flow.name)
    estate = read_around(task.cg, flows, found.products.values())
    return Report(results={"flows": [_flow_row(flow, estate) for flow in flows]})


Record = t.TypeVar("Record", Product, Flow)


def _named(option: str, references: t.Sequence[str], find: t.Callable[[str], list[Record]], noun: str) -> list[Record]:
    """What the references mean; unknown ones are an error, since an empty answer would hide a typo."""
    records, problems = find_each(option, references, find, noun, allow_several=True)
    if problems:
        raise BadOption(" ".join(problems))
    return records


def _matches(wanted: str | None, actual: str) -> bool:
    return wanted is None or wanted.casefold() == actual.casefold()


def _reference(name: str, product_id: str, estate: Estate) -> str:
    """The name, or the businessId where the name means several products."""
    return product_id if len(estate.find_products(name)) > 1 else name


def _product_row(product: Product, include_profiles: bool) -> dict[str, t.Any]:
    row = {
        "id": product.id,
        "name": product.name,
        "type": product.type,
        "version": product.version,
        "status": product.status,
        "registered": product.is_registered,
        "host": product.host,
        "os": product.os,
        "backups": [dataclasses.asdict(backup) for backup in product.backups],
    }
    if include_profiles:
        row["profiles"] = [_profile_row(profile) for profile in product.profiles]
    return row


def _profile_row(profile: t.Any) -> dict[str, t.Any]:
    row = dataclasses.asdict(profile)
    return {**row, "hosts": list(profile.hosts), "edges": list(profile.edges)}


def _pair_rows(master: Product, estate: Estate) -> t.Iterator[dict[str, t.Any]]:
    for backup in master.backups:
        product = estate.products.get(backup.id)
        difference = compare_profiles(master.profiles, product.profiles) if product else ProfileDifference()
        yield {
            "master": master.name,
            "backup": backup.name,
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


def _flow_row(flow: Flow, estate: Estate) -> dict[str, t.Any]:
    view = view_flow(flow, estate)
    messages = gate_messages(view)
    return {
        "id": flow.id,
        "name": flow.name,
        "definition": definition(view),
        "status": flow.status,
        "details": flow.details,
        "products": [{"id": part.id, "name": part.name, "kind": part.kind, "role": part.role} for part in flow.parts],
        "deployments": [
            {
                "product": row.product_name,
                "role": view.role_of(row.product_id),
                "status": row.status,
                "message": row.message,
            }
            for row in view.deployments
        ],
        "missing_deployments": [estate.name_of(product_id) for product_id in view.missing],
        "stale_deployments": [row.product_name for row in view.former],
        "gate": {"open": not messages, "messages": messages},
    }
