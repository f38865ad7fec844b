# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The console's server side: who may use it, what it shows, what its buttons do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
import pytest
from sim_client import Client, Reply
from sim_estates import product, seed

from cg_sim.estates.generate import EstateOptions, generate_estate
from cg_sim.settings import Settings
from cg_sim.simulator import Simulator

EXAMPLE = Path(__file__).parents[3] / "playbooks" / "examples" / "two_regions" / "estate.yml"
SAME_MACHINE = {"host": "127.0.0.1:6900"}


class Console:
    """Requests of the page, by default from the same machine."""

    def __init__(self, simulator: Simulator) -> None:
        self.simulator = simulator
        self.client = Client(simulator)
        self.address = ("127.0.0.1", 40000)
        self.headers = dict(SAME_MACHINE)

    def raw(self, method: str, path: str, content: bytes = b"", query: str = "", **headers: str) -> Reply:
        sent = {**self.headers, **{key.replace("_", "-"): value for key, value in headers.items()}}
        return self.client.raw(method, f"/console/{path}", content, sent, query, self.address)

    def post(self, path: str, body: Any, **headers: str) -> Reply:
        content = orjson.dumps(body)
        sent = {"content_type": "application/json", "content_length": str(len(content)), **headers}
        return self.raw("POST", path, content, **sent)

    def show(self, path: str, query: str = "") -> Any:
        reply = self.raw("GET", f"data/{path}", query=query)
        assert reply.status == 200, reply.text
        return reply.json()

    def do(self, action: str, **arguments: Any) -> Any:
        reply = self.post(f"do/{action}", arguments)
        assert reply.status == 200, reply.text
        return reply.json()

    def refusal(self, action: str, **arguments: Any) -> str:
        reply = self.post(f"do/{action}", arguments)
        assert 400 <= reply.status < 500, reply.text
        return reply.message

    def id(self, name: str) -> str:
        return self.client.id(name)

    def product(self, name: str) -> Any:
        return self.show(f"products/{self.id(name)}")

    def backups(self, name: str) -> dict[str, bool]:
        return {backup["name"]: backup["synchronized"] for backup in self.product(name)["backups"]}

    def edit(self, master: str, *names: str, confirmed: bool = False) -> Any:
        given = [{"name": name} for name in names]
        return self.do("edit-backups", master_id=self.id(master), backups=given, confirmed=confirmed)


def console_of(estate: str | bytes, **settings: Any) -> Console:
    simulator = Simulator(Settings(**settings))
    simulator.seed(estate if isinstance(estate, str) else estate.decode(), "estate")
    return Console(simulator)


@pytest.fixture
def console() -> Console:
    return console_of(EXAMPLE.read_bytes())


# ------------------------------------------------------------------------------------------------------------- access


def test_no_sign_in_from_the_same_machine(console: Console) -> None:
    for host in ("127.0.0.1:6900", "localhost", "[::1]:6900"):
        console.headers["host"] = host
        assert console.show("overview")["products"] == 16


@pytest.mark.parametrize(
    ("address", "host"),
    [
        ("192.0.2.7", "cg.example:6900"),  # another machine
        ("127.0.0.1", "evil.example:6900"),  # DNS rebinding
        ("192.0.2.7", "127.0.0.1"),  # a forged Host header
    ],
)
def test_other_machines_have_to_sign_in(console: Console, address: str, host: str) -> None:
    console.address, console.headers["host"] = (address, 40000), host
    for path in ("data/overview", "data/products", f"data/flows/{console.id('CASH_POOLING')}"):
        assert console.raw("GET", path).status == 401
    deploy = {"flow_id": console.id("INSTANT_PAYMENT_REPORTS"), "force": False}
    assert console.post("do/deploy", deploy).status == 401
    for wrong in ({"username": "admin", "password": "guess"}, {"username": "root", "password": "admin"}):
        reply = console.post("session", wrong)
        assert (reply.status, reply.message) == (401, "Unknown user or wrong password")
        assert "set-cookie" not in reply.headers

    cookie = console.post("session", {"username": "admin", "password": "admin"}).headers["set-cookie"]
    assert all(word in cookie for word in ("HttpOnly", "SameSite=strict", "Path=/console", "Secure"))
    console.headers["cookie"] = cookie.partition(";")[0]
    assert console.show("overview")["products"] == 16
    assert console.post("do/deploy", deploy).status == 200
    console.headers["cookie"] += "x"
    assert console.raw("GET", "data/overview").status == 401


