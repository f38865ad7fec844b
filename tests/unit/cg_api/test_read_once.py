# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was read for a prediction: for how long the first step that is carried out may use it."""

from __future__ import annotations

from collections import Counter

import pytest

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.client import CentralGovernance
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.connection import Connection
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.overrides import effective_operations
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.read_once import (
    REUSED_FOR,
    ReadOnce,
    ReusesReadings,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.transport import Transport
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.model import ProfileDetail
from cg_sim.testing import running

PREFIX = "/Axway/CentralGovernance/default/CentralGovernance/api/v2"
OPERATIONS = effective_operations(None)
PARIS = {
    "name": "PARIS",
    "type": "SecureTransport",
    "status": "Started",
    "version": "5.4",
    "backups": [{"name": "LYON"}],
}
ESTATE = {
    "products": [PARIS, {**PARIS, "name": "LYON", "backups": []}, {**PARIS, "name": "MADRID", "backups": []}],
    "flows": [
        {"name": "PAYMENTS", "idf": "PAY", "status": "Deployed", "sources": [{"product": "PARIS"}], "targets": []}
    ],
}


@pytest.fixture(scope="module")
def server():
    with running(ESTATE) as cg:
        yield cg


@pytest.fixture
def cg(server):
    server.reset()
    return server


def transport_to(cg, read_only: bool) -> Transport:
    return Transport(Connection(cg.url, PREFIX, *cg.auth, max_parallel=1), read_only=read_only)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def known(cg, clock) -> ReadOnce:
    known = ReadOnce(transport_to(cg, read_only=True), OPERATIONS, clock=clock)
    assert known.products() and known.flows() and known.deployments() is not None
    cg.forget_journal()
    return known


@pytest.fixture
def client(cg, known) -> ReusesReadings:
    return ReusesReadings(transport_to(cg, read_only=False), OPERATIONS, known)


def asked(cg) -> Counter[str]:
    return Counter(entry["operation"] for entry in cg.journal())


def read_all(client: CentralGovernance) -> None:
    assert {product.name for product in client.products()} == {"PARIS", "LYON", "MADRID"}
    assert client.has_read_all_products
    assert [flow.name for flow in client.flows()] == ["PAYMENTS"]
    client.deployments()


ALL = Counter(listProducts=1, listFlows=1, listDeployments=1)


def test_until_the_first_write_nothing_is_read_again(cg, client):
    read_all(client)
    client.products(["PARIS"], profiles=ProfileDetail.NONE)
    assert asked(cg) == {}
    # What the write itself depends on is still read again.
    (paris,) = (product for product in client.products() if product.name == "PARIS")
    assert client.backups([paris.id])[paris.id] == paris.backups
    assert asked(cg) == {"listBackups": 1}


def test_after_stop_reusing_all_is_read_again(cg, client):
    client.stop_reusing()
    read_all(client)
    assert asked(cg) == ALL


def test_after_a_write_all_is_read_again_even_without_stop_reusing(cg, client):
    (madrid, lyon) = (next(p for p in client.products() if p.name == name) for name in ("MADRID", "LYON"))
    client.add_backups(madrid, [lyon])
    cg.forget_journal()
    read_all(client)
    assert asked(cg) == ALL


def test_what_is_old_is_read_again(cg, client, clock):
    clock.now += REUSED_FOR
    client.products()
    assert asked(cg) == {}
    clock.now += 0.1
    read_all(client)
    assert asked(cg) == ALL


def test_what_was_read_in_part_is_read_again(cg, clock):
    known = ReadOnce(transport_to(cg, read_only=True), OPERATIONS, profiles=ProfileDetail.NONE, clock=clock)
    known.products(profiles=ProfileDetail.NONE)
    known.deployments(["f"])
    cg.forget_journal()
    client = ReusesReadings(transport_to(cg, read_only=False), OPERATIONS, known)
    client.products(profiles=ProfileDetail.NONE)
    assert asked(cg) == {}
    assert len(client.products()[0].profiles) == 0  # an error where they were not read
    client.flows()
    client.deployments()
    assert asked(cg) == ALL


def test_reading_once_needs_a_read_only_transport(cg):
    with pytest.raises(ValueError, match="only with a transport that is read-only"):
        ReadOnce(transport_to(cg, read_only=False), OPERATIONS)
