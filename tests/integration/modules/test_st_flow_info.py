# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""st_flow_info, run by ansible-playbook against the simulator."""

from __future__ import annotations

import pytest
from estates import flow, product, region, unsynchronized
from harness import Simulator
from infos import ask, assert_check_mode_reads_the_same_and_nothing_changes, assert_fails, names


@pytest.fixture
def cg(simulator) -> Simulator:
    return simulator(region())


def test_check_mode_reads_the_same_and_nothing_changes(cg):
    assert_check_mode_reads_the_same_and_nothing_changes(cg, "st_flow_info")


def test_an_unknown_flow_fails(cg):
    assert_fails(cg, "st_flow_info", "flows: Central Governance has no flow named NOTHING.", flows=["NOTHING"])


def test_flows_are_read_with_deployments_and_gate(simulator):
    cg = simulator(
        {
            "products": [product("A", backups=unsynchronized("B")), product("B"), product("C")],
            "flows": [
                flow("F", "A", deployments=[{"product": name, "status": "Deployed"} for name in ("A", "C")]),
                flow("G", "C", status="Saved, not deployed"),
            ],
        }
    )
    (row,) = ask(cg, "st_flow_info", masters=["A"]).succeeded().of("ask")["flows"]
    assert row["definition"] == "A (B) -> BANK"
    assert [(part["name"], part["role"]) for part in row["products"]] == [("A", "source"), ("BANK", "target")]
    assert [(d["product"], d["role"]) for d in row["deployments"]] == [("A", "master"), ("C", "former_backup")]
    assert (row["missing_deployments"], row["stale_deployments"]) == (["B"], ["C"])
    assert row["gate"] == {
        "open": False,
        "messages": ["Backup product/s B are not synchronized with the master product A"],
    }
    assert names(ask(cg, "st_flow_info", status=["saved, not deployed"]).succeeded(), "flows") == ["G"]
    assert names(ask(cg, "st_flow_info", flows=["F", "G"]).succeeded(), "flows") == ["F", "G"]
