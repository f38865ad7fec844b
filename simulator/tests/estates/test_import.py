# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Importing what the collection's info modules return: what is kept, what is replaced, which warnings are given."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cg_sim.estates import EstateError, load_estate
from cg_sim.estates.importing import Converted, import_estate

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


def imported(*results: Record) -> Converted:
    return import_estate([(f"export{number}.json", json.dumps(result)) for number, result in enumerate(results)])


def load(outcome: Converted) -> dict[str, list[Record]]:
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
    # Its own profiles, although its flag says synchronized: the import uses the profiles of the export.
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
    """The loader would add the default deployments; the export says that there are none."""
    lost = flow("F", products=[{"id": PARIS, "name": "ST_PARIS", "kind": "PRODUCT", "role": "source"}])
    assert load(imported(PRODUCTS, {"flows": [lost]}))["deployments"] == []


def test_one_file_with_several_results() -> None:
    together = imported({"p": PRODUCTS, "f": FLOWS, "when": "yesterday"})
    assert together.estate == imported(PRODUCTS, FLOWS).estate


def test_yaml_is_read_too() -> None:
    text = "products:\n- {name: A, version: 5.10, status: Started, backups: [], profiles: []}\n"
    outcome = import_estate([("export.yml", text)])
    product = {"name": "A", "version": "5.10", "status": "Started", "backups": [], "profiles": []}
    assert outcome.estate["products"] == [product]


def test_backups_and_profiles_that_the_export_does_not_have_are_reported() -> None:
    outcome = imported({"products": [product("A", backups=None, profiles=None)]})
    assert outcome.estate["products"][0]["backups"] == []
    assert outcome.warnings == [
        "product A: its backups are not in the export; left out",
        "product A: its profiles are not in the export; left out",
    ]


def test_missing_products_are_left_out_with_a_warning() -> None:
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
    unmanaged = "flow F: no product of the export, or more than one, is called UNMANAGED"
    assert outcome.warnings == [
        "product A: its profiles are not in the export; left out",
        f"{unmanaged}; left out",
        f"{unmanaged}; it becomes a partner, on which nothing is deployed",
        "product A, backup GONE: no product of this estate has this name; left out",
        "flow F, deployment GONE: no product of this estate has this name; left out",
    ]


@pytest.mark.parametrize(
    ("result", "says"),
    [
        ({"flows": []}, "no products"),
        ({"products": [product("A", profiles=[profile("P", port=[])])]}, "port must be"),
        ({"topology": []}, "no result of st_product_info"),
        ({"msg": "hello"}, "no result of st_product_info"),
        ([], "no result of st_product_info"),
        ({"products": [{"nme": "A"}]}, "product number 1: name is missing"),
        ({"products": [{"name": 5}]}, "name must be text"),
        ({"products": [product("X", profiles="none")]}, "profiles must be a list"),
        (
            {"products": [product("X")], "flows": [flow("F", products=[{"role": "owner"}])]},
            'unknown role "owner"; known: source; relay; target',
        ),
        ({"products": "all of them"}, "products must be a list or null"),
        ({"products": [{"name": "A", "backups": ["B"]}, {"name": "B"}]}, "already an estate document"),
        ({"products": [{"name": "A"}], "certificates": {}}, "already an estate document"),
        ({"products": [{"name": "A"}], "flows": [{"name": "F", "sources": []}]}, "already an estate document"),
        ({"products": [{"name": "A", "profiles": [{"name": "P", "protocol": "FTP", "ssl": {}}]}]}, "estate document"),
    ],
)
def test_files_that_are_something_else(result: Any, says: str) -> None:
    with pytest.raises(EstateError, match=r"export0\.json") as caught:
        imported(result)
    assert says in str(caught.value)


# ----------------------------------------------------------------------- a single invalid value does not refuse all


def only_profile(**fields: Any) -> tuple[Record, list[str]]:
    outcome = imported({"products": [product("A", PARIS, profiles=[profile("P", **fields)])]})
    ((found,),) = [record["communicationProfiles"] for record in load(outcome)["products"]]
    return found, outcome.warnings


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("1798761600000", "2027-01-01T00:00:00Z"),
        ("2027-03-31", "2027-03-31T00:00:00Z"),
        ("2027-03-31T12:00:00.000+02:00", "2027-03-31T10:00:00Z"),
        ("", None),
    ],
)
def test_times_in_all_forms_that_the_api_has(given: str, stored: str | None) -> None:
    found, warnings = only_profile(certificate_valid_to=given)
    assert (found["ssl"]["certificate"]["validTo"], warnings) == (stored, [])


