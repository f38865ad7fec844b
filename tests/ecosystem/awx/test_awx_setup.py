# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook awx_setup with the real modules of awx.awx, against a stand-in for AWX's API."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from harness import CHECKOUT, Run, run_playbook
from stand_in import AWX, PASSWORD, TOKEN, USERNAME, Refused, running_awx

PLAYBOOK = "mftops.central_governance.awx_setup"
CG_PASSWORD, NEW_PASSWORD, HOOK = "cg secret 4711", "new secret 4712", "hook secret 4713"
SETTINGS: dict[str, Any] = {
    "awx_setup_jobs": ["audit", "apply", "synchronize", "deploy", "rehearse", "contact"],
    "awx_setup_cg": {"url": "https://cg.example.com:6900", "username": "dr", "password": CG_PASSWORD, "ca": "PEM"},
    "awx_setup_project": {"scm_url": "https://git.example.com/dr.git"},
    "awx_setup_schedule": {
        "rrule": "DTSTART;TZID=Europe/Paris:20260101T020000 RRULE:FREQ=DAILY;INTERVAL=1",
        "extra_data": {"dr_audit_fail_on": "never"},
    },
    "awx_setup_execution_environment": {"image": "registry.example.com/ee:1"},
    "awx_setup_notification": {"type": "webhook", "configuration": {"url": "https://x", "password": HOOK}},
}


@pytest.fixture
def awx() -> Iterator[AWX]:
    with running_awx(["dr_apply.yml", "dr_audit.yml", "dr_rehearse.yml", "cg_contact.yml"]) as (it, url):
        it.url = url
        yield it


def setup(awx: AWX, *, token: str | None = TOKEN, check: bool = False, **changes: Any) -> Run:
    login = {"token": token} if token else {"username": USERNAME, "password": PASSWORD}
    settings = {"awx_setup_connection": {"host": awx.url, **login}, **SETTINGS, **changes}
    run = run_playbook(PLAYBOOK, extra_vars=settings, check=check, arguments=["-vvv"])
    for secret in (CG_PASSWORD, NEW_PASSWORD, PASSWORD, TOKEN, HOOK):
        # Nothing that Ansible prints may contain a secret, even with -vvv.
        assert secret not in run.stdout
    return run


def test_everything_is_created_and_a_second_run_changes_nothing(awx: AWX) -> None:
    predicted = setup(awx, check=True).succeeded()
    assert predicted.changed and awx.writes == []
    assert "credential type Central Governance" in predicted.of("Show what would be created")["msg"]

    assert setup(awx).succeeded().changed

    assert {item["name"].partition(": ")[2]: item["playbook"] for item in awx.objects["job_templates"].values()} == {
        "drift audit": "dr_audit.yml",
        "apply": "dr_apply.yml",
        "synchronize only": "dr_apply.yml",
        "deploy only": "dr_apply.yml",
        "rehearse": "dr_rehearse.yml",
        "first contact": "cg_contact.yml",
    }
    rehearse = awx.surveys[awx.named("job_templates", "Disaster recovery: rehearse")["id"]]
    asked = [question["variable"] for question in rehearse["spec"]]
    assert asked == ["dr_state", "dr_rehearse_situations", "dr_rehearse_fail_on"]
    only = json.loads(awx.named("job_templates", "Disaster recovery: synchronize only")["extra_vars"])
    assert only == {"dr_declare": False, "dr_deploy": False}
    # audit -> check -> approval -> apply -> audit
    assert awx.follows("audit-before") == {"always_nodes": ["check"]}
    assert awx.follows("check") == {"success_nodes": ["approve"]}
    assert awx.follows("approve") == {"success_nodes": ["apply"]}
    assert awx.follows("apply") == {"always_nodes": ["audit-after"]}
    assert awx.named("workflow_job_template_nodes", "check")["job_type"] == "check"
    assert awx.named("workflow_approval_templates", "Disaster recovery: apply what the check has predicted")
    assert awx.named("schedules", "Disaster recovery: nightly audit")["enabled"] is True

    credential = awx.named("credentials", "Disaster recovery: Central Governance")
    kind = awx.named("credential_types", "Central Governance")
    secret = {field["id"] for field in kind["inputs"]["fields"] if field.get("secret")}
    assert secret == {"password", "token", "headers"}
    assert {name: value for name, value in awx.environment_of(credential).items() if value} == {
        "CG_URL": "https://cg.example.com:6900",
        "CG_USERNAME": "dr",
        "CG_PASSWORD": CG_PASSWORD,
        "CG_CA_PATH": "/runner/env/tmp_ca",
    }

    awx.writes.clear()
    again = setup(awx).succeeded()
    assert not again.changed and awx.writes == []
    assert again.of("Show the summary")["msg"] == "AWX has everything as it is written."

    # Changes by others are reverted. A new secret is sent only with awx_setup_update_secrets.
    awx.named("job_templates", "Disaster recovery: apply")["playbook"] = "dr_audit.yml"
    awx.named("workflow_job_templates", "Disaster recovery: audit, check, approve, apply")["allow_simultaneous"] = True
    third = setup(awx, awx_setup_cg={**SETTINGS["awx_setup_cg"], "password": NEW_PASSWORD}).succeeded()
    assert third.of("Show the summary")["msg"] == "Created or changed: job template Disaster recovery: apply, workflow."
    assert awx.writes == ["PATCH job_templates", "PATCH workflow_job_templates"]
    assert awx.named("credentials", "Disaster recovery: Central Governance")["inputs"]["password"] == CG_PASSWORD


