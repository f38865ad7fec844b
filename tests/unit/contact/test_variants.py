# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A contact with each variant of the simulator; what it proposes is enough for the modules to do their work."""

from __future__ import annotations

import contextlib
import json
import typing as t

import pytest
import requests
from answering_server import VERB, WAITING
from contacting import PASSWORD, TOKEN, USERNAME, client_of, contact, contradicted, evidence, verdicts

from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.module import Task
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.options import DEFAULT_API_PREFIX
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.report import Report
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.st_backup import ST_BACKUP
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.st_flow_deploy import ST_FLOW_DEPLOY
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.st_sync import ST_SYNC
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.verb import Verb, run

settings = pytest.importorskip("cg_sim.settings", reason="the simulator is not installed")
testing = pytest.importorskip("cg_sim.testing", reason="the simulator is not installed")

SFTP = {"name": "sftp", "protocol": "SFTP", "port": 22, "clientAuthentication": "PASSWORD", "hosts": ["paris"]}
ST = {"type": "SecureTransport", "os": "linux-x86-64", "version": "5.5", "status": "Started"}
ESTATE = {
    "products": [
        {
            **ST,
            "name": "PARIS",
            "host": "paris",
            "profiles": [SFTP],
            "backups": [{"name": "LYON", "synchronized": True}],
        },
        {**ST, "name": "LYON", "host": "lyon", "profiles": [SFTP]},
        {**ST, "name": "NICE", "host": "nice", "profiles": [{**SFTP, "port": 2222}]},
    ],
    "flows": [
        {
            "name": "PAYMENTS",
            "status": "Deployed",
            "sources": [{"product": "PARIS", "properties": {"directory": "/out"}}],
            "targets": [{"partner": "BANK"}],
            "deployments": [{"product": "PARIS", "status": "Deployed"}, {"product": "LYON", "status": "Deployed"}],
        }
    ],
}
NOTHING_TO_OVERRIDE: dict[str, t.Any] = {}
BY_REFERENCE = [{"businessId": "{backupId}"}]
REMOVE = {"method": "POST", "path": "/products/{id}/backupproducts/remove", "body": BY_REFERENCE}
SYNCHRONIZE = {"path": "/products/{id}/synchronizebackups", "body": BY_REFERENCE}
FORM = {
    "path": "/j_security_check",
    "base": "server",
    "encoding": "form",
    "body": {"j_username": "{username}", "j_password": "{password}"},
}
# The page that is answered in the place of the list of products.
ON_PAGE = {**FORM, "path": "/ui/j_security_check", "page": f"{DEFAULT_API_PREFIX}/products"}

# The variants, what is contradicted then, and what is proposed. What can only be seen by writing contradicts nothing;
# the modules work either way.
VARIANTS: list[tuple[dict[str, str], set[str], dict[str, t.Any]]] = [
    ({}, set(), NOTHING_TO_OVERRIDE),
    (
        {"backup_post": "replace", "sync": "immediate", "deploy_answer": "204", "gate": "report"},
        set(),
        NOTHING_TO_OVERRIDE,
    ),
    (
        {"known_backup": "reject", "deploy_answer": "200", "deploy_body": "false", "deployed_flow": "refuse"},
        set(),
        NOTHING_TO_OVERRIDE,
    ),
    (
        {"no_match": "404", "lists": "summary", "error_shape": "text"},
        {"no_match", "whole_entries", "error_message"},
        NOTHING_TO_OVERRIDE,
    ),
    (
        {"status_style": "code", "properties_place": "old", "error_shape": "html"},
        {"status_labels", "properties_place", "error_message"},
        NOTHING_TO_OVERRIDE,
    ),
    ({"status_style": "object", "error_shape": "errors", "auth": "basic"}, {"status_labels"}, NOTHING_TO_OVERRIDE),
    ({"auth": "session", "error_shape": "detail"}, {"basic"}, {"login": {"path": "/login"}}),
    (
        {"auth": "session", "login": "form", "error_shape": "html"},
        {"basic", "session", "error_message"},
        {"login": FORM},
    ),
    ({"auth": "session", "login": "page"}, {"basic", "session"}, {"login": ON_PAGE}),
    (
        {"remove_path": "alternate", "synchronize_path": "alternate", "error_shape": "error"},
        {"remove_backup", "synchronize_backup"},
        {"remove_backup": REMOVE, "synchronize_backup": SYNCHRONIZE},
    ),
]


