# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role dr and the playbook dr_apply: the three verbs in one run, by real ansible-playbook against the simulator."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import Run, Simulator, run_playbook, run_tasks

HERE = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
STEPS = ("declare", "synchronize", "deploy")
START = Callable[..., Simulator]


def estate(backups: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """A master with two deployed flows and one that is not, and three products, two of which could be its backups."""
    profile = {"name": "sftp", "type": "SERVER", "protocol": "SFTP", "enabled": True, "port": 22}

    def product(name: str, **more: Any) -> dict[str, Any]:
        return {
            "name": name, "type": "SecureTransport", "host": f"{name.lower()}.example.com", "os": "linux-x86-64",
            "version": "5.4", "status": "Started", **more,
        }  # fmt: skip

    flow = {"status": "Deployed", "sources": [{"product": "PARIS"}], "targets": [{"partner": "BANK"}]}
    return {
        "products": [
            product("PARIS", profiles=[profile], backups=backups or []),
            product("LYON", profiles=[{**profile, "port": 2222}]),
            product("LILLE"),
            product("MADRID", version="5.5"),
        ],
        "flows": [
            {"name": "PAYMENTS", "idf": "PAY", **flow},
            {"name": "Überweisungen", "idf": "UEB", **flow},
            {"name": "INVOICES", "idf": "INV", **flow, "status": "Saved, not deployed"},
        ],
    }


TOPOLOGY = [{"master": "PARIS", "backups": ["LYON", "LILLE"]}]


def apply(simulator: Simulator, topology: list[Mapping[str, Any]] | None = None, **how: Any) -> Run:
    variables = {"dr_wait_timeout": 60, **how.pop("extra_vars", {})}
    if topology is not None:
        variables["topology"] = topology
    return run_playbook(
        "mftops.central_governance.dr_apply", environment=simulator.environment, extra_vars=variables, **how
    )


def result_of(run: Run) -> dict[str, Any]:
    return run.of("Give the results to the play")["ansible_facts"]["dr_result"]


def outcome(result: Mapping[str, Any]) -> dict[str, Any]:
    """What check mode must foretell: the actions, the changed flags and the diffs of all steps."""
    return {step: {key: result[step][key] for key in ("changed", "actions", "diff")} for step in STEPS}


def test_check_mode_foretells_the_run_and_writes_nothing(simulator: START) -> None:
    cg = simulator(estate())
    before = cg.state()

    foretold = result_of(apply(cg, TOPOLOGY, check=True, diff=True).succeeded())
    assert cg.writes() == []
    assert cg.state() == before

    done = result_of(apply(cg, TOPOLOGY, diff=True).succeeded())
    assert outcome(foretold) == outcome(done)
    assert all(done[step]["changed"] for step in STEPS)

    cg.forget_journal()
    again = result_of(apply(cg, TOPOLOGY).succeeded())
    assert not again["changed"]
    assert [again[step]["actions"] for step in STEPS] == [[], [], []]
    assert cg.writes() == []


def test_the_example_estate_goes_the_same_way(simulator: START, two_regions: Path) -> None:
    cg = simulator(two_regions / "estate.yml")
    declared = yaml.safe_load((two_regions / "topology.yml").read_text(encoding="utf-8"))["topology"]

    foretold = result_of(apply(cg, declared, check=True, diff=True).succeeded())
    assert cg.writes() == []
    done = result_of(apply(cg, declared, diff=True).succeeded())
    assert outcome(foretold) == outcome(done)
    cg.forget_journal()
    assert not result_of(apply(cg, declared).succeeded())["changed"]
    assert cg.writes() == []


def test_the_summary_says_what_was_done(simulator: START) -> None:
    cg = simulator(estate())
    run = apply(cg, TOPOLOGY).succeeded()
    lines = run.of("Summary")["msg"]
    titles = [line for line in lines if not line.startswith(" ")]
    assert [title.split(":")[0] for title in titles] == [
        "Declare the topology", "Synchronize the backups", "Deploy the flows",
    ]  # fmt: skip
    assert all(": changed (" in title for title in titles)
    assert any("LYON" in line for line in lines)

    lines = apply(cg, TOPOLOGY).succeeded().of("Summary")["msg"]
    assert all(": nothing to do" in line for line in lines)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("by", ["tags", "variables"])
def test_each_step_runs_alone(simulator: START, step: str, by: str) -> None:
    cg = simulator(estate(backups=[{"name": "LYON", "synchronized": False}]))
    if by == "tags":
        run = apply(cg, TOPOLOGY, tags=[step], check=True)
    else:
        run = apply(cg, TOPOLOGY, check=True, extra_vars={f"dr_{other}": other == step for other in STEPS})
    # Alone, the deployment meets the gate that the synchronization would have opened.
    result = result_of(run.succeeded()) if step != "deploy" else run.failed().of("Deploy the flows")
    ran = {task.action.rpartition(".")[2] for task in run.tasks if task.status != "skipped"}
    modules = {"declare": "st_backup", "synchronize": "st_sync", "deploy": "st_flow_deploy"}
    assert ran & set(modules.values()) == {modules[step]}
    if step == "deploy":
        assert "Backup product/s LYON are not synchronized with the master product PARIS" in result["msg"]
    else:
        assert result[step]["actions"]


def test_a_failed_step_says_what_was_done_and_what_was_not(simulator: START) -> None:
    cg = simulator(estate(), transitions={"synchronize": "time:3600"})
    run = apply(cg, TOPOLOGY, extra_vars={"dr_wait_timeout": 1}).failed()
    message = run.of("Fail with what was done and what was not")["msg"]
    assert "Synchronize the backups failed: " in message
    assert "Done before it: Declare the topology.\n  - Add LYON to the backups of PARIS\n" in message
    assert "2 of the backups timed out" in message
    assert '"Saved, not deployed" now, and not deployed again by this run: PAYMENTS, Überweisungen.' in message
    assert not any(entry["operation"] == "deploy_flow" for entry in cg.journal())
    result = run.of("Give the results to the play, up to the failure")["ansible_facts"]["dr_result"]
    assert result["changed"] and result["declare"]["changed"]
    assert result["failed"]["backups"]


def test_all_violations_reach_the_user_and_nothing_is_written(simulator: START) -> None:
    cg = simulator(estate())
    run = apply(cg, [{"master": "PARIS", "backups": ["MADRID", "NOWHERE", "PARIS"]}]).failed()
    message = run.of("Fail with what was done and what was not")["msg"]
    for word in ("MADRID", "NOWHERE", "version_mismatch", "unknown_product", "self_backup"):
        assert word in message
    assert "Done before it: nothing." in message
    assert cg.writes() == []


def test_a_misspelt_variable_fails_before_anything_is_done(simulator: START) -> None:
    cg = simulator(estate())
    run = apply(cg, TOPOLOGY, extra_vars={"dr_protcted": ["LYON"], "dr_own": 1}).failed()
    assert "The role dr has no variable named dr_own, dr_protcted." in run.output
    assert cg.journal() == []
    apply(cg, TOPOLOGY, check=True, extra_vars={"dr_own": 1, "dr_own_variables": ["dr_own"]}).succeeded()


def test_the_role_knows_the_variables_that_it_documents() -> None:
    role = Path(__file__).resolve().parents[3] / "roles" / "dr"
    documented = yaml.safe_load((role / "meta" / "argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
    known = yaml.safe_load((role / "vars" / "main.yml").read_text())["__dr_known_variables"]
    published = ["dr_actions", "dr_changed", "dr_check_mode", "dr_result"]
    assert sorted([*documented, *published]) == known


def test_a_run_without_a_step_says_so(simulator: START) -> None:
    cg = simulator(estate())
    run = apply(cg, TOPOLOGY, extra_vars={f"dr_{step}": False for step in STEPS}).succeeded()
    assert "No step ran, so nothing was done." in run.of("Summary")["msg"][0]


def test_the_topology_may_stand_in_the_inventory(simulator: START, tmp_path: Path) -> None:
    cg = simulator(estate())
    inventory = {"all": {"hosts": {"localhost": {"dr_topology": TOPOLOGY, **HERE}}}}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump(inventory))
    playbook = "mftops.central_governance.dr_apply"
    run = run_playbook(playbook, environment=cg.environment, arguments=["-i", str(tmp_path / "hosts.yml")], check=True)
    assert result_of(run.succeeded())["declare"]["actions"][0] == "Add LYON to the backups of PARIS"


def test_the_guards_are_passed_on(simulator: START) -> None:
    cg = simulator(estate(backups=["LYON", "LILLE"]))
    less = [{"master": "PARIS", "backups": ["LILLE"]}]

    assert not result_of(apply(cg, less, check=True, extra_vars={"dr_deploy": False}).succeeded())["declare"]["changed"]
    for guard in ({"dr_max_removals": "0"}, {"dr_protected": ["LYON"]}):
        run = apply(cg, less, extra_vars={"dr_state": "exact", **guard}).failed()
        assert "LYON" in run.output or "too_many_removals" in run.output
    run = apply(cg, [{"master": "PARIS", "backups": []}], extra_vars={"dr_state": "exact"}).failed()
    assert "empty_backups" in run.output
    run = apply(cg, [{"master": "LILLE", "backups": ["MADRID"]}], extra_vars={"dr_on_impact": "fail"}).failed()
    assert cg.writes() == []

    done = result_of(apply(cg, less, extra_vars={"dr_state": "exact"}).succeeded())
    assert done["declare"]["masters"][0]["removed"] == ["LYON"]
    deployed_on = {row["product"]["name"] for row in cg.state()["deployments"]}
    assert deployed_on == {"PARIS", "LILLE"}


def test_only_the_named_flows_are_deployed(simulator: START) -> None:
    cg = simulator(estate())
    result = result_of(apply(cg, TOPOLOGY, extra_vars={"dr_flows": ["Überweisungen"]}).succeeded())
    assert [row["flow"] for row in result["deploy"]["flows"]] == ["Überweisungen"]


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({}, ["No topology was given"]),
        ({"topology": []}, ["No topology was given"]),
        ({"topology": None}, ["No topology was given"]),
        ({"dr_masters": ["PARIS"]}, ["There is nothing to declare"]),
        ({"topology": [{"backups": ["LYON"]}]}, ["master"]),
        ({"topology": TOPOLOGY, "dr_state": "gone"}, ["dr_state", "present", "exact", "absent"]),
        ({"topology": TOPOLOGY, "dr_max_removals": "many"}, ["max_removals", "many"]),
        ({"dr_masters": ["PARIS"], "dr_declare": False, "dr_redeploy": "sometimes"}, ["dr_redeploy", "when_needed"]),
    ],
)
def test_bad_variables_are_refused_in_words(simulator: START, variables: dict[str, Any], words: list[str]) -> None:
    cg = simulator(estate())
    run = apply(cg, extra_vars=variables).failed()
    for word in words:
        assert word in run.output
    assert cg.writes() == []


