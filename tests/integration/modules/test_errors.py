# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The messages when the connection, the credentials or the server fail; secrets are never shown."""

from __future__ import annotations

import json
import socket

import pytest
from estates import product, region
from harness import Run, Simulator, run_each, run_tasks
from harness.simulator import PASSWORD

COLLECTION = "mftops.central_governance"
TASKS = {
    "st_backup": {"master": "PARIS", "backups": ["NICE"]},
    "st_sync": {},
    "st_flow_deploy": {"flows": ["PAYMENTS"]},
    "st_product_info": {},
    "st_backup_info": {},
    "st_flow_info": {},
}


# All modules share the code that connects. With a wrong password each of them is tried, in other tests only these.
SOME = ["st_backup", "st_product_info"]


def run_all(connection: dict, modules=tuple(TASKS), check: bool = False, arguments=()) -> Run:
    """Each of the modules once, each allowed to fail."""
    tasks = [{"name": module, f"{COLLECTION}.{module}": TASKS[module], "ignore_errors": True} for module in modules]
    return run_tasks(*tasks, connection=connection, check=check, arguments=arguments).succeeded()


def messages(run: Run) -> dict[str, str]:
    assert "Traceback" not in run.output
    assert {(task.status, task.result["changed"]) for task in run.tasks} == {("failed", False)}
    return {task.task: task.result["msg"] for task in run.tasks}


@pytest.fixture
def cg(simulator) -> Simulator:
    return simulator(region())


def test_a_wrong_password(cg):
    run = run_all({**cg.connection, "password": "wr0ng-but-s3cret"})
    for message in messages(run).values():
        assert "answered 401: it did not accept the credentials" in message
        assert "Nothing was changed." in message
    assert run.of("st_backup")["error"]["status"] == 401
    assert "wr0ng-but-s3cret" not in run.output
    # Every module tried the password once: more attempts could lock the account.
    assert len(cg.journal()) == len(TASKS)
    assert cg.writes() == []


@pytest.mark.parametrize("module", SOME)
def test_a_connection_that_cannot_work(cg, module):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{taken.getsockname()[1]}"
        cases = [
            ({"url": cg.url}, "answered 401: it asks for credentials, and none were given. Set username and password"),
            (
                {**cg.connection, "url": dead, "retries": 0},
                f"{dead} cannot be reached: Connection refused. Nothing was changed.",
            ),
            ({**cg.connection, "api_prefix": "/nowhere"}, "answered 404"),
            (
                {"username": "u", "password": "p4ssw0rd!"},
                "url: it is missing. Give it in the task or in module_defaults",
            ),
            ({**cg.connection, "url": "cg.example.com:6900"}, "url: "),
        ]
        tasks = run_each(module, *({**TASKS[module], **connection} for connection, _message in cases))
    for task, (_connection, message) in zip(tasks, cases, strict=True):
        assert (task.status, task.result["changed"]) == ("failed", False)
        assert message in task.result["msg"]
        assert "did not accept" not in task.result["msg"]
    assert "CG_URL" in tasks[3].result["msg"] and "dr_connection" in tasks[3].result["msg"]
    assert cg.writes() == []


def test_a_server_that_does_not_answer(cg):
    cg.add_fault(fault="delay", delay=3)
    run = run_all({**cg.connection, "timeout": 0.3, "retries": 0}, SOME)
    for message in messages(run).values():
        assert "no answer from" in message
        assert "within 0.3 s" in message


def test_html_instead_of_json(cg):
    cg.add_fault(fault="html")
    for message in messages(run_all(cg.connection, SOME)).values():
        assert "is not JSON" in message or "answered" in message
        assert "<html" not in message.lower()


def test_tls_with_the_right_and_the_wrong_authority(simulator, tmp_path):
    cg, other = simulator(region(), tls=True), simulator(region(), tls=True)
    info = {f"{COLLECTION}.st_product_info": {"names": ["PARIS"]}, "name": "ask"}
    # An explicit ca_path wins over the bundle that the environment names, both ways.
    run_tasks(info, connection=cg.connection, environment={"REQUESTS_CA_BUNDLE": str(other.ca_path)}).succeeded()
    wrong = {**cg.connection, "ca_path": str(other.ca_path)}
    environment = {"REQUESTS_CA_BUNDLE": str(cg.ca_path)}
    failed = run_tasks(info, connection=wrong, environment=environment).failed().of("ask")
    assert "TLS with" in failed["msg"]
    assert "Check ca_path" in failed["msg"]

    untrusted = {key: value for key, value in cg.connection.items() if key != "ca_path"}
    tasks = run_each("st_product_info", cg.connection, untrusted, {**untrusted, "validate_certs": False})
    assert [task.status for task in tasks] == ["ok", "failed", "ok"]
    assert "TLS with" in tasks[1].result["msg"]


