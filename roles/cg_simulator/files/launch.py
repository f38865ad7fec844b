# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Start a server detached from the play, and return once it says that it is ready.

    launch.py LOG_FILE READY_FILE SECONDS COMMAND [ARGUMENT ...]

Exits 0 when READY_FILE was written, 1 when the server ended or SECONDS passed before that; then the end of its log is
printed and nothing is left running.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time


def main(log_file: str, ready_file: str, seconds: str, *command: str) -> int:
    if os.path.exists(ready_file):
        os.unlink(ready_file)  # of an earlier server
    with open(log_file, "wb") as log:
        # A session of its own: an interrupted play must not take the server along, nor wait for it.
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
        print(f"The simulator ended with status {server.returncode}. It said:")
    with open(log_file, encoding="utf-8", errors="replace") as log:
        print("".join(log.readlines()[-20:]))
    return 1


sys.exit(main(*sys.argv[1:]))