def test_the_connection_can_be_given_to_the_role(simulator: START) -> None:
    cg = simulator(estate(), tls=True)
    run = run_playbook(
        "mftops.central_governance.dr_apply",
        check=True,
        extra_vars={"topology": TOPOLOGY, "dr_connection": cg.connection},
    ).succeeded()
    assert result_of(run)["changed"]
    assert cg.connection["password"] not in run.output


def test_the_connection_can_come_from_module_defaults(simulator: START) -> None:
    cg = simulator(estate())
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "module_defaults": {"group/mftops.central_governance.central_governance": cg.connection},
        "roles": [{"role": "mftops.central_governance.dr", "dr_topology": TOPOLOGY}],
    }
    assert result_of(run_playbook([play], check=True).succeeded())["changed"]


VERBS = ("st_backup", "st_sync", "st_flow_deploy")
GROUP = "group/mftops.central_governance.central_governance"


def through_the_role(module_defaults: Mapping[str, Any], check: bool = True, **variables: Any) -> Run:
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "module_defaults": {
            name if name.startswith("group/") else f"mftops.central_governance.{name}": options
            for name, options in module_defaults.items()
        },
        "roles": [{"role": "mftops.central_governance.dr", "dr_topology": TOPOLOGY, **variables}],
    }
    return run_playbook([play], check=check)


