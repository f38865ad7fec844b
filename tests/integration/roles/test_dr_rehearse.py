# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role and playbook dr_rehearse: production is read, and a copy of it goes through the change."""

from __future__ import annotations

import contextlib
import json
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from harness import CHECKOUT, INSTALLED_SIMULATOR, Run, Simulator, run_playbook
from harness.ansible import playbook_environment
from harness.simulator import PASSWORD

START = Callable[..., Simulator]
SFTP = {"name": "sftp", "type": "SERVER", "protocol": "SFTP", "port": 22}
TOPOLOGY = [{"master": "PARIS", "backups": ["LYON", "LILLE"]}]
SECRETS = {"CG_HEADERS": '{"X-Gateway": "gateway secret"}', "CG_RETRIES": "0"}
SCHEMA = json.loads((CHECKOUT / "docs/schemas/dr_rehearsal-1.schema.json").read_text(encoding="utf-8"))


def product(name: str, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": "SecureTransport", "version": "5.4", "status": "Started", "profiles": [SFTP], **more}


def estate() -> dict[str, Any]:
    """LILLE is not a backup yet; a flow is deployed on PARIS and LYON, and another one was never deployed."""
    flow = {"sources": [{"product": "PARIS"}], "targets": [{"partner": "BANK"}]}
    deployed = [{"product": name, "status": "Deployed"} for name in ("PARIS", "LYON")]
    return {
        "products": [
            product("PARIS", backups=[{"name": "LYON", "synchronized": True}]),
            product("LYON"),
            product("LILLE", profiles=[{**SFTP, "port": 2222}]),
        ],
        "flows": [
            {"name": "PAYMENTS", "idf": "PAY", "status": "Deployed", "deployments": deployed, **flow},
            {"name": "INVOICES", "idf": "INV", "status": "Saved, not deployed", **flow},
        ],
    }


def rehearse(cg: Simulator, **how: Any) -> Run:
    """`how`: variables, and what run_playbook takes. Nothing of the copy may be left, whatever happens."""
    options = {key: how.pop(key) for key in ("check", "diff", "tags", "playbook") if key in how}
    # Not pytest's directory: Ansible makes sockets in it, whose paths must be short.
    with tempfile.TemporaryDirectory(prefix="r.") as place:
        environment = {**cg.environment, **SECRETS, "TMPDIR": place, "ANSIBLE_SHOW_CUSTOM_STATS": "true"}
        run = run_playbook(
            options.pop("playbook", "mftops.central_governance.dr_rehearse"),
            environment={**environment, **how.pop("environment", {})},
            extra_vars={"topology": TOPOLOGY, "cg_simulator_installation": str(INSTALLED_SIMULATOR), **how},
            **options,
        )
        assert list(Path(place).glob("dr_rehearse.*")) == []
        processes = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
        assert place not in processes
    assert cg.writes() == []
    assert not any("_sim" in entry["path"] for entry in cg.journal())
    return run


@contextlib.contextmanager
def started(cg: Simulator, place: Path, **variables: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A rehearsal that is under way; `place` gets its temporary files."""
    given = {"topology": TOPOLOGY, "cg_simulator_installation": str(INSTALLED_SIMULATOR), **variables}
    environment = playbook_environment(place, None, {**cg.environment, **SECRETS, "TMPDIR": str(place)})
    process = subprocess.Popen(
        [Path(sys.executable).with_name("ansible-playbook"), "mftops.central_governance.dr_rehearse",
         "-e", json.dumps(given)],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment,
    )  # fmt: skip
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def until(found: Callable[[], Any], what: str) -> Any:
    deadline = time.monotonic() + 240  # far beyond what it takes on a busy machine
    while time.monotonic() < deadline:
        if value := found():
            return value
        time.sleep(0.1)
    raise AssertionError(f"{what}: did not happen")


def is_running(pid: int) -> bool:
    try:
        return "cg-sim" in Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8")
    except OSError:
        return False


def result_of(run: Run) -> dict[str, Any]:
    return next(
        task.result["ansible_facts"]["dr_rehearse_result"]
        for task in reversed(run.tasks)
        if "dr_rehearse_result" in task.result.get("ansible_facts", {})
    )


def published(run: Run) -> Mapping[str, Any]:
    assert "CUSTOM STATS" in run.stdout
    return run.of("Publish the result")["ansible_stats"]["data"]


def test_production_is_read_and_the_copy_goes_through_the_change(simulator: START, tmp_path: Path) -> None:
    cg = simulator(estate(), variants={}, tls=True)
    run = rehearse(cg, dr_rehearse_report_dir=str(tmp_path / "report")).succeeded()

    result = result_of(run)
    assert (result["outcome"], result["changed"], result["failure"]) == ("succeeded", True, "")
    assert (result["verdict_before"], result["verdict"]) == ("NOT_READY", "READY")
    assert result["actions"]["declare"] == ["Add LILLE to the backups of PARIS"]
    assert (result["flows_saved"], result["flows_left"]) == (["PAYMENTS"], [])
    assert {row["rule"] for row in result["findings"]["resolved"]} == {"missing_backup", "flow_not_deployed"}
    assert result["findings"]["new"] == result["findings"]["remaining"] == []
    assert result["copy"] == {"products": 3, "flows": 2, "left_out": [], "differs": []}
    assert json.loads((tmp_path / "report" / "rehearsal.json").read_text(encoding="utf-8")) == result
    assert json.loads((tmp_path / "report" / "report.json").read_text(encoding="utf-8"))["verdict"] == "READY"

    assert published(run) == result["stats"]
    assert (published(run)["dr_verdict"], published(run)["dr_changed"], published(run)["dr_drift"]) == (
        "READY",
        True,
        False,
    )
    shown = run.stdout.partition("CUSTOM STATS")[0]
    assert shown.count("Add LILLE to the backups of PARIS") == 1
    assert "and would do in production: see the summary of the role dr above." in shown
    jsonschema.validate(result, SCHEMA, cls=jsonschema.Draft202012Validator)
    text = "\n".join(result["summary"])
    assert "    - Add LILLE to the backups of PARIS" in text
    assert '1 deployed flow would become "Saved, not deployed": PAYMENTS.' in text
    assert "Network: " in text and "Assumed behaviour: " in text
    written = [path.read_text(encoding="utf-8") for path in (tmp_path / "report").iterdir()]
    for secret in (PASSWORD, "gateway secret"):
        assert not any(secret in each for each in [run.output, *written])


def test_nothing_that_leads_to_production_reaches_the_copy(simulator: START, tmp_path: Path) -> None:
    """The play's module_defaults, dr_connection and a ledger among the extra variables: none may apply to the copy."""
    cg = simulator(estate(), variants={}, token="token of production")
    dump, python = tmp_path / "environment", tmp_path / "python"
    python.write_text(f'#!/bin/sh\nenv >> "{dump}"\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    names = ("st_backup", "st_sync", "st_flow_deploy", "st_dr_audit", "st_product_info", "st_flow_info")
    play = {
        "hosts": "localhost",
        "connection": "local",
        "gather_facts": False,
        "environment": {"CG_URL": cg.url, "CG_TOKEN": "token of production"},
        "module_defaults": {
            "group/mftops.central_governance.central_governance": {"headers": {"X-Gateway": "gateway secret"}},
            **{f"mftops.central_governance.{name}": {"url": cg.url, "token": "token of production"} for name in names},
        },
        "roles": [{"role": "mftops.central_governance.dr_rehearse", "dr_topology": TOPOLOGY}],
    }
    run = rehearse(
        cg,
        playbook=[play],
        topology=[],
        dr_connection=cg.connection,
        dr_ledger=str(tmp_path / "no ledger"),
        dr_plan_file=str(tmp_path / "plan.json"),
        cg_simulator_python=str(python),
        environment={"CG_PASSWORD": "password of production"},
    ).succeeded()
    assert result_of(run)["outcome"] == "succeeded"
    assert "PWD=" in dump.read_text(encoding="utf-8")
    for secret in ("token of production", "gateway secret", "password of production"):
        assert secret not in dump.read_text(encoding="utf-8")
    assert not (tmp_path / "plan.json").exists()


def test_check_mode_rehearses_too_and_writes_no_report(simulator: START, tmp_path: Path) -> None:
    cg = simulator(estate(), variants={"lists": "summary", "status_style": "code"})
    survey = {
        "topology": json.dumps(TOPOLOGY),
        "dr_wait_timeout": "600",
        "dr_max_removals": "",
        "dr_rehearse_fail_on": "",
    }
    run = rehearse(
        cg,
        check=True,
        tags=["declare"],
        dr_rehearse_report_dir=str(tmp_path / "report"),
        dr_rehearse_situations="lost_replies, overloaded",
        **survey,
    ).succeeded()
    result = result_of(run)
    assert (result["outcome"], result["verdict"], result["changed"]) == ("succeeded", "READY", True)
    assert result["situations"][0]["met"] >= 3
    assert not (tmp_path / "report").exists()


@pytest.mark.parametrize(
    ("situations", "fail_on", "backups", "rules"),
    [
        ("slow, backup_dies, flag_lies", "failed", ["LYON", "LILLE", "METZ"], {"not_synchronized", "flag_disagrees"}),
        ("deploy_errors", "never", ["LYON", "LILLE"], {"flow_not_deployed"}),
        ("deploy_partial", "failed", ["LYON", "LILLE"], {"deployment_in_error", "flow_in_error"}),
    ],
    ids=["synchronizing", "deploying", "deploying in part"],
)
def test_failures_are_reported_as_in_production(
    simulator: START, situations: str, fail_on: str, backups: list[str], rules: set[str]
) -> None:
    larger_estate = estate()
    larger_estate["products"].append(product("METZ", profiles=[{**SFTP, "port": 2222}]))
    cg = simulator(larger_estate, variants={})
    run = rehearse(
        cg, dr_rehearse_situations=situations, dr_rehearse_fail_on=fail_on, dr_rehearse_wait_timeout=5,
        topology=[{"master": "PARIS", "backups": backups}], dr_continue_on_error=True, dr_preflight=False,
        dr_flows=["PAYMENTS"],
    )  # fmt: skip
    result = result_of(run)
    assert result["outcome"] == "failed"
    assert result["verdict"] == ("DEGRADED" if situations == "deploy_errors" else "NOT_READY")
    assert "PAYMENTS" in result["flows_left"]
    assert rules <= {row["rule"] for row in result["findings"]["new"]}
    assert [row["name"] for row in result["situations"] if row["met"]] == situations.split(", ")
    jsonschema.validate(result, SCHEMA, cls=jsonschema.Draft202012Validator)
    assert published(run)["dr_rehearsal"]["outcome"] == "failed"
    if fail_on == "never":
        run.succeeded()
    else:
        assert (
            "In production, in the situations practised, this run would fail too."
            in run.failed().of("Fail as configured")["msg"]
        )


def test_the_simulator_of_a_rehearsal_that_was_killed_ends_by_itself(simulator: START) -> None:
    cg = simulator(estate(), variants={})
    with tempfile.TemporaryDirectory(prefix="r.", ignore_cleanup_errors=True) as directory:
        place = Path(directory)
        with started(cg, place, cg_simulator_stop_after_idle=10) as play:
            (note,) = until(lambda: list(place.glob("dr_rehearse.*/simulator/ready.json")), "the simulator started")
            pid = json.loads(note.read_text(encoding="utf-8"))["pid"]
            assert play.poll() is None
            assert is_running(pid)
            play.kill()
            play.wait()
        assert is_running(pid)
        until(lambda: not is_running(pid), "the simulator ended")
        assert "no request for 10 seconds" in (note.parent / "log").read_text(encoding="utf-8")
    assert cg.writes() == []


def test_a_change_that_would_be_refused(simulator: START) -> None:
    cg = simulator(estate(), variants={})
    run = rehearse(cg, topology=[{"master": "PARIS", "backups": ["NOWHERE"]}]).failed()
    result = result_of(run)
    assert (result["outcome"], result["changed"], result["flows_saved"]) == ("refused", False, [])
    assert "NOWHERE" in run.of("Fail as configured")["msg"]


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"dr_rehearse_situations": [{"fault": "nonsense"}]}, 'Set the faults failed: fault: "nonsense" is not one of'),
        ({"cg_simulator_estate": "estate.yml"}, "cg_simulator_estate: given with -e"),
        ({"environment": {"CG_URL": "http://127.0.0.1:9"}}, "http://127.0.0.1:9 cannot be reached"),
    ],
    ids=["fault", "simulator of the user", "production"],
)
def test_bad_input_is_refused_with_a_message(simulator: START, variables: dict[str, Any], words: str) -> None:
    run = rehearse(simulator(estate(), variants={}), **variables).failed()
    message = [task.result for task in run.tasks if task.status == "failed"][-1]["msg"]
    assert words in message
    if "Nothing was rehearsed" in message:
        assert (published(run)["dr_verdict"], published(run)["dr_changed"]) == ("UNKNOWN", None)
