# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""dr_ledger_verify: verifies a ledger, and finds the line where its chain is broken.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t
from collections import Counter

from ansible.module_utils.basic import AnsibleModule

from ..cg_api.errors import BadOption
from ..dr.ledger import KINDS, LedgerBroken
from .ledger_file import LedgerFile

ARGUMENT_SPEC: dict[str, dict[str, t.Any]] = {
    "path": {"type": "path", "required": True},
    "head": {"type": "str"},
}


def verify(module: AnsibleModule) -> tuple[dict[str, t.Any], str]:
    path, wanted = module.params["path"], (module.params["head"] or "").strip().lower()
    if wanted and (len(wanted) != 64 or set(wanted) - set("0123456789abcdef")):
        raise BadOption(f'head: "{wanted}" is not the digest of a record: 64 hexadecimal digits.')
    kinds: Counter[str] = Counter()
    ends: dict[str, str | None] = {"began": None, "last": None}
    has_head = False
    line, problem = None, ""
    with LedgerFile(path, "path").records() as chain:
        try:
            for record in chain:
                kinds[record["kind"]] += 1
                ends = {"began": ends["began"] or record["at"], "last": record["at"]}
                has_head = has_head or record["sha256"] == wanted
        except LedgerBroken as broken:
            line, problem = broken.line, broken.problem
        tail = chain.tail
    if tail.torn:
        line = tail.records + 1
        problem = (
            "it was cut off while it was written. The lines before it are intact; the next dr_ledger_append moves it "
            "to a file of its own"
        )
    elif not problem and not tail.records:
        line, problem = 1, "the file is empty"
    elif not problem and wanted and not has_head:
        line = tail.records + 1
        problem = f"lines are missing at the end: no record has the digest {wanted}, which the option head gives"
    results = {
        "changed": False,
        "whole": not problem,
        "torn": bool(tail.torn),
        "path": path,
        "records": tail.records,
        "kinds": {kind: kinds[kind] for kind in KINDS},
        "head": tail.head if tail.records else None,
        "line": line,
        "problem": problem,
        **ends,
    }
    return results, f"path: {path}: line {line}: {problem}." if problem else ""
