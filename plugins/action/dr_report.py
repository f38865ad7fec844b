# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action dr_report: writes the report of an audit, on the controller. See modules/dr_report.py for its options."""

from __future__ import annotations

import datetime
import json
import typing as t
from pathlib import Path

import yaml
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ..plugin_utils.audit_aside import whole
from ..plugin_utils.no_cycles import no_search_for_cycles
from ..plugin_utils.report import files, outcome
from ..plugin_utils.report.dataset import dataset_of, dataset_of_failure
from ..plugin_utils.report.formats import render
from ..plugin_utils.report.page import headline
from ..plugin_utils.report.states import FAIL_ON, FILES, UNKNOWN

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "audit": {"type": "dict", "required": True},
    "directory": {"type": "path", "required": True},
    "formats": {"type": "list", "elements": "str", "choices": list(FILES), "default": list(FILES)},
    "title": {"type": "str", "default": "Disaster recovery of SecureTransport"},
    "groups": {"type": "dict", "default": {}},
    "topology": {"type": "list", "elements": "dict", "default": []},
    "fail_on": {"type": "str", "choices": list(FAIL_ON), "default": "never"},
    "findings_listed": {"type": "int", "default": 20},
    "mode": {"type": "str", "default": "0644"},
}

# When the report of an audit that could not read anything replaces a useful one, these files of the latter are kept.
# The metrics are not, since a collector would read both.
LAST_ASSESSED = {"report.json": "report.last_assessed.json", "report.html": "report.last_assessed.html"}

_COLLECTION = Path(__file__).resolve().parents[2]


class ActionModule(ActionBase):
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, t.Any] | None = None) -> dict[str, t.Any]:
        with no_search_for_cycles():
            return self._report(super().run(tmp, task_vars))

    def _report(self, result: dict[str, t.Any]) -> dict[str, t.Any]:
        params = self.validate_argument_spec(ARGUMENT_SPEC)[1]
        directory = Path(params["directory"]).absolute()
        previous = _previous(directory)
        dataset = _dataset(params)
        if not dataset["assessed"]:
            dataset["last_assessed"] = _last_assessed(previous)
        content = render(dataset, params["formats"])
        places = {name: str(directory / file) for name, file in FILES.items() if name in params["formats"]}
        try:
            changed = bool(files.differing(directory, content))
            if changed and not self._task.check_mode:
                if previous.get("assessed") and not dataset["assessed"]:
                    _keep(directory)
                files.write(directory, content, _mode(params["mode"]))
        except OSError as error:
            raise AnsibleActionFail(
                f"The report could not be written to {directory}: {error.strerror or error}. "
                "The report that was there is kept as it was."
            ) from None
        failure = outcome.failure_of(dataset, params["fail_on"], params["findings_listed"])
        return {
            **result,
            "changed": changed,
            "verdict": dataset["verdict"],
            "headline": headline(dataset),
            "summary": [
                *outcome.summary_lines(dataset, outcome.counting(dataset), params["findings_listed"]),
                *outcome.unused_acceptances(dataset, params["findings_listed"]),
            ],
            "failure": failure,
            "files": places,
            "stats": outcome.statistics(dataset, places),
        }


def _dataset(params: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    audit = whole(params["audit"])
    if audit.get("omitted"):
        raise AnsibleActionFail(
            "audit: this result of st_dr_audit is incomplete, since the task failed because of fail_on, so no report "
            "was written. Audit with fail_on: never, write the report, and then fail by its verdict; "
            "the role dr_audit does that."
        )
    report = {
        "time": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "title": params["title"],
        "collection_version": _version(),
        "groups": _groups(params["groups"]),
    }
    if audit.get("masters") or audit.get("verdict", UNKNOWN) != UNKNOWN:
        return dataset_of(audit, **report)
    if audit.get("verdict") or audit.get("error"):
        message = str(audit.get("msg") or audit.get("summary") or "The audit could not read Central Governance.")
        return dataset_of_failure(message, params["topology"], audit.get("settings") or {}, **report)
    raise AnsibleActionFail(
        "audit: this is not the result of an audit, so no report was written. Give it what st_dr_audit returned."
        + (f" The audit said: {audit['msg']}" if audit.get("msg") else "")
    )


def _groups(groups: t.Mapping[str, t.Any]) -> dict[str, list[str]]:
    for name, products in groups.items():
        if not isinstance(products, (list, tuple)):
            raise AnsibleActionFail(f"groups: {name} must be a list of names of products.")
    return {str(name): [str(product) for product in products] for name, products in groups.items()}


def _mode(text: str) -> int:
    try:
        return int(text, 8)
    except ValueError:
        raise AnsibleActionFail(f'mode: "{text}" is not an octal number such as "0644" (in quotes).') from None


def _previous(directory: Path) -> dict[str, t.Any]:
    """The existing report; empty if there is none, or it cannot be read."""
    try:
        report = json.loads((directory / "report.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return report if isinstance(report, dict) else {}


def _last_assessed(previous: t.Mapping[str, t.Any]) -> dict[str, t.Any] | None:
    if previous.get("assessed"):
        return {"read_at": previous.get("read_at"), "verdict": previous.get("verdict")}
    return previous.get("last_assessed")


def _keep(directory: Path) -> None:
    for name, copy in LAST_ASSESSED.items():
        if (directory / name).exists():
            files.keep_a_copy(directory / name, copy)


def _version() -> str:
    """Of this collection: from its manifest where it is installed, from galaxy.yml in a checkout."""
    manifest = _COLLECTION / "MANIFEST.json"
    if manifest.exists():
        return str(json.loads(manifest.read_text(encoding="utf-8"))["collection_info"]["version"])
    return str(yaml.safe_load((_COLLECTION / "galaxy.yml").read_text(encoding="utf-8"))["version"])
