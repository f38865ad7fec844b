# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The gate, the definition, and when a flow needs a deployment."""

from __future__ import annotations

import pytest
from building import backup, deployed, estate, flow, product

from ansible_collections.mftops.central_governance.plugins.module_utils.dr.flows import (
    ALWAYS,
    NEVER_DEPLOYED_ONLY,
    WHEN_NEEDED,
    backups_used_directly,
    definition,
    gate_messages,
    plan_deployment,
    view_flow,
)


def view(observed, name="F"):
    return view_flow(observed.flows[f"id-{name}"], observed)


def plan(observed, redeploy=WHEN_NEEDED, skippable=()):
    return plan_deployment(observed.flows.values(), observed, redeploy, skippable)


def test_the_definition_shows_backups_in_parentheses():
    observed = estate(
        product("ST_PARIS", "ST_LYON ST_LILLE"),
        product("CFT", type="TransferCFT"),
        flow("F", "CFT > ST_PARIS > @BANK @OTHER"),
    )
    assert definition(view(observed)) == "CFT -> ST_PARIS (ST_LYON, ST_LILLE) -> BANK, OTHER"


def test_the_message_of_the_gate_is_the_documented_one_for_each_master():
    observed = estate(product("A", "B! C D!"), product("M", "N!"), flow("F", "A > M"))
    assert gate_messages(view(observed)) == [
        "Backup product/s B, D are not synchronized with the master product A",
        "Backup product/s N are not synchronized with the master product M",
    ]


@pytest.mark.parametrize("place", ["A > @P", "@P > A", "@P > A > @Q"])
def test_the_gate_checks_sources_relays_and_targets(place):
    observed = estate(product("A", "B!"), flow("F", place))
    assert gate_messages(view(observed)) == ["Backup product/s B are not synchronized with the master product A"]


def test_a_missing_flag_keeps_the_gate_closed():
    observed = estate(product("A", (backup("B", None),)), flow("F", "A > @P"))
    assert gate_messages(view(observed))


def test_a_backup_that_is_a_part_of_the_flow_is_reported():
    observed = estate(product("A", "B C"), product("B"), product("C"), flow("F", "A > B"))
    assert backups_used_directly(view(observed)) == [("A", "B")]


def test_expected_products_are_the_flows_products_and_their_backups():
    observed = estate(
        product("A", "B"), product("CFT", type="TransferCFT"), flow("F", "A > CFT @P"), deployed("F", "A", "X")
    )
    seen = view(observed)
    assert seen.expected == {"id-A": "master", "id-CFT": "other", "id-B": "backup"}
    assert seen.missing == ["id-CFT", "id-B"]
    assert [row.product_name for row in seen.former] == ["X"]
    assert seen.role_of("id-X") == "former_backup"


def test_a_reference_without_business_id_falls_back_to_the_name():
    nameless = flow("F", "A > @P")
    nameless = nameless._replace(parts=tuple(part._replace(id="") for part in nameless.parts))
    observed = estate(product("A", "B!"), nameless)
    assert view(observed).expected == {"id-A": "master", "id-B": "backup"}
    assert definition(view(observed)) == "A (B) -> P"


@pytest.mark.parametrize(
    ("status", "rows", "redeploy", "reason"),
    [
        ("Deployed", "A B", WHEN_NEEDED, None),
        ("Deployed", "A B", ALWAYS, "redeploy is always"),
        ("Deployed", "A B", NEVER_DEPLOYED_ONLY, None),
        ("Deployed", "A", WHEN_NEEDED, "not deployed on B"),
        ("Deployed", "A B X", WHEN_NEEDED, "still deployed on X, no longer a backup"),
        ("Saved, not deployed", "A B", WHEN_NEEDED, 'its status is "Saved, not deployed"'),
        ("Saved, not deployed", "A B", NEVER_DEPLOYED_ONLY, None),
        ("Saved, not deployed", "", NEVER_DEPLOYED_ONLY, "never deployed"),
        ("Deployed in error", "A", WHEN_NEEDED, 'its status is "Deployed in error"'),
    ],
)
def test_when_a_flow_needs_a_deployment(status, rows, redeploy, reason):
    observed = estate(product("A", "B"), product("B"), flow("F", "A > @P", status), deployed("F", *rows.split()))
    (planned,) = plan(observed, redeploy).flows
    assert planned.is_needed == (reason is not None)
    assert planned.will_run == (reason is not None)
    assert planned.reason == (reason or "")
    assert planned.status_after == ("Deployed" if reason else status)


