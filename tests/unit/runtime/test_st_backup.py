# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""st_backup when something fails during the run: what is still done, what is left out, and what is reported."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from answering_server import DROP, AnsweringServer

from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.st_backup import ST_BACKUP
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.verb import run

SWAP = {"M1": ["B2"], "M2": ["B1"]}


class FakeServer:
    """Products with their backups, by businessId ``id-NAME``; ``refusals`` maps "DELETE M1" to what is answered.

    A lost write (DROP) takes effect ``delay`` requests later.
    """

    def __init__(self, masters, refusals=None, delay=None, names=None) -> None:
        self.backups = {name: list(backups) for name, backups in masters.items()}
        self.refusals, self.delay = refusals or {}, delay
        self.names = names or {}
        self.products = sorted({*self.backups, *(b for backups in self.backups.values() for b in backups)})
        self.flows, self.unreadable, self.late = [], "", []

    def __call__(self, method, path, body):
        self.late = [(left - 1, work) for left, work in self.late]
        for left, work in self.late:
            if left == 0:
                work()
        if self.unreadable and path.startswith(self.unreadable):
            return 500, {"message": "cannot be read now"}
        if method != "GET":
            return self.write(method, path, body)
        if path.startswith("/products/") and path.endswith("/backupproducts"):
            return 200, self.product(path.split("/")[2].removeprefix("id-"))["backupProducts"]
        if path.startswith("/products"):
            products = [self.product(name) for name in self.products]
            wanted = path.partition("?name=")[2]
            return 200, [product for product in products if wanted in ("", product["name"], product["businessId"])]
        if path.startswith("/flows"):
            return 200, self.flows
        return 200, []

    def product(self, name):
        backups = [
            {"businessId": f"id-{b}", "name": self.names.get(b, b), "synchronized": True}
            for b in self.backups.get(name, ())
        ]
        return {
            "businessId": f"id-{name}",
            "name": self.names.get(name, name),
            "type": "SecureTransport",
            "version": "5.5",
            "status": "Started",
            "communicationProfiles": [],
            "backupProducts": backups,
        }

    def write(self, method, path, body):
        words = path.split("/")
        master = words[2].removeprefix("id-")
        backups = self.backups.setdefault(master, [])

        def work():
            if method == "POST":
                backups.extend(entry["businessId"].removeprefix("id-") for entry in body)
            else:
                backups.remove(words[4].removeprefix("id-"))

        answer = self.refusals.get(f"{method} {master}")
        if answer is None:
            work()
            return 200, None
        if self.delay is not None:
            self.late.append((self.delay, work))
        return answer


def declare(server, declared, check=False, **options):
    options = {
        "topology": [{"master": master, "backups": backups} for master, backups in declared.items()],
        "master": None,
        "backups": None,
        "state": "exact",
        "max_removals": None,
        "protected": [],
        "allow_empty": True,
        "allow_shared_backup": False,
        "on_impact": "warn",
        **options,
    }
    task = server.task(check, **options)
    # One write after the other, so that what comes before a failure is the same each time.
    task.cg.transport.connection = replace(task.cg.transport.connection, max_parallel=1)
    return run(ST_BACKUP, task)


def rows(report):
    return {row["master"]: row for row in report.items[1]}


@pytest.mark.parametrize("status", [403, 503, DROP])
def test_a_backup_that_could_not_be_removed_from_one_master_is_not_added_to_another(status):
    fake = FakeServer({"M1": ["B1"], "M2": ["B2"]}, {"DELETE M1": (status, {"message": "not now"})})
    with AnsweringServer(fake) as server:
        report = declare(server, SWAP, continue_on_error=True)
    assert fake.backups == {"M1": ["B1"], "M2": []}
    assert [line.split(" ")[0] for line in server.writes] == ["DELETE", "DELETE"]
    assert "The addition of B1 to M2 was not attempted: it is still a backup of M1" in rows(report)["M2"]["message"]
    assert rows(report)["M2"]["message"] in report.failure
    assert (rows(report)["M1"]["result"], rows(report)["M2"]["result"]) == ("failed", "failed")
    assert report.actions == ["Remove B2 from the backups of M2"]


