# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Resolves references to products, and name patterns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from cg_sim.errors import refused
from cg_sim.model import Product
from cg_sim.state import State


def resolve_product(state: State, reference: Mapping[str, Any]) -> Product:
    """The product that a reference in a body refers to.

    Documented (promote_guidelines_api): businessId and/or name; an unknown businessId falls back to the name.
    Assumed: a businessId may be in upper case, as UUIDs may; an ambiguous name is refused."""
    business_id = reference.get("businessId", "")
    by_id = state.products.get(business_id) or state.products.get(business_id.lower())
    if by_id is not None:
        return by_id
    name = reference.get("name")
    if name is None:
        raise refused(f"There is no product with the businessId {reference.get('businessId')}")
    named = state.products_named(name)
    if not named:
        raise refused(f"There is no product named {name}")
    if len(named) > 1:
        raise refused(f"{len(named)} products are named {name}; give the businessId")
    return named[0]


def same_id(one: str, other: str) -> bool:
    """Compare UUIDs, which are not case-sensitive (RFC 4122)."""
    return one.lower() == other.lower()


def name_matcher(pattern: str) -> Callable[[str], bool]:
    """Documented (api_introduction): `%` at either end or both matches anything. Assumed: matching is
    case-sensitive, and a `%` elsewhere is an ordinary character."""
    if pattern in ("%", "%%"):
        return lambda text: True
    starts, ends = pattern.startswith("%"), pattern.endswith("%")
    if starts and ends:
        middle = pattern[1:-1]
        return lambda text: middle in text
    if starts:
        suffix = pattern[1:]
        return lambda text: text.endswith(suffix)
    if ends:
        prefix = pattern[:-1]
        return lambda text: text.startswith(prefix)
    return lambda text: text == pattern
