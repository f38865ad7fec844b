# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the tests of the info modules share."""

from __future__ import annotations

from typing import Any

from harness import Run, Simulator, run_each, run_tasks

COLLECTION = "mftops.central_governance"


def ask(cg: Simulator, module: str, check: bool = False, **options: Any) -> Run:
    return run_tasks({"name": "ask", f"{COLLECTION}.{module}": options}, connection=cg.connection, check=check)


def names(run: Run, key: str) -> list[str]:
    return [row["name"] for row in run.of("ask")[key]]


def assert_check_mode_reads_the_same_and_nothing_changes(cg: Simulator, module: str) -> None:
    real, checked = (task.result for task in run_each(module, {}, {"check_mode": True}, connection=cg.connection))
    for result in (real, checked):
        result.pop("invocation", None)  # from ansible-core 2.21 on, only when asked for
    assert real == checked
    assert real["changed"] is False
    assert cg.writes() == []


def assert_fails(cg: Simulator, module: str, message: str, **options: Any) -> None:
    assert ask(cg, module, **options).failed().of("ask")["msg"] == message