def test_without_the_control_plane_a_sign_in_is_always_needed() -> None:
    assert console_of("products: []", control=False).raw("GET", "data/overview").status == 401


def test_pages_of_another_origin_are_refused(console: Console) -> None:
    body = {"flow_id": console.id("INSTANT_PAYMENT_REPORTS"), "force": False}
    assert console.post("do/deploy", body, origin="https://evil.example").status == 403
    assert console.post("session", {"username": "admin", "password": "admin"}, origin="null").status == 403
    assert console.raw("GET", "data/overview", origin="https://evil.example").status == 403
    assert console.post("do/deploy", body, origin="https://127.0.0.1:6900").status == 200


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_forms_of_other_sites_are_refused(console: Console, content_type: str) -> None:
    assert console.post("do/deploy", {"flow_id": "x", "force": False}, content_type=content_type).status == 415


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"{", 400),
        (b"\xff", 400),
        (b"{}", 400),
        (b'{"flow_id": 1, "force": false}', 400),
        (b'{"flow_id": "x", "force": 0}', 400),
        (b'{"flow_id": "x", "force": false, "more": 1}', 400),
        (b'{"flow_id": "x", "force": false}', 404),
        (b"x" * 1_000_001, 413),
    ],
)
def test_invalid_bodies_are_refused_with_a_message(console: Console, body: bytes, status: int) -> None:
    headers = {"content_type": "application/json", "content_length": str(len(body))}
    reply = console.raw("POST", "do/deploy", body, **headers)
    assert (reply.status, bool(reply.message)) == (status, True)


@pytest.mark.parametrize("entry", [1, "ST_LYON", {}, {"name": 1}, {"id": "x"}, {"name": "x", "businessId": "y"}])
def test_references_to_backups_are_checked(console: Console, entry: object) -> None:
    reply = console.post("do/edit-backups", {"master_id": "x", "backups": [entry], "confirmed": False})
    assert (reply.status, reply.message) == (400, "backups must be a list of objects with a businessId or a name")


@pytest.mark.parametrize("path", ["data/nothing", "data/products/nothing", "data/overview/x", "data/flows/nothing"])
def test_unknown_paths_get_404(console: Console, path: str) -> None:
    assert console.raw("GET", path).status == 404


# -------------------------------------------------------------------------------------------------------------- files


@pytest.mark.parametrize("path", ["", "static/app.js", "static/console.css", "static/icon.svg", "data/overview"])
def test_every_answer_has_the_content_security_policy(console: Console, path: str) -> None:
    reply = console.raw("GET", path)
    assert reply.status == 200
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_unchanged_data_is_not_sent_again(console: Console) -> None:
    for path in ("", "static/app.js", "data/products"):
        first = console.raw("GET", path)
        again = console.raw("GET", path, if_none_match=first.headers["etag"])
        assert (again.status, again.content) == (304, b"")
    console.edit("ST_VIENNA")
    assert console.raw("GET", "data/products", if_none_match=first.headers["etag"]).status == 200


def test_only_the_files_of_the_page_are_served(console: Console) -> None:
    for name in ("nothing.js", "..", "..%2faccess.py", "access.py"):
        assert console.raw("GET", f"static/{name}").status == 404


def test_the_page_loads_nothing_from_other_hosts() -> None:
    folder = Path(__file__).parents[2] / "src" / "cg_sim" / "console" / "static"
    for file in folder.iterdir():
        text = file.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "://" not in text, file.name
        assert "innerHTML" not in text, file.name


# ------------------------------------------------------------------------------------------------------------ reading


def test_reading_pages_has_no_side_effects(console: Console) -> None:
    """Watching the console must not change what a playbook sees: nothing counts as a poll."""
    client = console.client
    assert client.synchronize("ST_MADRID", "ST_SEVILLE").status == 202
    journal = list(console.simulator.journal.find())
    for _ in range(20):
        console.show("overview")
        for kind in ("products", "flows", "deployments", "activity"):
            console.show(kind)
        assert console.product("ST_MADRID")["backups"][0]["running"] is True
    assert list(console.simulator.journal.find()) == journal
    assert [client.flags("ST_MADRID")["ST_SEVILLE"] for _ in range(3)] == [False, False, True]


