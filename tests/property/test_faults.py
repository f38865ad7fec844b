# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every fault in every operation of every verb, as a matrix; `make proof` prints it.

In each cell the three verbs run with the fault, applied once and permanently, and the simulator's records show whether
the invariants hold (``invariants.py``). Then the fault is removed, and the same task must end as it does without it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration" / "modules"))
from engine import REFUSED, TIMED_OUT, TIMED_OUT_LATER, Engine
from estates import SFTP, flow, product, synchronized, unsynchronized
from invariants import Judge, essence
from pipelines import run_task, steps

# Operation of the collection -> operation of the API description. Columns.
OPERATIONS = {
    "list_products": "listProducts", "find_products": "listProducts", "read_product": "getProduct",
    "list_backups": "listBackups", "add_backups": "addBackups", "remove_backup": "removeBackup",
    "synchronize_backup": "synchronizeBackup", "list_flows": "listFlows", "read_flow": "getFlow",
    "deploy_flow": "deployFlow", "flow_deployments": "listDeployments",
}  # fmt: skip
WRITES = ("add_backups", "remove_backup", "synchronize_backup", "deploy_flow")
# Rows: a fault rule of the simulator, or (a string) what happens to the request on its way there.
FAULTS: dict[str, dict[str, Any] | str] = {
    "connection refused": REFUSED,
    "no answer, not carried out": TIMED_OUT,
    "no answer, carried out": TIMED_OUT_LATER,
    "reset, not carried out": {"fault": "reset"},
    "reset, carried out": {"fault": "commit_then_drop"},
    "half of the answer": {"fault": "truncate"},
    "400": {"fault": "status", "status": 400},
    "401": {"fault": "expire_session"},
    "403": {"fault": "status", "status": 403},
    "404": {"fault": "status", "status": 404},
    "409": {"fault": "status", "status": 409},
    "429": {"fault": "status", "status": 429},
    "500, not carried out": {"fault": "status", "status": 500},
    "500, carried out": {"fault": "status", "status": 500, "when": "after"},
    "503, not carried out": {"fault": "status", "status": 503},
    "503, carried out": {"fault": "status", "status": 503, "when": "after"},
    "sign-in page": {"fault": "html"},
    "sign-in page, carried out": {"fault": "html", "when": "after"},
    "redirect": {"fault": "html", "status": 302},
    "an old answer": {"fault": "stale"},
    "a false flag": {"fault": "lying_flag"},
    "work that fails": {"fault": "job_error"},
    "work that fails on one": {"fault": "partial_deployment"},
}
OLD_OR_FALSE = ("an old answer", "a false flag")
ONLY_FOR: dict[str, tuple[str, ...]] = {
    "work that fails": ("synchronize_backup", "deploy_flow"),
    "work that fails on one": ("deploy_flow",),
    "an old answer": tuple(name for name in OPERATIONS if name not in WRITES),
    "a false flag": ("list_products", "read_product", "list_backups", "synchronize_backup"),
}
ESTATE = {
    "products": [
        product("M1", profiles=[SFTP], backups=synchronized("B1", "B3")),
        product("M2", profiles=[SFTP], backups=unsynchronized("B4")),
        product("B1", profiles=[SFTP]),
        product("B2", profiles=[{**SFTP, "port": 2222}]),
        product("B3", profiles=[SFTP]),
        product("B4"),
    ],
    "flows": [flow("F1", "M1"), flow("F2", "M2", status="Saved, not deployed"), flow("F3", "B3")],
}
OPTIONS = {
    "topology": [{"master": "M1", "backups": ["B1", "B2"]}, {"master": "M2", "backups": ["B4"]}],
    "state": "exact", "protected": ["B1", "B4"], "allow_shared_backup": False,
    "synchronize": ["M1", "M2"], "allow_flow_invalidation": False, "force": "false",
    "flows": [], "masters": ["M1", "M2"], "skip_incomplete": False,
}  # fmt: skip
ALL = bool(os.environ.get("CG_PROOF"))  # in `make proof`


