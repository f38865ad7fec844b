# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a verb says and does in particular situations, run in this process against the simulator as a process."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.transport import Transport
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.st_backup_info import backup_info
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.st_flow_deploy import ST_FLOW_DEPLOY
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.st_flow_info import flow_info
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.st_product_info import product_info
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.st_sync import ST_SYNC

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration" / "modules"))
from estates import SFTP, flow, product, synchronized, unsynchronized
from pipelines import Simulator, run_body, run_task, running_simulator


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Simulator:
    with running_simulator(tmp_path_factory.mktemp("simulator"), {"products": [], "flows": []}) as simulator:
        yield simulator


@pytest.fixture
def load(server):
    """Loads products and flows into the simulator."""

    def start(*products: dict[str, Any], flows: tuple[dict[str, Any], ...] = ()) -> Simulator:
        server.control("DELETE", "faults")
        server.seed({"products": list(products), "flows": list(flows)})
        server.forget_journal()
        return server

    return start


def rows(report) -> dict[str, dict[str, Any]]:
    return {row.get("backup") or row.get("master") or row["flow"]: row for row in report.items[1]}


def region(load) -> Simulator:
    return load(
        product("ST_PARIS", profiles=[SFTP], backups=synchronized("ST_LYON")),
        product("ST_LYON", profiles=[SFTP]),
        product("ST_ROME", profiles=[SFTP], backups=synchronized("ST_MILAN")),
        product("ST_MILAN", profiles=[{**SFTP, "port": 23}]),
        product("ST_ALONE"),
        product("CFT", type="TransferCFT", version="3.9"),
        flows=(flow("PAYMENTS", "ST_PARIS"),),
    )


WHAT_IT_IS = {
    "ST_LYON": "masters: ST_LYON is no master, but a backup of ST_PARIS.",
    "CFT": "masters: CFT is no master, but a TransferCFT.",
    "ST_ALONE": "masters: ST_ALONE is no master: it has no backups.",
    "ST_PARSI": "masters: Central Governance has no product named ST_PARSI. Did you mean ST_PARIS?",
}


def test_a_master_that_is_none_is_an_error_that_says_what_it_is(load):
    cg = region(load)
    failed = run_task(cg, ST_SYNC, masters=["ST_PARIS", *WHAT_IT_IS])
    for sentence in WHAT_IT_IS.values():
        assert sentence in failed.failure
    for body in (backup_info, flow_info):
        for name, sentence in WHAT_IT_IS.items():
            if name == "ST_ALONE":
                assert run_body(cg, body, masters=[name]).failure == ""
            else:
                assert run_body(cg, body, masters=[name]).failure == sentence
    assert cg.writes() == []


def test_a_misspelt_flow_or_backup_gets_a_suggestion(load):
    cg = region(load)
    assert "no flow named PAYMENT. Did you mean PAYMENTS?" in run_task(cg, ST_FLOW_DEPLOY, flows=["PAYMENT"]).failure
    assert "no flow named PAYMENT. Did you mean PAYMENTS?" in run_body(cg, flow_info, flows=["PAYMENT"]).failure
    assert "Did you mean ST_LYON?" in run_task(cg, ST_SYNC, masters=["ST_PARIS"], backups=["ST_LYNO"]).failure


def test_a_filter_that_nothing_has_says_what_there_is(load):
    cg = region(load)
    (warning,) = run_body(cg, product_info, status=["Startet"]).warnings
    assert warning == 'status: nothing has "Startet"; there are: Started. Did you mean Started?'
    (warning,) = run_body(cg, product_info, type="SecureTransprt").warnings
    assert warning == (
        'type: nothing has "SecureTransprt"; there are: SecureTransport, TransferCFT. Did you mean SecureTransport?'
    )
    (warning,) = run_body(cg, flow_info, status=["Deployd"]).warnings
    assert warning.endswith("there are: Deployed. Did you mean Deployed?")
    # A status that exists, though nothing has it now, is a good question.
    assert run_body(cg, product_info, status=["unreachable"]).warnings == []
    assert run_body(cg, flow_info, status=["Deployed in error"]).warnings == []


def test_what_differs_although_it_is_called_synchronized_is_always_listed(load):
    cg = region(load)
    report = run_task(cg, ST_SYNC)
    assert (report.changed, report.actions, report.failure) == (False, [], "")
    result = report.as_result(unchanged_limit=0)
    (row,) = result["backups"]
    assert (row["backup"], row["result"], row["flag_disagrees"]) == ("ST_MILAN", "unchanged", True)
    assert row["profiles_that_differ"] == {"missing": [], "not_on_the_master": [], "different": {"sftp": ["port"]}}
    assert row["message"] in report.warnings
    assert (result["flag_disagrees_count"], result["unchanged_count"]) == (1, 2)


