# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The matrix of pairs: for each master and backup, and each kind of check, the most severe finding.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t
from collections import defaultdict
from dataclasses import dataclass

from .states import ASSESSED, COLUMN_OF_RULE, COLUMNS, severity_state, state_of, worst

NOT_JUDGED = "none"  # no rule of the column was assessed
DECLARED = "Declared"
_OTHER = "Other"

Finding = t.Mapping[str, t.Any]


@dataclass
class Cell:
    state: str
    finding: str = ""  # the id of the finding that the cell links to


@dataclass
class Pair:
    master: str
    backup: str  # empty if the master has none
    state: str
    cells: list[Cell]
    last_in_sync: str

    @property
    def needs_attention(self) -> bool:
        return self.state != "ok" or any(cell.state not in ("ok", "info", NOT_JUDGED) for cell in self.cells)


@dataclass
class Matrix:
    columns: list[str]
    pairs: list[Pair]

    @property
    def to_look_at(self) -> list[Pair]:
        return [pair for pair in self.pairs if pair.needs_attention]

    @property
    def in_order(self) -> list[Pair]:
        return [pair for pair in self.pairs if not pair.needs_attention]


def matrix_of(dataset: t.Mapping[str, t.Any]) -> Matrix:
    judged = {_column(rule["rule"]) for rule in dataset["coverage"]["rules"] if rule["state"] in ASSESSED}
    found = _findings_by_place(dataset["findings"])
    columns = [name for name in COLUMNS if name != _OTHER]
    pairs = []
    for master in dataset["masters"]:
        name = master["master"]
        for row in master["backups"] or [{"backup": "", "verdict": master["verdict"]}]:
            about_it = [
                *found["", ""], *found[name, ""], *(found[name, row["backup"]] if row["backup"] else ()),
            ]  # fmt: skip
            # For a backup that does not exist, only its declaration could be judged.
            applicable = judged if row["backup"] and row.get("present") is not False else judged & {DECLARED}
            cells = [_cell(column, about_it, column in applicable) for column in columns]
            pairs.append(Pair(name, row["backup"], state_of(row["verdict"]), cells, row.get("last_in_sync") or ""))
    return Matrix(columns, pairs)


def _column(rule: str) -> str:
    return COLUMN_OF_RULE.get(rule, _OTHER)


def _findings_by_place(findings: t.Iterable[Finding]) -> dict[tuple[str, str], list[tuple[str, Finding]]]:
    """The findings by master and backup, each with its column; one for facts that could not be read is in several."""
    found: dict[tuple[str, str], list[tuple[str, Finding]]] = defaultdict(list)
    for finding in findings:
        if finding["rule"] == "not_assessed":
            columns = dict.fromkeys(map(_column, _rules_not_assessed(finding)))
        elif finding["master"]:
            columns = {_column(finding["rule"]): None}
        else:
            continue  # about the estate as a whole, or about a product that is no master, so not about a pair
        for column in columns:
            found[finding["master"], finding["backup"]].append((column, finding))
    return found


def _rules_not_assessed(finding: Finding) -> t.Iterable[str]:
    facts = finding["evidence"].get("facts") or {}
    if facts.get("rules"):
        return list(facts["rules"])
    if finding["flow"]:
        return COLUMNS["Flows"]
    return () if finding["product"] else COLUMN_OF_RULE


def _cell(column: str, findings: t.Iterable[tuple[str, Finding]], judged: bool) -> Cell:
    about_it = [finding for where, finding in findings if where == column]
    if not about_it:
        return Cell("ok" if judged else NOT_JUDGED)
    state = worst(map(severity_state, about_it))
    return Cell(state, next(finding["id"] for finding in about_it if severity_state(finding) == state))
