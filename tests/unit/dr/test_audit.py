# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The audit as a whole: verdicts, acceptances, severities, ids, the score, its result and its changes."""

from __future__ import annotations

import json
from datetime import date

import pytest
from auditing import NOW, audited, declared, found, history, rules_of
from building import Backup, deployed, flow, product

from ansible_collections.mftops.central_governance.plugins.module_utils.dr.audit.acceptance import (
    Acceptance,
    parse_accepted,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.audit.changes import changes_between
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.audit.memory import LedgerReader, audit_data
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.audit.result import as_result
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.audit.rules import (
    RULES,
    acceptable_objects,
)

STANDBY = {"rule": "backup_unreachable", "reason": "cold standby", "owner": "Ops", "expires": "2026-11-25"}


def accept(**entry: str) -> list[Acceptance]:
    return parse_accepted([{**STANDBY, **entry}], acceptable_objects())


def down(*names: str) -> list[object]:
    return [product("A", " ".join(names)), *(product(name, status="Unreachable") for name in names)]


@pytest.mark.parametrize(
    ("things", "verdict"),
    [
        ([product("A", "B"), product("B")], "READY"),
        ([product("A", "B", status="Unreachable"), product("B")], "READY"),
        ([product("A", "B"), product("B", status="Stopped")], "DEGRADED"),
        ([product("A", "B"), product("B", status="")], "UNKNOWN"),
        ([product("A", "B C"), product("B", status=""), product("C", status="Stopped")], "UNKNOWN"),
        ([product("A", "B C"), product("B", status=""), product("C", status="Unreachable")], "NOT_READY"),
    ],
)
def test_the_verdict(things, verdict):
    result = as_result(audited(*things))
    assert result["verdict"] == verdict
    assert result["summary"].startswith(f"{verdict}: ")
    assert [row["verdict"] for row in result["masters"]] == [verdict]


def test_no_master_is_ready_when_a_source_could_not_be_read():
    result = as_result(audited(product("A", "B"), product("B"), unread={"flows": "GET /flows answered 500."}))
    assert result["verdict"] == "UNKNOWN"
    (master,) = result["masters"]
    assert (master["verdict"], master["backups"][0]["verdict"]) == ("UNKNOWN", "UNKNOWN")


def test_the_verdict_of_a_backup_counts_its_own_findings_and_those_about_all_backups():
    things = [product("A", "B C"), product("B", status="Unreachable"), product("C")]
    (row,) = as_result(audited(*things))["masters"]
    assert {b["backup"]: b["verdict"] for b in row["backups"]} == {"B": "NOT_READY", "C": "READY"}
    things += [flow("F", "A > @P", status="Deployed in error"), deployed("F", "A", "B", "C")]
    (row,) = as_result(audited(*things))["masters"]
    assert {b["backup"]: b["verdict"] for b in row["backups"]} == {"B": "NOT_READY", "C": "NOT_READY"}


# Accepting


def test_an_accepted_finding_is_shown_and_does_not_count():
    result = as_result(audited(*down("B"), accepted=accept(backup="B")))
    assert result["verdict"] == "READY"
    assert result["counts"] == {"critical": 0, "unknown": 0, "warning": 0, "info": 0, "accepted": 1}
    assert "1 accepted" in result["summary"]
    (finding,) = result["findings"]
    assert finding["severity"] == "critical"
    assert finding["accepted"] == {"reason": "cold standby", "owner": "Ops", "expires": "2026-11-25"}


def test_an_acceptance_must_match_in_all_its_keys():
    for entry in ({"backup": "C"}, {"master": "B"}, {"master": "A", "backup": "C"}, {"rule": "backup_stopped"}):
        audit = audited(*down("B"), accepted=accept(**{"backup": "B", **entry}))
        assert as_result(audit)["verdict"] == "NOT_READY", entry
        assert [str(a.rule) for a in audit.unused] == [entry.get("rule", "backup_unreachable")]


def test_an_acceptance_of_what_could_not_be_assessed_is_not_reported_as_unused():
    """It may be needed again as soon as the fact can be read."""
    unknown = [product("A", "B C"), product("B", status=""), product("C")]
    for backup, unused in (("B", 0), ("*", 0), ("C", 1), ("D", 1)):
        assert len(audited(*unknown, accepted=accept(backup=backup)).unused) == unused, backup
    of_a_flow = accept(rule="flow_in_error", flow="F")
    assert len(audited(*down("B"), accepted=of_a_flow).unused) == 1
    assert not audited(*down("B"), accepted=of_a_flow, unread={"flows": "GET /flows answered 500."}).unused
    assert not audited(*down("B"), accepted=accept(rule="missing_backup", backup="D")).unused  # nothing is declared


@pytest.mark.parametrize("pattern", ["B", "id-B", "B*", "*"])
def test_names_ids_and_a_star_at_the_end_match(pattern):
    assert as_result(audited(*down("B"), accepted=accept(backup=pattern)))["verdict"] == "READY"


def test_an_acceptance_whose_date_has_passed_is_a_finding_and_the_other_counts_again():
    audit = audited(*down("B"), accepted=accept(backup="B", expires="2026-11-24"))
    assert rules_of(audit) == {"backup_unreachable", "accepted_expired"}
    assert as_result(audit)["counts"]["critical"] == 1
    (expired,) = found(audit, "accepted_expired")
    assert expired.severity == "warning"
    assert "Ops" in expired.message and "2026-11-24" in expired.message and "count again" in expired.message


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({}, "entry 1: it names no master and no backup; to accept all of them, use master"),
        ({"backup": "B", "reason": ""}, "entry 1: reason missing"),
        ({"backup": "B", "owner": None}, "entry 1: owner missing"),
        ({"backup": "B", "expires": None}, "entry 1: expires missing"),
        ({"backup": "B", "expires": "soon"}, 'entry 1: expires: "soon" is not a date such as 2027-03-31'),
        ({"backup": "B", "expires": "2026-02-30"}, 'entry 1: expires: "2026-02-30" is not a date'),
        ({"backup": "B*C"}, 'entry 1: backup: "B*C": a * may only stand at the end'),
        ({"flow": "F", "backup": "B"}, "findings of backup_unreachable name no flow, so it would match nothing"),
        ({"backup": "B", "until": "never"}, "entry 1: until: there is no such key"),
        ({"backup": "B", "rule": "backup_offline"}, 'entry 1: there is no rule "backup_offline"'),
        ({"rule": "not_assessed", "backup": "B"}, "not_assessed cannot be accepted"),
        ({"rule": "accepted_expired"}, "accepted_expired cannot be accepted"),
    ],
)
def test_an_invalid_acceptance(entry, message):
    with pytest.raises(ValueError, match="entry 1") as error:
        accept(**entry)
    assert message in str(error.value)


