# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Host names of the inventory, whatever the products are called."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mftops.central_governance.plugins.module_utils.dr.inventory import host_names
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.model import Product

NAMES = st.one_of(
    st.text(max_size=12),
    st.text("Aa_1/-.{%# \n", max_size=6),
    st.sampled_from(["all", "localhost", "A", "A_1", "A_1_1", "{{ x }}", "../x", "{#"]),
)


@given(st.lists(NAMES, max_size=12))
def test_host_names_are_unique_and_harmless(texts: list[str]) -> None:
    products = [Product(str(number), text) for number, text in enumerate(texts)]
    names = host_names(products)
    assert list(names) == [product.id for product in products]
    assert len({name.casefold() for name in names.values()}) == len(texts)
    for name in names.values():
        assert name and name.casefold() not in ("all", "ungrouped", "localhost", "127.0.0.1", "::1")
        assert not name.startswith(("-", ".", "#"))
        assert not any(mark in name for mark in ("{{", "{%", "{#", "/", "\\", "\n", "\0"))
