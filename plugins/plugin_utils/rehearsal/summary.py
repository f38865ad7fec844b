# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The summary of a rehearsal as text: what would happen, and which findings would remain.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t

Row = t.Mapping[str, t.Any]

NAMES_SHOWN = 20
_HEADLINES = {
    "succeeded": "The run succeeded on the copy",
    "failed": "The run failed on the copy, and would fail in production{when}",
    "refused": "The run was refused on the copy before its first write, and would be refused in production{when}",
}
_ORDER = ("new", "remaining", "resolved", "not_known")
_WORDS = {"new": "new", "remaining": "remaining", "resolved": "resolved", "not_known": "no longer known"}


def summary_text(result: Row, run_summary: t.Sequence[str], lines: int) -> list[str]:
    """``result`` is what ``outcome.rehearsal`` returns, ``run_summary`` the summary of the role dr."""
    if result["outcome"] == "not_rehearsed":
        return [f"UNKNOWN: nothing was rehearsed. {result['reason']}", "Nothing was written to production."]
    copied = result["copy"]
    size = f"{_plural(copied['products'], 'product')} and {_plural(copied['flows'], 'flow')}"
    headline = _HEADLINES[result["outcome"]].format(when=" in the situations practised" if result["situations"] else "")
    return [
        f"{headline}: {result['verdict_before']} before, {result['verdict']} after.",
        f"The copy: {size}. Nothing was written to production.",
        *_of_the_copy(copied, lines),
        *_of_situations(result["situations"]),
        "What the run did on the copy, and would do in production:",
        *(f"  {line}" for line in run_summary),
        *_of_flows(result),
        *_of_findings(result["findings"], lines),
        "What the copy cannot show:",
        *(f"  - {line}" for line in result["not_simulated"]),
    ]


def _of_the_copy(copied: Row, lines: int) -> list[str]:
    text = []
    if copied["left_out"]:
        text += ["Not copied:", *_capped(copied["left_out"], lines)]
    if copied["differs"]:
        text += ["The audit judges production and the copy differently:", *_capped(copied["differs"], lines)]
    return text


def _of_situations(situations: t.Sequence[Row]) -> list[str]:
    text = []
    for each in situations:
        met = each.get("met")
        how_often = "it did not occur" if met == 0 else f"it affected {_plural(met, 'request')}" if met else ""
        text.append(f"  - {each['name']}: {each['meaning']}; {how_often or 'how often it occurred is not known'}")
    return ["Situations practised:", *text] if text else []


def _of_flows(result: Row) -> list[str]:
    flows, more = result["flows_saved"], result["flows_saved_not_listed"]
    if not flows and not more:
        return ['No deployed flow would become "Saved, not deployed".']
    count = len(flows) + more
    text = [f'{_plural(count, "deployed flow")} would become "Saved, not deployed": {_names(flows, more)}.']
    left = result["flows_left"]
    if left:
        text.append(f"Of these, {len(left)} would not be deployed everywhere again: {_names(left)}.")
    elif not more:
        text.append("All of them would be deployed again by the run.")
    return text


def _of_findings(findings: Row, lines: int) -> list[str]:
    counting = {key: [row for row in findings[key] if not row["accepted"]] for key in _ORDER}
    counted = ", ".join(f"{len(counting[key])} {_WORDS[key]}" for key in _ORDER if key != "not_known" or counting[key])
    text = [f"Findings of the audit: {counted}."]
    for key in _ORDER:
        if counting[key]:
            text.append(f"  {_WORDS[key]}:")
            messages = [f"{row['severity']}: {row['message']}" for row in counting[key]]
            text += [f"  {line}" for line in _capped(messages, lines)]
    return text


def _capped(items: t.Sequence[str], lines: int) -> list[str]:
    shown = [f"  - {item}" for item in items[:lines]]
    return shown if len(shown) == len(items) else [*shown, f"  - and {len(items) - len(shown)} more"]


def _names(names: t.Sequence[str], more: int = 0) -> str:
    more += max(len(names) - NAMES_SHOWN, 0)
    return ", ".join(names[:NAMES_SHOWN]) + (f" and {more} more" if more else "")


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
