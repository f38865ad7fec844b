# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Pauses Python's search for reference cycles while an action plugin works.

PRIVATE to the collection: it may change at any time.

An action plugin runs in a process that ends with its task. The search, which Python starts again and again while large
trees are built (a module's payload, its result, a plan), takes up to half of the time and finds nothing in them. What
Ansible leaves behind when it builds a payload is found afterwards; that, too, takes longer than it is worth.
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
