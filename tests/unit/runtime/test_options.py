# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Options that may be given as text, and values that are refused."""

from __future__ import annotations

import json

import pytest

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.errors import BadOption
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.topology import Declaration
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.options import (
    Masking,
    connection_from,
    dict_from,
    operations_from,
    structured,
    topology_from,
)

TOPOLOGY = [{"master": "ST_PARIS", "backups": ["ST_LYON", "ST_LILLE"]}, {"master": "ST_OSLO", "backups": []}]
DECLARED = [Declaration("ST_PARIS", ("ST_LYON", "ST_LILLE")), Declaration("ST_OSLO", ())]
YAML = """
- master: ST_PARIS
  backups: [ST_LYON, ST_LILLE]
- master: ST_OSLO
  backups: []
"""


@pytest.mark.parametrize(
    "option", [TOPOLOGY, json.dumps(TOPOLOGY), YAML, f"---{YAML}"], ids=["list", "json", "yaml", "document"]
)
def test_a_topology_may_be_a_list_or_text(option):
    assert topology_from(option) == DECLARED


@pytest.mark.parametrize("option", [None, "", "  \n", "null", "# nothing but a comment"])
def test_an_empty_option_counts_as_unset(option):
    assert topology_from(option) is None


def test_a_list_without_entries_declares_nothing():
    assert topology_from([]) == topology_from("[]") == []


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ("- master: A\n  backups: [B\n- master: C", "topology: it is neither YAML nor JSON in line 3, column"),
        ("master: A\n\tbackups: []", "topology: it is neither YAML nor JSON in line 2, column 1"),
        ("ST_PARIS", 'topology: it is the text "ST_PARIS", not a list of masters'),
        (
            "topology.yml",
            'topology: it is the text "topology.yml", not a list of masters with their backups. A file is given with '
            "an @: -e @topology.yml.",
        ),
        ("master: A\nbackups: [B]", "topology: it is a dict, not a list of masters"),
        (7, "topology: it is the value 7, not a list"),
        (["ST_PARIS"], 'topology: entry 1 is the text "ST_PARIS", not a dict with master and backups.'),
        ([*TOPOLOGY, {"mastr": "A", "backups": []}], "topology: entry 3 has mastr; it takes master and backups."),
        ([{"backups": []}], "topology: entry 1 has no master."),
        ([{"master": None, "backups": []}], "topology: entry 1 has no master."),
        ([{"master": "A"}], "topology: entry 1, A, has no backups; write [] to mean none."),
        ([{"master": "A", "backups": None}], "topology: entry 1, A, has no backups; write [] to mean none."),
        ([{"master": "A", "backups": {"B": 1}}], "topology: the backups of entry 1, A, are a dict, not a list."),
        ([{"master": "A", "backups": ["B", " "]}], "topology: entry 1 names a product by an empty string."),
        ([{"master": "A", "backups": ["B", None]}], "topology: entry 1 names a product by an empty string."),
        ([{"master": "A", "backups": [["B"]]}], "topology: entry 1 names a product by a list, not by its name."),
        ("[" * 100_000, "topology: it is neither YAML nor JSON"),
    ],
)  # fmt: skip
def test_an_invalid_topology_gets_one_sentence(option, words):
    with pytest.raises(BadOption) as caught:
        topology_from(option)
    assert str(caught.value).startswith(words)
    assert "\n" not in str(caught.value)


def test_names_may_be_numbers_and_backups_a_comma_separated_text():
    assert topology_from([{"master": 17, "backups": "A, B"}]) == [Declaration("17", ("A", "B"))]


@pytest.mark.parametrize("option", [{"login": {"path": "/x"}}, '{"login": {"path": "/x"}}', "login: {path: /x}"])
def test_operations_may_be_text(option):
    assert operations_from({"operations": option})["login"].path == "/x"


@pytest.mark.parametrize("option", [None, "", " "])
def test_without_operations_the_defaults_apply(option):
    assert operations_from({"operations": option})["login"].path == ""


@pytest.mark.parametrize("option", [["login"], "login", 7])
def test_operations_that_are_not_a_dict_are_refused(option):
    with pytest.raises(BadOption, match="^operations: it is not a dict of operations"):
        operations_from({"operations": option})


PARAMS = {
    "url": "https://cg",
    "api_prefix": "",
    "username": None,
    "password": None,
    "token": None,
    "headers": None,
    "validate_certs": True,
    "ca_path": None,
    "client_cert": None,
    "client_key": None,
    "timeout": 30.0,
    "retries": 3,
    "max_parallel": 8,
}


@pytest.mark.parametrize(
    "headers",
    [{"X-Key": "s3cret"}, '{"X-Key": "s3cret"}', "X-Key: s3cret", "X-Key=s3cret"],
    ids=["dict", "json", "yaml", "pair"],
)
def test_headers_may_be_text_and_are_masked(headers):
    assert connection_from({**PARAMS, "headers": headers}).headers == {"X-Key": "s3cret"}
    assert "s3cret" in Masking.of({"headers": headers}).missing


@pytest.mark.parametrize("headers", ["X-Key: [s3cret", "s3cret", ["s3cret"], '"s3cret"'])
def test_invalid_headers_are_not_shown(headers):
    with pytest.raises(BadOption, match="^headers: ") as caught:
        connection_from({**PARAMS, "headers": headers})
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("url", [None, "", " "])
def test_without_a_url_all_places_for_it_are_named(url):
    with pytest.raises(BadOption, match="^url: it is missing.*module_defaults.*CG_URL.*dr_connection"):
        connection_from({**PARAMS, "url": url})


def test_text_that_is_not_json_is_read_with_yaml(monkeypatch):
    from ansible.module_utils.common import yaml

    monkeypatch.setattr(yaml, "HAS_YAML", False)
    assert structured("topology", "[1]") == [1]
    with pytest.raises(BadOption, match="PyYAML, which YAML needs, is missing"):
        structured("topology", "- 1")


SEVERITY = {"version_drift": "info", "no_backup": "ignore"}


@pytest.mark.parametrize(
    "option",
    [
        SEVERITY,
        json.dumps(SEVERITY),
        "version_drift: info\nno_backup: ignore",
        "version_drift=info no_backup=ignore",
        "version_drift=info, no_backup=ignore",
    ],
    ids=["dict", "json", "yaml", "pairs", "pairs with commas"],
)
def test_severities_may_be_a_dict_or_text(option):
    assert dict_from("severity", option) == SEVERITY


@pytest.mark.parametrize("option", [None, "", {}, "{}"])
def test_no_severities(option):
    assert dict_from("severity", option) == {}


@pytest.mark.parametrize("option", ["[version_drift]", "version_drift", 7, "version_drift: ["])
def test_what_is_not_a_dict_is_named(option):
    with pytest.raises(BadOption, match="^severity: it is n"):
        dict_from("severity", option)