class Verbs:
    """The three verbs, each from the state that the one before it leaves."""

    def __init__(self, cg: Engine) -> None:
        self.cg = cg
        self.verbs = steps(OPTIONS)
        cg.seed(ESTATE)
        self.states = [cg.state()]  # before each verb, and after the last
        for verb, params in self.verbs:
            assert run_task(cg, verb, **params).failure == ""
            self.states.append(cg.state())

    def start(self, number: int) -> None:
        self.cg.clear_faults()
        self.cg.hooks = []
        self.cg.simulator.load(self.states[number])
        self.cg.forget_journal()

    def apply(self, name: str, operation: str, once: bool) -> list[int]:
        """Sets the fault; the list gets an entry each time it is applied."""
        applied: list[int] = []
        fault = FAULTS[name]
        if isinstance(fault, dict) and fault["fault"] in ("job_error", "partial_deployment", "lying_flag", "stale"):
            count = {"count": 1} if once else {}
            self.cg.add_fault(**fault, operation=OPERATIONS[operation], **count)

        def on_the_way(call: Any) -> str | None:
            if call.operation.name != operation or (once and applied):
                return None
            applied.append(1)
            if isinstance(fault, str):
                return fault
            if fault["fault"] not in ("job_error", "partial_deployment", "lying_flag", "stale"):
                self.cg.add_fault(**fault, operation=OPERATIONS[operation], count=1)
            return None

        self.cg.on_the_way = on_the_way
        return applied

    def cell(self, name: str, operation: str, problems: list[str]) -> str:
        """The outcome of each verb, with the fault applied once and permanently."""
        parts = []
        for number, (verb, params) in enumerate(self.verbs):
            words = []
            for once in (True, False):
                where = f"{name}, {operation}, {'once' if once else 'permanently'}"
                wrong = name in OLD_OR_FALSE or (name == "work that fails" and operation == "synchronize_backup")
                for check in (True, False):
                    self.start(number)
                    applied = self.apply(name, operation, once)
                    judge = Judge(self.cg, answers_may_be_wrong=wrong)
                    report = judge(verb, params, lambda v=verb, p=params, c=check: run_task(self.cg, v, c, **p), check)
                    problems += [f"{where}: {problem}" for problem in judge.problems]
                    if "Unexpected error" in report.failure or "Traceback" in report.failure:
                        problems.append(f"{where}: {verb.doing}: {report.failure}")
                if not applied:
                    words.append("-")
                    continue
                words.append(word_of(report))
                self.cg.clear_faults()
                if name == "a false flag" and operation == "synchronize_backup":  # this option is the remedy
                    params = {**params, "force": "when_different"}
                judge = Judge(self.cg)
                again = judge(verb, params, lambda v=verb, p=params: run_task(self.cg, v, **p))
                problems += [f"{where}, run again: {problem}" for problem in judge.problems]
                if again.failure:
                    problems.append(f"{where}, run again: {verb.doing}: {again.failure}")
                elif essence(self.cg.snapshot()) != self.wanted(number + 1):
                    problems.append(f"{where}, run again: {verb.doing}: it did not end as without the fault")
            parts.append("".join(words))
        return " ".join(parts)

    def wanted(self, number: int) -> Any:
        before = self.cg.snapshot()
        self.cg.simulator.load(self.states[number])
        wanted = essence(self.cg.snapshot())
        self.cg.simulator.world.state = before
        return wanted


def word_of(report: Any) -> str:
    results = {row["result"] for row in report.items[1]}
    return "T" if "timed_out" in results else "F" if report.failure else "g"


@pytest.fixture(scope="module")
def verbs() -> Iterator[Verbs]:
    engine = Engine()
    with engine.virtual_time():
        yield Verbs(engine)


def as_table(matrix: dict[str, dict[str, str]]) -> str:
    """Rows are faults, columns operations."""
    width = max(len(name) for name in matrix)
    lines = [
        "In each cell: st_backup, st_sync, st_flow_deploy; each with the fault applied once and permanently.",
        "g succeeded, F failed, T timed out, - the operation was not used. ! an invariant did not hold.",
        "",
        " ".join([" " * width, *(f"{name:>{max(len(name), 8)}}" for name in OPERATIONS)]),
    ]
    for name, row in matrix.items():
        lines.append(" ".join([f"{name:{width}}", *(f"{row.get(op, ''):>{max(len(op), 8)}}" for op in OPERATIONS)]))
    return "\n".join(lines)


@pytest.mark.slow
def test_no_fault_leads_to_a_false_result(verbs, capsys):
    problems: list[str] = []
    matrix: dict[str, dict[str, str]] = {}
    for name in FAULTS:
        matrix[name] = {}
        for operation in ONLY_FOR.get(name, tuple(OPERATIONS)):
            found: list[str] = []
            matrix[name][operation] = verbs.cell(name, operation, found) + "!" * bool(found)
            problems += found
    if ALL:
        with capsys.disabled():
            print(f"\n{as_table(matrix)}\n")
    assert problems == []
    # Each operation is used, and each verb both succeeds and fails somewhere.
    cells = [cell.split() for row in matrix.values() for cell in row.values()]
    for operation in OPERATIONS:
        assert any(set(row.get(operation, "")) - set("- ") for row in matrix.values()), operation
    for verb in range(3):
        assert {"g", "F"} <= {letter for cell in cells for letter in cell[verb]}
