# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The built tarball, installed into an empty directory and used from there: what a user gets is what was tested."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml
from harness import CHECKOUT, run_playbook

BIN = Path(sys.executable).parent
MODULES = sorted(path.stem for path in (CHECKOUT / "plugins" / "modules").glob("*.py"))
WITHOUT_CONNECTION = {"dr_ledger_append", "dr_ledger_verify", "dr_plan", "dr_report", "dr_verb"}  # have no such options


@pytest.fixture(scope="module")
def collections(tarball: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("collections")
    subprocess.run(
        [BIN / "ansible-galaxy", "collection", "install", "--offline", "-p", place, tarball],
        check=True,
        capture_output=True,
        env={"PATH": f"{BIN}:/usr/bin:/bin", "HOME": str(place), "LC_ALL": "C.UTF-8"},
    )
    return place


def test_the_tarball_carries_the_simulator_and_nothing_that_only_a_checkout_needs(tarball: Path) -> None:
    with tarfile.open(tarball) as archive:
        names = [member.name for member in archive.getmembers() if member.isfile()]
    assert "simulator/pyproject.toml" in names
    assert any(name.startswith("simulator/src/cg_sim/") for name in names)
    assert {"docs/schemas/dr_report-1.schema.json", "docs/schemas/dr_rehearsal-1.schema.json"} <= set(names)
    assert "playbooks/examples/two_regions/estate.yml" in names
    for name in names:
        parts = Path(name).parts
        assert not any(part.startswith(".") or part == "__pycache__" for part in parts), name
        assert not name.startswith(("simulator/tests/", "tests/", "dist/", "demo/", "tools/")) or name == "tests/config.yml"


def test_each_module_has_documentation_that_ansible_doc_can_show(collections: Path) -> None:
    names = [f"mftops.central_governance.{module}" for module in MODULES]
    shown = subprocess.run(
        [BIN / "ansible-doc", "--json", *names],
        check=True,
        capture_output=True,
        text=True,
        env={"PATH": f"{BIN}:/usr/bin:/bin", "ANSIBLE_COLLECTIONS_PATH": str(collections), "LC_ALL": "C.UTF-8"},
    )
    documents = json.loads(shown.stdout)
    assert sorted(documents) == names
    for name, document in documents.items():
        assert document["examples"], name
        assert document["return"], name


def test_each_module_is_in_the_action_group() -> None:
    runtime = yaml.safe_load((CHECKOUT / "meta" / "runtime.yml").read_text(encoding="utf-8"))
    assert {*runtime["action_groups"]["central_governance"], *WITHOUT_CONNECTION} == set(MODULES)


def test_the_pipeline_runs_from_the_installed_collection(collections: Path, tmp_path: Path) -> None:
    installed = collections / "ansible_collections" / "mftops" / "central_governance"
    example = installed / "playbooks" / "examples" / "two_regions"
    settings = {
        "cg_simulator_directory": str(tmp_path / "simulator"),
        "cg_simulator_estate": str(example / "estate.yml"),
    }
    simulator = "mftops.central_governance.cg_simulator"

    started = run_playbook(simulator, collections=collections, extra_vars=settings).succeeded()
    try:
        connection = started.of("Set the facts with its URL and connection options")["ansible_facts"]["cg_simulator_connection"]
        declared = {
            **yaml.safe_load((example / "topology.yml").read_text(encoding="utf-8")),
            "dr_connection": connection,
            "dr_wait_interval": 0.1,
        }

        def apply(check: bool):
            run = run_playbook(
                "mftops.central_governance.dr_apply", collections=collections, extra_vars=declared, check=check
            )
            return run.succeeded().of("Set the results as a fact")["ansible_facts"]["dr_result"]

        predicted, done, again = apply(check=True), apply(check=False), apply(check=False)
        assert predicted["changed"] and done["changed"] and not again["changed"]
        for step in ("declare", "synchronize", "deploy"):
            assert predicted[step]["actions"] == done[step]["actions"]
            assert again[step]["actions"] == []
    finally:
        run_playbook(
            simulator, collections=collections, extra_vars={**settings, "cg_simulator_state": "stopped"}
        ).succeeded()
