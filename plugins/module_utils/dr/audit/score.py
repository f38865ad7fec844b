# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A score for trends: how much of the estate is ready, with its arithmetic.

PRIVATE to the collection: it may change at any time.

The arithmetic is published (docs/rules.md) and returned with the score. Decisions should be based on the verdict.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence

from .findings import CRITICAL, DEGRADED, NOT_READY, READY, UNKNOWN, VERDICT_UNKNOWN, WARNING

# The points of a pair, in hundredths, by its verdict.
WORTH = {READY: 100, DEGRADED: 75, VERDICT_UNKNOWN: 0, NOT_READY: 0}
# The maximum score while any finding of the severity counts.
CAPS = ((CRITICAL, 49, "a critical finding"), (UNKNOWN, 74, "something not assessed"), (WARNING, 99, "a warning"))


def score(verdicts: Sequence[str], counts: Mapping[str, int]) -> dict[str, t.Any]:
    """The score for the verdicts of all pairs (declared or found) and the counts of all findings."""
    pairs = {verdict: sum(each == verdict for each in verdicts) for verdict in WORTH}
    total = sum(WORTH[verdict] * number for verdict, number in pairs.items())
    value = total // len(verdicts) if verdicts else 0
    cap, why = next(((cap, why) for severity, cap, why in CAPS if counts[severity]), (100, ""))
    parts = " + ".join(f"{number} x {WORTH[verdict]} ({verdict})" for verdict, number in pairs.items())
    arithmetic = f"({parts}) / {len(verdicts)} pairs = {value}" if verdicts else "no pairs: 0"
    if why:
        arithmetic += f"; at most {cap} because of {why}"
    return {"value": min(value, cap), "pairs": pairs, "cap": cap, "arithmetic": f"{arithmetic}."}
