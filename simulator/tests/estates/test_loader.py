# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Loading seed documents: records, defaults, ids."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
import yaml

from cg_sim.estates import EstateError, load_estate

Record = dict[str, Any]


def load(document: Record | str) -> dict[str, list[Record]]:
    return load_estate(document if isinstance(document, str) else yaml.safe_dump(document), "estate.yml")


def product(document: Record | str, name: str) -> Record:
    return next(record for record in load(document)["products"] if record["name"] == name)


PAIR = """
certificates:
  public: {content: CERTIFICATE, validTo: 2027-03-31}
products:
  - name: ST_PARIS
    host: paris.example
    backups: [{name: ST_LYON, synchronized: true}]
    profiles:
      - {name: SFTP, protocol: SFTP}
      - {name: HTTPS, protocol: HTTP, ssl: {certificate: public}, edges: [e1], fips: true, networkZone: DMZ}
      - {name: OUT, type: CLIENT, protocol: PESIT, hosts: [far.example, paris.example]}
  - {name: ST_LYON, host: lyon.example}
"""


def test_an_empty_document_is_refused_but_an_empty_estate_is_not() -> None:
    assert load("{}") == load("products: []") == {"products": [], "flows": [], "deployments": []}
    with pytest.raises(EstateError, match="the document is empty"):
        load("")


def test_defaults_of_a_product() -> None:
    record = product("products: [{name: 'ST PARIS (1)'}]", "ST PARIS (1)")
    business_id = record.pop("businessId")
    assert uuid.UUID(business_id).version == 5
    assert record == {
        "name": "ST PARIS (1)",
        "host": "st-paris-1",
        "os": "linux-x86-64",
        "version": "5.4",
        "status": "Started",
        "type": "SecureTransport",
        "contact": {},
        "communicationProfiles": [],
        "backupProducts": [],
    }


def test_profiles_in_full() -> None:
    sftp, https, out = product(PAIR, "ST_PARIS")["communicationProfiles"]
    assert (sftp["type"], sftp["port"], sftp["hosts"], sftp["ssl"]) == (
        "SERVER",
        22,
        ["paris.example"],
        {"enabled": False},
    )
    assert {key: value for key, value in https.items() if key != "businessId"} == {
        "name": "HTTPS",
        "type": "SERVER",
        "protocol": "HTTP",
        "enabled": True,
        "clientAuthentication": "PASSWORD",
        "hosts": ["paris.example"],
        "port": 443,
        "ssl": {
            "enabled": True,
            "certificate": {"alias": "public", "content": "CERTIFICATE", "validTo": "2027-03-31T00:00:00Z"},
        },
        "fips": True,
        "networkZone": "DMZ",
        "edges": ["e1"],
        "viewOnly": False,
    }
    assert (out["type"], out["port"]) == ("CLIENT", None)


def test_a_synchronized_backup_gets_the_profiles_that_were_left_out() -> None:
    master, backup = product(PAIR, "ST_PARIS"), product(PAIR, "ST_LYON")
    copies = backup["communicationProfiles"]
    assert [copy["name"] for copy in copies] == ["SFTP", "HTTPS", "OUT"]
    assert all(copy["viewOnly"] for copy in copies)
    assert [copy["hosts"] for copy in copies] == [["lyon.example"], ["lyon.example"], ["far.example", "lyon.example"]]
    assert [copy["ssl"] for copy in copies] == [profile["ssl"] for profile in master["communicationProfiles"]]
    ids = {profile["businessId"] for profile in copies + master["communicationProfiles"]}
    assert len(ids) == 6


@pytest.mark.parametrize(
    ("entry", "own", "expected"),
    [
        ("{name: B, synchronized: true}", "", (True, ["P"])),
        ("{name: B, synchronized: true}", ", profiles: []", (True, [])),
        ("{name: B, synchronized: true}", ", profiles: [{name: Q, protocol: FTP}]", (True, ["Q"])),
        ("{name: B, synchronized: false}", "", (False, [])),
        ("{name: B}", "", (False, [])),
        ("B", "", (False, [])),
    ],
)
def test_synchronized_and_profiles_of_a_backup(entry: str, own: str, expected: tuple[bool, list[str]]) -> None:
    text = f"products:\n- {{name: A, backups: [{entry}], profiles: [{{name: P, protocol: SFTP}}]}}\n- {{name: B{own}}}"
    flag = product(text, "A")["backupProducts"][0]["synchronized"]
    assert (flag, [profile["name"] for profile in product(text, "B")["communicationProfiles"]]) == expected


def test_references_get_ids() -> None:
    own = "93C8AB21-D04E-4DF6-A96C-11B4BBCC97F5"
    estate = load(f"products: [{{name: A, backups: [B]}}, {{name: B, businessId: {own}}}]")
    assert estate["products"][0]["backupProducts"] == [{"businessId": own.lower(), "name": "B", "synchronized": False}]
    assert estate["products"][1]["businessId"] == own.lower()


