# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The module of a whole run, as Ansible starts it, against a simulator in this process."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.mftops.central_governance.plugins.module_utils.dr.prediction import unpacked
from cg_sim.testing import Running, running

PACKAGE = "ansible_collections.mftops.central_governance.plugins"
COLLECTIONS = Path(__file__).resolve().parents[3] / ".venv" / "collections"
RUN = f"""
import dataclasses, os
from {PACKAGE}.module_utils.runtime import dr_plan, dr_run
%s
dr_plan.run_dr_plan()
"""
CHANGED_SYNC = """
verb = dr_run.VERBS["synchronize"]
def apply(task, job):
    %s
dr_run.VERBS["synchronize"] = dataclasses.replace(verb, apply=apply)
"""
NOW = {"synchronize": "immediate", "deploy": "immediate"}
PASSWORD = "a long s3cret"
STEPS = ["declare", "synchronize", "deploy"]


def estate(flag: bool | None = None) -> dict[str, Any]:
    """PARIS with a deployed flow, and its backup LYON if there is a flag; MADRID has neither."""

    def product(name: str, **more: Any) -> dict[str, Any]:
        return {
            "name": name, "type": "SecureTransport", "host": f"{name.lower()}.example.com", "os": "linux-x86-64",
            "version": "5.4", "status": "Started", **more,
        }  # fmt: skip

    profile = {"name": "sftp", "type": "SERVER", "protocol": "SFTP", "enabled": True, "port": 22}
    backups = [] if flag is None else [{"name": "LYON", "synchronized": flag}]
    own = {"profiles": [profile]} if flag else {}
    return {
        "products": [product("PARIS", profiles=[profile], backups=backups), product("LYON", **own), product("MADRID")],
        "flows": [
            {"name": "PAYMENTS", "idf": "PAY", "status": "Deployed", "sources": [{"product": "PARIS"}],
             "targets": [{"partner": "BANK"}]},
        ],
    }  # fmt: skip