def test_a_token_instead_of_a_password(simulator):
    cg = simulator(region(), token="s3cret-t0ken")
    run_tasks({f"{COLLECTION}.st_product_info": {}}, connection=cg.connection).succeeded()
    wrong = {**cg.connection, "token": "another-t0ken"}
    failed = run_tasks({"name": "ask", f"{COLLECTION}.st_product_info": {}}, connection=wrong).failed()
    assert "answered 401" in failed.of("ask")["msg"]
    assert "another-t0ken" not in failed.output


def test_plain_http_warns(cg):
    run = run_tasks({"name": "ask", f"{COLLECTION}.st_product_info": {}}, connection=cg.connection).succeeded()
    assert any("is plain http" in warning for warning in run.of("ask")["warnings"])


def test_options_come_from_the_environment(cg):
    run = run_tasks({"name": "ask", f"{COLLECTION}.st_product_info": {}}, environment=cg.environment).succeeded()
    assert len(run.of("ask")["products"]) == 9


@pytest.mark.parametrize("check", [True, False], ids=["check", "real"])
def test_secrets_never_show_even_at_the_highest_verbosity(simulator, check):
    cg = simulator(region())
    header = "h3ader-s3cret-value"
    run = run_all({**cg.connection, "headers": {"X-Gateway-Key": header}}, check=check, arguments=["-vvvv", "--diff"])
    shown = run.output + json.dumps([task.result for task in run.tasks]) + json.dumps(cg.journal())
    assert PASSWORD not in shown
    assert header not in shown


@pytest.mark.parametrize("arguments", [(), ("-vvvv",)], ids=["quiet", "verbose"])
def test_secrets_of_the_environment_never_show_even_at_the_highest_verbosity(cg, arguments):
    header = "h3ader-s3cret-value"
    environment = {**cg.environment, "CG_HEADERS": json.dumps({"X-Gateway-Key": header, "X-Requested-By": "1"})}
    task = {"name": "ask", f"{COLLECTION}.st_product_info": {"names": ["PARIS"]}, "register": "answer"}
    show = {"name": "show", "ansible.builtin.debug": {"var": "answer"}}
    run = run_tasks(task, show, environment=environment, arguments=arguments).succeeded()
    shown = run.output + json.dumps([task.result for task in run.tasks])
    assert header not in shown
    assert PASSWORD not in shown
    # The value of one character is not masked: every businessId holds it.
    assert "********" not in run.of("ask")["products"][0]["id"]


def test_credentials_in_the_url_never_show_even_at_the_highest_verbosity():
    run = run_all({"url": "https://admin:pa#s3cretpw@cg.example.com"}, SOME, arguments=["-vvvv"])
    for message in messages(run).values():
        assert message.startswith("url: ")
    assert "s3cretpw" not in run.output + json.dumps([task.result for task in run.tasks])


def test_a_message_instead_of_a_list(cg):
    cg.add_fault(fault="status", status=200, message="Please log in")
    for message in messages(run_all(cg.connection, SOME)).values():
        assert "Central Governance answered 200 with an object with the keys" in message
        assert "Please log in" in message
        assert "Nothing was changed." in message
    assert cg.writes() == []


def test_requests_that_were_sent_again_are_reported(cg):
    cg.add_fault(operation="listProducts", fault="status", status=503, retry_after=0, count=2)
    run = run_tasks({"name": "ask", f"{COLLECTION}.st_product_info": {}}, connection=cg.connection).succeeded()
    assert sum("Sent GET /products again" in warning for warning in run.of("ask")["warnings"]) == 2


def test_credentials_that_expire_during_a_run_report_the_sent_changes(simulator):
    cg = simulator({"products": [product("A"), product("B")], "flows": []})
    # Two products by name and the whole list are read for the plan; the fault hits the read after the write.
    cg.add_fault(operation="listProducts", fault="status", status=401, skip=3)
    failed = (
        run_tasks(
            {"name": "declare", f"{COLLECTION}.st_backup": {"master": "A", "backups": ["B"]}}, connection=cg.connection
        )
        .failed()
        .of("declare")
    )
    assert "could not be read back, so whether the change was made is not known" in failed["msg"]
    assert "answered 401" in failed["msg"]
    assert failed["masters"][0]["result"] == "failed"
    assert failed["changed"] is True  # the addition was accepted, whatever its result
