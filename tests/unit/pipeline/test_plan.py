# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a run, and what differs from it."""

from __future__ import annotations

import copy
import json
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.mftops.central_governance.plugins.action.dr_plan import ActionModule
from ansible_collections.mftops.central_governance.plugins.plugin_utils.pipeline.plan import (
    WrongPlan,
    check_plan,
    differences,
    make_plan,
    shortened,
)

DECLARED = {"dr_topology": [{"master": "PARIS", "backups": ["LYON"]}], "dr_state": "present", "dr_connection": "secret"}
PREDICTED: dict[str, Any] = {
    "declare": {
        "actions": ["Add LYON to the backups of PARIS"],
        "masters": [
            {"master": "PARIS", "before": [], "after": ["LYON"], "result": "would_change"},
            {"master": "MILAN", "before": ["TURIN"], "after": ["TURIN"], "result": "unchanged"},
        ],
        "impacted_flows": [
            {"flow": "PAY", "master": "PARIS", "status_before": "Deployed", "status_after": "Saved, not deployed"}
        ],
    },
    "synchronize": {
        "actions": ["Synchronize LYON with its master PARIS (profiles: 1 removed)"],
        "backups": [
            {
                "master": "PARIS", "backup": "LYON", "synchronized_before": False, "synchronized_after": True,
                "profiles_removed": ["ftp"], "profiles_created": [], "result": "would_change",
            }
        ],
    },
    "deploy": {"skipped": True},
}  # fmt: skip


def plan(change: Any = None, url: str = "https://cg:6900", **declared: Any) -> dict[str, Any]:
    predicted = copy.deepcopy(PREDICTED)
    if change:
        change(predicted)
    return make_plan(predicted, {**DECLARED, **declared}, url, "2026-03-01T02:00:00Z")


def test_a_plan_has_what_would_change_and_no_secrets() -> None:
    made = plan(url="https://somebody:secret@cg:6900/?token=secret")
    assert "secret" not in json.dumps(made)
    assert made["url"] == "https://cg:6900/"
    assert [item["name"] for item in made["steps"]["declare"]["objects"]] == ["PARIS", "the flow PAY"]
    (backup,) = made["steps"]["synchronize"]["objects"]
    assert backup["before"] == {"synchronized": False}
    assert backup["after"] == {"synchronized": True, "profiles removed": ["ftp"]}
    assert "deploy" not in made["steps"]


def test_the_same_run_has_the_same_plan_at_any_time() -> None:
    later = make_plan(PREDICTED, DECLARED, "https://cg:6900", "2026-03-02T02:00:00Z")
    assert differences(plan(), later) == []
    assert plan()["sha256"] == later["sha256"]
    assert check_plan(json.loads(json.dumps(plan()))) == plan()


@pytest.mark.parametrize("kept", [None, [], {}, {"format": 1}])
def test_a_document_that_is_not_a_plan_is_refused(kept: Any) -> None:
    with pytest.raises(WrongPlan, match="is not a plan"):
        check_plan(kept)


def test_an_edited_plan_and_one_of_another_format_are_refused() -> None:
    edited = plan()
    edited["steps"]["declare"]["actions"] = []
    with pytest.raises(WrongPlan, match="checksum"):
        check_plan(edited)
    with pytest.raises(WrongPlan, match="another version"):
        check_plan({**plan(), "format": 2})


def test_the_differences_are_named() -> None:
    def other(predicted: dict[str, Any]) -> None:
        predicted["declare"]["actions"] = ["Add LILLE to the backups of PARIS"]
        predicted["declare"]["masters"][0]["after"] = ["LILLE"]
        predicted["declare"]["masters"][1].update(result="would_change", after=[])
        predicted["synchronize"] = {}
        predicted["deploy"] = {"actions": ["Deploy PAY"], "flows": []}

    assert differences(plan(), plan(other, url="https://test:6900", dr_state="exact")) == [
        "The plan was made for https://cg:6900, this run works on https://test:6900.",
        "dr_state was present when the plan was made, and is exact now.",
        "Declare the topology: it would now also do this: Add LILLE to the backups of PARIS.",
        "Declare the topology: it would no longer do this: Add LYON to the backups of PARIS.",
        "Declare the topology: PARIS: backups would become LILLE; in the plan LYON.",
        "Declare the topology: MILAN would change too: backups TURIN -> none.",
        "Synchronize the backups: the plan has this step, this run does not.",
        "Deploy the flows: the plan does not have this step.",
    ]


def test_a_change_within_an_object_is_a_difference_although_the_actions_are_the_same() -> None:
    def worse(predicted: dict[str, Any]) -> None:
        predicted["synchronize"]["backups"][0]["profiles_removed"] = ["ftp", "sftp"]

    (found,) = differences(plan(), plan(worse))
    assert found == "Synchronize the backups: LYON of PARIS: profiles removed would become ftp, sftp; in the plan ftp."


def test_long_variables_and_many_differences_are_shortened() -> None:
    many = [{"master": f"M{number}", "backups": []} for number in range(100)]
    assert "dr_topology has changed since the plan was made." in differences(plan(), plan(dr_topology=many))
    assert len(shortened([str(number) for number in range(100)])) == 21


GROUP = "group/mftops.central_governance.central_governance"
SYNC = "mftops.central_governance.st_sync"


@pytest.mark.parametrize(
    ("of_the_role", "defaults", "url"),
    [
        (None, [], "https://env"),
        (None, [{GROUP: {"url": "https://group"}}], "https://group"),
        ("https://role", [{GROUP: {"url": "https://group"}}], "https://role"),
        ("https://role", [{GROUP: {"url": "https://group"}}, {SYNC: {"url": "https://module"}}], "https://module"),
        (None, [{SYNC: {"masters": ["A"]}, "other.collection.module": {"url": "https://other"}}], "https://env"),
        (None, [{GROUP: {"url": "https://play"}}, {GROUP: {"url": "https://block"}}], "https://block"),
    ],
)
def test_the_plan_is_for_the_central_governance_that_the_steps_work_on(monkeypatch, of_the_role, defaults, url):
    monkeypatch.setenv("CG_URL", "https://env")
    action = ActionModule.__new__(ActionModule)
    action._task = SimpleNamespace(module_defaults=defaults)
    action._templar = SimpleNamespace(template=lambda value: value)
    assert action._url(of_the_role) == url
