# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""st_product_info, run by ansible-playbook against the simulator."""

from __future__ import annotations

import pytest
from estates import region
from harness import Simulator, run_each
from infos import ask, assert_check_mode_reads_the_same_and_nothing_changes


@pytest.fixture
def cg(simulator) -> Simulator:
    return simulator(region())


def test_check_mode_reads_the_same_and_nothing_changes(cg):
    assert_check_mode_reads_the_same_and_nothing_changes(cg, "st_product_info")


def test_an_unknown_name_or_a_wrong_wildcard_fails(cg):
    unknown, wrong = run_each(
        "st_product_info", {"names": ["PARIS", "NOWHERE"]}, {"wildcard": "P*"}, connection=cg.connection
    )
    assert unknown.status == wrong.status == "failed"
    assert unknown.result["msg"] == "names: Central Governance has no product named NOWHERE."
    assert wrong.result["msg"] == "wildcard: the wildcard of Central Governance is %, not *."


def test_products_are_returned_with_all_their_details(cg):
    products = {row["name"]: row for row in ask(cg, "st_product_info").succeeded().of("ask")["products"]}
    assert len(products) == 9
    paris = products["PARIS"]
    assert (paris["type"], paris["version"], paris["status"], paris["registered"]) == (
        "SecureTransport",
        "5.5",
        "Started",
        True,
    )
    assert [(b["name"], b["synchronized"]) for b in paris["backups"]] == [("LYON", True)]
    assert [(p["name"], p["protocol"], p["port"]) for p in paris["profiles"]] == [
        ("sftp", "SFTP", 22),
        ("https", "HTTP", 443),
    ]
    assert products["NEW"]["registered"] is False
    assert products["LYON"]["registered"] is True


def test_products_are_filtered(cg):
    cases = [
        ({"names": ["ROME", "PARIS"]}, ["PARIS", "ROME"]),
        ({"wildcard": "%O%"}, ["LYON", "OLD", "ROME"]),
        ({"wildcard": "N%"}, ["NEW", "NICE"]),
        ({"wildcard": "NOTHING%"}, []),
        ({"type": "TransferCFT"}, ["CFT"]),
        ({"version": "5.4"}, ["OLD"]),
        ({"status": ["Unreachable", "ready to register"]}, ["LYON", "NEW"]),
        ({"names": ["PARIS", "LYON"], "status": ["Started"]}, ["PARIS"]),
    ]
    filters = [{**options, "include_profiles": False} for options, _ in cases]
    found = [task.result["products"] for task in run_each("st_product_info", *filters, connection=cg.connection)]
    assert [[row["name"] for row in rows] for rows in found] == [expected for _, expected in cases]
    assert all("profiles" not in row for rows in found for row in rows)
