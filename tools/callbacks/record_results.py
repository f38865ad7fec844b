# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes one JSON line for each finished task to a file, so that tests and the demo need not parse Ansible's output."""

from __future__ import annotations

import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: record_results
type: aggregate
short_description: Record task results as JSON lines, for tests and the demo
description: Writes one JSON line for each finished task to the file named by RECORD_RESULTS.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "record_results"
    CALLBACK_NEEDS_ENABLED = True

    def _record(self, status, outcome, ignored=False):
        # These attributes are public since ansible-core 2.19; before, their names had an underscore.
        task = getattr(outcome, "task", None) or outcome._task
        host = getattr(outcome, "host", None) or outcome._host
        result = getattr(outcome, "result", None) or outcome._result
        if status == "ok" and result.get("changed"):
            status = "changed"
        line = json.dumps(
            {
                "task": task.get_name(),
                "action": task.action,
                "host": host.get_name(),
                "status": status,
                "ignored": ignored,
                "result": dict(result),
            },
            default=str,
        )
        with open(os.environ["RECORD_RESULTS"], "a", encoding="utf-8") as record:
            record.write(line + "\n")

    def v2_runner_on_ok(self, result):
        self._record("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False):
        self._record("failed", result, ignored=bool(ignore_errors))

    def v2_runner_on_skipped(self, result):
        self._record("skipped", result)

    def v2_runner_on_unreachable(self, result):
        self._record("unreachable", result)
