# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module loads only what it uses, since starting is most of the cost of a task with nothing to do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = "ansible_collections.mftops.central_governance.plugins"
COLLECTIONS = Path(__file__).resolve().parents[3] / ".venv" / "collections"
SHOW = f"""
import sys
import {PACKAGE}.modules.%s
print(*(name.partition("module_utils.")[2] or name for name in sys.modules))
"""
PLANNERS = {"dr.topology", "dr.topology_rules", "dr.synchronization", "dr.flows", "dr.prediction"}
# What is only needed when something goes wrong, or is asked for.
RARE = {
    *(
        "cg_api.failures",
        "cg_api.certificates",
        "cg_api.login",
        "cg_api.overrides",
        "cg_api.server_messages",
        "dr.ledger",
    ),
    *("cryptography", "concurrent.futures", "difflib", "html.parser", "yaml"),
}


def loaded_by(module: str) -> set[str]:
    finished = subprocess.run(
        [sys.executable, "-c", SHOW % module],
        env={**os.environ, "PYTHONPATH": str(COLLECTIONS)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(finished.stdout.split())


@pytest.mark.parametrize(
    ("module", "planners"),
    [
        ("st_product_info", set()),
        ("st_backup", {"dr.topology", "dr.topology_rules", "dr.prediction"}),
        ("st_sync", {"dr.synchronization", "dr.prediction"}),
        ("st_flow_deploy", {"dr.flows", "dr.prediction"}),
    ],
)
def test_a_module_loads_its_own_planner_and_nothing_for_rare_cases(module: str, planners: set[str]) -> None:
    loaded = loaded_by(module)
    assert loaded & PLANNERS == planners
    assert loaded & RARE == set()
    own = {name for name in loaded if name.startswith(("cg_api.", "dr.", "runtime."))}
    # Each file of the collection is some 2 ms of the start.
    assert len(own) <= 36, sorted(own)


@pytest.mark.parametrize("verb", ["st_backup", "st_sync", "st_flow_deploy"])
def test_the_shared_module_loads_only_the_verb_that_is_asked_for(verb: str) -> None:
    ask = f"""
import sys
from {PACKAGE}.module_utils.runtime import dr_verb
# The controller imports it too, for the name of a variable.
assert not any("cg_api" in name or name == "requests" for name in sys.modules)
dr_verb.verb_named("{verb}")
print(*(name.rpartition(".")[2] for name in sys.modules if "module_utils.runtime" in name))
"""
    environment = {**os.environ, "PYTHONPATH": str(COLLECTIONS)}
    shown = subprocess.run([sys.executable, "-c", ask], env=environment, stdout=subprocess.PIPE, text=True, check=True)
    assert {"st_backup", "st_sync", "st_flow_deploy"} & set(shown.stdout.split()) == {verb}
