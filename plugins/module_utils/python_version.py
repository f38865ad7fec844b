# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks the version of Python. PRIVATE to the collection: it may change at any time.

Every module imports this before anything else of the collection, and the import is the check: with an older Python the
next imports fail, with messages that do not help a user. This file, and the one that it imports, must therefore run
with Python 3.7 too (older ones already stop at the import of annotations).
"""

from __future__ import annotations

import json
import sys
import typing as t

from .payload import compile_once

if sys.version_info < (3, 10):
    reason = (
        "The modules of mftops.central_governance need Python 3.10 or newer on the host where they run; "
        f"{sys.executable} is Python {sys.version_info[0]}.{sys.version_info[1]}. "
        "Set ansible_python_interpreter to a newer one. Nothing was changed."
    )
    # Written by hand: Ansible's fail_json needs a module with options.
    sys.stdout.write(json.dumps({"failed": True, "changed": False, "msg": reason}) + "\n")
    raise SystemExit(1)

compile_once()


def on_supported_python(main: t.Callable[[], None]) -> t.Callable[[], None]:
    """Marks the ``main`` of a module that imports this file, and returns it unchanged."""
    return main
