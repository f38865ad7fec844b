# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes when the only task of a playbook begins and has ended, for the benchmarks."""

from __future__ import annotations

import os
import time

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: moments
type: aggregate
short_description: Record when a task begins and ends
description: Writes the moments, in seconds of the monotonic clock, to the file named by BENCH_MOMENTS.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "moments"
    CALLBACK_NEEDS_ENABLED = True

    def _record(self):
        with open(os.environ["BENCH_MOMENTS"], "a", encoding="utf-8") as file:
            file.write(f"{time.monotonic()}\n")

    def v2_playbook_on_task_start(self, task, is_conditional):
        self._record()

    def v2_runner_on_ok(self, result):
        self._record()
