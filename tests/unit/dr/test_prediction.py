# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A prediction laid over what was read lets the next task plan on the world that will be."""

from __future__ import annotations

import pytest
from building import deployed, estate, flow, product

from ansible_collections.mftops.central_governance.plugins.module_utils.dr.flows import plan_deployment
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.prediction import (
    check_shape,
    merged,
    overlay,
    predict_deployment,
    predict_synchronization,
    predict_topology,
)
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
    world = overlay(observed, predicted)
    assert [(b.name, b.synchronized) for b in world.products["id-A"].backups] == [("B", False)]
    assert world.flows["id-F"].status == "Saved, not deployed"

    synchronized = plan_synchronization(world.masters, world, SynchronizationRules())
    assert synchronized.actions == ["Synchronize B with its master A (profiles: 2 created, 1 removed)"]
    predicted = merged(predicted, predict_synchronization(synchronized, world))
    world = overlay(observed, predicted)
    assert world.products["id-A"].backups[0].synchronized is True
    assert [p.name for p in world.products["id-B"].profiles] == ["p", "q"]

    deployment = plan_deployment(world.flows.values(), world)
    assert deployment.actions == ['Deploy F (A (B) -> P): its status is "Saved, not deployed"']
    predicted = merged(predicted, predict_deployment(deployment, world))
    world = overlay(observed, predicted)
    assert plan_deployment(world.flows.values(), world).actions == []
    assert {row.product_name for row in world.deployments_of("id-F")} == {"A", "B"}


def test_invalidated_flows_are_predicted_as_saved():
    world = estate(product("A", "B!"), product("B"), flow("DIRECT", "B > @P"))
    plan = plan_synchronization(world.masters, world, SynchronizationRules(allow_flow_invalidation=True))
    assert overlay(world, predict_synchronization(plan, world)).flows["id-DIRECT"].status == "Saved"


def test_nothing_predicted_changes_nothing():
    world = estate(product("A", "B"), product("B"), flow("F", "A > @P"), deployed("F", "A"))
    same = overlay(world, {})
    assert (same.products, same.flows, same.deployments) == (world.products, world.flows, world.deployments)


def test_the_later_prediction_holds():
    earlier = {"flows": [{"id": "1", "status": "Saved"}, {"id": "2", "status": "Saved"}]}
    later = {"flows": [{"id": "1", "status": "Deployed"}]}
    assert {row["id"]: row["status"] for row in merged(earlier, later)["flows"]} == {"1": "Deployed", "2": "Saved"}


@pytest.mark.parametrize("wrong", [{"changed": True}, {"flows": {"id": "1"}}, {"flows": [{"name": "F"}]}])
def test_what_is_no_prediction_is_refused_in_words(wrong):
    with pytest.raises(ValueError, match='pass the "predicted" result'):
        check_shape(wrong)
