# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Python imports this when it starts, in each process of Ansible that a test runs.

Ansible sends a module as source code in a zip file, and Python compiles it each time that the module starts, which
takes about as much time as all the rest. Here the compiled code is kept in the directory MODULE_BYTECODE.
"""

from __future__ import annotations

import importlib.util
import marshal
import os
import sys
import zipimport

DIRECTORY = os.environ.get("MODULE_BYTECODE", "")


def keep_compiled_code(directory: str) -> None:
    compile_source = zipimport._compile_source  # a function of Python itself, the same since 3.8

    def compiled(path: str, source: bytes) -> object:
        name = path.rpartition(".zip/")[2].replace("/", ".")
        file = f"{directory}/{name}-{importlib.util.source_hash(source).hex()}.{sys.implementation.cache_tag}"
        try:
            with open(file, "rb") as kept:
                return marshal.load(kept)
        except FileNotFoundError:
            code = compile_source(path, source)
        os.makedirs(directory, exist_ok=True)
        with open(f"{file}.{os.getpid()}", "wb") as written:
            marshal.dump(code, written)
        os.replace(written.name, file)
        return code

    zipimport._compile_source = compiled


if DIRECTORY and hasattr(zipimport, "_compile_source"):
    keep_compiled_code(DIRECTORY)
