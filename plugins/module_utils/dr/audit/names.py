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
    """Labels: the name, with the businessId behind it where several products or flows share the name."""

    def __init__(self, estate: Estate) -> None:
        self._estate = estate
        self._products = Counter(product.name for product in estate.products.values())
        self._flows = Counter(flow.name for flow in estate.flows.values())

    def product(self, product_id: str, name: str = "") -> str:
        """``name``: the name in a list of backups or in a deployment, for a product that no longer exists."""
        name = self._estate.products[product_id].name if product_id in self._estate.products else name
        return self._label(name or self._estate.name_of(product_id), product_id, self._products)

    def flow(self, flow_id: str, name: str) -> str:
        return self._label(name, flow_id, self._flows)

    def words_for(self, label: str) -> set[str]:
        """The texts that match a label in an acceptance: itself, the bare name, the businessId."""
        return {label, *self._words.get(label, ())}

    @staticmethod
    def _label(name: str, object_id: str, times: Counter[str]) -> str:
        return name if times[name] <= 1 else f"{name} ({object_id})"

    @cached_property
    def _words(self) -> dict[str, set[str]]:
        words: dict[str, set[str]] = {}
        for product in self._estate.products.values():
            words.setdefault(self.product(product.id), set()).update((product.name, product.id))
        for flow in self._estate.flows.values():
            words.setdefault(self.flow(flow.id, flow.name), set()).update((flow.name, flow.id))
        return words


def is_backed_up(product: Product) -> bool:
    """Whether it is a master; False as well where Central Governance does not show its backups (see BlindSpot)."""
    return bool(product.backups)


def listed(names: Sequence[str], limit: int = 10) -> str:
    """``A, B, C``; beyond the limit the rest is counted."""
    shown = ", ".join(names[:limit])
    return shown if len(names) <= limit else f"{shown} and {len(names) - limit} more"


def plural(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
