# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Generated estates: the same bytes every time, the requested sizes, and enough variety to test with."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from typing import Any

import pytest
from cryptography import x509

from cg_sim.estates import load_estate
from cg_sim.estates.generate import EstateOptions, generate_estate, generate_topology

Record = dict[str, Any]
MIDDLE = EstateOptions(masters=60, backups=2, profiles=20, flows=400, seed=7, spares=5, transfer_cft=3)


def load(settings: EstateOptions) -> dict[str, list[Record]]:
    return load_estate(generate_estate(settings), "generated")


def compared_fields(profile: Record) -> tuple[Any, ...]:
    """The key that makes two profiles duplicates (documented, "Register SecureTransport")."""
    certificate = profile["ssl"].get("certificate", {}).get("content")
    kind = (profile["type"], profile["protocol"], profile["port"], profile["fips"])
    return (*kind, profile["ssl"]["enabled"], profile["clientAuthentication"], certificate)


def test_the_bytes_of_a_seed_never_change() -> None:
    """On every machine and Python version, so that results for the same options can be compared."""
    settings = EstateOptions(masters=5, backups=2, profiles=9, flows=30, seed=7, undeclared=0.2, unreachable=0.2)
    document = generate_estate(settings)
    assert document == generate_estate(settings)
    assert hashlib.sha256(document).hexdigest() == "6eeb594875735ed4f4d7b32f5fa06fb557e96ca5ae1016f0c7bc38ac9a1d4a5e"


def test_another_seed_is_another_estate_of_the_same_size() -> None:
    first, second = (load(EstateOptions(seed=seed)) for seed in (1, 2))
    assert first["flows"] != second["flows"]
    assert [len(first[kind]) for kind in ("products", "flows")] == [len(second[kind]) for kind in ("products", "flows")]


def test_numbers() -> None:
    estate = load(MIDDLE)
    masters = [product for product in estate["products"] if product["backupProducts"]]
    assert len(estate["products"]) == 60 * 3 + 5 + 3
    assert len(masters) == 60
    assert {len(master["backupProducts"]) for master in masters} == {2}
    assert {len(master["communicationProfiles"]) for master in masters} == {20}
    assert len(estate["flows"]) == 400
    assert Counter(product["type"] for product in estate["products"])["TransferCFT"] == 3


@pytest.mark.parametrize("share", [0.0, 0.3, 1.0])
def test_shares(share: float) -> None:
    settings = EstateOptions(
        masters=300, backups=1, profiles=3, flows=300, seed=3,
        undeclared=share, unsynchronized=share, unreachable=share, not_deployed=share,
    )  # fmt: skip
    estate = load(settings)
    listed = [backup for product in estate["products"] for backup in product["backupProducts"]]
    backups = [product for product in estate["products"] if product["name"].endswith("_DR1")]
    measured = {
        "undeclared": 1 - len(listed) / 300,
        "unreachable": sum(backup["status"] == "Unreachable" for backup in backups) / 300,
        "not_deployed": sum(flow["status"] != "Deployed" for flow in estate["flows"]) / 300,
    }
    if listed:
        measured["unsynchronized"] = sum(not backup["synchronized"] for backup in listed) / len(listed)
    for name, value in measured.items():
        assert value == pytest.approx(share, abs=0.1 if 0 < share < 1 else 0), name


def test_the_flag_agrees_with_the_profiles() -> None:
    products = {product["name"]: product for product in load(MIDDLE)["products"]}
    seen = set()
    for master in products.values():
        wanted = {profile["name"]: compared_fields(profile) for profile in master["communicationProfiles"]}
        for backup in master["backupProducts"]:
            profiles = products[backup["name"]]["communicationProfiles"]
            present = {profile["name"]: compared_fields(profile) for profile in profiles}
            assert (wanted == present) == backup["synchronized"]
            seen.add(backup["synchronized"])
    assert seen == {True, False}


def test_the_profiles_are_of_every_kind_and_their_certificates_are_real() -> None:
    profiles = [profile for product in load(MIDDLE)["products"] for profile in product["communicationProfiles"]]
    assert {profile["protocol"] for profile in profiles} == {"SFTP", "FTP", "HTTP", "PESIT", "AS2"}
    assert {profile["type"] for profile in profiles} == {"SERVER", "CLIENT"}
    certificates = {
        profile["ssl"]["certificate"]["content"]: profile["ssl"]["certificate"]["validTo"]
        for profile in profiles
        if "certificate" in profile["ssl"]
    }
    assert len(certificates) > 10
    for content, valid_to in certificates.items():
        end = x509.load_pem_x509_certificate(content.encode()).not_valid_after_utc
        assert end.strftime("%Y-%m-%dT%H:%M:%SZ") == valid_to


def test_flows_are_of_every_kind() -> None:
    estate = load(MIDDLE)
    masters = {product["businessId"] for product in estate["products"] if product["backupProducts"]}
    statuses = Counter(flow["status"] for flow in estate["flows"])
    assert set(statuses) == {"Deployed", "Saved, not deployed", "Saved", "Deployed in error"}
    used = [
        {
            part["part"]["businessId"]
            for stage in (flow["sources"], *flow["relays"], flow["targets"])
            for part in stage["parts"]
        }
        & masters
        for flow in estate["flows"]
    ]
    assert {len(each) for each in used} >= {1, 2}
    assert len({flow["idf"] for flow in estate["flows"]}) == len(estate["flows"])


def test_the_topology_names_every_backup() -> None:
    settings = EstateOptions(masters=40, backups=2, undeclared=0.5, seed=9)
    names = {product["name"] for product in load(settings)["products"]}
    topology = json.loads(generate_topology(settings))["topology"]
    assert len(topology) == 40
    assert all({entry["master"], *entry["backups"]} <= names and len(entry["backups"]) == 2 for entry in topology)


@pytest.mark.parametrize(
    "settings",
    [
        EstateOptions(masters=0, backups=0, profiles=0, flows=0, transfer_cft=0),
        EstateOptions(masters=0, flows=10),
        EstateOptions(masters=1, backups=0, profiles=0, flows=10, transfer_cft=0),
        EstateOptions(masters=1, backups=3, profiles=1, flows=10, unsynchronized=1.0),
        EstateOptions(masters=1, profiles=4000, unsynchronized=1.0),
    ],
)
def test_unusual_sizes(settings: EstateOptions) -> None:
    estate = load(settings)
    masters = {product["name"] for product in estate["products"]}
    assert len(masters) == settings.masters * (1 + settings.backups) + settings.transfer_cft
    assert len(estate["flows"]) == (settings.flows if settings.masters else 0)
    assert isinstance(json.loads(generate_topology(settings))["topology"], list)
