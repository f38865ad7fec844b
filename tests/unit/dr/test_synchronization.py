# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Comparing profiles, and planning synchronizations."""

from __future__ import annotations

import pytest
from building import backup, estate, flow, product, profile

from ansible_collections.mftops.central_governance.plugins.module_utils.dr.model import Limit
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.prediction import predict_synchronization
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.profiles import (
    ALWAYS_COMPARED,
    COMPARED_WITH_TLS,
    compare_profiles,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.synchronization import (
    ALWAYS,
    WHEN_DIFFERENT,
    SynchronizationRules,
    plan_synchronization,
)


def plan(observed, only=None, **rules):
    return plan_synchronization(observed.masters, observed, SynchronizationRules(**rules), only)


def test_profiles_are_paired_by_name():
    difference = compare_profiles([profile("a"), profile("b:22"), profile("c")], [profile("b:2222"), profile("x")])
    assert difference.created == ("a", "c")
    assert difference.removed == ("x",)
    assert difference.replaced == {"b": ("port",)}
    assert difference.summary == "2 created, 1 removed, 1 replaced"


OTHER = {
    "type": "CLIENT",
    "protocol": "HTTP",
    "port": 1,
    "tls": True,
    "fips": True,
    "client_authentication": "PUBLIC_KEY",
    "certificate_sha256": "ff",
}


@pytest.mark.parametrize("field", ALWAYS_COMPARED)
def test_every_compared_field_counts(field):
    assert compare_profiles([profile("p")], [profile("p", **{field: OTHER[field]})]).replaced == {"p": (field,)}


@pytest.mark.parametrize("field", COMPARED_WITH_TLS)
def test_client_authentication_and_certificate_count_with_tls_only(field):
    """The documented rule for duplicates; a stricter one would find differences that no synchronization removes."""
    assert compare_profiles([profile("p", tls=True)], [profile("p", tls=True, **{field: OTHER[field]})]).replaced == {
        "p": (field,)
    }
    assert not compare_profiles([profile("p")], [profile("p", **{field: OTHER[field]})])
    assert compare_profiles([profile("p")], [profile("p", tls=True, **{field: OTHER[field]})]).replaced == {
        "p": ("tls",)
    }


@pytest.mark.parametrize(
    "fields",
    [
        {"hosts": ("h",)},
        {"network_zone": "DMZ"},
        {"edges": ("e",)},
        {"view_only": True},
        {"enabled": False},
        {"certificate_valid_to": "2030-01-01"},
    ],
)
def test_hosts_zones_edges_and_marks_do_not_count(fields):
    assert not compare_profiles([profile("p")], [profile("p", **fields)])


def test_equal_profiles_do_not_differ():
    assert not compare_profiles([profile("p")], [profile("p")])
    assert compare_profiles([], []).summary == "none differs"


def test_an_unsynchronized_backup_needs_it():
    observed = estate(product("A", "B! C", profiles="p"), product("B"), product("C", profiles="p"))
    result = plan(observed)
    assert [(p.backup.name, p.will_run, p.synchronized_after) for p in result.backups] == [
        ("B", True, True),
        ("C", False, True),
    ]
    assert result.actions == ["Synchronize B with its master A (profiles: 1 created)"]


def test_a_missing_flag_does_not_count_as_true():
    observed = estate(product("A", (backup("B", None),)), product("B"))
    assert plan(observed).to_run


def test_a_flag_that_disagrees_is_a_warning_not_an_action():
    observed = estate(product("A", "B", profiles="p"), product("B"))
    (pair,) = plan(observed).backups
    assert pair.flag_disagrees
    assert not pair.will_run
    assert "but their communication profiles differ (1 created)" in pair.warnings[0]
    (forced,) = plan(observed, force=ALWAYS).backups
    assert forced.will_run
    assert forced.is_change
    (repaired,) = plan(observed, force=WHEN_DIFFERENT).backups
    assert (repaired.actions, repaired.warnings) == (
        ["Synchronize B with its master A (profiles: 1 created)"],
        ("Central Governance says that B is synchronized with A, but their communication profiles differ (1 created): "
         "it is synchronized again.",),
    )  # fmt: skip


def test_force_when_different_skips_equal_backups():
    (pair,) = plan(estate(product("A", "B"), product("B")), force=WHEN_DIFFERENT).backups
    assert not pair.is_needed


def test_a_forced_synchronization_that_makes_a_flow_invalid_is_a_change():
    observed = estate(product("A", "B"), product("B"), flow("DIRECT", "B > @P"))
    (pair,) = plan(observed, force=ALWAYS, allow_flow_invalidation=True).backups
    assert pair.is_change


def test_a_forced_synchronization_that_is_not_waited_for_is_a_change():
    (pair,) = plan(estate(product("A", "B"), product("B")), force=ALWAYS, wait=False).backups
    assert pair.is_change


def test_forcing_equal_profiles_runs_and_changes_nothing():
    (pair,) = plan(estate(product("A", "B"), product("B")), force=ALWAYS).backups
    assert pair.will_run
    assert not pair.is_change


@pytest.mark.parametrize(("limit", "is_refused"), [("1", True), ("2", False), ("50%", True), ("67%", False)])
def test_profile_removals_can_be_limited(limit, is_refused):
    observed = estate(product("A", "B!", profiles="p"), product("B", profiles="p x y"))
    (pair,) = plan(observed, max_profile_removals=Limit.parse(limit)).backups
    assert bool(pair.refusals) == is_refused
    assert pair.will_run != is_refused
    if is_refused:
        assert "would remove 2 of its 3 communication profiles (x, y)" in pair.refusals[0]


def test_a_flow_that_uses_the_backup_directly_refuses_unless_allowed():
    observed = estate(
        product("A", "B!"),
        product("B"),
        flow("DIRECT", "B > @P"),
        flow("OLD_DRAFT", "B > @P", "Saved"),
        flow("F", "A > @P"),
    )
    (pair,) = plan(observed).backups
    assert [f.name for f in pair.invalidated_flows] == ["DIRECT"]
    assert "would invalidate the flows that use B directly: DIRECT" in pair.refusals[0]
    assert plan(observed, allow_flow_invalidation=True).to_run


def test_a_backup_whose_product_is_gone_is_refused_by_name():
    (pair,) = plan(estate(product("A", "B!"))).backups
    assert "no such product" in pair.refusals[0]


def test_only_the_chosen_backups_are_planned():
    observed = estate(product("A", "B! C!"), product("B"), product("C"))
    assert [p.backup.name for p in plan(observed, only={"id-C"}).backups] == ["C"]


def test_a_backup_of_two_different_masters_is_synchronized_with_the_named_one():
    observed = estate(product("A", "C!", profiles="p"), product("B", "C!"), product("C"))
    both = plan(observed)
    assert both.to_run == []
    assert all("cannot be synchronized with both" in p.refusals[0] for p in both.backups)
    alone = plan_synchronization([observed.products["id-A"]], observed, SynchronizationRules())
    assert [p.backup.name for p in alone.to_run] == ["C"]
    assert "each synchronization undoes the other" in alone.backups[0].warnings[0]
    predicted = {
        row["name"]: row["backups"][0]["synchronized"] for row in predict_synchronization(alone, observed)["masters"]
    }
    assert predicted == {"A": True, "B": False}


def test_a_backup_of_two_masters_that_are_equal_can_follow_both():
    observed = estate(product("A", "C!", profiles="p"), product("B", "C!", profiles="p"), product("C"))
    assert len(plan(observed).to_run) == 2
    assert not any(p.warnings for p in plan(observed).backups)


def test_a_shared_backup_that_changes_is_synchronized_with_all_its_masters():
    """Otherwise its flag at the other master would become false without being reported."""
    observed = estate(
        product("M1", "B!", profiles="p"),
        product("M2", "B C", profiles="p"),
        product("B", profiles="old"),
        product("C", profiles="old"),
    )
    planned = plan(observed)
    assert [(p.master.name, p.backup.name, p.will_run) for p in planned.backups] == [
        ("M1", "B", True), ("M2", "B", True), ("M2", "C", False),
    ]  # fmt: skip
    assert "it is synchronized again" in planned.backups[1].warnings[0]
