# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""How the controller shows a run that one module has carried out, or has started and not finished."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.mftops.central_governance.plugins.plugin_utils.known_result import VARIABLE, known_result
from ansible_collections.mftops.central_governance.plugins.plugin_utils.pipeline.carried_out import (
    StepsShown,
    goes_step_by_step,
    settled,
)
from ansible_collections.mftops.central_governance.plugins.plugin_utils.pipeline.summary import Pipeline, conclusion

STEPS = ["declare", "synchronize", "deploy"]
DECLARED: dict[str, Any] = {
    "changed": True,
    "actions": [f"Add B{number} to the backups of PARIS" for number in range(5)],
    "masters": [{"master": "PARIS", "added": ["B"] * 5, "removed": [], "result": "changed", "message": ""}],
    "unchanged_count": 3,
    "predicted": {},
}
TO_DO = {"predictions": {}, "idle": {"declare": False, "synchronize": False, "deploy": False}, "refused": ""}
KILLED = {"failed": True, "changed": False, "msg": "MODULE FAILURE", "module_stdout": "", "rc": 137}


@pytest.fixture
def keep(tmp_path):
    def write(**contents: Any) -> None:
        for name, content in contents.items():
            (tmp_path / f"{name}.json").write_text(json.dumps(content))

    return write


def read(path: str) -> dict[str, Any]:
    action = SimpleNamespace(
        _task=SimpleNamespace(vars={VARIABLE: {}}), _templar=SimpleNamespace(template=lambda value: value)
    )
    result = known_result(action, {VARIABLE: {"refusal": "", "result": path}})
    assert result is not None
    return result


def test_results_that_the_module_returned_are_kept_as_those_that_it_wrote(tmp_path, keep):
    keep(opened={}, predicted=TO_DO, declare=DECLARED, synchronize={})
    outcome = settled(tmp_path, {**TO_DO, "invocation": {}, "steps": {"deploy": {"changed": True}}}, STEPS)
    assert list(outcome["carried_out"]) == ["declare", "deploy"]  # the other one had nothing to work on
    assert read(outcome["carried_out"]["declare"]) == DECLARED
    assert read(outcome["carried_out"]["deploy"]) == {"changed": True}
    assert "steps" not in outcome


def test_a_killed_module_has_done_what_it_wrote_and_failed_in_the_step_after_it(tmp_path, keep):
    keep(opened={}, predicted=TO_DO, declare=DECLARED)
    outcome = settled(tmp_path, dict(KILLED), STEPS)
    assert not outcome.get("failed") and list(outcome["carried_out"]) == ["declare", "synchronize"]
    failed = read(outcome["carried_out"]["synchronize"])
    assert failed["failed"] and failed["changed"]
    assert "MODULE FAILURE" in failed["msg"] and "is not known" in failed["msg"]
    shown = conclusion(Pipeline({"declare": DECLARED, "synchronize": failed}, {}, {}, False, 50))
    assert shown["changed"] and shown["failure"]["step"] == "synchronize"
    assert "Synchronize the backups: failed" in shown["summary"] and "Deploy the flows: not run" in shown["summary"]


def test_a_module_that_is_killed_after_its_last_step_has_done_them_all(tmp_path, keep):
    keep(opened={}, predicted=TO_DO, declare=DECLARED, synchronize={}, deploy={"changed": True})
    outcome = settled(tmp_path, dict(KILLED), STEPS)
    assert list(outcome["carried_out"]) == ["declare", "deploy"]
    assert "ended unexpectedly" in outcome["warnings"][0]


@pytest.mark.parametrize(
    ("files", "result", "unknown"),
    [
        ({"opened": {}}, KILLED, False),  # in its prediction
        ({}, {"failed": True, "msg": "requests is missing", "invocation": {}}, False),
        ({}, {**KILLED, "rc": 127}, False),  # no such interpreter
        ({}, KILLED, True),  # on another host
    ],
)
def test_whether_anything_was_written_is_reported_only_where_it_is_known(tmp_path, keep, files, result, unknown):
    keep(**files)
    outcome = settled(tmp_path, dict(result), STEPS)
    assert outcome["failed"] and bool(outcome.get("unknown")) is unknown
    shown = conclusion(Pipeline({}, {}, outcome, False, 50))
    assert shown["changed"] is unknown
    assert ("Nothing was written." in shown["summary"]) is not unknown
    assert any("Run the same again" in line for line in shown["summary"]) is unknown


def test_each_step_that_ends_is_shown_once_with_its_first_actions(tmp_path, keep):
    lines: list[str] = []
    with StepsShown(tmp_path, "cg1", lines.append):
        keep(opened={}, predicted=TO_DO, declare=DECLARED, synchronize={})
    keep(deploy={"failed": True, "changed": False, "msg": "gate", "flows": [{"result": "failed", "message": "gate"}]})
    with StepsShown(tmp_path, None, lines.append):
        pass
    assert lines == [
        "[cg1]: Declare the topology: changed (masters: 1 changed, 3 unchanged; backups: 5 added): Add B0 to the "
        "backups of PARIS; Add B1 to the backups of PARIS; and 3 more"
    ]
    with StepsShown(tmp_path, "", lines.append):
        pass
    assert lines[2] == "Deploy the flows: failed (flows: 1 failed)"


def test_a_result_that_cannot_be_read_is_a_failure(tmp_path):
    result = read(str(tmp_path / "gone.json"))
    assert result["failed"] and result["changed"] and "Run the same again" in result["msg"]


def test_a_task_outside_of_the_role_runs_its_module():
    action = SimpleNamespace(_task=SimpleNamespace(vars={}), _templar=None)
    assert known_result(action, {VARIABLE: {"refusal": "no", "result": "/etc/passwd"}}) is None


@pytest.mark.parametrize("own", [{"check_mode": True}, {"timeout": 60}, {"debugger": "on_failed"}, {}])
def test_steps_with_check_mode_timeout_or_debugger_are_tasks_of_their_own(own):
    task = SimpleNamespace(**{"check_mode": False, "timeout": 0, "debugger": None, "_parent": None, **own})
    assert goes_step_by_step(task) is bool(own)
