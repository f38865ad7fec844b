# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""st_dr_audit, by real ansible-playbook against the simulator."""

from __future__ import annotations

import json
import socket
from datetime import date
from typing import Any

import yaml
from audited_estates import HEALTHY_TOPOLOGY, TROUBLED_TOPOLOGY, healthy, troubled
from harness import Run, Simulator, run_tasks

MODULE = "mftops.central_governance.st_dr_audit"


def audit(cg: Simulator | None, *options: dict[str, Any], check: bool = False, **how: Any) -> Run:
    """One task for each set of options, named by its number."""
    tasks = [
        {"name": str(number), MODULE: task_options, "ignore_errors": True}
        for number, task_options in enumerate(options)
    ]
    run = run_tasks(*tasks, connection=how.pop("connection", None) or cg.connection, check=check, **how)
    assert "Traceback" not in run.output
    assert not any(task.result["changed"] for task in run.tasks)
    return run.succeeded()


def pairs_by_rule(result: dict[str, Any]) -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for row in result["findings"]:
        objects = tuple(row[key] for key in ("master", "backup", "flow", "product") if row[key])
        found.setdefault(f"{row['severity']} {row['rule']}", []).append(objects)
    return found


def without_times(result: dict[str, Any]) -> str:
    """Everything that must be the same in a second run."""
    kept = {key: result[key] for key in ("verdict", "summary", "masters", "findings", "counts", "score", "changes")}
    text = json.dumps(kept, sort_keys=True)
    for at in {row["evidence"]["at"] for row in result["findings"]} | {
        str(backup["last_in_sync"]) for master in result["masters"] for backup in master["backups"]
    }:
        text = text.replace(at, "AT")
    return text


def test_a_healthy_estate_is_ready_in_three_requests(simulator):
    cg = simulator(healthy())
    run = audit(cg, {"topology": HEALTHY_TOPOLOGY, "fail_on": "warning"})
    result = run.of("0")
    assert run.tasks[0].status == "ok"
    assert (result["verdict"], result["findings"], result["drift"]) == ("READY", [], False)
    assert result["summary"] == "READY: no findings; 2 pairs of 1 master."
    assert result["score"]["value"] == 100
    assert [row["source"] for row in result["coverage"]["sources"]] == [
        "products", "flows", "deployments", "certificates", "declaration",
    ]  # fmt: skip
    assert [entry["path"].rpartition("/")[2] for entry in cg.journal()] == ["products", "flows", "deployments"]


def test_everything_that_is_wrong_is_found(simulator, tmp_path):
    cg = simulator(troubled())
    file = tmp_path / "result.json"
    failing = {"topology": TROUBLED_TOPOLOGY, "fail_on": "critical", "result_file": str(file)}
    run = audit(cg, {"topology": TROUBLED_TOPOLOGY}, failing)
    result = run.of("0")
    everywhere = [
        "OTHER_PROFILES", "OLDER", "UNREGISTERED", "UNREACHABLE", "STOPPED", "STARTING", "SHARED", "EXTRA",
    ]  # fmt: skip
    found = pairs_by_rule(result)
    certificates = [found.pop("critical certificate_expired"), found.pop("warning certificate_expiring")]
    assert certificates[0] == certificates[1]
    assert ("PARIS", "PARIS") in certificates[0] and ("PARIS", "FINE", "FINE") in certificates[0]
    assert found == {
        "critical missing_backup": [("PARIS", "MISSING")],
        "critical unknown_product": [("PARIS", "NOWHERE")],
        "critical not_synchronized": [("PARIS", "UNSYNCHRONIZED")],
        "critical flag_disagrees": [("PARIS", "OTHER_PROFILES")],
        "critical version_drift": [("PARIS", "OLDER")],
        "critical backup_not_registered": [("PARIS", "UNREGISTERED")],
        "critical backup_unreachable": [("PARIS", "UNREACHABLE")],
        "critical flow_in_error": [("PARIS", "IN_ERROR")],
        "critical deployment_missing": [("ROME", "SHARED", "HALF", "SHARED")],
        "critical deployment_in_error": [("PARIS", "FINE", "IN_ERROR", "FINE")],
        "unknown not_assessed": [("PARIS", "STARTING")],
        "warning undeclared_backup": [("PARIS", "EXTRA")],
        "warning undeclared_master": [("ROME",)],
        "warning no_backup": [("ALONE",)],
        "warning backup_stopped": [("PARIS", "STOPPED")],
        "warning flow_not_deployed": [("PARIS", "NOT_DEPLOYED")],
        "warning stale_deployment": [("ROME", "STALE", "FORMER")],
        "warning backup_used_directly": [("PARIS", "FINE", "DIRECT")],
        "warning shared_backup": [("PARIS", "SHARED"), ("ROME", "SHARED")],
        "info master_unreachable": [("ROME",)],
        "info flow_incomplete": [("PARIS", "INCOMPLETE")],
    }
    assert set(everywhere) < {backup["backup"] for backup in result["masters"][0]["backups"]}
    assert (result["verdict"], result["drift"]) == ("NOT_READY", True)
    for row in result["findings"]:
        assert row["evidence"]["read"] and row["evidence"]["at"].endswith("Z") and row["evidence"]["facts"]
        assert row["remedy"]["text"] and row["remedy"]["link"].endswith(f"docs/rules.md#{row['rule']}")
        assert bool(row["remedy"]["verb"]) != row["remedy"]["text"].startswith("By hand"), row["remedy"]

    failed = run.of("1")
    assert run.tasks[1].status == "failed"
    assert (failed["verdict"], failed["counts"]) == (result["verdict"], result["counts"])
    assert failed["omitted"]["findings"] == len(result["findings"]) - len(failed["findings"])
    whole = json.loads(file.read_text(encoding="utf-8"))
    assert without_times(whole) == without_times(result), "a second run finds the same, with the same ids"
    first, *lines = failed["msg"].splitlines()
    assert first == f"The disaster recovery is {result['summary']}"
    assert len(lines) == 21 and lines[0].startswith("[critical] missing_backup: MISSING is declared")
    more = sum(result["counts"][severity] for severity in ("critical", "unknown", "warning")) - 20
    assert lines[-1] == f"and {more} more findings, in the result."
    assert cg.writes() == []


