# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What CONTRIBUTING says about the layout of the code is true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api import operations
from ansible_collections.mftops.central_governance.plugins.module_utils.dr import topology_rules
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.audit import rules

CHECKOUT = Path(__file__).resolve().parents[2]
TEXT = (CHECKOUT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MODULES = sorted(path.stem for path in (CHECKOUT / "plugins/modules").glob("st_*.py"))


FOLDERS = "plugins|tests|roles|playbooks|docs|tools|simulator|demo|extensions|changelogs"


@pytest.mark.parametrize("path", sorted(set(re.findall(rf"`((?:{FOLDERS})/[\w/.]+)`", TEXT))))
def test_every_path_that_it_names_exists(path):
    assert (CHECKOUT / path).exists()


def test_the_answers_to_the_questions_are_true():
    assert "version_mismatch" in Path(topology_rules.__file__).read_text(encoding="utf-8")
    assert {"missing_backup", "version_drift"} <= rules.RULES.keys()
    assert "add_backups" in operations.OPERATIONS
    for reading, path in ((False, "client.py"), (True, "reads.py")):
        text = (Path(operations.__file__).parent / path).read_text(encoding="utf-8")
        used = [row for name, row in operations.OPERATIONS.items() if f'"{name}"' in text]
        assert used
        assert {row.method in operations.READING for row in used} == {reading}, path


@pytest.mark.parametrize("module", MODULES)
def test_a_module_its_runtime_file_and_its_test_share_a_name(module):
    assert (CHECKOUT / f"plugins/module_utils/runtime/{module}.py").exists()
    assert (CHECKOUT / f"tests/integration/modules/test_{module}.py").exists()
