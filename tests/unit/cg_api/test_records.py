# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading what Central Governance answers, in every spelling."""

from __future__ import annotations

import pytest

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.records import (
    as_list,
    read_backups,
    read_deployment,
    read_flag,
    read_flow,
    read_product,
    read_profile,
    read_status,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.model import Backup, FlowPart
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
        ("Polishing", "Polishing"),
        (None, ""),
        ({}, ""),
    ],
)
def test_statuses_in_every_spelling(spelling, label):
    assert read_status(spelling) == label


@pytest.mark.parametrize(
    ("flag", "meaning"), [(True, True), (False, False), ("true", True), ("False", False), (None, None), ("", None)]
)
def test_a_flag_that_is_not_said_is_neither_true_nor_false(flag, meaning):
    assert read_flag(flag) is meaning


@pytest.mark.parametrize(
    "answer",
    [
        [{"name": "A"}],
        {"name": "A"},
        {"items": [{"name": "A"}], "total": 1},
        {"content": [{"name": "A"}]},
        [{"name": "A"}, None, "noise"],
    ],
)
def test_arrays_objects_and_pages_are_lists(answer):
    assert as_list(answer) == [{"name": "A"}]


@pytest.mark.parametrize("nothing", [None, [], {}, "text", 7])
def test_nothing_is_an_empty_list(nothing):
    assert as_list(nothing) == []


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


def test_a_profile_is_read_whole():
    profile = read_profile(PROFILE)
    assert (profile.name, profile.type, profile.protocol, profile.port) == ("SSH", "SERVER", "SFTP", 22)
    assert (profile.tls, profile.fips, profile.view_only, profile.enabled) == (True, True, True, True)
    assert (profile.client_authentication, profile.certificate_valid_to) == ("PUBLIC_KEY", "2030-01-01")
    assert (profile.hosts, profile.edges, profile.network_zone) == (("h1", "h2"), ("edge1", "edge2"), "DMZ")


@pytest.mark.parametrize("place", ["properties", "commonProperties"])
def test_properties_in_the_old_or_the_new_place_make_no_difference(place):
    moved = {"name": "SSH", "type": "SERVER", place: {k: v for k, v in PROFILE.items() if k not in ("name", "type")}}
    assert read_profile(moved) == read_profile(PROFILE)


def test_spellings_of_port_and_tls_make_no_difference():
    other = {**PROFILE, "port": "22", "fips": "true"}
    assert read_profile(other) == read_profile(PROFILE)
    assert read_profile({"name": "x", "ssl": True}).tls
    assert not read_profile({"name": "x"}).tls


@pytest.mark.parametrize("port", ["²", "22x", "-1", [22], True, "9" * 5000, 0, "", None])
def test_what_is_no_port_is_none(port):
    assert read_profile({"name": "x", "port": port}).port is None


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


def test_line_ends_make_no_other_certificate():
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


def test_a_flow_without_anything_is_read():
    assert read_flow({"name": "F"}).parts == ()


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


def test_references_by_name_only_are_known_by_their_name():
    assert read_backups([{"name": "B"}, {"name": "B"}]) == (Backup("B", "B", None),)
