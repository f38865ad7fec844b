# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The results of rules: findings, facts that are not known, remedies, severities and verdicts.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import hashlib
import json
import typing as t
from dataclasses import dataclass, field, replace

if t.TYPE_CHECKING:
    from .acceptance import Acceptance

CRITICAL, UNKNOWN, WARNING, INFO, IGNORE = "critical", "unknown", "warning", "info", "ignore"
SEVERITIES = (CRITICAL, UNKNOWN, WARNING, INFO)  # the worst first
READY, DEGRADED, NOT_READY = "READY", "DEGRADED", "NOT_READY"
VERDICT_UNKNOWN = "UNKNOWN"
_VERDICT_FOR = {CRITICAL: NOT_READY, UNKNOWN: VERDICT_UNKNOWN, WARNING: DEGRADED}

# The two rules that the audit treats in a special way.
NOT_ASSESSED, ACCEPTED_EXPIRED = "not_assessed", "accepted_expired"
GUIDE = "https://github.com/mftops/ansible-collection-central-governance/blob/main/docs/rules.md"


@dataclass(frozen=True, slots=True)
class Objects:
    """What a finding is about: names, empty where they do not apply.

    ``detail`` distinguishes findings about the same objects, such as two certificates of one product.
    """

    master: str = ""
    backup: str = ""
    flow: str = ""
    product: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Remedy:
    """How to fix the cause: a sentence, and the module with its options; no module where it needs manual work."""

    text: str
    verb: str = ""
    options: t.Mapping[str, t.Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """A rule has found something.

    ``severity`` is given only where it depends on what was found; without ``objects`` those of the unit are used.
    """

    message: str
    facts: t.Mapping[str, t.Any]
    remedy: Remedy
    objects: Objects | None = None
    severity: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A rule needs a fact that could not be read. ``fact`` is a short name for it, such as ``version``."""

    fact: str
    message: str
    remedy: Remedy
    objects: Objects | None = None
    facts: t.Mapping[str, t.Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """One row of the audit. ``read`` names the sources that were read, ``at`` says when (ISO 8601, UTC)."""

    rule: str
    severity: str
    objects: Objects
    message: str
    facts: t.Mapping[str, t.Any]
    remedy: Remedy
    read: tuple[str, ...] = ()
    at: str = ""
    accepted: Acceptance | None = None

    @property
    def id(self) -> str:
        """A stable id: the same in each run, and in another installation with the same names."""
        objects = self.objects
        identity = [self.rule, objects.master, objects.backup, objects.flow, objects.product, objects.detail]
        return hashlib.sha256(json.dumps(identity, ensure_ascii=True).encode()).hexdigest()[:16]

    @property
    def counts(self) -> bool:
        """False for an accepted finding: it is listed, but does not affect the verdict."""
        return self.accepted is None

    def accepted_by(self, acceptance: Acceptance) -> Finding:
        return replace(self, accepted=acceptance)


def count(findings: t.Iterable[Finding]) -> dict[str, int]:
    """How many findings of each severity count, and how many are accepted."""
    counts = dict.fromkeys((*SEVERITIES, "accepted"), 0)
    for finding in findings:
        counts[finding.severity if finding.counts else "accepted"] += 1
    return counts


def verdict(counts: t.Mapping[str, int]) -> str:
    """NOT_READY with anything critical; else UNKNOWN when something was not assessed; else DEGRADED with warnings."""
    return next((_VERDICT_FOR[severity] for severity in _VERDICT_FOR if counts[severity]), READY)


def worst(verdicts: t.Iterable[str]) -> str:
    order = (*_VERDICT_FOR.values(), READY)
    return min(verdicts, key=order.index, default=READY)
