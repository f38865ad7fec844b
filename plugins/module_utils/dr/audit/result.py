# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit as plain data: what st_dr_audit returns, and what the reports and the ledger are made from.

PRIVATE to the collection: it may change at any time; the module documents what it returns.
"""

from __future__ import annotations

import hashlib
import json
import typing as t
from collections import defaultdict
from collections.abc import Iterable

from ..model import Profile
from ..profiles import ALWAYS_COMPARED, COMPARED_WITH_TLS
from .auditor import Audit, Outcome
from .findings import GUIDE, NOT_ASSESSED, NOT_READY, Finding, count, verdict, worst
from .inputs import as_text
from .names import plural
from .score import score
from .snapshot import snapshot
from .units import Context, DeclaredPair, Master, Pair

# The kinds of units, and what the result calls them.
UNITS = {
    "declared_pairs": "declared_pair",
    "declared_products": "declared_product",
    "masters": "master",
    "pairs": "pair",
    "standalone": "product",
    "master_flows": "flow",
    "flows": "flow",
    "servers": "server",
    "estates": "estate",
    "acceptances": "acceptance",
}
DRIFT = ("missing_backup", "undeclared_backup", "undeclared_master", "unknown_product")


def as_result(audit: Audit) -> dict[str, t.Any]:
    """Lists and dicts of texts, numbers and booleans only; the same audit gives the same result."""
    counts = count(audit.findings)
    masters = _Masters(audit).rows()
    pairs = [backup["verdict"] for row in masters for backup in row["backups"]]
    return {
        "verdict": verdict(counts),
        "summary": summary(verdict(counts), counts, len(pairs), len(masters)),
        "masters": masters,
        "findings": [_finding_row(finding) for finding in audit.findings],
        "counts": counts,
        "drift": any(finding.rule in DRIFT and finding.counts for finding in audit.findings),
        "score": score(pairs, counts),
        "coverage": _coverage(audit, len(masters), len(pairs)),
        "declaration": _declaration(audit.context),
        "estate": snapshot(audit.context),
    }


def summary(verdict_word: str, counts: t.Mapping[str, int], pairs: int, masters: int) -> str:
    """``NOT_READY: 2 critical, 1 not assessed, 3 warnings, 1 accepted; 6 pairs of 5 masters.``"""
    words = {
        "critical": f"{counts['critical']} critical",
        "unknown": f"{counts['unknown']} not assessed",
        "warning": plural(counts["warning"], "warning"),
        "info": f"{counts['info']} for information",
        "accepted": f"{counts['accepted']} accepted",
    }
    parts = [words[name] for name in words if counts[name]] or ["no findings"]
    return f"{verdict_word}: {', '.join(parts)}; {plural(pairs, 'pair')} of {plural(masters, 'master')}."


def _finding_row(finding: Finding) -> dict[str, t.Any]:
    objects = finding.objects
    return {
        "id": finding.id,
        "rule": finding.rule,
        "severity": finding.severity,
        "master": objects.master,
        "backup": objects.backup,
        "flow": objects.flow,
        "product": objects.product,
        "message": finding.message,
        "evidence": {"read": list(finding.read), "at": finding.at, "facts": dict(finding.facts)},
        "remedy": {
            "text": finding.remedy.text,
            "verb": finding.remedy.verb,
            "options": dict(finding.remedy.options),
            "link": f"{GUIDE}#{finding.rule}",
        },
        "accepted": (
            {
                "reason": finding.accepted.reason,
                "owner": finding.accepted.owner,
                "expires": finding.accepted.expires.isoformat(),
            }
            if finding.accepted
            else None
        ),
    }


class _Masters:
    """The masters with their backups, and what was found about each."""

    def __init__(self, audit: Audit) -> None:
        self.context = audit.context
        self.everywhere: list[Finding] = []  # what could not be read, which affects every master
        self.by_master: dict[str, list[Finding]] = defaultdict(list)
        self.by_pair: dict[tuple[str, str], list[Finding]] = defaultdict(list)
        for finding in audit.findings:
            objects = finding.objects
            if objects.master:
                self.by_master[objects.master].append(finding)
                self.by_pair[objects.master, objects.backup].append(finding)
            elif finding.rule == NOT_ASSESSED and ("source" in finding.facts or objects.flow):
                self.everywhere.append(finding)
        self.pairs: dict[str, list[Pair]] = defaultdict(list)
        for pair in self.context.pairs:
            self.pairs[pair.objects.master].append(pair)
        self.flows: dict[str, int] = defaultdict(int)
        for use in self.context.master_flows:
            self.flows[use.objects.master] += 1

    def rows(self) -> list[dict[str, t.Any]]:
        return [self._master_row(master) for master in self.context.masters]

    def _master_row(self, master: Master) -> dict[str, t.Any]:
        name = master.objects.master
        counts = count(self.by_master[name])
        declared = self.context.declared.get(master.product.id if master.product else name, ())
        declared_names = {pair.objects.backup for pair in declared}
        rows = [self._pair_row(pair, pair.objects.backup in declared_names) for pair in self.pairs[name]]
        present = {row["backup"] for row in rows}
        rows += [self._absent_row(pair) for pair in declared if pair.objects.backup not in present]
        return {
            "master": name,
            "declared": master.is_declared,
            "status": master.product.status if master.product else "",
            "version": master.product.version if master.product else "",
            "flows": self.flows[name],
            "verdict": self._verdict(self.by_master[name]),
            "counts": counts,
            "backups": rows,
        }

    def _verdict(self, *findings: Iterable[Finding]) -> str:
        return verdict(count(finding for group in (self.everywhere, *findings) for finding in group))

    def _pair_row(self, pair: Pair, is_declared: bool) -> dict[str, t.Any]:
        master, backup = pair.objects.master, pair.objects.backup
        difference = pair.difference
        last = self.context.history.last_in_sync.get((master, backup)) if self.context.history else None
        seen_now = self.context.inputs.observed.sources["products"].at if pair.is_in_sync else None
        last_in_sync = seen_now or last
        return {
            "backup": backup,
            "present": True,
            "declared": is_declared,
            "synchronized": pair.entry.synchronized,
            "profiles_differ": None if difference is None else bool(difference),
            "status": pair.product.status if pair.product else "",
            "version": pair.product.version if pair.product else "",
            "last_in_sync": as_text(last_in_sync) if last_in_sync else None,
            # A finding about the master alone (a flow in error, for example) counts for each of its backups.
            "verdict": self._verdict(self.by_pair[master, ""], self.by_pair[master, backup]),
            "counts": count(self.by_pair[master, backup]),
            "differences": list(_differences(pair)),
        }

    def _absent_row(self, pair: DeclaredPair) -> dict[str, t.Any]:
        """A declared backup that is missing, or not known to exist."""
        master, backup = pair.objects.master, pair.objects.backup
        findings = self.by_pair[master, backup]
        own = self._verdict(self.by_pair[master, ""], findings)
        is_judged = pair.is_present is None or any(f.rule in DRIFT or f.rule == NOT_ASSESSED for f in findings)
        return {
            "backup": backup,
            "present": pair.is_present,
            "declared": True,
            "synchronized": None,
            "profiles_differ": None,
            "status": "",
            "version": "",
            "last_in_sync": None,
            "verdict": own if is_judged else worst([own, NOT_READY]),
            "counts": count(findings),
            "differences": [],
        }


def _differences(pair: Pair) -> Iterable[dict[str, t.Any]]:
    """The profiles that a synchronization would create, remove or replace, side by side."""
    difference = pair.difference
    if not difference or pair.product is None:
        return
    master = {profile.name: profile for profile in pair.master.profiles}
    backup = {profile.name: profile for profile in pair.product.profiles}
    places = ((difference.created, "master"), (difference.removed, "backup"), (difference.replaced, "both"))
    for names, place in places:
        for name in names:
            yield {
                "profile": name,
                "on": place,
                "differs_in": list(difference.replaced.get(name, ())),
                "master": _profile(master.get(name)),
                "backup": _profile(backup.get(name)),
            }


def _profile(profile: Profile | None) -> dict[str, t.Any] | None:
    if profile is None:
        return None
    return {name: getattr(profile, name) for name in (*ALWAYS_COMPARED, *COMPARED_WITH_TLS)}


def _coverage(audit: Audit, masters: int, pairs: int) -> dict[str, t.Any]:
    inputs = audit.context.inputs
    found: dict[str, int] = defaultdict(int)
    for finding in audit.findings:
        found[finding.rule] += 1
    return {
        "read_at": as_text(inputs.now),
        "masters": masters,
        "pairs": pairs,
        "sources": [
            {
                "source": name,
                "state": "not_read" if source.problem else "read",
                "count": source.count,
                "at": as_text(source.at),
                "why": source.problem,
            }
            for name, source in inputs.observed.sources.items()
        ],
        "rules": [_rule_row(outcome, found[outcome.rule.name]) for outcome in audit.outcomes],
        "accepted_unused": [acceptance.as_result() for acceptance in audit.unused],
    }


def _rule_row(outcome: Outcome, found: int) -> dict[str, t.Any]:
    return {
        "rule": outcome.rule.name,
        "severity": outcome.severity,
        "each": UNITS[outcome.rule.each],
        "objects": list(outcome.rule.objects),
        "state": outcome.state,
        "checked": outcome.checked,
        "found": found,
        "not_assessed": outcome.not_assessed,
        "why": outcome.why,
    }


def _declaration(context: Context) -> dict[str, t.Any]:
    """The declaration, with a digest of its topology that does not depend on the spelling of the option."""
    declared = context.inputs.declared
    topology = [{"master": entry.master, "backups": list(entry.backups)} for entry in declared or ()]
    digest = hashlib.sha256(json.dumps(topology, sort_keys=True).encode()).hexdigest()
    return {
        "given": declared is not None,
        "masters": len(topology),
        "sha256": digest if declared is not None else "",
        "topology": topology,
    }
