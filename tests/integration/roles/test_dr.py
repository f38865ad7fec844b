# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role dr and the playbook dr_apply: the three verbs in one run, by real ansible-playbook against the simulator."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import Run, Simulator, run_playbook, run_tasks

HERE = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
STEPS = ("declare", "synchronize", "deploy")
VERBS = ("st_backup", "st_sync", "st_flow_deploy")
FAST = {"dr_wait_timeout": 60, "dr_wait_interval": 0.1}
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
    variables = {**FAST, **how.pop("extra_vars", {})}
    if topology is not None:
        variables["topology"] = topology
    return run_playbook(
        "mftops.central_governance.dr_apply", environment=simulator.environment, extra_vars=variables, **how
    )


def role(variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A task that runs the role."""
    given = {"dr_topology": TOPOLOGY, **FAST, **(variables or {})}
    return {"ansible.builtin.include_role": {"name": "mftops.central_governance.dr"}, "vars": given}


def rescued(variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The same, but the play goes on after a failure."""
    return {"block": [role(variables)], "rescue": [{"ansible.builtin.debug": {"var": "dr_result"}}]}


def summaries(run: Run) -> list[str]:
    """The summary of each run of the role."""
    return ["\n".join(task.result["msg"]) for task in run.tasks if task.task.endswith(" : Summary")]


def results_of(run: Run) -> list[dict[str, Any]]:
    """The results of each run of the role."""
    facts = [task.result["ansible_facts"] for task in run.tasks if task.task.endswith(" : Set the results as a fact")]
    return [fact["dr_result"] for fact in facts]


def result_of(run: Run) -> dict[str, Any]:
    return results_of(run)[-1]


def published(run: Run) -> dict[str, Any]:
    return run.of("Publish the summary")["ansible_stats"]["data"]


def outcome(result: Mapping[str, Any]) -> dict[str, Any]:
    """What check mode must predict: the actions, the changed flags and the diffs of all steps."""
    return {step: {key: result[step][key] for key in ("changed", "actions", "diff")} for step in STEPS}


def test_check_mode_predicts_the_run_and_a_second_run_has_nothing_to_do(simulator: START) -> None:
    cg = simulator(estate())
    before = cg.state()

    predicted = result_of(apply(cg, TOPOLOGY, check=True, diff=True).succeeded())
    assert cg.writes() == []
    assert cg.state() == before

    run = apply(cg, TOPOLOGY, diff=True).succeeded()
    done = result_of(run)
    assert outcome(predicted) == outcome(done)
    assert all(done[step]["changed"] for step in STEPS)
    assert sum(task.status == "changed" for task in run.tasks) == len(STEPS)  # the predictions are no changes

    lines = run.of("Summary")["msg"]
    titles = [line for line in lines if not line.startswith(" ")]
    assert [title.split(":")[0] for title in titles] == [
        "Declare the topology", "Synchronize the backups", "Deploy the flows",
    ]  # fmt: skip
    assert all(": changed (" in title for title in titles)
    assert "backups: 2 added" in titles[0]
    assert "  - Add LYON to the backups of PARIS" in lines
    facts = published(run)
    assert facts["dr_changed"] is True and facts["dr_check_mode"] is False and facts["dr_failed"] == {}
    assert facts["dr_summary"] == "\n".join(lines)
    assert facts["dr_counts"]["declare"] == {"changed": 1, "backups_added": 2, "impacted_flows": 2}

    # What was published comes back as variables of the next job of a workflow.
    cg.forget_journal()
    run = apply(cg, TOPOLOGY, extra_vars=facts).succeeded()
    assert all(": nothing to do" in line for line in run.of("Summary")["msg"])
    assert published(run)["dr_changed"] is False
    again = result_of(run)
    assert not again["changed"]
    assert [again[step]["actions"] for step in STEPS] == [[], [], []]
    assert cg.writes() == []
    # With nothing to do, the run ends with the prediction, and reads no more than the steps themselves would.
    reads = len(cg.journal())
    assert verbs_of(run) == []
    assert all(again[step]["counts"] for step in STEPS)
    cg.forget_journal()
    apply(cg, TOPOLOGY, check=True).succeeded()
    assert len(cg.journal()) >= reads > 0


NOT_OPEN = "Backup product/s LYON are not synchronized with the master product PARIS"


def verbs_of(run: Run) -> list[str]:
    """The verbs that ran, each once, in their order."""
    ran = [task.action.rpartition(".")[2] for task in run.tasks if task.status != "skipped"]
    return list(dict.fromkeys(action for action in ran if action in VERBS))


@pytest.mark.parametrize(("step", "module"), [*zip(STEPS, VERBS, strict=True)], ids=STEPS)
def test_the_tag_of_a_step_runs_it_alone(simulator: START, step: str, module: str) -> None:
    cg = simulator(estate(backups=[{"name": "LYON", "synchronized": False}]))
    run = apply(cg, TOPOLOGY, tags=[step], check=True)
    # Alone, the deployment is refused by the gate, which the synchronization would have opened.
    if step == "deploy":
        assert NOT_OPEN in run.failed().of("Deploy the flows")["msg"]
    else:
        assert result_of(run.succeeded())[step]["actions"]
    assert verbs_of(run) == [module]


def test_the_variables_of_the_steps_switch_them_off(simulator: START) -> None:
    cg = simulator(estate(backups=[{"name": "LYON", "synchronized": False}]))
    alone = [role({f"dr_{other}": other == step for other in STEPS}) for step in STEPS]
    run = run_tasks(*alone, connection=cg.connection, check=True).failed()
    # The steps that did not run have no results.
    ran = [[step for step in STEPS if result[step]] for result in results_of(run)]
    assert ran[:2] == [["declare"], ["synchronize"]]
    assert NOT_OPEN in run.of("Deploy the flows")["msg"]


def test_a_failed_step_says_what_was_done_and_what_was_not(simulator: START) -> None:
    cg = simulator(estate(), transitions={"synchronize": "time:3600"})
    run = apply(cg, TOPOLOGY, extra_vars={"dr_wait_timeout": 1}).failed()
    lines = run.of("Summary")["msg"]
    assert lines[0].startswith("Declare the topology: changed (")
    assert "  - Add LYON to the backups of PARIS" in lines
    assert "Synchronize the backups: failed (backups: 2 timed out)" in lines
    assert "Deploy the flows: not run" in lines
    assert '"Saved, not deployed" now, and not deployed again by this run: PAYMENTS, Überweisungen.' in lines
    assert not any(entry["operation"] == "deploy_flow" for entry in cg.journal())
    result = result_of(run)
    assert result["changed"] and result["declare"]["changed"]
    assert result["failed"]["backups"]

    # The summary comes before the last task fails, with a message that can be read by itself; a workflow gets it too.
    names = [task.task.rpartition(" : ")[2] for task in run.tasks if task.status != "skipped"]
    assert names[-2:] == ["Summary", "Fail with what was done and what was not"]
    message = run.of("Fail with what was done and what was not")["msg"]
    assert message.startswith("Synchronize the backups failed: ") and "\n" not in message
    assert published(run)["dr_failed"]["step"] == "synchronize"
    assert published(run)["dr_failed"]["message"] == message
    assert published(run)["dr_changed"] is True and published(run)["dr_summary"] == "\n".join(lines)


def test_a_step_shows_the_same_whether_it_was_carried_out_with_the_others_or_by_itself(simulator: START) -> None:
    cg = simulator(estate(), transitions={"synchronize": "immediate", "deploy": "immediate"})
    together = apply(cg, TOPOLOGY, diff=True, arguments=["-vvv"]).succeeded()
    cg.seed(estate())
    apart = apply(cg, TOPOLOGY, diff=True, arguments=["-vvv"], extra_vars={"dr_preflight": False}).succeeded()
    for verb in VERBS:
        results = [run.of(verb) for run in (together, apart)]
        # The same prediction, as one text where the steps were carried out together.
        results[0]["predicted"] = json.loads(results[0]["predicted"]["json"])
        assert results[0] == results[1]
    assert summaries(together) == summaries(apart)
    assert "--- before: synchronization of backups" in together.stdout
    assert cg.connection["password"] not in together.output


def test_a_run_whose_module_is_killed_reports_what_is_done_and_what_is_not_known(
    simulator: START, tmp_path: Path
) -> None:
    cg = simulator(estate(), transitions={"synchronize": "time:3600"})
    interpreter, process = tmp_path / "python", tmp_path / "process"
    interpreter.write_text(f'#!/bin/sh\necho $$ > {process}\nexec {sys.executable} "$@"\n')
    interpreter.chmod(0o755)
    with ThreadPoolExecutor() as pool:
        variables = {"ansible_python_interpreter": str(interpreter)}
        running = pool.submit(apply, cg, TOPOLOGY, extra_vars=variables)
        while not running.done() and not any("synchronize" in write for write in cg.writes()):
            time.sleep(0.1)
        if process.exists():
            os.kill(int(process.read_text()), signal.SIGKILL)
        run = running.result().failed()
    assert "[localhost]: Declare the topology: changed (masters: 1 changed; backups: 2 added): Add LYON" in run.stdout
    result = result_of(run)
    assert result["declare"]["changed"] and result["declare"]["masters"][0]["after"] == ["LYON", "LILLE"]
    assert result["failed"]["changed"] and "What it had written by then is not known." in result["failed"]["msg"]
    lines = run.of("Summary")["msg"]
    assert lines[0].startswith("Declare the topology: changed (")
    assert "Synchronize the backups: failed" in lines and "Deploy the flows: not run" in lines
    assert published(run)["dr_changed"] and published(run)["dr_failed"]["step"] == "synchronize"


def with_madrid() -> dict[str, Any]:
    """An estate in which a flow of PARIS also goes to another master, whose backup is not synchronized."""
    seed = estate()
    seed["products"].append({**seed["products"][2], "name": "NICE", "host": "nice.example.com"})
    seed["products"][3].update(version="5.4", backups=[{"name": "NICE", "synchronized": False}])
    seed["flows"][0]["targets"] = [{"product": "MADRID"}]
    return seed


def test_a_run_that_is_known_to_fail_does_not_start(simulator: START) -> None:
    cg = simulator(with_madrid())
    gate = "Backup product/s NICE are not synchronized with the master product MADRID"
    run = apply(cg, TOPOLOGY).failed()
    assert cg.writes() == []
    lines = run.of("Summary")["msg"]
    assert lines[0] == 'Refused before the first write, since the step "Deploy the flows" would fail:'
    assert f"  {gate}" in lines
    assert "    - Add LYON to the backups of PARIS" in lines
    for remedy in ("dr_masters", "dr_topology", "dr_preflight"):
        assert any(remedy in line for line in lines)
    assert not run.changed and not published(run)["dr_changed"]
    assert published(run)["dr_failed"]["step"] == "deploy"
    assert gate in run.of("Fail with what was done and what was not")["msg"]
    assert max(len(line) for line in run.stdout.splitlines() if line.startswith("fatal:")) < 1500

    # Without the preflight, the run fails where it did before: after it has sent flows to "Saved, not deployed".
    assert gate in apply(cg, TOPOLOGY, extra_vars={"dr_preflight": False}).failed().output
    assert len(cg.writes()) == 3
    # One of the remedies.
    wider = {"dr_masters": ["PARIS", "MADRID"]}
    assert result_of(apply(cg, TOPOLOGY, extra_vars=wider).succeeded())["deploy"]["changed"]


def test_with_continue_on_error_the_flows_that_pass_are_deployed(simulator: START) -> None:
    cg = simulator(with_madrid())
    run = apply(cg, TOPOLOGY, extra_vars={"dr_continue_on_error": "yes"}).failed()
    warnings = run.of("Predict the whole run, then carry it out")["warnings"]
    assert sum("The other flows are deployed all the same (dr_continue_on_error)." in text for text in warnings) == 1
    rows = {row["flow"]: row["result"] for row in result_of(run)["failed"]["flows"]}
    assert rows == {"PAYMENTS": "failed", "INVOICES": "changed", "Überweisungen": "changed"}


def test_a_backup_that_is_down_is_a_warning_of_the_preflight(simulator: START) -> None:
    """That a deployment on an unreachable product fails is assumed: the rest must be done all the same."""
    seed = estate()
    seed["products"][2]["status"] = "Unreachable"
    cg = simulator(seed)
    assert "would be deployed in error" in apply(cg, TOPOLOGY, check=True).failed().output
    run = apply(cg, TOPOLOGY).failed()  # the simulator shares the assumption
    warnings = run.of("Predict the whole run, then carry it out")["warnings"]
    assert sum("That is assumed, not known, so this run goes on" in text for text in warnings) == 3
    assert result_of(run)["synchronize"]["changed"]
    assert "was deployed in error" in result_of(run)["failure"]["message"]


def test_a_run_does_what_was_approved_or_refuses(simulator: START, tmp_path: Path) -> None:
    cg = simulator(estate())
    file = tmp_path / "plan.json"
    with_plan = {"dr_plan_file": str(file)}
    assert "A run with --check" in apply(cg, TOPOLOGY, extra_vars=with_plan).failed().output

    apply(cg, TOPOLOGY, check=True, extra_vars=with_plan).succeeded()
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["plan.json"]
    assert cg.connection["password"] not in file.read_text()
    plan = json.loads(file.read_text())
    assert plan["url"] == cg.url and list(plan["steps"]) == list(STEPS)
    assert plan["steps"]["declare"]["actions"][0] == "Add LYON to the backups of PARIS"

    # Somebody deploys the third flow meanwhile: the run would no longer do the same.
    deploy = {"mftops.central_governance.st_flow_deploy": {"flows": ["INVOICES"]}}
    run_tasks(deploy, connection=cg.connection).succeeded()
    cg.forget_journal()
    run = apply(cg, TOPOLOGY, extra_vars=with_plan).failed()
    assert cg.writes() == []
    text = "\n".join(run.of("Summary")["msg"])
    assert f"This run would not do what the plan in {file} says" in text
    assert "the flow INVOICES would change too: status Deployed -> Saved, not deployed." in text
    assert not published(run)["dr_changed"]

    apply(cg, TOPOLOGY, check=True, extra_vars=with_plan).succeeded()
    approved = json.loads(file.read_text())
    run = apply(cg, TOPOLOGY, extra_vars=with_plan).succeeded()
    assert {step: result_of(run)[step]["actions"] for step in STEPS} == {
        step: approved["steps"][step]["actions"] for step in STEPS
    }


@pytest.mark.parametrize("task", ["Declare the topology", "Deploy the flows"])
def test_a_run_that_skips_the_comparison_with_its_plan_writes_nothing(
    simulator: START, tmp_path: Path, task: str
) -> None:
    cg = simulator(estate())
    with_plan = {"dr_plan_file": str(tmp_path / "plan.json")}
    run = apply(cg, TOPOLOGY, extra_vars=with_plan, arguments=["--start-at-task", task]).failed()
    assert run.of(task)["msg"].startswith("dr_plan_file: this run was not compared with the plan in")
    assert cg.writes() == []


def test_survey_answers_are_converted_to_their_types(simulator: START) -> None:
    cg = simulator(estate(backups=["LYON", "LILLE"]))
    answers = {
        "topology": "- master: PARIS\n  backups: [LILLE]\n",
        "dr_state": "exact",
        "dr_connection": yaml.safe_dump(cg.connection),
        "dr_max_removals": "1",
        "dr_masters": "",
        "dr_flows": "",
        "dr_protected": "",
        "dr_wait": "true",
        "dr_wait_timeout": "60",
        "dr_wait_interval": "0.2",
        "dr_deploy": "false",
        "dr_redeploy": "",
        "dr_continue_on_error": "",
        "dr_summary_lines": "3",
        "dr_plan_file": "",
    }
    run = run_playbook("mftops.central_governance.dr_apply", extra_vars=answers).succeeded()
    assert result_of(run)["declare"]["masters"][0]["removed"] == ["LYON"]
    assert not any(entry["operation"] == "deploy_flow" for entry in cg.journal())
    cg.forget_journal()

    wrong = {**answers, "topology": "- master: PARIS\n- backups: [LYON]", "dr_wait": "perhaps"}
    run = run_playbook("mftops.central_governance.dr_apply", extra_vars=wrong).failed()
    assert run.of("Refuse wrong variables of the role")["msg"].splitlines() == [
        "dr_topology: line 1, PARIS, has no backups; write [] to mean none.",
        'dr_wait: "perhaps" is not true, false.',
    ]
    assert cg.journal() == []


def test_topology_and_dr_topology_must_not_differ(simulator: START) -> None:
    cg = simulator(estate())
    other = [{"master": "PARIS", "backups": ["LILLE"]}]
    run = apply(cg, TOPOLOGY, extra_vars={"dr_topology": other}).failed()
    assert "topology and dr_topology are both given, and say different things." in run.output
    assert cg.journal() == []
    apply(cg, TOPOLOGY, check=True, extra_vars={"dr_topology": TOPOLOGY}).succeeded()
    # A run that starts at a later task still uses it.
    run = apply(cg, TOPOLOGY, check=True, arguments=["--start-at-task", "Declare the topology"]).succeeded()
    assert result_of(run)["declare"]["actions"][0] == "Add LYON to the backups of PARIS"


def test_a_second_run_of_the_role_does_not_report_the_results_of_the_first(simulator: START) -> None:
    cg = simulator(with_madrid())
    first = role({"dr_topology": [{"master": "MADRID", "backups": ["NICE"]}]})
    second = rescued({"dr_topology": [{"master": "X", "backups": []}]})
    run = run_tasks(first, second, connection=cg.connection).succeeded()
    result = run.of("debug")["dr_result"]
    assert "unknown_product" in str(result["failed"]["violations"])
    assert result["declare"] == result["synchronize"] == result["deploy"] == {} and not result["changed"]


def test_all_violations_are_shown_and_nothing_is_written(simulator: START) -> None:
    cg = simulator(estate())
    run = apply(cg, [{"master": "PARIS", "backups": ["MADRID", "NOWHERE", "PARIS"]}]).failed()
    text = "\n".join(run.of("Summary")["msg"])
    for word in ("MADRID", "NOWHERE", "version_mismatch", "unknown_product", "self_backup"):
        assert word in text
    assert "Nothing was written." in text
    assert cg.writes() == []


def test_a_misspelt_variable_fails_before_anything_is_done(simulator: START) -> None:
    cg = simulator(estate())
    run = apply(cg, TOPOLOGY, extra_vars={"dr_protcted": ["LYON"], "dr_own": 1}).failed()
    assert "The role dr has no variable named dr_own, dr_protcted, so nothing was done." in run.output
    assert cg.journal() == []
    apply(cg, TOPOLOGY, check=True, extra_vars={"dr_own": 1, "dr_own_variables": ["dr_own"]}).succeeded()


def test_a_run_without_a_step_reports_it(simulator: START) -> None:
    cg = simulator(estate())
    run = apply(cg, TOPOLOGY, extra_vars={f"dr_{step}": False for step in STEPS}).succeeded()
    assert "No step ran, so nothing was done." in run.of("Summary")["msg"][0]


def test_the_topology_may_be_in_the_inventory(simulator: START, tmp_path: Path) -> None:
    cg = simulator(estate())
    inventory = {"all": {"hosts": {"localhost": {"dr_topology": TOPOLOGY, **HERE}}}}
    (tmp_path / "hosts.yml").write_text(yaml.safe_dump(inventory))
    playbook = "mftops.central_governance.dr_apply"
    run = run_playbook(playbook, environment=cg.environment, arguments=["-i", str(tmp_path / "hosts.yml")], check=True)
    assert result_of(run.succeeded())["declare"]["actions"][0] == "Add LYON to the backups of PARIS"


def test_the_options_that_refuse_changes_are_passed_on(simulator: START) -> None:
    seed = estate(backups=["LYON", "LILLE"])
    seed["products"].append({**seed["products"][2], "name": "SPARE"})
    cg = simulator(seed)
    less = [{"master": "PARIS", "backups": ["LILLE"]}]

    assert not result_of(apply(cg, less, check=True, extra_vars={"dr_deploy": False}).succeeded())["declare"]["changed"]
    exact = {"dr_topology": less, "dr_state": "exact"}
    guarded = [
        {**exact, "dr_max_removals": "0"},
        {**exact, "dr_protected": ["LYON"]},
        {**exact, "dr_topology": [{"master": "PARIS", "backups": []}]},
        {"dr_topology": [{"master": "PARIS", "backups": ["LYON", "LILLE", "SPARE"]}], "dr_on_impact": "fail"},
    ]
    run = run_tasks(*map(rescued, guarded), connection=cg.connection).succeeded()
    words = ("[too_many_removals]", "[protected_backup]", "[empty_backups]", "[impact]")
    for summary, word in zip(summaries(run), words, strict=True):
        assert word in summary
    assert cg.writes() == []

    done = result_of(apply(cg, less, extra_vars={"dr_state": "exact"}).succeeded())
    assert done["declare"]["masters"][0]["removed"] == ["LYON"]
    deployed_on = {row["product"]["name"] for row in cg.state()["deployments"]}
    assert deployed_on == {"PARIS", "LILLE"}


def test_only_the_named_flows_are_deployed(simulator: START) -> None:
    cg = simulator(estate())
    result = result_of(apply(cg, TOPOLOGY, extra_vars={"dr_flows": ["Überweisungen"]}).succeeded())
    assert [row["flow"] for row in result["deploy"]["flows"]] == ["Überweisungen"]


def test_bad_variables_are_refused_with_a_reason(simulator: START) -> None:
    """All of them at once; which values are refused, and how, is in tests/unit/pipeline/test_variables.py."""
    cg = simulator(estate())
    wrong = {"dr_state": "gone", "dr_max_removals": "many", "dr_redeploy": "sometimes"}
    run = apply(cg, [{"backups": ["LYON"]}], extra_vars=wrong).failed()
    for words in ("dr_topology: entry 1 has no master.", "dr_state: ", "present", "dr_max_removals", "when_needed"):
        assert words in run.output
    assert "No topology was given" in apply(cg).failed().output
    assert "There is nothing to declare" in apply(cg, extra_vars={"dr_masters": ["PARIS"]}).failed().output
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


GROUP = "group/mftops.central_governance.central_governance"


def play_with(module_defaults: Mapping[str, Any], *tasks: Mapping[str, Any], **keys: Any) -> dict[str, Any]:
    """A play with module_defaults; the modules of the collection by their short names."""
    defaults = {
        name if name.startswith("group/") else f"mftops.central_governance.{name}": options
        for name, options in module_defaults.items()
    }
    play = {"hosts": "localhost", "gather_facts": False, "module_defaults": defaults, **keys}
    return {**play, "tasks": list(tasks)} if tasks else play


def test_the_connection_can_come_from_module_defaults(simulator: START) -> None:
    cg = simulator(estate())
    own = [{"role": "mftops.central_governance.dr", "dr_topology": TOPOLOGY}]
    url = {name: {"url": cg.connection["url"]} for name in VERBS}
    rest = {name: value for name, value in cg.connection.items() if name != "url"}
    elsewhere = {"url": "http://127.0.0.1:9", "username": "somebody", "password": "something else", "retries": 0}
    plays = [
        play_with({GROUP: cg.connection}, roles=own),
        play_with(dict.fromkeys(VERBS, cg.connection), role()),
        # dr_connection adds the options that they do not set.
        play_with(url, role({"dr_connection": {**rest, "ca_path": None}})),
        # It has precedence over the connection of the action group.
        play_with({GROUP: elsewhere}, role({"dr_connection": cg.connection})),
    ]
    run = run_playbook(plays, check=True).succeeded()
    assert [result["changed"] for result in results_of(run)] == [True] * len(plays)


def test_options_in_module_defaults_that_refuse_changes_apply_in_the_role(simulator: START) -> None:
    cg = simulator(estate(backups=[{"name": "LYON", "synchronized": False}]))
    to_lille = {"dr_topology": [{"master": "PARIS", "backups": ["LILLE"]}], "dr_state": "exact"}
    guards = [
        ("max_removals allows 0", "st_backup", {"max_removals": "0"}, to_lille),
        ("LYON is protected", "st_backup", {"protected": ["LYON"]}, to_lille),
        ("[impact]", "st_backup", {"on_impact": "fail"}, {}),
        ("max_profile_removals", "st_sync", {"max_profile_removals": "many"}, {}),
    ]
    # Whether the role has a connection of its own or not.
    guards += [
        (words, module, guard, {**variables, "dr_connection": {"timeout": 60}})
        for words, module, guard, variables in (guards[0], guards[3])
    ]
    plays = [play_with({GROUP: cg.connection, module: guard}, rescued(given)) for _, module, guard, given in guards]
    refused = summaries(run_playbook(plays).succeeded())
    for (words, *_), summary in zip(guards, refused, strict=True):
        assert words in summary
    assert cg.writes() == []


def test_drafts_fail_the_step_deploy_unless_they_are_skipped(simulator: START) -> None:
    seed = estate(backups=[{"name": "LYON", "synchronized": True}])
    seed["flows"][0]["status"] = "Saved"
    cg = simulator(seed)
    topology = [{"master": "PARIS", "backups": ["LYON"]}]
    assert "PAYMENTS is incomplete" in apply(cg, topology).failed().output
    skipped = apply(cg, topology, extra_vars={"dr_skip_incomplete": True}).succeeded()
    assert "PAYMENTS is skipped" in skipped.output


def test_a_master_left_without_backups_is_not_an_error_in_the_next_step(simulator: START) -> None:
    synchronized = [{"name": "LYON", "synchronized": True}]
    cg = simulator(estate(synchronized))
    emptied = {"dr_state": "exact", "dr_allow_empty": True}
    for check in (True, False):
        result = result_of(
            apply(cg, [{"master": "PARIS", "backups": []}], check=check, extra_vars={**emptied}).succeeded()
        )
        assert result["declare"]["actions"] == ["Remove LYON from the backups of PARIS"]


def test_changes_are_recorded_in_the_ledger(simulator: START, tmp_path: Path) -> None:
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
    cg.add_fault(fault="status", operation="synchronizeBackup", status=403, message="maintenance window")
    apply(cg, TOPOLOGY, extra_vars=recorded).failed()
    failed = json.loads(ledger.read_text(encoding="utf-8").splitlines()[-1])["data"]
    assert failed["succeeded"] is False and "maintenance window" in failed["reason"]
    assert failed["actions"] == done["declare"]["actions"] and failed["in_sync"] == {}


def test_a_backup_that_differs_under_a_true_flag_is_reported_and_can_be_repaired(simulator: START) -> None:
    seed = estate(backups=[{"name": "LYON", "synchronized": True}])
    seed["flows"] = []
    cg = simulator(seed)
    topology = [{"master": "PARIS", "backups": ["LYON"]}]
    run = apply(cg, topology).succeeded()
    assert cg.writes() == [] and not published(run)["dr_changed"]
    assert published(run)["dr_counts"]["synchronize"]["flag_disagrees"] == 1
    lines = run.of("Summary")["msg"]
    assert any(
        "Not equal although Central Governance calls them synchronized: LYON of PARIS." in line for line in lines
    )

    run = apply(cg, topology, extra_vars={"dr_force_sync": "when_different"}).succeeded()
    assert result_of(run)["synchronize"]["changed"]
    assert "flag_disagrees" not in published(run)["dr_counts"]["synchronize"]


def large_estate(masters: int, drafts: int) -> dict[str, Any]:
    """All as declared; `drafts` of the flows are incomplete."""
    common = {"type": "SecureTransport", "os": "linux-x86-64", "version": "5.4", "status": "Started", "host": "st"}
    products: list[dict[str, Any]] = []
    flows: list[dict[str, Any]] = []
    for number in range(masters):
        products.append({**common, "name": f"M{number}", "backups": [{"name": f"B{number}", "synchronized": True}]})
        products.append({**common, "name": f"B{number}"})
        for flow in range(5):
            status = "Saved" if flow == 0 and number < drafts else "Deployed"
            parts = {"sources": [{"product": f"M{number}"}], "targets": [{"partner": "BANK"}]}
            flows.append({"name": f"FLOW_{number}_{flow}", "idf": f"F{number}_{flow}", "status": status, **parts})
    return {"products": products, "flows": flows}


def test_the_output_stays_readable_at_200_masters(simulator: START) -> None:
    cg = simulator(large_estate(200, drafts=10))
    topology = [{"master": f"M{number}", "backups": [f"B{number}"]} for number in range(200)]
    run = apply(cg, topology, arguments=["-v"], extra_vars={"dr_skip_incomplete": True}).succeeded()
    assert cg.writes() == []
    assert "Declare the topology: nothing to do (masters: 200 unchanged)" in run.of("Summary")["msg"]
    assert len(run.output) < 50_000
    # Ten drafts among a thousand flows, found before the first write and by the step itself.
    for preflight in (True, False):
        run = apply(cg, topology, extra_vars={"dr_preflight": preflight}).failed()
        assert max(map(len, run.output.splitlines())) < 20_000
        assert "FLOW_9_0" in "\n".join(run.of("Summary")["msg"])
