# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pauses Python's search for reference cycles (the garbage collector) while an action plugin works.

PRIVATE to the collection: it may change at any time.

An action plugin runs in a process that ends with its task. The search, which Python starts repeatedly while large
structures are built (a module's payload, its result, a plan), takes up to half of the time and finds nothing in them.
Afterwards it would only find what Ansible left over from building a payload, which is not worth the time either; so
``gc.freeze`` excludes all of that.
"""

from __future__ import annotations

import contextlib
import gc
import typing as t


@contextlib.contextmanager
def no_search_for_cycles() -> t.Iterator[None]:
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.freeze()
            gc.enable()
