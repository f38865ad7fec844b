# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The three verbs under each variant of what is assumed of Central Governance, run in this process.

tests/integration/modules/test_variants.py does the same by ansible-playbook, with several variants at a time.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration" / "modules"))
from estates import HTTPS, SFTP, flow, product, synchronized
from harness import Simulators
from pipelines import outcome_of, pipeline

# Every value other than the default that can matter when nothing fails.
VARIANTS: list[dict[str, str]] = [
    {},
    {"backup_post": "replace"},
    {"known_backup": "reject"},
    {"sync": "immediate"},
    {"no_match": "404"},
    {"status_style": "code"},
    {"status_style": "object"},
    {"properties_place": "old"},
    {"deploy_answer": "200"},
    {"deploy_answer": "204"},
    {"deploy_answer": "200", "deploy_body": "false"},
    {"auth": "session"},
    {"auth": "session", "login": "form"},
    {"auth": "session", "login": "page"},
    {"gate": "report"},
    {"remove_path": "alternate"},
    {"synchronize_path": "alternate"},
]
OPTIONS = {
    "topology": [{"master": "PARIS", "backups": ["LYON", "NICE"]}],
    "state": "exact",
    "allow_shared_backup": False,
    "allow_flow_invalidation": False,
    "force": "false",
    "synchronize": None,
    "flows": ["PAYMENTS", "NEW"],
    "masters": [],
    "skip_incomplete": False,
}
WITHOUT_NICE = {**OPTIONS, "topology": [{"master": "PARIS", "backups": ["LYON"]}]}
ESTATE = {
    "products": [
        product("PARIS", profiles=[SFTP, HTTPS], backups=synchronized("LYON")),
        product("LYON"),
        product("NICE", profiles=[{**SFTP, "port": 2222}]),
    ],
    "flows": [flow("PAYMENTS", "PARIS"), flow("NEW", "PARIS", status="Saved, not deployed")],
}


@pytest.fixture(scope="module")
def simulators(tmp_path_factory):
    simulators = Simulators(tmp_path_factory.mktemp("simulators"))
    yield simulators
    simulators.stop()


@pytest.mark.parametrize("variants", VARIANTS, ids=lambda given: " ".join(map("=".join, given.items())) or "default")
def test_the_three_verbs_under_each_variant(simulators, variants):
    with simulators.lend(ESTATE, variants=variants) as cg:
        predicted = pipeline(cg, OPTIONS, check=True)
        assert cg.writes() == []
        done = pipeline(cg, OPTIONS, check=False)
        assert [outcome_of(report) for report in done] == [outcome_of(report) for report in predicted]
        assert [len(report.actions) for report in done] == [1, 1, 2]
        again = pipeline(cg, OPTIONS, check=False)
        assert [report.actions for report in again] == [[], [], []]
        removed = pipeline(cg, WITHOUT_NICE, check=False)
        assert [len(report.actions) for report in removed] == [1, 0, 2]
        # One addition, one synchronization, two deployments, one removal, two deployments; nothing else was written. A
        # server that refuses known backups has refused the whole list first.
        assert len(cg.writes()) == 7 + (variants.get("known_backup") == "reject")
        states = {item["name"]: item for item in cg.state()["products"]}
        assert [backup["name"] for backup in states["PARIS"]["backupProducts"]] == ["LYON"]
