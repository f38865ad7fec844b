# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Accepted findings: which risk is accepted, why, who is responsible, and until when.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date

from .findings import ACCEPTED_EXPIRED, NOT_ASSESSED, Finding, Objects

OBJECTS = ("master", "backup", "flow", "product")
_REQUIRED = ("rule", "reason", "owner", "expires")
_NEVER_ACCEPTED = {
    NOT_ASSESSED: (
        "not_assessed cannot be accepted, since a fact that could not be read counts as not ready; if a rule does "
        "not matter to you, set its severity to ignore; then the facts that only this rule needs are not required"
    ),
    ACCEPTED_EXPIRED: "accepted_expired cannot be accepted; give the expired acceptance another date, or remove it",
}


@dataclass(frozen=True)
class Acceptance:
    """An entry of the option ``accepted``. Each object is a name or a businessId; a ``*`` may end it."""

    rule: str
    reason: str
    owner: str
    expires: date  # the last day (UTC) on which it is valid
    master: str = ""
    backup: str = ""
    flow: str = ""
    product: str = ""

    def has_expired(self, today: date) -> bool:
        return today > self.expires

    @property
    def patterns(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in OBJECTS if getattr(self, name)}

    def matches(self, finding: Finding, spellings_of: t.Callable[[str], Collection[str]]) -> bool:
        return finding.rule == self.rule and self.covers(finding.objects, spellings_of)

    def covers(self, objects: Objects, spellings_of: t.Callable[[str], Collection[str]]) -> bool:
        """Whether each given pattern fits its object; ``spellings_of(name)`` returns all accepted spellings."""
        return all(
            any(_fits(pattern, spelling) for spelling in spellings_of(getattr(objects, name)))
            for name, pattern in self.patterns.items()
        )

    def as_result(self) -> dict[str, str]:
        return {**asdict(self), "expires": self.expires.isoformat()}

    def __str__(self) -> str:
        objects = ", ".join(f"{name} {pattern}" for name, pattern in self.patterns.items())
        return f"{self.rule} ({objects})" if objects else self.rule


def _fits(pattern: str, spelling: str) -> bool:
    if pattern.endswith("*"):
        return bool(spelling) and spelling.startswith(pattern[:-1])
    return spelling == pattern


def parse_accepted(entries: Sequence[Mapping[str, t.Any]], rules: Mapping[str, Collection[str]]) -> list[Acceptance]:
    """The entries of the option ``accepted``. ``rules`` maps each rule to the objects that its findings name.

    Raises ValueError with a message for every invalid entry.
    """
    parsed, problems = [], []
    for number, entry in enumerate(entries, start=1):
        given = {key: str(value).strip() for key, value in entry.items() if value not in (None, "")}
        entry_problems = list(_problems(given, rules))
        expires = _date(given.get("expires", ""))
        if entry_problems or expires is None:
            problems += [f"entry {number}: {problem}" for problem in entry_problems]
        else:
            objects = {name: given.get(name, "") for name in OBJECTS}
            parsed.append(Acceptance(given["rule"], given["reason"], given["owner"], expires, **objects))
    if problems:
        raise ValueError(f"{'; '.join(problems)}.")
    return parsed


def _problems(entry: Mapping[str, str], rules: Mapping[str, Collection[str]]) -> Iterable[str]:
    missing = [key for key in _REQUIRED if not entry.get(key)]
    if missing:
        yield f"{', '.join(missing)} missing (an acceptance has a reason, an owner and a date on which it expires)"
    unknown = sorted(entry.keys() - {*_REQUIRED, *OBJECTS})
    if unknown:
        yield f"{', '.join(unknown)}: there is no such key; the keys are {', '.join((*_REQUIRED, *OBJECTS))}"
    if entry.get("expires") and _date(entry["expires"]) is None:
        yield f'expires: "{entry["expires"]}" is not a date such as 2027-03-31'
    rule = entry.get("rule", "")
    if rule in _NEVER_ACCEPTED:
        yield _NEVER_ACCEPTED[rule]
    elif rule and rule not in rules:
        yield f'there is no rule "{rule}"; there are {", ".join(sorted(rules.keys() - _NEVER_ACCEPTED.keys()))}'
    elif rule:
        yield from _problems_with_objects(entry, rule, rules[rule])


def _problems_with_objects(entry: Mapping[str, str], rule: str, objects: Collection[str]) -> Iterable[str]:
    given = [name for name in OBJECTS if entry.get(name)]
    pointless = [name for name in given if name not in objects]
    if pointless:
        yield f"findings of {rule} name no {' and no '.join(pointless)}, so it would match nothing"
    elif objects and not given:
        first, *_others = objects
        yield f'it names no {" and no ".join(objects)}; to accept all of them, use {first}: "*"'
    for name in given:
        if "*" in entry[name][:-1]:
            yield f'{name}: "{entry[name]}": a * may only stand at the end'


def _date(text: str) -> date | None:
    """The date in a text such as ``2027-03-31``, with or without a time after it, which YAML may add."""
    try:
        return date.fromisoformat(text[:10]) if text[10:11] in ("", "T", " ") else None
    except ValueError:
        return None
