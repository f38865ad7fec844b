# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""st_sync, by real ansible-playbook against the simulator."""

from __future__ import annotations

import pytest
from estates import HTTPS, SFTP, flow, product, synchronized, unsynchronized, without_ids
from harness import Run, Simulator, run_each, run_tasks

MODULE = "mftops.central_governance.st_sync"
FAST = {"wait_interval": 0.1, "wait_timeout": 60}


def seed() -> dict:
    return {
        "products": [
            product("PARIS", profiles=[SFTP, HTTPS], backups=unsynchronized("LYON") + synchronized("LILLE")),
            product("LYON", profiles=[{**SFTP, "port": 2222}, {**HTTPS, "name": "old"}]),
            product("LILLE"),
            product("ROME", profiles=[SFTP], backups=unsynchronized("MILAN")),
            product("MILAN"),
            product("ALONE"),
        ],
        "flows": [flow("PAYMENTS", "PARIS"), flow("DIRECT", "MILAN")],
    }


@pytest.fixture
def cg(simulator) -> Simulator:
    return simulator(seed())


def synchronize(cg: Simulator, check: bool = False, arguments=(), **options) -> Run:
    task = {"name": "synchronize", MODULE: {**FAST, **options}}
    return run_tasks(task, connection=cg.connection, check=check, arguments=arguments)


def flags(cg: Simulator) -> dict[str, bool]:
    return {b["name"]: b["synchronized"] for item in cg.state()["products"] for b in item["backupProducts"]}


def test_from_check_mode_to_the_second_run(cg):
    checked = synchronize(cg, check=True, arguments=["--diff"], masters=["PARIS"]).succeeded().of("synchronize")
    assert cg.writes() == []
    did = synchronize(cg, arguments=["--diff"], masters=["PARIS"]).succeeded().of("synchronize")
    assert flags(cg) == {"LYON": True, "LILLE": True, "MILAN": False}
    for key in ("changed", "actions", "diff", "predicted", "unchanged_count"):
        assert checked[key] == did[key], key
    assert did["changed"] is True
    assert did["actions"] == ["Synchronize LYON with its master PARIS (profiles: 1 created, 1 removed, 1 replaced)"]
    assert without_ids(did["backups"]) == [
        {
            "master": "PARIS",
            "backup": "LYON",
            "synchronized_before": False,
            "synchronized_after": True,
            "profiles_created": ["https"],
            "profiles_removed": ["old"],
            "profiles_replaced": ["sftp"],
            "invalidated_flows": [],
            "profiles_that_differ": {"missing": [], "not_on_the_master": [], "different": {}},
            "flag_disagrees": False,
            "result": "changed",
            "message": "",
        },
        {
            "master": "PARIS",
            "backup": "LILLE",
            "synchronized_before": True,
            "synchronized_after": True,
            "profiles_created": [],
            "profiles_removed": [],
            "profiles_replaced": [],
            "invalidated_flows": [],
            "profiles_that_differ": {"missing": [], "not_on_the_master": [], "different": {}},
            "flag_disagrees": False,
            "result": "unchanged",
            "message": "",
        },
    ]
    ids = {item["name"]: item["businessId"] for item in cg.state()["products"]}
    assert (did["backups"][0]["master_id"], did["backups"][0]["backup_id"]) == (ids["PARIS"], ids["LYON"])
    assert checked["backups"][0] == {**did["backups"][0], "result": "would_change"}

    cg.forget_journal()
    again = synchronize(cg, masters=["PARIS"]).succeeded().of("synchronize")
    assert (again["changed"], again["actions"]) == (False, [])
    assert cg.writes() == []


def test_a_flow_that_uses_a_backup_directly_stops_everything_until_allowed(cg):
    refused = synchronize(cg).failed().of("synchronize")
    assert "would invalidate the flows that use MILAN directly: DIRECT" in refused["msg"]
    assert "Nothing was changed." in refused["msg"]
    assert {row["backup"]: row["result"] for row in refused["backups"]} == {
        "LYON": "not_tried",
        "LILLE": "unchanged",
        "MILAN": "failed",
    }
    assert cg.writes() == []

    partly = synchronize(cg, continue_on_error=True).failed().of("synchronize")
    assert partly["changed"] is True
    assert flags(cg) == {"LYON": True, "LILLE": True, "MILAN": False}

    allowed = synchronize(cg, allow_flow_invalidation=True).succeeded().of("synchronize")
    assert [row["invalidated_flows"] for row in allowed["backups"] if row["backup"] == "MILAN"] == [["DIRECT"]]
    assert any("makes 1 flow invalid that use it directly: DIRECT" in warning for warning in allowed["warnings"])
    assert {item["name"]: item["status"] for item in cg.state()["flows"]}["DIRECT"] == "Saved"


def test_profile_removals_can_be_limited(cg):
    refused = synchronize(cg, masters=["PARIS"], max_profile_removals="0").failed().of("synchronize")
    assert "would remove 1 of its 2 communication profiles (old); max_profile_removals allows 0." in refused["msg"]
    assert cg.writes() == []
    synchronize(cg, masters=["PARIS"], max_profile_removals="50%").succeeded()


