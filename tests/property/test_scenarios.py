# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the modules do and report in particular situations, run in this process against the simulator as a process."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.transport import Transport
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.prediction import combined
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.st_backup import ST_BACKUP
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


NOT_A_MASTER = {
    "ST_LYON": "masters: ST_LYON is not a master but a backup of ST_PARIS.",
    "CFT": "masters: CFT is not a master but a TransferCFT.",
    "ST_ALONE": "masters: ST_ALONE is not a master: it has no backups.",
    "ST_PARSI": "masters: Central Governance has no product named ST_PARSI. Did you mean ST_PARIS?",
}


def test_naming_a_product_that_is_not_a_master_is_an_error(load):
    cg = region(load)
    failed = run_task(cg, ST_SYNC, masters=["ST_PARIS", *NOT_A_MASTER])
    for sentence in NOT_A_MASTER.values():
        assert sentence in failed.failure
    for body in (backup_info, flow_info):
        for name, sentence in NOT_A_MASTER.items():
            if name == "ST_ALONE":
                assert run_body(cg, body, masters=[name]).failure == ""
            else:
                assert run_body(cg, body, masters=[name]).failure == sentence
    assert cg.writes() == []


def test_masters_that_no_flow_uses_are_explained_by_an_error_or_a_warning(load):
    cg = region(load)
    for check in (True, False):
        failed = run_task(cg, ST_FLOW_DEPLOY, check, masters=["ST_PARIS", "ST_LYON"])
        assert "masters: ST_LYON is not a master but a backup of ST_PARIS, and no flow uses it." in failed.failure
        masters = ["ST_PARIS", "ST_ROME", "ST_ALONE", "CFT"]
        idle = run_task(cg, ST_FLOW_DEPLOY, check, masters=masters, redeploy="always")
        assert (idle.failure, [row["flow"] for row in idle.items[1]]) == ("", ["PAYMENTS"])
        unused = "ST_ALONE (a SecureTransport without backups), CFT (a TransferCFT)"
        assert idle.warnings == [f"masters: no flow uses {unused}, so nothing is deployed for it."]


def test_a_misspelt_flow_or_backup_gets_a_suggestion(load):
    cg = region(load)
    assert "no flow named PAYMENT. Did you mean PAYMENTS?" in run_task(cg, ST_FLOW_DEPLOY, flows=["PAYMENT"]).failure
    assert "no flow named PAYMENT. Did you mean PAYMENTS?" in run_body(cg, flow_info, flows=["PAYMENT"]).failure
    assert "Did you mean ST_LYON?" in run_task(cg, ST_SYNC, masters=["ST_PARIS"], backups=["ST_LYNO"]).failure


def test_a_filter_that_matches_nothing_lists_the_existing_values(load):
    cg = region(load)
    (warning,) = run_body(cg, product_info, status=["Startet"]).warnings
    assert warning == 'status: nothing has "Startet"; there are: Started. Did you mean Started?'
    (warning,) = run_body(cg, product_info, type="SecureTransprt").warnings
    assert warning == (
        'type: nothing has "SecureTransprt"; there are: SecureTransport, TransferCFT. Did you mean SecureTransport?'
    )
    (warning,) = run_body(cg, flow_info, status=["Deployd"]).warnings
    assert warning.endswith("there are: Deployed. Did you mean Deployed?")
    # A valid status that nothing has now causes no warning.
    assert run_body(cg, product_info, status=["unreachable"]).warnings == []
    assert run_body(cg, flow_info, status=["Deployed in error"]).warnings == []


def test_backups_that_differ_although_synchronized_are_always_listed(load):
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


@pytest.mark.parametrize("order", [1, -1])
def test_the_predictions_of_a_loop_are_combined(load, order):
    products = [product(name, profiles=[SFTP]) for name in ("B1", "B2", "B3")]
    cg = load(
        product("M1", profiles=[SFTP]),
        product("M2", profiles=[SFTP], backups=unsynchronized("B3")),
        *products,
        flows=(flow("F1", "M1"), flow("F2", "M2", status="Saved, not deployed")),
    )
    declared = run_task(cg, ST_BACKUP, check=True, master="M1", backups=["B1", "B2"]).predicted
    loop = [("M1", "B1"), ("M1", "B2"), ("M2", "B3")][::order]
    done = [run_task(cg, ST_SYNC, check=True, predicted=declared, masters=[m], backups=[b]).predicted for m, b in loop]
    whole = run_task(cg, ST_SYNC, check=True, predicted=declared).predicted
    result = combined(done)
    assert {row["id"]: row["backups"] for row in result["masters"]} == {
        row["id"]: row["backups"] for row in whole["masters"]
    }
    deployed = run_task(cg, ST_FLOW_DEPLOY, check=True, predicted=result, flows=["F1", "F2"])
    assert (deployed.failure, len(deployed.actions)) == ("", 2)
    # A task of the loop that has nothing to do hands on what it was given, which is older than what the others did.
    idle = run_task(cg, ST_SYNC, check=True, predicted=whole, masters=["M1"]).predicted
    assert run_task(cg, ST_FLOW_DEPLOY, check=True, predicted=combined([whole, idle]), flows=["F1"]).failure == ""


