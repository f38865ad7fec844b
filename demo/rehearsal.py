# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulated Central Governance of the demo, and the playbooks that are run against it."""

from __future__ import annotations

import json
import os
import re
import shutil
import ssl
import subprocess
import sys
import tempfile
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from narrator import ClaimFailed, Narrator

CHECKOUT = Path(__file__).resolve().parent.parent
EXAMPLE = "playbooks/examples/two_regions"
DIRECTORY = CHECKOUT / ".venv" / "demo"
LEDGER = ".venv/demo/ledger.jsonl"  # from the root of the checkout; like the report, it outlives the demo
SIMULATOR = ["ansible-playbook", "mftops.central_governance.cg_simulator", "-e", "@demo/simulator.yml"]
STEPS = ("st_backup", "st_sync", "st_flow_deploy")


@dataclass
class Outcome:
    """What the collection's modules returned in one run of a playbook."""

    changed: bool = False
    actions: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    stale_flows: list[str] = field(default_factory=list)
    failure: str = ""


class ShownOutput:
    """Shows the output of ansible-playbook, without tasks that are only "ok" and without the dump of the result after a
    failure's message.
    """

    COLOUR = re.compile(r"\033\[[0-9;]*m")

    def __init__(self, narrator: Narrator) -> None:
        self.narrator = narrator
        self.heading: list[str] = []  # a task's, until it is known whether the task has output to show
        self.dumped: int | None = None  # lines left out of a dump

    def line(self, line: str) -> None:
        plain = self.COLOUR.sub("", line)
        if self.dumped is not None:
            if plain.startswith("    "):
                self.dumped += 1
                return
            self.narrator.output(f"    (its whole result, {self.dumped} lines, is left out here)")
            self.dumped = None
        if plain.startswith("TASK ["):
            self.heading = ["", line]
        elif self.heading and plain == "ok: [localhost]":
            self.heading = []
        elif plain:
            for held in self.heading:
                self.narrator.output(held)
            self.heading = []
            self.narrator.output(line)
            if plain.startswith("fatal: "):
                self.dumped = 0


