# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit: applies every rule of the table to each of its units.

PRIVATE to the collection: it may change at any time.

Pure: the same inputs give the same findings, in the same order. If a rule needs a fact that is not known, that becomes
a finding of its own (``not_assessed``), so that an unknown fact never counts as ready.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from .acceptance import Acceptance
from .findings import ACCEPTED_EXPIRED, IGNORE, NOT_ASSESSED, SEVERITIES, Finding, Found, Objects, Unknown
from .inputs import DECLARATION, LEDGER, Inputs, as_text
from .names import listed
from .rules import A_DRILL, ACCEPTED, DRILL_INTERVAL, EXACT_STATE, RPO_TARGET, RULES, Rule
from .units import AcceptanceUse, Context

ASSESSED, IN_PART, NOT_READ, IGNORED, NOT_ASKED = "assessed", "in_part", "not_assessed", "ignored", "not_asked"


@dataclass
class Outcome:
    """How a rule was applied: the number of units, and for how many of them a fact was not known."""

    rule: Rule
    severity: str
    state: str = ASSESSED
    checked: int = 0
    not_assessed: int = 0
    why: str = ""


@dataclass(frozen=True)
class Audit:
    """``findings``: the worst first. ``unused``: acceptances that have not expired and match neither a finding nor what
    could not be judged."""

    context: Context
    findings: tuple[Finding, ...]
    outcomes: tuple[Outcome, ...]
    unused: tuple[Acceptance, ...]


def audit(inputs: Inputs) -> Audit:
    """Raises ValueError when the declaration or the choice of masters is invalid."""
    return _Auditor(inputs).audit()


@dataclass
class _Missing:
    """A fact that was not known, and the rules that need it."""

    unknown: Unknown
    objects: Objects
    rules: list[str] = field(default_factory=list)


