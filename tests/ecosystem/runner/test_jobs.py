# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbooks under ansible-runner, as AWX runs them: directory, credential, survey, check, artifacts, cancelling."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import CHECKOUT, INSTALLED_SIMULATOR, Simulator, run_tasks
from harness.runner import Tower
from harness.simulator import PASSWORD
from stand_in import TOKEN, running_awx

# Answers to the survey of the job template "apply": always strings, empty where nothing was answered.
SURVEY = {
    "dr_state": "present",
    "dr_max_removals": "",
    "dr_wait_timeout": "60",
    "dr_continue_on_error": "false",
}


@pytest.fixture
def tower(tmp_path: Path, two_regions: Path) -> Callable[[Simulator], Tower]:
    def make(cg: Simulator) -> Tower:
        # All variables of the credential type; AWX renders those that have no input as empty ones.
        injected = dict.fromkeys(
            ("CG_URL", "CG_USERNAME", "CG_PASSWORD", "CG_TOKEN", "CG_CA_PATH", "CG_HEADERS", "CG_OPERATIONS"), ""
        )
        return Tower(tmp_path, CHECKOUT, {**injected, "CG_VALIDATE_CERTS": "True", **cg.environment})

    return make


@pytest.fixture
def topology(two_regions: Path) -> dict[str, str]:
    return {"topology.yml": (two_regions / "topology.yml").read_text(encoding="utf-8")}


def test_apply_is_predicted_applied_and_then_has_nothing_to_do(
    simulator: Callable[..., Simulator], tower: Callable, two_regions: Path, topology: dict[str, str]
) -> None:
    cg = simulator(two_regions / "estate.yml", transitions={"synchronize": "immediate", "deploy": "immediate"})
    jobs = tower(cg)

    predicted = jobs.run("dr_apply.yml", SURVEY, check=True, files=topology).ended("successful")
    assert cg.writes() == []
    done = jobs.run("dr_apply.yml", SURVEY, files=topology).ended("successful")
    again = jobs.run("dr_apply.yml", SURVEY, files=topology).ended("successful")

    for job, changed, checked in ((predicted, True, True), (done, True, False), (again, False, False)):
        assert (job.artifacts["dr_changed"], job.artifacts["dr_check_mode"]) == (changed, checked)
        assert PASSWORD not in job.text
    assert predicted.artifacts["dr_actions"] == done.artifacts["dr_actions"]


def test_the_first_contact_proposes_operations(
    simulator: Callable[..., Simulator], tower: Callable, two_regions: Path
) -> None:
    cg = simulator(two_regions / "estate.yml", variants={"auth": "session"})
    jobs = tower(cg)
    answers = {"cg_contact_send_options": "false", "cg_contact_recording": "", "cg_contact_replace_names": ""}
    job = jobs.run("cg_contact.yml", answers, environment={"CG_OPERATIONS": ""}, check=True).ended("successful")
    assert "operations to override: login" in job.artifacts["dr_summary"]
    assert (job.artifacts["dr_changed"], job.artifacts["dr_counts"]["contradicted"]) == (False, 1)
    assert {entry["method"] for entry in cg.journal()} == {"GET", "POST"}
    assert [line for line in cg.writes() if not line.endswith("/login")] == []
    assert PASSWORD not in job.text

    refused = jobs.run("cg_contact.yml", environment={"CG_PASSWORD": "wrong"}).ended("failed")
    assert "does not accept the credentials" in refused.stdout


def test_the_job_after_a_cancelled_one_finishes_its_work(
    simulator: Callable[..., Simulator], tower: Callable, two_regions: Path, topology: dict[str, str]
) -> None:
    cg = simulator(two_regions / "estate.yml", transitions={"synchronize": "time:86400", "deploy": "immediate"})
    jobs = tower(cg)

    def declared(event: dict[str, Any]) -> bool:
        return "Declare the topology: changed" in event.get("stdout", "")

    cancelled = jobs.run("dr_apply.yml", SURVEY, files=topology, cancel_when=declared).ended("canceled")
    assert any("backupproducts" in write for write in cg.writes()), "the declaration had been carried out"
    assert "to the backups of ST_" in cancelled.stdout, "what was done before is in the log"

    cg.set_transitions(synchronize="immediate")
    cg.control("PUT", "clock", json={"advance": 90000})  # the synchronizations that it started have ended
    finished = jobs.run("dr_apply.yml", SURVEY, files=topology).ended("successful")
    assert finished.artifacts["dr_changed"]
    assert not jobs.run("dr_apply.yml", SURVEY, files=topology).ended("successful").artifacts["dr_changed"]


