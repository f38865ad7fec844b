# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each rule of the audit: what it finds, how severe, about what, and what it ignores."""

from __future__ import annotations

from datetime import timedelta

import pytest
from auditing import DAY, NOW, audited, declared, found, history, objects_of, rules_of
from building import backup, deployed, flow, product, profile

from ansible_collections.mftops.central_governance.plugins.module_utils.dr.audit.auditor import Audit
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.audit.inputs import Certificate
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.audit.rules import RULES
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.audit.snapshot import snapshot
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.model import unknown, unknown_lists_as_empty

NO_OBJECTS = ("", "", "", "")


def the_only(an_audit: Audit, rule: str, severity: str, *objects: str):
    """The audit found this and nothing else."""
    assert [f.message for f in an_audit.findings if f.rule != rule] == []
    (finding,) = an_audit.findings
    assert (finding.severity, objects_of([finding])) == (severity, [objects])
    assert finding.message and finding.remedy.text and finding.at == "2026-11-25T21:00:03Z"
    return finding


def healthy(*backups: str) -> list[object]:
    """A master A with the backups, one flow that is deployed everywhere, and nothing to find."""
    names = backups or ("B",)
    return [
        product("A", " ".join(names), profiles="sftp:22"),
        *(product(name, profiles="sftp:22") for name in names),
        flow("F", "A > @P"),
        deployed("F", "A", *names),
    ]


def test_a_healthy_estate_has_no_findings():
    assert audited(*healthy("B", "C"), topology=declared(A="B C")).findings == ()


# The declaration


def test_missing_backup():
    finding = the_only(
        audited(*healthy(), product("C"), topology=declared(A="B C")), "missing_backup", "critical", "A", "C", "", ""
    )
    assert finding.remedy.verb == "st_backup"
    assert finding.remedy.options == {"topology": [{"master": "A", "backups": ["C"]}], "state": "present"}
    assert finding.facts == {"declared": "C", "found": ["B"]}


def test_a_declaration_by_business_id_is_the_same():
    assert audited(*healthy(), topology=declared(**{"id-A": "id-B"})).findings == ()


def test_undeclared_backup_is_drift_when_the_state_is_exact():
    things = healthy("B", "C")
    the_only(audited(*things, topology=declared(A="B")), "undeclared_backup", "warning", "A", "C", "", "")
    assert audited(*things, topology=declared(A="B"), state="present").findings == ()


def test_undeclared_master():
    things = [*healthy(), product("M", "N"), product("N")]
    the_only(audited(*things, topology=declared(A="B")), "undeclared_master", "warning", "M", "", "", "")
    assert audited(*things).findings == (), "without a declaration nothing is undeclared"


def test_unknown_product():
    audit = audited(*healthy(), topology=declared(A="B LOST", NOBODY="C"))
    assert rules_of(audit) == {"unknown_product"}
    assert objects_of(found(audit, "unknown_product")) == [
        ("A", "LOST", "", ""),
        ("NOBODY", "", "", ""),
        ("NOBODY", "C", "", ""),
    ]


def test_an_ambiguous_name_in_the_declaration_is_not_assessed():
    twins = [product("T"), product("T")._replace(id="id-T2")]
    audit = audited(*healthy(), *twins, topology=declared(A="B T"))
    finding = the_only(audit, "not_assessed", "unknown", "A", "T", "", "")
    assert "id-T, id-T2" in finding.remedy.text
    assert finding.facts["rules"] == ["unknown_product"]


# Products and pairs


def test_no_backup():
    things = [*healthy(), product("S"), flow("G", "S > @P"), deployed("G", "S")]
    finding = the_only(audited(*things), "no_backup", "warning", "", "", "", "S")
    assert finding.facts == {"flows": ["G"]}


@pytest.mark.parametrize(
    "things",
    [
        [product("S")],  # no flow uses it
        [product("S"), flow("G", "S > @P", status="Saved")],
        [product("CFT", type="TransferCFT"), flow("G", "CFT > @P")],
    ],
)
def test_no_backup_is_needed_where_nothing_runs(things):
    assert audited(*healthy(), *things).findings == ()


def test_a_changed_flow_still_runs_where_it_was_deployed():
    things = [product("S"), flow("G", "S > @P", status="Saved, not deployed"), deployed("G", "S")]
    assert "no_backup" in rules_of(audited(*healthy(), *things))


def test_not_synchronized():
    audit = audited(product("A", "B!", profiles="sftp:22"), product("B"))
    finding = the_only(audit, "not_synchronized", "critical", "A", "B", "", "")
    assert finding.remedy.verb == "st_sync"
    assert finding.remedy.options == {"masters": ["A"], "backups": ["B"]}
    assert finding.facts == {"synchronized": False, "profiles": "1 created"}


