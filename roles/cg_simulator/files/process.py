# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start, find and stop the simulator's process, detached from the play.

    process.py start READY_FILE SECONDS LOG_FILE SETTINGS_FILE SETTINGS COMMAND [ARGUMENT ...]
    process.py look READY_FILE SETTINGS_FILE
    process.py stop READY_FILE SECONDS

READY_FILE is the file that the simulator writes once it listens: JSON with `url`, `control_url`, `pid`, `ca_path`.
`look` prints its content with `running` and `settings` (the text in SETTINGS_FILE) added; it is only these two if
READY_FILE does not exist. `start` writes SETTINGS, a text that stands for what the simulator is started with, to
SETTINGS_FILE, and returns when the simulator is ready; `stop` returns when it has ended. After SECONDS without success
both print the reason and exit with 1.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

# The process named in the file may have ended, and its PID may have been reused by another program.
COMMAND_NAME = "cg-sim"


def start(ready_file: str, seconds: str, log_file: str, settings_file: str, settings: str, *command: str) -> int:
    with contextlib.suppress(FileNotFoundError):
        os.unlink(ready_file)  # of an earlier simulator
    with open(settings_file, "w", encoding="utf-8") as file:
        file.write(settings)
    with open(log_file, "wb") as log:
        # A new session: an interrupted play must neither stop the simulator nor wait for it.
        server = subprocess.Popen(  # pylint: disable=consider-using-with
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
    deadline = time.monotonic() + float(seconds)
    while server.poll() is None and time.monotonic() < deadline:
        if os.path.exists(ready_file):
            return 0
        time.sleep(0.05)
    if server.poll() is None:
        server.kill()
        server.wait()
        print(f"The simulator was not ready after {seconds} seconds. It said:")
    else:
        print(f"The simulator ended with status {server.returncode} before it was ready. It said:")
    with open(log_file, encoding="utf-8", errors="replace") as log:
        print("".join(log.readlines()[-20:]))
    return 1


def look(ready_file: str, settings_file: str) -> int:
    note = read_note(ready_file)
    try:
        with open(settings_file, encoding="utf-8") as file:
            settings = file.read().strip()
    except (FileNotFoundError, UnicodeDecodeError):
        settings = ""
    print(json.dumps({**note, "running": is_running(note), "settings": settings}))
    return 0


def stop(ready_file: str, seconds: str) -> int:
    note = read_note(ready_file)
    if is_running(note):
        os.kill(note["pid"], signal.SIGTERM)
    deadline = time.monotonic() + float(seconds)
    while is_running(note):
        if time.monotonic() > deadline:
            print(f"The simulator (process {note['pid']}) still runs {seconds} seconds after it was asked to stop.")
            return 1
        time.sleep(0.05)
    with contextlib.suppress(FileNotFoundError):
        os.unlink(ready_file)
    return 0


def read_note(ready_file: str) -> dict:
    try:
        with open(ready_file, encoding="utf-8") as note:
            return json.load(note)
    except (FileNotFoundError, ValueError):
        return {}


def is_running(note: dict) -> bool:
    pid = note.get("pid")
    return isinstance(pid, int) and COMMAND_NAME in command_line_of(pid)


def command_line_of(pid: int) -> str:
    """Empty if there is no such process, or if it is a zombie."""
    if os.path.isdir("/proc/self"):
        try:
            with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as command_line:
                return command_line.read().replace("\0", " ")
        except OSError:
            return ""
    listed = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return listed.stdout


if __name__ == "__main__":
    sys.exit({"start": start, "look": look, "stop": stop}[sys.argv[1]](*sys.argv[2:]))