def test_only_the_additions_that_depend_on_the_removal_are_left_out():
    fake = FakeServer({"M1": ["B1"], "M2": [], "M3": [], "B3": []}, {"DELETE M1": (403, None)})
    with AnsweringServer(fake) as server:
        report = declare(server, {"M1": [], "M2": ["B1", "B3"], "M3": ["M1"]}, continue_on_error=True)
    assert {name: fake.backups[name] for name in ("M1", "M2", "M3")} == {"M1": ["B1"], "M2": ["B3"], "M3": []}
    assert [rows(report)[master]["result"] for master in ("M1", "M2", "M3")] == ["failed", "failed", "not_tried"]
    assert rows(report)["M3"]["message"] == (
        "The addition of M1 to M3 was not attempted: it still has B1 as a backup of its own, since a removal failed."
    )
    assert report.error.status == 403


def test_sharing_that_is_allowed_needs_no_removal():
    fake = FakeServer({"M1": ["B1"], "M2": []}, {"DELETE M1": (403, None)})
    with AnsweringServer(fake) as server:
        declare(server, {"M1": [], "M2": ["B1"]}, continue_on_error=True, allow_shared_backup=True)
    assert fake.backups["M2"] == ["B1"]


def test_a_master_whose_addition_was_not_attempted_reports_it():
    fake = FakeServer({"M1": ["B1"], "M2": ["B2"]}, {"DELETE M1": (403, None)})
    with AnsweringServer(fake) as server:
        report = declare(server, dict(reversed(SWAP.items())))
    assert server.writes == [
        "DELETE /products/id-M2/backupproducts/id-B2",
        "DELETE /products/id-M1/backupproducts/id-B1",
    ]
    assert "The addition of B1 to M2 was not attempted: an earlier failure ended the task." in report.failure
    assert "accepted the change but does not show it" not in report.failure


@pytest.mark.parametrize("status", [DROP, 504])
def test_a_lost_write_that_shows_nothing_yet_may_have_changed_something(status):
    fake = FakeServer({"M": [], "B": []}, {"POST M": (status, None)}, delay=9)
    with AnsweringServer(fake) as server:
        report = declare(server, {"M": ["B"]})
    assert report.changed is True
    assert rows(report)["M"]["result"] == "failed"
    assert "The outcome is unknown" in rows(report)["M"]["message"]
    assert "The outcome is unknown" in report.failure


def test_a_lost_write_that_shows_late_is_not_a_failure():
    fake = FakeServer({"M": [], "B": []}, {"POST M": (DROP, None)}, delay=2)
    with AnsweringServer(fake) as server:
        report = declare(server, {"M": ["B"]})
    assert (report.changed, report.failure, rows(report)["M"]["result"]) == (True, "", "changed")
    assert len(server.writes) == 1


@pytest.mark.parametrize("status", [403, 500])
def test_a_write_that_was_answered_with_a_failure_changed_nothing(status):
    fake = FakeServer({"M": [], "B": []}, {"POST M": (status, {"message": "no"})})
    with AnsweringServer(fake) as server:
        report = declare(server, {"M": ["B"]})
    assert report.changed is False
    assert "unknown" not in report.failure


def deployed(name, master):
    parts = [{"part": {"businessId": f"id-{master}", "name": master}}]
    return {
        "businessId": f"id-{name}",
        "name": "F",
        "status": "Deployed",
        "sources": {"type": "PRODUCT", "parts": parts},
        "targets": {},
    }


def test_products_with_the_same_name_are_distinguished_by_their_ids():
    fake = FakeServer({"M1": [], "M2": [], "B1": [], "B2": []}, names={"M1": "M", "M2": "M"})
    fake.flows = [deployed("F1", "M1"), deployed("F2", "M2")]
    with AnsweringServer(fake) as server:
        report = declare(server, {"id-M1": ["B1"], "id-M2": ["B2"]}, check=True)
    assert report.after["backups"] == {"M (id-M1)": ["B1"], "M (id-M2)": ["B2"]}
    assert set(report.before["flows"]) == {"F (id-F1)", "F (id-F2)"}
    (warning,) = report.warnings
    assert "to 2 masters (M, M) sends 2 deployed flows to" in warning


