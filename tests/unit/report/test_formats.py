# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The formats that programs read: each is checked by an independent validator, and against the dataset."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

import pytest
import samples

from ansible_collections.mftops.central_governance.plugins.plugin_utils.report import formats, junit, prometheus, table
from ansible_collections.mftops.central_governance.plugins.plugin_utils.report.states import FILES

jsonschema, xmlschema = samples.import_or_skip("jsonschema"), samples.import_or_skip("xmlschema")
prometheus_parser = samples.import_or_skip("prometheus_client.parser")
text_string_to_metric_families = prometheus_parser.text_string_to_metric_families

HERE = Path(__file__).parent
SCHEMA = json.loads((HERE.parents[2] / "docs/schemas/dr_report-1.schema.json").read_text(encoding="utf-8"))

DATASETS = {
    "example": lambda: samples.dataset(),
    "hostile": lambda: samples.dataset(samples.hostile(), title=samples.HOSTILE[0]),
    "large": lambda: samples.dataset(samples.large(200)),
    "unreadable": samples.unreadable,
    "empty": lambda: samples.dataset({"verdict": "READY", "coverage": {"read_at": samples.TIME}}),
}


@pytest.fixture(params=DATASETS)
def dataset(request):
    return DATASETS[request.param]()


def everything(dataset):
    return formats.render(dataset, FILES)


def test_the_data_follows_the_published_schema(dataset):
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    report = json.loads(everything(dataset)["report.json"])
    jsonschema.validate(report, SCHEMA, cls=jsonschema.Draft202012Validator)
    assert report == dataset
    assert report["$schema"] == SCHEMA["$id"]


@pytest.mark.parametrize(
    ("key", "value"), [("verdict", "FINE"), ("findings", [{}]), ("read_at", "yesterday"), ("counts", {"critical": -1})]
)
def test_the_schema_refuses_other_documents(key, value):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**samples.dataset(), key: value}, SCHEMA, cls=jsonschema.Draft202012Validator)


def test_junit_is_valid_by_the_common_schema(dataset):
    xmlschema.XMLSchema10(HERE / "junit-10.xsd").validate(io.StringIO(junit.render(dataset)))


def cases(dataset):
    root = ET.fromstring(junit.render(dataset))
    return root, {(case.get("classname"), case.get("name")): case for case in root.iter("testcase")}


def test_junit_has_a_case_for_each_pair_and_rule_and_fails_where_something_was_found():
    root, found = cases(samples.dataset())
    assert found["ST_PARIS.ST_LYON", "not_synchronized"].find("failure") is None
    refused = found["ST_FRANKFURT.ST_STUTTGART", "not_synchronized"].find("failure")
    assert refused.get("type") == "critical"
    assert refused.get("message") == "ST_STUTTGART is not synchronized with its master ST_FRANKFURT."
    assert "Remedy: Synchronize it" in refused.text
    assert found["ST_MADRID", "undeclared_master"].find("failure").get("type") == "warning"
    assert found["ST_MADRID", "stale_deployment"].find("failure").get("type") == "warning"
    assert found["estate", "drill_overdue"].find("failure") is not None
    assert found["ST_VIENNA.ST_GRAZ", "not_assessed"].find("error") is not None
    assert found["ST_MILAN", "flow_incomplete"].find("system-out") is not None
    accepted = found["ST_MILAN.ST_TURIN", "backup_unreachable"]
    assert accepted.find("failure") is None
    assert "Accepted until 2027-01-31" in accepted.find("skipped").text
    # A rule that was not assessed is not a test that passed.
    assert found["estate", "backup_stopped"].find("skipped").get("message") == "not assessed: severity says ignore"
    assert ("ST_PARIS.ST_LYON", "backup_stopped") not in found
    # Nor is a rule about a backup that does not exist.
    assert ("ST_PARIS.ST_LILLE", "not_synchronized") not in found
    assert found["ST_PARIS.ST_LILLE", "missing_backup"].find("failure") is not None
    assert int(root.get("tests")) == len(list(root.iter("testcase"))) > 100
    assert int(root.get("failures")) == len(list(root.iter("failure"))) == 8
    # A rule that lacked a fact did not pass either.
    assert found["ST_VIENNA.ST_GRAZ", "certificate_expired"].find("error") is not None
    assert found["ST_FRANKFURT.ST_STUTTGART", "certificate_expiring"].find("error") is None
    assert int(root.get("errors")) == len(list(root.iter("error"))) == 3


def not_judged_again():
    """An audit that could not read the deployments, after one that found something in them."""
    audit = samples.example()
    for rule in audit["coverage"]["rules"]:
        if rule["rule"] == "deployment_missing":
            rule.update(state="not_assessed", why="GET /deployments: status 500", checked=0)
    earlier = {"id": "ffff", "rule": "deployment_missing", "severity": "critical", "master": "ST_PARIS",
               "backup": "ST_LYON", "flow": "SEPA_CREDIT_TRANSFERS", "product": ""}  # fmt: skip
    gone = {**earlier, "id": "eeee", "rule": "not_synchronized", "master": "ST_PARIS", "backup": "ST_LYON", "flow": ""}
    audit["changes"].update(not_known=["ffff", "eeee"], not_known_findings=[earlier, gone])
    return samples.dataset(audit)


def test_junit_skips_what_could_not_be_judged_again():
    root, found = cases(not_judged_again())
    why = "Found by the audit of 2026-11-24T21:00:02Z. It could not be assessed now, so it may still be true."
    for rule in ("deployment_missing", "not_synchronized"):
        assert found["ST_PARIS.ST_LYON", rule].find("skipped").get("message") == why
    assert found["estate", "deployment_missing"].find("skipped").get("message") == (
        "not assessed: GET /deployments: status 500"
    )
    assert ("ST_MILAN.ST_TURIN", "deployment_missing") not in found  # neither judged nor found before
    before = cases(samples.dataset())[0]
    assert (root.get("failures"), root.get("errors")) == (before.get("failures"), before.get("errors"))
    xmlschema.XMLSchema10(HERE / "junit-10.xsd").validate(io.StringIO(junit.render(not_judged_again())))


