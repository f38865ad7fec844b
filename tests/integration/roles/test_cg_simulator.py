# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The role cg_simulator: a real simulator is installed, started, seeded and stopped."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import yaml
from harness import CHECKOUT, INSTALLED_SIMULATOR, Run, run_playbook, run_tasks

ESTATE = {
    "products": [
        {"name": name, "type": "SecureTransport", "host": f"{name.lower()}.example.com", "os": "linux-x86-64",
         "version": "5.4", "status": "Started"}
        for name in ("PARIS", "LYON")
    ],
    "flows": [
        {"name": "PAYMENTS", "idf": "PAY", "status": "Deployed", "sources": [{"product": "PARIS"}],
         "targets": [{"partner": "BANK"}]}
    ],
}  # fmt: skip


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Path]:
    directory = tmp_path / "simulator"
    yield directory
    stop(directory)


@pytest.fixture
def settings(directory: Path, tmp_path: Path) -> dict[str, Any]:
    estate = tmp_path / "estate.yml"
    estate.write_text(yaml.safe_dump(ESTATE), encoding="utf-8")
    return {
        "cg_simulator_directory": str(directory),
        "cg_simulator_estate": str(estate),
        "cg_simulator_installation": str(INSTALLED_SIMULATOR),
    }


def stop(directory: Path) -> None:
    """Stops the simulator, if it runs: with the script of the role, but without a playbook."""
    script = CHECKOUT / "roles" / "cg_simulator" / "files" / "process.py"
    subprocess.run([sys.executable, script, "stop", directory / "ready.json", "60"], check=True)


def role(variables: dict[str, Any], **how: Any) -> Run:
    return run_playbook("mftops.central_governance.cg_simulator", extra_vars=variables, **how)


def facts(run: Run) -> dict[str, Any]:
    return run.of("Set the facts with its URL and connection options")["ansible_facts"]


def products(place: dict[str, Any]) -> list[str]:
    state = requests.get(f"{place['cg_simulator_control_url']}/state", timeout=30).json()
    return sorted(product["name"] for product in state["products"])


def answers(place: dict[str, Any]) -> bool:
    try:
        return requests.get(f"{place['cg_simulator_control_url']}/health", timeout=30).ok
    except requests.ConnectionError:
        return False


def test_a_changed_source_is_installed_again_wherever_it_is(tmp_path: Path) -> None:
    """Also below a hidden directory, as with ~/.ansible/collections, and below one named build."""
    source, installed = tmp_path / ".ansible" / "build" / "simulator", tmp_path / "installed"
    (source / "src").mkdir(parents=True)
    (source / "tests").mkdir()
    (source / "src" / "module.py").write_text("1", encoding="utf-8")
    installed.write_text("an earlier one\n", encoding="utf-8")

    def compared(directory: Path = source) -> dict[str, Any]:
        script = CHECKOUT / "roles" / "cg_simulator" / "files" / "source.py"
        printed = subprocess.run([sys.executable, script, directory, installed], check=True, stdout=subprocess.PIPE)
        return json.loads(printed.stdout)

    before = compared()
    assert (before["files"], before["installed"]) == (1, "an earlier one")
    (source / "tests" / "test_module.py").write_text("2", encoding="utf-8")
    assert compared() == before
    (source / "src" / "module.py").write_text("2", encoding="utf-8")
    assert compared()["checksum"] != before["checksum"]
    assert compared(tmp_path / "nothing")["files"] == 0


def test_started_and_stopped_are_idempotent(settings: dict[str, Any]) -> None:
    first = role(settings).succeeded()
    assert first.changed
    place = facts(first)
    assert products(place) == ["LYON", "PARIS"]

    second = role(settings).succeeded()
    assert not second.changed
    assert facts(second) == place

    stopped = {**settings, "cg_simulator_state": "stopped"}
    assert role(stopped).succeeded().changed
    assert not answers(place)
    assert not role(stopped).succeeded().changed


def test_the_modules_can_use_its_connection(settings: dict[str, Any]) -> None:
    place = facts(role({**settings, "cg_simulator_tls": True, "cg_simulator_password": "s3cret phrase"}).succeeded())
    connection = place["cg_simulator_connection"]
    assert connection["url"].startswith("https://")
    run = run_tasks({"mftops.central_governance.st_product_info": {}}, connection=connection).succeeded()
    assert len(run.of("st_product_info")["products"]) == 2


def test_check_mode_touches_nothing(settings: dict[str, Any]) -> None:
    run = role(settings, check=True).succeeded()
    assert run.changed
    assert not (Path(settings["cg_simulator_directory"]) / "ready.json").exists()

    place = facts(role(settings).succeeded())
    for state in ("seeded", "stopped"):
        role({**settings, "cg_simulator_state": state}, check=True).succeeded()
        assert answers(place)


def test_check_mode_where_it_was_never_installed(tmp_path: Path) -> None:
    directory = tmp_path / "new"
    run = role({"cg_simulator_directory": str(directory)}, check=True).succeeded()
    assert run.changed
    assert not directory.exists()


