# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a command costs: elapsed time, processor time, bytes printed, and memory by kind of process."""

from __future__ import annotations

import contextlib
import os
import platform
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

LIMIT = 3 * 3600  # seconds; a command that takes this long hangs
MiB = 1024 * 1024


@dataclass
class Cost:
    """Of one finished command, the processes that it started included."""

    seconds: float  # elapsed
    cpu: float  # seconds of processor time, user and system
    printed: int  # bytes
    output: str
    memory: dict[str, int] = field(default_factory=dict)  # "module" and "controller": bytes of the largest process
    calculated: bool = False  # from the costs of smaller runs


def measured(command: Sequence[str], environment: Mapping[str, str], memory: bool = False) -> Cost:
    """Runs the command, which has to succeed. Memory is measured only when asked, since that takes time."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        began = time.monotonic()
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=dict(environment)
        )
        watch = threading.Timer(LIMIT, process.kill)
        watch.start()
        with peaks_below(process.pid) if memory else contextlib.nullcontext({}) as peaks:
            # wait4 counts this process and those that it has waited for; getrusage would count everything before, too.
            _pid, status, used = os.wait4(process.pid, 0)
        watch.cancel()
        seconds = time.monotonic() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        text = output.read()
    assert process.returncode == 0, f"{' '.join(command)}: status {process.returncode}\n{text[-5000:]}"
    return Cost(seconds, used.ru_utime + used.ru_stime, len(text.encode()), text, dict(peaks))


@contextlib.contextmanager
def peaks_below(root: int) -> Iterator[dict[str, int]]:
    """The most memory that a module and a controller process below `root` have held so far, in bytes.

    The kernel keeps the high-water mark of each process, so that reading it now and then is enough.
    """
    peaks = {"module": 0, "controller": 0}
    finished = threading.Event()

    def watch() -> None:
        while not finished.wait(0.05):
            for pid in _tree(root):
                kind, peak = _kind_and_peak(pid)
                if kind:
                    peaks[kind] = max(peaks[kind], peak)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peaks
    finally:
        finished.set()
        thread.join()


def _tree(root: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError, IndexError):
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                parents.setdefault(parent, []).append(int(entry.name))
    found = [root]
    for pid in found:
        found += parents.get(pid, [])
    return found


def _kind_and_peak(pid: int) -> tuple[str, int]:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes()
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return "", 0
    if b"/sh\0" in words or "VmHWM" not in status:
        return "", 0
    kind = "module" if b"AnsiballZ_" in words else "controller" if b"ansible-playbook" in words else ""
    return kind, int(status.partition("VmHWM:")[2].split()[0]) * 1024


def machine() -> str:
    """What these numbers were measured on, in one line."""
    model = next(
        (line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")),
        platform.machine(),
    )
    memory = next((int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal")), 0)
    return (
        f"{len(os.sched_getaffinity(0))} cores ({model}), {memory / MiB:.0f} GiB of memory, "
        f"{platform.system()} {platform.release()}, Python {platform.python_version()}, load {os.getloadavg()[1]:.0f}"
    )


def _lines(path: str) -> list[str]:
    try:
        return Path(path).read_text().splitlines()
    except OSError:
        return []
