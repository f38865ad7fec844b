# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The playbook dr_drill: from the checklist to a form, from the filled-in form to a record and to the audit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from harness import Run, Simulator, run_playbook, run_tasks

PLAYBOOK = "mftops.central_governance.dr_drill"
APPEND = "mftops.central_governance.dr_ledger_append"
AUDIT = "mftops.central_governance.st_dr_audit"


def product(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "SecureTransport", "version": "5.4", "status": "Started", **more}


ESTATE = {
    "products": [product("PARIS", backups=[{"name": "LYON", "synchronized": True}]), product("LYON")],
    "flows": [],
}
OWN_CHECKLIST = {
    "scenario": 'Loss of "Paris"',
    "steps": [{"name": "Call José", "expected_minutes": 5}, {"name": "-x"}],
}


def drill(
    cg: Simulator | None = None,
    file: Path | None = None,
    check: bool = False,
    here: Path | None = None,
    tags: Sequence[str] = (),
    **variables: Any,
) -> Run:
    arguments = [f"--extra-vars=@{file}"] if file else []
    environment = {**(cg.environment if cg else {}), **({"PWD": str(here)} if here else {})}
    return run_playbook(
        PLAYBOOK, environment=environment, extra_vars=variables, arguments=arguments, check=check, tags=tags
    )


def test_a_drill_from_the_checklist_to_the_audit(simulator, tmp_path):
    form, ledger = tmp_path / "drill.yml", tmp_path / "ledger.jsonl"
    drill(dr_drill_form=str(form)).succeeded()
    filled = yaml.safe_load(form.read_text(encoding="utf-8"))
    assert filled["drill"]["scenario"] == "Loss of a master site"
    assert len(filled["drill"]["steps"]) > 5

    before = form.read_text(encoding="utf-8")
    assert "left unchanged" in drill(dr_drill_form=str(form), tags=["something else"]).succeeded().output
    assert form.read_text(encoding="utf-8") == before

    cg = simulator(ESTATE)
    refused = drill(cg, form, dr_drill_ledger=str(ledger)).failed()
    assert (
        "Without an outcome: the drill itself, Audit: the verdict is READY"
        in refused.of("Check that the form is filled in")["msg"]
    )

    for step in filled["drill"]["steps"]:
        step.update(outcome="done", measured_minutes=12.5)
    filled["drill"].update(outcome="passed", started="2026-01-10T08:00:00Z", findings=["It works"])
    # As a person writes it: without quotes, which YAML reads as a timestamp.
    form.write_text(yaml.safe_dump(filled).replace("'2026-01-10T08:00:00Z'", "2026-01-10T08:00:00Z"), encoding="utf-8")
    run_tasks({APPEND: {"path": str(ledger), "kind": "begin"}}).succeeded()
    drill(cg, form, dr_drill_ledger=str(ledger), check=True).succeeded()
    assert len(ledger.read_text(encoding="utf-8").splitlines()) == 1
    run = drill(cg, form, dr_drill_ledger=str(ledger), dr_drill_who="Ops").succeeded()
    assert "125.0 minutes where 240.0 were expected" in run.of("Show what was recorded")["msg"]
    record = json.loads(ledger.read_text(encoding="utf-8").splitlines()[-1])
    assert (record["kind"], record["data"]["who"], record["data"]["started"]) == (
        "drill",
        "Ops",
        "2026-01-10T08:00:00Z",
    )
    assert record["data"]["audit"]["estate"]["PARIS"]["backups"] == {"LYON": {"version": "5.4"}}
    assert cg.writes() == []

    audit = {AUDIT: {"ledger": str(ledger), "drill_interval_days": 180}}
    cg.seed(
        {
            **ESTATE,
            "products": [
                *ESTATE["products"],
                product("ROME", backups=[{"name": "MILAN", "synchronized": True}]),
                product("MILAN"),
            ],
        }
    )
    result = run_tasks(audit, connection=cg.connection).succeeded().of("st_dr_audit")
    assert result["ledger"]["drill"]["overdue"] is False
    assert result["ledger"]["drill"]["changed_since"] == ["ROME is a new master"]
    assert [row["rule"] for row in result["findings"]] == ["changed_since_drill"]


def test_a_custom_checklist(tmp_path):
    form = tmp_path / "drill.yml"
    mine = tmp_path / "mine.json"
    mine.write_text(json.dumps({"dr_drill_checklist": OWN_CHECKLIST}), encoding="utf-8")
    # A relative path starts where the command is given, not in the collection.
    drill(file=mine, here=tmp_path, dr_drill_form="drill.yml").succeeded()
    written = yaml.safe_load(form.read_text(encoding="utf-8"))["drill"]
    assert written["scenario"] == 'Loss of "Paris"'
    assert [(step["name"], step["expected_minutes"]) for step in written["steps"]] == [("Call José", 5), ("-x", None)]
    wrong = drill(dr_drill_form=str(form), dr_drill_checklist={"scenario": "x", "steps": [{"step": "y"}]}).failed()
    assert "steps that each have a name" in wrong.of("Check the checklist")["msg"]
    assert "Give either dr_drill_form" in drill().failed().of("Check the variables")["msg"]
