# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each rule of the backup topology on its own, then the plans as a whole."""

from __future__ import annotations

import pytest
from building import deployed, estate, flow, product

from ansible_collections.mftops.central_governance.plugins.module_utils.dr.model import Limit
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.topology import (
    Declaration,
    TopologyPlan,
    plan_topology,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.topology_rules import (
    ABSENT,
    EXACT,
    PRESENT,
    TopologyRules,
    blocked_by,
)


def plan(observed, declared: dict[str, str] | list[tuple[str, str]], state: str = PRESENT, **rules) -> TopologyPlan:
    pairs = declared.items() if isinstance(declared, dict) else declared
    declarations = [Declaration(master, tuple(backups.split())) for master, backups in pairs]
    return plan_topology(declarations, observed, TopologyRules(state=state, **rules))


def broken(observed, declared, state: str = PRESENT, **rules) -> list[tuple[str, str, str]]:
    return [(v.rule, v.master, v.backup) for v in plan(observed, declared, state, **rules).violations]


def after(topology_plan: TopologyPlan) -> dict[str, list[str]]:
    return {p.master.name: [backup.name for backup in p.after] for p in topology_plan.masters}


@pytest.mark.parametrize(
    ("state", "declared", "expected"),
    [
        (PRESENT, "B D", ["B", "C", "D"]),
        (PRESENT, "", ["B", "C"]),
        (EXACT, "D B", ["B", "D"]),
        (EXACT, "C B", ["B", "C"]),  # the order does not count: the observed one is kept
        (ABSENT, "B", ["C"]),
        (ABSENT, "B C", []),
        (ABSENT, "UNKNOWN", ["B", "C"]),
    ],
)
def test_the_state_decides_which_backups_a_master_will_have(state, declared, expected):
    observed = estate(product("A", "B C"), product("B"), product("C"), product("D"))
    result = plan(observed, {"A": declared}, state)
    assert result.violations == ()
    assert after(result) == {"A": expected}


def test_a_product_that_is_declared_absent_is_removed_also_where_the_master_lists_it_under_an_old_name():
    observed = estate(product("A", "B"), product("B")._replace(name="RENAMED"))
    assert after(plan(observed, {"A": "RENAMED"}, ABSENT)) == {"A": []}


def test_a_new_backup_starts_unsynchronized_and_the_others_keep_their_flags():
    observed = estate(product("A", "B"), product("B"), product("C"))
    (master,) = plan(observed, {"A": "B C"}).masters
    assert [(b.name, b.synchronized) for b in master.after] == [("B", True), ("C", False)]
    assert [b.name for b in master.added] == ["C"]
    assert master.actions == ["Add C to the backups of A"]


def test_products_are_named_by_name_or_business_id():
    observed = estate(product("A", "B"), product("B"), product("C"))
    assert after(plan(observed, {"id-A": "id-B id-C"})) == {"A": ["B", "C"]}
    assert after(plan(observed, {"id-A": "id-B"}, ABSENT)) == {"A": []}


def test_a_backup_that_is_named_twice_counts_once():
    observed = estate(product("A"), product("B"))
    assert after(plan(observed, {"A": "B id-B B"})) == {"A": ["B"]}


def test_unknown_products_are_all_reported_with_a_suggestion():
    observed = estate(product("ST_PARIS"), product("ST_LYON"))
    result = plan(observed, {"ST_PARIS": "ST_LYNO", "ST_NOWHERE": "ST_LYON NOPE"})
    assert [(v.rule, v.master, v.backup) for v in result.violations] == [
        ("unknown_product", "ST_PARIS", "ST_LYNO"),
        ("unknown_product", "ST_NOWHERE", ""),
        ("unknown_product", "ST_NOWHERE", "NOPE"),
    ]
    assert "Did you mean ST_LYON?" in result.violations[0].message


def test_an_ambiguous_name_is_refused_and_a_business_id_is_accepted():
    twins = [product("B"), product("B")._replace(id="id-B2")]
    observed = estate(product("A"), twins)
    assert broken(observed, {"A": "B"}) == [("ambiguous_product", "A", "B")]
    assert broken(observed, {"A": "id-B2"}) == []


def test_masters_and_backups_must_be_securetransports():
    observed = estate(product("A"), product("CFT", type="TransferCFT"))
    assert broken(observed, {"A": "CFT"}) == [("not_securetransport", "A", "CFT")]
    assert broken(observed, {"CFT": "A"}) == [("not_securetransport", "CFT", "")]


@pytest.mark.parametrize("status", ["Registering", "Registered in error", "Ready to register"])
def test_a_product_whose_registration_is_not_complete_is_refused(status):
    observed = estate(product("A"), product("B", status=status))
    assert broken(observed, {"A": "B"}) == [("not_registered", "A", "B")]
    assert broken(observed, {"B": "A"}) == [("not_registered", "B", "")]


@pytest.mark.parametrize("status", ["Unreachable", "Stopped", "Stopped in error", "Started", "Something new"])
def test_a_registered_server_that_is_down_is_accepted(status):
    assert broken(estate(product("A"), product("B", status=status)), {"A": "B"}) == []


@pytest.mark.parametrize("version", ["5.4", "", "5.5.1"])
def test_versions_must_be_equal_and_known(version):
    assert broken(estate(product("A"), product("B", version=version)), {"A": "B"}) == [("version_mismatch", "A", "B")]


def test_two_unknown_versions_are_not_equal():
    assert broken(estate(product("A", version=""), product("B", version="")), {"A": "B"}) == [
        ("version_mismatch", "A", "B")
    ]


def test_a_backup_must_not_have_backups_of_its_own():
    observed = estate(product("A"), product("B", "C"), product("C"))
    assert broken(observed, {"A": "B"}) == [("backup_has_backups", "A", "B")]


def test_a_chain_within_one_declaration_is_reported_for_both_masters():
    observed = estate(product("A"), product("B"), product("C"))
    assert set(broken(observed, {"A": "B", "B": "C"})) == {
        ("backup_has_backups", "A", "B"),
        ("master_is_backup", "B", ""),
    }


def test_a_master_cannot_be_a_backup():
    observed = estate(product("A", "B"), product("B"), product("C"))
    assert broken(observed, {"B": "C"}) == [("master_is_backup", "B", "")]


def test_a_product_cannot_back_up_itself():
    assert broken(estate(product("A")), {"A": "A"}) == [("self_backup", "A", "A")]


def test_a_backup_has_one_master_unless_allowed():
    observed = estate(product("A", "C"), product("B"), product("C"))
    assert broken(observed, {"B": "C"}) == [("shared_backup", "B", "C")]
    assert broken(observed, {"B": "C"}, allow_shared_backup=True) == []


def test_a_shared_backup_within_one_declaration_is_reported_for_both_masters():
    observed = estate(product("A"), product("B"), product("C"))
    assert broken(observed, {"A": "C", "B": "C"}) == [("shared_backup", "A", "C"), ("shared_backup", "B", "C")]


def test_a_master_is_declared_once_however_it_is_named():
    observed = estate(product("A"), product("B"))
    assert broken(observed, [("A", "B"), ("id-A", "B")]) == [("duplicate_master", "A", "")]


@pytest.mark.parametrize(
    ("limit", "is_broken"), [("0", True), ("1", True), ("2", False), ("49%", True), ("50%", False), ("100%", False)]
)
def test_removals_can_be_limited(limit, is_broken):
    observed = estate(product("A", "B C"), product("D", "E F"), *(product(name) for name in "BCEF"))
    rules = broken(observed, {"A": "B", "D": "E"}, EXACT, max_removals=Limit.parse(limit))
    assert rules == ([("too_many_removals", "", "")] if is_broken else [])


@pytest.mark.parametrize("protected", ["B", "id-B"])
def test_a_protected_backup_is_never_removed(protected):
    observed = estate(product("A", "B C"), product("B"), product("C"))
    assert broken(observed, {"A": "C"}, EXACT, protected=(protected,)) == [("protected_backup", "A", "B")]
    assert broken(observed, {"A": "B"}, ABSENT, protected=(protected,)) == [("protected_backup", "A", "B")]
    assert broken(observed, {"A": "B"}, EXACT, protected=(protected,)) == []


def test_an_unknown_protected_name_refuses_removals_and_is_otherwise_a_warning():
    observed = estate(product("A", "B C"), product("B"), product("C"))
    result = plan(observed, {"A": "C"}, EXACT, protected=("Bx", "C"))
    assert [(v.rule, v.backup) for v in result.violations] == [("unknown_product", "Bx")]
    assert '"Bx" is not a product' in result.violations[0].message
    kept = plan(observed, {"A": "B C"}, EXACT, protected=("ST_LYNO", "id-C"))
    assert kept.violations == ()
    assert [warning.split(" is not")[0] for warning in kept.warnings] == ['protected: "ST_LYNO"']
    # Where nothing is ever removed, the protected products are not even read.
    assert plan(observed, {"A": "B"}, PRESENT, protected=("Bx",)).warnings == ()


def test_a_protected_backup_whose_product_is_gone_is_found_in_its_masters_list():
    observed = estate(product("A", "B C"), product("C"))
    assert broken(observed, {"A": "B"}, EXACT, protected=("B",)) == []


def test_removing_an_unknown_product_is_a_warning():
    observed = estate(product("A", "ST_LYON"), product("FREE"))
    result = plan(observed, {"A": "ST_LYNO FREE"}, ABSENT)
    assert result.violations == ()
    assert [warning.partition(" Did")[2] for warning in result.warnings] == [" you mean ST_LYON?"]


def test_an_addition_waits_for_the_removals_that_its_rules_depend_on():
    a, b, c, d = (product(name) for name in "ABCD")
    as_backup = {name: estate(product("X", name)).products["id-X"].backups[0] for name in "ABCD"}
    kept = [(a, as_backup["B"])]
    assert blocked_by(c, as_backup["B"], kept, allow_shared_backup=False) == "it is still a backup of A"
    assert blocked_by(c, as_backup["B"], kept, allow_shared_backup=True) == ""
    assert blocked_by(c, as_backup["A"], kept, allow_shared_backup=True) == "it still has B as a backup of its own"
    assert blocked_by(b, as_backup["C"], kept, allow_shared_backup=True) == "B is still a backup of A"
    assert blocked_by(c, as_backup["D"], kept, allow_shared_backup=False) == ""
    assert blocked_by(d, as_backup["C"], [], allow_shared_backup=False) == ""


def test_an_empty_list_must_be_allowed():
    observed = estate(product("A", "B"), product("B"))
    assert broken(observed, {"A": ""}, EXACT) == [("empty_backups", "A", "")]
    assert after(plan(observed, {"A": ""}, EXACT, allow_empty=True)) == {"A": []}


def test_master_and_backup_can_be_swapped_in_one_declaration():
    observed = estate(product("A", "B"), product("B"))
    result = plan(observed, {"B": "A", "A": ""}, EXACT, allow_empty=True)
    assert result.violations == ()
    assert after(result) == {"B": ["A"], "A": []}


def test_a_backup_can_move_to_another_master():
    observed = estate(product("A", "C"), product("B"), product("C"), product("D"))
    assert broken(observed, {"A": "D", "B": "C"}, EXACT) == []


@pytest.mark.parametrize(
    "drifted", [{"status": "Unreachable"}, {"version": "5.6"}, {"status": "Registering"}, {"type": "Other"}]
)
def test_removing_works_although_the_products_have_drifted(drifted):
    observed = estate(product("A", "B C", **drifted), product("B", **drifted), product("C"))
    assert broken(observed, {"A": "B"}, ABSENT) == []
    assert broken(observed, {"A": "C"}, EXACT) == []


def test_removing_works_when_the_backups_product_is_gone():
    observed = estate(product("A", "B C"), product("C"))
    assert after(plan(observed, {"A": "B"}, ABSENT)) == {"A": ["C"]}
    assert after(plan(observed, {"A": "C"}, EXACT)) == {"A": ["C"]}


def test_existing_violations_do_not_block_a_change():
    """A pair that drifted after it was made is unchanged: that is for the audit to judge."""
    observed = estate(product("A", "B"), product("B", version="5.4"), product("C", "B"))
    assert broken(observed, {"A": "B"}) == []


def test_all_violations_are_reported_at_once():
    observed = estate(product("A"), product("B", version="5.4"), product("CFT", type="TransferCFT"))
    rules = [rule for rule, _, _ in broken(observed, {"A": "A B CFT NOPE"})]
    assert sorted(rules) == ["not_securetransport", "self_backup", "unknown_product", "version_mismatch"]


def test_adding_a_backup_makes_deployed_flows_not_deployed():
    observed = estate(
        product("A"),
        product("B"),
        flow("DEPLOYED", "A > @P"),
        flow("DRAFT", "A > @P", "Saved"),
        flow("BROKEN", "A > @P", "Deployed in error"),
        flow("RELAYED", "@P > A > @Q"),
        flow("ELSEWHERE", "B > @P"),
    )
    impacts = plan(observed, {"A": "B"}).impacted_flows
    assert [i._asdict() for i in impacts] == [
        {
            "flow": name,
            "flow_id": f"id-{name}",
            "master": "A",
            "master_id": "id-A",
            "status_before": "Deployed",
            "status_after": "Saved, not deployed",
        }
        for name in ("DEPLOYED", "RELAYED")
    ]
    assert plan(observed, {"A": ""}).impacted_flows == []


def test_removing_a_backup_leaves_stale_deployments():
    observed = estate(
        product("A", "B"),
        product("B"),
        flow("ON_BOTH", "A > @P"),
        deployed("ON_BOTH", "A", "B"),
        flow("NEVER_THERE", "A > @P"),
        deployed("NEVER_THERE", "A"),
        flow("USES_BOTH", "A > B"),
        deployed("USES_BOTH", "A", "B"),
    )
    stale = plan(observed, {"A": "B"}, ABSENT).stale_flows
    assert [s._asdict() for s in stale] == [
        {
            "flow": "ON_BOTH",
            "flow_id": "id-ON_BOTH",
            "master": "A",
            "master_id": "id-A",
            "former_backup": "B",
            "former_backup_id": "id-B",
        }
    ]


def test_a_backup_that_moves_to_another_master_of_the_flow_is_not_stale_there():
    observed = estate(
        product("A", "C"),
        product("B"),
        product("C"),
        flow("F", "A > B"),
        deployed("F", "A", "B", "C"),
    )
    assert plan(observed, {"A": "", "B": "C"}, EXACT, allow_empty=True).stale_flows == []


@pytest.mark.parametrize("text", ["-1", "x", "1.5", "101%", "-1%", "", "%", "nan%"])
def test_a_limit_is_a_number_or_a_percentage(text):
    with pytest.raises(ValueError, match=r"^(?s:.*)$"):
        Limit.parse(text)


def test_a_limit_is_inclusive():
    assert Limit.parse(" 3 ").allows(3, total=3)
    assert not Limit.parse(" 3 ").allows(4, total=9)
    assert not Limit.parse("33%").allows(1, total=3)
    assert str(Limit.parse(" 33% ")) == "33%"


def test_adding_a_backup_that_is_down_is_allowed_with_a_warning():
    observed = estate(product("A"), product("DOWN", status="Unreachable"), product("STOPPED", status="Stopped"))
    result = plan_topology([Declaration("A", ("DOWN", "STOPPED"))], observed, TopologyRules())
    assert result.violations == ()
    (warning,) = result.warnings
    assert warning.startswith("DOWN, to be added to the backups of A, is Unreachable")


def test_suggestions_for_a_misspelt_name_ignore_case():
    observed = estate(product("A"), product("ST_LILLE"))
    result = plan_topology([Declaration("A", ("st_lile",))], observed, TopologyRules())
    assert "Did you mean ST_LILLE?" in result.violations[0].message


def test_a_business_id_may_be_written_in_capitals():
    observed = estate(product("A"), product("B")._replace(id="93c8ab21-d04e-4df6-a96c-11b4bbcc97f5"))
    reference = "93C8AB21-D04E-4DF6-A96C-11B4BBCC97F5"
    result = plan_topology([Declaration("A", (reference,))], observed, TopologyRules())
    assert result.actions == ["Add B to the backups of A"]
