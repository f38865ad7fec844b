# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator as a process of its own, driven through its control plane."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests
import yaml

USERNAME = "admin"
PASSWORD = "correct horse battery staple"
# Variants of what is assumed, for every simulator that a test starts without its own: `key=value key=value`.
# `make variants` runs the tests of the modules and the role with them.
VARIANTS = dict(pair.split("=", 1) for pair in os.environ.get("CG_SIM_TEST_VARIANTS", "").split())
BY_REFERENCE = [{"businessId": "{backupId}"}]
OPERATIONS_FOR = {
    ("auth", "session"): {"login": {"path": "/login"}},
    ("login", "form"): {
        "login": {
            "path": "/j_security_check",
            "base": "server",
            "encoding": "form",
            "body": {"j_username": "{username}", "j_password": "{password}"},
        }
    },
    ("login", "page"): {
        "login": {
            "page": "/ui/",
            "path": "/ui/j_security_check",
            "base": "server",
            "encoding": "form",
            "body": {"j_username": "{username}", "j_password": "{password}"},
        }
    },
    ("backup_post", "replace"): {"add_backups": {"sends": "whole_list"}},
    ("remove_path", "alternate"): {
        "remove_backup": {"method": "POST", "path": "/products/{id}/backupproducts/remove", "body": BY_REFERENCE}
    },
    ("synchronize_path", "alternate"): {
        "synchronize_backup": {"path": "/products/{id}/synchronizebackups", "body": BY_REFERENCE}
    },
}
Estate = Mapping[str, Any] | str | Path | None  # the document itself, its YAML text, a file, or an empty estate
START_LIMIT = 60  # seconds; far beyond what it needs, since the machine may be busy


@dataclass
class Simulator:
    url: str
    control_url: str
    pid: int
    ca_path: str | None
    token: str | None = None
    operations: dict[str, Any] = field(default_factory=dict)

    @property
    def connection(self) -> dict[str, Any]:
        """Connection options as the modules take them."""
        options: dict[str, Any] = {"url": self.url}
        if self.token:
            options["token"] = self.token
        else:
            options.update(username=USERNAME, password=PASSWORD)
        if self.ca_path:
            options["ca_path"] = self.ca_path
        if self.operations:
            options["operations"] = self.operations
        return options

    @property
    def environment(self) -> dict[str, str]:
        """The same as environment variables."""
        return {
            f"CG_{name.upper()}": json.dumps(value) if isinstance(value, dict) else str(value)
            for name, value in self.connection.items()
        }

    def control(self, method: str, path: str, **arguments: Any) -> Any:
        with requests.Session() as session:
            session.trust_env = False  # no proxy, no other certificates: it runs on the same machine
            answer = session.request(
                method, f"{self.control_url}/{path}", verify=self.ca_path or True, timeout=30, **arguments
            )
        if answer.status_code >= 400:
            raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json() if answer.content else None

    def journal(self, **filters: str) -> list[dict[str, Any]]:
        """The requests that it answered, oldest first; filters as the control plane takes them."""
        entries = self.control("GET", "journal", params=filters)
        return entries["entries"] if isinstance(entries, dict) else entries

    def writes(self) -> list[str]:
        """The requests that change something, for example `POST /products/{id}/backupproducts`."""
        return [f"{entry['method']} {entry['path']}" for entry in self.journal(write="true")]

    def forget_journal(self) -> None:
        self.control("DELETE", "journal")

    def state(self) -> dict[str, Any]:
        return self.control("GET", "state")

    def reset(self) -> None:
        self.control("POST", "reset")

    def seed(self, estate: Estate) -> None:
        self.control("POST", "seed", data=_as_text(estate).encode(), headers={"Content-Type": "application/yaml"})

    def set_variants(self, **variants: str) -> None:
        self.control("PUT", "variants", json=variants)

    def set_transitions(self, **transitions: str) -> None:
        self.control("PUT", "transitions", json=transitions)

    def add_fault(self, **fault: Any) -> None:
        self.control("POST", "faults", json=fault)


