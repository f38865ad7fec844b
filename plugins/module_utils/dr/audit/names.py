# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The names of products and flows in findings.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cached_property

from ..estate import Estate
from ..model import Product


class Names:
    """Labels: the name, followed by the businessId where several products or flows share the name."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._products = Counter(product.name for product in estate.products.values())
        self._flows = Counter(flow.name for flow in estate.flows.values())

    def product(self, product_id: str, name: str = "") -> str:
        """``name`` is the name in a list of backups or in a deployment, used if the product no longer exists."""
        name = self._estate.products[product_id].name if product_id in self._estate.products else name
        return self._label(name or self._estate.name_of(product_id), product_id, self._products)

    def flow(self, flow_id: str, name: str) -> str:
        return self._label(name, flow_id, self._flows)

    def spellings_of(self, label: str) -> set[str]:
        """The texts in an acceptance that match a label: the label itself, the name alone, the businessId."""
        return {label, *self._spellings.get(label, ())}

    @staticmethod
    def _label(name: str, object_id: str, counts: Counter[str]) -> str:
        return name if counts[name] <= 1 else f"{name} ({object_id})"

    @cached_property
    def _spellings(self) -> dict[str, set[str]]:
        spellings: dict[str, set[str]] = {}
        for product in self._estate.products.values():
            spellings.setdefault(self.product(product.id), set()).update((product.name, product.id))
        for flow in self._estate.flows.values():
            spellings.setdefault(self.flow(flow.id, flow.name), set()).update((flow.name, flow.id))
        return spellings


def is_backed_up(product: Product) -> bool:
    """Whether it is a master. False also where Central Governance does not show its backups (see blind_spots)."""
    return bool(product.backups)


def listed(names: Sequence[str], limit: int = 10) -> str:
    """``A, B, C``; names beyond the limit are only counted."""
    shown = ", ".join(names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"


def plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
