# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What every module does, with the real AnsibleModule in a process of its own, as Ansible starts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from raw_server import RawServer, http

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.errors import BadOption
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.module import _predicted

PACKAGE = "ansible_collections.mftops.central_governance.plugins"
COLLECTIONS = Path(__file__).resolve().parents[3] / ".venv" / "collections"
ASK = f"from {PACKAGE}.modules.st_product_info import main; main()"
FAIL = f"""
from {PACKAGE}.module_utils.cg_api.operations import OPERATIONS
from {PACKAGE}.module_utils.runtime.module import run_module

def body(task):
    if task.params["write"]:
        task.cg.transport.send(OPERATIONS["deploy_flow"], {{"id": "f", "force": False}})
    raise KeyError("unexpected, with " + task.params["password"])

run_module(body, {{"write": {{"type": "bool", "required": True}}}})
"""


def run(code: str, options: dict[str, Any], environment: dict[str, Any] | None = None) -> dict[str, Any]:
    arguments = json.dumps({"ANSIBLE_MODULE_ARGS": {**options, "_ansible_verbosity": 3}})
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("CG_")}
    finished = subprocess.run(
        [sys.executable, "-c", code, arguments],
        env={**inherited, "PYTHONPATH": str(COLLECTIONS), **(environment or {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "Traceback" not in finished.stderr, finished.stderr
    result: dict[str, Any] = json.loads(finished.stdout.strip().splitlines()[-1])
    return result


def header_of(server: RawServer, name: str) -> str | None:
    lines = server.requests[-1].decode().split("\r\n")
    return next((line.partition(": ")[2] for line in lines if line.startswith(f"{name}: ")), None)


EMPTY = http(b"[]")
KEY = "TOPSECRETKEY42"


@pytest.mark.parametrize("text", [f'{{"X-Key": "{KEY}", "X-Other": "0THERSECRET"}}', f"X-Key={KEY}"])
@pytest.mark.parametrize("place", ["option", "environment"])
def test_headers_given_as_text_are_as_secret_as_a_dict(text, place):
    given = (
        {"options": {"headers": text}} if place == "option" else {"options": {}, "environment": {"CG_HEADERS": text}}
    )
    with RawServer(EMPTY) as server:
        result = run(ASK, **{**given, "options": {"url": server.url, **given["options"]}})
        assert header_of(server, "X-Key") == KEY
    assert result["products"] == []
    assert KEY not in json.dumps(result)
    assert "0THERSECRET" not in json.dumps(result)


def test_headers_are_secret_too_when_another_option_is_wrong():
    environment = {"CG_HEADERS": f'{{"X-Key": "{KEY}"}}', "CG_PASSWORD": "p4ssw0rd!"}
    result = run(ASK, {"url": "https://admin:s3cretpw@cg", "timeout": "soon"}, environment)
    assert "timeout" in result["msg"]
    for secret in (KEY, "p4ssw0rd!", "s3cretpw"):
        assert secret not in json.dumps(result)


def test_a_short_header_value_does_not_mask_the_results():
    product = {"businessId": "11111111", "name": "CFT_1", "type": "TransferCFT", "communicationProfiles": []}
    with RawServer(http(json.dumps([product]).encode())) as server:
        result = run(ASK, {"url": server.url, "headers": {"X-Requested-By": "1", "X-Key": KEY}})
    assert result["products"][0]["id"] == "11111111"
    assert KEY not in json.dumps(result)


def test_credentials_in_a_url_are_not_shown_even_when_refused():
    for url in ("https://admin:s3cretpw@cg", "http://admin:pa#s3cretpw@cg:6900", "admin:s3cretpw@cg"):
        result = run(ASK, {"url": url})
        assert result["msg"].startswith("url: ")
        assert "s3cretpw" not in json.dumps(result)


@pytest.mark.parametrize(
    ("options", "environment", "sent"),
    [
        ({"token": "t0ken"}, {"CG_USERNAME": "u", "CG_PASSWORD": "p4ss"}, "Bearer t0ken"),
        ({"username": "u", "password": "p4ss"}, {"CG_TOKEN": "t0ken"}, "Basic dTpwNHNz"),
        ({"username": "u"}, {"CG_PASSWORD": "p4ss", "CG_TOKEN": "t0ken"}, "Basic dTpwNHNz"),
        ({"username": "u", "password": "p4ss"}, {"CG_USERNAME": "else", "CG_PASSWORD": "other"}, "Basic dTpwNHNz"),
        ({"username": "", "password": ""}, {"CG_TOKEN": "t0ken"}, "Bearer t0ken"),
        ({}, {"CG_USERNAME": "", "CG_PASSWORD": "", "CG_TOKEN": "t0ken"}, "Bearer t0ken"),
        ({}, {"CG_USERNAME": "u", "CG_PASSWORD": "p4ss", "CG_TOKEN": ""}, "Basic dTpwNHNz"),
        ({}, {"CG_USERNAME": "", "CG_PASSWORD": "", "CG_TOKEN": "", "CG_TIMEOUT": "", "CG_HEADERS": ""}, None),
    ],
)
def test_options_have_precedence_over_the_environment_and_empty_ones_are_unset(options, environment, sent):
    with RawServer(EMPTY) as server:
        result = run(ASK, {"url": server.url, **options}, environment)
        assert not result.get("failed"), result
        assert header_of(server, "Authorization") == sent
    assert "p4ss" not in json.dumps(result)
    assert "t0ken" not in json.dumps(result)


def test_a_user_and_a_token_from_the_same_source_are_refused():
    for given in (
        {"options": {"username": "u", "password": "p4ss", "token": "t0ken"}, "environment": {}},
        {"options": {}, "environment": {"CG_USERNAME": "u", "CG_PASSWORD": "p4ss", "CG_TOKEN": "t0ken"}},
    ):
        given["options"]["url"] = "https://cg.example.com"
        assert run(ASK, **given)["msg"].startswith("username and token: give one of them")


def test_a_password_in_another_encoding_is_named():
    environment = {"CG_USERNAME": "u", "CG_PASSWORD": b"p\xe9ss".decode("utf-8", "surrogateescape")}
    message = run(ASK, {"url": "https://cg"}, environment)["msg"]
    assert message.startswith("password: it contains bytes that are not UTF-8")


@pytest.mark.parametrize("writes", [True, False], ids=["after a write", "before any"])
def test_a_defect_reports_what_had_been_sent_and_hides_the_secrets(writes):
    with RawServer(http(b"", status=202)) as server:
        result = run(FAIL, {"url": server.url, "username": "u", "password": "p4ss'w0rd", "write": writes})
    assert result["failed"]
    assert "please report it" in result["msg"]
    assert "KeyError" in result["msg"]
    assert result["changed"] is writes
    if writes:
        assert result["writes_sent"] == ["POST /flows/f/deploy"]
        assert "1 write had been sent" in result["msg"]
    else:
        assert "Nothing was changed." in result["msg"]
    assert "p4ss" not in json.dumps(result)


OLD_PYTHON = f"""
import sys

class Version(tuple):
    major, minor = 3, 9

sys.version_info = Version((3, 9, 18))
{ASK}
"""


def test_a_module_that_only_reads_cannot_write():
    code = FAIL.replace("run_module(body, {", "run_module(body, reads_only=True, argument_spec={")
    with RawServer(EMPTY) as server:
        result = run(code, {"url": server.url, "username": "u", "password": "p4ssw0rd!", "write": True})
        assert server.requests == []
    assert result["failed"] and "was about to be sent" in result["msg"]


def test_an_older_python_is_reported_before_anything_else():
    result = run(OLD_PYTHON, {"url": "https://cg.example.com"})
    assert result["failed"]
    assert "need Python 3.10 or newer" in result["msg"]
    assert "is Python 3.9." in result["msg"]
    assert "ansible_python_interpreter" in result["msg"]


def test_an_override_of_a_documented_operation_is_a_warning():
    override = {"list_backups": {"path": "/products/{id}/dr"}, "list_flows": {"path": "/pipelines"}}
    with RawServer(EMPTY) as server:
        result = run(ASK, {"url": server.url, "operations": json.dumps(override)})
    assert not result.get("failed")
    assert "operations: list_backups is documented by the vendor, and overridden." in json.dumps(result["warnings"])
    assert "list_flows" not in json.dumps(result["warnings"])


PREDICTED = {"flows": [], "masters": []}


@pytest.mark.parametrize(
    ("option", "prediction"),
    [
        (PREDICTED, PREDICTED),
        (json.dumps(PREDICTED), PREDICTED),
        ("flows: []\nmasters: []", PREDICTED),
        (json.dumps([PREDICTED]), PREDICTED),
        ("", {}),
        (None, {}),
    ],
)
def test_a_prediction_may_be_text(option, prediction):
    assert _predicted({"predicted": option}) == prediction


@pytest.mark.parametrize("option", ["some text", "flows: {", "7"])
def test_a_text_that_is_not_a_prediction_is_refused(option):
    with pytest.raises(BadOption, match="^predicted: it is n"):
        _predicted({"predicted": option})