def test_it_is_started_again_after_other_settings_and_after_a_kill(settings: dict[str, Any]) -> None:
    before = facts(role(settings).succeeded())
    run = role({**settings, "cg_simulator_variants": {"sync": "immediate"}}).succeeded()
    assert run.changed
    after = facts(run)
    assert after["cg_simulator_pid"] != before["cg_simulator_pid"]
    assert not answers(before)
    variants = requests.get(f"{after['cg_simulator_control_url']}/variants", timeout=30).json()
    assert variants["sync"] == "immediate"

    os.kill(after["cg_simulator_pid"], signal.SIGKILL)
    again = facts(role({**settings, "cg_simulator_variants": {"sync": "immediate"}}).succeeded())
    assert again["cg_simulator_pid"] != after["cg_simulator_pid"]
    assert products(again) == ["LYON", "PARIS"]


def test_the_state_seeded_restores_the_estate(settings: dict[str, Any]) -> None:
    seeded = {**settings, "cg_simulator_state": "seeded"}
    place = facts(role(seeded).succeeded())
    assert not role(seeded).succeeded().changed

    declare = {"mftops.central_governance.st_backup": {"master": "PARIS", "backups": ["LYON"]}}
    assert run_tasks(declare, connection=place["cg_simulator_connection"]).succeeded().changed

    again = role(seeded).succeeded()
    assert again.changed
    assert facts(again)["cg_simulator_pid"] == place["cg_simulator_pid"]
    assert run_tasks(declare, connection=place["cg_simulator_connection"], check=True).succeeded().changed


def test_an_estate_with_errors_is_shown_and_leaves_nothing_running(settings: dict[str, Any], tmp_path: Path) -> None:
    broken = tmp_path / "broken.yml"
    broken.write_text("products:\n  - name: PARIS\n    backups: [NOWHERE]\n", encoding="utf-8")
    run = role({**settings, "cg_simulator_estate": str(broken)}).failed()
    assert "NOWHERE" in run.output
    assert not (Path(settings["cg_simulator_directory"]) / "ready.json").exists()


def test_bad_variables_are_refused_with_a_reason(directory: Path) -> None:
    cases = [
        ({"cg_simulator_state": "running"}, ["cg_simulator_state", "started", "stopped"]),
        ({"cg_simulator_port": "high"}, ["cg_simulator_port"]),
        ({"cg_simulator_state": "seeded"}, ["needs an estate"]),
        ({"cg_simulator_source": str(CHECKOUT / "nothing-here")}, ["No source of the simulator"]),
    ]
    tasks = [
        {
            "block": [
                {
                    "ansible.builtin.include_role": {"name": "mftops.central_governance.cg_simulator"},
                    "vars": {
                        "cg_simulator_directory": str(directory),
                        "cg_simulator_installation": str(INSTALLED_SIMULATOR),
                        **variables,
                    },
                }
            ],
            "rescue": [{"name": str(number), "ansible.builtin.debug": {"var": "ansible_failed_result"}}],
        }
        for number, (variables, _) in enumerate(cases)
    ]
    run = run_tasks(*tasks).succeeded()
    assert "Traceback" not in run.output
    for number, (_, words) in enumerate(cases):
        failed = json.dumps(run.of(str(number)))
        for word in words:
            assert word in failed


def test_an_estate_of_any_size_is_generated(settings: dict[str, Any]) -> None:
    generated = {"cg_simulator_generate": {"masters": 3, "backups": 2, "flows": 4, "transfer_cft": 0}}
    assert len(products(facts(role({**settings, **generated}).succeeded()))) == 9
    assert not role({**settings, **generated}).succeeded().changed


def test_snapshot_and_restore_faults_and_clock(settings: dict[str, Any], tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    place = facts(role({**settings, "cg_simulator_snapshot": str(kept)}).succeeded())
    empty = tmp_path / "empty.yml"
    empty.write_text("products: []\nflows: []\n", encoding="utf-8")
    requests.post(f"{place['cg_simulator_control_url']}/seed", data=empty.read_bytes(), timeout=30).raise_for_status()
    assert products(place) == []

    fault = {"fault": "status", "status": 503, "operation": "listFlows"}
    more = {"cg_simulator_restore": str(kept), "cg_simulator_faults": [fault], "cg_simulator_clock": {"frozen": True}}
    role({**settings, **more}).succeeded()
    assert products(place) == ["LYON", "PARIS"]
    assert requests.get(f"{place['cg_simulator_control_url']}/clock", timeout=30).json()["frozen"] is True
    assert len(requests.get(f"{place['cg_simulator_control_url']}/faults", timeout=30).json()) == 1
    role({**settings, "cg_simulator_faults": []}).succeeded()
    assert requests.get(f"{place['cg_simulator_control_url']}/faults", timeout=30).json() == []


def test_the_default_password_is_refused_when_other_machines_can_connect(settings: dict[str, Any]) -> None:
    run = role({**settings, "cg_simulator_host": "0.0.0.0"})
    assert "set cg_simulator_password" in run.failed().output
