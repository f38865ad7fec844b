# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger's modules, and how st_dr_audit uses a ledger, by real ansible-playbook against the simulator."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import yaml
from audited_estates import HEALTHY_TOPOLOGY, healthy
from harness import Run, Simulator, run_playbook

COLLECTION = "mftops.central_governance"
DRILL = {
    "scenario": "Loss of the site Paris",
    "outcome": "passed",
    "started": "2026-01-10T08:00:00Z",
    "ended": "2026-01-10T11:30:00Z",
    "participants": ["MFT operations west"],
    "steps": [{"name": "Start the backup", "expected_minutes": 10, "measured_minutes": "12.5", "outcome": "done"}],
    "findings": ["The partner's firewall did not know LYON"],
}


def run_all(cg: Simulator | None, *tasks: dict[str, Any], check: bool = False) -> Run:
    """Tasks named by their numbers, each allowed to fail. The ledger's modules take no connection."""
    play: dict[str, Any] = {"hosts": "localhost", "connection": "local", "gather_facts": False}
    if cg:
        play["module_defaults"] = {f"group/{COLLECTION}.central_governance": cg.connection}
    named = []
    for number, task in enumerate(tasks):
        options = {key if key == "register" else f"{COLLECTION}.{key}": value for key, value in task.items()}
        named.append({"name": str(number), **options, "ignore_errors": True})
    run = run_playbook([{**play, "tasks": named}], check=check)
    assert "Traceback" not in run.output, run.output
    return run.succeeded()


def statuses(run: Run) -> list[str]:
    return [task.status for task in run.tasks]


def append(path: Path, kind: str, **options: Any) -> dict[str, Any]:
    return {"dr_ledger_append": {"path": str(path), "kind": kind, **options}}


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_an_audit_is_recorded(simulator, tmp_path):
    cg = simulator(healthy())
    ledger = tmp_path / "ledger.jsonl"
    topology = tmp_path / "topology.yml"
    topology.write_text(yaml.safe_dump({"topology": HEALTHY_TOPOLOGY}), encoding="utf-8")
    for command in (
        ["init", "-q"],
        ["add", "topology.yml"],
        ["-c", "user.name=x", "-c", "user.email=x", "commit", "-qm", "x"],
    ):
        subprocess.run(["git", *command], cwd=tmp_path, check=True)
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=tmp_path, check=True, capture_output=True, text=True)
    options = {"topology": HEALTHY_TOPOLOGY, "ledger": str(ledger), "rpo_target": "24h", "drill_interval_days": 100}
    audit = {"st_dr_audit": options, "register": "audit"}
    remember = append(ledger, "audit", audit="{{ audit }}", who="José", declaration=str(topology))

    first = run_all(
        cg,
        append(ledger, "audit", audit={}),  # there is none yet
        append(ledger, "begin"),
        append(ledger, "begin"),
        audit,
        remember,
        append(ledger, "drill", drill=DRILL, audit="{{ audit }}"),
        audit,
    )
    assert statuses(first) == ["failed", "changed", "ok", "ok", "changed", "changed", "ok"]
    assert [row["rule"] for row in first.of("3")["findings"]] == ["drill_overdue"]
    assert first.of("3")["changes"]["since"] is None
    again = first.of("6")
    assert again["changes"]["became"] == "same" and again["changes"]["unchanged"] == [again["findings"][0]["id"]]
    assert "the last drill was on 2026-01-10" in again["findings"][0]["message"].lower()
    assert again["ledger"]["drill"]["scenario"] == "Loss of the site Paris" and again["ledger"]["drill"]["overdue"]
    assert (again["ledger"]["records"], len(again["ledger"]["audits"])) == (3, 1)

    begun, audited, drilled = records(ledger)
    assert (begun["kind"], audited["kind"], drilled["kind"]) == ("begin", "audit", "drill")
    assert audited["data"]["who"] == "José"
    assert audited["data"]["in_sync"] == {"PARIS": ["LYON", "LILLE"]}
    assert (audited["data"]["file"]["git_commit"], audited["data"]["file"]["git_dirty"]) == (
        commit.stdout.strip(),
        False,
    )
    assert audited["data"]["versions"]["collection"] == yaml.safe_load(
        (Path(__file__).parents[3] / "galaxy.yml").read_text(encoding="utf-8")
    )["version"]  # fmt: skip
    assert drilled["data"]["steps"][0]["measured_minutes"] == 12.5
    assert cg.connection["password"] not in ledger.read_text(encoding="utf-8")

    # A backup is stopped, the master's profiles change, and the last synchronization is too old.
    cg.control("POST", "events", json={"product": "LYON", "status": "Stopped"})
    cg.control("POST", "events", json={"product": "PARIS", "profiles": []})
    topology.write_text("topology: []\n", encoding="utf-8")
    second = run_all(cg, {**audit, "st_dr_audit": {**options, "rpo_target": "1s"}}, remember, audit)
    result = second.of("0")
    rules = {row["rule"] for row in result["findings"]}
    assert {"backup_stopped", "not_synchronized", "sync_too_old", "drill_overdue"} <= rules
    assert result["changes"]["became"] == "worse"
    assert len(result["changes"]["new"]) == len(result["findings"]) - 1
    seen = {backup["last_in_sync"] for backup in result["masters"][0]["backups"]}
    assert seen == {audited["data"]["read_at"]}
    assert records(ledger)[-1]["data"]["file"]["git_dirty"] is True
    assert second.of("2")["changes"]["became"] == "better", "sync_too_old counts against 24 hours again"
    assert second.of("2")["ledger"]["longest_gap"]["hours"] >= 0


