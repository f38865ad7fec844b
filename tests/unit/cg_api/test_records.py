# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what Central Governance answers, in every spelling."""

from __future__ import annotations

import pytest

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.answers import UnusableAnswer
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.errors import CGError
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.records import (
    read_backups,
    read_deployment,
    read_flow,
    read_product,
    read_profile,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.values import (
    objects_at,
    read_flag,
    read_status,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.model import (
    Backup,
    ComparedProfile,
    FlowPart,
    ProfileDetail,
    is_known,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.profiles import compare_profiles

# The vendor's documented answer to GET /products?name=ST_product_name.
DOCUMENTED = {
    "businessId": "b430b2e7-b707-4d73-8cc9-c2022a44929e",
    "name": "ST_product_name",
    "host": "CG_host",
    "os": "linux-x86-64",
    "version": "5.4",
    "status": "Started",
    "type": "SecureTransport",
    "contact": {},
    "communicationProfiles": [],
    "backupProducts": [
        {
            "businessId": "df624908-0de8-4c2c-be4b-61d4baec34eb",
            "meta": {"href": "https://CG_host:6900/Axway/products/df624908-0de8-4c2c-be4b-61d4baec34eb"},
            "name": "ST_backup_product_name",
            "synchronized": False,
        }
    ],
}


def test_the_documented_answer_is_read():
    product = read_product(DOCUMENTED)
    assert (product.name, product.version, product.status, product.type) == (
        "ST_product_name",
        "5.4",
        "Started",
        "SecureTransport",
    )
    assert product.is_securetransport
    assert product.is_registered
    assert product.backups == (Backup("df624908-0de8-4c2c-be4b-61d4baec34eb", "ST_backup_product_name", False),)


@pytest.mark.parametrize(
    ("spelling", "label"),
    [
        ("Saved, not deployed", "Saved, not deployed"),
        ("Saved, Not Deployed", "Saved, not deployed"),
        ("SAVED_NOT_DEPLOYED", "Saved, not deployed"),
        ({"code": "SAVED_NOT_DEPLOYED", "timestamp": 1}, "Saved, not deployed"),
        ("UNDEPLOYED", "Saved, not deployed"),
        ({"code": "DEPLOYED"}, "Deployed"),
        ("DEPLOYED_IN_ERROR", "Deployed in error"),
        ("SAVED", "Saved"),
        ("REGISTERED_IN_ERROR", "Registered in error"),
        ("ready to register", "Ready to register"),
        ({"label": "In progress"}, "In progress"),
        ("Archiving", "Archiving"),
        (None, ""),
        ({}, ""),
    ],
)
def test_statuses_in_every_spelling(spelling, label):
    assert read_status(spelling) == label


@pytest.mark.parametrize(
    ("flag", "meaning"), [(True, True), (False, False), ("true", True), ("False", False), (None, None), ("", None)]
)
def test_a_missing_flag_is_neither_true_nor_false(flag, meaning):
    assert read_flag(flag) is meaning


@pytest.mark.parametrize(
    "answer",
    [
        [{"name": "A"}],
        {"name": "A"},
        {"items": [{"name": "A"}], "total": 1},
        {"content": [{"name": "A"}]},
    ],
)
def test_arrays_objects_and_pages_are_lists(answer):
    assert objects_at(answer, "things") == [{"name": "A"}]


@pytest.mark.parametrize("nothing", [None, [], {}])
def test_nothing_is_an_empty_list(nothing):
    assert objects_at(nothing, "things") == []


@pytest.mark.parametrize("answer", ["text", 7, False, [{"name": "A"}, None], ["A"], [[]], [{}], {"items": ["A"]}])
def test_an_answer_that_is_not_a_list_of_objects_is_an_error(answer):
    with pytest.raises(UnusableAnswer, match="things (that are|among which is)"):
        objects_at(answer, "things")


PROFILE = {
    "name": "SSH",
    "type": "SERVER",
    "protocol": "sftp",
    "port": 22,
    "clientAuthentication": "PUBLIC_KEY",
    "hosts": ["h1", "h2"],
    "ssl": {"enabled": True, "certificate": {"alias": "a", "content": "PEM", "validTo": "2030-01-01"}},
    "fips": True,
    "networkZone": "DMZ",
    "edges": [{"name": "edge1"}, "edge2"],
    "viewOnly": True,
}


def test_a_profile_is_read_completely():
    profile = read_profile(PROFILE)
    assert (profile.name, profile.type, profile.protocol, profile.port) == ("SSH", "SERVER", "SFTP", 22)
    assert (profile.tls, profile.fips, profile.view_only, profile.enabled) == (True, True, True, True)
    assert (profile.client_authentication, profile.certificate_valid_to) == ("PUBLIC_KEY", "2030-01-01")
    assert (profile.hosts, profile.edges, profile.network_zone) == (("h1", "h2"), ("edge1", "edge2"), "DMZ")


def test_what_is_not_compared_cannot_be_used_where_it_was_not_read():
    whole, compared = read_profile(PROFILE), read_profile(PROFILE, ProfileDetail.COMPARED)
    assert all(getattr(compared, name) == getattr(whole, name) for name in ComparedProfile._fields)
    assert not compare_profiles([whole], [compared])
    with pytest.raises(AttributeError, match="hosts"):
        _hosts = compared.hosts


@pytest.mark.parametrize("place", ["properties", "commonProperties"])
def test_properties_in_the_old_or_the_new_place_make_no_difference(place):
    moved = {"name": "SSH", "type": "SERVER", place: {k: v for k, v in PROFILE.items() if k not in ("name", "type")}}
    assert read_profile(moved) == read_profile(PROFILE)


def test_spellings_of_port_and_tls_make_no_difference():
    other = {**PROFILE, "port": "22", "fips": "true"}
    assert read_profile(other) == read_profile(PROFILE)
    assert read_profile({"name": "x", "ssl": True}).tls
    assert not read_profile({"name": "x"}).tls


@pytest.mark.parametrize("port", [0, "", None, "00000"])
def test_without_a_port_there_is_none(port):
    assert read_profile({"name": "x", "port": port}).port is None


@pytest.mark.parametrize("port", ["²", "22x", "-1", [22], True, "9" * 5000, "5000-5010"])
def test_an_invalid_port_number_is_still_compared(port):
    one, other = read_profile({"name": "x", "port": port}), read_profile({"name": "x", "port": 22})
    assert compare_profiles([one], [other])
    assert not compare_profiles([one], [one])


@pytest.mark.parametrize("place", [{"fips": "perhaps"}, {"ssl": {"enabled": "perhaps"}}, {"ssl": ["x"]}, {"fips": {}}])
def test_a_switch_that_is_not_understood_is_an_error(place):
    with pytest.raises(UnusableAnswer, match=r"a communication profile \(x\) with a .* neither true nor false"):
        read_profile({"name": "x", **place})


@pytest.mark.parametrize("profiles", [["SSH"], [None], "SSH", 7, [{}], [{"port": 22}]])
def test_profiles_that_are_not_understood_are_not_absent(profiles):
    with pytest.raises(UnusableAnswer, match="communicationProfiles"):
        read_product({**DOCUMENTED, "communicationProfiles": profiles})


@pytest.mark.parametrize(
    ("answer", "names"),
    [
        (5, ("5",)),
        ("h", ("h",)),
        (True, ()),
        (None, ()),
        ([None, "h", 3], ("h", "3")),
        ({"name": "h"}, ("h",)),
        ({}, ()),
    ],
)
def test_hosts_and_edges_in_any_shape(answer, names):
    profile = read_profile({"name": "x", "hosts": answer, "edges": answer})
    assert (profile.hosts, profile.edges) == (names, names)


@pytest.mark.parametrize("certificate", [["x"], {"content": ["x", "y"]}, {"content": {"pem": "x"}}, {"content": 5}])
def test_a_certificate_in_any_shape_is_equal_to_itself_only(certificate):
    def with_certificate(shape):
        return read_profile({"name": "x", "ssl": {"enabled": True, "certificate": shape}})

    assert not compare_profiles([with_certificate(certificate)], [with_certificate(certificate)])
    assert compare_profiles([with_certificate(certificate)], [with_certificate({"content": "other"})])


def test_line_ends_do_not_make_another_certificate():
    def with_content(content):
        return read_profile({"name": "x", "ssl": {"enabled": True, "certificate": {"content": content}}})

    lines = with_content("-----BEGIN\nabc\n-----END\n")
    assert not compare_profiles([lines], [with_content("-----BEGIN\r\nabc\r\n-----END")])
    assert not compare_profiles([lines], [with_content("-----BEGIN\\nabc\\n-----END")])
    assert compare_profiles([lines], [with_content("-----BEGIN\nabd\n-----END\n")])


def test_a_flow_is_read_with_its_ends_and_relays():
    flow = read_flow(
        {
            "businessId": "f",
            "name": "F",
            "status": {"code": "DEPLOYED"},
            "sources": {
                "type": "GROUP",
                "parts": [{"part": {"businessId": "69f73ca1-0a07-4c66-81df-83e80e05ed7f", "name": "g1"}}],
            },
            "relays": [{"type": "PRODUCT", "parts": [{"part": {"businessId": "r", "name": "R"}}]}],
            "targets": {"type": "PARTNER", "parts": [{"name": "P"}]},
        }
    )
    assert flow.status == "Deployed"
    assert flow.parts == (
        FlowPart("69f73ca1-0a07-4c66-81df-83e80e05ed7f", "g1", "source", "GROUP"),
        FlowPart("r", "R", "relay", "PRODUCT"),
        FlowPart("", "P", "target", "PARTNER"),
    )


FLOW = {"businessId": "f", "name": "F", "status": "Deployed"}
PART = {"part": {"businessId": "p", "name": "P"}}


@pytest.mark.parametrize(
    "part",
    [{"product": {"businessId": "p", "name": "P"}}, {"part": "P"}, "P", None, 7, {}, {"part": {}}, {"name": ["P"]}],
)
@pytest.mark.parametrize("key", ["sources", "relays", "targets"])
def test_a_flow_whose_parts_are_not_understood_does_not_count_as_using_nothing(key, part):
    flow = {**FLOW, "sources": {"parts": [PART]}, "targets": {"parts": [PART]}, key: {"parts": [PART, part]}}
    with pytest.raises(UnusableAnswer, match=rf"a flow \(F\) with {key}|a name that is"):
        read_flow(flow)


@pytest.mark.parametrize(
    "stages", [["P"], "P", 7, {"type": "PRODUCT"}, [None], {"parts": "P"}, {"product": {"name": "P"}}]
)
def test_a_flow_whose_stages_are_not_understood_does_not_count_as_using_nothing(stages):
    with pytest.raises(UnusableAnswer, match=r"a flow \(F\) with sources"):
        read_flow({**FLOW, "sources": stages, "targets": {}})


# A key that is missing is not an empty list


@pytest.mark.parametrize("given", [{}, {"sources": {}}, {"targets": {}}, {"relays": []}])
def test_a_listed_flow_without_its_ends_has_unknown_parts(given):
    flow = read_flow({**FLOW, **given})
    assert not is_known(flow.parts)
    with pytest.raises(CGError, match="does not say which products the flow F uses"):
        list(flow.parts)


def test_a_flow_that_can_be_deployed_has_a_source_and_a_target():
    assert read_flow({**FLOW, "sources": {"parts": [PART]}, "targets": {}}, is_whole=True).parts
    for given in ({}, {"sources": {"parts": [PART]}}, {"targets": {"parts": [PART]}}, {"relays": []}):
        assert not is_known(read_flow({**FLOW, **given}, is_whole=True).parts)
    # Documented: an incomplete flow is deployed nowhere.
    assert read_flow({**FLOW, "status": "Saved"}, is_whole=True).parts == ()


@pytest.mark.parametrize(("key", "field"), [("communicationProfiles", "profiles"), ("backupProducts", "backups")])
def test_a_key_missing_from_a_listed_product_is_unknown(key, field):
    for answer in ({k: v for k, v in DOCUMENTED.items() if k != key}, {**DOCUMENTED, key: None}):
        value = getattr(read_product(answer), field)
        assert not is_known(value)
        for use in (list, len, bool, lambda value: "x" in value, lambda value: [*value], lambda value: value[0]):
            with pytest.raises(CGError, match="Central Governance does not say which .* ST_product_name has"):
                use(value)
    assert getattr(read_product({**DOCUMENTED, key: None}, is_whole=True), field) == ()
    assert getattr(read_product({**DOCUMENTED, key: []}), field) == ()


def test_only_a_securetransport_has_backups():
    assert read_product({"name": "CFT", "type": "TransferCFT"}).backups == ()
    assert not is_known(read_product({"name": "X"}).backups)


@pytest.mark.parametrize("spelled", ["B430B2E7-B707-4D73-8CC9-C2022A44929E", "b430b2e7-B707-4d73-8cc9-c2022a44929e"])
def test_the_case_of_business_ids_makes_no_difference(spelled):
    assert read_product({**DOCUMENTED, "businessId": spelled}) == read_product(DOCUMENTED)
    assert read_backups([{"businessId": spelled}])[0].id == DOCUMENTED["businessId"]
    row = {"flow": {"businessId": spelled}, "product": {"businessId": spelled}, "status": "Deployed"}
    assert (
        read_deployment(row).product_id == read_deployment({**row, "flow": spelled}).flow_id == DOCUMENTED["businessId"]
    )


@pytest.mark.parametrize("row", [{"flow": "f"}, {"product": "p"}, {"flow": {}, "product": {"name": "P"}}])
def test_a_deployment_without_a_flow_or_a_product_is_an_error(row):
    with pytest.raises(UnusableAnswer, match="a deployment without a"):
        read_deployment({"businessId": "d", "status": "Deployed", **row})


def test_a_flows_own_deployments_need_not_repeat_the_flow():
    assert read_deployment({"product": "p"}, flow_id="f").flow_id == "f"


def test_deployments_are_read():
    row = read_deployment(
        {
            "businessId": "d",
            "flow": {"businessId": "f", "name": "F"},
            "product": {"businessId": "p", "name": "P"},
            "status": "DEPLOYED_IN_ERROR",
            "message": "disk full",
            "timestamp": 17,
        }
    )
    assert (row.flow_id, row.product_id, row.product_name, row.status) == ("f", "p", "P", "Deployed in error")
    assert (row.message, row.id, row.timestamp) == ("disk full", "d", "17")


def test_two_backups_with_the_same_business_id_are_an_error():
    with pytest.raises(UnusableAnswer, match="B and C have the same businessId"):
        read_backups([{"businessId": "b", "name": "B"}, {"businessId": "b", "name": "C"}])


@pytest.mark.parametrize("flags", [(True, False), (False, True), (True, None), (None, True)])
def test_a_backup_that_is_listed_twice_is_synchronized_only_if_both_entries_are(flags):
    twice = [{"businessId": "b", "name": "B", "synchronized": flag} for flag in flags]
    assert read_backups(twice)[0].synchronized is not True
    assert read_backups([{**entry, "synchronized": True} for entry in twice])[0].synchronized is True


def test_references_without_business_id_are_identified_by_their_name():
    assert read_backups([{"name": "B"}, {"name": "B"}]) == (Backup("B", "B", None),)