def test_a_failed_job_shows_the_reason_and_no_secrets(
    simulator: Callable[..., Simulator], tower: Callable, two_regions: Path, topology: dict[str, str]
) -> None:
    cg = simulator(two_regions / "estate.yml", transitions={"synchronize": "immediate", "deploy": "immediate"})
    jobs = tower(cg)
    wrong = {"topology.yml": "topology:\n  - {master: ST_PARIS, backups: [ST_NOWHERE]}\n"}
    failed = jobs.run("dr_apply.yml", SURVEY, files=wrong).ended("failed")
    assert "ST_NOWHERE" in failed.stdout
    # The next node of a workflow gets the artifacts of a failed job too.
    assert failed.artifacts["dr_changed"] is False
    assert "ST_NOWHERE" in failed.artifacts["dr_summary"]
    assert cg.writes() == []

    for environment, survey, words in (
        ({"CG_PASSWORD": "wrong secret"}, SURVEY, "401"),
        ({"CG_PASSWORD": ""}, SURVEY, "password: it is required with username"),
        ({}, {**SURVEY, "dr_wait_timeout": "soon"}, "dr_wait_timeout"),
        ({}, {**SURVEY, "dr_state": "absolut"}, "dr_state"),
    ):
        job = jobs.run("dr_apply.yml", survey, files=topology, environment=environment).ended("failed")
        assert words in " ".join(job.text.split())
        assert "wrong secret" not in job.text and PASSWORD not in job.text
    assert cg.writes() == []


def test_the_audit_publishes_its_verdict_and_fails_when_it_is_bad_or_became_worse(
    simulator: Callable[..., Simulator], tower: Callable, tmp_path: Path
) -> None:
    def pair(synchronized: bool) -> dict[str, Any]:
        common = {"type": "SecureTransport", "os": "linux-x86-64", "version": "5.5", "status": "Started", "host": "st"}
        backup = {"name": "LYON", "synchronized": synchronized}
        return {"products": [{"name": "PARIS", "backups": [backup], **common}, {"name": "LYON", **common}]}

    ledger = str(tmp_path / "ledger.jsonl")
    begin = {"mftops.central_governance.dr_ledger_append": {"path": ledger, "kind": "begin"}}
    run_tasks(begin).succeeded()
    cg = simulator(pair(synchronized=True))
    jobs = tower(cg)
    how = {
        "files": {"topology.yml": "topology:\n  - {master: PARIS, backups: [LYON]}\n"},
        "extra_vars": {"dr_audit_ledger": ledger, "dr_audit_report_dir": str(tmp_path / "report")},
    }
    survey = {"dr_audit_fail_on": "never", "fail_when_worse": "true"}

    ready = jobs.run("dr_audit.yml", survey, **how).ended("successful")
    assert (ready.artifacts["dr_verdict"], ready.artifacts["dr_drift"]) == ("READY", False)

    cg.seed(pair(synchronized=False))
    worse = jobs.run("dr_audit.yml", survey, **how).ended("failed")
    assert "It became worse since the last audit." in worse.result_of("Fail when it became worse")["msg"]
    assert (worse.artifacts["dr_verdict"], worse.artifacts["dr_became"]) == ("NOT_READY", "worse")

    # As bad as before: no failure for becoming worse, but one for the verdict if dr_audit_fail_on asks for it.
    same = jobs.run("dr_audit.yml", survey, **how).ended("successful")
    assert same.artifacts["dr_verdict"] == "NOT_READY"
    bad = jobs.run("dr_audit.yml", {**survey, "dr_audit_fail_on": "critical"}, **how).ended("failed")
    assert bad.artifacts["dr_verdict"] == "NOT_READY" and bad.artifacts["dr_summary"] and bad.artifacts["dr_counts"]
    assert cg.writes() == []
    assert PASSWORD not in ready.text + worse.text + same.text + bad.text


def test_a_rehearsal_only_reads_and_publishes_its_result(
    simulator: Callable[..., Simulator], tower: Callable, two_regions: Path, topology: dict[str, str]
) -> None:
    cg = simulator(two_regions / "estate.yml")
    how = {"files": topology, "extra_vars": {"cg_simulator_installation": str(INSTALLED_SIMULATOR)}}
    survey = {"dr_state": "present", "dr_rehearse_situations": "deploy_partial", "dr_rehearse_fail_on": "failed"}

    failed = tower(cg).run("dr_rehearse.yml", survey, **how).ended("failed")
    assert failed.artifacts["dr_rehearsal"]["outcome"] == "failed" and failed.artifacts["dr_changed"] is True
    assert "this run would fail too" in failed.result_of("Fail as configured")["msg"]
    assert cg.writes() == []
    assert PASSWORD not in failed.text