def test_the_products_list_has_the_backups(console: Console) -> None:
    rows = {row["name"]: row for row in console.show("products")["rows"]}
    assert list(rows) == sorted(rows)
    assert [(backup["name"], backup["synchronized"]) for backup in rows["ST_PARIS"]["backups"]] == [("ST_LYON", True)]
    assert [master["name"] for master in rows["ST_LYON"]["backupOf"]] == ["ST_PARIS"]


def test_a_flow_shows_its_masters_with_their_backups(console: Console) -> None:
    flow = console.show(f"flows/{console.id('CROSS_BORDER_PAYMENTS')}")
    assert [[(part["name"], part["backups"]) for part in stage["parts"]] for stage in flow["definition"]] == [
        [("ST_PARIS", ["ST_LYON"])],
        [("ST_FRANKFURT", ["ST_STUTTGART"])],
    ]
    assert {row["product"]["name"]: row["role"] for row in flow["deployments"]} == {
        "ST_PARIS": "master",
        "ST_LYON": "backup",
        "ST_FRANKFURT": "master",
        "ST_STUTTGART": "backup",
    }


def test_a_deployment_on_a_former_backup_is_shown_as_such(console: Console) -> None:
    rows = console.show("deployments", "search=spanish")["rows"]
    assert {row["product"]["name"]: row["role"] for row in rows} == {
        "ST_MADRID": "master",
        "ST_SEVILLE": "backup",
        "ST_BRUSSELS": "former backup",
    }


def test_the_overview_counts(console: Console) -> None:
    assert console.show("overview") == {
        "products": 16,
        "masters": 5,
        "unsynchronized": 2,
        "flows": {"Deployed": 13, "Saved, not deployed": 5, "Saved": 2, "Deployed in error": 2},
        "running": 0,
        "switched": [],
    }


def test_activity_shows_what_the_api_was_asked_for(console: Console) -> None:
    assert console.show("activity") == {"rows": []}
    console.client.get("/products")
    console.client.add_backups("ST_PARIS", "ST_LILLE")
    writes = console.show("activity", "search=writes")["rows"]
    assert [(row["method"], row["operation"], row["status"]) for row in writes] == [("POST", "addBackups", 201)]
    assert len(console.show("activity")["rows"]) == 2


def test_pages_and_search() -> None:
    console = console_of(generate_estate(EstateOptions(masters=120, backups=1, flows=170, seed=3)))
    first = console.show("products")
    assert (first["total"], first["pages"], len(first["rows"])) == (241, 5, 50)
    pages = [console.show("products", f"page={page}") for page in (1, 2, 3, 4, 5)]
    names = [row["name"] for page in pages for row in page["rows"]]
    assert names == sorted(names)
    assert len(set(names)) == 241
    assert console.show("products", "page=99")["page"] == 5
    for odd in ("0", "-1", "x", "", "9" * 50, "²"):
        assert console.show("products", f"page={odd}")["page"] in (1, 5)
    found = console.show("products", "search=paris+DR1")["rows"]
    assert found
    assert all("PARIS" in row["name"] and "DR1" in row["name"] for row in found)
    assert console.show("flows", "search=no+such+flow")["rows"] == []
    assert console.show("flows")["total"] == 170


# ------------------------------------------------------------------------------------------------------------ buttons


def test_backups_with_the_same_name_are_distinguished() -> None:
    first, second = "b430b2e7-b707-4d73-8cc9-c2022a44929e", "df624908-0de8-4c2c-be4b-61d4baec34eb"
    twins = [product("TWIN", businessId=first), product("TWIN", businessId=second)]
    simulator = Simulator()
    seed(simulator, {"products": [product("M", {first: True, second: True}), *twins]})
    console = Console(simulator)
    saved = console.do("edit-backups", master_id=console.id("M"), backups=[{"businessId": second}], confirmed=False)
    assert saved == {"saved": True, "impactedFlows": []}
    left = simulator.world.state.products[console.id("M")].backups
    assert [(entry.id, entry.synchronized) for entry in left] == [(second, True)]


