# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`cg-sim serve` as a process of its own."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from cg_sim.api.asgi import PREFIX

#: Seconds; much longer than a start takes, for busy machines.
_LIMIT = 60


@dataclass
class Served:
    """A running simulator with a session that is logged on as admin."""

    url: str
    process: subprocess.Popen[str]
    about: dict[str, Any]
    session: requests.Session = field(default_factory=requests.Session)

    def __post_init__(self) -> None:
        self.session.trust_env = False
        self.session.auth = ("admin", "admin")
        self.session.verify = self.about.get("ca_path", True)

    def api(self, method: str, path: str, **arguments: Any) -> requests.Response:
        return self.session.request(method, self.url + PREFIX + path, timeout=_LIMIT, **arguments)

    def control(self, method: str, path: str, **arguments: Any) -> Any:
        reply = requests.request(
            method, f"{self.url}/_sim/{path}", timeout=_LIMIT, verify=self.session.verify, **arguments
        )
        assert reply.status_code == 200, reply.text
        return reply.json()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(_LIMIT)

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(_LIMIT)


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "cg_sim", *arguments]


@contextlib.contextmanager
def served(directory: Path, *arguments: str, estate: Path | None = None, **environment: str) -> Iterator[Served]:
    """A simulator that is stopped at the end of the block. `directory` is for its files."""
    ready_file = directory / "ready.json"
    ready_file.unlink(missing_ok=True)
    seeded = ["--seed", str(estate)] if estate else []
    process = subprocess.Popen(
        command("serve", "--ready-file", str(ready_file), *seeded, *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        line = process.stdout.readline()
        if not line.startswith("cg-sim ready at "):
            raise AssertionError(f"not ready: {line!r} {process.stderr.read()}")
        about = json.loads(ready_file.read_text(encoding="utf-8"))
        yield Served(line.removeprefix("cg-sim ready at ").strip(), process, about)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(_LIMIT)
        process.stdout.close()
        process.stderr.close()


def until(deadline_seconds: float = _LIMIT) -> Iterator[None]:
    """Repeat until the loop is left; fails after the deadline."""
    deadline = time.monotonic() + deadline_seconds
    while time.monotonic() < deadline:
        yield
        time.sleep(0.02)
    raise AssertionError(f"did not happen within {deadline_seconds} seconds")
