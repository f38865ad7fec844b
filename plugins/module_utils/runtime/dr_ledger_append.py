# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""dr_ledger_append: makes one record of what a play has observed or done, and adds it to the ledger.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import getpass
import hashlib
import math
import os
import platform
import re
import typing as t
from datetime import datetime, timezone

from ansible.module_utils.basic import AnsibleModule

from ..cg_api.errors import BadOption
from ..dr.audit.inputs import as_text, as_time
from ..dr.audit.memory import audit_data
from ..dr.ledger import AUDIT, BEGIN, CHANGE, DRILL, KINDS
from .ledger_file import Appended, LedgerFile
from .version import VERSION

STEP_OUTCOMES = ("done", "failed", "skipped")
DRILL_OUTCOMES = ("passed", "failed", "aborted")
FORMAT = 1

_MINUTES = {"type": "float"}
ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "path": {"type": "path", "required": True},
    "kind": {"type": "str", "required": True, "choices": list(KINDS)},
    "audit": {"type": "dict"},
    "drill": {
        "type": "dict",
        "options": {
            "scenario": {"type": "str", "required": True},
            "outcome": {"type": "str", "required": True, "choices": list(DRILL_OUTCOMES)},
            "started": {"type": "str"},
            "ended": {"type": "str"},
            "participants": {"type": "list", "elements": "str", "default": []},
            "steps": {
                "type": "list",
                "elements": "dict",
                "default": [],
                "options": {
                    "name": {"type": "str", "required": True},
                    "expected_minutes": _MINUTES,
                    "measured_minutes": _MINUTES,
                    "outcome": {"type": "str", "choices": list(STEP_OUTCOMES), "required": True},
                    "note": {"type": "str", "default": ""},
                },
            },
            "findings": {"type": "list", "elements": "str", "default": []},
        },
    },
    "change": {
        "type": "dict",
        "options": {
            "actions": {"type": "list", "elements": "str", "required": True},
            "succeeded": {"type": "bool", "required": True},
            "reason": {"type": "str", "default": ""},
            "backups": {"type": "list", "elements": "dict", "default": []},
        },
    },
    "who": {"type": "str"},
    "declaration": {"type": "path"},
}
CONSTRAINTS: dict[str, t.Any] = {
    "required_if": [("kind", AUDIT, ("audit",)), ("kind", DRILL, ("drill",)), ("kind", CHANGE, ("change",))],
    "mutually_exclusive": [("drill", "change")],
}


def append(module: AnsibleModule) -> tuple[dict[str, t.Any], str]:
    params, now = module.params, as_text(datetime.now(timezone.utc))
    ledger = LedgerFile(params["path"], "path")
    data = {**_data(params, now), **_circumstances(module)}
    if module.check_mode:
        appended = ledger.would_append(params["kind"], now, data)
    elif params["kind"] == BEGIN:
        appended = ledger.begin(now, data)
    else:
        appended = ledger.append(params["kind"], now, data)
    return _results(params, appended), ""


def _results(params: dict[str, t.Any], appended: Appended | None) -> dict[str, t.Any]:
    if appended is None:  # the ledger already exists
        return {"changed": False, "path": params["path"], "kind": params["kind"]}
    warnings = []
    if appended.aside:
        warnings.append(
            f"path: {params['path']}: line {appended.seq} was cut off while it was written. The part that was "
            f"written was moved to {appended.aside}, and the new record says so."
        )
    return {
        "changed": True,
        "path": params["path"],
        "kind": params["kind"],
        "seq": appended.seq,
        "sha256": appended.sha256,
        "warnings": warnings,
    }


