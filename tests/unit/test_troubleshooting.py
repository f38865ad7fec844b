# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The guide to messages quotes messages that the code has, and has a section for each rule.

A quote is a line that begins with `> `, in backticks; `…` in it stands for what the code fills in.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from ansible_collections.mftops.central_governance.plugins.module_utils.dr.audit import rules

CHECKOUT = Path(__file__).resolve().parents[2]
TEXT = (CHECKOUT / "docs/troubleshooting.md").read_text(encoding="utf-8")
QUOTES = re.findall(r"^> `(.+)`$", TEXT, flags=re.MULTILINE)
FILLED_IN = "\0"  # stands for what is filled in when the message is made
LEAST = 12  # letters of a quote beside `…`; fewer would be found anywhere


def literal(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(literal(value) or FILLED_IN for value in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return (literal(node.left) or FILLED_IN) + (literal(node.right) or FILLED_IN)
    return None


def texts_of_python(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {text for node in ast.walk(tree) if (text := literal(node))}


def texts_of_yaml(path: Path) -> set[str]:
    def strings(node: object) -> Iterator[str]:
        if isinstance(node, str):
            yield node  # a message may stand in a template
            yield re.sub(r"{{.*?}}", FILLED_IN, node, flags=re.DOTALL)
        elif isinstance(node, dict | list):
            for item in node.values() if isinstance(node, dict) else node:
                yield from strings(item)

    return set(strings(yaml.safe_load(path.read_text(encoding="utf-8"))))


SOURCES = [
    *(CHECKOUT / "plugins").rglob("*.py"),
    *(CHECKOUT / "roles").glob("*/tasks/*.yml"),
    *(CHECKOUT / "playbooks").glob("*.yml"),
]
TEXTS = set().union(*(texts_of_python(path) if path.suffix == ".py" else texts_of_yaml(path) for path in SOURCES))


def pattern_of(quote: str) -> re.Pattern[str]:
    return re.compile(".*?".join(re.escape(part) for part in quote.strip(" …").split("…")), re.DOTALL)


def test_each_quote_is_written_like_one() -> None:
    assert len(QUOTES) == len(re.findall(r"^> .", TEXT, flags=re.MULTILINE)) > 100


@pytest.mark.parametrize("quote", QUOTES)
def test_each_quoted_message_is_in_the_code(quote: str) -> None:
    assert len(quote.replace("…", "").strip()) >= LEAST
    pattern = pattern_of(quote)
    assert any(pattern.search(text) for text in TEXTS)


def violations() -> set[str]:
    calls = re.compile(r'[vV]iolation\(\s*"(\w+)"')
    found: set[str] = set()
    for path in (CHECKOUT / "plugins/module_utils").rglob("*.py"):
        found.update(calls.findall(path.read_text(encoding="utf-8")))
    return found


def test_each_violation_has_its_section_with_its_message() -> None:
    sections = dict(re.findall(r"^### (\w+)\n(.*?)(?=^##)", TEXT, flags=re.DOTALL | re.MULTILINE))
    assert len(violations()) > 10
    assert violations() <= sections.keys()
    assert [rule for rule in violations() if "\n> " not in sections[rule]] == []


def test_each_rule_of_the_audit_is_linked() -> None:
    linked = set(re.findall(r"\(rules\.md#(\w+)\)", TEXT))
    assert rules.RULES.keys() <= linked


# In these files each sentence of five words or more is a message that an operator can see.
EXPLAINED = [
    "cg_api/failures.py",
    "cg_api/login.py",
    "dr/flows.py",
    "dr/synchronization.py",
    "dr/topology.py",
    "dr/topology_rules.py",
    "runtime/ledger_file.py",
    "runtime/st_backup_apply.py",
    "runtime/st_backup_outcome.py",
    "runtime/st_flow_deploy.py",
    "runtime/st_sync.py",
    "runtime/watching.py",
]
# The list of actions, and parts of messages that are explained as a whole.
PARTS = re.compile(
    r"^(Add|Remove|Deploy|Synchronize) \0|^\0 (from|to) the backups of|^\0 with its master|^: it is|^; set force to"
    r"|by somebody else$|still (a backup of|has) \0|a removal (from the same list )?failed$|^an earlier failure"
    r"|^\0 was not \0: \0$|^\0 \0, no longer a backup|^\0 Deploy them again"
    r"|^\0 The flows of \0 are deployed on \0 too"
)


@pytest.mark.parametrize("name", EXPLAINED)
def test_each_message_of_the_file_is_explained(name: str) -> None:
    tree = ast.parse((CHECKOUT / "plugins/module_utils" / name).read_text(encoding="utf-8"))
    parts = {id(value) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for value in node.values}
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef)
    parts.update(id(node.body[0].value) for node in ast.walk(tree) if is_documented(node, documented))
    messages = {text for node in ast.walk(tree) if id(node) not in parts and (text := literal(node))}
    sentences = {text for text in messages if len(text.split()) >= 5 and not PARTS.search(text)}
    unexplained = [s for s in sentences if not any(pattern_of(quote).search(s) for quote in QUOTES)]
    assert unexplained == [], "explain them in docs/troubleshooting.md"


def is_documented(node: ast.AST, kinds: tuple[type, ...]) -> bool:
    return isinstance(node, kinds) and bool(node.body) and isinstance(node.body[0], ast.Expr)
