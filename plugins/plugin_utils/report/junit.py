# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as JUnit XML: a test suite for each master, a test case for each pair and rule.

PRIVATE to the collection: it may change at any time.

A critical finding and a warning are failures (their ``type`` tells them apart), what could not be assessed is an
error. Skipped are accepted findings, rules that were not assessed, and what the audit before found and this one could
not judge again. So no test fails exactly when the verdict is READY.
"""

from __future__ import annotations

import re
import typing as t
from collections import Counter, defaultdict
from itertools import repeat
from xml.sax.saxutils import escape

from .states import ASSESSED, NOT_KNOWN, not_known, severity_state

ESTATE = "estate"  # the suite of what concerns no single master

NOT_ASSESSED = "not_assessed"
_OF_ABSENT_ONES = ("missing_backup", "unknown_product")  # all that can be judged of a backup that is not there

# Characters that XML 1.0 does not allow, not even escaped.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ELEMENTS = {
    "critical": "failure", "warning": "failure", "unknown": "error", "accepted": "skipped", NOT_KNOWN: "skipped",
}  # fmt: skip
_IN_ATTRIBUTES = {'"': "&quot;", "\n": "&#10;", "\r": "&#13;", "\t": "&#09;"}
_COUNTED = {"failure": "failures", "error": "errors", "skipped": "skipped"}
TOTALS = ("tests", "failures", "errors", "skipped")  # the root has no count of those that were skipped
_ORDER = ("critical", "unknown", "warning", NOT_KNOWN, "accepted", "info")

Place = tuple[str, str]  # master and backup; empty where a finding concerns none
Case = tuple[Place, str]  # and the rule
Finding = t.Mapping[str, t.Any]


def render(dataset: t.Mapping[str, t.Any]) -> str:
    """Written as text: of tens of thousands of test cases most have passed, and differ in two names only."""
    suites: dict[str, _Suite] = defaultdict(_Suite)
    estate = suites[""]
    rules: dict[str, str] = _Attributes()
    for (place, rule), findings in _cases(dataset).items():
        suites[place[0]].add(place, rules[rule], findings)
    for rule in dataset["coverage"]["rules"]:
        if rule["state"] not in ASSESSED:
            why = f"not assessed: {rule['why']}" if rule["why"] else "not assessed"
            estate.add_with(("", ""), rules[rule["rule"]], "skipped", f" message={_attribute(why)}", "")
    lines, counts = [], Counter[str]()
    for master, suite in suites.items():
        name, time = _attribute(master or ESTATE), _attribute(dataset["read_at"])
        lines += _element("testsuite", f"name={name} timestamp={time}", suite.counts, TOTALS, suite.lines, "  ")
        counts += suite.counts
    root = _element("testsuites", f"name={_attribute(dataset['title'])}", counts, TOTALS[:-1], lines, "")
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', *root, ""])


class _Attributes(dict[str, str]):
    """Texts as attributes, each made once."""

    def __missing__(self, text: str) -> str:
        made = self[text] = _attribute(text)
        return made


class _Suite:
    """The lines of the test cases of a suite, and how many there are of each kind."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.counts: Counter[str] = Counter()
        self._place: Place | None = None
        self._class = ""

    def add(self, place: Place, rule: str, findings: t.Sequence[Finding]) -> None:
        """``rule`` is an attribute."""
        if not findings:
            self.counts["tests"] += 1
            self.lines.append(f'    <testcase classname={self._class_of(place)} name={rule} time="0" />')
            return
        state = min(map(_state, findings), key=_ORDER.index)
        text = "\n".join(_line(finding) for finding in findings)
        if state in _ELEMENTS:
            worst = next(finding for finding in findings if _state(finding) == state)
            self.add_with(
                place, rule, _ELEMENTS[state], f' type="{state}" message={_attribute(worst["message"])}', text
            )
        else:
            self.add_with(place, rule, "system-out", "", text)

    def add_with(self, place: Place, rule: str, element: str, attributes: str, text: str) -> None:
        """A test case with an element that says how it ended, or more about it."""
        end = f">{escape(_text(text))}</{element}>" if text else " />"
        self.counts.update(("tests", _COUNTED.get(element, "")))
        self.lines += [
            f'    <testcase classname={self._class_of(place)} name={rule} time="0">',
            f"      <{element}{attributes}{end}",
            "    </testcase>",
        ]

    def _class_of(self, place: Place) -> str:
        if place != self._place:  # the cases of a place follow each other
            self._place, self._class = place, _attribute(".".join(filter(None, place)) or ESTATE)
        return self._class