def test_adding_a_backup_warns_of_the_impacted_flows_and_needs_confirmation(console: Console) -> None:
    """Documented: "a warning with a list of the impacted flows"."""
    before = console.simulator.world.state.to_documents()
    outcome = console.edit("ST_PARIS", "ST_LYON", "ST_LILLE")
    assert outcome["saved"] is False
    assert [flow["name"] for flow in outcome["impactedFlows"]] == [
        "CROSS_BORDER_PAYMENTS",
        "SEPA_CREDIT_TRANSFERS",
        "SEPA_DIRECT_DEBITS",
        "SWIFT_MT940_STATEMENTS",
    ]
    assert orjson.dumps(console.simulator.world.state.to_documents()) == orjson.dumps(before)

    assert console.edit("ST_PARIS", "ST_LYON", "ST_LILLE", confirmed=True)["saved"] is True
    assert console.backups("ST_PARIS") == {"ST_LYON": True, "ST_LILLE": False}
    assert console.show(f"flows/{console.id('SEPA_DIRECT_DEBITS')}")["status"] == "Saved, not deployed"


def test_adding_a_backup_to_a_master_without_deployed_flows_needs_no_confirmation(console: Console) -> None:
    assert console.edit("ST_ZURICH") == {"saved": True, "impactedFlows": []}
    assert console.edit("ST_MUNICH", "ST_LILLE") == {"saved": True, "impactedFlows": []}


def test_removing_a_backup_gives_no_warning(console: Console) -> None:
    """Documented: "there is no warning about impacted flows. The status of the deployed flows does not change"."""
    assert console.edit("ST_PARIS") == {"saved": True, "impactedFlows": []}
    assert console.backups("ST_PARIS") == {}
    flow = console.show(f"flows/{console.id('SEPA_DIRECT_DEBITS')}")
    assert flow["status"] == "Deployed"
    assert {row["product"]["name"]: row["role"] for row in flow["deployments"]}["ST_LYON"] == "former backup"


def test_a_list_that_violates_rules_changes_nothing_and_reports_all_violations(console: Console) -> None:
    names = ["ST_ZURICH", "CFT_CORE_BANKING", "NOWHERE"]
    arguments = {"master_id": console.id("ST_PARIS"), "backups": [{"name": name} for name in names]}
    message = console.refusal("edit-backups", **arguments, confirmed=True)
    assert all(name in message for name in names)
    assert console.backups("ST_PARIS") == {"ST_LYON": True}


@pytest.mark.parametrize("backup_post", ["append", "replace"])
def test_the_list_is_the_same_with_both_variants_of_backup_post(console: Console, backup_post: str) -> None:
    console.simulator.settings.variants.update(backup_post=backup_post, known_backup="reject")
    assert console.edit("ST_PARIS", "ST_LYON", "ST_LILLE", confirmed=True)["saved"]
    assert console.backups("ST_PARIS") == {"ST_LYON": True, "ST_LILLE": False}
    assert console.edit("ST_PARIS", "ST_MUNICH", "ST_LILLE", "ST_LILLE", confirmed=True)["saved"]
    assert set(console.backups("ST_PARIS")) == {"ST_MUNICH", "ST_LILLE"}


def test_synchronizing_ends_after_a_while(console: Console) -> None:
    clock = console.simulator.world.clock
    clock.freeze()
    ids = {"master_id": console.id("ST_FRANKFURT"), "backup_id": console.id("ST_STUTTGART")}
    console.do("synchronize", **ids)
    assert console.product("ST_FRANKFURT")["backups"][0]["running"] is True
    console.do("synchronize", **ids)  # a second request changes nothing
    clock.advance(5)
    assert console.backups("ST_FRANKFURT") == {"ST_STUTTGART": True}
    assert "already" in console.refusal("synchronize", **ids)


def test_a_synchronization_started_by_the_api_is_not_affected(console: Console) -> None:
    console.client.synchronize("ST_FRANKFURT", "ST_STUTTGART")
    before = dict(console.simulator.world.state.jobs)
    console.do("synchronize", master_id=console.id("ST_FRANKFURT"), backup_id=console.id("ST_STUTTGART"))
    assert console.simulator.world.state.jobs == before


def test_deploying_is_refused_by_the_gate(console: Console) -> None:
    """Documented text."""
    message = console.refusal("deploy", flow_id=console.id("NORMA43_STATEMENTS"), force=False)
    assert message == "Backup product/s ST_SEVILLE are not synchronized with the master product ST_MADRID"


def test_force_deploy_skips_conflicts(console: Console) -> None:
    clock, flow_id = console.simulator.world.clock, console.id("REGULATORY_ARCHIVE_2027")
    clock.freeze()
    assert "Conflict with another flow with the same IDF" in console.refusal("deploy", flow_id=flow_id, force=False)
    before = console.show("overview")["running"]
    console.do("deploy", flow_id=flow_id, force=True)
    assert console.show("overview")["running"] == before + 1
    clock.advance(5)
    assert console.show(f"flows/{flow_id}")["status"] == "Deployed"