def test_only_the_named_backups(cg):
    synchronize(cg, backups=["LYON"]).succeeded()
    assert flags(cg) == {"LYON": True, "LILLE": True, "MILAN": False}


def test_bad_options_are_named(cg):
    cases = [
        (
            {"masters": ["NOWHERE", "PARIS", "NEITHER"]},
            "masters: Central Governance has no product named NOWHERE, NEITHER. Nothing was changed.",
        ),
        ({"masters": ["PARIS"], "backups": ["MILAN"]}, "backups: MILAN is not among the backups of PARIS"),
        ({"max_profile_removals": "some"}, "max_profile_removals: "),
        ({"wait_timeout": 0}, "wait_timeout: it must be greater than 0"),
        ({"masters": "PARIS", "wait": "perhaps"}, "wait"),
    ]
    tasks = run_each("st_sync", *({**FAST, **options} for options, _ in cases), connection=cg.connection)
    for task, (_, message) in zip(tasks, cases, strict=True):
        assert task.status == "failed"
        assert message in task.result["msg"]
    assert cg.writes() == []


def test_a_timeout_carries_the_last_state_seen(cg):
    cg.set_transitions(synchronize="time:3600")
    failed = synchronize(cg, masters=["PARIS"], wait_timeout=0.5).failed().of("synchronize")
    row = failed["backups"][0]
    assert (row["result"], row["synchronized_after"]) == ("timed_out", False)
    assert "Last seen: synchronized false, profiles: 1 created, 1 removed, 1 replaced." in failed["msg"]
    assert "run the task again" in failed["msg"]


def test_without_waiting_the_request_is_only_accepted(cg):
    cg.set_transitions(synchronize="time:3600")
    done = synchronize(cg, masters=["PARIS"], wait=False).succeeded().of("synchronize")
    row = done["backups"][0]
    assert (row["result"], row["synchronized_after"]) == ("changed", False)
    assert "not waited for" in row["message"]


def test_a_lost_reply_is_settled_by_reading(cg):
    cg.add_fault(operation="synchronizeBackup", object="LYON", fault="commit_then_drop", count=1)
    synchronize(cg, masters=["PARIS"]).succeeded()
    assert flags(cg)["LYON"] is True
    assert len(cg.writes()) == 1


def test_a_true_flag_with_different_profiles_is_a_failure(cg):
    cg.add_fault(operation="synchronizeBackup", object="LYON", fault="lying_flag")
    failed = synchronize(cg, masters=["PARIS"]).failed().of("synchronize")
    row = failed["backups"][0]
    assert (row["result"], row["flag_disagrees"]) == ("failed", True)
    assert "their communication profiles still differ" in failed["msg"]

    second = synchronize(cg, masters=["PARIS"]).succeeded().of("synchronize")
    assert second["backups"][0]["flag_disagrees"] is True
    advice = "set force (for the role dr: dr_force_sync) to when_different to synchronize it again"
    assert any(advice in warning for warning in second["warnings"])


def test_force_synchronizes_a_backup_whose_flag_is_true(cg):
    did = synchronize(cg, backups=["LILLE"], force=True).succeeded().of("synchronize")
    assert did["changed"] is False  # it was equal before and is equal after
    assert len(cg.writes()) == 1


def test_the_message_of_a_refusal_is_shown(cg):
    cg.add_fault(operation="synchronizeBackup", object="LYON", fault="status", status=403)
    failed = synchronize(cg, masters=["PARIS"]).failed().of("synchronize")
    assert "LYON was not synchronized with PARIS" in failed["msg"]
    assert "answered 403" in failed["msg"]
    assert failed["error"]["status"] == 403
    assert failed["changed"] is False


def two_masters() -> dict:
    return {
        "products": [
            product("A", profiles=[SFTP], backups=unsynchronized("A1")),
            product("A1"),
            product("B", profiles=[SFTP], backups=unsynchronized("B1")),
            product("B1"),
        ],
        "flows": [],
    }


def test_after_a_lost_reply_the_others_go_on(simulator):
    cg = simulator(two_masters())
    cg.add_fault(operation="synchronizeBackup", object="A1", fault="commit_then_drop", count=1)
    done = synchronize(cg, max_parallel=1).succeeded().of("synchronize")
    assert [row["result"] for row in done["backups"]] == ["changed", "changed"]


def test_a_task_that_left_out_backups_fails(simulator):
    """The server answers 500 although it does the work; the task starts nothing after that, and fails in the end."""
    cg = simulator(two_masters())
    cg.add_fault(operation="synchronizeBackup", object="A1", fault="status", status=500, when="after", count=1)
    failed = synchronize(cg, max_parallel=1).failed().of("synchronize")
    assert [row["result"] for row in failed["backups"]] == ["changed", "not_tried"]
    assert failed["changed"] is True
    assert "Stopped after an ambiguous reply; the remaining items were not tried." in failed["msg"]
    assert synchronize(cg).succeeded().of("synchronize")["actions"] == [
        "Synchronize B1 with its master B (profiles: 1 created)"
    ]
