# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Limits the length of messages, diffs and results of failed tasks for large estates; what is left out is counted.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import hashlib
import json
import typing as t

LINES_SHOWN = 20
LONGEST_LINE = 1000  # characters
FAILURE_LIMIT = 20_000  # bytes of the line in which Ansible shows the result of a failed task
LONGEST_MESSAGE = 6000  # characters of such a task's message

Row = t.Any


def first_lines(lines: t.Sequence[str], what: str, shown: int = LINES_SHOWN) -> list[str]:
    """The first lines; the rest is counted: ``... and 980 more violations.``"""
    kept = [line if len(line) <= LONGEST_LINE else f"{line[:LONGEST_LINE]} ..." for line in lines[:shown]]
    return kept if len(lines) <= shown else [*kept, f"... and {len(lines) - shown} more {what}."]


def short_message(text: str) -> str:
    """The message of a failed task, cut at the end of a line where it is too long."""
    if len(text) <= LONGEST_MESSAGE:
        return text
    note = "\n... (the rest is in the result_file, where the task is given one)"
    cut = text[: LONGEST_MESSAGE - len(note)]
    return (cut.rpartition("\n")[0] or cut) + note


def one_line_each(objects: t.Sequence[tuple[t.Any, t.Any]], limit: int) -> tuple[str, str]:
    """Both sides of a diff of many objects: one line for each up to the limit, the rest is counted.

    Ansible compares the sides line by line, which takes minutes for tens of thousands of lines.
    """
    sides: tuple[list[str], list[str]] = ([], [])
    for pair in objects[:limit]:
        for side, value in zip(sides, pair, strict=True):
            side += [f"{key}: {_compact(own)}" for key, own in value.items() if own != {}]
    left_out = len(objects) - limit
    for side, word in zip(sides, ("before", "after"), strict=True):
        if left_out > 0:
            # Different on both sides, so that it is shown.
            side.append(f"... and {left_out} more objects that differ ({word})")
    return "\n".join([*sides[0], ""]), "\n".join([*sides[1], ""])


def _compact(value: t.Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)


def short_failure(result: dict[str, t.Any], lists: t.Sequence[str], limit: int = FAILURE_LIMIT) -> dict[str, t.Any]:
    """The result of a failed task, shortened to ``limit`` bytes.

    ``lists`` names the lists, and the dictionaries with many entries, that may be shortened; ``coverage.rules`` is one
    within a dictionary. Rows that failed come first. ``omitted`` is how many entries of each were left out; the file of
    the option ``result_file`` has all of them.
    """
    if _size(result) <= limit:
        return result
    short = {**result, "predicted": {}} if "predicted" in result else dict(result)
    whole = {path: value for path in lists if isinstance(value := _at(short, path), (list, dict))}
    empty = short
    for path, value in whole.items():
        empty = _with(empty, path, type(value)())
    left = max(limit - _size(empty) - 500, 0)  # for the entry that counts what was left out
    omitted = {}
    for position, path in enumerate(sorted(whole, key=lambda path: _size(whole[path]))):
        # The space that short lists do not need is given to the long ones.
        kept = _fitting(whole[path], left // (len(whole) - position))
        left -= _size(kept)
        short = _with(short, path, kept)
        if len(whole[path]) > len(kept):
            omitted[path] = len(whole[path]) - len(kept)
    actions = result.get("actions") or []
    if "actions" in omitted:
        # With the digest, two results that differ only in what was left out still differ.
        digest = hashlib.sha256(json.dumps(actions).encode()).hexdigest()[:16]
        short["actions"] = [*short["actions"], f"... and {omitted['actions']} more (digest of all: {digest})"]
    return {**short, "omitted": omitted}


def _at(result: dict[str, t.Any], path: str) -> t.Any:
    """The value at ``key`` or ``key.key``; None when there is none."""
    value: t.Any = result
    for key in path.split("."):
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _with(result: dict[str, t.Any], path: str, value: t.Any) -> dict[str, t.Any]:
    key, _dot, rest = path.partition(".")
    return {**result, key: _with(result[key], rest, value) if rest else value}


def _fitting(rows: t.Any, limit: int) -> t.Any:
    """The rows of a list, or the entries of a dictionary, that fit into the limit."""
    if isinstance(rows, dict):
        return dict(_fitting([[key, value] for key, value in rows.items()], limit))
    ordered = sorted(rows, key=_rank)
    kept, size = [], 0
    for row in ordered:
        size += _size(row) + 2
        if size > limit:
            break
        kept.append(row)
    return rows if len(kept) == len(rows) else kept


def _rank(row: Row) -> int:
    """Sort key: failed rows come first, known failures before assumed ones."""
    if not isinstance(row, dict):
        return 0
    if row.get("result") in ("failed", "timed_out"):
        return 1 if row.get("assumed") else 0
    return 2 if row.get("result") == "not_tried" else 3


def _size(value: t.Any) -> int:
    """The bytes that Ansible prints in its line for a failed task, which has neither the diff nor the exception."""
    if isinstance(value, dict):
        value = {key: own for key, own in value.items() if key not in ("diff", "exception")}
    return len(json.dumps(value))