def test_the_connection_can_come_from_the_module_defaults_of_each_module(simulator: START) -> None:
    cg = simulator(estate())
    assert result_of(through_the_role(dict.fromkeys(VERBS, cg.connection)).succeeded())["changed"]
    # What the role is given fills up what they leave open.
    url = {name: {"url": cg.connection["url"]} for name in VERBS}
    rest = {name: value for name, value in cg.connection.items() if name != "url"}
    assert result_of(through_the_role(url, dr_connection={**rest, "ca_path": None}).succeeded())["changed"]


@pytest.mark.parametrize("connection", [{}, {"timeout": 60}])
def test_guards_in_the_module_defaults_hold_within_the_role(simulator: START, connection: dict[str, Any]) -> None:
    cg = simulator(estate(backups=[{"name": "LYON", "synchronized": False}]))

    def refused(module: str, guard: dict[str, Any], **variables: Any) -> str:
        run = through_the_role({GROUP: cg.connection, module: guard}, dr_connection=connection, **variables).failed()
        return run.of("Fail with what was done and what was not")["msg"]

    to_lille = {"dr_topology": [{"master": "PARIS", "backups": ["LILLE"]}], "dr_state": "exact"}
    assert "max_removals allows 0" in refused("st_backup", {"max_removals": "0"}, **to_lille)
    assert "LYON is protected" in refused("st_backup", {"protected": ["LYON"]}, **to_lille)
    assert "on_impact is fail" in refused("st_backup", {"on_impact": "fail"})
    assert "max_profile_removals" in refused("st_sync", {"max_profile_removals": "many"})
    assert cg.writes() == []


