# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Compare the simulator's source with what is installed.

    python source.py SOURCE INSTALLED_FILE

Prints JSON: `files`, from how many files of the directory SOURCE it is installed (0 if there is no such directory);
`checksum`, that of their names and contents; `installed`, the content of INSTALLED_FILE: the checksum of what is
installed, or an empty text.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator

# Other files of a checkout do not change what is installed.
NOT_INSTALLED = ("tests", "benchmarks", "build", "dist", "__pycache__")
NOT_SOURCE = (".pyc", ".egg-info")


def main(source: str, installed_file: str) -> None:
    checksum = hashlib.sha256()
    files = 0
    for path in files_of(source):
        checksum.update(os.path.relpath(path, source).encode(errors="surrogateescape") + b"\0")
        with open(path, "rb") as file:
            checksum.update(hashlib.sha256(file.read()).digest())
        files += 1
    print(json.dumps({"files": files, "checksum": checksum.hexdigest(), "installed": content_of(installed_file)}))


def files_of(source: str) -> Iterator[str]:
    """In an order of their own. The path of `source` itself may have any name."""
    for directory, directories, names in os.walk(source):
        directories[:] = sorted(
            name for name in directories if name not in NOT_INSTALLED and not name.startswith(".") and is_source(name)
        )
        yield from (os.path.join(directory, name) for name in sorted(names) if is_source(name))


def is_source(name: str) -> bool:
    return not name.endswith(NOT_SOURCE)


def content_of(path: str) -> str:
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    except (OSError, UnicodeDecodeError):
        return ""


if __name__ == "__main__":
    main(*sys.argv[1:])
