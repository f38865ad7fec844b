# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The table of operations, and what users may override."""

from __future__ import annotations

import pytest

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.errors import BadOption
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.operations import (
    ASSUMED,
    DOCUMENTED,
    OPERATIONS,
    PLACEHOLDERS,
    effective_operations,
)


def test_every_operation_says_how_surely_it_is_known():
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


def test_an_assumed_operation_can_be_spelled_otherwise():
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
    spelled = effective_operations({"deploy_flow": {"body": {"mode": "force={force}", "keep": 3}}})["deploy_flow"]
    assert spelled.filled_body({"force": True}) == {"mode": "force=True", "keep": 3}


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ({"remove_backups": {}}, 'no operation "remove_backups"'),
        ({"remove_backup": "DELETE"}, "must be a dict"),
        ({"list_backups": {"path": "/x"}}, "documented by the vendor"),
        ({"add_backups": {"path": "/x"}}, "takes sends, not path"),
        ({"add_backups": {"sends": "nothing"}}, "added or whole_list"),
        ({"remove_backup": {"url": "/x"}}, "takes body, method, path, not url"),
        ({"remove_backup": {"method": "FETCH"}}, "is one of"),
        ({"remove_backup": {"path": "products"}}, "starts with /"),
        ({"remove_backup": {"path": "/x/{nope}"}}, "cannot fill {nope}"),
        ({"remove_backup": {"body": {"a": ["{nope}"]}}}, "cannot fill {nope}"),
        ({"remove_backup": {"method": "GET"}}, "cannot be GET"),
        ({"list_flows": {"method": "POST"}}, "must stay GET"),
        ({"login": {"path": "/login/{password}"}}, "must not hold the password"),
        # What is not known when the request is made.
        ({"read_flow": {"path": "/flows/{name}"}}, "read_flow cannot fill {name}; it knows {id}."),
        ({"find_flows": {"path": "/flows?id={id}"}}, "find_flows cannot fill {id}; it knows {name}."),
        ({"list_flows": {"path": "/flows?x={name}"}}, "list_flows cannot fill {name}; it takes no placeholder."),
        ({"list_products": {"path": "/products/{id}"}}, "list_products cannot fill {id}; it takes no placeholder."),
        ({"login": {"path": "/login/{id}"}}, "login cannot fill {id}; it knows {username}, {password}."),
        ({"deploy_flow": {"body": {"on": "{backupId}"}}}, "deploy_flow cannot fill {backupId}"),
    ],
)
def test_an_override_that_cannot_work_is_refused_in_words(override, words):
    with pytest.raises(BadOption, match=r"^operations: ") as caught:
        effective_operations(override)
    assert words in str(caught.value)


def test_the_table_keeps_to_the_placeholders_that_it_allows():
    for name, operation in OPERATIONS.items():
        if operation.path:
            values = dict.fromkeys(PLACEHOLDERS.get(name, ()), "x")
            assert operation.filled_path(values)
            operation.filled_body(values)


def test_a_flows_deployments_can_be_asked_for_by_name():
    operation = effective_operations({"flow_deployments": {"path": "/deployments?flow={name}"}})["flow_deployments"]
    assert operation.filled_path({"id": "f", "name": "F"}) == "/deployments?flow=F"


def test_no_override_leaves_the_table_alone():
    assert effective_operations(None) == OPERATIONS
