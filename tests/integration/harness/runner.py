# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Playbooks under ansible-runner, the way AWX runs a job.

A private data directory with a project, an inventory file, variables as a survey gives them, and the environment that
AWX's credential type injects; the command line of a check job; the stream of events; what `set_stats` published.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ansible_runner

from .ansible import playbook_environment

PROJECT = Path("docs") / "awx_project"
JOB_LIMIT = 300  # seconds; a job that takes this long hangs


@dataclass
class Job:
    """A finished job."""

    status: str  # successful, failed, canceled, timeout
    events: list[dict[str, Any]]
    stdout: str

    @property
    def artifacts(self) -> dict[str, Any]:
        """What AWX shows as the artifacts of the job, and hands to the next node of a workflow."""
        for event in reversed(self.events):
            if event["event"] == "playbook_on_stats":
                return event["event_data"]["artifact_data"]
        return {}

    @property
    def text(self) -> str:
        """Everything that AWX keeps of the job and shows to users with access to it."""
        return self.stdout + json.dumps(self.events, ensure_ascii=False)

    def result_of(self, task: str) -> dict[str, Any]:
        """The result of the last task of this name."""
        for event in reversed(self.events):
            data = event.get("event_data", {})
            if str(data.get("task", "")).rpartition(" : ")[2] == task and "res" in data:
                return data["res"]
        raise AssertionError(f"no task {task!r} ran\n{self.stdout}")

    def ended(self, status: str) -> Job:
        assert self.status == status, f"{self.status}\n{self.stdout}"
        assert "Traceback" not in self.text, self.stdout
        return self


@dataclass
class Tower:
    """Where jobs run. `files` are those of the project, beside those that the collection's example has."""

    directory: Path
    checkout: Path
    environment: Mapping[str, str]  # as the credential injects it

    def run(
        self,
        playbook: str,
        survey: Mapping[str, str] | None = None,
        *,
        check: bool = False,
        files: Mapping[str, str] | None = None,
        extra_vars: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
        cancel_when: Callable[[dict[str, Any]], bool] | None = None,
    ) -> Job:
        """Runs a playbook of the project. `cancel_when` is asked at each event; True cancels the job as AWX does."""
        for name, answer in (survey or {}).items():
            assert isinstance(answer, str), f"the answers of a survey are strings, and {name} is not"
        private = self.directory / "private"
        shutil.rmtree(private, ignore_errors=True)
        shutil.copytree(self.checkout / PROJECT, private / "project")
        for name, text in (files or {}).items():
            (private / "project" / name).write_text(text, encoding="utf-8")
        (private / "inventory").mkdir()
        (private / "inventory" / "hosts").write_text("", encoding="utf-8")

        wanted = {**playbook_environment(self.directory, None, {}), **self.environment, **(environment or {})}
        for name in [name for name in wanted if name.startswith(("ANSIBLE_CALLBACK", "RECORD_", "ANSIBLE_INVENTORY"))]:
            del wanted[name]
        wanted["PATH"] = f"{self.checkout / '.venv' / 'bin'}:{os.environ['PATH']}"
        asked = []

        def handle(event: dict[str, Any]) -> bool:
            if cancel_when and cancel_when(event):
                asked.append(event)
            return True

        runner = ansible_runner.run(
            private_data_dir=str(private),
            playbook=playbook,
            extravars={**(survey or {}), **(extra_vars or {})},
            envvars=wanted,
            cmdline="--check" if check else "",
            event_handler=handle,
            cancel_callback=lambda: bool(asked),
            quiet=True,
            settings={"suppress_env_files": True, "pexpect_use_poll": True},
            timeout=JOB_LIMIT,
        )
        events = list(runner.events)
        return Job(runner.status, events, "\n".join(event.get("stdout", "") for event in events))
