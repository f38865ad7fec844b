# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole main job under every variant of what is assumed of Central Governance: the same results each time."""

from __future__ import annotations

from typing import Any

import pytest
from estates import HTTPS, SFTP, flow, product, synchronized
from harness import Run, Simulator, run_tasks

COLLECTION = "mftops.central_governance"
WAITING = {"wait_interval": 0.1, "wait_timeout": 60}

# Each value other than the default that can matter when nothing fails, as many at once as can be combined.
# tests/property/test_variants.py tries them one at a time. What only shows in errors has a test of its own below.
VARIANTS: dict[str, dict[str, str]] = {
    "default": {},
    "one half": {
        "known_backup": "reject",
        "no_match": "404",
        "status_style": "object",
        "properties_place": "old",
        "deploy_answer": "204",
        "auth": "session",
        "remove_path": "alternate",
        "synchronize_path": "alternate",
    },
    "other half": {"backup_post": "replace", "status_style": "code", "deploy_answer": "200", "gate": "report"},
    "at once": {"sync": "immediate", "deploy_answer": "200", "deploy_body": "false"},
}


def seed() -> dict[str, Any]:
    return {
        "products": [
            product("PARIS", profiles=[SFTP, HTTPS], backups=synchronized("LYON")),
            product("LYON"),
            product("NICE", profiles=[{**SFTP, "port": 2222}]),
        ],
        "flows": [
            flow("PAYMENTS", "PARIS"),
            flow("NEW", "PARIS", status="Saved, not deployed"),
            flow("DRAFT", "PARIS", status="Saved"),
        ],
    }


TOPOLOGY = {"master": "PARIS", "backups": ["LYON", "NICE"]}
FLOWS = ["PAYMENTS", "NEW"]


def steps(label: str = "", check: bool = False) -> list[dict[str, Any]]:
    """The three verbs, named ``declare`` and so on after the label; in check mode or for real."""
    module = f"{COLLECTION}.st_"
    tasks = [
        {"name": f"{label}declare", f"{module}backup": TOPOLOGY, "register": "declared"},
        {
            "name": f"{label}synchronize",
            f"{module}sync": {"predicted": "{{ declared.predicted }}", **WAITING},
            "register": "synchronized",
        },
        {
            "name": f"{label}deploy",
            f"{module}flow_deploy": {"flows": FLOWS, "predicted": "{{ synchronized.predicted }}", **WAITING},
        },
    ]
    return [{**task, "check_mode": check} for task in tasks]


def outcomes(run: Run, label: str) -> list[Any]:
    results = [run.of(f"{label}{name}") for name in ("declare", "synchronize", "deploy")]
    return [(result["changed"], result["actions"]) for result in results]


@pytest.mark.parametrize("variants", VARIANTS.values(), ids=VARIANTS)
def test_the_main_job_under_every_variant(simulator, variants):
    cg: Simulator = simulator(seed(), variants=variants)
    run = run_tasks(
        *steps("would ", check=True),
        *steps("do "),
        *steps("again "),
        {"name": "remove", f"{COLLECTION}.st_backup": {"master": "PARIS", "backups": ["NICE"], "state": "absent"}},
        {"name": "clean", f"{COLLECTION}.st_flow_deploy": {"flows": FLOWS, **WAITING}},
        connection=cg.connection,
    ).succeeded()

    assert outcomes(run, "do ") == outcomes(run, "would ")
    assert [len(actions) for _, actions in outcomes(run, "do ")] == [1, 1, 2]
    assert outcomes(run, "again ") == [(False, [])] * 3
    assert [row["flow"] for row in run.of("remove")["stale_flows"]] == ["NEW", "PAYMENTS"]
    assert len(run.of("clean")["actions"]) == 2
    # One addition, one synchronization, two deployments, one removal, two deployments; nothing else was written. A
    # server that refuses known backups has refused the whole list first.
    assert len(cg.writes()) == 7 + (variants.get("known_backup") == "reject")

    states = {item["name"]: item for item in cg.state()["products"]}
    assert [b["name"] for b in states["PARIS"]["backupProducts"]] == ["LYON"]


def test_a_server_that_replaces_the_list_keeps_all_backups(simulator):
    cg: Simulator = simulator(seed(), variants={"backup_post": "replace"})
    connection = {key: value for key, value in cg.connection.items() if key != "operations"}
    done = run_tasks(*steps(), connection=connection).succeeded()
    assert not any("LYON" in warning for warning in done.of("declare").get("warnings", []))
    (paris,) = [item for item in cg.state()["products"] if item["name"] == "PARIS"]
    assert {(b["name"], b["synchronized"]) for b in paris["backupProducts"]} == {("LYON", True), ("NICE", True)}


@pytest.mark.parametrize(
    ("variants", "token"),
    [
        ({"auth": "bearer"}, "s3cret-t0ken"),
        ({"auth": "session", "login": "form"}, None),
        ({"auth": "session", "login": "page"}, None),
    ],
    ids=["bearer", "form", "login page"],
)
def test_other_ways_to_authenticate(simulator, variants, token):
    cg: Simulator = simulator(seed(), variants=variants, token=token)
    run_tasks(*steps(), connection=cg.connection).succeeded()


def test_the_servers_message_is_found_in_every_error_shape(simulator):
    cg: Simulator = simulator(seed(), variants={})
    tasks = []
    for shape in ("message", "error", "errors", "detail", "text", "html"):
        change = {"url": f"{cg.control_url}/variants", "method": "PUT", "body_format": "json"}
        tasks.append({"ansible.builtin.uri": {**change, "body": {"error_shape": shape}}})
        tasks.append({"name": shape, f"{COLLECTION}.st_product_info": {}, "ignore_errors": True})
    run = run_tasks(*tasks, connection={**cg.connection, "password": "wrong"}).succeeded()
    asked = [task.result for task in run.tasks if task.action.endswith("st_product_info")]
    assert len(asked) == 6
    for failed in asked:
        assert failed["error"]["status"] == 401
        assert failed["error"]["server_message"]
        assert "It said: " in failed["msg"]
        assert "<" not in failed["error"]["server_message"]
        assert "{" not in failed["error"]["server_message"]


def test_a_session_that_expires_during_a_run_is_opened_again(simulator):
    cg: Simulator = simulator(seed(), variants={"auth": "session"})
    cg.add_fault(operation="listFlows", fault="expire_session", count=1)
    run_tasks(*steps(), connection=cg.connection).succeeded()
