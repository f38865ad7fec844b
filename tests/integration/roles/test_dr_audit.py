# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role and playbook dr_audit: exit status, statistics and report always agree."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from harness import CHECKOUT, Run, Simulator, run_playbook, run_tasks

START = Callable[..., Simulator]
SCHEMA = json.loads((CHECKOUT / "docs/schemas/dr_report-1.schema.json").read_text(encoding="utf-8"))
FILES = ["report.csv", "report.html", "report.json", "report.junit.xml", "report.prom"]
NOWHERE = {"CG_URL": "http://127.0.0.1:9", "CG_USERNAME": "admin", "CG_PASSWORD": "a secret of mine"}


def product(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "SecureTransport", "version": "5.4", "status": "Started", **more}


def estate(synchronized: bool = True, **flow: Any) -> dict[str, Any]:
    """A master with two backups and a flow; there are no findings unless the arguments cause some."""
    backups = [{"name": "LYON", "synchronized": True}, {"name": "LILLE", "synchronized": synchronized}]
    deployed = [{"product": name, "status": "Deployed"} for name in ("PARIS", "LYON", "LILLE")]
    return {
        "products": [product("PARIS", backups=backups), product("LYON"), product("LILLE")],
        "flows": [
            {"name": "PAYMENTS", "idf": "PAY", "status": "Deployed", "sources": [{"product": "PARIS"}],
             "targets": [{"partner": "BANK"}], "deployments": deployed, **flow}
        ],
    }  # fmt: skip


TOPOLOGY = [{"master": "PARIS", "backups": ["LYON", "LILLE"]}]
DRAFT = {"status": "Saved, not deployed", "deployments": []}


def audit(environment: dict[str, str], directory: Path, **variables: Any) -> Run:
    how = {key: variables.pop(key) for key in ("check", "arguments", "tags") if key in variables}
    return run_playbook(
        "mftops.central_governance.dr_audit",
        environment={**environment, "ANSIBLE_SHOW_CUSTOM_STATS": "true"},
        extra_vars={"topology": TOPOLOGY, "dr_audit_report_dir": str(directory), **variables},
        **how,
    )


def report_in(directory: Path) -> dict[str, Any]:
    report = json.loads((directory / "report.json").read_text(encoding="utf-8"))
    jsonschema.validate(report, SCHEMA, cls=jsonschema.Draft202012Validator)
    return report


def stats(run: Run) -> dict[str, Any]:
    """What the run published, as a workflow gets it."""
    assert "CUSTOM STATS" in run.stdout
    for name in ("Publish the verdict", "Publish the verdict UNKNOWN"):
        if any(task.task.endswith(name) and task.status != "skipped" for task in run.tasks):
            return run.of(name)["ansible_stats"]["data"]
    raise AssertionError(run.output)


