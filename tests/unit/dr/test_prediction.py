# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A prediction applied to what was read lets the next task plan on the state that will then exist."""

from __future__ import annotations

import pytest
from building import deployed, estate, flow, product

from ansible_collections.mftops.central_governance.plugins.module_utils.dr.flows import plan_deployment
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.prediction import (
    check_shape,
    merged,
    overlay,
    packed,
    predict_deployment,
    predict_synchronization,
    predict_topology,
    unpacked,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.prediction_text import one_text
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.synchronization import (
    SynchronizationRules,
    plan_synchronization,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.topology import (
    Declaration,
    TopologyRules,
    plan_topology,
)


def test_the_whole_chain_is_predicted_step_by_step():
    observed = estate(product("A", profiles="p q"), product("B", profiles="x"), flow("F", "A > @P"), deployed("F", "A"))

    declared = plan_topology([Declaration("A", ("B",))], observed, TopologyRules())
    predicted = predict_topology(declared)
    observed = overlay(observed, predicted)
    assert [(b.name, b.synchronized) for b in observed.products["id-A"].backups] == [("B", False)]
    assert observed.flows["id-F"].status == "Saved, not deployed"

    synchronized = plan_synchronization(observed.masters, observed, SynchronizationRules())
    assert synchronized.actions == ["Synchronize B with its master A (profiles: 2 created, 1 removed)"]
    predicted = merged(predicted, predict_synchronization(synchronized, observed))
    observed = overlay(observed, predicted)
    assert observed.products["id-A"].backups[0].synchronized is True
    assert [p.name for p in observed.products["id-B"].profiles] == ["p", "q"]

    deployment = plan_deployment(observed.flows.values(), observed)
    assert deployment.actions == ['Deploy F (A (B) -> P): its status is "Saved, not deployed"']
    predicted = merged(predicted, predict_deployment(deployment, observed))
    passed_on = unpacked(packed(predicted))
    check_shape(passed_on)
    assert vars(overlay(observed, passed_on)) == vars(overlay(observed, predicted))
    observed = overlay(observed, predicted)
    assert plan_deployment(observed.flows.values(), observed).actions == []
    assert {row.product_name for row in observed.deployments_of("id-F")} == {"A", "B"}


def test_equal_values_of_many_objects_are_passed_on_once():
    flows = [{"id": f"id-{n}", "name": f"F{n}", "status": "Deployed"} for n in range(100)]
    rows = [{"id": "id-A", "name": "A", "status": "Deployed"}]
    deployments = [{"flow_id": f"id-{n}", "flow": f"F{n}", "products": rows} for n in range(100)]
    earlier = merged({"flows": flows[:50], "deployments": deployments[:50]}, {})
    passed_on = packed(merged(earlier, {"flows": flows[50:], "deployments": deployments[50:]}))
    assert {part: [len(row["ids"]) for row in own] for part, own in passed_on.items()} == {
        "flows": [50, 50], "deployments": [50, 50],
    }  # fmt: skip
    again = unpacked(passed_on)
    assert [row.get("tasks_ago", 0) for row in again["flows"]] == [2] * 50 + [0] * 50
    assert packed(again) == passed_on
    assert unpacked(one_text(passed_on)) == again and one_text(one_text(passed_on)) == one_text(passed_on)


@pytest.mark.parametrize("text", ["", "x", "7", "[]", "null", "[" * 100_000])
def test_invalid_text_instead_of_a_prediction_is_refused(text):
    with pytest.raises(ValueError, match="predict"):
        check_shape(unpacked({"json": text}))


@pytest.mark.parametrize("flows", ["x", 7, [None], [{"ids": "x"}], [{"ids": [7], "status": "Saved"}], [{"ids": [{}]}]])
def test_invalid_values_instead_of_packed_rows_are_refused(flows):
    with pytest.raises(ValueError, match="flows"):
        check_shape(unpacked({"flows": flows}))


def test_invalidated_flows_are_predicted_as_saved():
    observed = estate(product("A", "B!"), product("B"), flow("DIRECT", "B > @P"))
    plan = plan_synchronization(observed.masters, observed, SynchronizationRules(allow_flow_invalidation=True))
    assert overlay(observed, predict_synchronization(plan, observed)).flows["id-DIRECT"].status == "Saved"


def test_an_empty_prediction_changes_nothing():
    observed = estate(product("A", "B"), product("B"), flow("F", "A > @P"), deployed("F", "A"))
    same = overlay(observed, {})
    assert (same.products, same.flows, same.deployments) == (observed.products, observed.flows, observed.deployments)


def test_the_later_prediction_has_precedence():
    earlier = {"flows": [{"id": "1", "status": "Saved"}, {"id": "2", "status": "Saved"}]}
    later = {"flows": [{"id": "1", "status": "Deployed"}]}
    assert {row["id"]: row["status"] for row in merged(earlier, later)["flows"]} == {"1": "Deployed", "2": "Saved"}


BACKUP = {"id": "2", "name": "B", "synchronized": None}
PRODUCT = {"id": "2", "name": "B", "status": "Deployed"}
WHOLE = {
    "masters": [{"id": "1", "name": "A", "backups": [BACKUP]}],
    "profiles": [{"id": "2", "name": "B", "copied_from": {"id": "1", "name": "A"}}],
    "flows": [{"id": "3", "name": "F", "status": "Saved"}],
    "deployments": [{"flow_id": "3", "flow": "F", "products": [PRODUCT]}],
}


def test_a_complete_prediction_with_unknown_keys_is_accepted():
    check_shape({})
    check_shape(WHOLE)
    check_shape({**WHOLE, "flows": [{**WHOLE["flows"][0], "since": "a later version"}]})


def each_defect(value, path=""):
    """The value without each of its keys in turn, and with null for each of them."""
    if isinstance(value, dict):
        for key, inner in value.items():
            if path:  # a part may be absent, but not null
                yield f"{path} without {key}", {k: v for k, v in value.items() if k != key}
            if inner is not None:
                yield f"{path}.{key} null", {**value, key: None}
            yield f"{path}.{key} odd", {**value, key: 7}
            yield from ((where, {**value, key: defective}) for where, defective in each_defect(inner, f"{path}.{key}"))
    elif isinstance(value, list):
        yield from ((where, [defective]) for where, defective in each_defect(value[0], f"{path}[0]"))
        yield f"{path} with null", [*value, None]


DEFECTIVE = dict(each_defect(WHOLE))
assert len(DEFECTIVE) > 60


@pytest.mark.parametrize("wrong", DEFECTIVE.values(), ids=DEFECTIVE)
def test_a_prediction_with_a_defect_is_refused(wrong):
    with pytest.raises(ValueError, match='pass the "predicted" result'):
        check_shape(wrong)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"changed": True}, 'there is no "changed" in a prediction'),
        ({"flows": {"id": "1"}}, "flows is not a list"),
        ({"flows": [{"name": "F"}]}, r"flows\[0\] has no id"),
        ({"masters": [{"id": "1", "name": "A", "backups": [{"id": "2"}]}]}, r"masters\[0\].backups\[0\] has no name"),
    ],
)
def test_an_invalid_prediction_is_refused_with_a_reason(wrong, words):
    with pytest.raises(ValueError, match=words):
        check_shape(wrong)
