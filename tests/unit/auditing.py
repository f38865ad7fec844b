# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Helpers to audit estates. The clock of these tests is frozen at ``NOW``."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

from building import estate

from ansible_collections.mftops.central_governance.plugins.module_utils.dr.audit.auditor import Audit, audit
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.audit.findings import Finding
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.audit.inputs import (
    Certificate,
    Drill,
    History,
    Inputs,
    Observed,
    Settings,
    Source,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.topology import Declaration

NOW = datetime(2026, 11, 25, 21, 0, 3, tzinfo=timezone.utc)
DAY = timedelta(days=1)
SOURCES = ("products", "flows", "deployments", "certificates")


def declared(**masters: str) -> list[Declaration]:
    """``declared(A="B C")``: B and C are to be the backups of A."""
    return [Declaration(master, tuple(backups.split())) for master, backups in masters.items()]


def inputs(
    *things: object,
    topology: list[Declaration] | None = None,
    history: History | None = None,
    unread: dict[str, str] | None = None,
    certificates: dict[str, Certificate] | None = None,
    **settings: object,
) -> Inputs:
    """Of products, flows and deployments as ``building.estate`` takes them."""
    given_estate = estate(*things)
    counts = (
        len(given_estate.products),
        len(given_estate.flows),
        len(given_estate.deployments),
        len(certificates or {}),
    )
    sources = {
        name: Source(number, NOW, (unread or {}).get(name, "")) for name, number in zip(SOURCES, counts, strict=True)
    }
    observed = Observed(given_estate, sources, certificates or {})
    return Inputs(observed, NOW, topology, history, Settings(**settings))


def audited(*things: object, **how: object) -> Audit:
    return audit(inputs(*things, **how))


def found(an_audit: Audit, rule: str) -> list[Finding]:
    return [finding for finding in an_audit.findings if finding.rule == rule]


def objects_of(findings: list[Finding]) -> list[tuple[str, str, str, str]]:
    """(master, backup, flow, product) of each."""
    return [(f.objects.master, f.objects.backup, f.objects.flow, f.objects.product) for f in findings]


def rules_of(an_audit: Audit) -> set[str]:
    return {finding.rule for finding in an_audit.findings}


def history(drill_days_ago: float | None = None, estate_then: object = None, **more: object) -> History:
    drill = None
    if drill_days_ago is not None:
        drill = Drill(NOW - drill_days_ago * DAY, "Loss of a site", "passed", estate_then)
    return History(NOW - 365 * DAY, drill=drill, **more)
