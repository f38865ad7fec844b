# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an audit cannot see: sources that were not read, products and flows with unknown lists.

PRIVATE to the collection: it may change at any time.

Rules are applied to units. What could not be read gives no units; without this file, that would look as if there were
nothing to find.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..model import is_known
from .findings import Objects, Remedy, Unknown
from .inputs import CERTIFICATES, FLOWS, PRODUCTS
from .names import listed
from .units import Context, WholeEstate

_REMEDIES = {
    CERTIFICATES: Remedy(
        "By hand: install the Python library cryptography on the host that runs the module (ansible-core brings it to "
        "the controller), or set the severity of the rules about certificates to ignore."
    )
}


def not_assessed(context: Context, whole: WholeEstate) -> Iterator[Unknown]:
    yield from _unread_sources(context)
    if context.products_were_read:
        yield from _unlisted_backups(context)
        yield from _nothing_to_audit(context)
        if FLOWS in context.needed:
            yield from _flows_with_unknown_products(context)


def _unread_sources(context: Context) -> Iterator[Unknown]:
    """Without the products nothing else is read, so only they are reported."""
    for name, source in context.inputs.observed.sources.items():
        if source.problem and name in context.needed and (name == PRODUCTS or context.products_were_read):
            yield Unknown(
                name,
                f"The {name} could not be read: {source.problem}",
                _REMEDIES.get(name, Remedy("By hand: remove the cause, and audit again.")),
                Objects(detail=f"source {name}"),
                {"source": name, "problem": source.problem},
            )


def _unlisted_backups(context: Context) -> Iterator[Unknown]:
    for product in context.estate.products.values():
        if product.is_securetransport and not is_known(product.backups) and context.in_scope(product.id):
            name = context.names.product(product.id)
            yield Unknown(
                "backups",
                f"Whether {name} has backups is not known: Central Governance does not show its list of backups.",
                Remedy(f"By hand: look at the product {name} in Central Governance."),
                Objects(product=name, detail="backups"),
            )


def _flows_with_unknown_products(context: Context) -> Iterator[Unknown]:
    for flow in context.estate.flows.values():
        ambiguous = context.estate.ambiguous_names_in(flow)
        if ambiguous or not is_known(flow.parts):
            name = context.names.flow(flow.id, flow.name)
            why = (
                f"it names {listed(ambiguous)}, and several products have this name"
                if ambiguous
                else "Central Governance does not show its sources, relays and targets"
            )
            yield Unknown(
                "products of the flow",
                f"Which products the flow {name} uses is not known: {why}.",
                Remedy("By hand: look at the flow in Central Governance."),
                Objects(flow=name, detail="products"),
            )


def _nothing_to_audit(context: Context) -> Iterator[Unknown]:
    if not context.masters:
        where = "among the chosen masters" if context.settings.masters is not None else "in Central Governance"
        yield Unknown(
            "masters",
            f"There is nothing to judge: no product {where} has backups, and none is declared.",
            Remedy("Declare the topology (option topology), or check whether the user is allowed to see the products."),
            Objects(detail="masters"),
        )
