# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The outcome of the run that made the report: whether it fails, the message, and the statistics for a workflow.

PRIVATE to the collection: it may change at any time. The names of the statistics are public.
"""

from __future__ import annotations

import typing as t

from .page import headline
from .states import DEGRADED, NOT_READY, UNKNOWN, plural, severity_state

# UNKNOWN counts like NOT_READY.
_FAILING = {"never": (), "critical": (NOT_READY, UNKNOWN), "warning": (NOT_READY, UNKNOWN, DEGRADED)}

Dataset = t.Mapping[str, t.Any]


def failure_of(dataset: Dataset, fail_on: str, lines: int) -> str:
    """Why the run fails, with at most ``lines`` of the findings that cause it; empty if the run does not fail."""
    if dataset["verdict"] not in _FAILING[fail_on]:
        return ""
    findings = [each for each in counting(dataset) if fail_on == "warning" or severity_state(each) != "warning"]
    return "\n".join(summary_lines(dataset, findings, lines))


def counting(dataset: Dataset) -> list[t.Mapping[str, t.Any]]:
    """The findings that determine the verdict, the most severe first."""
    return [
        finding
        for severity in ("critical", "unknown", "warning")
        for finding in dataset["findings"]
        if severity_state(finding) == severity
    ]


def summary_lines(dataset: Dataset, findings: t.Sequence[t.Mapping[str, t.Any]], lines: int) -> list[str]:
    """The verdict in words, then a line for each finding, up to ``lines``, and the number of the others."""
    shown = [f"  {_severity(finding)}: {finding['message']}" for finding in findings[: max(lines, 0)]]
    if len(findings) > len(shown):
        shown.append(f"  and {plural(len(findings) - len(shown), 'more finding')}" + ", see the report")
    return [f"{dataset['verdict']}: {headline(dataset)}", *shown]


def unused_acceptances(dataset: Dataset, lines: int) -> list[str]:
    """A line for each acceptance that matches nothing, since its owner may believe that it accepts a finding above."""
    unused = dataset["coverage"]["accepted_unused"]
    shown = []
    for each in unused[: max(lines, 0)]:
        objects = ", ".join(f"{kind} {each[kind]}" for kind in ("master", "backup", "flow", "product") if each[kind])
        what = f"{each['rule']} ({objects})" if objects else each["rule"]
        why = "It is resolved, is not a part of this audit, or a name in the acceptance is wrong."
        shown.append(f"  accepted by {each['owner']}, and not found: {what}. {why}")
    if len(unused) > len(shown):
        more = plural(len(unused) - len(shown), "acceptance that matches", "acceptances that match")
        shown.append(f"  and {more} nothing, see the report")
    return shown


def statistics(dataset: Dataset, files: t.Mapping[str, str]) -> dict[str, t.Any]:
    """For set_stats; small for an estate of any size."""
    return {
        "dr_verdict": dataset["verdict"],
        "dr_drift": dataset["drift"],
        "dr_counts": dict(dataset["counts"]),
        "dr_summary": f"{dataset['verdict']}: {headline(dataset)}",
        "dr_became": (dataset["changes"] or {}).get("became"),
        "dr_score": (dataset["score"] or {}).get("value") if dataset["assessed"] else None,
        "dr_report": dict(files),
    }


def _severity(finding: t.Mapping[str, t.Any]) -> str:
    return "not assessed" if finding["severity"] == "unknown" else str(finding["severity"])