@pytest.mark.parametrize(
    "given", ["next week", "2027-02-30", "1" + "0" * 18, "-1", "9" * 5000, "0001-01-01T00:00+14:00"]
)
def test_an_invalid_time_is_left_out_with_a_warning(given: str) -> None:
    found, (warning,) = only_profile(certificate_valid_to=given)
    assert found["ssl"]["certificate"]["validTo"] is None
    assert "product A, profile P: " in warning
    assert "certificate_valid_to" in warning
    assert "left out" in warning
    assert len(warning) < 200


@pytest.mark.parametrize(("given", "stored"), [(22, 22), (None, None)])
def test_ports(given: int | None, stored: int | None) -> None:
    found, warnings = only_profile(port=given)
    assert (found["port"], warnings) == (stored, [])


@pytest.mark.parametrize("given", [0, -1, 65536, "x", 99999999999999999999999])
def test_an_invalid_port_is_left_out_with_a_warning(given: Any) -> None:
    found, warnings = only_profile(port=given)
    assert found["port"] is None
    assert any("product A, profile P: " in warning and "port" in warning for warning in warnings), warnings


def test_an_id_that_is_not_a_uuid_is_replaced_also_in_references() -> None:
    outcome = imported(
        {"products": [product("A", "st-1", backups=[{"id": "st-2", "name": "B"}]), product("B", "st-2")]},
        {"flows": [flow("F", id="f-1", products=[{"id": "st-2", "name": "B", "kind": "PRODUCT", "role": "source"}])]},
    )
    estate = load(outcome)
    ids = {record["name"]: record["businessId"] for record in estate["products"]}
    assert [entry["businessId"] for entry in named(estate["products"])["A"]["backupProducts"]] == [ids["B"]]
    assert estate["flows"][0]["sources"]["parts"][0]["part"]["businessId"] == ids["B"]
    assert len(outcome.warnings) == 3
    assert 'product A: businessId must be a UUID, not "st-1"; left out' in outcome.warnings


def test_a_value_that_becomes_invalid_when_another_is_left_out_is_left_out_too() -> None:
    """Two products have the same name, and only one of them has an id that an estate document can hold."""
    twins = [product("A", PARIS, profiles=[profile("P")]), product("A", "st-2")]
    outcome = imported({"products": [*twins, product("B", LYON, backups=[{"id": "st-2", "name": "A"}])]})
    assert [(each["name"], each["backupProducts"]) for each in load(outcome)["products"]] == [("A", []), ("B", [])]
    assert outcome.warnings == [
        'product A: businessId must be a UUID, not "st-2"; left out',
        "product A: two products have this name: A; left out",
        "product B, backup st-2: no product of this estate has this name; left out",
    ]


def test_a_deployment_names_its_product_by_id_where_the_name_is_not_enough() -> None:
    rows = [{"product": "A", "product_id": LYON, "role": "master", "status": "Deployed", "message": ""}]
    outcome = imported({"products": [product("A", PARIS), product("A", LYON)], "flows": [flow("F", deployments=rows)]})
    assert [row["product"]["businessId"] for row in load(outcome)["deployments"]] == [LYON]
    assert outcome.warnings == []


def test_two_deployments_on_one_product_become_one() -> None:
    rows = [{"product": "ST_PARIS", "status": "Deployed"}, {"product": "ST_PARIS", "status": "Deployed in error"}]
    outcome = imported(PRODUCTS, {"flows": [flow("F", deployments=rows)]})
    assert [row["status"] for row in load(outcome)["deployments"]] == ["Deployed"]
    (warning,) = outcome.warnings
    assert ("flow F, deployment ST_PARIS: " in warning, "left out" in warning) == (True, True)


