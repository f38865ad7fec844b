# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Names and businessIds that a user wrote, and the records that they refer to."""

from __future__ import annotations

import pytest
from building import estate

from ansible_collections.mftops.central_governance.plugins.module_utils.dr.estate import find_backup
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.identity import (
    any_refers_to,
    normalized,
    refers_to,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.model import Backup, Product

ID = "0d8cf9a4-7c1e-4b52-9a33-5f2f6e1c00aa"


@pytest.mark.parametrize("reference", [ID, ID.upper(), ID.title(), "ST_LYON"])
def test_a_name_or_a_business_id_in_any_case_refers_to_the_record(reference):
    backup = Backup(ID, "ST_LYON")
    product = Product(ID, "ST_LYON")
    assert refers_to(reference, backup)
    assert any_refers_to(["other", reference], backup)
    assert find_backup(Product("m", "M", backups=(backup,)), reference) == backup
    assert estate(product).find_products(reference) == [product]


@pytest.mark.parametrize("reference", ["st_lyon", "", "ST_LYON ", ID[:-1], f"{ID} ", "ID-a"])
def test_names_are_distinguished_by_their_case(reference):
    assert not refers_to(reference, Backup(ID, "ST_LYON"))
    assert not refers_to(reference, Backup("id-a", "A"))


def test_only_uuids_are_normalized():
    assert normalized(ID.upper()) == ID
    assert normalized("ST_LYON") == "ST_LYON"


def test_a_name_that_looks_like_a_business_id_is_a_name_too():
    assert refers_to(ID.upper(), Backup("other", ID.upper()))
