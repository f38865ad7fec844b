# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The results of a first contact: the verdicts as rows, the options to set, and what is left to try by hand.

PRIVATE to the collection: it may change at any time. Pure functions.
"""

from __future__ import annotations

import typing as t
from collections import Counter

from ..errors import BadOption
from ..operations import OPERATIONS
from ..overrides import effective_operations
from .assumptions import ASSUMPTIONS
from .judging import Seen
from .verdicts import CONFIRMED, CONTRADICTED, NOT_SEEN

Row = dict[str, t.Any]
Overrides = dict[str, dict[str, t.Any]]


def assumption_rows(seen: Seen) -> list[Row]:
    rows = []
    for assumption in ASSUMPTIONS:
        verdict = assumption.judge(seen)
        rows.append(
            {
                "assumption": assumption.name,
                "text": assumption.text,
                "provenance": assumption.provenance,
                "verdict": verdict.word,
                "evidence": list(verdict.evidence),
                "consequence": assumption.consequence if verdict.word == CONTRADICTED else "",
            }
        )
    return rows


def verdict_lines(rows: t.Sequence[Row]) -> list[str]:
    """For people: what is contradicted with its evidence, what was not seen, and what is confirmed."""
    lines = []
    for word in (CONTRADICTED, NOT_SEEN):
        for row in (row for row in rows if row["verdict"] == word):
            label = "Seen: " if word == CONTRADICTED else ""
            evidence = f" {label}{'; '.join(row['evidence'])}." if row["evidence"] else ""
            consequence = f" {row['consequence']}" if row["consequence"] else ""
            lines.append(f"{word}: {row['assumption']}: {row['text']} ({row['provenance']}).{evidence}{consequence}")
    confirmed = [row["assumption"] for row in rows if row["verdict"] == CONFIRMED]
    return [*lines, f"{CONFIRMED}: {', '.join(confirmed)}"] if confirmed else lines


def counts(rows: t.Iterable[Row]) -> dict[str, int]:
    found = Counter(row["verdict"] for row in rows)
    return {word.replace(" ", "_"): found[word] for word in (CONFIRMED, CONTRADICTED, NOT_SEEN)}


def field_rows(seen: Seen) -> list[Row]:
    return [
        {
            "of": row.field.kind,
            "field": row.field.place,
            "provenance": row.field.provenance,
            "verdict": row.verdict,
            "evidence": row.evidence,
        }
        for row in seen.field_verdicts
    ]


def proposed_operations(seen: Seen, given: Overrides) -> tuple[Overrides, list[str]]:
    """The option ``operations`` that fits, which includes the user's own overrides, and remarks on it.

    For writes, the description of the API decides, since OPTIONS shows only whether the path exists; for reads it
    decides where no request worked.
    """
    proposal: Overrides = dict(given)
    remarks: list[str] = []
    for name, operation in OPERATIONS.items():
        override, remark = _override(name, seen)
        if override:
            if _is_usable(name, override):
                proposal[name] = override
            else:
                remark = f"What was found cannot be given as an override: {override}. {remark}".strip()
        if remark:
            remarks.append(f"{name}: {remark}")
        elif override and operation.is_write and name != "login" and _is_guessed(name, seen):
            remarks.append(f"{name}: the path takes {override.get('method', operation.method)}; its body is a guess.")
    return proposal, remarks


def _override(name: str, seen: Seen) -> tuple[Row, str]:
    described = seen.described.operations.get(name) if seen.described else None
    if name == "login":
        if seen.way.name == "session":
            return seen.way.login, ""
        untried = not seen.way.name and described is not None and not seen.way.tried
        return (
            (described.override, described.remark)
            if described and untried and not _describes_basic_or_token(seen)
            else ({}, "")
        )
    working = seen.findings.working(name)
    if OPERATIONS[name].is_write and described is not None:
        return described.override, described.remark
    if working is not None:
        return working.override, ""
    return (described.override, described.remark) if described is not None else ({}, "")


def _describes_basic_or_token(seen: Seen) -> bool:
    words = (seen.described.security if seen.described else "").lower()
    return "basic" in words or "bearer" in words


def _is_guessed(name: str, seen: Seen) -> bool:
    return seen.described is None or name not in seen.described.operations


def _is_usable(name: str, override: Row) -> bool:
    try:
        effective_operations({name: override})
    except BadOption:
        return False
    return True


def left_to_try(rows: t.Iterable[Row], proposal: Overrides) -> list[str]:
    """What reading cannot show, as things to do on a test system."""
    verdicts = {row["assumption"]: row["verdict"] for row in rows}
    sentences = []
    for name, operation in OPERATIONS.items():
        if not operation.is_write or name == "login":
            continue
        shown = f"{operation.method} {operation.path}"
        if name in proposal:
            override = proposal[name]
            shown = f"{override.get('method', operation.method)} {override.get('path', operation.path)} (proposed)"
            sentences.append(f"{name}: {_TRIALS[name]}, with {shown}.")
        elif verdicts.get(name) == NOT_SEEN:
            sentences.append(
                f"{name}: whether {shown} is right was not seen. {_CLICKS[name]} on the web page of Central Governance "
                "with the developer tools of the browser open (tab Network), and compare the request; or "
                f"{_TRIALS[name]}."
            )
        elif verdicts.get(name) == CONTRADICTED:
            sentences.append(
                f"{name}: {shown} is not there, and nothing else was found. {_CLICKS[name]} on the web page of Central "
                "Governance with the developer tools of the browser open (tab Network), and give the request that it "
                f"sends as operations.{name}."
            )
        else:
            sentences.append(f"{name}: the path was seen, its effect was not: {_TRIALS[name]}.")
    return sentences


_TRIALS = {
    "add_backups": "add a backup to a test master with st_backup",
    "remove_backup": "remove that backup with st_backup and state: absent",
    "synchronize_backup": "synchronize a test master with st_sync",
    "deploy_flow": "deploy a test flow with st_flow_deploy",
}
_CLICKS = {
    "add_backups": "Add a backup",
    "remove_backup": "Remove a backup",
    "synchronize_backup": "Click Synchronize",
    "deploy_flow": "Click Deploy",
}
