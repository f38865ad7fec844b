# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finds the objects of Central Governance that a user refers to, and reads related objects.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t
from collections import Counter

from ..cg_api.errors import BadOption
from ..dr.estate import Estate
from ..dr.model import NOT_PRODUCTS, Flow, Product, ProfileDetail
from ..dr.wording import did_you_mean, enumerated
from .module import Task

Record = t.TypeVar("Record", Product, Flow)

# The kind of object that each option names.
NOUNS = {"names": "product", "masters": "product", "flows": "flow"}
# The number of unknown names that get a suggestion: searching for one takes time.
SUGGESTIONS = 20


def find_each(
    option: str,
    references: t.Iterable[str],
    find: t.Callable[[str], list[Record]],
    read_all: t.Callable[[], t.Iterable[Record]],
    allow_several: bool = False,
) -> tuple[list[Record], list[str]]:
    """The objects that match the references, each once, in their order; and messages about references that match none.

    A name that matches several objects is a problem too, unless ``allow_several``: then all of them are returned.
    ``read_all`` is called for suggestions when a reference matches none.
    """
    found = {reference: find(reference) for reference in references}
    noun = NOUNS[option]
    problems = []
    unknown = [reference for reference, records in found.items() if not records]
    if unknown:
        names = {record.name for record in read_all()}
        problems.append(
            f"{option}: Central Governance has no {noun} named {enumerated(unknown)}."
            + "".join(did_you_mean(reference, names) for reference in unknown[:SUGGESTIONS])
        )
    if not allow_several:
        problems += [
            f"{option}: {reference} matches {len(records)} {noun}s ({', '.join(sorted(r.id for r in records))}); use "
            "one of these businessIds."
            for reference, records in found.items()
            if len(records) > 1
        ]
    return list({record.id: record for records in found.values() for record in records}.values()), problems


def find_named(
    option: str,
    references: t.Sequence[str],
    find: t.Callable[[str], list[Record]],
    read_all: t.Callable[[], t.Iterable[Record]],
) -> list[Record]:
    """The objects that match. Raises BadOption if a reference matches none: an empty result would hide a typo."""
    records, problems = find_each(option, references, find, read_all, allow_several=True)
    if problems:
        raise BadOption(" ".join(problems))
    return records


def find_masters(task: Task, estate: Estate, references: t.Sequence[str], for_information: bool) -> list[Product]:
    """The products named in the option ``masters``. Raises BadOption for products that are not masters.

    ``for_information``: a name may match several products, and a SecureTransport without backups is no error.
    """
    found, problems = find_each("masters", references, estate.find_products, task.cg.products, for_information)
    without_backups = [product for product in found if not product.backups]
    all_products = task.estate(task.cg.products()) if without_backups else estate
    for product in without_backups:
        masters = sorted(master.name for master in all_products.masters_of(product.id))
        if masters:
            problems.append(f"masters: {product.name} is not a master but a backup of {', '.join(masters)}.")
        elif not product.is_securetransport:
            kind = product.type or "product of unknown type"
            problems.append(f"masters: {product.name} is not a master but a {kind}.")
        elif not for_information:
            problems.append(f"masters: {product.name} is not a master: it has no backups.")
    if problems:
        raise BadOption(" ".join(problems))
    return found


def warn_of_unknown(
    option: str, wanted: t.Iterable[str], present: t.Iterable[str], known: t.Iterable[str] = ()
) -> list[str]:
    """A warning for each value of a filter that no object has and that is not documented: it is probably misspelt."""
    values = sorted(set(present) - {""})
    warnings = []
    for value in wanted:
        if not any(matches(value, other) for other in (*values, *known)):
            suggestion = did_you_mean(value, (*values, *known))
            there_are = f"there are: {', '.join(values)}." if values else "there are none."
            warnings.append(f'{option}: nothing has "{value}"; {there_are}{suggestion}')
    return warnings


def matches(wanted: str | None, actual: str) -> bool:
    return wanted is None or wanted.casefold() == actual.casefold()


def labels_of_rows(rows: t.Iterable[dict[str, t.Any]]) -> dict[str, str]:
    """A readable label for each businessId in rows with keys such as ``flow`` and ``flow_id``.

    The label is the name, with the businessId where several share the name.
    """
    names = {row[f"{key}_id"]: name for row in rows for key, name in row.items() if f"{key}_id" in row}
    counts = Counter(names.values())
    return {record_id: name if counts[name] == 1 else f"{name} ({record_id})" for record_id, name in names.items()}


def read_estate_of(task: Task, flows: t.Collection[Flow], known: t.Iterable[Product]) -> Estate:
    """The flows with their deployments and the products that they use, which are read unless they are in ``known``."""
    products = {product.id: product for product in known}
    used = {part.id or part.name for flow in flows for part in flow.parts if part.kind not in NOT_PRODUCTS}
    unread = sorted(used - products.keys() - {""})
    if unread:
        products.update({product.id: product for product in task.cg.products(unread, profiles=ProfileDetail.NONE)})
    deployments = task.cg.deployments([flow.id for flow in flows]) if flows else []
    return task.estate(products.values(), flows, deployments)
