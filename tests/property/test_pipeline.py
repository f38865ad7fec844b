# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The promise of check mode, on random estates: it writes nothing, and the real run that follows does what it said.

The verbs run in this process, over real HTTP, against the simulator as a process of its own: many estates a second.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.client import CentralGovernance
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.operations import effective_operations
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.transport import Connection, Transport
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.declare_backups import (
    declare_backups,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.deploy_flows import deploy_flows
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.frame import Task
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.options import DEFAULT_API_PREFIX
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.report import Report
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.synchronize_backups import (
    synchronize_backups,
)

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))
from harness import Simulator, running_simulator

VERB = {"continue_on_error": False, "unchanged_limit": 1000}
WAITING = {"wait": True, "wait_timeout": 5.0, "wait_interval": 0.005}
NAMES = ["A", "B", "C", "D", "É <e>"]
names = st.sampled_from(NAMES)


@pytest.fixture(scope="module")
def cg(tmp_path_factory) -> Simulator:
    estate = {"products": [], "flows": []}
    with running_simulator(tmp_path_factory.mktemp("simulator"), estate) as simulator:
        yield simulator


@st.composite
def seeds(draw) -> dict[str, Any]:
    """Estates that CG itself could have come to: no chains; every other mess is allowed."""
    products = draw(st.lists(names, unique=True, min_size=2))
    masters = draw(st.lists(st.sampled_from(products), unique=True, max_size=2))
    alien = draw(st.sampled_from([None, None, *products]))
    masters = [name for name in masters if name != alien]
    others = [name for name in products if name not in masters and name != alien]
    return {
        "products": [
            {
                "name": name,
                "type": "TransferCFT" if name == alien else "SecureTransport",
                "host": "st.example.com",
                "os": "linux-x86-64",
                "version": draw(st.sampled_from(["5.5"] * 5 + ["5.4"])),
                "status": "Started",
                "profiles": draw(profiles),
                "backups": draw(backups_among(others)) if name in masters and others else [],
            }
            for name in products
        ],
        "flows": [
            {
                "name": f"FLOW_{number}",
                "idf": f"FLOW{number}",
                "status": draw(st.sampled_from(["Saved", "Saved, not deployed", "Deployed", "Deployed"])),
                "sources": [{"product": draw(st.sampled_from(products))}],
                "targets": [{"partner": "BANK"}],
            }
            for number in range(draw(st.integers(0, 3)))
        ],
    }


profiles = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(["ssh", "web"]),
            "type": st.just("SERVER"),
            "protocol": st.just("SFTP"),
            "enabled": st.just(True),
            "port": st.sampled_from([22, 23]),
        }
    ),
    max_size=2,
    unique_by=lambda profile: profile["name"],
)


def backups_among(products: list[str]):
    entry = st.fixed_dictionaries({"name": st.sampled_from(products), "synchronized": st.booleans()})
    return st.lists(entry, max_size=2, unique_by=lambda backup: backup["name"])


declared = st.lists(
    st.fixed_dictionaries({"master": names, "backups": st.lists(names, max_size=2, unique=True)}),
    min_size=1,
    max_size=3,
)


def pipeline(cg: Simulator, options: dict[str, Any], check: bool) -> list[Report]:
    """The three verbs in a row, up to the first failure, as the role runs them."""
    topology = {
        "topology": options["topology"],
        "master": None,
        "backups": None,
        "state": options["state"],
        "max_removals": None,
        "protected": [],
        "allow_empty": True,
        "allow_shared_backup": False,
        "on_impact": "warn",
        **VERB,
    }
    synchronization = {
        "masters": None,
        "backups": None,
        "max_profile_removals": None,
        "allow_flow_invalidation": options["allow_flow_invalidation"],
        "force": options["force"],
        **WAITING,
        **VERB,
    }
    deployment = {
        "flows": [],
        "masters": options["masters"],
        "redeploy": "when_needed",
        "force": False,
        "skip_incomplete": options["skip_incomplete"],
        **WAITING,
        **VERB,
    }
    reports: list[Report] = []
    for verb, params in (
        (declare_backups, topology),
        (synchronize_backups, synchronization),
        (deploy_flows, deployment),
    ):
        connection = Connection(cg.url, DEFAULT_API_PREFIX, cg.connection["username"], cg.connection["password"])
        transport = Transport(connection, read_only=check)
        client = CentralGovernance(transport, effective_operations(None))
        predicted = reports[-1].predicted if reports and check else {}
        reports.append(verb(Task(params, check, client, predicted or {})))
        if reports[-1].failure:
            break
    return reports


def told(report: Report) -> dict[str, Any]:
    """What check mode must foretell. The result words differ by one word, and that is all."""
    key, rows = report.items
    words = {"would_change": "changed"}
    return {
        "changed": report.changed,
        "actions": report.actions,
        "failure": report.failure,
        key: [{**row, "result": words.get(row["result"], row["result"])} for row in rows],
        "diff": (report.before, report.after),
        "results": report.results,
    }


@settings(max_examples=200, deadline=None)
@given(
    seeds(),
    st.fixed_dictionaries(
        {
            "topology": declared,
            "state": st.sampled_from(["present", "exact", "absent"]),
            "allow_flow_invalidation": st.booleans(),
            "force": st.booleans(),
            "skip_incomplete": st.booleans(),
            "masters": st.lists(names, max_size=2, unique=True),
        }
    ),
)
def test_check_mode_foretells_the_real_run_and_writes_nothing(cg, seed, options):
    cg.seed(seed)
    known = {product["name"] for product in seed["products"]}
    options["masters"] = [name for name in options["masters"] if name in known]
    cg.forget_journal()

    foretold = pipeline(cg, options, check=True)
    assert cg.writes() == []
    done = pipeline(cg, options, check=False)
    assert [told(report) for report in done] == [told(report) for report in foretold]

    if not any(report.failure for report in done) and not options["force"]:
        cg.forget_journal()
        again = pipeline(cg, options, check=False)
        assert [report.actions for report in again] == [[], [], []]
        assert not any(report.changed for report in again)
        assert cg.writes() == []
