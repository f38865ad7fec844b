# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Turns off Python's search for reference cycles in the process of a module.

PRIVATE to the collection: it may change at any time.

A module runs once, and what it reads has no cycles. Python searches again and again while many objects are created,
which takes a third of the time for a large estate. It also searches once when it ends, through everything that was
imported, which takes a tenth of the time of a small task.
"""

from __future__ import annotations

import atexit
import gc


def stop_searching_for_cycles() -> None:
    gc.disable()
    atexit.register(gc.freeze)