@pytest.mark.parametrize(
    ("odd", "says"),
    [
        ({"products": [product(" ")]}, "name must not be blank"),
        ({"products": [product("X", host=" ")]}, "host must not be blank"),
        ({"products": [product("X", profiles=[profile("P"), profile("P", port=1)])]}, "two profiles"),
        ({"products": [product("X", backups=[{"name": "X", "synchronized": True}])]}, "its own backup"),
        ({"products": [product("X", type="Other", backups=[{"name": "ST_LYON"}])]}, "only a SecureTransport"),
        ({"flows": [flow("")]}, "name must not be empty"),
    ],
)
def test_an_invalid_value_is_left_out_with_a_warning_that_names_its_place(odd: Record, says: str) -> None:
    outcome = imported(PRODUCTS, odd)
    assert {"ST_PARIS", "ST_LYON", "CFT"} <= set(named(load(outcome)["products"]))
    found = [warning for warning in outcome.warnings if says in warning]
    assert found, outcome.warnings
    assert all("left out" in warning for warning in found)


def test_an_error_names_the_users_own_file_and_line() -> None:
    text = '{"products": [\n{"name": "A", "profiles": []},\n{"name": "B", "profiles": [], "host": 7}\n]}'
    with pytest.raises(EstateError, match=r"mine\.json:3: product B: host must be text"):
        import_estate([("mine.json", text)])


# ------------------------------------------------------------------------------------------------- the same name twice


def test_products_with_the_same_name_are_kept_and_references_find_the_right_one() -> None:
    third = "0b19cb1b-6e2b-4a7e-a1c2-7d0f3b8f5a11"
    outcome = imported(
        {
            "products": [
                product("A", PARIS, backups=[{"id": LYON, "name": "A", "synchronized": True}]),
                product("A", LYON, host="second.example"),
                product("B", third, backups=[{"id": "", "name": "A"}]),
            ]
        },
        {
            "flows": [
                flow("F", products=[{"id": PARIS, "name": "A", "kind": "PRODUCT", "role": "source"}],
                     deployments=[{"product": PARIS}, {"product": "A"}])
            ]
        },
    )  # fmt: skip
    estate = load(outcome)
    first, second, other = estate["products"]
    assert [(record["name"], record["businessId"]) for record in estate["products"]] == [
        ("A", PARIS), ("A", LYON), ("B", third),
    ]  # fmt: skip
    assert first["backupProducts"] == [{"businessId": LYON, "name": "A", "synchronized": True}]
    assert (second["host"], other["backupProducts"]) == ("second.example", [])
    assert estate["flows"][0]["sources"]["parts"][0]["part"] == {"businessId": PARIS, "name": "A"}
    assert [row["product"] for row in estate["deployments"]] == [{"businessId": PARIS, "name": "A"}]
    assert len([warning for warning in outcome.warnings if "several products of this estate have" in warning]) == 2


def test_flows_with_the_same_name_are_kept() -> None:
    parts = [{"id": PARIS, "name": "ST_PARIS", "kind": "PRODUCT", "role": "source"}]
    rows = [{"product": "ST_PARIS"}]
    twins = [flow("F", id=each, products=parts, deployments=rows) for each in (FLOW, LYON.replace("d", "e"), "")]
    estate = load(imported(PRODUCTS, {"flows": twins}))
    assert [record["name"] for record in estate["flows"]] == ["F"] * 3
    assert len({record["businessId"] for record in estate["flows"]}) == 3
    assert len({row["businessId"] for row in estate["deployments"]}) == 3


def test_the_same_product_in_two_files_is_one_and_the_last_counts() -> None:
    assert imported(PRODUCTS, PRODUCTS).estate == imported(PRODUCTS).estate
    outcome = imported({"products": [product("A", PARIS)]}, {"products": [product("A", PARIS, host="later.example")]})
    assert [record["host"] for record in load(outcome)["products"]] == ["later.example"]
    (warning,) = outcome.warnings
    assert "product A is in the export twice" in warning


def test_an_id_of_two_records() -> None:
    outcome = imported({"products": [product("A", PARIS), product("B", PARIS)], "flows": [flow("F", id=PARIS)]})
    estate = load(outcome)
    assert len({record["businessId"] for record in estate["products"] + estate["flows"]}) == 3
    assert len(outcome.warnings) == 2


def test_keys_that_are_not_imported_are_reported_once() -> None:
    products = [product(name, tags=["x"], contact={"mail": "a@b.example"}) for name in "AB"]
    (warning,) = imported({"products": products}).warnings
    assert warning == "products: contact, tags are not imported"