@pytest.mark.parametrize(
    ("seed", "verdict", "passing", "failing"),
    [
        (estate(), "READY", ["warning"], []),
        (estate(**DRAFT), "DEGRADED", ["critical"], ["warning"]),
        (estate(synchronized=False), "NOT_READY", ["never"], ["critical"]),
        ("deployments unreadable", "UNKNOWN", ["never"], ["critical"]),
    ],
    ids=["ready", "degraded", "not ready", "unknown"],
)
def test_exit_status_statistics_and_report_say_the_same(
    simulator: START, tmp_path: Path, seed: Any, verdict: str, passing: list[str], failing: list[str]
) -> None:
    """Which fail_on fails for which verdict, in all combinations: tests/unit/report/test_outcome.py."""
    unreadable = isinstance(seed, str)
    cg = simulator(estate() if unreadable else seed)
    if unreadable:
        cg.add_fault(fault="status", operation="listDeployments", status=500)
    environment = cg.environment | {"CG_RETRIES": "0"}
    for fail_on in passing + failing:
        directory = tmp_path / fail_on
        run = audit(environment, directory, dr_audit_fail_on=fail_on)
        if fail_on in failing:
            text = run.failed().of("Fail as configured")["msg"]
            assert text.startswith(f"{verdict}: ")
            assert text.endswith(
                f"The play fails because dr_audit_fail_on is {fail_on}. Report: {directory / 'report.html'}"
            )
        else:
            text = run.succeeded().of("Verdict")["msg"][0]
        report, published = report_in(directory), stats(run)
        assert published["dr_verdict"] == report["verdict"] == verdict
        assert published["dr_counts"] == report["counts"]
        assert published["dr_drift"] is report["drift"] is False
        assert text.startswith(published["dr_summary"])
        assert run.of("Verdict")["msg"][0].startswith(published["dr_summary"])
        assert sorted(path.name for path in directory.iterdir()) == FILES
        html = (directory / "report.html").read_text(encoding="utf-8")
        assert published["dr_summary"].partition(": ")[2] in html
        assert f'dr_audit_verdict{{verdict="{verdict}"}} 1' in (directory / "report.prom").read_text(encoding="utf-8")
        passes = "<failure" not in (xml := (directory / "report.junit.xml").read_text()) and "<error" not in xml
        assert passes == (verdict == "READY")
    assert cg.writes() == []


def test_the_last_of_two_audits_in_a_run_is_the_one_that_is_published(simulator: START, tmp_path: Path) -> None:
    cg = simulator(estate(synchronized=False))
    role = {
        "role": "mftops.central_governance.dr_audit",
        "dr_audit_topology": TOPOLOGY,
        "dr_audit_report_dir": str(tmp_path / "report"),
        "dr_audit_fail_on": "never",
    }
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "roles": [role]}
    environment = {**cg.environment, "ANSIBLE_SHOW_CUSTOM_STATS": "true"}
    run = run_playbook([play, play], environment=environment).succeeded()
    shown = run.stdout.partition("CUSTOM STATS")[2]
    published = json.loads("{" + shown.partition("{")[2].rpartition("}")[0] + "}")
    assert {key: published[key] for key in ("dr_verdict", "dr_drift")} == {"dr_verdict": "NOT_READY", "dr_drift": False}


def test_the_same_estate_gives_the_same_report_but_for_the_time(simulator: START, tmp_path: Path) -> None:
    cg = simulator(estate(synchronized=False))
    made = []
    for name in ("one", "two"):
        audit(cg.environment, tmp_path / name, dr_audit_fail_on="never").succeeded()
        text = (tmp_path / name / "report.html").read_text(encoding="utf-8")
        report = report_in(tmp_path / name)
        made.append(text.replace(report["read_at"][:16].replace("T", " "), "NOW"))
    assert made[0] == made[1]


def test_check_mode_judges_and_writes_no_file(simulator: START, tmp_path: Path) -> None:
    cg = simulator(estate(synchronized=False))
    # Also when it starts at a later task, the topology is that of the extra variables.
    other = [{"master": "PARIS", "backups": ["LYON"]}]
    run = audit(
        cg.environment, tmp_path / "report", check=True, topology=other, arguments=["--start-at-task", "Audit"]
    ).failed()
    assert (stats(run)["dr_verdict"], stats(run)["dr_drift"]) == ("NOT_READY", True)
    assert run.of("dr_report")["changed"]
    assert run.of("Fail as configured")["msg"].endswith("The report is not written in check mode.")
    assert not (tmp_path / "report").exists()
    assert cg.writes() == []


