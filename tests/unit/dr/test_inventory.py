# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import pytest
from building import product

from ansible_collections.mftops.central_governance.plugins.module_utils.dr.inventory import host_names, inventory_hosts
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.model import Product


def hosts(*products: Product, **filters: object) -> dict[str, dict]:
    return {host["name"]: host for host in inventory_hosts(products, **filters)}


def test_role_and_flag_of_a_host_come_from_the_lists_of_backups() -> None:
    found = hosts(product("A", "B C!"), product("B"), product("C", "D"), product("D"), product("E"))

    assert {name: (host["variables"]["cg_role"], host["groups"]) for name, host in found.items()} == {
        "A": ("master", ["cg_masters"]),
        "B": ("backup", ["cg_backups"]),
        "C": ("master and backup", ["cg_masters", "cg_backups"]),
        "D": ("backup", ["cg_backups"]),
        "E": ("standalone", ["cg_standalone"]),
    }
    assert {name: host["variables"]["cg_synchronized"] for name, host in found.items()} == {
        "A": False,
        "B": True,
        "C": False,
        "D": True,
        "E": None,
    }
    assert found["B"]["variables"]["cg_masters"] == [{"id": "id-A", "name": "A", "inventory_hostname": "A"}]


def test_a_backup_that_is_not_a_host_is_still_described() -> None:
    found = hosts(
        product("A", "B GONE", tags=("west",)),
        product("B", status="Stopped", tags=("east",)),
        product("CFT", type="TransferCFT", tags=("west",)),
        product_type="securetransport",
        tags=["west"],
        statuses=["started"],
    )
    assert list(found) == ["A"]
    listed = found["A"]["variables"]["cg_backups"]
    assert [(row["name"], row["inventory_hostname"], row["status"]) for row in listed] == [
        ("B", None, "Stopped"),
        ("GONE", None, ""),
    ]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("ST_PARIS", "ST_PARIS"),
        ("Żywiec <1>", "Żywiec <1>"),
        ("../../etc/passwd", "__.._etc_passwd"),
        ("-oProxyCommand=id", "_oProxyCommand=id"),
        ("{{ lookup('pipe', 'id') }}", "_{ lookup('pipe', 'id') }}"),
        ("#jinja2: variable_start_string:'[['", "_jinja2: variable_start_string:'[['"),
        ("a\nb", "a_b"),
        ("LOCALHOST", "LOCALHOST_1"),
        ("all", "all_1"),
        (" ", "_1"),
    ],
)
def test_a_host_name_is_never_a_path_a_template_or_an_option(name: str, safe: str) -> None:
    assert host_names([Product("1", name)]) == {"1": safe}


def test_names_that_become_equal_are_told_apart_by_the_business_id() -> None:
    products = [Product("1", "A"), Product("2", "a"), Product("3", "A_1"), Product("4", "x/y"), Product("5", "x_y")]
    assert list(host_names(products).values()) == ["A_1_1", "a_2", "A_1_3", "x_y_4", "x_y_5"]


@pytest.mark.parametrize(
    ("host", "is_address"),
    [
        ("st.example.com", True),
        ("10.0.0.1", True),
        ("fe80::1%eth0", True),
        ("", False),
        ("-oProxyCommand=id", False),
        ("a b", False),
        ("{{ x }}", False),
        ("st.example.com\n", False),
    ],
)
def test_only_an_address_becomes_ansible_host(host: str, is_address: bool) -> None:
    (made,) = inventory_hosts([product("A")._replace(host=host)])
    assert made["variables"].get("ansible_host") == (host if is_address else None)
    assert made["variables"]["cg_host"] == host
