# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rule names in st_backup's documentation are those of the code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import yaml

PLUGINS = Path(__file__).resolve().parents[3] / "plugins"


def rules_in_code() -> set[str]:
    """The first arguments of everything that makes a Violation."""
    names = set()
    for path in (PLUGINS / "module_utils" / "dr").glob("topology*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Violation", "violation"):
                rule = node.args[0]
                if isinstance(rule, ast.Constant):
                    names.add(rule.value)
                else:
                    assert path.name == "topology_rules.py" and rule.id == "rule", f"{path.name}:{node.lineno}"
    return names


def test_every_rule_is_documented_and_no_other():
    source = (PLUGINS / "modules" / "st_backup.py").read_text(encoding="utf-8")
    (returned,) = [
        ast.literal_eval(node.value)
        for node in ast.parse(source).body
        if isinstance(node, ast.Assign) and node.targets[0].id == "RETURN"
    ]
    (sentence,) = [text for text in yaml.safe_load(returned)["violations"]["description"] if "The rules are" in text]
    assert set(re.findall(r"C\(([a-z_]+)\)", sentence)) == rules_in_code()