def test_ids_depend_on_the_name_only() -> None:
    first = load("products: [{name: A}]\nflows: [{name: A}]")
    second = load("products: [{name: B}, {name: A, version: '5.5'}]\nflows: [{name: B}, {name: A}]")
    assert first["products"][0]["businessId"] == second["products"][1]["businessId"]
    assert first["flows"][0]["businessId"] == second["flows"][1]["businessId"]
    assert first["flows"][0]["businessId"] != first["products"][0]["businessId"]


def test_a_flow_in_full() -> None:
    estate = load(
        PAIR + "  - {name: CFT, type: TransferCFT}\n"
        "flows:\n"
        "- name: PAYMENTS\n"
        "  idf: PAY\n"
        "  status: Deployed\n"
        "  sources: [{product: CFT, properties: {cutOff: '16:00'}}]\n"
        "  relays: [{product: ST_PARIS}]\n"
        "  targets: [{partner: BANK}, {partner: BANK 2}]\n"
    )
    (flow,) = estate["flows"]
    ids = {record["name"]: record["businessId"] for record in estate["products"]}
    assert (flow["status"], flow["idf"]) == ("Deployed", "PAY")
    assert flow["sources"] == {
        "type": "PRODUCT",
        "parts": [
            {"part": {"businessId": ids["CFT"], "name": "CFT"}, "step": {"commonProperties": {"cutOff": "16:00"}}}
        ],
    }
    assert [relay["type"] for relay in flow["relays"]] == ["PRODUCT"]
    assert flow["relays"][0]["parts"][0]["part"] == {"businessId": ids["ST_PARIS"], "name": "ST_PARIS"}
    assert flow["targets"]["type"] == "PARTNER"
    assert [part["part"]["name"] for part in flow["targets"]["parts"]] == ["BANK", "BANK 2"]


def test_a_deployed_flow_is_deployed_on_its_products_and_their_backups() -> None:
    """Documented: "the flow deploys on the master and backup SecureTransports"."""
    flow = "\nflows: [{name: F, status: Deployed, sources: [{product: ST_PARIS}], targets: [{product: ST_LYON}]}]"
    rows = load(PAIR + flow)["deployments"]
    assert [(row["product"]["name"], row["status"], row["flow"]["name"]) for row in rows] == [
        ("ST_PARIS", "Deployed", "F"),
        ("ST_LYON", "Deployed", "F"),
    ]
    assert all(isinstance(row["timestamp"], int) and uuid.UUID(row["businessId"]) for row in rows)


@pytest.mark.parametrize("status", ["Saved", "Saved, not deployed", "Deployed in error"])
def test_no_other_flow_is_deployed_unless_the_document_says_so(status: str) -> None:
    flow = {"name": "F", "status": status, "sources": [{"product": "A"}]}
    document = {"products": [{"name": "A"}], "flows": [flow]}
    assert load(document)["deployments"] == []
    flow["deployments"] = [{"product": "A", "status": "Deployed in error", "message": "disk full", "timestamp": 7}]
    (row,) = load(document)["deployments"]
    assert (row["status"], row["message"], row["timestamp"]) == ("Deployed in error", "disk full", 7)


def test_each_flow_gets_its_own_idf() -> None:
    flows = load({"flows": [{"name": f"F{number}"} for number in range(200)]})["flows"]
    assert len({flow["idf"] for flow in flows}) == 200


def test_numbers_that_are_text() -> None:
    record = product("products: [{name: 2027, version: 5.10, host: 10.20}]", "2027")
    assert (record["version"], record["host"]) == ("5.10", "10.20")


def test_values_that_yaml_gives_a_meaning_are_text() -> None:
    assert [each["name"] for each in load("products: [{name: =}, {name: <<}, {name: 2027-03-31}]")["products"]] == [
        "=", "<<", "2027-03-31",
    ]  # fmt: skip


def test_anchors_and_merging() -> None:
    text = """
    products:
      - &a {name: A, version: '5.5', tags: [x]}
      - {<<: *a, name: B}
      - {<<: [{os: zos, version: '6'}, *a], name: C, os: aix}
    """
    assert [(record["name"], record["version"], record["os"]) for record in load(text)["products"]] == [
        ("A", "5.5", "linux-x86-64"),
        ("B", "5.5", "linux-x86-64"),
        ("C", "6", "aix"),
    ]


def test_keys_that_only_the_simulator_has() -> None:
    record = product("products: [{name: A, upgraded: true, legacyIdfs: [OLD], tags: []}]", "A")
    assert record["simulator"] == {"upgraded": True, "legacyIdfs": ["OLD"]}
    assert record["tags"] == []