def test_the_connection_of_the_role_holds_over_the_one_of_the_action_group(simulator: START) -> None:
    cg = simulator(estate())
    elsewhere = {"url": "http://127.0.0.1:9", "username": "somebody", "password": "something else", "retries": 0}
    assert result_of(through_the_role({GROUP: elsewhere}, dr_connection=cg.connection).succeeded())["changed"]


def test_drafts_fail_the_step_deploy_unless_they_are_skipped(simulator: START) -> None:
    world = estate(backups=[{"name": "LYON", "synchronized": True}])
    world["flows"][0]["status"] = "Saved"
    cg = simulator(world)
    topology = [{"master": "PARIS", "backups": ["LYON"]}]
    assert "PAYMENTS is incomplete" in apply(cg, topology).failed().output
    skipped = apply(cg, topology, extra_vars={"dr_skip_incomplete": True}).succeeded()
    assert "PAYMENTS is skipped" in skipped.output


def test_a_master_that_is_left_without_backups_is_no_error_in_the_next_step(simulator: START) -> None:
    synchronized = [{"name": "LYON", "synchronized": True}]
    cg = simulator(estate(synchronized))
    emptied = {"dr_state": "exact", "dr_allow_empty": True}
    for check in (True, False):
        result = result_of(
            apply(cg, [{"master": "PARIS", "backups": []}], check=check, extra_vars={**emptied}).succeeded()
        )
        assert result["declare"]["actions"] == ["Remove LYON from the backups of PARIS"]


def test_what_was_done_stands_in_the_ledger(simulator: START, tmp_path: Path) -> None:
    cg = simulator(estate())
    ledger = tmp_path / "ledger.jsonl"
    missing = apply(cg, TOPOLOGY, extra_vars={"dr_ledger": str(ledger)}).failed()
    assert "there is no such file" in missing.of("Check the ledger before anything is changed")["msg"]
    assert cg.writes() == []

    run_tasks({"mftops.central_governance.dr_ledger_append": {"path": str(ledger), "kind": "begin"}}).succeeded()
    recorded = {"dr_ledger": str(ledger), "awx_user_name": "night"}
    apply(cg, TOPOLOGY, check=True, extra_vars=recorded).succeeded()
    assert len(ledger.read_text(encoding="utf-8").splitlines()) == 1
    done = result_of(apply(cg, TOPOLOGY, extra_vars=recorded).succeeded())
    apply(cg, TOPOLOGY, extra_vars=recorded).succeeded()
    _begin, change = map(json.loads, ledger.read_text(encoding="utf-8").splitlines())
    assert (change["kind"], change["data"]["who"], change["data"]["succeeded"]) == ("change", "night", True)
    assert change["data"]["actions"] == [action for step in STEPS for action in done[step]["actions"]]
    assert change["data"]["in_sync"] == {"PARIS": ["LYON", "LILLE"]}

    cg.seed(estate())
    cg.add_fault(fault="status", operation="synchronizeBackup", status=403, message="not on Fridays")
    apply(cg, TOPOLOGY, extra_vars=recorded).failed()
    failed = json.loads(ledger.read_text(encoding="utf-8").splitlines()[-1])["data"]
    assert failed["succeeded"] is False and "not on Fridays" in failed["message"]
    assert failed["actions"] == done["declare"]["actions"] and failed["in_sync"] == {}
