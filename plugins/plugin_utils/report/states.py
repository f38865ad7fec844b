# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words of a report: formats, verdicts, severities, and the states of a pair of products for each check.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t

# The formats and the names of their files, in the order in which they are listed.
FILES = {
    "json": "report.json",
    "html": "report.html",
    "junit": "report.junit.xml",
    "prometheus": "report.prom",
    "csv": "report.csv",
}
FAIL_ON = ("never", "critical", "warning")

READY, DEGRADED, NOT_READY, UNKNOWN = "READY", "DEGRADED", "NOT_READY", "UNKNOWN"
VERDICTS = (NOT_READY, UNKNOWN, DEGRADED, READY)  # the worst first

# Severities of findings, the worst first. ``unknown`` is that of a finding that a fact could not be read.
SEVERITIES = ("critical", "unknown", "warning", "info")

# The states of a cell of the matrix of pairs and of a node of the picture, the worst first.
STATES = ("critical", "unknown", "warning", "accepted", "info", "ok")

STATE_OF_VERDICT = {NOT_READY: "critical", UNKNOWN: "unknown", DEGRADED: "warning", READY: "ok"}
WORDS = {READY: "Ready", DEGRADED: "Degraded", NOT_READY: "Not ready", UNKNOWN: "Unknown"}

# The column of the matrix to which each rule belongs. A rule that is in none belongs to the last one.
COLUMNS: dict[str, tuple[str, ...]] = {
    "Declared": (
        "missing_backup", "undeclared_backup", "undeclared_master", "unknown_product", "no_backup", "shared_backup",
    ),
    "Running": ("backup_not_registered", "backup_unreachable", "backup_stopped", "master_unreachable"),
    "Version": ("version_drift",),
    "Synchronized": ("not_synchronized", "sync_too_old"),
    "Profiles": ("flag_disagrees",),
    "Flows": (
        "flow_in_error", "flow_not_deployed", "flow_incomplete", "deployment_missing", "deployment_in_error",
        "stale_deployment", "backup_used_directly",
    ),
    "Certificates": ("certificate_expired", "certificate_expiring"),
    "Other": (),
}  # fmt: skip
NOT_KNOWN = "not_known"  # the state of a finding of the previous audit that could not be assessed again
# The states of a rule that the audit has applied, to everything or to what could be read.
ASSESSED = ("assessed", "in_part")
# The rules that compare the declaration with Central Governance.
DRIFT = ("missing_backup", "undeclared_backup", "undeclared_master", "unknown_product")
COLUMN_OF_RULE = {rule: column for column, rules in COLUMNS.items() for rule in rules}


def state_of(verdict: t.Any) -> str:
    """The state of a verdict; unknown for any other word."""
    return STATE_OF_VERDICT.get(str(verdict), "unknown")


def severity_state(finding: t.Mapping[str, t.Any]) -> str:
    if finding.get("accepted"):
        return "accepted"
    severity = str(finding.get("severity"))
    return severity if severity in STATES else "unknown"


def worst(states: t.Iterable[str]) -> str:
    """The worst of the states; ``ok`` when there is none."""
    return min(states, key=STATES.index, default="ok")


def not_known(changes: t.Mapping[str, t.Any] | None) -> list[dict[str, t.Any]]:
    """What the previous audit found and this one could not assess again, as findings with ``state`` NOT_KNOWN."""
    if not changes:
        return []
    message = f"Found by the audit of {changes['since']}. It could not be assessed now, so it may still be true."
    more = {"message": message, "evidence": {}, "remedy": {"text": "", "verb": ""}, "accepted": None}
    return [{**finding, **more, "state": NOT_KNOWN} for finding in changes["not_known_findings"]]


def plural(count: int, noun: str, several: str = "") -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {several or noun + 's'}"