def test_a_simulator_is_started_and_stopped_by_jobs(tower: Callable, tmp_path: Path) -> None:
    jobs = Tower(tmp_path, CHECKOUT, {})
    how = {"cg_simulator_directory": str(tmp_path / "mock"), "cg_simulator_generate": '{"masters": 2, "backups": 1}'}
    playbook = "mftops.central_governance.cg_simulator"

    jobs.run(playbook, how, check=True).ended("successful")
    assert not (tmp_path / "mock").exists()
    try:
        started = jobs.run(playbook, how).ended("successful")
        facts = started.result_of("Set the facts with its URL and connection options")["ansible_facts"]
        url = facts["cg_simulator_url"]
        products = tower_for(tmp_path, url).run("products.yml", files={"products.yml": PRODUCTS}).ended("successful")
        assert int(products.result_of("Count them")["msg"]) >= 4
    finally:
        jobs.run(playbook, {**how, "cg_simulator_state": "stopped"}).ended("successful")


PRODUCTS = """
- name: Products
  hosts: localhost
  gather_facts: false
  tasks:
    - name: Read them
      mftops.central_governance.st_product_info:
      register: found
    - name: Count them
      ansible.builtin.debug:
        msg: "{{ found.products | length }}"
"""


def tower_for(directory: Path, url: str) -> Tower:
    return Tower(directory, CHECKOUT, {"CG_URL": url, "CG_USERNAME": "admin", "CG_PASSWORD": "admin"})


def test_a_drill_is_written_as_a_form_filled_in_and_recorded_by_jobs(
    simulator: Callable[..., Simulator], tower: Callable, two_regions: Path, topology: dict[str, str], tmp_path: Path
) -> None:
    jobs = tower(simulator(two_regions / "estate.yml"))
    playbook = "mftops.central_governance.dr_drill"
    form, ledger = tmp_path / "form.yml", tmp_path / "ledger.jsonl"

    jobs.run(playbook, {"dr_drill_form": str(form)}).ended("successful")
    assert form.read_text(encoding="utf-8").startswith("# A drill")
    drill = yaml.safe_load(form.read_text(encoding="utf-8"))["drill"]
    run_tasks({"mftops.central_governance.dr_ledger_append": {"path": str(ledger), "kind": "begin"}}).succeeded()
    variables = {"dr_drill_ledger": str(ledger), **yaml.safe_load(topology["topology.yml"])}

    empty = jobs.run(playbook, extra_vars={**variables, "drill": drill}).ended("failed")
    assert "The form is not filled in, and nothing was recorded." in " ".join(empty.text.split())

    for step in drill["steps"]:
        step.update(outcome="done", measured_minutes="15")
    drill.update(started="2026-01-10T08:00:00Z", ended="2026-01-10T11:30:00Z", outcome="passed")
    awx = {"awx_user_name": "jane"}
    jobs.run(playbook, extra_vars={**variables, **awx, "drill": drill}, check=True).ended("successful")
    assert len(ledger.read_text(encoding="utf-8").splitlines()) == 1
    jobs.run(playbook, extra_vars={**variables, **awx, "drill": drill}).ended("successful")

    record = json.loads(ledger.read_text(encoding="utf-8").splitlines()[1])
    assert (record["kind"], record["data"]["who"]) == ("drill", "jane")
    assert PASSWORD not in ledger.read_text(encoding="utf-8")


def test_awx_is_set_up_by_a_job(tmp_path: Path) -> None:
    """With the credential that AWX has for itself (CONTROLLER_*)."""
    with running_awx(["dr_apply.yml", "dr_audit.yml"]) as (awx, url):
        jobs = Tower(tmp_path, CHECKOUT, {"CONTROLLER_HOST": url, "CONTROLLER_OAUTH_TOKEN": TOKEN})
        settings = {
            "awx_setup_cg": {"url": "https://cg.example.com", "token": "cg secret 4714"},
            "awx_setup_project": {"scm_url": "https://git.example.com/dr.git"},
            "awx_setup_execution_environment": {"image": "registry.example.com/ee:1"},
        }
        playbook = "mftops.central_governance.awx_setup"
        checked = jobs.run(playbook, check=True, extra_vars=settings).ended("successful")
        assert "schedule Disaster recovery: nightly audit" in checked.result_of("Show what would be created")["msg"]

        bad = {**settings, "awx_setup_cg": {"url": "cg.example.com", "token": "cg secret 4714"}}
        refused = jobs.run(playbook, extra_vars=bad).ended("failed")
        assert "awx_setup_cg: url is missing, or does not begin with https://" in refused.stdout
        assert awx.writes == []

        done = jobs.run(playbook, extra_vars=settings).ended("successful")
        assert awx.named("schedules", "Disaster recovery: nightly audit")["enabled"] is True
        for job in (checked, refused, done):
            assert TOKEN not in job.text and "cg secret 4714" not in job.text
