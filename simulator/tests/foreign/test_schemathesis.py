# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""An independent test: schemathesis generates valid and invalid requests from the API description, single and in
sequences, and validates every answer against it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest
from sim_estates import seed, small_estate
from sim_process import Served, served

from cg_sim.api.asgi import PREFIX

HERE = Path(__file__).parent


def snapshot_of(estate: dict[str, object]) -> bytes:
    from cg_sim.simulator import Simulator

    simulator = Simulator()
    seed(simulator, estate)
    return orjson.dumps(simulator.world.snapshot())


#: To prove that not everything was refused: these have to succeed at least once, in any run and in a long one.
ALWAYS = {"listProducts", "getProduct", "listBackups", "listFlows", "getFlow", "createFlow", "listDeployments"}
AT_LENGTH = ALWAYS | {"updateProduct", "addBackups", "updateFlow", "deployFlow", "registerSecureTransport"}


def fuzz(cg: Served, directory: Path, examples: int, expected: set[str]) -> None:
    state = cg.control("GET", "state")
    ids = {kind: [entry["businessId"] for entry in state[kind]] for kind in ("products", "flows")}
    by_name = {entry["name"]: entry["businessId"] for entry in state["products"]}
    ids["products"] += [by_name["PARIS"]] * 4
    ids["backups"] = [by_name[name] for name in ("LYON", "LILLE", "BERLIN")]
    program = "import sys; from schemathesis.cli import schemathesis; sys.exit(schemathesis())"
    run = [
        sys.executable, "-c", program, "--config-file", str(HERE / "schemathesis.toml"),
        "run", f"{cg.url}{PREFIX}/openapi.json", "--auth", "admin:admin", "--checks", "all", "--no-color",
        "--max-examples", str(examples), "--seed", "7", "--generation-database", "none", "--warnings", "off",
    ]  # fmt: skip
    environment = {
        **os.environ,
        "CG_SIM_TEST_IDS": json.dumps(ids),
        "SCHEMATHESIS_HOOKS": "schemathesis_hooks",
        "PYTHONPATH": f"{HERE}{os.pathsep}{os.environ.get('PYTHONPATH', '')}",
    }
    ended = subprocess.run(
        run, capture_output=True, text=True, timeout=900, check=False, cwd=directory, env=environment
    )
    assert ended.returncode == 0, ended.stdout[-8000:] + ended.stderr[-2000:]
    journal = cg.control("GET", "journal")
    succeeded = {entry["operation"] for entry in journal if entry["status"] and entry["status"] < 300}
    assert expected <= succeeded
    assert [entry for entry in journal if entry["status"] is not None and entry["status"] >= 500] == []


def run(tmp_path: Path, examples: int, expected: set[str], *arguments: str) -> None:
    with served(tmp_path, *arguments) as cg:
        cg.control("POST", "restore", data=snapshot_of(small_estate()))
        fuzz(cg, tmp_path, examples, expected)


def test_schemathesis_finds_nothing(tmp_path: Path) -> None:
    run(tmp_path, 8, ALWAYS, "--transition", "deploy=immediate")


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments",
    [
        ("--transition=deploy=immediate", "--transition=synchronize=immediate"),
        (
            "--variant=remove_path=alternate", "--variant=synchronize_path=alternate", "--variant=status_style=object",
            "--variant=error_shape=errors", "--variant=no_match=404", "--variant=properties_place=old",
            "--variant=backup_post=replace", "--variant=deploy_answer=200", "--variant=sync=immediate",
        ),
    ],
    ids=["default", "other assumptions"],
)  # fmt: skip
def test_schemathesis_finds_nothing_in_a_long_run(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    run(tmp_path, 60, AT_LENGTH, *arguments)
