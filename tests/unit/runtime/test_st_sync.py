# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""st_sync when little can be seen of a synchronization, and what it may report then."""

from __future__ import annotations

import pytest
from answering_server import DROP, AnsweringServer

from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.st_sync import ST_SYNC
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.verb import run

LOOKS = 12


class FakeServer:
    """Masters with their backups; a synchronization that is answered well sets the flag after ``looks`` reads."""

    def __init__(self, *masters, flag=False, answer=(202, None), by_name=False) -> None:
        self.masters, self.answer, self.by_name = masters or ("PARIS",), answer, by_name
        self.flags = dict.fromkeys(self.masters, flag)
        self.looks: dict[str, int] = {}
        self.refuse_reads_with = 0

    def __call__(self, method, path, body):
        if method == "POST":
            master = path.split("/")[2].removeprefix("id-")
            status = self.answer[0] if isinstance(self.answer, tuple) else self.answer[master][0]
            if 200 <= status < 300:
                self.looks[master] = LOOKS
            return self.answer if isinstance(self.answer, tuple) else self.answer[master]
        if path.startswith("/flows"):
            return 200, []
        if path.endswith("/backupproducts"):
            if self.refuse_reads_with:
                return self.refuse_reads_with, {"message": "the session has ended"}
            return 200, self.backups_of(path.split("/")[2].removeprefix("id-"))
        products = [self.product(master, self.backups_of(master)) for master in self.masters]
        products += [self.product(f"{master}_B", []) for master in self.masters]
        wanted = path.partition("?name=")[2]
        return 200, [product for product in products if wanted in ("", product["name"])]

    def product(self, name, backups):
        whole = {"version": "5.5", "status": "Started", "communicationProfiles": [], "backupProducts": backups}
        return {"businessId": f"id-{name}", "name": name, "type": "SecureTransport", **whole}

    def backups_of(self, master):
        if master in self.looks:
            self.looks[master] -= 1
            self.flags[master] = self.flags[master] or self.looks[master] <= 0
        entry = {"name": f"{master}_B", "synchronized": self.flags[master]}
        return [entry if self.by_name else {"businessId": f"id-{master}_B", **entry}]


def synchronize(server, check=False, predicted=None, **options):
    options = {"masters": ["PARIS"], "backups": None, "max_profile_removals": None, "force": "false", **options}
    return run(ST_SYNC, server.task(check, predicted, allow_flow_invalidation=False, **options))


def results(report):
    return [row["result"] for row in report.items[1]]


@pytest.mark.parametrize(
    ("answer", "changed"),
    [
        ((403, {"message": "no privilege"}), False),
        ((404, {"message": "no such operation"}), False),
        ((500, {"message": "internal error"}), False),
        ((DROP, None), True),  # not known
    ],
)
def test_a_forced_synchronization_that_was_not_accepted_fails(answer, changed):
    with AnsweringServer(FakeServer(flag=True, answer=answer)) as server:
        report = synchronize(server, force="true")
    assert results(report) == ["failed"]
    assert report.failure
    assert report.changed is changed
    assert len(report.actions) == int(changed)


def test_a_forced_synchronization_is_read_back_before_it_counts_as_done():
    with AnsweringServer(FakeServer(flag=True)) as server:
        report = synchronize(server, force="true")
        after_the_write = server.requests[server.requests.index(server.writes[0]) + 1 :]
    assert results(report) == ["unchanged"]
    assert "does not show" in next(iter(report.items[1]))["message"]
    assert after_the_write


def test_a_server_that_answers_500_and_shows_no_trace_is_not_waited_for():
    with AnsweringServer(FakeServer(answer=(500, {"message": "The administration daemon is down"}))) as server:
        report = synchronize(server)
        polls = sum(line.endswith("/backupproducts") for line in server.requests)
    assert results(report) == ["failed"]
    assert "The administration daemon is down" in report.failure
    assert (report.changed, report.actions) == (False, [])
    assert polls < LOOKS


def test_a_wait_that_ends_by_a_refusal_reports_what_was_asked_for():
    fake = FakeServer()
    fake.refuse_reads_with = 401
    with AnsweringServer(fake) as server:
        report = synchronize(server)
    assert results(report) == ["failed"]
    assert "the session has ended" in report.failure
    assert report.changed is True
    assert report.actions == ["Synchronize PARIS_B with its master PARIS (profiles: none differs)"]


def test_actions_report_what_was_accepted_also_when_another_was_refused():
    fake = FakeServer("PARIS", "ROME", answer={"PARIS": (202, None), "ROME": (403, {"message": "no"})})
    with AnsweringServer(fake) as server:
        report = synchronize(server, masters=["PARIS", "ROME"], wait=False, continue_on_error=True)
    assert results(report) == ["changed", "failed"]
    assert report.actions == ["Synchronize PARIS_B with its master PARIS (profiles: none differs)"]


def test_backups_that_are_named_without_their_ids_are_understood():
    with AnsweringServer(FakeServer(by_name=True)) as server:
        report = synchronize(server)
    assert (report.failure, results(report)) == ("", ["changed"])


def test_without_waiting_no_flag_is_predicted():
    with AnsweringServer(FakeServer()) as server:
        report = synchronize(server, check=True, wait=False)
    (row,) = report.items[1]
    assert (row["result"], row["synchronized_after"]) == ("would_change", None)
    assert report.predicted["masters"][0]["backups"][0]["synchronized"] is None
    assert "profiles" not in report.predicted