def _data(params: dict[str, t.Any], now: str) -> dict[str, t.Any]:
    kind = params["kind"]
    if kind == BEGIN:
        return {"format": FORMAT}
    if kind == AUDIT:
        return _audit(params["audit"])
    with_audit = {"audit": _audit(params["audit"])} if params["audit"] else {}
    if kind == CHANGE:
        change = dict(params["change"])
        return {**change, "in_sync": _in_sync(change.pop("backups")), **with_audit}
    drill = dict(params["drill"])
    for step in drill["steps"]:
        for name in ("expected_minutes", "measured_minutes"):
            if step[name] is not None and not 0 <= step[name] < math.inf:
                raise BadOption(
                    f'drill: the step "{step["name"]}": {name} is {step[name]}; it must be a finite number, 0 or more.'
                )
    drill["ended"] = _time("drill.ended", drill["ended"] or now)
    drill["started"] = _time("drill.started", drill["started"]) if drill["started"] else None
    if drill["started"] and as_time(drill["started"]) > as_time(drill["ended"]):
        raise BadOption(f"drill: it ended at {drill['ended']}, before it started at {drill['started']}.")
    if as_time(drill["ended"]) > as_time(now):
        raise BadOption(
            f"drill.ended: {drill['ended']} is in the future; it is {now} now. Times are in UTC when they name no "
            "offset."
        )
    return {**drill, **with_audit}


def _audit(result: dict[str, t.Any]) -> dict[str, t.Any]:
    if result.get("omitted"):
        raise BadOption(
            "audit: this result of st_dr_audit is incomplete, since the task failed because of fail_on. Audit with "
            "fail_on: never, record it, and then fail by its verdict; the role dr_audit does that."
        )
    try:
        return audit_data(result)
    except (KeyError, TypeError):
        raise BadOption(
            "audit: this is not a result of st_dr_audit. Register the task, and pass the registered result; a task "
            "that failed because of a wrong option did not audit anything."
        ) from None


def _in_sync(rows: list[dict[str, t.Any]]) -> dict[str, list[str]]:
    """The backups that st_sync found synchronized, by the flag and by the profiles."""
    seen: dict[str, list[str]] = {}
    for row in rows:
        is_seen = row.get("synchronized_after") is True and row.get("flag_disagrees") is False
        if is_seen and row.get("result") in ("changed", "unchanged"):
            seen.setdefault(str(row.get("master")), []).append(str(row.get("backup")))
    return seen


def _time(option: str, text: str) -> str:
    """Reads a time in ISO 8601, including the forms that YAML and JSON give it; UTC if it has no offset."""
    try:
        time = datetime.fromisoformat(re.sub(r"[Zz]$", "+00:00", text.strip()))
        return as_text(time if time.tzinfo else time.replace(tzinfo=timezone.utc))
    except ValueError:
        raise BadOption(f'{option}: "{text}" is not a time in UTC such as 2026-11-25T21:00:00Z.') from None


def _circumstances(module: AnsibleModule) -> dict[str, t.Any]:
    """Who added the record, where, with which versions, and from which declaration."""
    path = module.params["declaration"]
    return {
        "who": module.params["who"] or _login_name(),
        "host": platform.node(),
        "versions": {
            "collection": VERSION,
            "ansible_core": str(module.ansible_version),
            "python": platform.python_version(),
        },
        **({"file": _file(module, path)} if path else {}),
    }


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user id without a name, as in containers
        return f"uid {os.getuid()}"


def _file(module: AnsibleModule, path: str) -> dict[str, t.Any]:
    """The declaration's digest; if git tracks the file, also the current commit, and whether the file differs."""
    try:
        with open(path, "rb") as file:
            digest = hashlib.sha256(file.read()).hexdigest()
    except OSError as error:
        raise BadOption(f"declaration: {path}: it cannot be read: {error.strerror or error}.") from None
    commit = _git(module, path, "log", "-1", "--format=%H", "--", os.path.basename(path))
    changed = _git(module, path, "status", "--porcelain", "--", os.path.basename(path)) if commit else None
    return {
        "path": os.path.abspath(path),
        "sha256": digest,
        "git_commit": _git(module, path, "rev-parse", "HEAD") if commit else None,
        "git_dirty": bool(changed) if changed is not None else None,
    }


def _git(module: AnsibleModule, path: str, *arguments: str) -> str | None:
    """None where there is no git, or no repository that it may read."""
    git = module.get_bin_path("git")
    if git is None:
        return None
    directory = os.path.dirname(os.path.abspath(path))
    rc, out, _err = module.run_command([git, "--no-optional-locks", "-C", directory, *arguments])
    return out.strip() if rc == 0 else None
