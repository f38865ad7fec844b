# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""st_product_info: the products that Central Governance manages.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ..cg_api.errors import BadOption
from ..cg_api.values import LABELS
from ..dr.model import Backup, Product, Profile, is_known
from .lookup import find_named, matches, warn_of_unknown
from .module import Task
from .report import Report

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "names": {"type": "list", "elements": "str"},
    "wildcard": {"type": "str"},
    "type": {"type": "str"},
    "version": {"type": "str"},
    "status": {"type": "list", "elements": "str"},
    "include_profiles": {"type": "bool", "default": True},
}
CONSTRAINTS: dict[str, t.Any] = {"mutually_exclusive": [("names", "wildcard")]}


def product_info(task: Task) -> Report:
    params = task.params
    if params["wildcard"] is not None:
        if "*" in params["wildcard"] and "%" not in params["wildcard"]:
            raise BadOption("wildcard: the wildcard of Central Governance is %, not *.")
        products = task.cg.products_like(params["wildcard"])
    else:
        products = task.cg.products(params["names"])
    if params["names"] is not None:
        products = find_named("names", params["names"], task.estate(products).find_products, task.cg.products)
    kept = [
        product
        for product in sorted(products, key=lambda product: product.name)
        if matches(params["type"], product.type)
        and matches(params["version"], product.version)
        and (params["status"] is None or any(matches(status, product.status) for status in params["status"]))
    ]
    warnings = warn_of_unknown("type", [params["type"]] if params["type"] else (), (p.type for p in products))
    warnings += warn_of_unknown("status", params["status"] or (), (p.status for p in products), LABELS)
    rows = [_product_row(product, params["include_profiles"]) for product in kept]
    return Report(results={"products": rows}, warnings=warnings)


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
        "backups": _rows_of(product.backups),
    }
    if include_profiles:
        row["profiles"] = _rows_of(product.profiles)
    return row


def _rows_of(records: t.Sequence[Profile] | t.Sequence[Backup]) -> list[dict[str, t.Any]] | None:
    """None when Central Governance does not show them."""
    return [_row_of(record._asdict()) for record in records] if is_known(records) else None


def _row_of(record: dict[str, t.Any]) -> dict[str, t.Any]:
    return {key: list(value) if isinstance(value, tuple) else value for key, value in record.items()}
