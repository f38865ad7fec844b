# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of the role dr_rehearse, its situations, and its result."""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.mftops.central_governance.plugins.plugin_utils.pipeline import variables as pipeline
from ansible_collections.mftops.central_governance.plugins.plugin_utils.rehearsal.outcome import Rehearsed, rehearsal
from ansible_collections.mftops.central_governance.plugins.plugin_utils.rehearsal.situations import (
    KNOWN,
    WrongSituation,
    situations,
    with_hits,
)
from ansible_collections.mftops.central_governance.plugins.plugin_utils.rehearsal.variables import (
    VARIABLES,
    problems,
    read,
)

CHECKOUT = Path(__file__).resolve().parents[3]
ROLE = CHECKOUT / "roles" / "dr_rehearse"
SCHEMA = json.loads((CHECKOUT / "docs/schemas/dr_rehearsal-1.schema.json").read_text(encoding="utf-8"))
jsonschema = importlib.import_module("jsonschema") if os.environ.get("CI") else pytest.importorskip("jsonschema")
TOPOLOGY = [{"master": "PARIS", "backups": ["LYON"]}]


def finding(rule: str, **more: Any) -> dict[str, Any]:
    row = {"rule": rule, "severity": "critical", "master": "PARIS", "backup": "", "flow": "", "product": "", **more}
    finding_id = "/".join([rule, row["master"], row["backup"], row["flow"]])
    return {"id": finding_id, "message": f"It is {finding_id}.", "accepted": None, "evidence": {"facts": {}}, **row}


def audit(verdict: str, *findings: dict[str, Any]) -> dict[str, Any]:
    rules = [{"rule": row["rule"], "state": "assessed"} for row in findings]
    rules += [{"rule": rule, "state": "assessed"} for rule in ("missing_backup", "flow_not_deployed", "no_backup")]
    return {
        "verdict": verdict,
        "findings": list(findings),
        "counts": {"critical": len(findings)},
        "drift": False,
        "coverage": {"rules": rules},
    }


BEFORE = audit("NOT_READY", finding("missing_backup", backup="LYON"), finding("no_backup"))
AFTER = audit("READY", finding("no_backup"))
COPIED = {"products": 2, "flows": 1}
APPLIED: dict[str, Any] = {
    "changed": True,
    "declare": {"actions": ["Add LYON"], "impacted_flows": [{"flow": "PAY"}, {"flow": "BILLS"}]},
    "synchronize": {"actions": ["Synchronize LYON"]},
    "deploy": {},
    "failure": {},
    "summary": ["Declare the topology: changed", "  - Add LYON"],
}


def result_of(**changes: Any) -> dict[str, Any]:
    facts = {
        "production": BEFORE,
        "before": BEFORE,
        "after": AFTER,
        "applied": APPLIED,
        "copied": COPIED,
    }
    return rehearsal(Rehearsed(**{**facts, **changes}))


def test_before_and_after_are_compared():
    result = result_of()
    assert (result["outcome"], result["verdict_before"], result["verdict"]) == ("succeeded", "NOT_READY", "READY")
    rules = {key: [row["rule"] for row in rows] for key, rows in result["findings"].items() if key != "became"}
    assert rules == {"resolved": ["missing_backup"], "new": [], "remaining": ["no_backup"], "not_known": []}
    assert result["findings"]["became"] == "better"
    assert result["actions"] == {"declare": ["Add LYON"], "synchronize": ["Synchronize LYON"], "deploy": []}
    assert result["flows_saved"] == ["BILLS", "PAY"]
    assert "All of them would be deployed again by the run." in result["summary"]
    assert "The copy: 2 products and 1 flow. Nothing was written to production." in result["summary"]
    assert result["failure"] == ""


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"applied": {**APPLIED, "failure": {"phase": "run", "message": "No."}}},
        {"situations": [{"name": "x", "meaning": "y", "met": None}]},
        {"before": {}, "after": {}, "applied": {}, "stopped": "No."},
    ],
    ids=["succeeded", "failed", "practised", "not rehearsed"],
)
def test_the_result_follows_the_published_schema(facts: dict[str, Any]):
    result = result_of(**facts)
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(result, SCHEMA, cls=jsonschema.Draft202012Validator)
    assert result["$schema"] == SCHEMA["$id"]
    assert set(result) == set(SCHEMA["required"]) == set(SCHEMA["properties"])
    for key in ("outcome", "verdict", "findings", "flows_saved"):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate({**result, key: "?"}, SCHEMA, cls=jsonschema.Draft202012Validator)


def test_a_run_that_fails_leaves_flows_and_fails_the_play():
    after = audit("NOT_READY", finding("no_backup"), finding("flow_not_deployed", flow="PAY"))
    failure = {"phase": "run", "message": "Deploy the flows failed: PAY."}
    practised = [{"name": "x", "meaning": "y", "met": 0}]
    result = result_of(after=after, applied={**APPLIED, "failure": failure}, situations=practised)
    assert (result["outcome"], result["flows_left"]) == ("failed", ["PAY"])
    assert result["failure"] == (
        "In production, in the situations practised, this run would fail too. Deploy the flows failed: PAY."
    )
    assert "  - x: y; it did not occur" in result["summary"]
    assert result["stats"]["dr_rehearsal"] == {
        "outcome": "failed", "verdict_before": "NOT_READY", "flows_saved": 2, "flows_left": 1, "resolved": 1, "new": 1,
        "remaining": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("fail_on", "verdict", "phase", "fails"),
    [
        ("failed", "NOT_READY", "", False),
        ("critical", "NOT_READY", "", True),
        ("critical", "UNKNOWN", "", True),
        ("critical", "DEGRADED", "", False),
        ("warning", "DEGRADED", "", True),
        ("warning", "READY", "", False),
        ("failed", "READY", "preflight", True),
        ("never", "NOT_READY", "run", False),
    ],
)
def test_when_the_play_fails(fail_on: str, verdict: str, phase: str, fails: bool):
    failure = {"phase": phase, "message": "No."} if phase else {}
    result = result_of(after={**AFTER, "verdict": verdict}, applied={**APPLIED, "failure": failure}, fail_on=fail_on)
    assert bool(result["failure"]) == fails


