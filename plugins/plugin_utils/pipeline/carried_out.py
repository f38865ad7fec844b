# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole run that one module carries out: the results of its steps, kept in files for the tasks of the steps.

PRIVATE to the collection: it may change at any time.

A module that runs on the controller as the same user writes the result of each step as soon as it has it
(``module_utils/runtime/run_record.py``). Otherwise it returns all results at its end, and they are written here. A
large result is thus in one place, is printed only by the task of its step, and is kept even when the module is killed.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import tempfile
import threading
import typing as t
from pathlib import Path

from ansible import constants, context
from ansible.errors import AnsibleActionFail

from ...module_utils.dr.steps import STEP_NAMES
from ...module_utils.runtime.run_record import ALIVE, FOLDER, OPENED, PREDICTED
from ..progress import interval_of, show, with_environment
from .steps import STEPS
from .summary import ended_text

ACTIONS_SHOWN = 2
REHEARSAL = "__dr_rehearsal"  # set by the role dr_rehearse, which itself reports what the run on its copy does
PAUSE = 0.2  # seconds between two checks for the result of a step
NOT_STARTED = (126, 127)  # what a shell returns when there is no such interpreter
NOT_KNOWN = "What it had written by then is not known."


def goes_step_by_step(task: t.Any) -> bool:
    """Whether the steps have to run as separate tasks: in check mode, where a person decides on each step, and with
    timeouts of single tasks."""
    play = getattr(task._parent, "_play", None)
    return bool(
        task.check_mode
        or task.timeout
        or context.CLIARGS.get("step")
        or task.debugger
        or constants.config.get_config_value("ENABLE_TASK_DEBUGGER")
        or str(getattr(play, "strategy", "")).rpartition(".")[2] == "debug"
    )


def run_in_one_module(
    action: t.Any, name: str, arguments: dict[str, t.Any], task_vars: dict[str, t.Any], interval: t.Any
) -> dict[str, t.Any]:
    """The result of the module, with ``carried_out``: for each step that was carried out, the file with its result."""
    try:
        # Ansible removes this folder when it ends.
        folder = Path(tempfile.mkdtemp(prefix="run.", dir=constants.DEFAULT_LOCAL_TMP))
    except OSError as error:
        raise AnsibleActionFail(f"No folder could be made for the results, so no step was started: {error}") from None
    task = action._task
    is_on_this_host = getattr(action._connection, "transport", "") == "local"
    is_shown = interval_of(action, interval) and REHEARSAL not in task_vars
    host = str(task_vars.get("inventory_hostname", "")) if is_shown else None
    with (
        with_environment(task, {FOLDER: str(folder)} if is_on_this_host else {}),
        StepsShown(folder, host),
    ):
        outcome = action._execute_module(name, module_args=arguments, task_vars=task_vars)
    return settled(folder, outcome, [step for step in STEP_NAMES if arguments.get(step)])


class StepsShown:
    """A context manager that shows one line for each step as soon as it has ended. ``host`` None shows nothing.

    It also holds a lock that shows the module that Ansible still waits for it. The lock ends with this process, and is
    released when Ansible's main process has been killed, which this process survives.
    """

    def __init__(self, folder: Path, host: str | None, show_line: t.Callable[[str], None] = show) -> None:
        self._folder = folder
        self._host = host
        self._show = show_line
        self._left = list(STEPS)
        self._parent = os.getppid()
        self._alive = open(folder / ALIVE, "wb")  # noqa: SIM115 (closed at the end, or when the parent is gone)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._report, name="steps", daemon=True)

    def __enter__(self) -> StepsShown:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(self._alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._thread.join()
        self._alive.close()
        self.show_ended()

    def _report(self) -> None:
        while not self._ended.wait(PAUSE):
            if os.getppid() != self._parent:
                self._alive.close()
                return
            self.show_ended()

    def show_ended(self) -> None:
        if self._host is None:
            return
        for step in list(self._left):
            result = _read(self._folder, step.name)
            if result is not None:
                self._left.remove(step)
            if result:
                line = ended_text(step, result, ACTIONS_SHOWN)
                self._show(f"[{self._host}]: {line}" if self._host else line)


def settled(folder: Path, outcome: dict[str, t.Any], steps: t.Sequence[str]) -> dict[str, t.Any]:
    """The outcome of the module with ``carried_out``, also when the module ended without an outcome.

    In that case, the step that was running has failed, and those before it have their results. If it is not known
    which step that was, ``unknown`` is true.
    """
    for step, result in (outcome.pop("steps", None) or {}).items():
        _write(folder, step, result)
    if "predictions" not in outcome:
        predicted = _read(folder, PREDICTED)
        if predicted is None:
            return outcome if _wrote_nothing(folder, outcome) else {**_failed(outcome), "unknown": True}
        died, outcome = outcome, predicted
        why = _why(died)
        under_way = next((s for s in steps if not outcome["idle"].get(s) and _read(folder, s) is None), None)
        if under_way is None:
            outcome["warnings"] = [f"{why} All steps had ended."]
        else:
            _write(folder, under_way, _failed(died))
    outcome["carried_out"] = {step: str(folder / f"{step}.json") for step in steps if _read(folder, step)}
    return outcome


def _wrote_nothing(folder: Path, outcome: t.Mapping[str, t.Any]) -> bool:
    """Whether it is certain that nothing was written: the module returned what failed, was not started, or wrote the
    file OPENED and not yet PREDICTED, which precedes its first write."""
    return "invocation" in outcome or outcome.get("rc") in NOT_STARTED or _read(folder, OPENED) is not None


def _why(died: t.Mapping[str, t.Any]) -> str:
    return f"The module ended unexpectedly: {str(died.get('msg') or 'it gave no message').rstrip()}"


def _failed(died: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The result of a step whose module ended unexpectedly. What the module printed is kept."""
    printed = {key: str(died[key]) for key in ("module_stdout", "module_stderr") if key in died}
    again = "What is done stays done; run the task again to do the rest."
    return {**printed, "failed": True, "changed": True, "msg": f"{_why(died)}\n{NOT_KNOWN}\n{again}"}


def _read(folder: Path, name: str) -> dict[str, t.Any] | None:
    try:
        return dict(json.loads((folder / f"{name}.json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


def _write(folder: Path, name: str, result: t.Mapping[str, t.Any]) -> None:
    (folder / f"{name}.json").write_text(json.dumps(result), encoding="utf-8")