def test_rules_without_objects_are_accepted_without_any():
    (acceptance,) = accept(rule="drill_overdue")
    assert acceptance.expires == date(2026, 11, 25)
    audit = audited(*down("B"), history=history(), drill_interval_days=1, accepted=[acceptance])
    assert not found(audit, "drill_overdue")[0].counts


def test_an_expiry_date_may_have_a_time_as_yaml_writes_it():
    assert accept(backup="B", expires="2026-11-25T00:00:00")[0].expires == date(2026, 11, 25)


# Severities, drift, score


def test_the_severity_of_a_rule_can_be_changed_or_ignored():
    audit = audited(*down("B"), severity={"backup_unreachable": "info"})
    assert as_result(audit)["verdict"] == "READY"
    audit = audited(*down("B"), severity={"backup_unreachable": "ignore"})
    assert audit.findings == ()
    (row,) = [row for row in as_result(audit)["coverage"]["rules"] if row["rule"] == "backup_unreachable"]
    assert (row["state"], row["severity"], row["checked"]) == ("ignored", "ignore", 0)


@pytest.mark.parametrize("rule", ["missing_backup", "undeclared_backup", "undeclared_master", "unknown_product"])
def test_findings_that_count_as_drift(rule):
    things = {
        "missing_backup": (declared(A="B C"), []),
        "undeclared_backup": (declared(A=""), []),
        "undeclared_master": (declared(A="B"), [product("M", "N"), product("N")]),
        "unknown_product": (declared(A="B LOST"), []),
    }
    topology, more = things[rule]
    audit = audited(product("A", "B"), product("B"), product("C"), *more, topology=topology)
    assert rules_of(audit) == {rule}
    assert as_result(audit)["drift"] is True
    assert as_result(audited(product("A", "B!"), product("B"), topology=declared(A="B")))["drift"] is False


