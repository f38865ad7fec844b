# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Audits to make reports from: the example of what st_dr_audit returns, one of a large estate, one of hostile names."""

from __future__ import annotations

import copy
import importlib
import json
import os
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from ansible_collections.mftops.central_governance.plugins.plugin_utils.report.dataset import (
    dataset_of,
    dataset_of_failure,
)

TIME = "2026-11-25T21:00:03Z"
REPORT = {"time": TIME, "title": "Disaster recovery of SecureTransport", "collection_version": "0.1.0", "groups": {}}
GROUPS = {"West": ["ST_PARIS", "ST_MADRID", "ST_MILAN", "ST_L*"], "Central": ["ST_FRANKFURT", "ST_VIENNA"]}

HOSTILE = [
    "<script>window.pwned=1</script>",
    '"><img src=x onerror=window.pwned=1>',
    "'-alert(1)-'; window.pwned=1//",
    "</td></tr></table><h1>free</h1>",
    "</style></svg><script>window.pwned=1</script>",
    "&lt;b&gt;&amp;",
    "javascript:window.pwned=1",
    "${window.pwned=1}{{7*7}}{% raw %}",
    "ÄÖÜ ß 日本語 العربية 🚚",
    "\u202eGNIRREVO\u202c",
    "=cmd|' /C calc'!A0",
    "-dashed",
    'quote " and \\ and\nnewline\x00\x0b',
]


def import_or_skip(module: str) -> ModuleType:
    """A library that the tests need. In an environment that was made before they needed it, they are skipped."""
    reason = f"no {module}; make venv installs it"
    return importlib.import_module(module) if os.environ.get("CI") else pytest.importorskip(module, reason=reason)


def example() -> dict[str, Any]:
    return json.loads((Path(__file__).parent / "example_audit.json").read_text(encoding="utf-8"))


def dataset(audit: dict[str, Any] | None = None, **report: Any) -> dict[str, Any]:
    return dataset_of(audit or example(), **{**REPORT, "groups": GROUPS, **report})


def unreadable() -> dict[str, Any]:
    """The dataset of an audit whose Central Governance did not answer."""
    topology = [{"master": "ST_PARIS", "backups": ["ST_LYON", "ST_LILLE"]}, {"master": "ST_MILAN", "backups": []}]
    return dataset_of_failure("GET /products: connection refused.", topology, {}, **REPORT)


def finding(rule: str, severity: str, number: int, **places: str) -> dict[str, Any]:
    return {
        "id": f"{number:016x}", "rule": rule, "severity": severity, "master": "", "backup": "", "flow": "",
        "product": "", **places,
        "message": f"{' '.join(places.values())}: {rule.replace('_', ' ')}, as Central Governance shows it.",
        "evidence": {"read": ["products"], "at": TIME, "facts": {"number": number}},
        "remedy": {
            "text": "Synchronize it: st_sync with masters.", "verb": "st_sync", "options": {},
            "link": f"https://github.com/mftops/ansible-collection-central-governance/blob/main/docs/rules.md#{rule}",
        },
        "accepted": None,
    }  # fmt: skip


def large(masters: int = 1000, backups: int = 2, troubled_each: int = 7) -> dict[str, Any]:
    """The audit of a large estate in which every `troubled_each`-th master has findings."""
    audit = example()
    template_master, template_backup = audit["masters"][3], audit["masters"][3]["backups"][0]
    differences = audit["masters"][0]["backups"][0]["differences"]
    audit["masters"], audit["findings"] = [], []
    none = {"critical": 0, "unknown": 0, "warning": 0, "info": 0, "accepted": 0}
    counts = dict(none)
    for number in range(masters):
        name = f"ST_MASTER_{number:04d}"
        rows = [
            {**copy.deepcopy(template_backup), "backup": f"ST_BACKUP_{number:04d}_{index}"} for index in range(backups)
        ]
        verdict = "READY"
        if number % troubled_each == 0:
            first = rows[0]["backup"]
            if number % 2:
                verdict, severity, rule = "DEGRADED", "warning", "stale_deployment"
            else:
                verdict, severity, rule = "NOT_READY", "critical", "not_synchronized"
                rows[0].update(synchronized=False, profiles_differ=True, differences=differences, verdict=verdict)
            audit["findings"].append(finding(rule, severity, number, master=name, backup=first))
            counts[severity] += 1
            for flow in range(10):
                flow_name = f"FLOW_{number:04d}_{flow}"
                audit["findings"].append(
                    finding("flow_not_deployed", "warning", 100000 + number * 10 + flow, master=name, flow=flow_name)
                )
                counts["warning"] += 1
        audit["masters"].append(
            {**template_master, "master": name, "verdict": verdict, "backups": rows, "counts": none}
        )
    audit["counts"] = counts
    for rule in audit["coverage"]["rules"]:
        rule.update(not_assessed=0)
    audit["changes"] = {**audit["changes"], "new": [audit["findings"][0]["id"]] if audit["findings"] else []}
    return audit


def hostile(names: list[str] = HOSTILE) -> dict[str, Any]:
    """The example with such texts wherever an estate, a person or the server can put one."""
    audit = example()
    for name in names:
        row = {**copy.deepcopy(audit["masters"][0]), "master": name, "status": name, "version": name}
        row["backups"] = [{**row["backups"][0], "backup": f"{name} backup", "status": name, "version": name}]
        difference = {**row["backups"][0]["differences"][1], "profile": name}
        difference["master"] = {**difference["master"], "protocol": name, "client_authentication": name}
        row["backups"][0]["differences"] = [difference]
        audit["masters"].append(row)
        number = len(audit["findings"])
        found = finding("missing_backup", "critical", number, master=name, backup=f"{name} backup", flow=name)
        found.update(message=name, product=name, accepted={"reason": name, "owner": name, "expires": "2027-01-31"})
        found["evidence"]["facts"] = {name: [name, {name: name}]}
        found["remedy"].update(text=name, link=f"javascript:{name}")
        audit["findings"].append(found)
        audit["changes"]["new"].append(found["id"])
        audit["changes"]["not_known"].append(f"not known {number}")
        audit["changes"]["not_known_findings"].append({**audit["changes"]["resolved_findings"][0], "master": name})
        audit["changes"]["resolved_findings"].append({**audit["changes"]["resolved_findings"][0], "master": name})
    audit["ledger"]["drill"].update(scenario=names[0], outcome=names[-1], changed_since=names)
    audit["coverage"]["sources"][0].update(why=names[0])
    return audit
