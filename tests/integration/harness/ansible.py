# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Real ansible-playbook, with the results of its tasks as data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

CHECKOUT = Path(__file__).resolve().parents[3]
CALLBACKS = CHECKOUT / "tools" / "callbacks"
# The simulator as the role cg_simulator installs it, which takes half a minute; `make venv` renews it.
INSTALLED_SIMULATOR = CHECKOUT / ".venv" / "role-simulator"
PYTHON_STARTUP = Path(__file__).with_name("python_startup")
COLLECTION = "mftops.central_governance"
RUN_LIMIT = 300  # seconds; a run that takes this long hangs


@dataclass
class TaskResult:
    task: str
    action: str
    host: str
    status: str  # ok, changed, failed, skipped, unreachable
    ignored: bool
    result: dict[str, Any]


@dataclass
class Run:
    """A finished ansible-playbook."""

    rc: int
    stdout: str
    stderr: str
    tasks: list[TaskResult] = field(default_factory=list)

    @property
    def output(self) -> str:
        return self.stdout + self.stderr

    @property
    def changed(self) -> bool:
        return any(task.status == "changed" for task in self.tasks)

    def of(self, name: str) -> dict[str, Any]:
        """The result of the last task whose name or module is `name` (a module of the collection by its short name)."""
        for task in reversed(self.tasks):
            if task.status != "skipped" and name in (
                task.task,
                task.task.rpartition(" : ")[2],
                task.action,
                task.action.rpartition(".")[2],
            ):
                return task.result
        raise AssertionError(f"no task {name!r} ran; there were {[task.task for task in self.tasks]}\n{self.output}")

    def succeeded(self) -> Run:
        assert self.rc == 0, self.output
        return self

    def failed(self) -> Run:
        """It failed as a task fails: with a message, and without a traceback anywhere."""
        assert self.rc == 2, f"exit status {self.rc}\n{self.output}"
        assert "Traceback" not in self.output, self.output
        assert not any("Traceback" in json.dumps(task.result) for task in self.tasks), self.output
        return self


@dataclass
class Inventory:
    """A finished ansible-inventory."""

    rc: int
    stdout: str
    stderr: str

    @property
    def output(self) -> str:
        return self.stdout + self.stderr

    @property
    def hosts(self) -> dict[str, dict[str, Any]]:
        """The variables of each host."""
        assert self.rc == 0, self.output
        return json.loads(self.stdout, object_hook=_unmarked)["_meta"]["hostvars"]

    @property
    def groups(self) -> dict[str, list[str]]:
        """The hosts of each group that has some."""
        assert self.rc == 0, self.output
        groups = json.loads(self.stdout)
        return {name: sorted(group["hosts"]) for name, group in groups.items() if "hosts" in group}


def _unmarked(document: dict[str, Any]) -> Any:
    """ansible-inventory shows text that must not be templated as an object."""
    return document["__ansible_unsafe"] if list(document) == ["__ansible_unsafe"] else document