def test_an_unreachable_server_is_unknown_and_the_good_report_is_kept(simulator: START, tmp_path: Path) -> None:
    directory = tmp_path / "report"
    cg = simulator(estate())
    audit(cg.environment, directory).succeeded()
    before = {name: (directory / name).read_bytes() for name in FILES}

    text = audit(NOWHERE, directory).failed().of("Fail as configured")["msg"]
    assert text.startswith("UNKNOWN: Central Governance could not be read.")
    assert "http://127.0.0.1:9 cannot be reached" in text
    report = report_in(directory)
    assert (report["verdict"], report["assessed"], report["drift"]) == ("UNKNOWN", False, None)
    assert [row["verdict"] for row in report["masters"]] == ["UNKNOWN"]
    # The good report is kept beside it, and this one says so.
    assert (directory / "report.last_assessed.json").read_bytes() == before["report.json"]
    assert (directory / "report.last_assessed.html").read_bytes() == before["report.html"]
    assert report["last_assessed"]["verdict"] == "READY"

    run = audit(NOWHERE, directory, dr_audit_fail_on="never").succeeded()
    assert stats(run)["dr_verdict"] == "UNKNOWN"
    assert "Whether a failover would work is not known" in run.of("Verdict")["msg"][0]
    again = report_in(directory)
    assert again["last_assessed"] == report["last_assessed"]
    assert (directory / "report.last_assessed.json").read_bytes() == before["report.json"]
    for name in FILES:
        assert b"a secret of mine" not in (directory / name).read_bytes()


def test_bad_variables_fail_with_a_message_and_leave_the_good_report(simulator: START, tmp_path: Path) -> None:
    cases = [
        ({"dr_audit_topology": [{"master": "PARIS"}]}, ["backups"]),
        (
            {"dr_audit_topology": "- {master: PARIS, backups: [LYON"},
            ["topology: it is neither YAML nor JSON in line 2"],
        ),
        (
            {"dr_audit_fail_one": "critical"},
            ["no variable named dr_audit_fail_one", "Did you mean dr_audit_fail_on for"],
        ),
        ({"dr_audit_fail_on": "always"}, ["dr_audit_fail_on", "always"]),
        ({"dr_audit_formats": ["pdf"]}, ["dr_audit_formats", "pdf"]),
        ({"dr_audit_accepted": [{"rule": "no_backup"}]}, ["accepted", "reason", "an earlier report was left as it is"]),
        ({"dr_audit_masters": ["NOWHERE"]}, ["NOWHERE"]),
        ({"dr_audit_groups": {"West": "PARIS"}}, ["groups: West must be a list"]),
        ({"dr_audit_report_mode": "rw"}, ['mode: "rw" is not an octal number']),
        ({"dr_audit_ledger": "/nowhere/ledger.jsonl"}, ["/nowhere/ledger.jsonl"]),
    ]
    (tmp_path / "report.json").write_text("good", encoding="utf-8")
    common = {"dr_audit_topology": TOPOLOGY, "dr_audit_report_dir": str(tmp_path), "dr_audit_fail_on": "never"}
    tasks = [
        {
            "block": [
                {
                    "ansible.builtin.include_role": {"name": "mftops.central_governance.dr_audit"},
                    "vars": {**common, **variables},
                }
            ],
            "rescue": [{"name": str(number), "ansible.builtin.debug": {"var": "ansible_failed_result"}}],
        }
        for number, (variables, _) in enumerate(cases)
    ]
    cg = simulator(estate())
    run = run_tasks(*tasks, environment=cg.environment).succeeded()
    assert "Traceback" not in run.output
    for number, (_, words) in enumerate(cases):
        failed = json.dumps(run.of(str(number)), ensure_ascii=False).replace('\\"', '"')
        for word in words:
            assert word in failed
    run = audit(cg.environment, tmp_path, topology=[]).failed()
    assert "The variable topology is empty" in run.output
    run = audit(cg.environment, tmp_path, dr_audit_topology=TOPOLOGY[:1] * 2).failed()
    assert "topology and dr_audit_topology are both given, and say different things." in run.output
    assert (tmp_path / "report.json").read_text(encoding="utf-8") == "good"


