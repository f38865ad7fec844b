# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ends Python's search for reference cycles in the process of a module.

PRIVATE to the collection: it may change at any time.

A module runs once, and what it reads are trees. The search, which Python starts again and again while many objects are
made, finds nothing in them; for a large estate it takes a third of the time. Python also searches once at its end,
through everything that was imported, which takes a tenth of the time of a small task.
"""

from __future__ import annotations

import atexit
import gc


def stop_searching_for_cycles() -> None:
    gc.disable()
    atexit.register(gc.freeze)
