# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of the role dr_audit, as data and as the text that a survey gives."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from ansible_collections.mftops.central_governance.plugins.plugin_utils.pipeline.audit_variables import (
    OF_THE_MODULE,
    PREFIX,
    VARIABLES,
    problems,
    read,
)

ROLE = Path(__file__).resolve().parents[3] / "roles" / "dr_audit"


def test_the_table_is_what_the_role_documents_and_has_as_defaults():
    text = (ROLE / "meta" / "argument_specs.yml").read_text(encoding="utf-8")
    documented = yaml.safe_load(text)["argument_specs"]["main"]["options"]
    defaults = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text(encoding="utf-8"))
    assert set(documented) == {*VARIABLES, *OF_THE_MODULE}
    assert all(defaults[name] == variable.default for name, variable in VARIABLES.items() if name in defaults)
    assert all(documented[name].get("default") == defaults.get(name) for name in documented)
    assert all("choices" not in option and option["type"] in ("raw", "str", "path") for option in documented.values())


def test_an_empty_text_counts_as_unset():
    assert read({}) == read(dict.fromkeys(VARIABLES, "")) == read(dict.fromkeys(VARIABLES))
    assert problems(dict.fromkeys([*VARIABLES, *OF_THE_MODULE], "")) == []


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("masters", "PARIS, ROME", ["PARIS", "ROME"]),
        ("certificate_warning_days", "10", 10),
        ("drill_interval_days", "180", 180),
        ("publish_stats", "no", False),
        ("formats", "[json, csv]", ["json", "csv"]),
        ("groups", "West: [PARIS, L*]", {"West": ["PARIS", "L*"]}),
        ("connection", '{"url": "https://cg", "token": ""}', {"url": "https://cg"}),
    ],
)
def test_a_survey_gives_text(name: str, text: str, value: object):
    assert read({PREFIX + name: text})[name] == value == read({PREFIX + name: value})[name]


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("fail_on", "always", '"always" is not one of never, critical, warning.'),
        ("formats", "json,pdf", '"pdf" is not one of '),
        ("summary_lines", "many", '"many" is not a number.'),
        ("publish_stats", "perhaps", '"perhaps" is not true, false.'),
        ("connection", "{password: secret, url", "line 1, column 23 is not valid YAML"),
        (
            "fail_one",
            "never",
            "has no variable named dr_audit_fail_one, so nothing was judged. Did you mean dr_audit_fail_on",
        ),
    ],
)
def test_a_wrong_value_gets_one_sentence(name: str, given: str, words: str):
    (sentence,) = problems({PREFIX + name: given})
    assert words in sentence
    assert f"dr_audit_{name}" in sentence
    assert "secret" not in sentence


def test_a_variable_of_the_users_own_is_named():
    assert problems({"dr_audit_site": "Paris", "dr_audit_own_variables": "dr_audit_site", "dr_audit_result": {}}) == []
