# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a run of the role dr reports to people and programs."""

from __future__ import annotations

from typing import Any

from ansible_collections.mftops.central_governance.plugins.module_utils.dr.prediction_text import one_text
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.synchronization import HOW_TO_FORCE
from ansible_collections.mftops.central_governance.plugins.plugin_utils.pipeline.steps import (
    DECLARE,
    DEPLOY,
    SYNCHRONIZE,
    counts,
    idle_steps,
    is_known_failure,
    masters_to_synchronize,
)
from ansible_collections.mftops.central_governance.plugins.plugin_utils.pipeline.summary import Pipeline, conclusion
from ansible_collections.mftops.central_governance.plugins.plugin_utils.pipeline.wording import in_role_words

DECLARED: dict[str, Any] = {
    "changed": True,
    "actions": ["Add LILLE to the backups of PARIS", "Remove TURIN from the backups of MILAN"],
    "masters": [
        {"master": "PARIS", "added": ["LILLE"], "removed": [], "result": "changed"},
        {"master": "MILAN", "added": [], "removed": ["TURIN"], "result": "changed"},
    ],
    "unchanged_count": 7,
    "impacted_flows": [{"flow": "PAY", "status_after": "Saved, not deployed"}],
    "predicted": {"masters": [1]},
}
IDLE: dict[str, Any] = {"changed": False, "actions": [], "unchanged_count": 3, "predicted": {}}


def outcome(
    steps: dict[str, Any] | None = None, predictions: dict[str, Any] | None = None, **how: Any
) -> dict[str, Any]:
    options = {"checked": {}, "check_mode": False, "lines": 50, **how}
    return conclusion(Pipeline(steps or {}, predictions or {}, **options))


def test_additions_and_removals_are_counted_apart_and_removals_come_first() -> None:
    assert counts(DECLARE, DECLARED) == {
        "changed": 2, "unchanged": 7, "backups_removed": 1, "backups_added": 1, "impacted_flows": 1,
    }  # fmt: skip
    assert outcome({"declare": DECLARED})["summary"] == [
        "Declare the topology: changed (masters: 2 changed, 7 unchanged; backups: 1 removed, 1 added)",
        "  - Remove TURIN from the backups of MILAN",
        "  - Add LILLE to the backups of PARIS",
    ]
    assert outcome({"declare": DECLARED}, lines=1)["summary"][1:] == [
        "  - Remove TURIN from the backups of MILAN", "  - and 1 more",
    ]  # fmt: skip


def test_a_flag_that_disagrees_is_reported_although_nothing_is_to_be_done() -> None:
    row = {
        "master": "PARIS",
        "backup": "LYON",
        "flag_disagrees": True,
        "profiles_removed": ["x"],
        "result": "unchanged",
    }
    result = {**IDLE, "backups": [row]}
    assert counts(SYNCHRONIZE, result) == {"unchanged": 3, "flag_disagrees": 1}
    shown = outcome({"synchronize": result})
    assert shown["counts"]["synchronize"]["flag_disagrees"] == 1
    assert "Not equal although Central Governance calls them synchronized: LYON of PARIS." in shown["summary"][1]


def test_the_prediction_is_the_result_of_a_step_that_has_nothing_to_do() -> None:
    shown = outcome(
        {"declare": {"skipped": True}}, {"declare": IDLE, "deploy": IDLE}, checked={"idle": {"declare": True}}
    )
    without_prediction = {key: value for key, value in IDLE.items() if key != "predicted"}
    assert shown["declare"] == without_prediction and shown["predicted"] == one_text(IDLE["predicted"])
    assert shown["deploy"] == {} and not shown["changed"]
    assert shown["summary"] == ["Declare the topology: nothing to do (masters: 3 unchanged)"]


def test_a_step_is_idle_only_when_all_before_it_are() -> None:
    waits = {**IDLE, "predicted": {"flows": [1]}}  # for a deployment that somebody else has begun
    assert idle_steps({"declare": IDLE, "synchronize": IDLE, "deploy": waits}) == {
        "declare": True, "synchronize": True, "deploy": False,
    }  # fmt: skip
    asks = {**IDLE, "actions": ["Synchronize"]}
    assert idle_steps({"declare": {"skipped": True}, "synchronize": asks, "deploy": IDLE}) == {
        "synchronize": False, "deploy": False,
    }  # fmt: skip
    assert idle_steps({"declare": {**IDLE, "failed": True}}) == {"declare": False}


def test_assumed_failures_are_separated_from_known_ones() -> None:
    assumed = {"flow": "A", "result": "failed", "assumed": True, "message": "A would be deployed in error."}
    known = {"flow": "B", "result": "failed", "message": "Backup product/s ..."}
    failed = {"failed_when_result": False, "failed": False, "msg": "no"}
    assert not is_known_failure({**IDLE, "flows": []})
    assert not is_known_failure({**failed, "flows": [assumed]})
    assert is_known_failure({**failed, "flows": [assumed, known]})
    assert is_known_failure({**failed, "flows": []})  # it could not even be predicted
    assert not is_known_failure({**failed, "flows": [known], "actions": ["Deploy C"]}, continue_on_error=True)
    assert is_known_failure({**failed, "flows": [known], "actions": []}, continue_on_error=True)