def test_csv_lists_what_could_not_be_assessed():
    made = not_judged_again()
    rows = list(csv.DictReader(io.StringIO(table.render(made), newline="")))[len(made["findings"]) :]
    assert [(row["change"], row["rule"], row["severity"], row["flow"]) for row in rows] == [
        ("not_known", "deployment_missing", "critical", "SEPA_CREDIT_TRANSFERS"),
        ("not_known", "not_synchronized", "critical", ""),
        ("not_assessed", "deployment_missing", "unknown", ""),
    ]
    assert rows[0]["id"] == "ffff"
    assert rows[2]["message"] == "The rule could not be assessed: GET /deployments: status 500"


def test_junit_has_no_passed_case_when_nothing_was_read():
    root, found = cases(samples.unreadable())
    assert [case.find("error") is not None for case in found.values()] == [True]
    assert root.get("errors") == root.get("tests") == "1"


def test_the_metrics_are_parsed_by_the_prometheus_client(dataset):
    families = {family.name: family for family in text_string_to_metric_families(prometheus.render(dataset))}
    for name, family in families.items():
        assert name.startswith("dr_audit_")
        assert family.type == "gauge"
        assert family.documentation.endswith(".")
        labels = [tuple(sorted(sample.labels.items())) for sample in family.samples]
        assert len(labels) == len(set(labels)), name  # no series twice
    (holding,) = [sample for sample in families["dr_audit_verdict"].samples if sample.value == 1]
    assert holding.labels == {"verdict": dataset["verdict"]}
    assert len(families["dr_audit_verdict"].samples) == 4
    ready = {sample.labels["master"]: sample.value for sample in families["dr_audit_master_ready"].samples}
    assert ready == {master["master"]: float(master["verdict"] == "READY") for master in dataset["masters"]}
    assert ("dr_audit_drift" in families) == (dataset["drift"] is not None)


def test_the_values_of_the_metrics():
    families = {family.name: family for family in text_string_to_metric_families(prometheus.render(samples.dataset()))}
    counted = {sample.labels["severity"]: sample.value for sample in families["dr_audit_findings"].samples}
    assert counted == {"critical": 4, "unknown": 1, "warning": 4, "info": 1}
    assert families["dr_audit_accepted_findings"].samples[0].value == 1
    assert families["dr_audit_not_known_findings"].samples[0].value == 0
    assert families["dr_audit_timestamp_seconds"].samples[0].value == 1795640403
    flags = {
        (sample.labels["master"], sample.labels["backup"]): sample.value
        for sample in families["dr_audit_backup_synchronized"].samples
    }
    assert flags["ST_FRANKFURT", "ST_STUTTGART"] == 0
    assert ("ST_PARIS", "ST_LILLE") not in flags  # not known, so neither 0 nor 1


def test_csv_has_a_row_for_each_finding_and_no_formula(dataset):
    text = table.render(dataset)
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    of_this_audit = [row for row in rows if row["change"] in ("", "new")]
    assert [row["id"].lstrip("'") for row in of_this_audit] == [finding["id"] for finding in dataset["findings"]]
    assert text.count("\r\n") >= len(rows) + 1
    assert text.endswith("\r\n")
    for row in rows:
        for cell in row.values():
            assert not cell.lstrip(" ").startswith(("=", "+", "-", "@", "\t", "\r", "\n"))


def test_csv_keeps_every_text():
    rows = list(csv.DictReader(io.StringIO(table.render(samples.dataset(samples.hostile())), newline="")))
    names = {row["master"] for row in rows}
    for name in samples.HOSTILE:
        written = name.replace("\x00", "\ufffd")
        assert written in names or f"'{written}" in names


def test_the_same_input_gives_the_same_bytes(dataset):
    assert everything(dataset) == everything(json.loads(json.dumps(dataset)))


def test_the_bytes_do_not_depend_on_the_process():
    """A set of strings has a different order in each process."""
    program = (
        "import sys, hashlib; sys.path[:0] = sys.argv[1:]; import samples\n"
        "from ansible_collections.mftops.central_governance.plugins.plugin_utils.report import formats\n"
        "made = formats.render(samples.dataset(), formats.FILES)\n"
        "print(hashlib.sha256(b''.join(made.values())).hexdigest())"
    )
    path = [str(HERE), *(entry for entry in sys.path if entry.endswith("collections"))]
    printed = {
        subprocess.run(
            [sys.executable, "-c", program, *path],
            env={"PYTHONHASHSEED": seed, "PATH": "/usr/bin:/bin"},
            capture_output=True, text=True, check=True,
        ).stdout
        for seed in ("1", "2")
    }  # fmt: skip
    assert len(printed) == 1


def test_only_the_formats_that_are_wanted_are_made():
    assert list(formats.render(samples.dataset(), ["csv", "json"])) == ["report.json", "report.csv"]


def test_a_product_is_in_one_group_and_names_come_before_wildcards():
    groups = {"All": ["*"], "Paris": ["ST_PARIS", "ST_L*"], "Nobody": ["NOWHERE"]}
    resolved = samples.dataset(groups=groups)["groups"]
    assert [group["name"] for group in resolved] == ["All", "Paris"]
    assert "ST_PARIS" in resolved[1]["products"]
    members = Counter(name for group in resolved for name in group["products"])
    assert set(members.values()) == {1}
