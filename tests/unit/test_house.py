# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the project has beside its code is correct: hooks, dev container, issue forms, links, lists of versions, and
examples that each supported version of ansible-test accepts."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

CHECKOUT = Path(__file__).resolve().parents[2]
FORMS = sorted((CHECKOUT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
MAKEFILE = (CHECKOUT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))


def read(name: str) -> Any:
    return yaml.safe_load((CHECKOUT / name).read_text(encoding="utf-8"))


def test_each_hook_of_pre_commit_is_a_check_that_make_runs_too() -> None:
    hooks = [hook for repository in read(".pre-commit-config.yaml")["repos"] for hook in repository["hooks"]]
    assert len({hook["id"] for hook in hooks}) == len(hooks) > 3
    for hook in hooks:
        tool, *arguments = shlex.split(hook["entry"])
        assert tool.startswith(".venv/bin/") and hook["language"] == "system", "nothing is downloaded"
        assert f"$(BIN)/{Path(tool).name}" in MAKEFILE, tool
        for argument in arguments:
            assert "/" not in argument or (CHECKOUT / argument).exists(), argument


def test_the_dev_container_builds_what_its_settings_name() -> None:
    container = json.loads((CHECKOUT / ".devcontainer" / "devcontainer.json").read_text(encoding="utf-8"))
    made = re.findall(r"\bmake ([a-z-]+)", container["postCreateCommand"])
    assert made and set(made) <= TARGETS
    settings = container["customizations"]["vscode"]["settings"]
    for path in settings["python.testing.pytestArgs"]:
        assert (CHECKOUT / path).exists()
    version = re.fullmatch(r"python:3\.(\d+)-\w+", container["image"])
    assert version and int(version[1]) >= 10
    assert "/.venv/collections" in container["remoteEnv"]["ANSIBLE_COLLECTIONS_PATH"]


@pytest.mark.parametrize("path", [form for form in FORMS if form.name != "config.yml"], ids=lambda path: path.stem)
def test_an_issue_form_is_one_that_github_shows(path: Path) -> None:
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert form["name"] and form["description"]
    asked = [element for element in form["body"] if element["type"] != "markdown"]
    assert len({element["id"] for element in asked}) == len(asked) > 1
    for element in form["body"]:
        assert element["type"] in ("markdown", "textarea", "input", "dropdown", "checkboxes")
        assert element["attributes"].get("value" if element["type"] == "markdown" else "label")
        options = element["attributes"].get("options", [])
        assert bool(options) == (element["type"] in ("dropdown", "checkboxes"))
        # yes and no without quotes would be booleans, which GitHub refuses.
        assert all(isinstance(option, str) for option in options)


@pytest.mark.parametrize("name", ["SECURITY.md", "CODE_OF_CONDUCT.md", ".github/ISSUE_TEMPLATE/config.yml"])
def test_reports_go_to_the_repository_of_the_collection(name: str) -> None:
    repository = read("galaxy.yml")["repository"]
    links = re.findall(r"https://github\.com/[^\s)]+", (CHECKOUT / name).read_text(encoding="utf-8"))
    assert links
    assert all(link == f"{repository}/security/advisories/new" for link in links)


def test_the_versions_that_are_supported_are_those_that_are_tried() -> None:
    script = (CHECKOUT / "tests" / "compat" / "run.sh").read_text(encoding="utf-8")
    tried = re.findall(r"\[(2\.\d+)\]=", script)
    assert read("meta/runtime.yml")["requires_ansible"] == f">={tried[0]}.0"
    jobs = read(".github/workflows/ci.yml")["jobs"]
    assert jobs["core"]["strategy"]["matrix"]["core"] == tried
    for job in jobs.values():
        for step in job["steps"]:
            for target in re.findall(r"\bmake ([a-z-]+)", step.get("run", "")):
                assert target in TARGETS


def test_the_commands_of_the_contributing_page_exist_and_are_described() -> None:
    named = set(re.findall(r"`?make ([a-z-]+)", (CHECKOUT / "CONTRIBUTING.md").read_text(encoding="utf-8")))
    named -= {"sure"}
    assert len(named) > 8 and named <= TARGETS
    described = set(re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.MULTILINE))
    assert {target for target in TARGETS if f".PHONY: {target}\n" in MAKEFILE} == described


def test_the_examples_of_a_plugin_are_one_document_of_yaml() -> None:
    """ansible-test of ansible-core 2.16 refuses several; later ones don't."""
    texts = {
        path: re.search(r'^EXAMPLES = r"""$(.*?)^"""$', path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        for path in (CHECKOUT / "plugins").rglob("*.py")
    }
    found = {path: text[1] for path, text in texts.items() if text}
    assert len(found) > 10
    for path, text in found.items():
        assert yaml.safe_load(text), path.name
