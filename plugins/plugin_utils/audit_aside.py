# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit of the role dr_audit, kept in a file on the controller between the role's own tasks.

PRIVATE to the collection: it may change at any time.

Ansible copies the result of a task many times, value by value: between its processes, for each callback, and for each
task that uses it. The audit of 1,000 masters has more than 100,000 values. The role therefore sets a variable on the
task that audits. The result of that task then has a path of a file in place of everything that grows with the estate;
the tasks that record and report the audit read the file.
"""

from __future__ import annotations

import json
import os
import tempfile
import typing as t
from pathlib import Path

from ansible import constants
from ansible.errors import AnsibleActionFail

VARIABLE = "__dr_audit_aside"  # set by the role on its task, and nowhere else
KEPT_IN = "kept_in"
_GROWING = ("masters", "findings", "coverage", "declaration", "estate", "changes", "ledger")


def set_aside(audit: dict[str, t.Any]) -> dict[str, t.Any]:
    """The audit without what was written to the file; the whole audit if it failed, or no file could be written."""
    if audit.get("failed") or "masters" not in audit:
        return audit
    try:
        # Ansible removes this folder when it ends. The file is readable only by its owner.
        descriptor, path = tempfile.mkstemp(prefix="audit.", suffix=".json", dir=constants.DEFAULT_LOCAL_TMP)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(json.dumps({name: audit[name] for name in _GROWING if name in audit}))
    except OSError:
        return audit
    return {**{name: value for name, value in audit.items() if name not in _GROWING}, KEPT_IN: path}


def whole(audit: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The audit as the module returned it."""
    if KEPT_IN not in audit:
        return dict(audit)
    path = Path(str(audit[KEPT_IN]))
    if path.parent != Path(constants.DEFAULT_LOCAL_TMP):
        raise AnsibleActionFail(f"audit: {path} is not a file of this run of Ansible. Audit in the same run.")
    try:
        kept: dict[str, t.Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AnsibleActionFail(f"audit: what the audit found cannot be read again: {error}. Audit again.") from None
    return {**{name: value for name, value in audit.items() if name != KEPT_IN}, **kept}
