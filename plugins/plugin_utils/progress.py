# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shows the progress of a module that takes long.

PRIVATE to the collection: it may change at any time.

The module is run by this process's main thread, as usual, so that signals and the keyword ``timeout`` reach it. A
second thread sleeps until the next line is due, reads what the module has written
(``module_utils/runtime/progress.py``), and shows it; in the worker processes of ansible-core, the display passes it on
to the main process.

Both must be able to access the file, so the module must run on the controller, as the same user. Otherwise, and in the
background (``async``) and with ``no_log``, nothing is shown.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import threading
import time
import typing as t
from pathlib import Path

from ansible import constants
from ansible.utils.display import Display

from ..module_utils.runtime.progress import PROGRESS_FILE

INTERVAL = "CG_PROGRESS_INTERVAL"
DEFAULT_INTERVAL = 30.0  # seconds
GROWTH = (1, 1, 2, 4)  # the pauses in intervals; the last one is repeated


@contextlib.contextmanager
def progress_shown(action: t.Any, task_vars: t.Mapping[str, t.Any], option: t.Any = None) -> t.Iterator[None]:
    """Within the block, the progress of the module that the action plugin runs is shown. ``option`` is the interval
    that applies if the task itself does not set one."""
    task = action._task  # pylint: disable=protected-access
    interval = interval_of(action, task.args.get("progress_interval", option))
    if not interval:
        yield
        return
    try:
        # Ansible removes this folder when it ends, even where a worker process is killed.
        folder = tempfile.TemporaryDirectory(dir=constants.DEFAULT_LOCAL_TMP, prefix="progress.")
    except OSError:
        yield
        return
    with folder as name:
        path = Path(name) / "state"
        host = str(task_vars.get("inventory_hostname", ""))
        with with_environment(task, {PROGRESS_FILE: str(path)}), Reporter(path, host, interval):
            yield


def interval_of(action: t.Any, option: t.Any) -> float:
    """Seconds between lines; 0 when no lines may or can be shown."""
    task = action._task  # pylint: disable=protected-access
    is_on_this_host = getattr(action._connection, "transport", "") == "local"  # pylint: disable=protected-access
    return 0.0 if not is_on_this_host or task.async_val or task.no_log else _interval(option)


@contextlib.contextmanager
def with_environment(task: t.Any, variables: dict[str, str]) -> t.Iterator[None]:
    """Within the block, the modules of the task also get these environment variables."""
    environment = task.environment
    task.environment = [*_as_list(environment), variables]
    try:
        yield
    finally:
        task.environment = environment


class Reporter:
    """Shows the state in the file after the interval, and then at growing intervals. A context manager."""

    def __init__(
        self,
        path: Path,
        host: str,
        interval: float,
        show_line: t.Callable[[str], None] | None = None,
        clock: t.Callable[[], float] = time.monotonic,
    ) -> None:
        self.path = path
        self.host = host
        self.pauses = pauses(interval)
        self._show = show_line or show
        self._clock = clock
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._report, name="progress", daemon=True)

    def __enter__(self) -> Reporter:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._thread.join()

    def _report(self) -> None:
        while not self._ended.wait(next(self.pauses)):
            self.show_state()

    def show_state(self) -> None:
        """Shows one line, if the module has written anything."""
        try:
            line = line_of(json.loads(self.path.read_text(encoding="ascii")), self._clock())
        except (OSError, ValueError, KeyError, TypeError):
            return
        self._show(f"[{self.host}]: {line}" if self.host else line)


def line_of(state: dict[str, t.Any], now: float) -> str:
    """The line for a state as the module writes it; times are those of the monotonic clock, in seconds.

    >>> line_of({"text": "Deploy the flows: 3 of 9 done", "since": 10, "limit": 600}, 100.5)
    'Deploy the flows: 3 of 9 done, 01:30 of 10:00'
    """
    spent = minutes(now - state["since"])
    return (
        f"{state['text']}, {spent} so far"
        if state["limit"] is None
        else (f"{state['text']}, {spent} of {minutes(state['limit'])}")
    )


def minutes(seconds: float) -> str:
    """
    >>> minutes(90), minutes(7322)
    ('01:30', '2:02:02')
    """
    whole = max(int(seconds), 0)
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60:02}:{rest % 60:02}"


def pauses(interval: float) -> t.Iterator[float]:
    """The seconds between the lines: with 30, lines after 00:30, 01:00, 02:00, 04:00, 06:00 and so on."""
    for times in GROWTH:
        yield interval * times
    while True:
        yield interval * GROWTH[-1]


def _interval(option: t.Any) -> float:
    """From the option or the environment; 0 for none, and for a value that is no number, which the module refuses."""
    for given in (option, os.environ.get(INTERVAL)):
        if given not in (None, ""):
            try:
                seconds = float(given)
            except (TypeError, ValueError):
                return 0.0
            return seconds if 0 < seconds < threading.TIMEOUT_MAX / GROWTH[-1] else 0.0
    return DEFAULT_INTERVAL


def _as_list(environment: t.Any) -> list[t.Any]:
    if environment is None:
        return []
    return list(environment) if isinstance(environment, list) else [environment]


def show(line: str) -> None:
    """Prints to stdout, or to stderr if a callback prints JSON, which the lines would make invalid."""
    Display().display(line, stderr="json" in str(constants.DEFAULT_STDOUT_CALLBACK))