def test_an_estate_whose_lists_are_summaries_gets_the_same_result(simulator):
    cg = simulator(troubled(), variants={})
    full = audit(cg, {"topology": TROUBLED_TOPOLOGY}).of("0")
    cg.set_variants(lists="summary")
    summaries = audit(cg, {"topology": TROUBLED_TOPOLOGY}).of("0")
    assert without_times(full) == without_times(summaries)
    counts = [
        {row["source"]: (row["state"], row["count"]) for row in each["coverage"]["sources"]}
        for each in (full, summaries)
    ]
    assert counts[0] == counts[1]


def test_check_mode_reads_the_same(simulator):
    cg = simulator(troubled())
    real = audit(cg, {"topology": TROUBLED_TOPOLOGY}).of("0")
    checked = audit(cg, {"topology": TROUBLED_TOPOLOGY}, check=True).of("0")
    assert without_times(real) == without_times(checked)
    assert checked["verdict"] == "NOT_READY"


def test_options(simulator):
    cg = simulator(troubled())
    accepted = {"reason": "cold standby", "owner": "Ops", "expires": "2999-12-31"}
    run = audit(
        cg,
        {"masters": ["ROME"], "fail_on": "critical", "severity": {"certificate_expired": "ignore"}},
        {"topology": TROUBLED_TOPOLOGY, "state": "present", "certificate_warning_days": 4},
        {"accepted": [{"rule": "backup_unreachable", "backup": "UNREACH*", **accepted}]},
        {"accepted": [{"rule": "backup_unreachable", "backup": "*", **accepted, "expires": date(2020, 1, 1)}]},
        {"accepted": yaml.safe_dump([{"rule": "version_drift", "backup": "NOT_THERE", **accepted}])},
    )
    one = run.of("0")
    assert [row["master"] for row in one["masters"]] == ["ROME"]
    assert {row["master"] for row in one["findings"]} == {"ROME"}
    assert "certificate_expired" not in str(one["findings"])
    assert run.tasks[0].status == "failed" and "deployment_missing: The flow HALF" in one["msg"]

    two = pairs_by_rule(run.of("1"))
    assert not {"warning undeclared_backup", "warning certificate_expiring"} & two.keys()
    assert "critical certificate_expired" in two

    three = run.of("2")
    (row,) = [row for row in three["findings"] if row["rule"] == "backup_unreachable"]
    assert row["accepted"] == {key: accepted[key] for key in ("reason", "owner", "expires")}
    assert three["counts"]["accepted"] == 1

    four = run.of("3")
    assert "warning accepted_expired" in pairs_by_rule(four)
    assert four["counts"]["accepted"] == 0
    assert run.of("4")["coverage"]["accepted_unused"][0]["backup"] == "NOT_THERE"


