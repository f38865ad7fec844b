# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`make test` tries the same examples on every run and every machine; `make fuzz` tries others, and `make proof` more
of the same."""

from __future__ import annotations

import os

from hypothesis import settings

FUZZ = int(os.environ.get("CG_FUZZ", "0"))
# How many random pipelines; `make proof PROOF=10000` tries more. What takes longer gets a share of that number.
PIPELINES = int(os.environ.get("CG_PROOF") or 300) * max(FUZZ, 1)
settings.register_profile("same", max_examples=max(PIPELINES // 3, 1), derandomize=True, deadline=None)
settings.register_profile("fuzz", max_examples=100 * FUZZ or 1, derandomize=False, deadline=None, print_blob=True)
settings.load_profile("fuzz" if FUZZ else "same")
