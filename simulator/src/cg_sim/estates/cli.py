# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The commands about estate documents: ``cg-sim check``, ``schema``, ``generate`` and ``import``.

None of them needs a server. Each ``run`` returns the exit status; what is wrong goes to standard error, one sentence
each, and nothing is written then.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from .loader import load_estate
from .problems import EstateError
from .schema import estate_schema_text


def add_commands(subparsers: Any) -> None:
    """Adds the commands to what ``ArgumentParser.add_subparsers()`` returned.

    Each sets ``run``, a function that takes the parsed arguments and returns the exit status (0, or 1 with the
    reasons on standard error).
    """
    check = subparsers.add_parser(
        "check", help="say whether a file is a usable estate", description="Reads an estate and lists what is wrong."
    )
    check.add_argument("file", type=Path, help="the estate document, YAML or JSON")
    check.set_defaults(run=run_check)

    schema = subparsers.add_parser(
        "schema",
        help="print the JSON schema of estate documents",
        description="Prints the JSON schema (draft 2020-12) of estate documents, for editors and other programs.",
    )
    schema.set_defaults(run=run_schema)


def run_check(arguments: argparse.Namespace) -> int:
    text = _read(arguments.file)
    if text is None:
        return 1
    try:
        estate = load_estate(text, str(arguments.file))
    except EstateError as error:
        print(error, file=sys.stderr)
        return 1
    counts = ", ".join(f"{len(records)} {kind}" for kind, records in estate.items())
    print(f"{arguments.file}: a usable estate: {counts}")
    return 0


def run_schema(arguments: argparse.Namespace) -> int:
    print(estate_schema_text(), end="")
    return 0


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except OSError as error:
        print(f"{path}: cannot be read: {error.strerror}", file=sys.stderr)
        return None
