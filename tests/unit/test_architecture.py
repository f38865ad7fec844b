# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which package may import which, checked on the actual imports."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

MODULE_UTILS = Path(__file__).resolve().parents[2] / "plugins" / "module_utils"


def imports_of(path: Path) -> Iterator[str]:
    """Absolute names; a relative import starts with the package that it reaches, such as ``dr.model``."""
    package = path.parent.relative_to(MODULE_UTILS).as_posix()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level == 0:
                yield str(node.module)
            else:
                reached = package.split("/")[: len(package.split("/")) - node.level + 1]
                yield from (".".join([*reached, node.module or alias.name]) for alias in node.names)


def files(package: str) -> list[Path]:
    found = sorted((MODULE_UTILS / package).rglob("*.py"))
    assert found
    return found


@pytest.mark.parametrize("path", files("dr"), ids=lambda path: path.name)
def test_the_core_imports_nothing_but_itself_and_the_standard_library(path):
    for name in imports_of(path):
        assert name.startswith("dr.") or name.split(".")[0] in sys.stdlib_module_names, name


@pytest.mark.parametrize("path", files("dr"), ids=lambda path: path.name)
def test_the_core_does_no_input_or_output(path):
    forbidden = {"os", "io", "socket", "subprocess", "urllib", "http", "time", "random", "threading"}
    assert not forbidden & {name.split(".")[0] for name in imports_of(path)}
    text = path.read_text(encoding="utf-8")
    assert "open(" not in text
    assert not any(clock in text for clock in (".now(", ".utcnow(", ".today("))  # the time is an input, too


@pytest.mark.parametrize("path", files("cg_api"), ids=lambda path: path.name)
def test_of_the_core_the_edge_imports_only_records_and_identity(path):
    for name in imports_of(path):
        assert not name.startswith("runtime")
        assert not name.startswith("ansible")
        if name.startswith("dr"):
            assert name in ("dr.model", "dr.identity")


REPORT = MODULE_UTILS.parent / "plugin_utils" / "report"
WITH_THE_REPORT = sys.stdlib_module_names | {"jinja2", "markupsafe"}  # ansible-core brings both


@pytest.mark.parametrize("path", sorted(REPORT.glob("*.py")), ids=lambda path: path.name)
def test_the_report_is_made_without_ansible_and_the_rest_of_the_collection(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            assert node.level == 1 or str(node.module).split(".")[0] in WITH_THE_REPORT
        elif isinstance(node, ast.Import):
            assert all(alias.name.split(".")[0] in sys.stdlib_module_names for alias in node.names)


def test_nothing_imports_modules():
    for path in MODULE_UTILS.rglob("*.py"):
        assert not any("plugins.modules" in name for name in imports_of(path))


def test_modules_are_thin():
    for path in (MODULE_UTILS.parent / "modules").glob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        documentation = (ast.Assign, ast.Import, ast.ImportFrom)
        code = [node for node in tree.body if not isinstance(node, documentation)]
        assert sum(node.end_lineno - node.lineno + 1 for node in code) <= 30, path.name


@pytest.mark.parametrize("path", sorted((MODULE_UTILS.parent / "modules").glob("*.py")), ids=lambda path: path.name)
def test_a_module_checks_the_python_before_it_imports_anything_else(path):
    imported = [name for name in imports_of_module(path) if name.startswith("ansible_collections.")]
    assert not imported or imported[0].endswith(".module_utils.python_version")


def imports_of_module(path: Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return [str(node.module) for node in tree.body if isinstance(node, ast.ImportFrom)]


LIGHT = {"__future__", "typing", "ansible.errors", "plugin_utils.pipeline", "plugin_utils.pipeline.steps"}


@pytest.mark.parametrize("path", sorted((MODULE_UTILS.parent / "filter").glob("*.py")), ids=lambda path: path.name)
def test_a_file_of_filters_imports_little(path):
    """Each task that uses one filter of the collection imports all of these files anew."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert {node.module for node in tree.body if isinstance(node, ast.ImportFrom)} <= LIGHT
    assert {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names} <= LIGHT


@pytest.mark.parametrize("name", ["steps", "variables"])
def test_what_the_filters_of_the_role_import_imports_little(name):
    tree = ast.parse((MODULE_UTILS.parent / "plugin_utils" / "pipeline" / f"{name}.py").read_text(encoding="utf-8"))
    imported = {alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names}
    assert imported <= {"json", "math", "typing", "yaml"}  # ansible-core has loaded these already
    own = {str(node.module) for node in tree.body if isinstance(node, ast.ImportFrom) and node.level}
    assert own <= {"module_utils.dr", "module_utils.dr.steps"}


def test_init_files_are_empty():
    """The sanity tests of older ansible-core require it."""
    assert not [path for path in MODULE_UTILS.parent.rglob("__init__.py") if path.stat().st_size]


def test_no_function_is_written_in_one_line():
    """They require this too: their pycodestyle refuses what formatters make of a body of three dots."""
    checkout = MODULE_UTILS.parents[1]
    for path in [*(checkout / "plugins").rglob("*.py"), *(checkout / "simulator/src").rglob("*.py")]:
        assert not re.search(r"^ *(async )?def .*: \.\.\.$", path.read_text(encoding="utf-8"), re.MULTILINE), path