def test_a_report_that_cannot_be_written_fails_the_play(simulator: START, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    run = audit(simulator(estate()).environment, tmp_path / "file", dr_audit_fail_on="never").failed()
    assert f"The report could not be written to {tmp_path / 'file'}: Not a directory." in run.output
    assert "Errno" not in run.output
    assert stats(run)["dr_verdict"] == "UNKNOWN"


def test_a_shortened_audit_gets_no_report(tmp_path: Path) -> None:
    audit = {"verdict": "NOT_READY", "masters": [{"master": "PARIS"}], "findings": [], "omitted": {"findings": 900}}
    options = {"audit": audit, "directory": str(tmp_path / "r")}
    report = {"name": "report", "mftops.central_governance.dr_report": options}
    assert "is incomplete" in run_tasks(report).failed().of("report")["msg"]
    assert not (tmp_path / "r").exists()


def test_survey_answers_of_awx_are_strings(simulator: START, tmp_path: Path) -> None:
    cg = simulator(estate(synchronized=False))
    run = audit(
        cg.environment, tmp_path / "report", dr_audit_certificate_warning_days="10", dr_audit_publish_stats="no",
        dr_audit_summary_lines="0", dr_audit_masters="", dr_audit_ledger="", dr_audit_formats="json,csv",
        topology="- {master: PARIS, backups: [LYON, LILLE, NICE]}", dr_audit_topology="",
        dr_audit_connection=f"{{url: '{cg.url}'}}", dr_audit_groups="", dr_audit_fail_on="", dr_audit_state="",
        dr_audit_drill_interval_days="", dr_audit_rpo_target="", dr_audit_title="", dr_audit_report_mode="",
        dr_audit_accepted="", dr_audit_severity="", dr_audit_declaration="", tags=["something else"],
    ).failed()  # fmt: skip
    assert "CUSTOM STATS" not in run.stdout
    assert sorted(path.name for path in (tmp_path / "report").iterdir()) == ["report.csv", "report.json"]
    assert "see the report" in run.of("Fail as configured")["msg"]
    report = report_in(tmp_path / "report")
    assert (report["declaration"]["masters"], report["drift"]) == (1, True)


def test_acceptances_groups_and_a_connection_of_the_role(simulator: START, tmp_path: Path) -> None:
    cg = simulator(estate(synchronized=False), tls=True)
    accepted = [
        {
            "rule": "not_synchronized", "backup": "LIL*", "reason": "Being rebuilt", "owner": "MFT operations",
            "expires": "2099-12-31",
        }
    ]  # fmt: skip
    run = audit(
        {}, tmp_path, dr_audit_connection=cg.connection, dr_audit_accepted=accepted,
        dr_audit_groups={"West": ["PARIS", "L*"]}, dr_audit_title="<Night> audit",
    ).succeeded()  # fmt: skip
    report = report_in(tmp_path)
    assert report["counts"]["accepted"] == 1
    assert report["groups"] == [{"name": "West", "products": ["LILLE", "LYON", "PARIS"]}]
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "&lt;Night&gt; audit" in html and "Being rebuilt" in html
    assert cg.connection["password"] not in run.output + html
    result = run.of("Set the result as a fact")["ansible_facts"]["dr_audit_result"]
    assert (result["failed"], result["files"]["html"]) == (False, str(tmp_path / "report.html"))


def test_hostile_names_are_reported_unchanged(simulator: START, tmp_path: Path) -> None:
    master, backup = "{{ 7 * 7 }} {% raw %}", '<b>"\'{{ lookup("env", "HOME") }} =1+1'
    seed = estate()
    seed["products"] = [product(master, backups=[{"name": backup, "synchronized": False}]), product(backup)]
    seed["flows"] = []
    cg = simulator(seed)
    # Not from an extra variable, whose braces Ansible would take for a template.
    play = {"hosts": "localhost", "gather_facts": False, "roles": ["mftops.central_governance.dr_audit"]}
    run = run_playbook(
        [play], environment=cg.environment, extra_vars={"dr_audit_report_dir": str(tmp_path)}
    ).failed()  # fmt: skip
    assert f"{backup} is not synchronized with its master {master}." in run.of("Fail as configured")["msg"]
    (row,) = report_in(tmp_path)["masters"]
    assert (row["master"], row["backups"][0]["backup"]) == (master, backup)
    assert backup not in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_an_audit_without_a_declaration_judges_no_drift(simulator: START, tmp_path: Path) -> None:
    play = {"hosts": "localhost", "gather_facts": False, "roles": ["mftops.central_governance.dr_audit"]}
    run = run_playbook(
        [play], environment=simulator(estate()).environment, extra_vars={"dr_audit_report_dir": str(tmp_path)}
    ).succeeded()
    assert run.of("Publish the verdict")["ansible_stats"]["data"]["dr_drift"] is None
    assert "No declaration: drift was not judged" in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_with_a_ledger_the_report_shows_what_changed(simulator: START, tmp_path: Path) -> None:
    cg = simulator(estate())
    ledger = tmp_path / "ledger.jsonl"
    run_tasks({"mftops.central_governance.dr_ledger_append": {"path": str(ledger), "kind": "begin"}}).succeeded()
    settings = {"dr_audit_ledger": str(ledger), "dr_audit_fail_on": "never", "dr_audit_rpo_target": "24h"}

    assert stats(audit(cg.environment, tmp_path / "r", check=True, **settings).succeeded())["dr_became"] is None
    assert len(ledger.read_text().splitlines()) == 1
    audit(cg.environment, tmp_path / "r", **settings).succeeded()
    cg.seed(estate(synchronized=False))
    run = audit(cg.environment, tmp_path / "r", **settings, awx_user_name="night").succeeded()
    lines = [json.loads(line) for line in ledger.read_text(encoding="utf-8").splitlines()]
    published = stats(run)
    assert (published["dr_became"], published["dr_ledger_head"]) == ("worse", lines[-1]["sha256"])
    assert [line["kind"] for line in lines] == ["begin", "audit", "audit"]
    assert lines[-1]["data"]["who"] == "night"
    assert sorted(lines[-1]["data"]["estate"]) == ["PARIS"]
    # What grows with the estate is passed on in a file, which is gone when Ansible ends.
    shown = run.of("st_dr_audit"), run.of("dr_ledger_append")["invocation"]["module_args"]["audit"]
    for result in shown:
        assert "masters" not in result and "findings" not in result
        assert not Path(result["kept_in"]).exists()
    report, html = report_in(tmp_path / "r"), (tmp_path / "r" / "report.html").read_text(encoding="utf-8")
    assert len(report["changes"]["new"]) == 1
    assert [row["verdict"] for row in report["ledger"]["audits"]] == ["READY"]
    assert "Worse than the previous audit" in html and "2 audits; the height of a bar" in html

    ledger.write_text(ledger.read_text().replace("READY", "DEGRADED", 1))
    failed = audit(cg.environment, tmp_path / "r", **settings).failed()
    assert "line 2" in failed.of("Fail without a report")["msg"]
    assert stats(failed)["dr_verdict"] == "UNKNOWN"
    assert report_in(tmp_path / "r") == report


def test_after_the_pipeline_the_example_is_ready_except_for_the_stopped_backup(
    simulator: START, two_regions: Path, tmp_path: Path
) -> None:
    """And what the audit publishes, which comes back as variables in a workflow, does not disturb the role dr."""
    cg = simulator(two_regions / "estate.yml")
    declared = yaml.safe_load((two_regions / "topology.yml").read_text(encoding="utf-8"))
    before = audit(cg.environment, tmp_path, **declared).failed()
    run_playbook(
        "mftops.central_governance.dr_apply",
        environment=cg.environment,
        extra_vars={**declared, **stats(before), "dr_wait_interval": 0.1},
    ).succeeded()
    audit(cg.environment, tmp_path, **declared, dr_audit_fail_on="never").succeeded()
    report = report_in(tmp_path)
    verdicts = {row["master"]: row["verdict"] for row in report["masters"]}
    assert verdicts["ST_PARIS"] == "READY"
    assert verdicts["ST_MILAN"] == "NOT_READY"  # its backup is switched off
