# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each claim of the guide to killed runs names a test that exists."""

from __future__ import annotations

import re
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def test_each_claim_is_shown_by_a_test_that_exists() -> None:
    text = (CHECKOUT / "docs/killed_runs.md").read_text(encoding="utf-8")
    rows = text.partition("## How this is known")[2].splitlines()
    claims = [row for row in rows if row.startswith("| ") and not row.startswith("| claim")]
    assert len(claims) > 8
    for claim in claims:
        (named,) = re.findall(r"`(tests/[\w/.]+)::(\w+)`", claim)
        assert f"def {named[1]}(" in (CHECKOUT / named[0]).read_text(encoding="utf-8"), claim
