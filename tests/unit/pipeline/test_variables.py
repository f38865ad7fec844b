# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of the role dr, also those that a survey gives as text."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.mftops.central_governance.plugins.plugin_utils.pipeline.variables import (
    VARIABLES,
    WrongVariable,
    conflict,
    problems,
    read,
)

ROLE = Path(__file__).resolve().parents[3] / "roles" / "dr"
TOPOLOGY = [{"master": "ST_PARIS", "backups": ["ST_LYON", "ST_LILLE"]}, {"master": "007", "backups": []}]
AS_YAML = """
- master: ST_PARIS
  backups: [ST_LYON, ST_LILLE]
- master: 007
  backups: []
"""


@pytest.mark.parametrize(
    ("name", "given", "meant"),
    [
        ("dr_declare", "true", True),
        ("dr_declare", "No", False),
        ("dr_declare", 0, False),
        ("dr_force_sync", "when_different", "when_different"),
        ("dr_force_sync", True, True),
        ("dr_wait_timeout", "90", 90),
        ("dr_wait_timeout", "1.5", 1.5),
        ("dr_unchanged_limit", "3", 3),
        ("dr_state", " exact ", "exact"),
        ("dr_max_removals", 3, "3"),
        ("dr_max_removals", "25%", "25%"),
        ("dr_masters", "ST_PARIS, ST_MILAN", ["ST_PARIS", "ST_MILAN"]),
        ("dr_masters", "ST_PARIS\nST_MILAN\n", ["ST_PARIS", "ST_MILAN"]),
        ("dr_masters", '- "ST, PARIS"\n- 007', ["ST, PARIS", "007"]),
        ("dr_masters", '["ST_PARIS", 7]', ["ST_PARIS", "7"]),
        ("dr_masters", ["ST_PARIS"], ["ST_PARIS"]),
        ("dr_masters", [], []),
        ("dr_topology", TOPOLOGY, TOPOLOGY),
        ("dr_topology", AS_YAML, TOPOLOGY),
        ("dr_topology", "topology:" + AS_YAML, TOPOLOGY),
        ("dr_topology", '[\n\t{"master": "ST_PARIS", "backups": ["ST_LYON", "ST_LILLE"]}\n]', TOPOLOGY[:1]),
        ("dr_topology", [{"master": 7, "backups": "A, B"}], [{"master": "7", "backups": ["A", "B"]}]),
        ("dr_connection", "url: https://cg\ntoken:\ntimeout: 5", {"url": "https://cg", "timeout": 5}),
        ("dr_connection", {"url": "u", "password": None, "username": ""}, {"url": "u"}),
        ("dr_connection", {"operations": "login: {path: /login}"}, {"operations": {"login": {"path": "/login"}}}),
    ],
)  # fmt: skip
def test_a_variable_is_converted_to_its_type(name: str, given: Any, meant: Any) -> None:
    assert read(name, given) == meant
    assert type(read(name, given)) is type(meant)


@pytest.mark.parametrize("name", VARIABLES)
@pytest.mark.parametrize("empty", [None, "", "  \n"])
def test_an_empty_answer_means_not_given(name: str, empty: str | None) -> None:
    assert read(name, empty) == VARIABLES[name].default