def test_every_variant_is_tried():
    tried = {(key, value) for variants, *_rest in VARIANTS for key, value in variants.items()}
    defaults = {(key, values[0]) for key, values in settings.VARIANTS.items()}
    everything = {(key, value) for key, values in settings.VARIANTS.items() for value in values}
    assert everything - tried - defaults == {("auth", "bearer")}  # has a test of its own, below


def named(variants: dict[str, str]) -> str:
    return ",".join(f"{key}={word}" for key, word in variants.items()) or "default"


@pytest.fixture
def central_governance() -> t.Iterator[t.Callable[..., t.Any]]:
    with contextlib.ExitStack() as stack:

        def start(**variants: str) -> t.Any:
            running = testing.running(ESTATE, variants=variants, username=USERNAME, password=PASSWORD, token=TOKEN)
            return stack.enter_context(running)

        yield start


def writes(cg: t.Any) -> list[str]:
    return [
        f"{each['method']} {each['path']}" for each in cg.journal(write=True) if not each["path"].endswith("/login")
    ]


def do_the_main_job(report: Report) -> None:
    """Declares, synchronizes, deploys and removes with the options that were proposed, and with nothing else."""
    client = client_of(report)

    def do(verb: Verb, **params: t.Any) -> Report:
        defaults = {name: option.get("default") for name, option in verb.argument_spec.items()}
        outcome = run(verb, Task({**defaults, **VERB, **WAITING, **params}, False, client, {}))
        assert not outcome.failure, outcome.failure
        return outcome

    backup = {"master": "PARIS", "backups": ["LYON", "NICE"]}
    assert do(ST_BACKUP, **backup).changed
    assert do(ST_SYNC).changed
    assert do(ST_FLOW_DEPLOY, flows=["PAYMENTS"]).changed
    assert do(ST_BACKUP, **{**backup, "backups": ["NICE"]}, state="absent").changed


@pytest.mark.parametrize(("variants", "wrong", "operations"), VARIANTS, ids=[named(row[0]) for row in VARIANTS])
def test_what_is_proposed_is_enough_for_the_modules(central_governance, variants, wrong, operations):
    cg = central_governance(**variants)
    report = contact(cg.url)
    assert not report.failure
    assert contradicted(report) == wrong
    assert report.results["proposal"].get("operations", {}) == operations
    assert writes(cg) == []
    do_the_main_job(report)


def test_a_token(central_governance):
    cg = central_governance(auth="bearer")
    report = contact(cg.url, token=TOKEN)
    assert (verdicts(report)["token"], report.results["authentication"]["way"]) == ("confirmed", "token")
    do_the_main_job(report)


def test_what_only_a_write_would_show_is_not_seen(central_governance):
    cg = central_governance(remove_path="alternate", synchronize_path="alternate")
    report = contact(cg.url, send_options=False)
    names = ("add_backups", "remove_backup", "synchronize_backup", "deploy_flow", "post_appends", "gate")
    assert {verdicts(report)[name] for name in names} == {"not seen"}
    assert "operations" not in report.results["proposal"]
    (advice,) = [line for line in report.results["try_by_hand"] if line.startswith("remove_backup")]
    assert "whether DELETE /products/{id}/backupproducts/{backupId} is right was not seen" in advice
    assert {entry["method"] for entry in cg.journal()} == {"GET"}


def test_a_wrong_password_on_a_login_page(central_governance):
    cg = central_governance(auth="session", login="page")
    report = contact(cg.url, password="wrong horse")
    assert "No way to authenticate worked" in report.failure
    assert "still asks for them" in report.failure
    assert "wrong horse" not in report.failure + json.dumps(report.results)
    assert len([each for each in cg.journal() if each["method"] == "POST"]) <= 3
    (first, *_rest) = report.results["exchanges"]
    assert 'name="form_token" value="********"' in first["beginning"]


