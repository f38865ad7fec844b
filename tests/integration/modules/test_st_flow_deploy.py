# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""st_flow_deploy, by real ansible-playbook against the simulator."""

from __future__ import annotations

import pytest
from estates import SFTP, flow, product, synchronized, unsynchronized, without_ids
from harness import Run, Simulator, TaskResult, run_each, run_tasks

MODULE = "mftops.central_governance.st_flow_deploy"
FAST = {"wait_interval": 0.1, "wait_timeout": 60}
TO_DEPLOY = "Saved, not deployed"


def seed() -> dict:
    return {
        "products": [
            product("PARIS", profiles=[SFTP], backups=synchronized("LYON", "LILLE")),
            product("LYON"),
            product("LILLE"),
            product("ROME", profiles=[SFTP], backups=unsynchronized("MILAN", "TURIN")),
            product("MILAN"),
            product("TURIN"),
            product("CFT", type="TransferCFT", version="3.9"),
            product("FORMER"),
        ],
        "flows": [
            flow("PAYMENTS", "PARIS", status=TO_DEPLOY),
            flow("ÜBERWEISUNGEN", "CFT", "PARIS", status=TO_DEPLOY),
            flow("DONE", "PARIS"),
            flow("STALE", "PARIS", deployments=rows("PARIS", "LYON", "LILLE", "FORMER")),
            flow("MISSING", "PARIS", deployments=rows("PARIS", "LYON")),
            flow("DRAFT", "PARIS", status="Saved"),
            flow("ROMAN", "ROME", status=TO_DEPLOY),
            flow("BOTH", "PARIS", "ROME", status=TO_DEPLOY),
        ],
    }


def rows(*products: str) -> list[dict[str, str]]:
    return [{"product": name, "status": "Deployed"} for name in products]


@pytest.fixture
def cg(simulator) -> Simulator:
    return simulator(seed())


def deploy(cg: Simulator, check: bool = False, arguments=("--diff",), **options) -> Run:
    task = {"name": "deploy", MODULE: {**FAST, **options}}
    return run_tasks(task, connection=cg.connection, check=check, arguments=arguments)


def deploy_each(cg: Simulator, *options) -> list[TaskResult]:
    """The task once with each of the options, in one run."""
    return run_each("st_flow_deploy", *({**FAST, **given} for given in options), connection=cg.connection)


def statuses(cg: Simulator) -> dict[str, str]:
    return {item["name"]: item["status"] for item in cg.state()["flows"]}


def results(run: Run) -> dict[str, str]:
    return results_of(run.of("deploy"))


def results_of(result: dict) -> dict[str, str]:
    return {row["flow"]: row["result"] for row in result["flows"]}


GOOD = ["PAYMENTS", "ÜBERWEISUNGEN", "DONE", "STALE", "MISSING"]


@pytest.mark.parametrize("wait", [True, False])
def test_check_mode_predicts_a_failure_on_a_backup_that_is_down(simulator, wait):
    estate = seed()
    next(item for item in estate["products"] if item["name"] == "LILLE")["status"] = "Unreachable"
    cg = simulator(estate)
    checked = deploy(cg, check=True, flows=["PAYMENTS"], wait=wait)
    assert cg.writes() == []
    did = deploy(cg, flows=["PAYMENTS"], wait=wait)
    for run in (checked, did):
        run.failed() if wait else run.succeeded()
    before, after = checked.of("deploy"), did.of("deploy")
    assert before["changed"] is after["changed"] is True
    assert before["actions"] == after["actions"]
    if wait:
        assert before["diff"] == after["diff"]
        (row,) = before["flows"]
        assert row["result"] == "failed"
        assert row["status_after"] == "Deployed in error"
        assert (row["assumed"], after["flows"][0]["assumed"]) == (True, False)
        assert "PAYMENTS would be deployed in error: LILLE: " in before["msg"]
        assert "This is assumed: outside of check mode the deployment is attempted." in before["msg"]
        assert "PAYMENTS was deployed in error: LILLE: " in after["msg"]
        assert "Unreachable" in before["msg"]