def test_verifying_finds_edited_cut_torn_and_empty_ledgers(tmp_path):
    ledger = tmp_path / "ledger.jsonl"
    verify = {"dr_ledger_verify": {"path": str(ledger)}}
    change = append(ledger, "change", change={"actions": ["Add LYON to the backups of PARIS"], "succeeded": True})
    run = run_all(None, append(ledger, "begin"), change, change, verify)
    head = run.of("2")["sha256"]
    whole = run.of("3")
    assert (whole["whole"], whole["records"], whole["head"], whole["line"]) == (True, 3, head, None)
    assert whole["kinds"] == {"begin": 1, "audit": 0, "drill": 0, "change": 2}

    lines = ledger.read_bytes().splitlines(keepends=True)
    (tmp_path / "edited").write_bytes(b"".join([lines[0], lines[1].replace(b"PARIS", b"PERIS"), lines[2]]))
    (tmp_path / "cut").write_bytes(b"".join(lines[:2]))
    (tmp_path / "torn").write_bytes(b"".join(lines)[:-10])
    (tmp_path / "empty").touch()
    asked = [
        {"path": str(tmp_path / name), **({"head": head} if name == "cut" else {})}
        for name in ("edited", "cut", "torn", "empty", "missing")
    ]
    run = run_all(None, *({"dr_ledger_verify": options} for options in asked),
                  {"st_dr_audit": {"url": "http://127.0.0.1:1", "ledger": str(tmp_path / "edited")}},
                  append(tmp_path / "torn", "change", change={"actions": [], "succeeded": True}),
                  {"dr_ledger_verify": {"path": str(tmp_path / "torn"), "head": head.upper()}})  # fmt: skip
    assert statuses(run) == ["failed"] * 6 + ["changed", "failed"]
    messages = [run.of(str(number))["msg"] for number in range(8) if number != 6]
    assert "edited: line 2: it was changed after it was written" in messages[0]
    assert "cut: line 3: lines are missing at the end" in messages[1]
    assert "torn: line 3: it was cut off while it was written" in messages[2]
    assert "empty: line 1: the file is empty" in messages[3]
    assert "missing: there is no such file" in messages[4]
    assert "ledger: " in messages[5] and "the chain is broken at line 2" in messages[5]
    assert run.of("1")["records"] == 2 and run.of("1")["whole"] is False
    assert "moved to" in str(run.of("6")["warnings"])
    assert "no record has the digest" in messages[6], "what was cut off is gone, and its digest with it"


def test_check_mode_writes_nothing(tmp_path):
    ledger = tmp_path / "ledger.jsonl"
    run = run_all(
        None, append(ledger, "begin"), append(ledger, "change", change={"actions": [], "succeeded": True}), check=True
    )
    assert statuses(run) == ["changed", "failed"]
    assert run.of("0")["seq"] == 1 and not ledger.exists()


def test_records_that_are_refused(tmp_path):
    ledger = tmp_path / "ledger.jsonl"
    wrong: dict[str, dict[str, Any]] = {
        "audit: this is not a result of st_dr_audit.": {"kind": "audit", "audit": {"verdict": "READY"}},
        "is incomplete, since the task failed": {"kind": "audit", "audit": {"omitted": {"findings": 3}}},
        "kind is drill but all of the following are missing: drill": {"kind": "drill"},
        "value of outcome must be one of: passed, failed, aborted": {"drill": {**DRILL, "outcome": "fine"}},
        'drill.ended: "yesterday" is not a time in UTC': {"drill": {**DRILL, "ended": "yesterday"}},
        "drill.ended: 2099-01-01T00:00:00Z is in the future": {"drill": {**DRILL, "ended": "2099-01-01T00:00:00Z"}},
        "before it started": {"drill": {**DRILL, "started": "2027-01-01T00:00:00Z"}},
        'the step "x": expected_minutes is inf': {
            "drill": {**DRILL, "steps": [{"name": "x", "expected_minutes": "inf", "outcome": "done"}]}
        },
        "declaration: /nowhere/topology.yml: it cannot be read": {
            "kind": "begin",
            "declaration": "/nowhere/topology.yml",
        },
        "path: /nowhere/ledger: there is no such": {"kind": "begin", "path": "/nowhere/ledger"},
    }
    tasks = [{"dr_ledger_append": {"path": str(ledger), "kind": "drill", **options}} for options in wrong.values()]
    run = run_all(None, *tasks)
    assert statuses(run) == ["failed"] * len(wrong)
    for number, message in enumerate(wrong):
        assert message in run.of(str(number))["msg"]
    assert not ledger.exists()
