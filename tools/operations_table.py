# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Keeps the table of API operations in README.md equal to the one that the code uses.

    tools/operations_table.py           rewrite the table
    tools/operations_table.py --check   exit 1 if it differs
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parent.parent
START = "<!-- operations table: made by tools/operations_table.py, do not edit -->\n"
END = "<!-- end of operations table -->"


def table() -> str:
    sys.path.insert(0, str(CHECKOUT / ".venv" / "collections"))
    module = "ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.operations"
    operations = importlib.import_module(module).OPERATIONS
    documented = sum(operation.provenance == "documented" for operation in operations.values())
    lines = [
        f"{documented} of {len(operations)} operations are documented.",
        "",
        "| operation | what for | request | | where it comes from |",
        "|---|---|---|---|---|",
    ]
    for name, operation in operations.items():
        request = f"`{operation.method} {operation.path}`" if operation.path else "none unless you give one"
        source = operation.source.replace("|", "\\|")
        lines.append(f"| `{name}` | {operation.purpose} | {request} | **{operation.provenance}** | {source} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    readme = CHECKOUT / "README.md"
    text = readme.read_text(encoding="utf-8")
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    wanted = f"{before}{START}\n{table()}\n{END}{after}"
    if text == wanted:
        return 0
    if "--check" in sys.argv[1:]:
        print("README.md: its table of operations is not the code's; run .venv/bin/python tools/operations_table.py")
        return 1
    readme.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