@pytest.mark.parametrize(
    ("name", "given", "sentence"),
    [
        ("dr_declare", "perhaps", 'dr_declare: "perhaps" is not true, false.'),
        ("dr_wait_timeout", "soon", 'dr_wait_timeout: "soon" is not a number.'),
        ("dr_wait_timeout", "nan", 'dr_wait_timeout: "nan" is not a number.'),
        ("dr_wait_timeout", True, 'dr_wait_timeout: "True" is not a number.'),
        ("dr_summary_lines", "1.5", 'dr_summary_lines: "1.5" is not a whole number.'),
        ("dr_state", "gone", 'dr_state: "gone" is not one of present, exact, absent.'),
        ("dr_max_removals", "many", 'dr_max_removals: "many" is neither a whole number such as 3 nor a percentage'),
        ("dr_masters", {"ST_PARIS": 1}, "dr_masters: it is not a list of names."),
        ("dr_masters", ["ST_PARIS", ["x"]], "dr_masters: entry 2 is not a name."),
        ("dr_masters", "- a\n- {b: c}", "dr_masters: line 2 is not a name."),
        ("dr_topology", "- master: A\n  backups: [B", "dr_topology: line 2, column 14 is not valid YAML: "),
        ("dr_topology", "- master: A\n  backups: [B]\n- backups: [C]", "dr_topology: line 3 has no master."),
        ("dr_topology", "- master: A\n  backup: [B]", "dr_topology: line 1 has backup, which is not a known key"),
        ("dr_topology", "- master: A\n  backups:", "dr_topology: line 1, A, has no backups; write [] to mean none."),
        ("dr_topology", [{"master": "A"}], "dr_topology: entry 1, A, has no backups; write [] to mean none."),
        ("dr_topology", [{"master": "A", "backups": [{}]}], "dr_topology: entry 1, A: one of its backups is not a"),
        ("dr_topology", [{"master": "A", "backups": [" "]}], "dr_topology: entry 1, A: one of its backups is empty."),
        ("dr_topology", "ST_PARIS", "dr_topology: it is not a list of masters with their backups, such as"),
        ("dr_topology", "- ST_PARIS", "dr_topology: line 1 is not a master with its backups, such as"),
        ("dr_topology", "[" * 5000, "dr_topology: "),
        ("dr_connection", "password: {x", "dr_connection: line 1, column 13 is not valid YAML: "),
        ("dr_connection", "hunter2", "dr_connection: it is not a dictionary."),
        ("dr_connection", {"headers": "- hunter2"}, "dr_connection.headers: it is not a dictionary."),
    ],
)  # fmt: skip
def test_a_wrong_value_gets_one_sentence(name: str, given: Any, sentence: str) -> None:
    with pytest.raises(WrongVariable) as caught:
        read(name, given)
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value) and "hunter2" not in str(caught.value)


def test_all_problems_are_reported_at_once() -> None:
    found = problems({"dr_state": "gone", "dr_wait": "perhaps", "dr_topology": TOPOLOGY}, ["dr_state", "dr_protcted"])
    assert [sentence.split(":")[0] for sentence in found[:2]] == ["dr_state", "dr_wait"]
    assert "no variable named dr_protcted, so nothing was done. Did you mean dr_protected for dr_protcted?" in found[2]
    assert "add it to the list dr_own_variables" in found[2]
    assert len(found) == 3


@pytest.mark.parametrize("values", [{}, {"dr_topology": []}, {"dr_topology": None}, {"dr_masters": ""}])
def test_without_a_topology_masters_or_flows_there_is_nothing_to_do(values: dict[str, Any]) -> None:
    (found,) = problems(values, [])
    assert found.startswith("No topology was given, or an empty one, and no dr_masters or dr_flows.")


def test_names_of_other_playbooks_and_of_published_facts_are_known() -> None:
    known = ["dr_result", "dr_verdict", "dr_failed", "dr_audit_ledger", "dr_mine"]
    assert problems({"dr_topology": TOPOLOGY, "dr_own_variables": "dr_mine"}, known) == []


def test_a_plan_file_needs_the_preflight() -> None:
    given = {"dr_topology": TOPOLOGY, "dr_plan_file": "plan.json"}
    assert problems(given, []) == []
    (found,) = problems({**given, "dr_preflight": "false"}, [])
    assert found.startswith("dr_plan_file: ")


def test_two_topologies_must_be_equal() -> None:
    assert conflict(AS_YAML, TOPOLOGY) == []
    assert conflict("", TOPOLOGY) == conflict(TOPOLOGY, None) == conflict([], []) == []
    (found,) = conflict(TOPOLOGY[:1], TOPOLOGY)
    assert "topology and dr_topology are both given, and say different things." in found


def test_the_table_is_what_the_role_documents_and_has_as_defaults() -> None:
    documented = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())["argument_specs"]["main"]["options"]
    defaults = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text())
    listed = yaml.safe_load((ROLE / "vars" / "main.yml").read_text())["__dr_variables"]
    assert sorted(VARIABLES) == sorted(documented) == sorted(defaults) == listed
    defaults["dr_topology"] = []  # a template, for the playbook
    assert defaults == {name: variable.default for name, variable in VARIABLES.items()}
    assert {name: option.get("default") for name, option in documented.items()} == defaults
