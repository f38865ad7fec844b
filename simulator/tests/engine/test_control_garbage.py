# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control plane answers any input with a message, never fails, and the API still works."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sim_client import Client
from sim_estates import seed, small_estate

from cg_sim.simulator import Simulator

values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=8), children, max_size=3),
    max_leaves=8,
)
KEYS = [
    "fault", "operation", "object", "when", "status", "retry_after", "delay", "value", "products", "probability",
    "count", "seed", "frozen", "now", "advance", "real", "keep", "product", "version", "profiles", "legacyIdfs",
    "silent", "gate", "deploy", "format", "state", "variants", "transitions", "clock", "jobs", "flows", "deployments",
]  # fmt: skip
WORDS = [
    "status",
    "PARIS",
    "LYON",
    "stale",
    "lying_flag",
    "delay",
    "cg-sim snapshot",
    "report",
    "time:5",
    "Unreachable",
]
documents = values | st.dictionaries(st.sampled_from(KEYS), values | st.sampled_from(WORDS), max_size=6)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "reset"), ("POST", "seed"), ("POST", "restore"), ("PUT", "clock"), ("PUT", "variants"),
        ("PUT", "transitions"), ("POST", "faults"), ("POST", "events"),
    ],
)  # fmt: skip
@settings(max_examples=60, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(body=documents, cut=st.sampled_from([None, "jobs", "products", "flows", "deployments", "clock"]))
def test_garbage(method: str, path: str, body: Any, cut: str | None) -> None:
    simulator = Simulator()
    seed(simulator, small_estate())
    client = Client(simulator)
    if path == "restore" and cut:
        snapshot = client.control("POST", "snapshot").json()
        place = snapshot if cut == "clock" else snapshot["state"]
        place[cut] = body
        body = snapshot
    reply = client.control(method, path, body)
    assert reply.status in (200, 400, 422), reply.text
    if reply.status != 200:
        assert reply.message
        client.control("DELETE", "faults")
        assert len(client.get("/products")) == 8
    client.control("GET", "state")
    client.control("GET", "faults")
    client.control("DELETE", "faults")
    for place in ("/products", "/flows", "/deployments"):  # what was accepted can be served, and its jobs end
        for _ in range(3):
            assert client.api("GET", place).status < 500