def test_a_refusal_reports_what_was_done_and_the_next_run_goes_on(awx: AWX) -> None:
    refused = "Fail with what AWX said, what was done and what was not"
    awx.refuse["POST credentials"] = Refused(400, {"inputs": [f"{CG_PASSWORD} is too short."]})
    message = setup(awx, token=None).failed().of(refused)["msg"]
    assert message.startswith("Credential: Unable to create credential") and "******** is too short." in message
    assert "Before that, created or changed: credential type." in message
    assert awx.tokens < 5, "each lookup with a password leaves a token behind"

    awx.refuse = {"POST job_templates": Refused(403, {"detail": "No."})}
    message = setup(awx).failed().of(refused)["msg"]
    assert message.startswith("Job templates: You don't have permission to POST")
    assert message.count("You don't have permission") == 1, "it is the same for each of them"
    assert (
        "created or changed: credential, execution environment, project, inventory, inventory source, notification."
        in message
    )

    # Now the new secret is sent, though AWX has one; the run ends at the same place.
    changes = {"awx_setup_cg": {**SETTINGS["awx_setup_cg"], "password": NEW_PASSWORD}, "awx_setup_update_secrets": True}
    setup(awx, **changes).failed()
    assert awx.named("credentials", "Disaster recovery: Central Governance")["inputs"]["password"] == NEW_PASSWORD


def test_a_token_that_awx_does_not_accept(awx: AWX) -> None:
    awx.refuse["GET organizations"] = Refused(401, {"detail": "Invalid token."})
    message = setup(awx).failed().of("Fail because of wrong variables")["msg"]
    assert message.startswith("awx_setup_connection (or CONTROLLER_* in the environment): AWX did not answer")
    assert "Invalid authentication credentials" in message and message.endswith(" Nothing was changed.")
    assert awx.writes == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"awx_setup_organization": "Nowhere"}, "awx_setup_organization: AWX has no organization named Nowhere"),
        ({"awx_setup_cg": {"url": "https://cg", "username": "dr"}}, "awx_setup_cg: username and password belong"),
        ({"awx_setup_cg": {}}, "awx_setup_cg is empty, and there is none to use instead"),
        ({"awx_setup_project": {}}, "awx_setup_project: give it at least scm_url"),
        ({"awx_setup_jobs": ["audits"]}, "awx_setup_jobs"),
        ({"awx_setup_connection": {"host": "http://127.0.0.1:9", "token": "x"}}, "127.0.0.1:9"),
        ({"awx_setup_connection": {}}, "awx_setup_connection: host is missing"),
    ],
)
def test_wrong_settings_are_refused_before_anything_is_written(awx: AWX, changes: dict[str, Any], words: str) -> None:
    run = setup(awx, **changes).failed()
    assert words in " ".join(run.output.split())
    assert awx.writes == []


def test_every_option_of_every_task_is_one_of_its_module() -> None:
    """Also of the options that no test above sets."""
    used: dict[str, set[str]] = {}
    for file in (CHECKOUT / "roles" / "awx_setup" / "tasks").glob("*.yml"):
        for task in tasks_in(yaml.safe_load(file.read_text(encoding="utf-8"))):
            for key, options in task.items():
                if key.startswith("awx.awx."):
                    used.setdefault(key.rpartition(".")[2], set()).update(options)
    assert len(used) >= 10
    modules = CHECKOUT / ".venv" / "collections" / "ansible_collections" / "awx" / "awx" / "plugins" / "modules"
    for module, options in used.items():
        tree = ast.parse((modules / f"{module}.py").read_text(encoding="utf-8"))
        (text,) = [
            node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "DOCUMENTATION"
        ]
        assert options <= set(yaml.safe_load(text)["options"]), module


def tasks_in(tasks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for task in tasks:
        yield task
        yield from tasks_in(task.get("block", []))


def test_the_example_project_has_the_playbooks_of_the_default_jobs() -> None:
    role = CHECKOUT / "roles" / "awx_setup"
    jobs = yaml.safe_load((role / "defaults" / "main.yml").read_text(encoding="utf-8"))["awx_setup_jobs"]
    text = (role / "vars" / "main.yml").read_text(encoding="utf-8").replace("!unsafe ", "")
    templates = yaml.safe_load(text)["__awx_setup_all_templates"]
    for template in templates:
        if template["job"] in jobs:
            assert (CHECKOUT / "docs" / "awx_project" / template["playbook"]).exists()
    assert set(jobs) < {template["job"] for template in templates}


def test_a_missing_collection_awx_is_reported(awx: AWX, tmp_path: Path) -> None:
    place = tmp_path / "ansible_collections" / "mftops"
    place.mkdir(parents=True)
    (place / "central_governance").symlink_to(CHECKOUT, target_is_directory=True)
    settings = {"awx_setup_connection": {"host": awx.url, "token": TOKEN}, **SETTINGS}
    run = run_playbook(PLAYBOOK, extra_vars=settings, collections=tmp_path).failed()
    assert "The collection awx.awx is missing where this playbook runs" in " ".join(run.output.split())
    assert awx.writes == []