def run(cg: Running, folder: Path | None = None, change: str = "", **given: Any) -> dict[str, Any]:
    """The outcome, empty if the process was killed. ``given`` has further options of the steps, and modes."""
    connection = {"url": cg.url, "username": cg.auth[0], "password": cg.auth[1], "wait_interval": 0.05}
    declared = {key: value for key, value in connection.items() if key != "wait_interval"}
    options: dict[str, Any] = {
        "declare": {"topology": [{"master": "PARIS", "backups": ["LYON"]}], **declared},
        "synchronize": {"masters": ["PARIS"], **connection},
        "deploy": {"masters": ["PARIS"], **connection},
    }
    modes = {name: given.pop(name) for name in list(given) if name.startswith("_")}
    for step, own in given.items():
        options[step] |= own
    topology = options["declare"]["topology"]
    arguments = {"mode": "run", "declaration": {"dr_topology": topology}, **options, "_ansible_diff": True, **modes}
    finished = subprocess.run(
        [sys.executable, "-c", RUN % change, json.dumps({"ANSIBLE_MODULE_ARGS": arguments})],
        env={**os.environ, "PYTHONPATH": str(COLLECTIONS), **({"CG_RUN_FOLDER": str(folder)} if folder else {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in finished.stderr, finished.stderr
    assert PASSWORD not in finished.stdout
    outcome: dict[str, Any] = json.loads(finished.stdout.strip().splitlines()[-1]) if finished.stdout else {}
    return outcome


def kept(folder: Path) -> dict[str, dict[str, Any]]:
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in folder.iterdir())
    return {path.stem: json.loads(path.read_text()) for path in folder.iterdir()}


@pytest.fixture(scope="module")
def server():
    with running(estate(), transitions=NOW, password=PASSWORD) as cg:
        yield cg


@pytest.fixture
def cg(server):
    server.seed(estate())
    server.reset()
    return server


def test_all_steps_are_carried_out_and_each_returns_what_its_own_module_returns(cg):
    outcome = run(cg)
    assert outcome["changed"] is False and outcome["refused"] == ""
    assert not any(outcome["idle"].values())
    assert list(outcome["steps"]) == STEPS
    declared, synchronized, deployed = outcome["steps"].values()
    assert declared["actions"] == ["Add LYON to the backups of PARIS"]
    assert declared["masters"][0]["after"] == ["LYON"]
    assert "LYON" in declared["diff"]["after"]
    assert declared["invocation"]["module_args"]["password"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
    assert declared["invocation"]["module_args"]["predicted"] == {}
    assert any("PAYMENTS" in warning for warning in declared["warnings"])
    assert synchronized["backups"][0]["result"] == deployed["flows"][0]["result"] == "changed"
    assert "warnings" not in outcome  # each is shown once, at its step
    requests = Counter(entry["operation"] for entry in cg.journal())
    assert requests == {
        # One reading of everything for the prediction and the first step, what the later steps read for
        # themselves, and what each step reads back.
        "listProducts": 7, "listFlows": 3, "listDeployments": 3, "getProduct": 2, "getFlow": 2, "listBackups": 1,
        "addBackups": 1, "synchronizeBackup": 1, "deployFlow": 1,
    }  # fmt: skip


def test_the_prediction_in_a_result_is_one_text_without_secrets(cg):
    secret = 'LYON "2"'
    content = estate()
    content["products"][1]["name"] = secret
    cg.seed(content)
    outcome = run(cg, declare={"topology": [{"master": "PARIS", "backups": [secret]}], "headers": {"X-Gate": secret}})
    results = outcome["steps"]
    assert all(list(result["predicted"]) == ["json"] for result in results.values())
    (master,) = unpacked(results["synchronize"]["predicted"])["masters"]
    assert (master["name"], [backup["synchronized"] for backup in master["backups"]]) == ("PARIS", [True])
    assert "LYON" not in results["declare"]["predicted"]["json"]


def test_a_refused_run_writes_nothing(cg):
    outcome = run(cg, declare={"protected": [], "topology": [{"master": "PARIS", "backups": ["NOWHERE"]}]})
    assert (outcome["refused"], "steps" in outcome) == ("declare", False)
    assert "NOWHERE" in outcome["predictions"]["declare"]["msg"]
    # A wrong option of a later step, too.
    outcome = run(cg, deploy={"wait_timeout": "soon"})
    assert (outcome["refused"], "steps" in outcome) == ("deploy", False)
    assert cg.writes() == []


def test_no_step_follows_one_that_failed(cg, tmp_path):
    cg.add_fault(fault="status", operation="synchronizeBackup", status=403, message=f"not with {PASSWORD}")
    outcome = run(cg, tmp_path)
    assert outcome["steps"] == {}  # they are in the files
    files = kept(tmp_path)
    assert set(files) == {"opened", "predicted", "declare", "synchronize"}
    assert files["declare"]["changed"] and not files["synchronize"]["changed"]
    assert files["synchronize"]["failed"] and "403" in files["synchronize"]["msg"]
    assert files["synchronize"]["error"]["status"] == 403
    assert PASSWORD not in json.dumps(files)
    assert len(cg.writes()) == 2


def test_steps_that_have_nothing_to_do_are_not_carried_out(cg):
    cg.seed(estate(flag=False))
    outcome = run(cg)
    assert outcome["idle"] == {"declare": True, "synchronize": False, "deploy": False}
    assert list(outcome["steps"]) == ["synchronize", "deploy"]
    assert outcome["predictions"]["declare"]["unchanged_count"] == 1
    cg.forget_journal()
    outcome = run(cg)
    assert all(outcome["idle"].values()) and "steps" not in outcome
    requests = Counter(entry["operation"] for entry in cg.journal())
    assert requests == {"listProducts": 4, "getProduct": 1, "listFlows": 1, "listDeployments": 1}


def test_masters_that_are_left_without_backups_are_not_synchronized(cg):
    cg.seed(estate(flag=True))
    emptied = {"topology": [{"master": "PARIS", "backups": []}], "state": "exact", "allow_empty": True}
    outcome = run(cg, declare=emptied)
    assert outcome["steps"]["declare"]["actions"] == ["Remove LYON from the backups of PARIS"]
    assert outcome["steps"]["synchronize"] == {}
    assert "failed" not in outcome["steps"]["deploy"]


def test_an_unexpected_error_after_a_write_says_what_was_sent(cg):
    sends = "task.cg.synchronize(job.outcomes[0].plan.master, job.outcomes[0].plan.backup)"
    outcome = run(cg, change=CHANGED_SYNC % f"{sends}; raise KeyError(task.params['password'])")
    failed = outcome["steps"]["synchronize"]
    assert list(outcome["steps"]) == STEPS[:2]
    assert failed["failed"] and failed["changed"] and len(failed["writes_sent"]) == 1
    assert failed["msg"].startswith("Unexpected error; please report it")
    assert "Before that, 1 write had been sent" in failed["msg"] and "run the task again" in failed["msg"]


def test_an_unexpected_error_while_a_result_is_made_says_what_was_sent(cg):
    broken = """
real = dr_run.result_of
def once(module, done, params):
    dr_run.result_of = real
    raise RecursionError("too deep")
dr_run.result_of = once
"""
    outcome = run(cg, change=broken)
    failed = outcome["steps"]["declare"]
    assert list(outcome["steps"]) == ["declare"] and failed["changed"]
    assert len(failed["writes_sent"]) == len(cg.writes()) == 1
    assert "too deep" in failed["msg"] and failed["masters"] == []


def test_a_module_that_is_killed_leaves_the_results_of_the_steps_that_ended(cg, tmp_path):
    assert run(cg, tmp_path, change=CHANGED_SYNC % "os.kill(os.getpid(), 9)") == {}
    files = kept(tmp_path)
    assert set(files) == {"opened", "predicted", "declare"}
    assert files["declare"]["actions"] == ["Add LYON to the backups of PARIS"]
    assert files["predicted"]["idle"] == {"declare": False, "synchronize": False, "deploy": False}


@pytest.mark.parametrize("is_watched", [True, False])
def test_when_ansible_was_killed_no_further_step_begins(cg, tmp_path, is_watched):
    killed = """
verb = dr_run.VERBS["declare"]
def apply(task, job):
    verb.apply(task, job)
    os.unlink(os.environ["CG_RUN_FOLDER"] + "/alive")
dr_run.VERBS["declare"] = dataclasses.replace(verb, apply=apply)
"""
    with open(tmp_path / "alive", "wb") as alive:
        if is_watched:
            fcntl.flock(alive, fcntl.LOCK_EX)
        run(cg, tmp_path, change=killed)
    assert ("synchronize" in kept(tmp_path)) is not is_watched
    assert len(cg.writes()) == (1 if is_watched else 3)


def test_the_whole_result_of_a_step_can_be_kept_in_a_file(cg, tmp_path):
    wrong = run(cg, deploy={"result_file": str(tmp_path / "nowhere" / "result.json")})
    assert wrong["refused"] == "deploy" and cg.writes() == []
    run(cg, declare={"result_file": str(tmp_path / "result.json")})
    assert json.loads((tmp_path / "result.json").read_text())["actions"] == ["Add LYON to the backups of PARIS"]


def test_in_check_mode_nothing_is_carried_out(cg):
    outcome = run(cg, _ansible_check_mode=True)
    assert "steps" not in outcome and cg.writes() == []