def test_from_check_mode_to_the_second_run(cg):
    checked = deploy(cg, check=True, flows=GOOD).succeeded().of("deploy")
    assert cg.writes() == []
    did = deploy(cg, flows=GOOD).succeeded().of("deploy")
    for key in ("changed", "actions", "diff", "predicted", "unchanged_count"):
        assert checked[key] == did[key], key
    assert did["actions"] == [
        'Deploy PAYMENTS (PARIS (LYON, LILLE) -> BANK): its status is "Saved, not deployed"',
        'Deploy ÜBERWEISUNGEN (CFT -> PARIS (LYON, LILLE)): its status is "Saved, not deployed"',
        "Deploy STALE (PARIS (LYON, LILLE) -> BANK): still deployed on FORMER, no longer a backup",
        "Deploy MISSING (PARIS (LYON, LILLE) -> BANK): not deployed on LILLE",
    ]
    (payments,) = without_ids(did["flows"][:1])
    payments["deployments"] = without_ids(payments["deployments"])
    assert payments == {
        "flow": "PAYMENTS",
        "definition": "PARIS (LYON, LILLE) -> BANK",
        "status_before": "Saved, not deployed",
        "status_after": "Deployed",
        "products": ["PARIS", "LYON", "LILLE"],
        "deployments": [
            {"product": "PARIS", "role": "master", "status": "Deployed"},
            {"product": "LYON", "role": "backup", "status": "Deployed"},
            {"product": "LILLE", "role": "backup", "status": "Deployed"},
        ],
        "assumed": False,
        "result": "changed",
        "message": "",
    }
    assert [row | {"result": ""} for row in checked["flows"]] == [row | {"result": ""} for row in did["flows"]]
    assert all(statuses(cg)[name] == "Deployed" for name in GOOD)

    cg.forget_journal()
    again = deploy(cg, flows=GOOD).succeeded().of("deploy")
    assert (again["changed"], again["actions"], again["unchanged_count"]) == (False, [], 5)
    assert cg.writes() == []


def test_the_gate_fails_with_the_documented_message_before_anything_is_deployed(cg):
    run = deploy(cg, flows=["PAYMENTS", "ROMAN", "BOTH"]).failed()
    failed = run.of("deploy")
    message = "Backup product/s MILAN, TURIN are not synchronized with the master product ROME"
    assert failed["msg"].splitlines()[0] == message
    assert "2 flows: BOTH, ROMAN" in failed["msg"]
    assert "Nothing was changed." in failed["msg"]
    assert {row["flow"]: row["message"] for row in failed["flows"] if row["message"]} == {
        "ROMAN": message,
        "BOTH": message,
    }
    assert results(run) == {"PAYMENTS": "not_tried", "ROMAN": "failed", "BOTH": "failed"}
    assert cg.writes() == []


def test_force_never_skips_the_gate(cg):
    deploy(cg, flows=["ROMAN"], force=True).failed()
    assert cg.writes() == []


def test_continue_on_error_deploys_the_flows_that_pass(cg):
    run = deploy(cg, flows=["ROMAN", "PAYMENTS", "DRAFT"], continue_on_error=True).failed()
    assert results(run) == {"ROMAN": "failed", "PAYMENTS": "changed", "DRAFT": "failed"}
    assert run.of("deploy")["changed"] is True
    assert statuses(cg)["PAYMENTS"] == "Deployed"
    assert statuses(cg)["ROMAN"] == TO_DEPLOY


def test_flows_are_found_by_their_masters(cg):
    refused, deployed = deploy_each(cg, {"masters": ["PARIS"]}, {"masters": ["CFT"]})
    assert refused.status == "failed"
    assert "The flow DRAFT is incomplete" in refused.result["msg"]
    assert results_of(deployed.result) == {"ÜBERWEISUNGEN": "changed"}


