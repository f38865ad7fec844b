# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""st_backup, by real ansible-playbook against the simulator."""

from __future__ import annotations

import pytest
from estates import flow, product, region, synchronized, without_ids
from harness import Run, Simulator, TaskResult, run_each, run_tasks

MODULE = "mftops.central_governance.st_backup"


@pytest.fixture
def cg(simulator) -> Simulator:
    return simulator(region())


def declare(cg: Simulator, check: bool = False, arguments=(), **options) -> Run:
    return run_tasks({"name": "declare", MODULE: options}, connection=cg.connection, check=check, arguments=arguments)


def declare_each(cg: Simulator, *options) -> list[TaskResult]:
    """The task once with each of the options, in one run."""
    return run_each("st_backup", *options, connection=cg.connection)


def failures(tasks: list[TaskResult]) -> list[str]:
    """The messages of tasks that all failed."""
    assert [task.status for task in tasks] == ["failed"] * len(tasks)
    return [task.result["msg"] for task in tasks]


def backups_of(cg: Simulator, name: str) -> list[str]:
    (found,) = [item for item in cg.state()["products"] if item["name"] == name]
    return [backup["name"] for backup in found["backupProducts"]]


def rules(run: Run) -> set[tuple[str, str, str]]:
    return {(v["rule"], v["master"], v["backup"]) for v in run.of("declare")["violations"]}


def test_missing_arguments_are_named(cg):
    cases = [{}, {"master": "PARIS"}, {"master": "A", "backups": ["B"], "topology": []}]
    nothing, no_backups, too_much = failures(declare_each(cg, *cases))
    assert "one of the following is required: topology, master" in nothing
    assert "backups" in no_backups
    assert "mutually exclusive" in too_much
    assert cg.journal() == []


def test_adding_a_backup_from_check_mode_to_the_second_run(cg):
    wanted = {"topology": [{"master": "PARIS", "backups": ["LYON", "NICE"]}, {"master": "ROME", "backups": ["MILAN"]}]}

    checked = declare(cg, check=True, arguments=["--diff"], **wanted).succeeded()
    assert cg.writes() == []
    assert backups_of(cg, "PARIS") == ["LYON"]
    assert "--- before: backup topology\n+++ after: backup topology\n" in checked.stdout
    assert " backups:\n   PARIS:\n   - LYON\n+  - NICE\n flows:\n-  PAYMENTS: Deployed" in checked.stdout
    assert "+  PAYMENTS: Saved, not deployed" in checked.stdout
    assert "ÜBERWEISUNGEN" in checked.stdout

    done = declare(cg, arguments=["--diff"], **wanted).succeeded()
    assert backups_of(cg, "PARIS") == ["LYON", "NICE"]
    would, did = checked.of("declare"), done.of("declare")
    assert would["changed"] is did["changed"] is True
    for key in ("actions", "impacted_flows", "stale_flows", "diff", "predicted", "violations", "unchanged_count"):
        assert would[key] == did[key], key
    assert did["actions"] == ["Add NICE to the backups of PARIS"]
    assert without_ids(did["masters"]) == [
        {
            "master": "PARIS",
            "before": ["LYON"],
            "after": ["LYON", "NICE"],
            "added": ["NICE"],
            "removed": [],
            "result": "changed",
            "message": "",
        },
        {
            "master": "ROME",
            "before": ["MILAN"],
            "after": ["MILAN"],
            "added": [],
            "removed": [],
            "result": "unchanged",
            "message": "",
        },
    ]
    ids = {item["name"]: item["businessId"] for item in cg.state()["products"]}
    assert [row["master_id"] for row in did["masters"]] == [ids["PARIS"], ids["ROME"]]
    assert {row["master_id"] for row in did["impacted_flows"]} == {ids["PARIS"]}
    assert would["masters"][0] == {**did["masters"][0], "result": "would_change"}
    assert [(row["flow"], row["status_before"], row["status_after"]) for row in did["impacted_flows"]] == [
        ("PAYMENTS", "Deployed", "Saved, not deployed"),
        ("TO_ROME", "Deployed", "Saved, not deployed"),
        ("ÜBERWEISUNGEN", "Deployed", "Saved, not deployed"),
    ]
    assert any("PAYMENTS, TO_ROME, ÜBERWEISUNGEN" in warning for warning in did["warnings"])

    cg.forget_journal()
    again = declare(cg, **wanted).succeeded().of("declare")
    assert again["changed"] is False
    assert again["actions"] == []
    assert "diff" not in again  # it was not asked for
    assert cg.writes() == []
    assert len(cg.journal(operation="listProducts")) == 5  # one read per named product