def _element(
    name: str, attributes: str, counts: t.Mapping[str, int], counted: t.Iterable[str], lines: list[str], indent: str
) -> list[str]:
    """The lines of an element around other lines."""
    totals = " ".join(f'{total}="{counts[total]}"' for total in counted)
    begin = f'{indent}<{name} {attributes} time="0" {totals}'
    return [f"{begin}>", *lines, f"{indent}</{name}>"] if lines else [f"{begin} />"]


def _cases(dataset: t.Mapping[str, t.Any]) -> dict[Case, list[Finding]]:
    """What was judged, in the order of the dataset, with the findings of each; also what no rule of ours expects."""
    cases: dict[Case, list[Finding]] = {}
    passed: list[Finding] = []  # of all that passed, and never added to

    def expect(place: Place, rules: t.Iterable[str]) -> None:
        cases.update(zip(zip(repeat(place), rules), repeat(passed)))

    def add(case: Case, finding: Finding) -> None:
        if cases.get(case, passed) is passed:
            cases[case] = [finding]
        else:
            cases[case].append(finding)

    rules = {rule["rule"]: rule["objects"] for rule in dataset["coverage"]["rules"] if rule["state"] in ASSESSED}
    of_pairs = [rule for rule, objects in rules.items() if "backup" in objects]
    of_absent_ones = [rule for rule in of_pairs if rule in _OF_ABSENT_ONES]
    of_masters = [rule for rule, objects in rules.items() if "master" in objects and "backup" not in objects]
    expect(("", ""), [rule for rule, objects in rules.items() if "master" not in objects])
    for master in dataset["masters"]:
        expect((master["master"], ""), of_masters)
        for backup in master["backups"]:
            is_there = backup["present"] is not False
            expect((master["master"], backup["backup"]), of_pairs if is_there else of_absent_ones)
    for finding in [*dataset["findings"], *not_known(dataset["changes"])]:
        add(((finding["master"], finding["backup"]), finding["rule"]), finding)
    for case, finding in _not_assessed(dataset["findings"]):
        if case in cases:
            add(case, finding)
    return cases


def _not_assessed(findings: t.Iterable[Finding]) -> t.Iterator[tuple[Case, Finding]]:
    """The cases of the rules that lacked a fact: they did not pass."""
    for finding in findings:
        if finding["rule"] == NOT_ASSESSED and finding["master"]:
            for rule in (finding["evidence"].get("facts") or {}).get("rules") or ():
                yield ((finding["master"], finding["backup"]), rule), finding


def _state(finding: t.Mapping[str, t.Any]) -> str:
    return NOT_KNOWN if finding.get("state") == NOT_KNOWN else severity_state(finding)


def _line(finding: t.Mapping[str, t.Any]) -> str:
    accepted = finding.get("accepted")
    until = f" Accepted until {accepted['expires']} by {accepted['owner']}: {accepted['reason']}." if accepted else ""
    remedy = finding["remedy"]["text"]
    return f"[{finding['severity']}] {finding['message']}{until}" + (f" Remedy: {remedy}" if remedy else "")


def _attribute(value: t.Any) -> str:
    return f'"{escape(_text(value), _IN_ATTRIBUTES)}"'


def _text(value: t.Any) -> str:
    return _NO_XML.sub("\ufffd", str(value))
