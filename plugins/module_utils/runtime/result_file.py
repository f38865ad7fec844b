# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole result of a task in a file, for programs.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import contextlib
import json
import os
import typing as t

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.common.parameters import remove_values

from ..cg_api.errors import BadOption


def check_place(path: str | None) -> None:
    """Called before anything is done. Raises BadOption when no file can be written there."""
    if path is None:
        return
    folder = os.path.dirname(path) or "."
    if os.path.isdir(path):
        raise BadOption(f"result_file: {path} is a folder; name a file in it.")
    if not os.path.isdir(folder):
        raise BadOption(f"result_file: the folder {folder} does not exist.")
    if not os.access(folder, os.W_OK):
        raise BadOption(f"result_file: no file can be written to the folder {folder}.")


def write_result(module: AnsibleModule, path: str, result: dict[str, t.Any]) -> str:
    """Returns an error message, or ''. Secrets are masked as in the results that Ansible shows."""
    try:
        write_json(path, remove_values(result, module.no_log_values))
    except (OSError, ValueError) as error:
        return f"The result could not be written to {path} (result_file): {error}."
    return ""


def write_json(path: str, document: t.Any, mode: int = 0o666) -> None:
    """Writes to a temporary file and renames it, so that readers never see a part of it. Raises OSError or ValueError.

    ``mode`` is that of a new file, before the umask.
    """
    temporary = f"{path}.{os.getpid()}.part"
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        # Unpaired surrogates, which UTF-8 cannot encode, are escaped as in JSON.
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
            json.dump(document, file, indent=1, ensure_ascii=False)
            file.write("\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except (OSError, ValueError):
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