def test_hostile_names_and_business_ids_are_accepted(cg):
    ids = {item["name"]: item["businessId"] for item in cg.state()["products"]}
    by_name, by_id = {"master": "ROME", "backups": ["Żywiec <1>"]}, {"master": ids["ROME"], "backups": [ids["NICE"]]}
    assert [task.status for task in declare_each(cg, by_name, by_id)] == ["changed", "changed"]
    assert backups_of(cg, "ROME") == ["MILAN", "Żywiec <1>", "NICE"]


def test_exact_removes_and_reports_the_stale_deployments(cg):
    wanted = {"master": "PARIS", "backups": ["NICE"], "state": "exact"}
    checked, did, again = (task.result for task in declare_each(cg, {**wanted, "check_mode": True}, wanted, wanted))
    assert backups_of(cg, "PARIS") == ["NICE"]
    assert again["changed"] is False
    assert (
        did["actions"]
        == checked["actions"]
        == [
            "Remove LYON from the backups of PARIS",
            "Add NICE to the backups of PARIS",
        ]
    )
    assert (
        without_ids(did["stale_flows"])
        == without_ids(checked["stale_flows"])
        == [
            {"flow": name, "master": "PARIS", "former_backup": "LYON"}
            for name in ("PAYMENTS", "TO_ROME", "ÜBERWEISUNGEN")
        ]
    )
    assert any("leaves it with 3 stale deployments" in warning for warning in did["warnings"])


def test_absent_removes_even_an_unreachable_backup(cg):
    wanted = {"master": "PARIS", "state": "absent"}
    first, second = declare_each(cg, {**wanted, "backups": ["LYON", "NICE"]}, {**wanted, "backups": ["LYON"]})
    assert first.result["actions"] == ["Remove LYON from the backups of PARIS"]
    assert backups_of(cg, "PARIS") == []
    assert second.status == "ok"


def test_a_swap_of_master_and_backup_in_one_task(cg):
    topology = [{"master": "MILAN", "backups": ["ROME"]}, {"master": "ROME", "backups": []}]
    declare(cg, topology=topology, state="exact", allow_empty=True).succeeded()
    assert backups_of(cg, "MILAN") == ["ROME"]
    assert backups_of(cg, "ROME") == []


def test_every_violation_is_reported_at_once_and_nothing_is_written(cg):
    run = declare(
        cg,
        topology=[
            {"master": "PARIS", "backups": ["OLD", "NEW", "CFT", "PARIS", "ROME", "MILAN", "NOWHERE"]},
            {"master": "LYON", "backups": ["NICE"]},
            {"master": "PARIS", "backups": ["NICE"]},
        ],
    ).failed()
    assert rules(run) == {
        ("version_mismatch", "PARIS", "OLD"),
        ("not_registered", "PARIS", "NEW"),
        ("not_securetransport", "PARIS", "CFT"),
        ("self_backup", "PARIS", "PARIS"),
        ("backup_has_backups", "PARIS", "ROME"),
        ("backup_has_backups", "PARIS", "LYON"),
        ("shared_backup", "PARIS", "MILAN"),
        ("unknown_product", "PARIS", "NOWHERE"),
        ("master_is_backup", "LYON", ""),
        ("duplicate_master", "PARIS", ""),
    }
    message = run.of("declare")["msg"]
    assert "The topology has 10 violations; nothing was changed." in message
    assert all(violation["message"] in message for violation in run.of("declare")["violations"])
    assert cg.writes() == []


def test_removals_can_be_refused(cg):
    empty = {"master": "PARIS", "state": "exact", "backups": []}
    absent = {"master": "PARIS", "state": "absent", "backups": ["LYON"]}
    cases = [
        (empty, "empty_backups"),
        ({**empty, "allow_empty": True, "max_removals": "0"}, "too_many_removals"),
        ({**absent, "max_removals": "50%"}, "too_many_removals"),
        ({**absent, "protected": ["LYON"]}, "protected_backup"),
    ]
    refused = declare_each(cg, *(options for options, _ in cases))
    failures(refused)
    assert [[row["rule"] for row in task.result["violations"]] for task in refused] == [[rule] for _, rule in cases]
    assert cg.writes() == []


def test_impact_can_be_refused(cg):
    run = declare(cg, master="PARIS", backups=["NICE"], on_impact="fail").failed()
    assert rules(run) == {("impact", "PARIS", "")}
    assert 'sends 3 deployed flows to "Saved, not deployed": PAYMENTS, TO_ROME' in run.of("declare")["msg"]
    assert run.of("declare")["impacted_flows"] == []
    assert cg.writes() == []


THREE = {
    "products": [product(name) for name in ("M1", "M2", "M3", "B1", "B2", "B3")],
    "flows": [flow("F", "M1")],
}
THREE_PAIRS = [{"master": f"M{n}", "backups": [f"B{n}"]} for n in (1, 2, 3)]


