# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Products and flows that are named by businessIds in any case, and backups that are listed without their names."""

from __future__ import annotations

import pytest
from answering_server import AnsweringServer

from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.st_backup import ST_BACKUP
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.st_flow_deploy import ST_FLOW_DEPLOY
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.st_sync import ST_SYNC
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.verb import run

MASTER, BACKUP, FLOW = (f"0d8cf9a4-7c1e-4b52-9a33-5f2f6e1c00a{number}" for number in range(3))


class Region:
    """One master with one backup and a flow that is not complete; ``entry`` is how the list shows the backup."""

    def __init__(self, entry):
        self.backups = [{"synchronized": False, **entry}]
        whole = {"type": "SecureTransport", "version": "5.5", "status": "Started", "communicationProfiles": []}
        self.products = [
            {"businessId": MASTER.upper(), "name": "PARIS", **whole},
            {"businessId": BACKUP, "name": "LYON", **whole, "backupProducts": []},
        ]
        self.flow = {"businessId": FLOW, "name": "PAYMENTS", "status": "Saved", "sources": {}, "targets": {}}

    def __call__(self, method, path, _body):
        if method == "DELETE":
            self.backups.clear()
            return 200, {}
        if path.endswith("/backupproducts"):
            return 200, self.backups
        if path.startswith("/products"):
            products = [{"backupProducts": self.backups, **product} for product in self.products]
            wanted = path.partition("?name=")[2] or path.removeprefix("/products").strip("/")
            return 200, [p for p in products if wanted in ("", p["name"]) or wanted.lower() == p["businessId"].lower()]
        if path.startswith("/flows"):
            wanted = path.removeprefix("/flows").strip("/?name=")
            return 200, [self.flow] if wanted in ("", "PAYMENTS", FLOW) else []
        return 200, []


ENTRIES = pytest.mark.parametrize(
    "entry",
    [{"businessId": BACKUP}, {"businessId": BACKUP.upper()}, {"name": "LYON"}, {"businessId": BACKUP, "name": "LYON"}],
    ids=["id", "ID", "name", "both"],
)
REFERENCES = pytest.mark.parametrize("reference", [BACKUP, BACKUP.upper(), "LYON"], ids=["id", "ID", "name"])


def declare(server, **options):
    unset = dict.fromkeys(("topology", "master", "backups", "max_removals", "predicted"))
    usual = {"protected": [], "allow_empty": True, "allow_shared_backup": False, "on_impact": "warn"}
    return run(ST_BACKUP, server.task(**{**unset, **usual, **options}))


@ENTRIES
@REFERENCES
@pytest.mark.parametrize("master", [MASTER, MASTER.upper(), "PARIS"], ids=["id", "ID", "name"])
def test_a_protected_backup_is_protected_however_it_is_named_and_listed(entry, reference, master):
    with AnsweringServer(Region(entry)) as server:
        report = declare(server, master=master, backups=[], state="exact", protected=[reference])
        assert "LYON is protected" in report.failure
        assert server.writes == []


@ENTRIES
@REFERENCES
def test_a_backup_is_taken_away_however_it_is_named_and_listed(entry, reference):
    with AnsweringServer(Region(entry)) as server:
        report = declare(server, master="PARIS", backups=[reference], state="absent")
        assert report.failure == "", report.failure
        assert report.changed
        assert [line.split("/")[-1] for line in server.writes] == [entry.get("businessId", BACKUP)]


@ENTRIES
@REFERENCES
def test_a_backup_is_chosen_for_synchronization_however_it_is_named_and_listed(entry, reference):
    options = {"masters": [MASTER.upper()], "backups": [reference], "force": "false", "max_profile_removals": None}
    with AnsweringServer(Region(entry)) as server:
        report = run(ST_SYNC, server.task(check=True, allow_flow_invalidation=False, **options))
    assert report.failure == "", report.failure
    assert [row["backup"] for row in report.items[1]] == ["LYON"]


@pytest.mark.parametrize("reference", [FLOW, FLOW.upper(), "PAYMENTS"], ids=["id", "ID", "name"])
def test_a_flow_that_is_named_is_not_skipped_as_incomplete(reference):
    options = {"masters": None, "redeploy": "when_needed", "force": False, "skip_incomplete": True}
    with AnsweringServer(Region({"businessId": BACKUP})) as server:
        report = run(ST_FLOW_DEPLOY, server.task(check=True, flows=[reference], **options))
    assert [row["result"] for row in report.items[1]] == ["failed"]