@pytest.mark.parametrize(
    ("topology", "options", "results"),
    [
        ({"M": ["B"], "M2": ["OLD"]}, {"state": "present"}, ["not_tried", "failed"]),
        ({"M": ["B"], "M2": []}, {"on_impact": "fail"}, ["failed", "unchanged"]),
    ],
)
def test_a_refused_task_reports_no_changes(topology, options, results):
    fake = FakeServer({"M": [], "B": [], "M2": []})
    fake.flows = [deployed("F1", "M")]
    with AnsweringServer(fake) as server:
        report = declare(server, topology, **options)
    assert report.failure
    assert (report.before, report.after, report.actions) == ({}, {}, [])
    assert report.results["impacted_flows"] == []
    assert [row["result"] for row in report.items[1]] == results
    for row in report.items[1]:
        assert bool(row["message"]) is (row["result"] == "failed")
        assert row["message"] in report.failure


@pytest.mark.parametrize("unreadable", ["/products", "/flows"])
def test_a_task_that_cannot_read_fails_with_all_its_keys(unreadable):
    fake = FakeServer({"M": [], "B": []})
    fake.unreadable = unreadable
    with AnsweringServer(fake) as server:
        result = declare(server, {"M": ["B"]}).as_result(1000)
    assert result["error"]["status"] == 500
    assert (result["changed"], result["diff"]["before"], result["diff"]["after"]) == (False, "", "")
    for key in ("actions", "masters", "impacted_flows", "stale_flows", "violations"):
        assert result[key] == [], key
    assert (result["predicted"], result["unchanged_count"]) == ({}, 0)


NULLS = [
    {"topology": None},
    {"topology": None, "master": "M"},
    {"topology": [None]},
    {"topology": [{"master": None, "backups": ["B"]}]},
    {"topology": [{"master": "M", "backups": None}]},
    {"topology": [{"master": "M", "backups": [None]}]},
    {"protected": [None]},
]


@pytest.mark.parametrize("options", NULLS, ids=json.dumps)
def test_a_null_where_something_is_needed_is_named(options):
    with AnsweringServer(FakeServer({"M": [], "B": []})) as server:
        report = declare(server, {"M": ["B"]}, **options)
    assert report.failure.startswith(("topology: ", "backups: ", "protected: "))
    assert report.failure.endswith("Nothing was changed.")
    assert server.requests == []


def test_a_null_elsewhere_is_the_default():
    nulls = dict.fromkeys(
        ("state", "protected", "allow_empty", "allow_shared_backup", "on_impact", "continue_on_error", "max_removals")
    )
    with AnsweringServer(FakeServer({"M": ["A"], "B": []})) as server:
        result = declare(server, {"M": ["B"]}, **nulls).as_result(None)
    assert result["actions"] == ["Add B to the backups of M"]
    assert result["masters"][0]["after"] == ["A", "B"]


def test_an_unknown_protected_name_refuses_a_removal():
    with AnsweringServer(FakeServer({"M": ["B"]})) as server:
        report = declare(server, {"M": []}, protected=["Bx"])
    assert [(v["rule"], v["backup"]) for v in report.results["violations"]] == [("unknown_product", "Bx")]
    assert server.writes == []


def test_a_protected_product_of_another_master_is_accepted():
    with AnsweringServer(FakeServer({"M": ["B"], "OTHER": ["B2"]})) as server:
        report = declare(server, {"M": []}, protected=["B2"])
    assert (report.failure, report.changed) == ("", True)


def test_removing_an_unknown_name_gives_a_warning():
    with AnsweringServer(FakeServer({"M": ["ST_LYON"]})) as server:
        report = declare(server, {"M": ["ST_LYNO"]}, state="absent")
    assert (report.failure, report.changed) == ("", False)
    assert "Did you mean ST_LYON?" in report.warnings[0]


def test_an_accepted_change_that_is_not_visible_counts_as_changed():
    """What is read back may be an old answer; a run that says "not changed" would be wrong when it is."""
    fake = FakeServer({"M": [], "B": []}, {"POST M": (200, {})})
    with AnsweringServer(fake) as server:
        report = declare(server, {"M": ["B"]})
    assert report.changed is True
    assert rows(report)["M"]["result"] == "failed"
    assert "accepted the change but does not show it. It may still be made." in report.failure