def run_inventory(
    source: Path, *, environment: Mapping[str, str] | None = None, arguments: Sequence[str] = ()
) -> Inventory:
    """Runs ansible-inventory --list; a source that cannot be parsed makes it fail, as in AWX."""
    with tempfile.TemporaryDirectory(prefix="run.") as temporary:
        strict = {"ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED": "true"}
        finished = subprocess.run(
            [str(Path(sys.executable).with_name("ansible-inventory")), "--list", "-i", str(source), *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=playbook_environment(Path(temporary), None, {**strict, **(environment or {})}),
            timeout=RUN_LIMIT,
            check=False,
        )
    return Inventory(finished.returncode, finished.stdout, finished.stderr)


def run_playbook(
    playbook: str | Path | Sequence[Mapping[str, Any]],
    *,
    check: bool = False,
    diff: bool = False,
    extra_vars: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    tags: Sequence[str] = (),
    collections: Path | None = None,
    arguments: Sequence[str] = (),
) -> Run:
    """Runs a playbook: a file, the name of one in a collection, or the plays themselves.

    `collections` is the collections path to use instead of this checkout.
    """
    with tempfile.TemporaryDirectory(prefix="run.") as temporary:
        directory = Path(temporary)
        if not isinstance(playbook, str | Path):
            file = directory / "playbook.yml"
            file.write_text(yaml.safe_dump(list(playbook), allow_unicode=True, sort_keys=False), encoding="utf-8")
            playbook = file
        command = [str(Path(sys.executable).with_name("ansible-playbook")), str(playbook)]
        if check:
            command.append("--check")
        if diff:
            command.append("--diff")
        if tags:
            command.append("--tags=" + ",".join(tags))
        if extra_vars:
            variables = directory / "extra_vars.json"
            variables.write_text(json.dumps(dict(extra_vars)), encoding="utf-8")
            command.append(f"--extra-vars=@{variables}")
        command += arguments
        finished = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            env=playbook_environment(directory, collections, environment or {}),
            timeout=RUN_LIMIT,
            check=False,
        )
        record = directory / "results"
        lines = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
    return Run(finished.returncode, finished.stdout, finished.stderr, [TaskResult(**json.loads(x)) for x in lines])


def run_tasks(
    *tasks: Mapping[str, Any],
    connection: Mapping[str, Any] | None = None,
    variables: Mapping[str, Any] | None = None,
    **how: Any,
) -> Run:
    """Runs tasks on localhost. `connection` becomes module_defaults of the collection's action group."""
    play: dict[str, Any] = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": list(tasks)}
    if connection is not None:
        play["module_defaults"] = {f"group/{COLLECTION}.central_governance": dict(connection)}
    if variables is not None:
        play["vars"] = dict(variables)
    return run_playbook([play], **how)


def run_each(module: str, *options: Mapping[str, Any], **how: Any) -> list[TaskResult]:
    """Runs a module of the collection once with each of the options, in one play that goes on after a failure.

    The option `check_mode` is the task's. Without a traceback anywhere; `how` is that of run_tasks.
    """
    tasks = []
    for number, given in enumerate(options):
        task_options = {key: value for key, value in given.items() if key != "check_mode"}
        task = {"name": str(number), f"{COLLECTION}.{module}": task_options, "ignore_errors": True}
        tasks.append({**task, "check_mode": given["check_mode"]} if "check_mode" in given else task)
    run = run_tasks(*tasks, **how).succeeded()
    assert "Traceback" not in run.output, run.output
    return run.tasks


def playbook_environment(directory: Path, collections: Path | None, extra: Mapping[str, str]) -> dict[str, str]:
    """The environment of a command of Ansible; `directory` is a temporary one, which gets a file `results`."""
    # Empty ones, so that Ansible does not look for the caller's; localhost needs no inventory.
    for name in ("ansible.cfg", "inventory.ini"):
        (directory / name).touch()
    # Nothing of the caller's Ansible, and no connection to a real Central Governance, may reach a test.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "CG_"))}
    home = CHECKOUT / ".venv" / "ansible-home"
    return {
        **inherited,
        "LC_ALL": "C.UTF-8",
        "ANSIBLE_CALLBACK_PLUGINS": str(CALLBACKS),
        "ANSIBLE_CALLBACKS_ENABLED": "record_results",
        "ANSIBLE_COLLECTIONS_PATH": str(collections or CHECKOUT / ".venv" / "collections"),
        "ANSIBLE_CONFIG": str(directory / "ansible.cfg"),
        "ANSIBLE_HOME": str(home),
        "ANSIBLE_INVENTORY": str(directory / "inventory.ini"),
        "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
        "ANSIBLE_LOCALHOST_WARNING": "false",
        "ANSIBLE_NOCOLOR": "true",
        "ANSIBLE_RETRY_FILES_ENABLED": "false",
        "MODULE_BYTECODE": str(CHECKOUT / ".venv" / "module-bytecode"),
        "PYTHONPATH": str(PYTHON_STARTUP),
        "RECORD_RESULTS": str(directory / "results"),
        **extra,
    }
