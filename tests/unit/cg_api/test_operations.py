# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of operations, and what users may override."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ansible_collections.mftops.central_governance.plugins.doc_fragments.central_governance import ModuleDocFragment
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.errors import BadOption
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.operations import (
    ASSUMED,
    DOCUMENTED,
    OPERATIONS,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.overrides import (
    effective_operations,
    warnings_about,
)

CHECKOUT = Path(__file__).resolve().parents[3]


def test_every_operation_has_a_provenance():
    for name, operation in OPERATIONS.items():
        assert operation.provenance in (DOCUMENTED, ASSUMED), name
        assert operation.source, name
        assert operation.purpose, name


def test_the_documented_operations():
    assert {name for name, operation in OPERATIONS.items() if operation.provenance == DOCUMENTED} == {
        "find_products",
        "read_product",
        "list_backups",
        "add_backups",
    }


def test_an_assumed_operation_can_be_overridden():
    override = {
        "remove_backup": {
            "method": "POST",
            "path": "/products/{id}/backupproducts/remove",
            "body": [{"businessId": "{backupId}", "name": "{backupName}"}],
        }
    }
    operation = effective_operations(override)["remove_backup"]
    values = {"id": "a/b", "backupId": "b", "backupName": "B"}
    assert operation.filled_path(values) == "/products/a%2Fb/backupproducts/remove"
    assert operation.filled_body(values) == [{"businessId": "b", "name": "B"}]
    assert operation.is_write


def test_a_body_that_is_a_placeholder_keeps_its_type():
    assert OPERATIONS["deploy_flow"].filled_body({"force": True}) == {"force": True}
    overridden = effective_operations({"deploy_flow": {"body": {"mode": "force={force}", "keep": 3}}})["deploy_flow"]
    assert overridden.filled_body({"force": True}) == {"mode": "force=True", "keep": 3}


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ({"remove_backups": {}}, 'no operation "remove_backups"'),
        ({"remove_backup": "DELETE"}, "must be a dict"),
        ({"add_backups": {"body": []}}, "takes method, path, base, sends, not body"),
        ({"add_backups": {"sends": "nothing"}}, "careful or added or whole_list"),
        ({"remove_backup": {"url": "/x"}}, "takes method, path, body, encoding, base, not url"),
        ({"remove_backup": {"sends": "added"}}, "takes method, path, body, encoding, base, not sends"),
        ({"login": {"path": "/l", "encoding": "xml"}}, "login.encoding is json or form, not 'xml'"),
        ({"login": {"path": "/l", "base": "/"}}, "login.base is api or server, not '/'"),
        ({"login": {"path": "l", "base": "server"}}, "login.path starts with / and follows url."),
        ({"login": {"path": "/l", "encoding": "form", "body": ["x"]}}, "login.body must be a dict of texts"),
        ({"login": {"path": "/l", "encoding": "form", "body": {"a": {}}}}, "login.body must be a dict of texts"),
        ({"login": {"path": "/l", "page": "ui"}}, "login.page starts with /"),
        ({"login": {"path": "/l", "page": 7}}, "login.page starts with /"),
        ({"login": {"path": "/l", "page": "/{username}"}}, "login.page takes no placeholder"),
        ({"deploy_flow": {"page": "/ui"}}, "deploy_flow takes method, path, body, encoding, base, not page"),
        ({"remove_backup": {"method": "FETCH"}}, "is one of"),
        ({"remove_backup": {"path": "products"}}, "starts with /"),
        ({"remove_backup": {"path": "/x/{nope}"}}, "cannot fill {nope}"),
        ({"remove_backup": {"body": {"a": ["{nope}"]}}}, "cannot fill {nope}"),
        ({"remove_backup": {"method": "GET"}}, "cannot be GET"),
        ({"list_flows": {"method": "POST"}}, "must stay GET"),
        ({"login": {"path": "/login/{password}"}}, "must not hold the password"),
        # What is not known when the request is made.
        ({"read_flow": {"path": "/flows/{name}"}}, "read_flow cannot fill {name}; it takes {id}."),
        ({"find_flows": {"path": "/flows?id={id}"}}, "find_flows cannot fill {id}; it takes {name}."),
        ({"list_flows": {"path": "/flows?x={name}"}}, "list_flows cannot fill {name}; it takes no placeholder."),
        ({"list_products": {"path": "/products/{id}"}}, "list_products cannot fill {id}; it takes no placeholder."),
        ({"login": {"path": "/login/{id}"}}, "login cannot fill {id}; it takes {username}, {password}."),
        ({"deploy_flow": {"body": {"on": "{backupId}"}}}, "deploy_flow cannot fill {backupId}"),
    ],
)
def test_an_override_that_cannot_work_is_refused_with_a_reason(override, words):
    with pytest.raises(BadOption, match=r"^operations: ") as caught:
        effective_operations(override)
    assert words in str(caught.value)


def test_the_table_uses_only_the_placeholders_that_it_allows():
    for operation in OPERATIONS.values():
        if operation.path:
            values = dict.fromkeys(operation.placeholders, "x")
            assert operation.filled_path(values)
            operation.filled_body(values)


def test_a_flows_deployments_can_be_asked_for_by_name():
    operation = effective_operations({"flow_deployments": {"path": "/deployments?flow={name}"}})["flow_deployments"]
    assert operation.filled_path({"id": "f", "name": "F"}) == "/deployments?flow=F"


@pytest.mark.parametrize("name", [name for name, row in OPERATIONS.items() if row.provenance == DOCUMENTED])
def test_a_documented_operation_can_be_overridden_with_a_warning(name):
    operations = effective_operations({name: {"path": "/elsewhere"}})
    assert operations[name].path == "/elsewhere"
    (warning,) = warnings_about(operations)
    assert f"{name} is documented by the vendor, and overridden" in warning


def test_overriding_an_assumed_operation_gives_no_warning():
    operations = effective_operations({"list_flows": {"path": "/x"}, "add_backups": {"sends": "whole_list"}})
    assert warnings_about(operations) == []
    assert warnings_about(effective_operations(None)) == []


def test_without_overrides_the_table_is_unchanged():
    assert effective_operations(None) == OPERATIONS


# What is written about the operations elsewhere

OPTION = yaml.safe_load(ModuleDocFragment.DOCUMENTATION)["options"]["operations"]
TEXT = " ".join(OPTION["description"])


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=list(OPERATIONS))
def test_the_documentation_of_the_option_names_every_operation_with_its_placeholders(operation):
    (words,) = re.findall(rf"C\({operation.name}\)((?: \((?:C\({{\w+}}\)(?:, )?)+\))?)[,.]", TEXT)
    assert re.findall(r"\{(\w+)\}", words) == list(operation.placeholders)


def test_the_documentation_of_the_option_names_no_other_operation():
    named = set(re.findall(r"C\(([a-z]+_[a-z]+|login)\)", TEXT))
    assert named == {*OPERATIONS}


def test_the_tables_in_the_guides_are_those_of_the_code():
    command = [sys.executable, CHECKOUT / "tools" / "operations_table.py", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
