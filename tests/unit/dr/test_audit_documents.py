# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is written about the audit, compared with the audit: the page of the rules, and the example for the report."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from auditing import audited, declared
from building import product

from ansible_collections.mftops.central_governance.plugins.module_utils.dr.audit.result import as_result
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.audit.rules import RULES

CHECKOUT = Path(__file__).resolve().parents[3]
PAGE = (CHECKOUT / "docs" / "rules.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\w+)\n\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def test_each_rule_has_its_section_in_the_order_of_the_table():
    assert [name for name in SECTIONS if name != "Score"] == list(RULES)


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
def test_a_section_has_the_severity_the_reason_the_fix_and_an_example(rule):
    section = SECTIONS[rule.name]
    assert section.startswith(f"**{rule.severity}")
    assert "*Why it matters:*" in section and "*How to fix it:*" in section
    assert "\n> " in section, "an example"


def shape(value: Any) -> Any:
    """The keys, without the values; of a list those of its first entry."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else type(value).__name__


def test_the_example_of_a_result_has_the_shape_of_a_result():
    example = json.loads((CHECKOUT / "tests/unit/report/example_audit.json").read_text(encoding="utf-8"))
    things = [product("A", "B!", profiles="sftp:22"), product("B", profiles="sftp:23"), product("C")]
    result = as_result(audited(*things, topology=declared(A="B C")))
    for key in ("verdict", "summary", "counts", "drift", "score", "declaration"):
        assert shape(example[key]) == shape(result[key]), key
    (master,) = result["masters"]
    assert example["masters"][0].keys() == master.keys()
    assert example["masters"][0]["backups"][0].keys() == master["backups"][0].keys()
    assert example["masters"][0]["backups"][0]["differences"][0].keys() == master["backups"][0]["differences"][0].keys()
    for row in example["findings"]:
        assert row.keys() == result["findings"][0].keys()
        assert row["evidence"].keys() == result["findings"][0]["evidence"].keys()
        assert row["remedy"].keys() == result["findings"][0]["remedy"].keys()
    assert [row["rule"] for row in example["coverage"]["rules"]] == list(RULES)
    for one, other in zip(example["coverage"]["rules"], result["coverage"]["rules"], strict=True):
        assert one.keys() == other.keys()
        assert (one["each"], one["objects"]) == (other["each"], other["objects"])
    assert example["estate"]["ST_PARIS"].keys() == result["estate"]["A"].keys()