class _Auditor:
    def __init__(self, inputs: Inputs) -> None:
        self.inputs = inputs
        self.outcomes = {rule.name: self._initial_outcome(rule) for rule in RULES.values()}
        applied = (outcome.rule for outcome in self.outcomes.values() if outcome.state not in (IGNORED, NOT_ASKED))
        self.context = Context(inputs, {need for rule in applied for need in rule.needs})
        self.missing: dict[Objects, _Missing] = {}

    def audit(self) -> Audit:
        found = [finding for rule in RULES.values() if rule.name != ACCEPTED_EXPIRED for finding in self._apply(rule)]
        found, unused = self._accept(found)
        found += self._apply(RULES[ACCEPTED_EXPIRED])
        found += self._not_assessed()
        order = {name: number for number, name in enumerate(RULES)}
        found.sort(key=lambda f: (SEVERITIES.index(f.severity), order[f.rule], _sortable(f.objects)))
        return Audit(self.context, tuple(found), tuple(self.outcomes.values()), tuple(unused))

    def _initial_outcome(self, rule: Rule) -> Outcome:
        severity = self.inputs.settings.severity.get(rule.name, rule.severity)
        if severity == IGNORE:
            return Outcome(rule, severity, IGNORED, why="its severity is ignore")
        not_given = _not_given(self.inputs)
        why = [not_given[need] for need in rule.needs if need in not_given]
        if why:
            return Outcome(rule, severity, NOT_ASKED, why="; ".join(why))
        sources = self.inputs.observed.sources
        unread = [need for need in rule.needs if need in sources and sources[need].problem]
        if unread:
            return Outcome(rule, severity, NOT_READ, why=f"{listed(unread)} could not be read")
        return Outcome(rule, severity)

    def _apply(self, rule: Rule) -> Iterable[Finding]:
        outcome = self.outcomes[rule.name]
        if outcome.state != ASSESSED:
            return
        for unit in self.context.units(rule.each):
            outcome.checked += 1
            is_unknown = False
            for judgement in rule.judge(self.context, unit):
                if isinstance(judgement, Unknown):
                    is_unknown = True
                    self._add_missing(rule, judgement, judgement.objects or unit.objects)
                else:
                    yield self._finding(rule, outcome, judgement, judgement.objects or unit.objects)
            outcome.not_assessed += is_unknown
        if outcome.not_assessed and rule.name != NOT_ASSESSED:
            outcome.state = NOT_READ if outcome.not_assessed == outcome.checked else IN_PART
            outcome.why = "see the findings of not_assessed"

    def _finding(self, rule: Rule, outcome: Outcome, found: Found, objects: Objects) -> Finding:
        chosen = self.inputs.settings.severity.get(rule.name)
        return Finding(
            rule.name,
            chosen or found.severity or outcome.severity,
            objects,
            found.message,
            found.facts,
            found.remedy,
            self._sources_of([rule]),
            self._oldest_reading([rule]),
        )

    def _add_missing(self, rule: Rule, unknown: Unknown, objects: Objects) -> None:
        key = objects if objects.detail else replace(objects, detail=unknown.fact)
        self.missing.setdefault(key, _Missing(unknown, key)).rules.append(rule.name)

    def _not_assessed(self) -> Iterable[Finding]:
        severity = self.outcomes[NOT_ASSESSED].severity
        for missing in self.missing.values():
            rules = [RULES[name] for name in dict.fromkeys(missing.rules) if name != NOT_ASSESSED]
            if not rules:  # a source was not read, which affects every rule that needs it
                source = missing.unknown.facts.get("source")
                rules = [o.rule for o in self.outcomes.values() if source in o.rule.needs and o.state == NOT_READ]
            facts = {"fact": missing.unknown.fact, "rules": [rule.name for rule in rules], **missing.unknown.facts}
            yield Finding(
                NOT_ASSESSED,
                severity,
                missing.objects,
                missing.unknown.message,
                facts,
                missing.unknown.remedy,
                self._sources_of(rules),
                self._oldest_reading(rules),
            )

    def _sources_of(self, rules: Iterable[Rule]) -> tuple[str, ...]:
        needs = dict.fromkeys(need for rule in rules for need in rule.needs)
        sources = {*self.inputs.observed.sources, DECLARATION, LEDGER, ACCEPTED}
        return tuple(need for need in needs if need in sources)

    def _oldest_reading(self, rules: Iterable[Rule]) -> str:
        sources = self.inputs.observed.sources
        times = [sources[need].at for rule in rules for need in rule.needs if need in sources]
        return as_text(min(times, default=self.inputs.now))

    def _accept(self, findings: list[Finding]) -> tuple[list[Finding], list[Acceptance]]:
        """Marks the findings that a valid acceptance matches; counts the matches of each acceptance."""
        by_rule: dict[str, list[Acceptance]] = defaultdict(list)
        for acceptance in self.inputs.settings.accepted:
            by_rule[acceptance.rule].append(acceptance)
        matched = dict.fromkeys(map(id, self.inputs.settings.accepted), 0)
        kept = []
        for finding in findings:
            matching = [a for a in by_rule[finding.rule] if a.matches(finding, self.context.names.spellings_of)]
            for acceptance in matching:
                matched[id(acceptance)] += 1
            valid = [acceptance for acceptance in matching if not acceptance.has_expired(self.inputs.today)]
            kept.append(finding.accepted_by(valid[0]) if valid else finding)
        uses = [AcceptanceUse(acceptance, matched[id(acceptance)]) for acceptance in self.inputs.settings.accepted]
        self.context.acceptances = uses
        today = self.inputs.today
        unused = [u.acceptance for u in uses if not u.matched and not u.acceptance.has_expired(today)]
        return kept, [acceptance for acceptance in unused if not self._may_match(acceptance)]

    def _may_match(self, acceptance: Acceptance) -> bool:
        """Whether it may match something that could not be judged."""
        return self.outcomes[acceptance.rule].state in (NOT_READ, NOT_ASKED) or any(
            acceptance.rule in missing.rules and acceptance.covers(missing.objects, self.context.names.spellings_of)
            for missing in self.missing.values()
        )


def _not_given(inputs: Inputs) -> Mapping[str, str]:
    """Why rules are not applied: each optional input that was not given, with the reason to report."""
    settings = inputs.settings
    drill = inputs.history.drill if inputs.history else None
    absent = {
        DECLARATION: (inputs.declared is None, "no topology was given"),
        EXACT_STATE: (settings.state != "exact", f"state is {settings.state}"),
        LEDGER: (inputs.history is None, "no ledger was given"),
        RPO_TARGET: (settings.rpo_target is None, "rpo_target is not set"),
        DRILL_INTERVAL: (settings.drill_interval_days is None, "drill_interval_days is not set"),
        A_DRILL: (drill is None, "no drill is recorded"),
        ACCEPTED: (not settings.accepted, "nothing is accepted"),
    }
    return {need: why for need, (is_absent, why) in absent.items() if is_absent}


def _sortable(objects: Objects) -> tuple[str, ...]:
    return (objects.master, objects.backup, objects.flow, objects.product, objects.detail)