def test_json_is_the_same_estate_as_yaml() -> None:
    data = yaml.safe_load(PAIR.replace("2027-03-31", "'2027-03-31'"))
    for text in (json.dumps(data), json.dumps(data, indent="\t"), "\ufeff" + json.dumps(data), f"---\n{PAIR}"):
        assert load(text) == load(PAIR)
        assert load_estate(text.encode(), "estate") == load(PAIR)


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("2027-03-31", "2027-03-31T00:00:00Z"),
        ("2027-03-31T12:00:00Z", "2027-03-31T12:00:00Z"),
        ("2027-03-31 12:00:00", "2027-03-31T12:00:00Z"),
        ("2027-03-31T12:00:00.5+02:00", "2027-03-31T10:00:00Z"),
        ("2027-03-31T12:00-0130", "2027-03-31T13:30:00Z"),
    ],
)
def test_times(written: str, stored: str) -> None:
    profile = {"name": "P", "protocol": "HTTP", "ssl": {"certificate": {"content": "C", "validTo": written}}}
    record = product({"products": [{"name": "A", "profiles": [profile]}]}, "A")
    certificate = record["communicationProfiles"][0]["ssl"]["certificate"]
    assert certificate == {"alias": "P", "content": "C", "validTo": stored}


def test_an_estate_with_problems_is_allowed() -> None:
    estate = load(
        """
        products:
          - name: MASTER
            version: "5.5"
            status: Unreachable
            backups: [{name: DRIFTED, synchronized: true}, DOWN, NEW]
          - {name: OTHER, backups: [DOWN]}
          - {name: DRIFTED, version: '5.4', profiles: [{name: P, protocol: SFTP}]}
          - {name: DOWN, status: Registered in error}
          - {name: NEW, status: Registering}
          - {name: FORMER}
        flows:
          - {name: STALE, status: Deployed, sources: [{product: MASTER}], deployments: [{product: FORMER}]}
          - {name: DIRECT, status: Deployed, sources: [{product: DRIFTED}]}
          - {name: SAME, idf: X}
          - {name: IDF, idf: X}
        """
    )
    assert len(estate["products"]) == 6
    assert [row["product"]["name"] for row in estate["deployments"]] == ["FORMER", "DRIFTED"]


def test_words_that_the_guide_does_not_name_are_accepted_on_request() -> None:
    document = {
        "allow_unknown_words": True,
        "products": [{"name": "A", "status": "Hibernating", "profiles": [{"name": "P", "protocol": "OFTP2"}]}],
        "flows": [{"name": "F", "status": "Removing", "deployments": [{"product": "A", "status": "Removing"}]}],
    }
    estate = load(document)
    assert estate["products"][0]["status"] == "Hibernating"
    assert estate["products"][0]["communicationProfiles"][0]["port"] is None
    assert (estate["flows"][0]["status"], estate["deployments"][0]["status"]) == ("Removing", "Removing")


def test_in_progress_is_a_known_status() -> None:
    (flow,) = load({"flows": [{"name": "F", "status": "In progress"}]})["flows"]
    assert flow["status"] == "In progress"


def test_a_businessid_identifies_a_product_whose_name_is_not_unique() -> None:
    first, second = "b430b2e7-b707-4d73-8cc9-c2022a44929e", "df624908-0de8-4c2c-be4b-61d4baec34eb"
    profiles = [{"name": "P", "protocol": "SFTP"}]
    a, b = {"name": "A", "businessId": first}, {"name": "A", "businessId": second}
    flows = [
        {"name": "F", "businessId": "0b19cb1b-6e2b-4a7e-a1c2-7d0f3b8f5a11", "status": "Deployed", "sources": sources}
        for sources in ([{"product": first.upper()}],)
    ]
    flows.append({**flows[0], "businessId": "1b19cb1b-6e2b-4a7e-a1c2-7d0f3b8f5a11"})
    a.update(profiles=profiles, backups=[{"name": second, "synchronized": True}])
    estate = load({"products": [a, b], "flows": flows})
    assert estate["products"][0]["backupProducts"] == [{"businessId": second, "name": "A", "synchronized": True}]
    assert [profile["name"] for profile in estate["products"][1]["communicationProfiles"]] == ["P"]
    assert [flow["sources"]["parts"][0]["part"] for flow in estate["flows"]] == [{"businessId": first, "name": "A"}] * 2
    assert [row["product"] for row in estate["deployments"]] == [
        {"businessId": first, "name": "A"}, {"businessId": second, "name": "A"},
    ] * 2  # fmt: skip
    assert len({row["businessId"] for row in estate["deployments"]}) == 4


def test_two_products_with_the_same_name_need_a_businessid_each() -> None:
    first, second = "b430b2e7-b707-4d73-8cc9-c2022a44929e", "df624908-0de8-4c2c-be4b-61d4baec34eb"
    profiles = [{"name": "P", "protocol": "SFTP"}]
    twins = [{"name": "A", "businessId": each, "profiles": profiles} for each in (first, second)]
    records = load({"products": twins})["products"]
    assert [record["businessId"] for record in records] == [first, second]
    assert len({record["communicationProfiles"][0]["businessId"] for record in records}) == 2
