# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Importing what the collection's info modules return: what is kept, what is made up, what is said about it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cg_sim.estates import EstateError, load_estate
from cg_sim.estates.importing import Imported, import_estate

Record = dict[str, Any]

PARIS, LYON = "b430b2e7-b707-4d73-8cc9-c2022a44929e", "df624908-0de8-4c2c-be4b-61d4baec34eb"
FLOW = "69f73ca1-0a07-4c66-81df-83e80e05ed7f"


def profile(name: str, **more: Any) -> Record:
    return {
        "name": name, "type": "SERVER", "protocol": "HTTP", "port": 443, "tls": True,
        "client_authentication": "PASSWORD", "certificate_sha256": "aa" * 32, "fips": False, "hosts": ["h.example"],
        "network_zone": "DMZ", "edges": ["e1"], "view_only": False, "enabled": True,
        "certificate_valid_to": "2027-03-31T00:00:00Z", **more,
    }  # fmt: skip


def product(name: str, business_id: str = "", **more: Any) -> Record:
    return {
        "id": business_id, "name": name, "type": "SecureTransport", "version": "5.4", "status": "Started",
        "registered": True, "host": f"{name.lower()}.example", "os": "linux-x86-64", "backups": [], "profiles": [],
        **more,
    }  # fmt: skip


def flow(name: str, **more: Any) -> Record:
    return {
        "id": "", "name": name, "definition": "", "status": "Deployed", "details": "", "products": [],
        "deployments": [], "missing_deployments": [], "stale_deployments": [], "gate": {"open": True, "messages": []},
        **more,
    }  # fmt: skip


def imported(*results: Record) -> Imported:
    return import_estate([(f"export{number}.json", json.dumps(result)) for number, result in enumerate(results)])


def load(outcome: Imported) -> dict[str, list[Record]]:
    return load_estate(json.dumps(outcome.estate), "imported")


def named(records: list[Record]) -> dict[str, Record]:
    return {record["name"]: record for record in records}


PRODUCTS = {
    "changed": False,
    "products": [
        product(
            "ST_PARIS",
            PARIS,
            backups=[{"id": LYON, "name": "ST_LYON", "synchronized": True}],
            profiles=[profile("HTTPS"), profile("SFTP", protocol="SFTP", port=22, tls=False, certificate_sha256="")],
        ),
        product("ST_LYON", LYON, status="Unreachable", profiles=[profile("HTTPS", view_only=True, port=444)]),
        product("CFT", type="TransferCFT", os="zos"),
    ],
}
FLOWS = {
    "flows": [
        flow(
            "PAYMENTS",
            id=FLOW,
            products=[
                {"id": "", "name": "CFT", "kind": "PRODUCT", "role": "source"},
                {"id": PARIS, "name": "ST_PARIS", "kind": "PRODUCT", "role": "relay"},
                {"id": "", "name": "BANK", "kind": "PARTNER", "role": "target"},
            ],
            deployments=[
                {"product": "ST_PARIS", "role": "master", "status": "Deployed", "message": ""},
                {"product": "ST_LYON", "role": "backup", "status": "Deployed in error", "message": "disk full"},
            ],
        )
    ]
}


def test_products_with_their_backups_and_profiles() -> None:
    outcome = imported(PRODUCTS)
    products = named(load(outcome)["products"])
    assert outcome.warnings == []
    paris = products["ST_PARIS"]
    assert (paris["businessId"], paris["host"], paris["version"]) == (PARIS, "st_paris.example", "5.4")
    assert paris["backupProducts"] == [{"businessId": LYON, "name": "ST_LYON", "synchronized": True}]
    assert products["ST_LYON"]["status"] == "Unreachable"
    assert (products["CFT"]["type"], products["CFT"]["os"]) == ("TransferCFT", "zos")
    https, sftp = paris["communicationProfiles"]
    assert (https["port"], https["hosts"], https["networkZone"], https["edges"]) == (443, ["h.example"], "DMZ", ["e1"])
    assert https["ssl"]["enabled"] is True
    assert https["ssl"]["certificate"]["validTo"] == "2027-03-31T00:00:00Z"
    assert sftp["ssl"] == {"enabled": False}
    # Its own profiles, although its flag says synchronized: the export tells what is there.
    (lyon,) = products["ST_LYON"]["communicationProfiles"]
    assert (lyon["viewOnly"], lyon["port"]) == (True, 444)


def test_certificates_become_placeholders_that_differ_exactly_if_the_digests_do() -> None:
    digests = ["aa" * 32, "bb" * 32, "aa" * 32]
    profiles = [profile(f"P{number}", certificate_sha256=digest) for number, digest in enumerate(digests)]
    (record,) = load(imported({"products": [product("A", profiles=profiles)]}))["products"]
    first, second, third = (entry["ssl"]["certificate"]["content"] for entry in record["communicationProfiles"])
    assert first == third != second
    assert "aa" * 32 in first