def test_the_score_is_computed_as_its_arithmetic_shows():
    pairs = [product(f"M{i}", f"B{i}") for i in range(4)]
    backups = [product("B0"), product("B1"), product("B2", status="Stopped"), product("B3", status="Unreachable")]
    score = as_result(audited(*pairs, *backups))["score"]
    assert score["pairs"] == {"READY": 2, "DEGRADED": 1, "UNKNOWN": 0, "NOT_READY": 1}
    assert score["value"] == 49 and score["cap"] == 49, "(2 x 100 + 75) / 4 = 68, but something is critical"
    assert "= 68; at most 49 because of a critical finding" in score["arithmetic"]
    assert as_result(audited(product("A", "B"), product("B")))["score"]["value"] == 100
    assert as_result(audited())["score"]["value"] == 0


# Reporting


def test_a_declared_backup_that_is_missing_is_listed_under_its_master():
    audit = audited(product("A", "B"), product("B"), product("C"), topology=declared(A="B C", NOBODY="D"))
    rows = {row["master"]: row for row in as_result(audit)["masters"]}
    assert [(b["backup"], b["present"], b["verdict"]) for b in rows["A"]["backups"]] == [
        ("B", True, "READY"),
        ("C", False, "NOT_READY"),
    ]
    assert rows["NOBODY"]["verdict"] == "NOT_READY"
    assert [(b["backup"], b["verdict"]) for b in rows["NOBODY"]["backups"]] == [("D", "NOT_READY")]


def test_differences_of_profiles_show_both_master_and_backup():
    things = [product("A", "B", profiles="sftp:22 new:1"), product("B", profiles="sftp:23 old:2")]
    (row,) = as_result(audited(*things))["masters"][0]["backups"]
    assert row["profiles_differ"] is True
    assert [(d["profile"], d["on"], d["differs_in"]) for d in row["differences"]] == [
        ("new", "master", []),
        ("old", "backup", []),
        ("sftp", "both", ["port"]),
    ]
    assert (row["differences"][2]["master"]["port"], row["differences"][2]["backup"]["port"]) == (22, 23)
    assert row["differences"][0]["backup"] is None


def test_only_the_chosen_masters_are_judged():
    things = [*down("B"), product("M", "N"), product("N"), flow("F", "A > @P", status="Deployed in error")]
    assert as_result(audited(*things, masters=["M"]))["verdict"] == "READY"
    assert {row["master"] for row in as_result(audited(*things, masters=["id-A"]))["masters"]} == {"A"}


@pytest.mark.parametrize(
    ("masters", "message"),
    [
        (["NOBODY"], 'masters: Central Governance has no product named "NOBODY".'),
        (["B"], 'masters: "B" is not a master; it is a backup of A.'),
        (["CFT"], 'masters: "CFT" is not a SecureTransport but a TransferCFT.'),
    ],
)
def test_an_invalid_choice_of_masters(masters, message):
    with pytest.raises(ValueError, match="masters") as error:
        audited(*down("B"), product("CFT", type="TransferCFT"), masters=masters)
    assert str(error.value) == message


def test_a_master_that_is_declared_twice():
    with pytest.raises(ValueError, match='topology: "id-A" is declared as a master more than once.'):
        audited(*down("B"), topology=declared(**{"A": "B", "id-A": "B"}))


def test_products_that_share_a_name_are_told_apart():

    twin = product("B", status="Unreachable")._replace(id="id-B2")
    audit = audited(product("A", "B"), product("B"), twin, product("M", (Backup("id-B2", "B", True),)))
    (finding,) = audit.findings
    assert (finding.objects.master, finding.objects.backup) == ("M", "B (id-B2)")


def test_the_result_is_plain_data_and_the_same_each_time():
    things = [*down("B", "C"), flow("F", "A > @P", status="Saved, not deployed")]
    one, other = (json.dumps(as_result(audited(*things, topology=declared(A="B")))) for _ in range(2))
    assert one == other


def test_every_rule_has_a_row_in_the_coverage():
    rows = as_result(audited(*down("B")))["coverage"]["rules"]
    assert [row["rule"] for row in rows] == list(RULES)
    states = {row["rule"]: row["state"] for row in rows}
    assert states["missing_backup"] == "not_asked" and states["not_synchronized"] == "assessed"


# Since the last audit


def record_of(result: dict, before: dict | None = None) -> dict:
    """The ledger's record of a result, given the record before it."""
    changes = changes_between(before, result)
    return {"data": audit_data({**result, "settings": {"masters": None}, "changes": changes})}


def result_of(*things: object, **how: object) -> dict:
    return as_result(audited(*things, **how))


READY = (product("A", "B"), product("B"))
STOPPED = (product("A", "B"), product("B", status="Stopped"))
DOWN = (product("A", "B"), product("B", status="Unreachable"))
UNSYNC = (product("A", "B!"), product("B"))
UNKNOWN = (product("A", "B"), product("B", status=""))


