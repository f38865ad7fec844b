# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes several files, each completely.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import typing as t
from pathlib import Path


def differing(directory: Path, files: t.Mapping[str, bytes]) -> list[str]:
    """The names of the files that are missing or have other content. Raises OSError."""
    return [name for name, content in files.items() if _content(directory / name) != content]


def write(directory: Path, files: t.Mapping[str, bytes], mode: int) -> None:
    """Writes all files to temporary files, then renames these. Raises OSError.

    A reader sees either the old or the new content of a file, never a part. If a file cannot be written, for example on
    a full disk, no file is replaced.
    """
    directory.mkdir(parents=True, exist_ok=True)
    temporary: dict[str, str] = {}
    try:
        for name, content in files.items():
            temporary[name] = _written_temporarily(directory, name, content, mode)
        for name, path in list(temporary.items()):
            os.replace(path, directory / name)
            del temporary[name]
        _flush(directory)
    finally:
        for path in temporary.values():
            with contextlib.suppress(OSError):
                os.unlink(path)


def keep_a_copy(path: Path, name: str) -> None:
    """Makes a hard link to the file under another name, which remains when the file is replaced. Raises OSError."""
    copy = path.with_name(f".{name}.{os.getpid()}")
    with contextlib.suppress(FileNotFoundError):
        os.unlink(copy)
    os.link(path, copy)
    os.replace(copy, path.with_name(name))


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _written_temporarily(directory: Path, name: str, content: bytes, mode: int) -> str:
    descriptor, path = tempfile.mkstemp(prefix=f".{name}.", dir=directory)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
    except BaseException:
        os.unlink(path)
        raise
    return path


def _flush(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
