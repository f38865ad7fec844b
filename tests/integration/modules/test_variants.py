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

# Each variant value that is not the default, with the connection options that a user of such a server would set.
BY_REFERENCE = [{"businessId": "{backupId}"}]
VARIANTS: list[tuple[dict[str, str], dict[str, Any]]] = [
    ({}, {}),
    ({"backup_post": "replace"}, {}),
    ({"backup_post": "replace"}, {"operations": {"add_backups": {"sends": "whole_list"}}}),
    ({"known_backup": "reject"}, {}),
    ({"sync": "immediate"}, {}),
    ({"no_match": "404"}, {}),
    ({"status_style": "code"}, {}),
    ({"status_style": "object"}, {}),
    ({"properties_place": "old"}, {}),
    ({"deploy_answer": "200"}, {}),
    ({"deploy_answer": "204"}, {}),
    ({"deploy_answer": "200", "deploy_body": "false"}, {}),
    ({"error_shape": "error"}, {}),
    ({"error_shape": "errors"}, {}),
    ({"error_shape": "detail"}, {}),
    ({"error_shape": "text"}, {}),
    ({"error_shape": "html"}, {}),
    ({"auth": "basic"}, {}),
    ({"auth": "session"}, {"operations": {"login": {"path": "/login"}}}),
    ({"gate": "report"}, {}),
    (
        {"remove_path": "alternate"},
        {
            "operations": {
                "remove_backup": {
                    "method": "POST",
                    "path": "/products/{id}/backupproducts/remove",
                    "body": BY_REFERENCE,
                }
            }
        },
    ),
    (
        {"synchronize_path": "alternate"},
        {"operations": {"synchronize_backup": {"path": "/products/{id}/synchronizebackups", "body": BY_REFERENCE}}},
    ),
]


def world() -> dict[str, Any]:
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


def steps(state: str = "present") -> list[dict[str, Any]]:
    module = f"{COLLECTION}.st_"
    return [
        {"name": "declare", f"{module}backup": {**TOPOLOGY, "state": state}, "register": "declared"},
        {
            "name": "synchronize",
            f"{module}sync": {"predicted": "{{ declared.predicted }}", **WAITING},
            "register": "synchronized",
        },
        {
            "name": "deploy",
            f"{module}flow_deploy": {
                "flows": ["PAYMENTS", "NEW"],
                "predicted": "{{ synchronized.predicted }}",
                **WAITING,
            },
        },
    ]


def told(run: Run) -> list[Any]:
    return [(run.of(name)["changed"], run.of(name)["actions"]) for name in ("declare", "synchronize", "deploy")]


def named(case: tuple[dict[str, str], dict[str, Any]]) -> str:
    variants, options = case
    return (
        ",".join(f"{key}={value}" for key, value in variants.items()) + ("+operations" if options else "") or "default"
    )


@pytest.mark.parametrize("case", VARIANTS, ids=named)
def test_the_main_job_under_every_variant(simulator, case):
    variants, options = case
    cg: Simulator = simulator(world(), variants=variants)
    connection = {**cg.connection, **options}

    foretold = run_tasks(*steps(), connection=connection, check=True).succeeded()
    assert cg.writes() == []
    done = run_tasks(*steps(), connection=connection).succeeded()
    assert told(done)[0] == told(foretold)[0] == (True, ["Add NICE to the backups of PARIS"])
    if variants.get("backup_post") != "replace":  # the old backup may have to be synchronized again there
        assert told(done) == told(foretold)

    cg.forget_journal()
    again = run_tasks(*steps(), connection=connection).succeeded()
    assert told(again) == [(False, [])] * 3
    assert cg.writes() == []

    removed = run_tasks(
        {
            "name": "remove",
            f"{COLLECTION}.st_backup": {"master": "PARIS", "backups": ["NICE"], "state": "absent"},
        },
        {"name": "clean", f"{COLLECTION}.st_flow_deploy": {"flows": ["PAYMENTS", "NEW"], **WAITING}},
        connection=connection,
    ).succeeded()
    assert [row["flow"] for row in removed.of("remove")["stale_flows"]] == ["NEW", "PAYMENTS"]
    assert len(removed.of("clean")["actions"]) == 2

    states = {item["name"]: item for item in cg.state()["products"]}
    assert [b["name"] for b in states["PARIS"]["backupProducts"]] == ["LYON"]


def test_bearer_tokens_only(simulator):
    cg: Simulator = simulator(world(), variants={"auth": "bearer"}, token="t0ken-of-gold")
    run_tasks(*steps(), connection=cg.connection).succeeded()


@pytest.mark.parametrize("shape", ["message", "error", "errors", "detail", "text", "html"])
def test_the_servers_words_are_found_in_every_shape(simulator, shape):
    cg: Simulator = simulator(world(), variants={"error_shape": shape})
    wrong = {**cg.connection, "password": "wrong"}
    failed = run_tasks({"name": "ask", f"{COLLECTION}.st_product_info": {}}, connection=wrong).failed().of("ask")
    assert failed["error"]["status"] == 401
    assert failed["error"]["server_message"]
    assert "It said: " in failed["msg"]
    assert "<" not in failed["error"]["server_message"]
    assert "{" not in failed["error"]["server_message"]


def test_a_session_that_expires_in_mid_run_is_opened_again(simulator):
    cg: Simulator = simulator(world(), variants={"auth": "session"})
    cg.add_fault(operation="listFlows", fault="expire_session", count=1)
    connection = {**cg.connection, "operations": {"login": {"path": "/login"}}}
    run_tasks(*steps(), connection=connection).succeeded()