def test_immediate_transitions_stay_immediate(console: Console) -> None:
    console.simulator.settings.transitions.update(deploy="immediate")
    flow_id = console.id("INSTANT_PAYMENT_REPORTS")
    console.do("deploy", flow_id=flow_id, force=False)
    assert console.show(f"flows/{flow_id}")["status"] == "Deployed"


def test_actions_on_the_console_are_in_the_journal(console: Console) -> None:
    console.do("deploy", flow_id=console.id("REGULATORY_ARCHIVE_2027"), force=True)
    body = {"master_id": console.id("ST_PARIS"), "backup_id": "none"}
    assert console.post("do/synchronize", body).status == 404
    shown = console.show("activity", "search=writes")["rows"]
    assert [(row["user"], row["status"], row["objects"]) for row in shown] == [
        ("console", 404, ["ST_PARIS"]),
        ("console", 200, ["REGULATORY_ARCHIVE_2027"]),
    ]
    assert "none" in shown[0]["answer"]["message"]
    journal = console.client.control("GET", "journal", query="write=true").json()
    assert [entry["path"] for entry in journal] == ["/console/do/deploy", "/console/do/synchronize"]


def test_jobs_that_no_client_reads_end_while_the_console_is_open(console: Console) -> None:
    moment = [1000.0]
    world = console.simulator.world
    world.monotonic = lambda: moment[0]
    world.count_reads(("deploy",), None)
    flow_id = console.id("REGULATORY_ARCHIVE_2027")
    assert console.client.deploy("REGULATORY_ARCHIVE_2027", force=True).status == 202
    for _ in range(4):
        moment[0] += 1
        assert console.show(f"flows/{flow_id}")["status"] == "In progress"
    for _ in range(20):  # more frequent reads are not counted
        console.show("overview")
    assert console.show(f"flows/{flow_id}")["status"] == "In progress"
    seen = []
    for _ in range(6):
        moment[0] += 1
        seen.append(console.show(f"flows/{flow_id}")["status"])
    assert seen[0] == "In progress"
    assert seen[-1] == "Deployed"


def test_filters_and_sorting(console: Console) -> None:
    names = lambda query: [row["name"] for row in console.show("products", query)["rows"]]  # noqa: E731
    late = names("search=is:unsynchronized")
    assert (
        late
        == [
            row["name"]
            for row in console.show("products")["rows"]
            if any(not each["synchronized"] for each in row["backups"])
        ]
        != []
    )
    assert set(names("search=is:backup+type:SecureTransport")) == {
        backup["name"] for row in console.show("products")["rows"] for backup in row["backups"]
    }
    assert names("search=status:Unreachable") == ["ST_LILLE"] or names("search=status:Unreachable")
    shown = console.show("flows", "search=status:%22Saved, not deployed%22".replace(" ", "+"))["rows"]
    assert {row["status"] for row in shown} == {"Saved, not deployed"}
    assert names("sort=-name") == names("sort=name")[::-1] == sorted(names(""), reverse=True)
    statuses = [row["status"] for row in console.show("deployments", "sort=-status")["rows"]]
    assert statuses == sorted(statuses, reverse=True)
    assert console.show("products", "sort=nonsense")["sort"] == ""


def test_the_topology_has_masters_only(console: Console) -> None:
    rows = console.show("topology")["rows"]
    assert all(row["backups"] and all("status" in each for each in row["backups"]) for row in rows)
    assert "ST_PARIS" in [row["name"] for row in rows]


def test_changed_settings_are_shown(console: Console) -> None:
    assert console.show("overview")["switched"] == []
    for path, body in (
        ("variants", {"gate": "report"}), ("transitions", {"deploy": "time:5"}), ("clock", {"frozen": True}),
    ):  # fmt: skip
        console.client.control("PUT", path, body)
    console.client.control("POST", "faults", {"fault": "status", "operation": "listFlows"})
    assert console.show("overview")["switched"] == ["1 faults", "gate=report", "deploy=time:5", "clock"]
    shown = console.show("simulator")
    assert [entry["fault"] for entry in shown["faults"]] == ["status"]
    assert {entry["key"]: entry["value"] for entry in shown["variants"]}["gate"] == "report"
    assert shown["clock"]["frozen"] is True
