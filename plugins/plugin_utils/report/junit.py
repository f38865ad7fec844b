# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as JUnit XML: a test suite for each master, a test case for each pair and rule.

PRIVATE to the collection: it may change at any time.

Critical findings and warnings are failures (with the severity as ``type``), what could not be assessed is an error.
Accepted findings, rules that were not assessed, and findings of the previous audit that this one could not assess again
are skipped. There is thus neither a failure nor an error if and only if the verdict is READY.
"""

from __future__ import annotations

import re
import typing as t
import xml.etree.ElementTree as ET
from collections import defaultdict

from .states import ASSESSED, NOT_KNOWN, not_known, severity_state

ESTATE = "estate"  # the suite of everything that does not concern a single master

NOT_ASSESSED = "not_assessed"
_OF_ABSENT_BACKUPS = ("missing_backup", "unknown_product")  # the rules that apply to a backup that does not exist

# Characters that XML 1.0 does not allow, not even escaped.
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_ELEMENTS = {
    "critical": "failure", "warning": "failure", "unknown": "error", "accepted": "skipped", NOT_KNOWN: "skipped",
}  # fmt: skip
_ORDER = ("critical", "unknown", "warning", NOT_KNOWN, "accepted", "info")

Place = tuple[str, str]  # master and backup; each is empty if a finding does not concern one
Findings = list[t.Mapping[str, t.Any]]


def render(dataset: t.Mapping[str, t.Any]) -> str:
    cases = _cases(dataset)
    root = ET.Element("testsuites", name=_text(dataset["title"]))
    suites: dict[str, list[tuple[Place, str]]] = defaultdict(list)
    suites[""] = []
    for place, rule in cases:
        suites[place[0]].append((place, rule))
    for master, rows in suites.items():
        suite = ET.SubElement(root, "testsuite", name=_text(master or ESTATE), timestamp=dataset["read_at"], time="0")
        for place, rule in rows:
            _add_case(suite, place, rule, cases[place, rule])
        if not master:
            _add_rules_that_were_not_assessed(suite, dataset["coverage"]["rules"])
        _count(suite)
    root.set("time", "0")
    for total in ("tests", "failures", "errors"):
        root.set(total, str(sum(int(suite.get(total, "0")) for suite in root)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _cases(dataset: t.Mapping[str, t.Any]) -> dict[tuple[Place, str], Findings]:
    """The rules by the pair they were applied to, in the order of the dataset, with their findings. A finding of a rule
    that is not among the assessed ones gets a case too."""
    cases: dict[tuple[Place, str], Findings] = {}
    rules = {rule["rule"]: rule["objects"] for rule in dataset["coverage"]["rules"] if rule["state"] in ASSESSED}
    of_pairs = [rule for rule, objects in rules.items() if "backup" in objects]
    of_masters = [rule for rule, objects in rules.items() if "master" in objects and "backup" not in objects]
    cases.update(((("", ""), rule), []) for rule, objects in rules.items() if "master" not in objects)
    for master in dataset["masters"]:
        cases.update((((master["master"], ""), rule), []) for rule in of_masters)
        for backup in master["backups"]:
            pair = (master["master"], backup["backup"])
            exists = backup["present"] is not False
            cases.update(((pair, rule), []) for rule in of_pairs if exists or rule in _OF_ABSENT_BACKUPS)
    for finding in [*dataset["findings"], *not_known(dataset["changes"])]:
        cases.setdefault(((finding["master"], finding["backup"]), finding["rule"]), []).append(finding)
    _add_what_was_not_assessed(cases, dataset["findings"])
    return cases


def _add_what_was_not_assessed(cases: dict[tuple[Place, str], Findings], findings: Findings) -> None:
    """Adds these findings to the cases of the rules that lacked a fact, since those did not pass."""
    for finding in findings:
        if finding["rule"] == NOT_ASSESSED and finding["master"]:
            place = (finding["master"], finding["backup"])
            for rule in (finding["evidence"].get("facts") or {}).get("rules") or ():
                if (place, rule) in cases:
                    cases[place, rule].append(finding)


def _add_case(suite: ET.Element, place: Place, rule: str, findings: Findings) -> None:
    case = ET.SubElement(
        suite, "testcase", classname=_text(".".join(filter(None, place)) or ESTATE), name=_text(rule), time="0"
    )
    if not findings:
        return
    state = min(map(_state, findings), key=_ORDER.index)
    lines = "\n".join(_line(finding) for finding in findings)
    if state in _ELEMENTS:
        worst = next(finding for finding in findings if _state(finding) == state)
        element = ET.SubElement(case, _ELEMENTS[state], type=state, message=_text(worst["message"]))
        element.text = _text(lines)
    else:
        ET.SubElement(case, "system-out").text = _text(lines)


def _add_rules_that_were_not_assessed(suite: ET.Element, rules: t.Iterable[t.Mapping[str, t.Any]]) -> None:
    for rule in rules:
        if rule["state"] not in ASSESSED:
            case = ET.SubElement(suite, "testcase", classname=ESTATE, name=_text(rule["rule"]), time="0")
            why = f"not assessed: {rule['why']}" if rule["why"] else "not assessed"
            ET.SubElement(case, "skipped", message=_text(why))


def _state(finding: t.Mapping[str, t.Any]) -> str:
    return NOT_KNOWN if finding.get("state") == NOT_KNOWN else severity_state(finding)


def _line(finding: t.Mapping[str, t.Any]) -> str:
    accepted = finding.get("accepted")
    until = f" Accepted until {accepted['expires']} by {accepted['owner']}: {accepted['reason']}." if accepted else ""
    remedy = finding["remedy"]["text"]
    return f"[{finding['severity']}] {finding['message']}{until}" + (f" Remedy: {remedy}" if remedy else "")


def _count(suite: ET.Element) -> None:
    suite.set("tests", str(len(suite)))
    for name, element in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(element) is not None for case in suite)))


def _text(value: t.Any) -> str:
    return _NO_XML.sub("\ufffd", str(value))