def test_a_forced_synchronization_of_equals_reports_the_flows_that_it_makes_invalid(load):
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
    assert checked.predicted["flows"] == [{"id": ANY, "name": "DIRECT", "status": "Saved"}]
    assert checked.predicted == done.predicted
    assert {item["name"]: item["status"] for item in cg.state()["flows"]} == {"DIRECT": "Saved"}


def test_a_forced_synchronization_that_is_not_waited_for_is_predicted_as_it_is_reported(load):
    cg = load(product("A", backups=synchronized("B")), product("B"))
    checked = run_task(cg, ST_SYNC, check=True, force="true", wait=False)
    done = run_task(cg, ST_SYNC, force="true", wait=False)
    assert checked.changed is done.changed is True
    assert (rows(checked)["B"]["result"], rows(done)["B"]["result"]) == ("would_change", "changed")


def with_wrong_reads(readings: list[str]) -> type[Transport]:
    """After the first write, the reads that follow get a wrong answer: nothing, or the state before it."""

    class WrongReads(Transport):
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

    return WrongReads


READINGS = st.lists(st.sampled_from(["none", "old", "true"]), max_size=4)


@settings(max_examples=60, deadline=None)
@given(readings=READINGS, polls=st.integers(0, 3))
def test_waiting_goes_on_after_empty_and_outdated_readings(server, readings, polls):
    server.control("DELETE", "faults")
    server.set_transitions(synchronize=f"polls:{polls}", deploy=f"polls:{polls}")
    try:
        server.seed({
            "products": [product("A", profiles=[SFTP], backups=unsynchronized("B")), product("B")],
            "flows": [flow("F", "A", status="Saved, not deployed")],
        })  # fmt: skip
        synchronized = run_task(server, ST_SYNC, transport_class=with_wrong_reads(readings))
        deployed = run_task(server, ST_FLOW_DEPLOY, flows=["F"], transport_class=with_wrong_reads(readings))
    finally:
        server.set_transitions(synchronize="polls:2", deploy="polls:2")
    for report in (synchronized, deployed):
        assert (report.failure, report.changed, [row["result"] for row in report.items[1]]) == ("", True, ["changed"])


def lists(cg: Simulator) -> dict[str, dict[str, bool]]:
    """Per master its backups with their flags."""
    products = cg.state()["products"]
    return {p["name"]: {b["name"]: b["synchronized"] for b in p["backupProducts"]} for p in products}


def calling(hook: Any, at: int) -> type[Transport]:
    """Calls the hook before the request of that number, which counts from 0."""

    class Calling(Transport):
        sent = 0

        def send(self, *arguments: Any, **more: Any) -> Any:
            number, type(self).sent = type(self).sent, type(self).sent + 1
            if number == at:
                hook()
            return super().send(*arguments, **more)

    return Calling


class Observed(Transport):
    """Keeps the backups of all products after every request."""

    seen: list[dict[str, dict[str, bool]]]
    server: Simulator

    def send(self, *arguments: Any, **more: Any) -> Any:
        try:
            return super().send(*arguments, **more)
        finally:
            self.seen.append(lists(self.server))


@pytest.fixture
def variants(server):
    yield server.set_variants
    server.set_variants(backup_post="append", known_backup="ignore")


@pytest.mark.parametrize(
    ("variant", "writes"),
    [({"backup_post": "append"}, 2), ({"backup_post": "replace"}, 2), ({"known_backup": "reject"}, 3)],
)
def test_backups_that_stay_are_there_after_every_request(load, variants, variant, writes):
    cg = load(
        product("M1", backups=synchronized("A")),
        product("M2", backups=synchronized("B")),
        *(product(name) for name in ("A", "B", "C", "D")),
    )
    variants(**variant)
    observer = type("Observer", (Observed,), {"seen": [], "server": cg})
    topology = [{"master": "M1", "backups": ["C"]}, {"master": "M2", "backups": ["D"]}]
    report = run_task(cg, ST_BACKUP, transport_class=observer, topology=topology)
    assert (report.failure, report.warnings) == ("", [])
    assert report.actions == ["Add C to the backups of M1", "Add D to the backups of M2"]
    assert all(moment["M1"]["A"] and moment["M2"]["B"] for moment in observer.seen)
    assert lists(cg)["M1"] == {"A": True, "C": False}
    assert len(cg.writes()) == writes  # one refusal shows how the server behaves
    assert run_task(cg, ST_BACKUP, topology=topology).changed is False