def test_a_missing_flag_is_not_assessed():
    audit = audited(product("A", (backup("B", None),)), product("B"))
    finding = the_only(audit, "not_assessed", "unknown", "A", "B", "", "")
    assert finding.facts["rules"] == ["not_synchronized"]


def test_flag_disagrees():
    audit = audited(product("A", "B", profiles="sftp:22"), product("B", profiles="sftp:23"))
    finding = the_only(audit, "flag_disagrees", "critical", "A", "B", "", "")
    assert finding.remedy.options["force"] == "when_different"
    assert finding.facts["profiles_to_replace"] == ["sftp"]


def test_version_drift():
    audit = audited(product("A", "B", version="5.4"), product("B", version="5.5"))
    finding = the_only(audit, "version_drift", "critical", "A", "B", "", "")
    assert finding.facts == {"master": "5.4", "backup": "5.5"}


def test_a_missing_version_is_not_assessed():
    the_only(audited(product("A", "B"), product("B", version="")), "not_assessed", "unknown", "A", "B", "", "")


@pytest.mark.parametrize(
    ("status", "rule", "severity"),
    [
        ("Registering", "backup_not_registered", "critical"),
        ("Registered in error", "backup_not_registered", "critical"),
        ("Ready to register", "backup_not_registered", "critical"),
        ("Unreachable", "backup_unreachable", "critical"),
        ("Stopped in error", "backup_unreachable", "critical"),
        ("Stopped", "backup_stopped", "warning"),
        ("Stopping", "backup_stopped", "warning"),
        ("Starting", "not_assessed", "unknown"),
        ("Partially started", "not_assessed", "unknown"),
        ("A word of a later version", "not_assessed", "unknown"),
        ("", "not_assessed", "unknown"),
    ],
)
def test_the_status_of_a_backup(status, rule, severity):
    finding = the_only(audited(product("A", "B"), product("B", status=status)), rule, severity, "A", "B", "", "")
    assert finding.facts["status"] == status


@pytest.mark.parametrize("status", ["Unreachable", "Stopped", "Stopped in error"])
def test_a_master_that_is_down_is_not_a_finding_against_its_backups(status):
    audit = audited(product("A", "B", status=status), product("B"))
    the_only(audit, "master_unreachable", "info", "A", "", "", "")


def test_a_backup_whose_product_is_gone_is_not_assessed():
    audit = audited(product("A", "B"))
    assert rules_of(audit) == {"not_assessed"}
    assert {finding.facts["fact"] for finding in audit.findings} == {"profiles", "version", "status"}
    assert set(objects_of(audit.findings)) == {("A", "B", "", "")}


def test_shared_backup():
    audit = audited(product("A", "B"), product("M", "B"), product("B"))
    assert rules_of(audit) == {"shared_backup"}
    assert objects_of(audit.findings) == [("A", "B", "", ""), ("M", "B", "", "")]
    assert {finding.severity for finding in audit.findings} == {"warning"}


# Flows


def test_flow_in_error():
    things = [product("A", "B"), product("B"), flow("F", "A > @P", status="Deployed in error")]
    finding = the_only(audited(*things), "flow_in_error", "critical", "A", "", "F", "")
    assert finding.message == "The flow F of A is deployed in error."
    assert finding.remedy.options == {"flows": ["F"]}


@pytest.mark.parametrize(
    ("status", "rule", "severity"),
    [
        ("Saved, not deployed", "flow_not_deployed", "warning"),
        ("Saved", "flow_incomplete", "info"),
        ("In progress", "not_assessed", "unknown"),
    ],
)
def test_the_status_of_a_flow(status, rule, severity):
    audit = audited(product("A", "B"), product("B"), flow("F", "A > @P", status=status))
    the_only(audit, rule, severity, "A", "", "F", "")


def test_a_flow_of_two_masters_is_found_for_both():
    things = [product("A", "B"), product("M", "N"), product("B"), product("N")]
    audit = audited(*things, flow("F", "A > M", status="Saved, not deployed"))
    assert objects_of(audit.findings) == [("A", "", "F", ""), ("M", "", "F", "")]


def test_deployment_missing():
    things = [product("A", "B C"), product("B"), product("C"), flow("F", "A > @P"), deployed("F", "A", "B")]
    finding = the_only(audited(*things), "deployment_missing", "critical", "A", "C", "F", "C")
    assert finding.remedy.verb == "st_flow_deploy"