def test_an_unknown_mode_of_client_authentication_does_not_become_a_known_one() -> None:
    profiles = [profile("A", client_authentication=""), profile("B", client_authentication="PASSWORD")]
    (record,) = load(imported({"products": [product("A", profiles=profiles)]}))["products"]
    first, second = (entry["clientAuthentication"] for entry in record["communicationProfiles"])
    assert first != second


def test_flows_with_their_deployments() -> None:
    outcome = imported(PRODUCTS, FLOWS)
    estate = load(outcome)
    (record,) = estate["flows"]
    assert outcome.warnings == []
    assert (record["businessId"], record["status"]) == (FLOW, "Deployed")
    assert [record["sources"]["type"], record["relays"][0]["type"], record["targets"]["type"]] == [
        "PRODUCT",
        "PRODUCT",
        "PARTNER",
    ]
    assert record["relays"][0]["parts"][0]["part"] == {"businessId": PARIS, "name": "ST_PARIS"}
    assert [(row["product"]["name"], row["status"], row["message"]) for row in estate["deployments"]] == [
        ("ST_PARIS", "Deployed", ""),
        ("ST_LYON", "Deployed in error", "disk full"),
    ]


def test_a_deployed_flow_without_deployments_stays_without() -> None:
    """The loader would deploy it where it belongs; the export says that it is nowhere."""
    lost = flow("F", products=[{"id": PARIS, "name": "ST_PARIS", "kind": "PRODUCT", "role": "source"}])
    assert load(imported(PRODUCTS, {"flows": [lost]}))["deployments"] == []


def test_one_file_with_several_results() -> None:
    together = imported({"p": PRODUCTS, "f": FLOWS, "when": "yesterday"})
    assert together.estate == imported(PRODUCTS, FLOWS).estate


def test_yaml_is_read_too() -> None:
    text = "products:\n- {name: A, version: 5.10, status: Started, backups: [], profiles: []}\n"
    outcome = import_estate([("export.yml", text)])
    assert outcome.estate["products"] == [{"name": "A", "version": "5.10", "status": "Started", "profiles": []}]


def test_backups_are_taken_from_st_backup_info_where_the_products_do_not_tell() -> None:
    silent = {"products": [{key: value for key, value in product(n).items() if key != "backups"} for n in "ABC"]}
    rows = [
        {"master": "A", "backup": "B", "synchronized": True},
        {"master": "A", "backup": "C", "synchronized": None},
    ]
    topology = [{"master": "A", "backups": ["B", "C"]}]
    wanted = {"B": True, "C": False}
    backups = named(load(imported(silent, {"topology": topology, "backups": rows}))["products"])["A"]["backupProducts"]
    assert {backup["name"]: backup["synchronized"] for backup in backups} == wanted
    backups = named(load(imported(silent, {"topology": topology}))["products"])["A"]["backupProducts"]
    assert {backup["name"]: backup["synchronized"] for backup in backups} == {"B": False, "C": False}


def test_what_is_missing_is_left_out_and_said() -> None:
    outcome = imported(
        {"products": [{"name": "A", "backups": [{"id": "", "name": "GONE", "synchronized": True}]}]},
        {
            "flows": [
                flow(
                    "F",
                    status="Removing",
                    products=[
                        {"id": "", "name": "UNMANAGED", "kind": "PRODUCT", "role": "source"},
                        {"id": "", "name": "A", "kind": "PRODUCT", "role": "source"},
                        {"id": "", "name": "UNMANAGED", "kind": "PRODUCT", "role": "target"},
                    ],
                    deployments=[{"product": "GONE", "status": "Deployed"}],
                )
            ]
        },
    )
    estate = load(outcome)
    assert estate["products"][0]["backupProducts"] == []
    assert estate["flows"][0]["status"] == "Removing"
    assert estate["flows"][0]["sources"]["parts"][0]["part"]["name"] == "A"
    assert estate["flows"][0]["targets"]["type"] == "PARTNER"
    assert estate["deployments"] == []
    assert len(outcome.warnings) == 6
    assert any("its backup GONE" in warning for warning in outcome.warnings)


@pytest.mark.parametrize(
    ("result", "says"),
    [
        ({"topology": []}, "no products"),
        ({"msg": "hello"}, "no result of st_product_info"),
        ([], "no result of st_product_info"),
        ({"products": [{"nme": "A"}]}, "product number 1: name is missing"),
        (
            {"products": [{"name": "A", "profiles": [{"name": "P", "port": "x"}]}]},
            "port must be a whole number or null",
        ),
        ({"products": "all of them"}, "products must be a list or null"),
        (
            {"products": [{"name": "A"}], "flows": [{"name": "F", "products": [{"role": "boss"}]}]},
            "role must be one of",
        ),
    ],
)
def test_files_that_are_something_else(result: Any, says: str) -> None:
    with pytest.raises(EstateError, match=r"export0\.json") as caught:
        imported(result)
    assert says in str(caught.value)