class Simulators:
    """The simulators of a test session: one that a test no longer uses is emptied and serves the next test."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._running = contextlib.ExitStack()
        self._idle: dict[Any, list[Simulator]] = {}
        self._started = 0

    @contextlib.contextmanager
    def lend(
        self,
        estate: Estate = None,
        *,
        variants: Mapping[str, str] | None = None,
        transitions: Mapping[str, str] | None = None,
        tls: bool = False,
        token: str | None = None,
    ) -> Iterator[Simulator]:
        """A simulator that is the block's own, as running_simulator would start it."""
        idle = self._idle.setdefault((tls, token), [])
        cg = idle.pop() if idle else self._start(tls, token)
        variants = VARIANTS if variants is None else variants
        cg.reset()  # the clock, the faults and the journal too
        cg.operations = _operations_for(variants)
        cg.set_variants(**variants)
        cg.set_transitions(**transitions or {})
        cg.seed(_as_text(estate))
        yield cg
        idle.append(cg)

    def _start(self, tls: bool, token: str | None) -> Simulator:
        self._started += 1
        directory = self._directory / f"simulator-{self._started}"
        return self._running.enter_context(running_simulator(directory, variants={}, tls=tls, token=token))

    def stop(self) -> None:
        self._running.close()


@contextlib.contextmanager
def running_simulator(
    directory: Path,
    estate: Estate = None,
    *,
    variants: Mapping[str, str] | None = None,
    transitions: Mapping[str, str] | None = None,
    tls: bool = False,
    token: str | None = None,
    arguments: tuple[str, ...] = (),
) -> Iterator[Simulator]:
    """A simulator that ends with the block. `estate` is a file, or the YAML text or the document itself."""
    directory.mkdir(parents=True, exist_ok=True)
    ready_file = directory / "ready.json"
    log_file = directory / "log"
    command = [str(Path(sys.executable).with_name("cg-sim")), "serve", "--port=0", f"--ready-file={ready_file}"]
    command += [f"--username={USERNAME}"]
    if estate is not None:
        seed = directory / "estate.yml"
        seed.write_text(_as_text(estate), encoding="utf-8")
        command.append(f"--seed={seed}")
    if tls:
        command += ["--tls", f"--tls-dir={directory / 'tls'}"]
    variants = VARIANTS if variants is None else variants
    command += [f"--variant={key}={value}" for key, value in variants.items()]
    command += [f"--transition={key}={value}" for key, value in (transitions or {}).items()]
    command += arguments
    environment = {**os.environ, "CG_SIM_PASSWORD": PASSWORD}
    if token:
        environment["CG_SIM_TOKEN"] = token
    with open(log_file, "wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, env=environment
        )
    try:
        deadline = time.monotonic() + START_LIMIT
        while not ready_file.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                said = log_file.read_text(encoding="utf-8", errors="replace")
                raise AssertionError(f"the simulator did not start (status {process.poll()}); its log:\n{said}")
            time.sleep(0.02)
        note = json.loads(ready_file.read_text(encoding="utf-8"))
        yield Simulator(
            url=note["url"],
            control_url=note.get("control_url") or "",
            pid=note["pid"],
            ca_path=note.get("ca_path"),
            token=token,
            operations=_operations_for(variants),
        )
    finally:
        process.terminate()
        try:
            process.wait(timeout=START_LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _operations_for(variants: Mapping[str, str]) -> dict[str, Any]:
    """What a user of a Central Governance with these variants would set as `operations`."""
    return {
        name: operation
        for (key, value), operations in OPERATIONS_FOR.items()
        if variants.get(key) == value
        for name, operation in operations.items()
    }


def _as_text(estate: Estate) -> str:
    if isinstance(estate, Path):
        return estate.read_text(encoding="utf-8")
    if isinstance(estate, str):
        return estate
    return yaml.safe_dump(dict(estate or {}), allow_unicode=True, sort_keys=False)