def test_a_deployment_row_in_error_is_a_missing_deployment():
    observed = estate(
        product("A", "B"), flow("F", "A > @P"), deployed("F", "A"), deployed("F", "B", status="Deployed in error")
    )
    assert view(observed).missing == ["id-B"]


def test_the_gate_refuses_only_what_would_be_deployed():
    observed = estate(product("A", "B!"), flow("NEEDS_IT", "A > @P", "Saved, not deployed"), flow("OTHER", "A > @P"))
    observed = estate(*observed.products.values(), *observed.flows.values(), deployed("OTHER", "A", "B"))
    by_name = {p.flow.name: p for p in plan(observed).flows}
    assert by_name["NEEDS_IT"].refusal == "Backup product/s B are not synchronized with the master product A"
    assert not by_name["NEEDS_IT"].will_run
    assert not by_name["OTHER"].refusal


def test_an_incomplete_flow_is_refused_or_skipped():
    observed = estate(product("A"), flow("DRAFT", "A > @P", "Saved"))
    (refused,) = plan(observed).flows
    assert "incomplete" in refused.refusal
    (skipped,) = plan(observed, skippable={"id-DRAFT"}).flows
    assert (skipped.is_skipped, skipped.refusal, skipped.will_run) == (True, "", False)


def test_an_incomplete_flow_that_is_skipped_is_not_waited_for():
    """Changed in Central Governance while it was being deployed: the deployment list still shows a row in progress."""
    observed = estate(product("A"), flow("DRAFT", "A > @P", "Saved"), deployed("DRAFT", "A", status="In progress"))
    (skipped,) = plan(observed, skippable={"id-DRAFT"}).flows
    assert (skipped.is_skipped, skipped.will_join, skipped.will_run) == (True, False, False)
    assert skipped.status_after == "Saved"


def test_a_flow_that_is_being_deployed_is_waited_for_and_not_deployed_again():
    observed = estate(product("A", "B!"), flow("F", "A > @P", "Deploying"))
    (planned,) = plan(observed).flows
    assert (planned.will_join, planned.will_run, planned.refusal) == (True, False, "")
    assert plan(observed).actions == []


def test_an_action_names_the_flow_its_products_and_the_reason():
    observed = estate(product("A", "B"), flow("F", "A > @P", "Saved, not deployed"))
    assert plan(observed).actions == ['Deploy F (A (B) -> P): its status is "Saved, not deployed"']


@pytest.mark.parametrize(
    ("status", "succeeds"),
    [
        ("Started", True),
        ("Stopped", True),
        ("Unreachable", False),
        ("Registering", False),
        ("Registered in error", False),
    ],
)
def test_a_deployment_is_predicted_to_fail_on_a_product_out_of_reach(status, succeeds):
    observed = estate(product("A", "B"), product("B", status=status), flow("F", "A > @P", "Saved, not deployed"))
    (planned,) = plan(observed).flows
    assert planned.will_run
    assert planned.status_after == ("Deployed" if succeeds else "Deployed in error")
    on_a, on_b = planned.deployments_after(observed)
    assert (on_a.product_name, on_a.status, on_a.message) == ("A", "Deployed", "")
    assert (on_b.product_name, on_b.status) == ("B", planned.status_after)
    assert (status in on_b.message) != succeeds