def test_a_failure_says_what_was_done_and_what_was_not() -> None:
    failed = {
        "failed": True,
        "changed": True,
        "msg": "LILLE: no.\nRun the task again.",
        "actions": ["Synchronize LYON"],
        "backups": [{"result": "failed"}, {"result": "changed"}],
    }
    shown = outcome({"declare": DECLARED, "synchronize": failed})
    assert shown["summary"][3:] == [
        "Synchronize the backups: failed (backups: 1 changed, 1 failed)",
        "  LILLE: no.",
        "  Run the same again.",
        "  Done or requested in this step:",
        "  - Synchronize LYON",
        "Deploy the flows: not run",
        '"Saved, not deployed" now, and not deployed again by this run: PAY.',
        "What is done stays done. Remove the cause and run the same again: it goes on from there.",
    ]
    assert shown["changed"] and shown["failure"]["step"] == "synchronize" and not shown["failure"]["assumed"]
    assert shown["failed"]["msg"] == failed["msg"]


def test_a_refusal_says_what_would_have_been_written_and_how_to_go_on() -> None:
    gate = {"failed_when_result": False, "msg": "Backup product/s X", "flows": [{"result": "failed"}], "actions": []}
    shown = outcome(
        {}, {"declare": DECLARED, "deploy": gate}, checked={"failed": True, "refused": "deploy", "msg": "no"}
    )
    text = "\n".join(shown["summary"])
    assert text.startswith('Refused before the first write, since the step "Deploy the flows" would fail:\n  Backup')
    assert "  Declare the topology: would change" in text and "    - Add LILLE" in text
    for remedy in ("dr_masters", "dr_topology", "dr_preflight"):
        assert remedy in text
    assert not shown["changed"] and shown["declare"] == {} and shown["failure"]["phase"] == "preflight"
    # A prediction that failed as a task, since the module refuses the declaration.
    shown = outcome({}, {"declare": {"failed": True, "msg": "A rule."}})
    assert shown["summary"][1:3] == ["  A rule.", "Nothing was written."] and shown["failure"]["step"] == "declare"


def test_messages_have_a_limit_whatever_the_estate() -> None:
    shown = outcome({"deploy": {"failed": True, "msg": "\n".join(["flow is incomplete"] * 10_000), "flows": []}})
    assert len("\n".join(shown["summary"])) < 8_000
    assert len(shown["failure"]["message"]) < 1_500


def test_messages_name_the_variables_of_the_role() -> None:
    assert in_role_words("declare", "on_impact is fail; max_removals allows 0") == (
        "dr_on_impact is fail; dr_max_removals allows 0"
    )
    assert in_role_words("deploy", "(force skips such notifications) Wait is false (wait is false).") == (
        "(dr_force_deploy skips such notifications) Wait is false (dr_wait is false)."
    )
    assert in_role_words("synchronize", "masters: X is no product. Use force: when_different.") == (
        "dr_masters: X is no product. Use dr_force_sync: when_different."
    )
    assert in_role_words("declare", "url: it is missing") == "dr_connection.url: it is missing"
    assert in_role_words("synchronize", f"They differ; {HOW_TO_FORCE}.") == (
        "They differ; set dr_force_sync to when_different to synchronize it again."
    )
    assert in_role_words("synchronize", "list only the master that it should follow in masters.") == (
        "list only the master that it should follow in dr_masters."
    )
    for plain in ("LYON is protected", "(3 flows: A, B, C)", "Of 5 masters: 2 changed", "dr_force_sync: true"):
        assert in_role_words("synchronize", plain) == in_role_words("declare", plain) == plain


def test_masters_without_backups_are_not_synchronized() -> None:
    topology = [{"master": "PARIS", "backups": ["LYON"]}, {"master": "ROME", "backups": []}]
    masters = ["PARIS", "ROME", "OTHER"]
    assert masters_to_synchronize(masters, topology, {}) == ["PARIS", "OTHER"]
    rows = [{"master": "PARIS", "after": []}, {"master": "Rome", "master_id": "ROME", "after": ["BARI"]}]
    assert masters_to_synchronize(masters, topology, {"masters": rows}) == ["ROME", "OTHER"]


def test_a_large_failure_whose_lists_are_cut_is_counted_as_a_whole_and_names_no_flow_wrongly() -> None:
    impacted = [{"flow": f"F{n}"} for n in range(300)]
    deployed: dict[str, Any] = {
        "changed": True,
        "failed": True,
        "msg": "F7 was not deployed.",
        "actions": [*(f"Deploy F{n}" for n in range(60)), "... and 240 more (digest of all: 0123456789abcdef)"],
        "flows": [{"flow": "F7", "result": "failed", "status_after": "Saved, not deployed"}],
        "counts": {"failed": 1, "changed": 299},
        "omitted": {"flows": 299, "actions": 240},
    }
    assert counts(DEPLOY, deployed) == {"failed": 1, "changed": 299}
    lines = outcome({"declare": {**DECLARED, "impacted_flows": impacted}, "deploy": deployed}, lines=50)["summary"]
    assert "Deploy the flows: failed (flows: 299 changed, 1 failed)" in lines
    assert "  - and 250 more" in lines
    assert not any("digest" in line for line in lines)
    (left,) = [line for line in lines if "Saved, not deployed" in line]
    assert "F7" not in left and "F8" not in left
