# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Properties of the core over random estates: a plan leads to what was declared, and planning again plans nothing."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.mftops.central_governance.plugins.module_utils.dr.estate import Estate
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.flows import (
    gate_messages,
    plan_deployment,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.model import (
    DEPLOYED,
    DEPLOYED_IN_ERROR,
    NOT_DEPLOYED,
    SAVED,
    Backup,
    Deployment,
    Flow,
    FlowPart,
    Limit,
    Product,
    Profile,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.prediction import (
    check_shape,
    combined,
    merged,
    overlay,
    packed,
    predict_deployment,
    predict_synchronization,
    predict_topology,
    unpacked,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.profiles import compare_profiles
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.synchronization import (
    FORCE,
    SynchronizationRules,
    plan_synchronization,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.topology import Declaration, plan_topology
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.topology_rules import (
    ABSENT,
    EXACT,
    PRESENT,
    TopologyRules,
)

NAMES = ["A", "B", "C", "D", "é ü", "F%", "<G>"]
names = st.sampled_from(NAMES)
profiles = st.lists(
    st.builds(
        Profile,
        name=st.sampled_from(["ssh", "ftps", "https"]),
        port=st.sampled_from([22, 990]),
        tls=st.booleans(),
        certificate_sha256=st.sampled_from(["", "aa", "bb"]),
    ),
    max_size=3,
    unique_by=lambda profile: profile.name,
).map(tuple)
backups = st.lists(
    st.builds(lambda name, flag: Backup(f"id-{name}", name, flag), names, st.sampled_from([True, False, None])),
    max_size=3,
    unique_by=lambda backup: backup.id,
).map(tuple)


@st.composite
def estates(draw) -> Estate:
    products = [
        Product(
            id=f"id-{name}",
            name=name,
            version=draw(st.sampled_from(["5.5", "5.5", "5.5", "5.4"])),
            status=draw(st.sampled_from(["Started", "Started", "Unreachable", "Registering"])),
            type=draw(st.sampled_from(["SecureTransport", "SecureTransport", "SecureTransport", "TransferCFT"])),
            profiles=draw(profiles),
            backups=draw(backups),
        )
        for name in draw(st.lists(names, unique=True, min_size=1))
    ]
    flows = [
        Flow(
            id=f"flow-{number}",
            name=f"FLOW_{number}",
            status=draw(st.sampled_from([SAVED, NOT_DEPLOYED, DEPLOYED, DEPLOYED, DEPLOYED_IN_ERROR])),
            parts=tuple(
                FlowPart(f"id-{name}", name, role)
                for role in ("source", "target")
                for name in draw(st.lists(names, max_size=2, unique=True))
            ),
        )
        for number in range(draw(st.integers(0, 4)))
    ]
    rows = [
        Deployment(flow.id, f"id-{name}", name, draw(st.sampled_from([DEPLOYED, DEPLOYED, DEPLOYED_IN_ERROR])))
        for flow in flows
        for name in draw(st.lists(names, max_size=4, unique=True))
    ]
    return Estate(products, flows, rows)


declarations = st.lists(
    st.builds(Declaration, names, st.lists(names, max_size=3).map(tuple)),
    max_size=4,
)
rules = st.builds(
    TopologyRules,
    state=st.sampled_from([PRESENT, EXACT, ABSENT]),
    max_removals=st.sampled_from([None, Limit.parse(1), Limit.parse("50%")]),
    protected=st.sampled_from([(), ("A",)]),
    allow_empty=st.booleans(),
    allow_shared_backup=st.booleans(),
)


@given(estates(), declarations, rules)
def test_planning_again_after_a_topology_was_applied_plans_nothing(observed, declared, topology_rules):
    plan = plan_topology(declared, observed, topology_rules)
    again = plan_topology(declared, overlay(observed, predict_topology(plan)), topology_rules)
    assert again.actions == []
    assert not again.impacted_flows
    assert not again.stale_flows


@given(estates(), declarations, rules)
def test_a_valid_plan_leaves_a_topology_that_its_own_rules_accept(observed, declared, topology_rules):
    plan = plan_topology(declared, observed, topology_rules)
    if plan.violations:
        return
    reached = overlay(observed, predict_topology(plan))
    masters = {master.id for master in reached.masters}
    for change in plan.changes:
        for backup in change.added:
            product = reached.products[backup.id]
            assert product.is_securetransport
            assert product.is_registered
            assert product.version == change.master.version
            assert backup.id not in masters
            assert change.master.id not in {b.id for m in reached.masters for b in m.backups}
            assert topology_rules.allow_shared_backup or len(reached.masters_of(backup.id)) == 1


@given(estates(), declarations, rules)
def test_present_never_removes_and_absent_never_adds(observed, declared, topology_rules):
    plan = plan_topology(declared, observed, topology_rules)
    if topology_rules.state == PRESENT:
        assert not any(change.removed for change in plan.masters)
    if topology_rules.state == ABSENT:
        assert not any(change.added for change in plan.masters)


@given(estates())
def test_an_exported_topology_declares_no_change(observed):
    declared = [Declaration(m.name, tuple(b.name for b in m.backups)) for m in observed.masters]
    for state in (PRESENT, EXACT):
        assert plan_topology(declared, observed, TopologyRules(state=state)).actions == []


@given(estates(), st.sampled_from(FORCE))
def test_a_synchronization_that_was_done_is_not_needed_again(observed, force):
    assume(not any(observed.masters_of(master.id) for master in observed.masters))  # CG allows no chains
    rules = SynchronizationRules(force=force, allow_flow_invalidation=True)
    plan = plan_synchronization(observed.masters, observed, rules)
    reached = overlay(observed, predict_synchronization(plan, observed))
    for planned in plan.to_run:
        master, backup = reached.products[planned.master.id], reached.products[planned.backup.id]
        entry = next(entry for entry in master.backups if entry.id == backup.id)
        assert entry.synchronized is True
    again = plan_synchronization(reached.masters, reached, SynchronizationRules(allow_flow_invalidation=True))
    assert again.actions == []


@given(estates())
def test_deployed_flows_need_no_deployment_and_closed_gates_deploy_nothing(observed):
    plan = plan_deployment(observed.flows.values(), observed)
    for planned in plan.to_run:
        assert gate_messages(planned.view) == []
        assert planned.flow.status != SAVED
    reached = overlay(observed, predict_deployment(plan, observed))
    again = plan_deployment(reached.flows.values(), reached)
    out_of_reach = {planned.flow.id for planned in plan.to_run + plan.to_join if planned.view.out_of_reach}
    assert {planned.flow.id for planned in again.to_run} == out_of_reach
    assert [p.flow.id for p in again.refused] == [p.flow.id for p in plan.refused]


@given(profiles, profiles)
def test_comparing_profiles_is_symmetric_and_equal_profiles_do_not_differ(one, other):
    assert not compare_profiles(one, one)
    there, back = compare_profiles(one, other), compare_profiles(other, one)
    assert (there.created, there.removed) == (back.removed, back.created)
    assert there.replaced == back.replaced
    assert bool(there) == bool(back)


@given(estates(), declarations, rules)
def test_predictions_are_plain_data(observed, declared, topology_rules):
    import json

    predicted = predict_topology(plan_topology(declared, observed, topology_rules))
    carried = json.loads(json.dumps(predicted))
    check_shape(carried)
    assert carried == predicted
    assert merged({}, predicted) == combined([predicted]) == combined([predicted, predicted]) == predicted
    handed_on = merged(predicted, {})
    assert combined([handed_on, predicted]) == combined([predicted, handed_on]) == predicted
    assert overlay(observed, handed_on).products == overlay(observed, predicted).products
    passed_on = unpacked(json.loads(json.dumps(packed(handed_on))))
    check_shape(passed_on)
    assert vars(overlay(observed, passed_on)) == vars(overlay(observed, handed_on))


@given(estates(), declarations, rules)
def test_violations_are_sentences_with_the_master_or_the_backup(observed, declared, topology_rules):
    for violation in plan_topology(declared, observed, topology_rules).violations:
        assert violation.message.endswith((".", "?", ")."))
        assert violation.rule == "too_many_removals" or violation.master or violation.backup