@pytest.mark.parametrize(
    ("before", "now", "became"),
    [
        (READY, READY, "same"),
        (READY, STOPPED, "worse"),
        (STOPPED, READY, "better"),
        (STOPPED, UNKNOWN, "worse"),
        (UNKNOWN, DOWN, "worse"),
        (UNKNOWN, READY, "better"),
        (DOWN, UNKNOWN, "worse"),  # an unknown status is no improvement
        (DOWN, STOPPED, "better"),
        (DOWN, UNSYNC, "worse"),  # as bad as before, but something new
        ((*DOWN, product("M", "B!")), (*DOWN, product("M", "B")), "better"),
        (DOWN, DOWN, "same"),
    ],
)
def test_better_same_or_worse_than_the_audit_before(before, now, became):
    changes = changes_between(record_of(result_of(*before)), result_of(*now))
    assert changes["became"] == became
    assert changes["since"] == "2026-11-25T21:00:03Z"


def test_new_resolved_and_unchanged():
    before = result_of(*UNSYNC)
    now = result_of(*DOWN)
    changes = changes_between(record_of(before), now)
    assert changes["new"] == [row["id"] for row in now["findings"]]
    assert changes["resolved"] == [row["id"] for row in before["findings"]]
    assert changes["resolved_findings"][0]["rule"] == "not_synchronized"
    assert changes_between(record_of(now), now)["unchanged"] == changes["new"]
    assert changes_between(None, now)["became"] == "same"


def test_a_finding_that_cannot_be_assessed_again_is_neither_resolved_nor_dropped():
    things = [*DOWN, product("M", "N"), product("N", status="Stopped")]
    first = result_of(*things)
    dead = result_of(unread={"products": "nobody answered."})
    record = record_of(first)
    changes = changes_between(record, dead)
    ids = [row["id"] for row in first["findings"]]
    assert (changes["resolved"], changes["not_known"], changes["became"]) == ([], ids, "worse")
    assert [row["rule"] for row in changes["not_known_findings"]] == ["backup_unreachable", "backup_stopped"]

    record = record_of(dead, record)
    changes = changes_between(record, first)
    assert (changes["unchanged"], changes["new"], changes["became"]) == (ids, [], "better")
    assert changes_between(record, dead)["not_known"] == ids
    more = changes_between(record, result_of(*things, product("O", "P!"), product("P")))
    assert (len(more["new"]), more["became"]) == (1, "worse")


def test_a_finding_that_one_missing_fact_hides_is_not_resolved():
    before = result_of(product("A", "B C"), product("B", status="Stopped"), product("C", version="5.4"))
    now = result_of(product("A", "B C"), product("B"), product("C", version=""))
    changes = changes_between(record_of(before), now)
    assert [row["rule"] for row in changes["resolved_findings"]] == ["backup_stopped"]
    assert [row["rule"] for row in changes["not_known_findings"]] == ["version_drift"]
    ignored = result_of(product("A", "B"), product("B", status="Stopped"), severity={"backup_stopped": "ignore"})
    assert len(changes_between(record_of(before), ignored)["not_known"]) == 1


def test_the_record_of_an_audit_lists_the_pairs_in_sync():
    kept = record_of(result_of(*READY, product("M", "N!"), product("N")))["data"]
    assert kept["in_sync"] == {"A": ["B"]}
    assert kept["estate"]["A"]["backups"] == {"B": {"version": "5.5"}}
    assert NOW.isoformat().startswith(kept["read_at"][:-1])


def test_the_last_drill_is_the_latest_one_that_was_not_aborted():
    def recorded(*drills: tuple[str, str]):
        reader = LedgerReader(None)
        for at, outcome in drills:
            data = {"ended": at, "outcome": outcome, "scenario": ""}
            reader.read([{"kind": "drill", "at": "2026-11-01T00:00:00Z", "data": data}])
        return reader.drill and (reader.drill.at.date().isoformat(), reader.drill.outcome)

    assert recorded(("2026-10-01T00:00:00Z", "aborted")) is None
    assert recorded(("2026-03-01T00:00:00Z", "failed"), ("2026-10-01T00:00:00Z", "aborted")) == ("2026-03-01", "failed")
    assert recorded(("2026-10-01T00:00:00Z", "passed"), ("2026-03-01T00:00:00Z", "failed")) == ("2026-10-01", "passed")
