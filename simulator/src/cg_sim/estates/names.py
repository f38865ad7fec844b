# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Resolves references to products in an estate document."""

from __future__ import annotations

from collections import Counter
from typing import Any, NamedTuple

from cg_sim.identity import derived_id
from cg_sim.pairing import SECURETRANSPORT

from .problems import did_you_mean


def references(products: list[dict[str, Any]]) -> dict[str, str]:
    """businessId -> how a document refers to the product: by its name, or by the businessId where several have the
    name. Of products with the same businessId, the first."""
    counts = Counter(product["name"] for product in products)
    return {
        product["businessId"]: product["name" if counts[product["name"]] == 1 else "businessId"]
        for product in reversed(products)
    }


class Written(NamedTuple):
    """A product as written in the document."""

    id: str
    name: str
    type: str
    backups: list[Any]


class Names:
    """The products by the words that refer to them in a document: names, or businessIds where names are not unique."""

    def __init__(self, products: list[dict[str, Any]]) -> None:
        #: In the order of the document.
        self.written = [
            Written(
                (product.get("businessId") or derived_id("product", product["name"])).lower(),
                product["name"],
                product.get("type", SECURETRANSPORT),
                product.get("backups", []),
            )
            for product in products
        ]
        self._by_id = {product.id: product for product in self.written}
        self._by_name = {product.name: product for product in self.written}
        self._counts = Counter(product.name for product in self.written)

    def find(self, word: str) -> Written | None:
        return self._by_name.get(word) or self._by_id.get(word.lower())

    def part(self, word: str) -> dict[str, Any]:
        """The reference as stored in records. Call it only for words without a problem."""
        product = self.find(word)
        assert product is not None
        return {"businessId": product.id, "name": product.name}

    def problem(self, word: str) -> str | None:
        """Why a name or a businessId does not refer to exactly one product; None if it does."""
        if self.find(word) is None:
            return f"no product of this estate has this name{did_you_mean(word, self._by_name)}"
        return "several products of this estate have this name" if self._counts[word] > 1 else None