def test_the_verdict_on_an_unreachable_server_is_unknown():
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
    connection = {"url": url, "username": "admin", "password": "s3cret-of-nobody", "retries": 0}
    levels = ("never", "critical", "warning")
    run = audit(None, *({"fail_on": level, "topology": HEALTHY_TOPOLOGY} for level in levels), connection=connection)
    assert [task.status for task in run.tasks] == ["ok", "failed", "failed"]
    assert "s3cret-of-nobody" not in run.output
    for fail_on, task in zip(levels, run.tasks, strict=True):
        assert_unknown(fail_on, task.result, url)


def assert_unknown(fail_on: str, result: dict[str, Any], url: str) -> None:
    assert (result["verdict"], result["score"]["value"]) == ("UNKNOWN", 0)
    assert "READY" not in json.dumps([result["summary"], result["masters"], result.get("msg")])
    assert [backup["verdict"] for backup in result["masters"][0]["backups"]] == ["UNKNOWN", "UNKNOWN"]
    (finding,) = result["findings"]
    assert finding["message"].startswith("The products could not be read: ") and url in finding["message"]
    assert {row["state"] for row in result["coverage"]["sources"]} == {"not_read", "read"}  # read: the declaration
    if fail_on == "never":
        assert "A fact that could not be read counts as not ready" in str(result["warnings"])


def test_unreadable_deployments_are_reported_and_the_rest_is_assessed(simulator):
    cg = simulator(troubled())
    cg.add_fault(fault="status", operation="listDeployments", status=500, message="index is being rebuilt")
    result = audit(cg, {"topology": TROUBLED_TOPOLOGY}, connection={**cg.connection, "retries": 0}).of("0")
    found = pairs_by_rule(result)
    assert "critical version_drift" in found and "critical deployment_missing" not in found
    (row,) = [row for row in result["findings"] if row["evidence"]["facts"].get("source") == "deployments"]
    assert "index is being rebuilt" in row["message"]
    assert "deployment_missing" in row["evidence"]["facts"]["rules"]
    states = {row["rule"]: row["state"] for row in result["coverage"]["rules"]}
    assert states["deployment_missing"] == "not_assessed" and states["version_drift"] == "assessed"


def test_without_the_library_certificates_are_not_assessed(simulator, tmp_path):
    (tmp_path / "cryptography.py").write_text("raise ImportError('hidden by the test')\n", encoding="utf-8")
    cg = simulator(healthy())
    run = audit(cg, {"topology": HEALTHY_TOPOLOGY}, environment={"PYTHONPATH": str(tmp_path)})
    result = run.of("0")
    assert result["verdict"] == "UNKNOWN"
    (row,) = result["findings"]
    assert "cryptography is not installed" in row["message"]
    assert row["evidence"]["facts"]["rules"] == ["certificate_expired", "certificate_expiring"]


def test_a_wrong_option_is_reported_before_anything_is_read(simulator):
    cg = simulator(healthy())
    when = {"reason": "r", "owner": "o", "expires": "2999-01-01"}
    wrong = {
        'severity: there is no rule "typo"': {"severity": {"typo": "info"}},
        'severity: version_drift: "harmless" is not one of': {"severity": "version_drift: harmless"},
        "severity: not_assessed can only be made critical": {"severity": {"not_assessed": "ignore"}},
        'accepted: entry 1: there is no rule "typo"': {"accepted": [{"rule": "typo", "backup": "B", **when}]},
        "accepted: entry 1: owner missing": {
            "accepted": [{"rule": "version_drift", "backup": "B", **when, "owner": ""}]
        },
        "ledger: /nowhere/ledger: there is no such file": {"ledger": "/nowhere/ledger"},
        'rpo_target: "24" is not a time such as': {"rpo_target": "24", "ledger": "/nowhere/ledger"},
        "missing parameter(s) required by 'rpo_target': ledger": {"rpo_target": "24h"},
        "certificate_warning_days: -1 is less than 0.": {"certificate_warning_days": -1},
        "accepted: it is not a list of acceptances.": {"accepted": {"rule": "version_drift"}},
        "accepted: entry 2 is not a dict with rule, reason, owner and expires.": {"accepted": "[{}, x]"},
        "accepted: it is neither YAML nor JSON in line ": {"accepted": "[{"},
    }
    run = audit(cg, *wrong.values())
    for number, message in enumerate(wrong):
        assert message in run.of(str(number))["msg"]
        assert run.tasks[number].status == "failed"
    assert cg.journal() == []