class Rehearsal:
    def __init__(self, narrator: Narrator) -> None:
        self.narrator = narrator
        self.topology = yaml.safe_load((CHECKOUT / EXAMPLE / "topology.yml").read_text(encoding="utf-8"))["topology"]
        self.note: dict[str, Any] = {}

    # ------------------------------------------------------------------------------------------------ the simulator

    def start(self) -> None:
        self.narrator.say("(Its Python environment is made the first time; that takes a moment.)")
        (CHECKOUT / LEDGER).unlink(missing_ok=True)  # of the demo before, like the report
        shutil.rmtree(DIRECTORY / "report", ignore_errors=True)
        self._run([*SIMULATOR, "-e", "cg_simulator_state=seeded"], quiet=True)
        self.note = json.loads((DIRECTORY / "ready.json").read_text(encoding="utf-8"))
        self.narrator.say(f"It answers at {self.note['url']}; its console is at {self.note['url']}/console/")

    def stop(self) -> None:
        self._run([*SIMULATOR, "-e", "cg_simulator_state=stopped"], quiet=True)

    def is_running(self) -> bool:
        try:
            self._control("health")
        except OSError:
            return False
        return True

    def state(self) -> dict[str, Any]:
        return self._control("state")

    def writes(self) -> list[Any]:
        """The requests since the last playbook began that would have changed something."""
        journal = self._control("journal?write=true")
        return journal["entries"] if isinstance(journal, dict) else journal

    def _control(self, path: str, method: str = "GET") -> Any:
        request = urllib.request.Request(f"{self.note['control_url']}/{path}", method=method)
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),  # it is a process on this machine
            urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=self.note["ca_path"])),
        )
        with opener.open(request, timeout=30) as answer:
            content = answer.read()
        return json.loads(content) if content else None

    # ------------------------------------------------------------------------------------------------ the playbooks

    def play(self, command: list[str], fails: bool = False) -> Outcome:
        self._control("journal", method="DELETE")
        outcome = Outcome()
        for task in self._run(command, fails=fails):
            result = task["result"]
            if task["status"] == "failed":
                outcome.failure = result.get("msg", "")
            is_step = task["action"].rpartition(".")[2] in STEPS and "Determine" not in task["task"]  # no prediction
            if is_step and task["status"] != "skipped":
                outcome.changed |= bool(result.get("changed"))
                outcome.actions += result.get("actions", [])
                outcome.warnings += [str(warning) for warning in result.get("warnings", [])]
                outcome.stale_flows += [row["flow"] for row in result.get("stale_flows", [])]
        return outcome

    def _run(self, command: list[str], fails: bool = False, quiet: bool = False) -> list[dict[str, Any]]:
        self.narrator.command(command)
        shown = ShownOutput(self.narrator)
        with tempfile.TemporaryDirectory(prefix="demo.") as temporary:
            record = Path(temporary) / "results"
            process = subprocess.Popen(
                [str(Path(sys.executable).with_name(command[0])), *command[1:]],
                cwd=CHECKOUT,
                env=self._environment(record),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                encoding="utf-8",
            )
            assert process.stdout is not None
            printed = []
            for line in process.stdout:
                printed.append(line.rstrip())
                if not quiet:
                    shown.line(printed[-1])
            status = process.wait()
            results = record.read_text(encoding="utf-8").splitlines() if record.exists() else []
        if (status != 0) != fails or "Traceback" in "\n".join(printed):
            for line in printed if quiet else []:
                self.narrator.output(line)
            wanted = "fails with a message" if fails else "succeeds"
            raise ClaimFailed(f"{' '.join(command)} {wanted} (its exit status is {status}).")
        return [json.loads(line) for line in results]

    def _environment(self, record: Path) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "CG_"))}
        configuration = DIRECTORY / "ansible.cfg"
        configuration.parent.mkdir(parents=True, exist_ok=True)
        configuration.write_text("", encoding="utf-8")  # an empty one: the caller's settings are not the demo's
        environment = {
            **kept,
            "LC_ALL": "C.UTF-8",
            "PATH": f"{Path(sys.executable).parent}:{kept.get('PATH', '')}",
            "ANSIBLE_CALLBACKS_ENABLED": "record_results",
            "ANSIBLE_CALLBACK_PLUGINS": str(CHECKOUT / "tools" / "callbacks"),
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
            "ANSIBLE_COLLECTIONS_PATH": str(CHECKOUT / ".venv" / "collections"),
            "ANSIBLE_CONFIG": str(configuration),
            "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
            "ANSIBLE_HOME": str(CHECKOUT / ".venv" / "ansible-home"),
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_FORCE_COLOR": str(self.narrator.colours).lower(),
            "RECORD_RESULTS": str(record),
        }
        if self.note:
            environment.update(CG_URL=self.note["url"], CG_CA_PATH=self.note["ca_path"])
            environment.update(CG_USERNAME="admin", CG_PASSWORD="admin")
        return environment

    # ------------------------------------------------------------------------------- what Central Governance has now

    def table(self) -> list[str]:
        state = self.state()
        rows = [("master", "backups", "its flows")]
        for product in state["products"]:
            used_by = self.flows_of(product["name"])
            backups = [
                backup["name"] if backup["synchronized"] else f"{backup['name']} ~"
                for backup in product.get("backupProducts", [])
            ]
            if backups or self._is_declared(product["name"]):
                statuses = [flow["status"] for flow in state["flows"] if flow["name"] in used_by]
                counted = [f"{statuses.count(status)} {status}" for status in sorted(set(statuses))]
                rows.append((product["name"], ", ".join(backups) or "none", " / ".join(counted) or "none"))
        widths = [max(len(row[column]) for row in rows) for column in range(3)]
        return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]

    def declaration(self) -> list[str]:
        return [f"  {entry['master']} ({', '.join(entry['backups'])})" for entry in self.topology]

    def missing_backups(self) -> list[str]:
        """Declared backups that are missing or not synchronized."""
        backups = {
            (product["name"], backup["name"])
            for product in self.state()["products"]
            for backup in product.get("backupProducts", [])
            if backup["synchronized"]
        }
        declared = {(entry["master"], backup) for entry in self.topology for backup in entry["backups"]}
        return sorted(" ".join(pair) for pair in declared - backups)

    def report(self) -> dict[str, Any]:
        """The report of the last audit."""
        report = DIRECTORY / "report" / "report.json"
        if not report.exists():
            raise ClaimFailed(f"{report} was written.")
        return json.loads(report.read_text(encoding="utf-8"))

    def report_page(self) -> str:
        return (DIRECTORY / "report" / "report.html").as_uri()

    @staticmethod
    def found(report: dict[str, Any], *rules: str) -> set[str]:
        """The pairs with a finding of these rules."""
        return {f"{row['master']} {row['backup']}" for row in report["findings"] if row["rule"] in rules}

    def unreachable_backups(self) -> list[str]:
        products = self.state()["products"]
        unreachable = {product["name"] for product in products if product["status"] == "Unreachable"}
        return [
            f"{product['name']} {backup['name']}"
            for product in products
            for backup in product.get("backupProducts", [])
            if backup["name"] in unreachable
        ]

    def flows_of(self, product: str, status: str | None = None) -> list[str]:
        return [
            flow["name"]
            for flow in self.state()["flows"]
            if product in self._products_of(flow) and status in (None, flow["status"])
        ]

    def statuses(self, flows: list[str]) -> str:
        return " and ".join(sorted({flow["status"] for flow in self.state()["flows"] if flow["name"] in flows}))

    def flows_deployed_on(self, product: str) -> list[str]:
        return [
            row["flow"]["name"]
            for row in self.state()["deployments"]
            if row["product"]["name"] == product and row["status"] == "Deployed"
        ]

    def flows_not_on_backups(self) -> list[str]:
        """Complete flows of the declared masters that are not deployed on the master and each of its backups."""
        state = self.state()
        deployed = {
            (row["flow"]["name"], row["product"]["name"]) for row in state["deployments"] if row["status"] == "Deployed"
        }
        wrong = []
        for entry in self.topology:
            for flow in state["flows"]:
                if entry["master"] not in self._products_of(flow) or flow["status"] == "Saved":
                    continue
                wanted = {(flow["name"], product) for product in (entry["master"], *entry["backups"])}
                if flow["status"] != "Deployed" or not wanted <= deployed:
                    wrong.append(flow["name"])
        return wrong

    def _is_declared(self, name: str) -> bool:
        return any(entry["master"] == name for entry in self.topology)

    @staticmethod
    def _products_of(flow: dict[str, Any]) -> set[str]:
        sides = [flow.get("sources"), *flow.get("relays", []), flow.get("targets")]
        return {part["part"]["name"] for side in sides if side for part in side.get("parts", [])}
