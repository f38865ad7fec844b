# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The example estate is as its README, the demo and the guides describe it."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from cryptography import x509

from cg_sim.estates import load_estate

FOLDER = Path(__file__).parents[3] / "playbooks" / "examples" / "two_regions"

Record = dict[str, Any]


@pytest.fixture(scope="module")
def estate() -> dict[str, list[Record]]:
    path = FOLDER / "estate.yml"
    return load_estate(path.read_bytes(), str(path))


def topology(name: str) -> dict[str, list[str]]:
    declared = yaml.safe_load((FOLDER / f"{name}.yml").read_text(encoding="utf-8"))["topology"]
    return {entry["master"]: entry["backups"] for entry in declared}


def named(records: list[Record]) -> dict[str, Record]:
    return {record["name"]: record for record in records}


def backups_of(product: Record) -> list[str]:
    return [backup["name"] for backup in product["backupProducts"]]


def products_in(flow: Record) -> list[str]:
    stages = [flow["sources"], *flow["relays"], flow["targets"]]
    return [part["part"]["name"] for stage in stages if stage["type"] == "PRODUCT" for part in stage["parts"]]


def test_the_content_of_the_example(estate: dict[str, list[Record]]) -> None:
    assert (len(estate["products"]), len(estate["flows"])) == (16, 22)
    assert set(Counter(flow["status"] for flow in estate["flows"])) == {
        "Saved",
        "Saved, not deployed",
        "Deployed",
        "Deployed in error",
    }
    profiles = [profile for product in estate["products"] for profile in product["communicationProfiles"]]
    assert {profile["protocol"] for profile in profiles} == {"SFTP", "FTP", "HTTP", "PESIT", "AS2"}
    assert {profile["type"] for profile in profiles} == {"SERVER", "CLIENT"}
    kinds = {stage["type"] for flow in estate["flows"] for stage in (flow["sources"], flow["targets"])}
    assert kinds == {"PRODUCT", "APPLICATION", "GROUP", "PARTNER"}
    identifiers = Counter(flow["idf"] for flow in estate["flows"])
    assert [idf for idf, count in identifiers.items() if count > 1] == ["REGARCH"]


def test_certificates_are_real_and_have_the_stated_expiry(estate: dict[str, list[Record]]) -> None:
    checked = set()
    for product in estate["products"]:
        for profile in product["communicationProfiles"]:
            certificate = profile["ssl"].get("certificate")
            if certificate:
                parsed = x509.load_pem_x509_certificate(certificate["content"].encode())
                assert parsed.not_valid_after_utc.strftime("%Y-%m-%dT%H:%M:%SZ") == certificate["validTo"]
                checked.add(certificate["alias"])
    assert checked == set(yaml.safe_load((FOLDER / "estate.yml").read_text(encoding="utf-8"))["certificates"])


def test_no_private_key_is_in_it() -> None:
    assert not any("PRIVATE KEY" in path.read_text(encoding="utf-8") for path in FOLDER.iterdir())


def test_the_topology_adds_two_backups_and_changes_nothing_else(estate: dict[str, list[Record]]) -> None:
    products = named(estate["products"])
    added = {}
    for master, backups in topology("topology").items():
        before = backups_of(products[master])
        assert backups[: len(before)] == before
        for backup in set(backups) - set(before):
            added[backup] = master
            assert products[backup]["version"] == products[master]["version"]
            assert products[backup]["type"] == products[master]["type"] == "SecureTransport"
            assert products[backup]["status"] == "Started"
            assert not products[backup]["backupProducts"]
            assert not any(backup in backups_of(other) for other in estate["products"])
    assert added == {"ST_LILLE": "ST_PARIS", "ST_MUNICH": "ST_FRANKFURT"}
    impacted = [flow for flow in estate["flows"] if flow["status"] == "Deployed" and "ST_PARIS" in products_in(flow)]
    assert len(impacted) == 4


def test_everything_that_the_happy_path_deploys_is_up_complete_and_without_conflict(
    estate: dict[str, list[Record]],
) -> None:
    products, declared = named(estate["products"]), topology("topology")
    changed = {master for master, backups in declared.items() if backups != backups_of(products[master])}
    identifiers = Counter(flow["idf"] for flow in estate["flows"])
    deployed = 0
    for flow in estate["flows"]:
        used = products_in(flow)
        if not declared.keys() & set(used):
            continue
        assert flow["status"] != "Saved"
        assert identifiers[flow["idf"]] == 1
        if flow["status"] == "Deployed" and not changed & set(used):
            continue
        deployed += 1
        for name in used:
            assert products[name]["status"] == "Started", (flow["name"], name)
            for backup in declared.get(name, backups_of(products[name])):
                assert products[backup]["status"] == "Started", (flow["name"], backup)
            # A master outside of the declaration would not be synchronized by the run.
            assert name in declared or not products[name]["backupProducts"]
    assert deployed == 9


def test_the_flow_that_uses_a_backup_directly_is_apart_from_the_topology(estate: dict[str, list[Record]]) -> None:
    masters = {name: product["name"] for product in estate["products"] for name in backups_of(product)}
    direct = {flow["name"]: name for flow in estate["flows"] for name in products_in(flow) if name in masters}
    assert direct == {"ANDALUSIA_BRANCH_CASH": "ST_SEVILLE"}
    assert masters["ST_SEVILLE"] not in topology("topology")
    declared = {name for backups in topology("topology").values() for name in backups}
    assert not declared & {name for flow in estate["flows"] for name in products_in(flow)}


def test_shrinking_removes_a_backup_that_has_deployments(estate: dict[str, list[Record]]) -> None:
    whole, shrunk = topology("topology"), topology("topology_shrunk")
    assert whole.keys() == shrunk.keys()
    gone = {backup for master in whole for backup in set(whole[master]) - set(shrunk[master])}
    assert gone == {"ST_LYON"}
    assert not any(set(shrunk[master]) - set(whole[master]) for master in whole)
    assert [row for row in estate["deployments"] if row["product"]["name"] == "ST_LYON"]


def test_the_readme_mentions_existing_objects_only(estate: dict[str, list[Record]]) -> None:
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    names = named(estate["products"]).keys() | named(estate["flows"]).keys()
    mentioned = set(re.findall(r"`([A-Z][A-Z0-9]*_[A-Z0-9_]+)`", text))
    assert mentioned
    assert mentioned <= names
