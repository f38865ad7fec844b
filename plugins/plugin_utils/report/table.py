# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as CSV (RFC 4180): a row for each finding, and for what could not be assessed.

The findings are followed by those of the previous audit that could not be assessed again (``change`` is ``not_known``),
and by the rules that could not be assessed (``change`` is ``not_assessed``).

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import csv
import io
import json
import typing as t

from .states import NOT_KNOWN, not_known

HEADER = (
    "read_at", "verdict", "id", "change", "severity", "rule", "master", "backup", "flow", "product", "message",
    "remedy", "verb", "accepted_reason", "accepted_owner", "accepted_expires", "evidence",
)  # fmt: skip

NOT_ASSESSED = "not_assessed"  # the state of a rule
# A spreadsheet takes a cell that begins with one of these for a formula, also after blanks.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Python before 3.11 refuses to write this character, and few programs can read it.
_NO_CSV = "\x00"


def render(dataset: t.Mapping[str, t.Any]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(HEADER)
    new = frozenset((dataset["changes"] or {}).get("new", ()))
    rows = [("new" if finding["id"] in new else "", finding) for finding in dataset["findings"]]
    rows += [(NOT_KNOWN, finding) for finding in not_known(dataset["changes"])]
    rows += [(NOT_ASSESSED, _as_row(rule)) for rule in dataset["coverage"]["rules"] if rule["state"] == NOT_ASSESSED]
    for change, finding in rows:
        accepted = finding["accepted"] or {}
        evidence = json.dumps(finding["evidence"], ensure_ascii=False, sort_keys=True) if finding["evidence"] else ""
        cells = (
            dataset["read_at"], dataset["verdict"], finding["id"], change, finding["severity"], finding["rule"],
            finding["master"], finding["backup"], finding["flow"], finding["product"], finding["message"],
            finding["remedy"]["text"], finding["remedy"]["verb"],
            accepted.get("reason", ""), accepted.get("owner", ""), accepted.get("expires", ""), evidence,
        )  # fmt: skip
        writer.writerow([_defused(str(cell)) for cell in cells])
    return out.getvalue()


def _as_row(rule: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    why = f": {rule['why']}" if rule["why"] else "."
    return {
        **dict.fromkeys(("id", "master", "backup", "flow", "product"), ""),
        "severity": "unknown",
        "rule": rule["rule"],
        "message": f"The rule could not be assessed{why}",
        "evidence": {},
        "remedy": {"text": "", "verb": ""},
        "accepted": None,
    }


def _defused(cell: str) -> str:
    """The cell, with an apostrophe before it if a spreadsheet would take it for a formula."""
    cell = cell.replace(_NO_CSV, "\ufffd")
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell
