# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook cg_contact as users run it; most cases are unit tests (tests/unit/contact)."""

from __future__ import annotations

import json

import yaml
from estates import SFTP, flow, product, synchronized
from harness import Simulator, run_playbook
from harness.simulator import PASSWORD

PLAYBOOK = "mftops.central_governance.cg_contact"
VARIANTS = {"auth": "session", "login": "form", "remove_path": "alternate", "synchronize_path": "alternate"}


def seed() -> dict[str, object]:
    return {
        "products": [
            product("PARIS", profiles=[SFTP], backups=synchronized("LYON")),
            product("LYON"),
            product("NICE", profiles=[{**SFTP, "port": 2222}]),
        ],
        "flows": [flow("PAYMENTS", "PARIS", status="Saved, not deployed")],
    }


def environment(cg: Simulator, tmp_path, **more: str) -> dict[str, str]:
    """Without the overrides, which the playbook has to find."""
    return {"PWD": str(tmp_path), **{k: v for k, v in cg.environment.items() if k != "CG_OPERATIONS"}, **more}


def test_the_three_verbs_work_with_the_proposed_operations(simulator, tmp_path):
    cg: Simulator = simulator(seed(), variants=VARIANTS)
    # As a survey of AWX gives them: strings, some of them empty.
    answers = {
        "cg_contact_recording": "contact.json",
        "cg_contact_proposal": "proposal.yml",
        "cg_contact_replace_names": "true",
        "cg_contact_openapi": "",
        "cg_contact_login_attempts": "3",
        "cg_contact_send_options": "",
    }
    run = run_playbook(PLAYBOOK, extra_vars=answers, environment=environment(cg, tmp_path), check=False).succeeded()
    seen = run.of("Send the requests and judge the answers")
    assert not seen["changed"]
    assert "operations to override: remove_backup, synchronize_backup, login" in run.output
    assert [line for line in cg.writes() if not line.endswith("/login")] == []

    recording = (tmp_path / "contact.json").read_text(encoding="utf-8")
    assert "PARIS" not in recording
    assert PASSWORD not in recording + run.output + json.dumps(seen)
    assert len(json.loads(recording)["products"]) == 3

    proposal = yaml.safe_load((tmp_path / "proposal.yml").read_text(encoding="utf-8"))
    waiting = {"wait_interval": 0.1, "wait_timeout": 60}
    steps = [
        {"st_backup": {"master": "PARIS", "backups": ["LYON", "NICE"]}},
        {"st_sync": waiting},
        {"st_flow_deploy": {"flows": ["PAYMENTS"], **waiting}},
        {"st_backup": {"master": "PARIS", "backups": ["NICE"], "state": "absent"}},
    ]
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        **proposal,
        "vars": {"cg_username": "admin", "cg_password": PASSWORD},
        "tasks": [{f"mftops.central_governance.{name}": args for name, args in step.items()} for step in steps],
    }
    done = run_playbook([play]).succeeded()
    assert [task.status for task in done.tasks] == ["changed"] * 4


def test_what_is_shown_when_there_is_no_contact(simulator, tmp_path):
    cg: Simulator = simulator(seed(), variants={})
    wrong = environment(cg, tmp_path, CG_PASSWORD="not-the-password")
    run = run_playbook(PLAYBOOK, environment=wrong, check=True).failed()
    assert "does not accept the credentials: 401" in run.of("Fail if there was no contact")["msg"]
    assert "not-the-password" not in run.output
    nowhere = run_playbook(PLAYBOOK, environment={"PWD": str(tmp_path)}).failed()
    assert "url: it is missing" in nowhere.of("Fail if there was no contact")["msg"]


def test_an_answer_that_is_neither_yes_nor_no_is_refused(tmp_path):
    """Otherwise the recording would contain names that the user wanted replaced."""
    where = {"PWD": str(tmp_path), "CG_URL": "http://127.0.0.1:9"}
    nonsense = {"cg_contact_replace_names": "maybe", "cg_contact_recording": "contact.json"}
    run = run_playbook(PLAYBOOK, extra_vars=nonsense, environment=where).failed()
    assert "'replace_names'" in run.of("Fail if there was no contact")["msg"]
    assert not (tmp_path / "contact.json").exists()


def test_an_openapi_file_that_cannot_be_read(tmp_path):
    (tmp_path / "api.yml").write_text("paths: [", encoding="utf-8")
    for name, words in (("api.yml", "it is neither YAML nor JSON"), ("none.yml", "cannot be read")):
        where = {"PWD": str(tmp_path)}
        run = run_playbook(PLAYBOOK, extra_vars={"cg_contact_openapi": name}, environment=where).failed()
        assert f"openapi: {tmp_path / name}" in run.of("Fail if there was no contact")["msg"]
        assert words in run.of("Fail if there was no contact")["msg"]