@pytest.mark.parametrize("form", ["json", "yaml"])
def test_the_paths_of_writes_from_the_description(central_governance, tmp_path, form):
    """Given as a file; without asking for methods, which a server need not tell."""
    cg = central_governance(remove_path="alternate", synchronize_path="alternate")
    file = tmp_path / f"openapi.{form}"
    file.write_bytes(requests.get(f"{cg.api_url}/openapi.{form}", timeout=30).content)
    report = contact(cg.url, send_options=False, openapi=str(file))
    assert report.results["proposal"]["operations"] == {"remove_backup": REMOVE, "synchronize_backup": SYNCHRONIZE}
    assert contradicted(report) == {"remove_backup", "synchronize_backup"}
    assert verdicts(report)["deploy_flow"] == "confirmed"
    assert report.results["remarks"] == []
    do_the_main_job(report)


def test_the_description_alone(central_governance, tmp_path):
    cg = central_governance(remove_path="alternate")
    file = tmp_path / "openapi.json"
    file.write_bytes(requests.get(f"{cg.api_url}/openapi.json", timeout=30).content)
    cg.forget_journal()
    report = contact("", openapi=str(file))
    assert not report.failure
    assert report.results["proposal"]["operations"] == {"remove_backup": REMOVE}
    assert verdicts(report)["api_prefix"] == "confirmed"
    assert {verdicts(report)[f"{kind}_fields"] for kind in ("product", "flow", "deployment")} == {"confirmed"}
    assert cg.journal() == []


def test_the_description_is_looked_for_on_the_server(central_governance):
    cg = central_governance(synchronize_path="alternate")
    report = contact(cg.url, send_options=False, search_openapi=True)
    assert report.results["openapi_found_at"] == "/openapi.json"
    assert report.results["proposal"]["operations"] == {"synchronize_backup": SYNCHRONIZE}


def test_the_prefix_is_found(central_governance):
    cg = central_governance()
    report = contact(cg.url, api_prefix="/api/v2")
    assert not report.failure
    assert "api_prefix" not in report.results["proposal"]  # the default
    do_the_main_job(report)


@pytest.mark.parametrize("replace_names", [False, True])
def test_the_recording_becomes_an_estate(central_governance, tmp_path, replace_names):
    from cg_sim.estates.importing import import_estate

    cg = central_governance(status_style="object")
    file = tmp_path / "contact.json"
    report = contact(cg.url, recording=str(file), replace_names=replace_names)
    assert report.warnings == []
    assert file.stat().st_mode & 0o777 == 0o600
    text = file.read_text(encoding="utf-8")
    imported = import_estate([("contact.json", text)])
    assert imported.warnings == []
    with testing.running(json.dumps(imported.estate)) as again:
        copy, original = again.state(), cg.state()
    backups = [sorted(len(item["backupProducts"]) for item in state["products"]) for state in (copy, original)]
    assert backups == [[0, 0, 1]] * 2
    assert [flow["status"] for flow in copy["flows"]] == [flow["status"] for flow in original["flows"]]
    for name in ("PARIS", "LYON", "NICE", "PAYMENTS", "BANK", "paris", "127.0.0.1", "sftp"):
        assert (name in text) != replace_names, name
    # The same keys as in the recording of cg-sim proxy.
    (entry, *_rest) = json.loads(text)["exchanges"]
    assert {
        *("n", "at", "method", "path", "query", "operation", "passed_on", "status", "request_body", "answer_body"),
        *("differences", "duration_ms"),
    } <= set(entry)


def test_nothing_is_reported_about_what_the_user_overrides(central_governance):
    """It works as given, which says nothing of the default; and it stays in the proposal."""
    given = {"login": FORM, "remove_backup": REMOVE, "list_flows": {"path": "/flows?name=%25"}}
    cg = central_governance(auth="session", login="form", remove_path="alternate")
    report = contact(cg.url, operations=given)
    assert not report.failure
    assert report.results["proposal"]["operations"] == given
    assert contradicted(report) == set()
    for name in ("session", "remove_backup", "list_flows"):
        assert verdicts(report)[name] == "not seen"
        assert "as given works" in evidence(report, name)
    do_the_main_job(report)


def test_an_empty_central_governance():
    with testing.running("{}", username=USERNAME, password=PASSWORD) as cg:
        report = contact(cg.url)
    assert not report.failure
    assert contradicted(report) == set()
    assert verdicts(report)["list_products"] == "confirmed"
    assert verdicts(report)["product_fields"] == "not seen"
    assert verdicts(report)["list_backups"] == "not seen"
    assert "a list of 0" in evidence(report, "list_products")