def test_drafts_found_by_their_master_can_be_skipped(cg):
    found, named = deploy_each(
        cg,
        {"masters": ["PARIS"], "skip_incomplete": True, "continue_on_error": True},
        {"flows": ["DRAFT"], "skip_incomplete": True},
    )
    assert found.status == named.status == "failed"
    assert results_of(found.result)["DRAFT"] == "not_tried"
    assert any("DRAFT is skipped" in warning for warning in found.result["warnings"])
    assert "incomplete" in named.result["msg"]


def test_redeploy_chooses_what_is_deployed_again(cg):
    flows = {"flows": ["DONE", "PAYMENTS"]}
    never, always = deploy_each(cg, {**flows, "redeploy": "never_deployed_only"}, {**flows, "redeploy": "always"})
    assert results_of(never.result) == {"DONE": "unchanged", "PAYMENTS": "changed"}
    assert results_of(always.result) == {"DONE": "changed", "PAYMENTS": "changed"}


def test_missing_arguments_and_unknown_names_are_all_reported(cg):
    missing, unknown = deploy_each(cg, {}, {"flows": ["PAYMENTS", "NOPE", "NADA"], "masters": ["NOWHERE"]})
    assert missing.status == unknown.status == "failed"
    assert "one of the following is required: flows, masters" in missing.result["msg"]
    assert unknown.result["msg"] == (
        "flows: Central Governance has no flow named NOPE, NADA. "
        "masters: Central Governance has no product named NOWHERE. Nothing was changed."
    )


def test_a_timeout_carries_the_last_state_seen(cg):
    cg.set_transitions(deploy="time:3600")
    failed = deploy(cg, flows=["PAYMENTS"], wait_timeout=0.5).failed().of("deploy")
    (row,) = failed["flows"]
    assert row["result"] == "timed_out"
    assert "Last seen: status" in failed["msg"]
    assert "not on PARIS, LYON, LILLE" in failed["msg"]


def test_a_deployment_that_is_under_way_is_waited_for_and_not_sent_again(cg):
    cg.set_transitions(deploy="time:3600")
    deploy(cg, flows=["PAYMENTS"], wait=False).succeeded()
    cg.forget_journal()
    seen = deploy(cg, flows=["PAYMENTS"], wait=False).succeeded().of("deploy")
    assert (seen["changed"], seen["flows"][0]["result"]) == (False, "unchanged")
    assert "already being deployed" in seen["flows"][0]["message"]
    cg.control("PUT", "clock", json={"advance": 7200})
    joined = deploy(cg, flows=["PAYMENTS"]).succeeded().of("deploy")
    assert joined["changed"] is False
    assert cg.writes() == []


def test_deployed_in_error_fails_with_the_reason_of_each_product(cg):
    cg.add_fault(operation="deployFlow", object="PAYMENTS", fault="partial_deployment", count=1)
    failed = deploy(cg, flows=["PAYMENTS"]).failed().of("deploy")
    (row,) = failed["flows"]
    assert row["status_after"] == "Deployed in error"
    assert "PAYMENTS was deployed in error: " in failed["msg"]
    (bad,) = [entry for entry in row["deployments"] if entry["status"] == "Deployed in error"]
    assert f"{bad['product']}: " in failed["msg"]
    assert deploy(cg, flows=["PAYMENTS"]).succeeded().of("deploy")["changed"] is True


def test_a_lost_reply_is_settled_by_reading(cg):
    cg.add_fault(operation="deployFlow", object="PAYMENTS", fault="commit_then_drop", count=1)
    deploy(cg, flows=["PAYMENTS"]).succeeded()
    assert len(cg.writes()) == 1


def test_a_conflict_is_reported_and_force_skips_it(simulator):
    seed = {
        "products": [product("PARIS")],
        "flows": [flow("ONE", "PARIS", idf="SAME"), flow("OTHER", "PARIS", idf="SAME", status=TO_DEPLOY)],
    }
    cg = simulator(seed)
    failed = deploy(cg, flows=["OTHER"]).failed().of("deploy")
    assert "OTHER was not deployed" in failed["msg"]
    assert "Conflict with another flow with the same IDF" in failed["msg"]
    assert statuses(cg)["OTHER"] == TO_DEPLOY
    deploy(cg, flows=["OTHER"], force=True).succeeded()
