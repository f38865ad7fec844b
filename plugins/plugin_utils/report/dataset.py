# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The dataset from which all files of a report are made: the result of the audit, and what the report adds to it.

PRIVATE to the collection: it may change at any time. The format of report.json is public: docs/schemas/.
"""

from __future__ import annotations

import typing as t

from .states import DRIFT, UNKNOWN, VERDICTS

# The version of report.json. The first number changes when a program that reads it has to change.
FORMAT_VERSION = "1.0"
SCHEMA = (
    "https://github.com/mftops/ansible-collection-central-governance/blob/main/docs/schemas/dr_report-1.schema.json"
)

# The keys that are copied from the audit, and their defaults.
_FROM_THE_AUDIT: dict[str, t.Any] = {
    "verdict": UNKNOWN,
    "summary": "",
    "drift": None,
    "score": None,
    "counts": {},
    "masters": [],
    "findings": [],
    "changes": None,
    "ledger": None,
    "coverage": {},
    "settings": {},
    "declaration": {},
}
_COVERAGE: dict[str, t.Any] = {"sources": [], "rules": [], "accepted_unused": []}
_SOURCE: dict[str, t.Any] = {"source": "", "state": "", "count": None, "at": None, "why": ""}
_RULE: dict[str, t.Any] = {
    "rule": "", "severity": "", "each": "", "objects": [], "state": "", "checked": 0, "found": 0, "not_assessed": 0,
    "why": "",
}  # fmt: skip
_DECLARATION: dict[str, t.Any] = {"given": False, "masters": 0, "sha256": None}
_CHANGES: dict[str, t.Any] = {
    "since": None, "new": [], "resolved": [], "unchanged": [], "not_known": [], "became": None, "resolved_findings": [],
    "not_known_findings": [],
}  # fmt: skip
_LEDGER: dict[str, t.Any] = {"head": None, "audits": [], "longest_gap": None, "drill": None}
_AUDIT: dict[str, t.Any] = {"at": "", "verdict": UNKNOWN, "score": None, "counts": {}}
_DRILL: dict[str, t.Any] = {
    "last": None, "scenario": "", "outcome": "", "due": None, "overdue": False, "changed_since": [],
}  # fmt: skip
_FINDING: dict[str, t.Any] = {
    "id": "",
    "rule": "",
    "severity": "unknown",
    "master": "",
    "backup": "",
    "flow": "",
    "product": "",
    "message": "",
    "evidence": {},
    "remedy": {},
    "accepted": None,
}
_REMEDY: dict[str, t.Any] = {"text": "", "verb": "", "options": {}, "link": ""}
_MASTER: dict[str, t.Any] = {
    "master": "", "verdict": UNKNOWN, "declared": None, "status": "", "version": "", "flows": None, "counts": {},
    "backups": [],
}  # fmt: skip
_BACKUP: dict[str, t.Any] = {
    "backup": "", "verdict": UNKNOWN, "present": None, "declared": None, "synchronized": None, "profiles_differ": None,
    "status": "", "version": "", "last_in_sync": None, "counts": {}, "differences": [],
}  # fmt: skip


def dataset_of(
    audit: t.Mapping[str, t.Any],
    *,
    time: str,
    title: str,
    collection_version: str,
    groups: t.Mapping[str, t.Sequence[str]],
) -> dict[str, t.Any]:
    """``audit`` is the result of st_dr_audit; ``time`` (ISO 8601, UTC) is used if the audit could not read anything.

    ``groups`` maps the name of a region to its products, whose names may end with ``*``.
    """
    taken = _filled({key: audit.get(key) for key in _FROM_THE_AUDIT}, _FROM_THE_AUDIT)
    taken["masters"] = [_master(master) for master in taken["masters"]]
    taken["findings"] = [_finding(finding) for finding in taken["findings"]]
    taken["coverage"] = _coverage(taken["coverage"])
    taken["declaration"] = _filled(taken["declaration"], _DECLARATION)
    # Without an earlier audit there is nothing that became better, worse or stayed the same.
    has_earlier_audit = bool((taken["changes"] or {}).get("since"))
    taken["changes"] = _filled(taken["changes"], _CHANGES) if has_earlier_audit else None
    taken["ledger"] = taken["ledger"] and _ledger(taken["ledger"])
    taken["drift"] = _drift(taken)
    return {
        "$schema": SCHEMA,
        "format_version": FORMAT_VERSION,
        "collection_version": collection_version,
        "title": title,
        "read_at": taken["coverage"].get("read_at") or time,
        "assessed": _was_assessed(taken),
        "last_assessed": None,
        **taken,
        "groups": _resolved(groups, taken["masters"]),
    }


def dataset_of_failure(
    message: str, topology: t.Sequence[t.Mapping[str, t.Any]], settings: t.Mapping[str, t.Any], **report: t.Any
) -> dict[str, t.Any]:
    """For an audit that could not read Central Governance: the verdict is UNKNOWN, also for each declared pair.

    ``report`` are the keyword arguments of ``dataset_of``.
    """
    finding = {
        "id": "not-assessed",
        "rule": "not_assessed",
        "severity": "unknown",
        "message": message,
        "remedy": {"text": "Remove the cause, then run the audit again. Until then the verdict is unknown."},
    }
    masters = [
        {
            "master": str(entry["master"]),
            "declared": True,
            "backups": [{"backup": str(backup), "declared": True} for backup in entry.get("backups") or ()],
        }
        for entry in topology
    ]
    audit = {
        "verdict": UNKNOWN,
        "summary": f"UNKNOWN: nothing was assessed. {message}",
        "counts": {"critical": 0, "unknown": 1, "warning": 0, "info": 0, "accepted": 0},
        "masters": masters,
        "findings": [finding],
        "settings": dict(settings),
        "declaration": {"given": bool(masters), "masters": len(masters)},
    }
    return dataset_of(audit, **report)


def _or(value: t.Any, default: t.Any) -> t.Any:
    return default if value is None else value


def _filled(given: t.Mapping[str, t.Any], defaults: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """With all keys of ``defaults``. A verdict that is none of the four becomes UNKNOWN."""
    filled = {**given, **{key: _or(given.get(key), default) for key, default in defaults.items()}}
    if "verdict" in defaults and filled["verdict"] not in VERDICTS:
        filled["verdict"] = UNKNOWN
    return filled


def _was_assessed(audit: t.Mapping[str, t.Any]) -> bool:
    """Whether the products could be read: without them nothing is known."""
    products = [source["state"] for source in audit["coverage"]["sources"] if source["source"] == "products"]
    return "read" in products if products else audit["verdict"] != UNKNOWN


def _drift(audit: t.Mapping[str, t.Any]) -> bool | None:
    """True or False; None if a rule about drift was not fully assessed, so that "no drift" would be a guess."""
    if audit["drift"]:
        return True
    states = {rule["rule"]: rule["state"] for rule in audit["coverage"]["rules"]}
    judged = ("assessed", "ignored", "not_asked")
    return False if audit["declaration"]["given"] and all(states.get(rule) in judged for rule in DRIFT) else None


def _coverage(coverage: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    filled = _filled(coverage, _COVERAGE)
    return {
        **filled,
        "sources": [_filled(source, _SOURCE) for source in filled["sources"]],
        "rules": [_filled(rule, _RULE) for rule in filled["rules"]],
    }


def _ledger(ledger: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    filled = _filled(ledger, _LEDGER)
    audits = [_filled(audit, _AUDIT) for audit in filled["audits"]]
    return {**filled, "audits": audits, "drill": filled["drill"] and _filled(filled["drill"], _DRILL)}


def _finding(finding: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    filled = _filled(finding, _FINDING)
    return {**filled, "remedy": _filled(filled["remedy"], _REMEDY)}


def _master(master: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    filled = _filled(master, _MASTER)
    return {**filled, "backups": [_filled(backup, _BACKUP) for backup in filled["backups"]]}


def _resolved(
    groups: t.Mapping[str, t.Sequence[str]], masters: t.Sequence[t.Mapping[str, t.Any]]
) -> list[dict[str, t.Any]]:
    """The products of the audit by group; a product belongs to the first group that names it."""
    names = dict.fromkeys(name for row in masters for name in (row["master"], *(b["backup"] for b in row["backups"])))
    exact: dict[str, str] = {}
    prefixes: list[tuple[str, str]] = []
    for group, patterns in groups.items():
        for pattern in map(str, patterns):
            if pattern.endswith("*"):
                prefixes.append((pattern[:-1], group))
            else:
                exact.setdefault(pattern, group)
    members: dict[str, list[str]] = {group: [] for group in groups}
    for name in names:
        found = exact.get(name) or next((group for prefix, group in prefixes if name.startswith(prefix)), None)
        if found is not None:
            members[found].append(name)
    return [{"name": group, "products": sorted(products)} for group, products in members.items() if products]
