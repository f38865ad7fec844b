# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the references that a user wrote to the objects of Central Governance, and what else must be read with them.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t
from collections import Counter

from ..cg_api.client import CentralGovernance
from ..dr.estate import Estate
from ..dr.model import NOT_PRODUCTS, Backup, Flow, Product

Record = t.TypeVar("Record", Product, Flow)


def find_each(
    option: str,
    references: t.Iterable[str],
    find: t.Callable[[str], list[Record]],
    noun: str,
    allow_several: bool = False,
) -> tuple[list[Record], list[str]]:
    """The objects that the references mean, each once, in their order; and sentences about those that mean none.

    A name that means several objects is a problem too, unless ``allow_several``: then it means all of them.
    """
    found = {reference: find(reference) for reference in references}
    problems = []
    unknown = [reference for reference, records in found.items() if not records]
    if unknown:
        problems.append(f"{option}: Central Governance has no {noun} named {', '.join(unknown)}.")
    if not allow_several:
        problems += [
            f"{option}: {reference} means {len(records)} {noun}s; name it by its businessId."
            for reference, records in found.items()
            if len(records) > 1
        ]
    return list({record.id: record for records in found.values() for record in records}.values()), problems


def labels_of(records: t.Iterable[Product | Flow | Backup]) -> dict[str, str]:
    """By businessId, what people may call each: its name, with the businessId where several share the name."""
    return labels_by_id({record.id: record.name for record in records})


def labels_by_id(names: t.Mapping[str, str]) -> dict[str, str]:
    """As :func:`labels_of`, of names by businessId."""
    times = Counter(names.values())
    return {its_id: name if times[name] == 1 else f"{name} ({its_id})" for its_id, name in names.items()}


def read_around(cg: CentralGovernance, flows: t.Collection[Flow], known: t.Iterable[Product]) -> Estate:
    """The flows with the products that they use, read unless they are known, and their deployments."""
    products = {product.id: product for product in known}
    used = {part.id or part.name for flow in flows for part in flow.parts if part.kind not in NOT_PRODUCTS}
    unread = sorted(used - products.keys() - {""})
    if unread:
        products.update({product.id: product for product in cg.products(unread)})
    deployments = cg.deployments([flow.id for flow in flows]) if flows else []
    return Estate(products.values(), flows, deployments)
