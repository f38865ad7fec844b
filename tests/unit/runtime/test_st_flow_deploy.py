# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""st_flow_deploy with servers that show a deployment in other ways than the simulator does."""

from __future__ import annotations

import pytest
from answering_server import DROP, AnsweringServer

from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.st_flow_deploy import ST_FLOW_DEPLOY
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.verb import run

ALONE = {
    "type": "SecureTransport",
    "version": "5.5",
    "status": "Started",
    "communicationProfiles": [],
    "backupProducts": [],
}
PARIS = "b430b2e7-b707-4d73-8cc9-c2022a44929e"
PAYMENTS = "93c8ab21-d04e-4df6-a96c-11b4bbcc97f5"
LOOKS = 12  # far more reads than the module waits for a first trace of a deployment


class FakeServer:
    """One product, one flow. After the request, ``looks`` reads of the flow pass until the deployment has ended."""

    def __init__(self, status="Saved, not deployed", during=None, row="", by_name=False, answer=(202, None)) -> None:
        self.status, self.during, self.row, self.by_name, self.answer = status, during or status, row, by_name, answer
        self.looks: int | None = None
        self.refuse_reads_with = 0

    def __call__(self, method, path, body):
        if method == "POST":
            if 200 <= self.answer[0] < 300:
                self.looks = LOOKS
            return self.answer
        if path.startswith("/products"):
            return 200, [{"businessId": PARIS, "name": "PARIS", **ALONE}]
        if self.refuse_reads_with and self.looks is not None:
            return self.refuse_reads_with, {"message": "the session has ended"}
        if path.startswith("/flows"):
            self.looks = None if self.looks is None else max(self.looks - 1, 0)
            return 200, [{
                "businessId": PAYMENTS,
                "name": "PAYMENTS",
                "status": {None: self.status, 0: "Deployed"}.get(self.looks, self.during),
                "sources": {"type": "PRODUCT", "parts": [{"part": {"businessId": PARIS, "name": "PARIS"}}]},
                "targets": {},
            }]  # fmt: skip
        row = {None: self.row, 0: "Deployed"}.get(self.looks, "In progress")
        flow, product = {"name": "PAYMENTS"}, {"name": "PARIS"}
        if not self.by_name:
            flow["businessId"], product["businessId"] = PAYMENTS, PARIS
        return 200, [{"flow": flow, "product": product, "status": row}] if row else []


def deploy(server, check=False, **options):
    options = {"flows": ["PAYMENTS"], "masters": None, "redeploy": "when_needed", "force": False, **options}
    return run(ST_FLOW_DEPLOY, server.task(check, skip_incomplete=False, **options))


def result(report):
    ((row,),) = (report.items[1],)
    return row["result"]


@pytest.mark.parametrize(
    ("status", "row", "redeploy"),
    [
        ("Saved, not deployed", "", "when_needed"),
        ("Deployed", "Deployed", "always"),
        ("Deployed in error", "Deployed in error", "when_needed"),
    ],
)
def test_a_row_in_progress_is_waited_for_whatever_the_status_of_the_flow(status, row, redeploy):
    with AnsweringServer(FakeServer(status, row=row)) as server:
        report = deploy(server, redeploy=redeploy)
    assert (report.failure, result(report)) == ("", "changed")


def test_a_deployment_that_only_its_row_shows_is_waited_for():
    fake = FakeServer("Deployed", row="In progress")
    with AnsweringServer(fake) as server:
        fake.looks = LOOKS
        report = deploy(server)
        assert (report.failure, result(report), report.changed) == ("", "unchanged", False)
        assert server.writes == []


def test_rows_that_name_flow_and_product_without_their_ids_are_understood():
    with AnsweringServer(FakeServer("Deployed", row="Deployed", by_name=True)) as server:
        report = deploy(server)
        assert (result(report), server.writes) == ("unchanged", [])
    with AnsweringServer(FakeServer(during="Deploying", by_name=True)) as server:
        report = deploy(server)
        assert (report.failure, result(report)) == ("", "changed")


def test_a_server_that_answers_500_and_shows_no_trace_is_not_waited_for():
    with AnsweringServer(FakeServer(answer=(500, {"message": "Conflict with another flow"}))) as server:
        report = deploy(server)
        polls = sum(line.startswith("GET /flows") for line in server.requests)
    assert result(report) == "failed"
    assert "Conflict with another flow" in report.failure
    assert (report.changed, report.actions) == (False, [])
    assert polls < LOOKS


def test_a_lost_reply_without_a_trace_times_out_and_counts_as_changed():
    with AnsweringServer(FakeServer(answer=(DROP, None))) as server:
        report = deploy(server, wait_timeout=0.2)
    assert result(report) == "timed_out"
    assert report.changed is True  # it may still be carried out
    assert len(report.actions) == 1


def test_a_wait_that_ends_by_a_refusal_reports_what_was_asked_for():
    fake = FakeServer(during="Deploying")
    fake.refuse_reads_with = 401
    with AnsweringServer(fake) as server:
        report = deploy(server)
    assert result(report) == "failed"
    assert "the session has ended" in report.failure
    assert report.changed is True
    assert report.actions == ['Deploy PAYMENTS (PARIS): its status is "Saved, not deployed"']


def test_rows_are_read_only_when_the_status_of_the_flow_is_final():
    with AnsweringServer(FakeServer(during="Deploying")) as server:
        deploy(server)
        rows = [line for line in server.requests if line.startswith("GET /deployments")]
        flows = [line for line in server.requests if line.startswith("GET /flows")]
    assert len(flows) > LOOKS
    assert len(rows) == 2  # for the plan, and to confirm


def test_an_ambiguous_name_in_a_flow_is_refused_not_overlooked():
    def answer(method, path, body):
        if path.startswith("/products"):
            return 200, [{"businessId": f"id-{n}", "name": "SAME_NAME", **ALONE} for n in (1, 2)]
        if path.startswith("/flows"):
            parts = [{"part": {"name": "SAME_NAME"}}]
            flow = {"businessId": "f", "name": "PAYMENTS", "status": "Saved, not deployed"}
            return 200, [{**flow, "sources": {"type": "PRODUCT", "parts": parts}, "targets": {}}]
        return 200, []

    with AnsweringServer(answer) as server:
        report = deploy(server)
        assert "uses SAME_NAME, which is the name of several products" in report.failure
        assert server.writes == []


def test_two_flows_with_the_same_name_are_distinguished_in_the_diff():
    def answer(method, path, body):
        if path.startswith("/products"):
            return 200, [{"businessId": PARIS, "name": "PARIS", **ALONE}]
        if path.startswith("/flows"):
            parts = [{"part": {"businessId": PARIS, "name": "PARIS"}}]
            ends = {"sources": {"type": "PRODUCT", "parts": parts}, "targets": {}}
            flow = {"name": "SAME", "status": "Saved, not deployed", **ends}
            return 200, [{**flow, "businessId": "f1"}, {**flow, "businessId": "f2"}]
        return 200, []

    with AnsweringServer(answer) as server:
        report = deploy(server, check=True, flows=None, masters=["PARIS"])
    assert list(report.before["flows"]) == ["SAME (f1)", "SAME (f2)"]