def test_a_deployment_under_way_is_not_assessed():
    things = [*healthy()[:3], deployed("F", "A"), deployed("F", "B", status="In progress")]
    finding = the_only(audited(*things), "not_assessed", "unknown", "A", "B", "F", "B")
    assert finding.facts["rules"] == ["deployment_missing"]


def test_deployment_in_error_is_critical_on_a_backup_and_a_warning_elsewhere():
    things = [product("A", "B"), product("B"), flow("F", "A > CFT", status="Deployed in error")]
    things += [product("CFT", type="TransferCFT"), deployed("F", "A", "B", "CFT", status="Deployed in error")]
    audit = audited(*things)
    rows = {f.objects.product: (f.objects.backup, f.severity) for f in found(audit, "deployment_in_error")}
    assert rows == {"A": ("", "warning"), "B": ("B", "critical"), "CFT": ("", "warning")}


def test_stale_deployment():
    finding = the_only(
        audited(*healthy(), product("OLD"), deployed("F", "OLD")), "stale_deployment", "warning", "A", "", "F", "OLD"
    )
    assert finding.facts["status"] == "Deployed"


def test_a_product_that_only_the_flow_names_is_no_stale_deployment():
    things = [*healthy()[:2], flow("F", "A > UNMANAGED"), deployed("F", "A", "B", "UNMANAGED")]
    assert audited(*things).findings == ()


def test_backup_used_directly():
    things = [*healthy(), flow("G", "B > @P"), deployed("G", "B")]
    the_only(audited(*things), "backup_used_directly", "warning", "A", "B", "G", "")


# Certificates


def tls(digest: str = "d1", **fields: object):
    return profile("https:443", tls=True, certificate_sha256=digest, **fields)


def with_certificate(valid_to, **fields: object) -> Audit:
    things = [product("A", "B", profiles=(tls(**fields),)), product("B", profiles=(tls(**fields),))]
    return audited(*things, certificates={"d1": Certificate("CN=a", valid_to)}, certificate_warning_days=30)


@pytest.mark.parametrize(
    ("valid_to", "rule", "severity"),
    [
        (NOW - timedelta(seconds=1), "certificate_expired", "critical"),
        (NOW + 29 * DAY, "certificate_expiring", "warning"),
    ],
)
def test_certificates_on_master_and_backup(valid_to, rule, severity):
    audit = with_certificate(valid_to)
    assert [(f.rule, f.severity) for f in audit.findings] == [(rule, severity)] * 2
    assert objects_of(audit.findings) == [("A", "", "", "A"), ("A", "B", "", "B")]
    assert audit.findings[0].facts["profiles"] == ["https"]
    assert audit.findings[0].facts["subject"] == "CN=a"


def test_valid_certificates_and_those_of_disabled_profiles_are_not_findings():
    assert with_certificate(NOW + 31 * DAY).findings == ()
    assert with_certificate(NOW - DAY, enabled=False).findings == ()


def test_a_certificate_that_cannot_be_read_is_not_assessed():
    audit = audited(
        product("A", "B", profiles=(tls(),)),
        product("B", profiles=(tls(),)),
        certificates={"d1": Certificate(problem="it is no PEM")},
    )
    assert rules_of(audit) == {"not_assessed"}
    assert objects_of(audit.findings) == [("A", "", "", "A"), ("A", "B", "", "B")]
    assert all(f.facts["rules"] == ["certificate_expired", "certificate_expiring"] for f in audit.findings)
    assert "it is no PEM" in audit.findings[0].message


def test_a_server_profile_with_tls_that_shows_no_certificate_is_not_assessed():
    profiles = (tls(""),)
    audit = audited(product("A", "B", profiles=profiles), product("B", profiles=profiles))
    assert rules_of(audit) == {"not_assessed"}
    clients = (tls("", type="CLIENT"),)
    assert audited(product("A", "B", profiles=clients), product("B", profiles=clients)).findings == ()


# The ledger


def test_drill_overdue():
    then = snapshot(audited(*healthy()).context)
    audit = audited(*healthy(), history=history(181, then), drill_interval_days=180)
    finding = the_only(audit, "drill_overdue", "warning", *NO_OBJECTS)
    assert finding.facts["due"] == "2026-11-24"
    assert audited(*healthy(), history=history(180, then), drill_interval_days=180).findings == ()
    assert rules_of(audited(*healthy(), history=history(), drill_interval_days=180)) == {"drill_overdue"}


