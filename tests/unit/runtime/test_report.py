# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rows of a report: which are shown, and how many there are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.report import (
    CHANGED,
    UNCHANGED,
    Report,
    Rows,
)


@dataclass
class Item:
    name: str
    result: str = UNCHANGED
    message: str = ""
    rows_made: int = field(default=0)

    def row(self) -> dict[str, Any]:
        self.rows_made += 1
        return {"flow": self.name}


def items() -> list[Item]:
    return [Item("A"), Item("B"), Item("C", CHANGED), Item("D", message="Joined."), Item("E")]


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["flow"] for row in rows]


def test_unchanged_rows_beyond_the_limit_are_counted_unless_they_have_a_message():
    result = Report(items=("flows", Rows(items())), predicted={}).as_result(unchanged_limit=1)
    assert names(result["flows"]) == ["A", "C", "D"]
    assert result["flows"][2] == {"flow": "D", "result": UNCHANGED, "message": "Joined."}
    assert result["unchanged_count"] == 4
    assert result["counts"] == {UNCHANGED: 4, CHANGED: 1}


def test_without_a_limit_all_rows_are_shown():
    assert names(Rows(items()).limited(None)) == ["A", "B", "C", "D", "E"]


def test_a_row_that_is_not_shown_is_not_made_and_the_others_are_made_once():
    made = items()
    rows = Rows(made)
    rows.limited(1)
    rows.limited(1)
    assert [item.rows_made for item in made] == [1, 0, 1, 1, 0]
