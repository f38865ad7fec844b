# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""First contacts within the test's process, and the verbs with the options that a contact proposes."""

from __future__ import annotations

import typing as t

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.client import CentralGovernance
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.overrides import effective_operations
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.transport import Connection, Transport
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.cg_contact import cg_contact
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.module import Task
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.options import DEFAULT_API_PREFIX
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.report import Report

USERNAME, PASSWORD, TOKEN = "operator", "correct horse", "s3cret-t0ken"
OPTIONS: dict[str, t.Any] = {
    "openapi": None,
    "search_openapi": False,
    "send_options": True,
    "login_attempts": 3,
    "recording": None,
    "replace_names": False,
    "operations": None,
    "token": None,
    "validate_certs": True,
}
FILLED_IN = {"{{ cg_username }}": USERNAME, "{{ cg_password }}": PASSWORD, "{{ cg_token }}": TOKEN}


def contact(url: str, **options: t.Any) -> Report:
    """A contact with these options; ``username`` and ``password``, or ``token``, and ``api_prefix`` among them."""
    given = {"api_prefix": DEFAULT_API_PREFIX, "username": USERNAME, "password": PASSWORD, "headers": {}, **options}
    if given.get("token"):
        given["username"] = given["password"] = None
    names = ("api_prefix", "username", "password", "token", "headers")
    connection = Connection(url or "http://localhost", **{name: given.get(name) for name in names}, retries=0)
    operations = effective_operations(given.get("operations"))
    client = CentralGovernance(Transport(connection, read_only=True), operations)
    return cg_contact(Task({**OPTIONS, **given, "url": url}, False, client, {}))


def verdicts(report: Report) -> dict[str, str]:
    return {row["assumption"]: row["verdict"] for row in report.results["assumptions"]}


def evidence(report: Report, name: str) -> str:
    (row,) = [row for row in report.results["assumptions"] if row["assumption"] == name]
    return "; ".join(row["evidence"])


def contradicted(report: Report) -> set[str]:
    return {name for name, verdict in verdicts(report).items() if verdict == "contradicted"}


def client_of(report: Report, check: bool = False) -> CentralGovernance:
    """With the proposal's options, and nothing else."""
    proposal = dict(report.results["proposal"])
    operations = effective_operations(proposal.pop("operations", None))
    options = {
        name: FILLED_IN.get(value, value) if isinstance(value, str) else value for name, value in proposal.items()
    }
    connection = Connection(**{"api_prefix": DEFAULT_API_PREFIX, **options}, retries=0)
    return CentralGovernance(Transport(connection, read_only=check), operations)