@pytest.mark.parametrize(
    ("now", "change"),
    [
        (healthy("B", "C"), "A: backups B, then B, C"),
        ([*healthy(), product("M", "N"), product("N")], "M is a new master"),
        ([*healthy(), flow("G", "A > @P"), deployed("G", "A", "B")], "A: the flows have changed (1, now 2)"),
    ],
)
def test_changed_since_drill(now, change):
    then = snapshot(audited(*healthy()).context)
    assert audited(*healthy(), history=history(10, then)).findings == ()
    finding = the_only(audited(*now, history=history(10, then)), "changed_since_drill", "warning", *NO_OBJECTS)
    assert finding.facts["changes"] == [change]


def test_other_versions_and_masters_that_are_gone_are_changes_since_the_drill_too():
    then = snapshot(audited(*healthy(), product("M", "N"), product("N")).context)
    now = [product("A", "B", version="5.6"), product("B", version="5.6"), *healthy()[2:]]
    changes = found(audited(*now, history=history(10, then)), "changed_since_drill")[0].facts["changes"]
    assert changes == ["A went from version 5.5 to 5.6", "B went from version 5.5 to 5.6", "M is no longer a master"]


def test_a_drill_without_a_recorded_estate_is_not_assessed():
    finding = the_only(audited(*healthy(), history=history(10)), "not_assessed", "unknown", *NO_OBJECTS)
    assert finding.facts["rules"] == ["changed_since_drill"]


def test_sync_too_old():
    things = [product("A", "B!"), product("B")]
    old = history(last_in_sync={("A", "B"): NOW - timedelta(hours=25)})
    (finding,) = found(audited(*things, history=old, rpo_target=timedelta(hours=24)), "sync_too_old")
    assert objects_of([finding]) == [("A", "B", "", "")]
    assert finding.facts == {"last_in_sync": "2026-11-24T20:00:03Z", "rpo_target_seconds": 86400}
    assert not found(audited(*things, history=old, rpo_target=timedelta(hours=26)), "sync_too_old")
    assert found(audited(*things, history=history(), rpo_target=timedelta(hours=26)), "sync_too_old"), "never seen"
    assert audited(*healthy(), history=history(), rpo_target=timedelta(hours=1)).findings == (), "in sync now"


# What could not be read


@pytest.mark.parametrize("source", ["products", "flows", "deployments", "certificates"])
def test_a_source_that_was_not_read_is_not_assessed(source):
    audit = audited(*healthy(), unread={source: "GET /x answered 500."})
    finding = the_only(audit, "not_assessed", "unknown", *NO_OBJECTS)
    assert f"The {source} could not be read: GET /x answered 500." == finding.message
    needing = [name for name, rule in RULES.items() if source in rule.needs]
    assert finding.facts["rules"] == [name for name in needing if name in finding.facts["rules"]] != []


def test_a_source_that_only_ignored_rules_need_is_not_missed():
    ignored = {"certificate_expired": "ignore", "certificate_expiring": "ignore"}
    assert audited(*healthy(), unread={"certificates": "no library"}, severity=ignored).findings == ()


def test_an_estate_without_anything_to_judge_is_not_assessed():
    the_only(audited(product("S")), "not_assessed", "unknown", *NO_OBJECTS)


def test_a_flow_without_its_products_is_not_assessed():
    twins = [product("T"), product("T")._replace(id="id-T2")]
    by_name = flow("G", "T > @P")
    by_name = by_name._replace(parts=tuple(part._replace(id="") for part in by_name.parts))
    the_only(audited(*healthy(), *twins, by_name), "not_assessed", "unknown", "", "", "G", "")


# What Central Governance does not list


@pytest.mark.parametrize(
    ("name", "field", "words"),
    [
        ("A", "backups", "Whether A has backups is not known"),
        ("A", "profiles", "are valid is not known"),
        ("B", "profiles", "are valid is not known"),
        ("F", "parts", "Which products the flow F uses is not known"),
    ],
)
def test_lists_that_are_missing_are_not_assessed_and_everything_else_is(name, field, words):
    """Profiles, backups and parts of summaries: neither an error that ends the audit, nor an empty list."""
    things = [
        unknown_lists_as_empty(each._replace(**{field: unknown(ValueError("missing"))})) if each.name == name else each
        for each in healthy("B")
        if not isinstance(each, list)
    ]
    audit = audited(*things, deployed("F", "A", "B"), product("C", "D!"), product("D"))
    assert any(words in finding.message for finding in found(audit, "not_assessed"))
    assert objects_of(found(audit, "not_synchronized")) == [("C", "D", "", "")]
    assert not rules_of(audit) & {"missing_backup", "flag_disagrees"}
