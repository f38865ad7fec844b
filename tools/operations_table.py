# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes the tables of API operations in README.md and docs/connecting.md from the table in the code.

tools/operations_table.py           rewrite the tables
tools/operations_table.py --check   exit 1 if one differs
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
START = "<!-- {}: made by tools/operations_table.py, do not edit -->\n"
END = "<!-- end of {} -->"


def operations() -> dict:
    sys.path.insert(0, str(CHECKOUT / ".venv" / "collections"))
    module = "ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.operations"
    return importlib.import_module(module).OPERATIONS


def table_of_requests() -> str:
    rows = operations().values()
    documented = sum(row.provenance == "documented" for row in rows)
    lines = [
        f"{documented} of {len(rows)} operations are documented.",
        "",
        "| operation | what for | request | | where it comes from |",
        "|---|---|---|---|---|",
    ]
    for row in rows:
        request = f"`{row.method} {row.path}`" if row.path else "none unless you give one"
        source = row.source.replace("|", "\\|")
        lines.append(f"| `{row.name}` | {row.purpose} | {request} | **{row.provenance}** | {source} |")
    return "\n".join(lines) + "\n"


def table_of_placeholders() -> str:
    lines = ["| operation | by default | | placeholders |", "|---|---|---|---|"]
    for row in operations().values():
        request = f"`{row.method} {row.path}`" if row.path else f"none (`{row.method}` to the path that you give)"
        meanings = "; ".join(f"`{{{name}}}` {meaning}" for name, meaning in row.placeholders.items())
        lines.append(f"| `{row.name}` | {request} | {row.provenance} | {meanings or 'none'} |")
    return "\n".join(lines) + "\n"


# File, name of the table in it, and the function that makes it.
TABLES = (
    ("README.md", "operations table", table_of_requests),
    ("docs/connecting.md", "placeholders table", table_of_placeholders),
)


def main() -> int:
    status = 0
    for name, title, make in TABLES:
        path = CHECKOUT / name
        text = path.read_text(encoding="utf-8")
        before, start, rest = text.partition(START.format(title))
        _, end, after = rest.partition(END.format(title))
        if not (start and end):
            sys.exit(f"{name}: it has no place for the {title}")
        wanted = f"{before}{start}\n{make()}\n{end}{after}"
        if text == wanted:
            continue
        if "--check" in sys.argv[1:]:
            print(f"{name}: its {title} differs from the code; run .venv/bin/python tools/operations_table.py")
            status = 1
        else:
            path.write_text(wanted, encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())