@pytest.mark.parametrize("at", [4, 6])
def test_a_backup_that_another_user_removes_is_not_added_again(load, at):
    cg = load(product("M", backups=synchronized("A")), *(product(name) for name in ("A", "B")))

    def other_run() -> None:
        assert run_task(cg, ST_BACKUP, master="M", backups=["A"], state="absent").failure == ""

    # The requests: M, B, all products, the flows, the list just before the addition, the addition, reading it back.
    report = run_task(cg, ST_BACKUP, transport_class=calling(other_run, at), master="M", backups=["B"])
    assert lists(cg)["M"] == {"B": False}
    assert "A was removed by somebody else" in report.failure
    assert report.actions == ["Add B to the backups of M"]


def test_a_backup_that_another_user_adds_to_an_exact_list_is_reported(load):
    cg = load(product("M"), *(product(name) for name in ("A", "B")))

    def other_run() -> None:
        assert run_task(cg, ST_BACKUP, master="M", backups=["A"]).failure == ""

    report = run_task(cg, ST_BACKUP, transport_class=calling(other_run, 5), master="M", backups=["B"], state="exact")
    assert "A was added by somebody else" in report.failure
    assert report.actions == ["Add B to the backups of M"]
    assert rows(report)["M"]["result"] == "failed"


def test_a_backup_that_is_declared_absent_and_that_another_user_adds_is_reported(load):
    cg = load(product("M", backups=synchronized("B")), *(product(name) for name in ("A", "B", "C")))

    def other_run() -> None:
        assert run_task(cg, ST_BACKUP, master="M", backups=["A", "C"]).failure == ""

    transport = calling(other_run, 4)
    report = run_task(cg, ST_BACKUP, transport_class=transport, master="M", backups=["A", "B"], state="absent")
    assert lists(cg)["M"] == {"A": False, "C": False}
    assert "The backups of M are not as declared: A was added by somebody else." in report.failure
    assert report.actions == ["Remove B from the backups of M"]


def test_two_runs_that_give_one_backup_to_two_masters_are_not_both_green(load):
    cg = load(product("M1"), product("M2"), product("B"))

    def other_run() -> None:
        assert run_task(cg, ST_BACKUP, master="M2", backups=["B"]).failure == ""

    report = run_task(cg, ST_BACKUP, transport_class=calling(other_run, 4), master="M1", backups=["B"])
    assert "B would be a backup of M1 and of M2" in report.failure
    assert [violation["rule"] for violation in report.results["violations"]] == ["shared_backup"]
    assert report.changed is True


NAMES = ["A", "B", "C"]
DECLARED = st.fixed_dictionaries(
    {
        "topology": st.lists(st.sampled_from(["M1", "M2"]), min_size=1, unique=True).flatmap(
            lambda masters: st.tuples(
                *(
                    st.fixed_dictionaries(
                        {"master": st.just(master), "backups": st.lists(st.sampled_from(NAMES), unique=True)}
                    )
                    for master in masters
                )
            ).map(list)
        ),
        "state": st.sampled_from(["exact", "present", "absent"]),
    }
)


@settings(max_examples=60, deadline=None)
@given(before=st.permutations(NAMES), ours=DECLARED, other=DECLARED, at=st.integers(0, 14))
def test_a_run_that_another_one_disturbs_is_green_only_when_all_is_as_declared(server, before, ours, other, at):
    server.control("DELETE", "faults")
    server.seed({
        "products": [product("M1", backups=synchronized(before[0])), product("M2", backups=synchronized(before[1])),
                     *(product(name) for name in NAMES)],
        "flows": [],
    })  # fmt: skip

    def other_run() -> None:
        run_task(server, ST_BACKUP, allow_empty=True, **other)

    ours = {"allow_empty": True, **ours}
    hook = calling(other_run, at)
    report = run_task(server, ST_BACKUP, transport_class=hook, **ours)
    if report.failure or hook.sent <= at or not report.changed:
        return
    there = {master: set(backups) for master, backups in lists(server).items()}
    for entry in ours["topology"]:
        master, declared = entry["master"], set(entry["backups"])
        touched = {row["master"] for row in report.items[1] if row["result"] == "changed"}
        if master in touched:
            assert {"exact": there[master] == declared, "present": declared <= there[master],
                    "absent": not declared & there[master]}[ours["state"]]  # fmt: skip
            assert not any(there[master] & there[other] for other in ("M1", "M2") if other != master) or (
                ours["state"] == "absent"
            )
