# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The info modules, by real ansible-playbook against the simulator."""

from __future__ import annotations

import pytest
from estates import flow, product, region, unsynchronized, without_ids
from harness import Run, Simulator, run_tasks

COLLECTION = "mftops.central_governance"


@pytest.fixture
def cg(simulator) -> Simulator:
    return simulator(region())


def ask(cg: Simulator, module: str, check: bool = False, **options) -> Run:
    return run_tasks({"name": "ask", f"{COLLECTION}.{module}": options}, connection=cg.connection, check=check)


def names(run: Run, key: str) -> list[str]:
    return [row["name"] for row in run.of("ask")[key]]


@pytest.mark.parametrize("module", ["st_product_info", "st_backup_info", "st_flow_info"])
def test_reading_changes_nothing_and_check_mode_reads_the_same(cg, module):
    real = ask(cg, module).succeeded().of("ask")
    checked = ask(cg, module, check=True).succeeded().of("ask")
    for answer in (real, checked):
        answer.pop("invocation", None)  # from ansible-core 2.21 on, only when asked for
    assert real == checked
    assert real["changed"] is False
    assert cg.writes() == []


def test_products_are_read_whole(cg):
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


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"names": ["ROME", "PARIS"]}, ["PARIS", "ROME"]),
        ({"wildcard": "%O%"}, ["LYON", "OLD", "ROME"]),
        ({"wildcard": "N%"}, ["NEW", "NICE"]),
        ({"wildcard": "NOTHING%"}, []),
        ({"type": "TransferCFT"}, ["CFT"]),
        ({"version": "5.4"}, ["OLD"]),
        ({"status": ["Unreachable", "ready to register"]}, ["LYON", "NEW"]),
        ({"names": ["PARIS", "LYON"], "status": ["Started"]}, ["PARIS"]),
    ],
)
def test_products_are_filtered(cg, options, expected):
    run = ask(cg, "st_product_info", include_profiles=False, **options).succeeded()
    assert names(run, "products") == expected
    assert all("profiles" not in row for row in run.of("ask")["products"])


@pytest.mark.parametrize(
    ("module", "options", "message"),
    [
        ("st_product_info", {"names": ["PARIS", "NOWHERE"]}, "names: Central Governance has no product named NOWHERE."),
        ("st_product_info", {"wildcard": "P*"}, "wildcard: Central Governance's sign for anything is %, not *."),
        ("st_backup_info", {"masters": ["NOWHERE"]}, "masters: Central Governance has no product named NOWHERE."),
        ("st_flow_info", {"flows": ["NOTHING"]}, "flows: Central Governance has no flow named NOTHING."),
    ],
)
def test_a_name_that_is_not_there_fails_instead_of_answering_nothing(cg, module, options, message):
    assert ask(cg, module, **options).failed().of("ask")["msg"] == message


def test_the_exported_topology_is_taken_back_without_a_change(cg):
    run = run_tasks(
        {f"{COLLECTION}.st_backup_info": {}, "register": "observed"},
        {"name": "again", f"{COLLECTION}.st_backup": {"topology": "{{ observed.topology }}", "state": "exact"}},
        connection=cg.connection,
    ).succeeded()
    assert run.of("st_backup_info")["topology"] == [
        {"master": "PARIS", "backups": ["LYON"]},
        {"master": "ROME", "backups": ["MILAN"]},
    ]
    assert run.of("again")["changed"] is False
    assert cg.writes() == []


def test_flags_and_differences_of_each_pair(simulator):
    sftp = {"name": "sftp", "type": "SERVER", "protocol": "SFTP", "enabled": True, "port": 22}
    cg = simulator(
        {
            "products": [
                product("A", profiles=[sftp], backups=unsynchronized("B")),
                product("B", profiles=[{**sftp, "port": 23}, {**sftp, "name": "old", "port": 24}]),
            ],
            "flows": [],
        }
    )
    (pair,) = ask(cg, "st_backup_info", masters=["A"]).succeeded().of("ask")["backups"]
    assert without_ids([pair])[0] == {
        "master": "A",
        "backup": "B",
        "synchronized": False,
        "flag_disagrees": False,
        "status": "Started",
        "version": "5.5",
        "profiles_to_create": [],
        "profiles_to_remove": ["old"],
        "profiles_to_replace": [{"name": "sftp", "differs_in": ["port"]}],
    }


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