def test_without_a_rehearsal_nothing_is_known_and_the_play_always_fails():
    result = result_of(before={}, after={}, applied={}, stopped="Read the products failed: 401.", fail_on="never")
    assert result["failure"].endswith("Read the products failed: 401.")
    assert (result["stats"]["dr_verdict"], result["stats"]["dr_changed"], result["stats"]["dr_drift"]) == (
        "UNKNOWN",
        None,
        None,
    )


def test_differences_between_the_copy_and_production_are_listed():
    production = audit("NOT_READY", *BEFORE["findings"], finding("version_drift"))
    before = audit("NOT_READY", *BEFORE["findings"], finding("not_assessed"))
    assert result_of(production=production, before=before)["copy"]["differs"] == [
        "only in production: It is version_drift/PARIS//.",
        "only in the copy: It is not_assessed/PARIS//.",
    ]


def test_the_summary_stays_readable_at_any_size():
    many = [finding("missing_backup", backup=f"B{number}") for number in range(1000)]
    flows = [{"flow": f"F{number}"} for number in range(1000)]
    applied = {**APPLIED, "declare": {"impacted_flows": flows, "omitted": {"impacted_flows": 7}}}
    result = result_of(before=audit("NOT_READY", *many), applied=applied)
    assert len("\n".join(result["summary"])) < 8000
    assert any(line.startswith("1007 deployed flows") and line.endswith("and 987 more.") for line in result["summary"])
    assert len(result["findings"]["resolved"]) == 1000


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("", []),
        (None, []),
        ("backup_dies, slow", ["backup_dies", "slow"]),
        ("[backup_dies, slow]", ["backup_dies", "slow"]),
        ('["slow"]', ["slow"]),
        (["slow", {"fault": "reset", "count": 1}], ["slow", "reset"]),
        ({"fault": "reset"}, ["reset"]),
    ],
)
def test_situations_are_read_from_lists_and_texts(value: Any, names: list[str]):
    assert [each.name for each in situations(value)] == names


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("backup_die", 'there is no situation "backup_die". Did you mean backup_dies?'),
        ([{"status": 500}], "entry 1 is a dictionary without the key fault"),
        (7, "it is not a list of situations"),
        ("[a", "it is not valid YAML"),
    ],
)
def test_a_situation_that_is_not_known_is_refused(value: Any, words: str):
    with pytest.raises(WrongSituation, match=words.split("?")[0].replace("[", "\\[")):
        situations(value)


def test_how_often_each_situation_occurred():
    chosen = read("dr_rehearse_situations", "lost_replies, slow")
    faults = [{"hits": 1}, {"hits": 0}, {"hits": 2}, {"hits": 0}, {"hits": 9}]
    assert [row["met"] for row in with_hits(chosen, faults)] == [3, 9]
    assert [row["met"] for row in with_hits(chosen, [])] == [None, None]


def test_the_variables_of_both_roles_are_checked_at_once():
    wrong = problems(
        {"dr_rehearse_fail_on": "maybe", "dr_rehearse_fail": 1, "dr_wait": "sometimes", "dr_staet": "exact"}, TOPOLOGY
    )
    assert [line.split(":")[0] for line in wrong[:1]] == ["dr_rehearse_fail_on"]
    assert "no variable named dr_rehearse_fail, so nothing was rehearsed. Did you mean dr_rehearse_fail_on" in wrong[1]
    assert any(line.startswith("dr_wait:") for line in wrong) and any("dr_staet" in line for line in wrong)
    assert problems({}, TOPOLOGY) == problems({"dr_topology": TOPOLOGY, "dr_rehearse_result": {}}, None) == []
    assert problems({}, [])[0].startswith("No topology was given")
    assert problems({"dr_topology": TOPOLOGY}, [{"master": "ROME", "backups": []}])[0].startswith("topology and dr_top")
    assert problems({"dr_declare": "false", "dr_masters": "PARIS"}, None) == []
    own = {"dr_topology": TOPOLOGY, "dr_rehearse_site": "Paris", "dr_own_variables": ["dr_rehearse_site"]}
    assert problems(own, None) == []


def test_the_role_documents_each_variable_and_each_situation():
    text = (ROLE / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
    documented = set(yaml.safe_load(text)["argument_specs"]["main"]["options"])
    assert documented >= {*VARIABLES, *pipeline.VARIABLES}
    assert set(yaml.safe_load((ROLE / "defaults" / "main.yml").read_text(encoding="utf-8"))) == set(VARIABLES)
    for situation in KNOWN.values():
        assert f"V({situation.name}) - {situation.meaning}." in text
        assert f"`{situation.name}`" in (ROLE / "README.md").read_text(encoding="utf-8")


def test_the_role_clears_the_variables_of_production_from_the_environment():
    fragment = (CHECKOUT / "plugins" / "doc_fragments" / "central_governance.py").read_text(encoding="utf-8")
    documented = {word.partition(")")[0] for word in fragment.split("E(")[1:]}
    assert "CG_TOKEN" in documented
    text = (ROLE / "vars" / "main.yml").read_text(encoding="utf-8")
    cleared = yaml.safe_load(text)["__dr_rehearse_environment"]
    # The interval of the progress has nothing to do with production.
    assert {name for name, value in cleared.items() if value == ""} >= documented - {"CG_PROGRESS_INTERVAL"}
