# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Modules import each other in one direction only, including imports for type checking; no module is too long."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import cg_sim

SOURCE = Path(cg_sim.__file__).parent
LONGEST = 350  # lines


def module_name(path: Path) -> str:
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for path in sorted(SOURCE.rglob("*.py"))}


def imported(name: str, path: Path) -> set[str]:
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            origin = f"{package}.{node.module}" if node.level else str(node.module)
            # "from package import module" needs the module; anything else the package.
            found |= {inner if inner in MODULES else origin for inner in (f"{origin}.{a.name}" for a in node.names)}
    return found & MODULES.keys()


def test_no_circular_imports() -> None:
    graph = {name: imported(name, path) - {name} for name, path in MODULES.items()}
    assert graph["cg_sim.app"] >= {"cg_sim.control", "cg_sim.console", "cg_sim.simulator"}
    assert list(TopologicalSorter(graph).static_order())


def test_file_names_are_unique_and_no_file_is_too_long() -> None:
    names = [path.name for path in MODULES.values() if path.name not in ("__init__.py",)]
    lengths = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in MODULES.items()}
    assert {name: length for name, length in lengths.items() if length > LONGEST} == {}
    assert sorted(name for name in set(names) if names.count(name) > 1) == []