def test_the_first_failure_stops_new_work(simulator):
    cg = simulator(THREE)
    cg.add_fault(operation="addBackups", object="M1", fault="status", status=500)
    failed = (
        run_tasks({"name": "declare", MODULE: {"topology": THREE_PAIRS, "max_parallel": 1}}, connection=cg.connection)
        .failed()
        .of("declare")
    )
    assert [row["result"] for row in failed["masters"]] == ["failed", "not_tried", "not_tried"]
    assert failed["changed"] is False
    assert failed["actions"] == []
    assert failed["error"]["status"] == 500
    assert failed["error"]["method"] == "POST"
    assert "Of 3 masters: 1 failed, 2 not tried." in failed["msg"]


def test_continue_on_error_does_the_rest_and_a_second_run_the_remainder(simulator):
    cg = simulator(THREE)
    cg.add_fault(operation="addBackups", object="M2", fault="status", status=500, count=1)
    failed = declare(cg, topology=THREE_PAIRS, continue_on_error=True).failed().of("declare")
    assert [row["result"] for row in failed["masters"]] == ["changed", "failed", "changed"]
    assert failed["changed"] is True
    assert failed["actions"] == ["Add B1 to the backups of M1", "Add B3 to the backups of M3"]
    again = declare(cg, topology=THREE_PAIRS).succeeded().of("declare")
    assert again["actions"] == ["Add B2 to the backups of M2"]


def test_a_swap_that_fails_halfway_shares_no_backup_and_a_second_run_completes_it(simulator):
    products = [
        product("M1", backups=synchronized("B1")),
        product("M2", backups=synchronized("B2")),
        product("B1"),
        product("B2"),
    ]
    cg = simulator({"products": products})
    cg.add_fault(operation="removeBackup", object="M1", fault="status", status=503, count=1)
    swap = {
        "topology": [{"master": "M1", "backups": ["B2"]}, {"master": "M2", "backups": ["B1"]}],
        "state": "exact",
        "continue_on_error": True,
    }
    failed = declare(cg, **swap, retries=0).failed().of("declare")
    assert (backups_of(cg, "M1"), backups_of(cg, "M2")) == (["B1"], [])
    assert "it is still a backup of M1" in failed["masters"][1]["message"]
    assert declare(cg, **swap).succeeded().of("declare")["changed"] is True
    assert (backups_of(cg, "M1"), backups_of(cg, "M2")) == (["B2"], ["B1"])


def test_a_task_that_fails_early_changes_nothing(cg):
    to_lyon = {"master": "PARIS", "backups": ["LYON"]}
    shapes = [
        {"topology": None},
        {"topology": [{"master": "PARIS", "backups": None}]},
        {"topology": [None]},
        {"master": "PARIS", "backups": None},
        {"master": "PARIS", "backups": ["LYON", None]},
    ]
    limits = [{**to_lyon, "max_removals": value} for value in ("many", "-1", "120%")]
    failed = declare_each(cg, *shapes, *limits)
    messages = failures(failed)
    assert all(message.startswith("max_removals: ") for message in messages[len(shapes) :])
    assert not any(task.result["changed"] for task in failed)
    assert cg.writes() == []


def test_a_failed_task_returns_all_the_keys_of_a_successful_one(cg):
    to_lyon = {"master": "PARIS", "backups": ["LYON"]}
    good, early = declare_each(cg, to_lyon, {**to_lyon, "max_removals": "many"})
    cg.add_fault(operation="listProducts", fault="status", status=500)
    late = declare(cg, topology=[to_lyon]).failed()
    for failed in (early.result, late.of("declare")):
        assert set(good.result) - set(failed) <= {"warnings"}


def test_unknown_names_are_reported(cg):
    exact = {"master": "PARIS", "backups": [], "state": "exact", "allow_empty": True, "protected": ["LYNO"]}
    refused, absent = declare_each(cg, exact, {"master": "PARIS", "backups": ["LYNO"], "state": "absent"})
    assert [(row["rule"], row["backup"]) for row in refused.result["violations"]] == [("unknown_product", "LYNO")]
    assert absent.status == "ok"
    assert "Did you mean LYON?" in " ".join(absent.result["warnings"])
    assert cg.writes() == []


def test_a_lost_reply_is_settled_by_reading_before_anything_else_starts(simulator):
    cg = simulator(THREE)
    cg.add_fault(operation="addBackups", object="M1", fault="commit_then_drop", count=1)
    done = declare(cg, topology=THREE_PAIRS, max_parallel=1).succeeded().of("declare")
    assert [row["result"] for row in done["masters"]] == ["changed"] * 3
    assert any("Nevertheless the backups of M1, read back, are as declared." in warning for warning in done["warnings"])
    assert len([write for write in cg.writes() if write.startswith("POST")]) == 3
