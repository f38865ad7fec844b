# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A pipeline in a process of its own, which kills itself at one of its requests (a program for test_kills.py).

    killed_process.py URL OPTIONS NUMBER before|after

OPTIONS is JSON. At the end of a run that was not killed, it prints how many requests it has sent.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.transport import Transport

sys.path.insert(0, str(Path(__file__).parent))
from pipelines import Simulator, pipeline


def main(url: str, options: str, number: str, moment: str) -> None:
    lock = threading.Lock()

    class KillsItself(Transport):
        sent = 0

        def _exchange(self, call: Any) -> Any:
            with lock:
                at, KillsItself.sent = KillsItself.sent, KillsItself.sent + 1
            if at == int(number) and moment == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            reply = super()._exchange(call)
            if at == int(number):
                os.kill(os.getpid(), signal.SIGKILL)
            return reply

    cg = Simulator(url=url, control_url="", pid=0, ca_path=None)
    reports = pipeline(cg, json.loads(options), check=False, transport_class=KillsItself)
    assert [report.failure for report in reports] == ["", "", ""]
    print(KillsItself.sent)


if __name__ == "__main__":
    main(*sys.argv[1:])