@pytest.mark.parametrize("masters", [None, ["ST_PARIS", "ST_ROME"]])
def test_only_what_differs_is_synchronized_again(load, masters):
    cg = region(load)
    checked = run_task(cg, ST_SYNC, check=True, force="when_different", masters=masters)
    assert cg.writes() == []
    done = run_task(cg, ST_SYNC, force="when_different", masters=masters)
    assert checked.actions == done.actions == ["Synchronize ST_MILAN with its master ST_ROME (profiles: 1 replaced)"]
    assert len(cg.writes()) == 1
    assert {name: row["result"] for name, row in rows(done).items()} == {"ST_LYON": "unchanged", "ST_MILAN": "changed"}
    again = run_task(cg, ST_SYNC, force="when_different", masters=masters)
    assert (again.changed, again.actions, again.warnings) == (False, [], [])


def test_a_forced_synchronization_of_equals_tells_the_flows_that_it_makes_invalid(load):
    cg = load(
        product("A", backups=unsynchronized("B")),
        product("B"),
        flows=(flow("DIRECT", "B"),),
    )
    run_task(cg, ST_SYNC, allow_flow_invalidation=True)
    cg.control("POST", "reset")
    cg.seed({"products": [product("A", backups=synchronized("B")), product("B")], "flows": [flow("DIRECT", "B")]})
    checked = run_task(cg, ST_SYNC, check=True, force="true", allow_flow_invalidation=True)
    done = run_task(cg, ST_SYNC, force="true", allow_flow_invalidation=True)
    assert checked.changed is done.changed is True
    assert rows(checked)["B"] == {**rows(done)["B"], "result": "would_change"}
    assert rows(done)["B"]["invalidated_flows"] == ["DIRECT"]
    assert (checked.before, checked.after) == (done.before, done.after)
    assert checked.predicted == done.predicted
    assert {item["name"]: item["status"] for item in cg.state()["flows"]} == {"DIRECT": "Saved"}


def test_a_forced_synchronization_that_is_not_waited_for_is_predicted_as_it_is_told(load):
    cg = load(product("A", backups=synchronized("B")), product("B"))
    checked = run_task(cg, ST_SYNC, check=True, force="true", wait=False)
    done = run_task(cg, ST_SYNC, force="true", wait=False)
    assert checked.changed is done.changed is True
    assert (rows(checked)["B"]["result"], rows(done)["B"]["result"]) == ("would_change", "changed")


def strange(readings: list[str]) -> type[Transport]:
    """After the first write, the reads that follow are answered wrongly: with nothing, or with what was before."""

    class Strange(Transport):
        def __init__(self, *arguments: Any, **more: Any) -> None:
            super().__init__(*arguments, **more)
            self.left = list(readings)
            self.old: dict[str, Any] = {}  # products and flows by businessId

        def send(self, operation: Any, values: Any = None, *arguments: Any, **more: Any) -> Any:
            answer = super().send(operation, values, *arguments, **more)
            if operation.is_write:
                return answer
            reading = self.left.pop(0) if self.writes and self.left else "true"
            records = answer if operation.answers in ("products", "flows") else []
            if not self.writes:
                self.old.update({record.id: record for record in records})
            if reading == "old" and operation.answers == "backups":
                return list(self.old[values["id"]].backups)
            if reading == "old" and records:
                return [self.old[record.id] for record in records]
            return [] if reading == "none" else answer

    return Strange


READINGS = st.lists(st.sampled_from(["none", "old", "true"]), max_size=4)


@settings(max_examples=60, deadline=None)
@given(readings=READINGS, polls=st.integers(0, 3))
def test_no_strange_reading_ends_what_is_under_way(server, readings, polls):
    server.control("DELETE", "faults")
    server.set_transitions(synchronize=f"polls:{polls}", deploy=f"polls:{polls}")
    try:
        server.seed({
            "products": [product("A", profiles=[SFTP], backups=unsynchronized("B")), product("B")],
            "flows": [flow("F", "A", status="Saved, not deployed")],
        })  # fmt: skip
        synchronized = run_task(server, ST_SYNC, transport_class=strange(readings))
        deployed = run_task(server, ST_FLOW_DEPLOY, flows=["F"], transport_class=strange(readings))
    finally:
        server.set_transitions(synchronize="polls:2", deploy="polls:2")
    for report in (synchronized, deployed):
        assert (report.failure, report.changed, [row["result"] for row in report.items[1]]) == ("", True, ["changed"])
