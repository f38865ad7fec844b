# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs one module outside of Ansible and prints as JSON where its time goes, in seconds by stage.

    one_module.py MODULE < ARGUMENTS (JSON)         BENCH_BEGAN: time.monotonic() when this was started

Stages are exclusive: what a stage spends within another one counts for the inner one only.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import time

BEGAN = float(os.environ["BENCH_BEGAN"])
STAGES: dict[str, float] = {"interpreter": time.monotonic() - BEGAN}


class Stopwatch:
    def __init__(self) -> None:
        self._stack = ["planning"]
        self._since = time.monotonic()

    def _switch(self) -> None:
        now = time.monotonic()
        STAGES[self._stack[-1]] = STAGES.get(self._stack[-1], 0.0) + now - self._since
        self._since = now

    @contextlib.contextmanager
    def stage(self, name: str):
        self._switch()
        self._stack.append(name)
        try:
            yield
        finally:
            self._switch()
            self._stack.pop()

    def wrap(self, owner, attribute: str, name: str) -> None:
        original = getattr(owner, attribute)

        def timed(*arguments, **options):
            with self.stage(name):
                return original(*arguments, **options)

        setattr(owner, attribute, timed)


def main(module_name: str) -> None:
    watch = Stopwatch()
    arguments = json.load(sys.stdin)
    utils = "ansible_collections.mftops.central_governance.plugins.module_utils"
    with watch.stage("imports"):
        __import__(f"ansible_collections.mftops.central_governance.plugins.modules.{module_name}")
    import ssl

    from ansible.module_utils import basic

    loaded = sys.modules
    for attribute in ("wrap_socket", "load_verify_locations", "load_default_certs", "set_default_verify_paths"):
        watch.wrap(ssl.SSLContext, attribute, "TLS")
    watch.wrap(loaded[f"{utils}.cg_api.http_client"].HttpClient, "exchange", "HTTP")
    watch.wrap(loaded[f"{utils}.cg_api.transport"], "decoded", "records")
    watch.wrap(json, "loads", "JSON")
    watch.wrap(json.JSONDecoder, "raw_decode", "JSON")
    watch.wrap(basic.AnsibleModule, "__init__", "options")
    watch.wrap(loaded[f"{utils}.runtime.module"], "exit_with", "result")
    basic._ANSIBLE_ARGS = json.dumps({"ANSIBLE_MODULE_ARGS": arguments}).encode()
    basic._ANSIBLE_PROFILE = "legacy"
    printed = io.StringIO()
    with contextlib.suppress(SystemExit), contextlib.redirect_stdout(printed):
        loaded[f"ansible_collections.mftops.central_governance.plugins.modules.{module_name}"].main()
    with watch.stage("the rest"):
        pass
    assert '"changed": false' in printed.getvalue(), printed.getvalue()[:2000]
    print(json.dumps(STAGES))


if __name__ == "__main__":
    main(sys.argv[1])
