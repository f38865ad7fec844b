# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""st_backup_info, run by ansible-playbook against the simulator."""

from __future__ import annotations

import pytest
from estates import product, region, unsynchronized, without_ids
from harness import Simulator, run_tasks
from infos import COLLECTION, ask, assert_check_mode_reads_the_same_and_nothing_changes, assert_fails


@pytest.fixture
def cg(simulator) -> Simulator:
    return simulator(region())


def test_check_mode_reads_the_same_and_nothing_changes(cg):
    assert_check_mode_reads_the_same_and_nothing_changes(cg, "st_backup_info")


def test_an_unknown_master_fails(cg):
    message = "masters: Central Governance has no product named NOWHERE."
    assert_fails(cg, "st_backup_info", message, masters=["NOWHERE"])


def test_declaring_the_exported_topology_changes_nothing(cg):
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


def test_flag_and_profile_differences_of_a_pair(simulator):
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
