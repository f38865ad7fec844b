# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The file of a ledger: reads it, and adds to it safely despite crashes and concurrent writers.

PRIVATE to the collection: it may change at any time.

A record is written under a lock, in one write, and is on the disk before success is reported. A record that a crash
left incomplete was never reported as written; it is moved to a file of its own, and the next record says so.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import time
import typing as t
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ..cg_api.errors import BadOption
from ..dr.ledger import BEGIN, Chain, LedgerBroken, Tail, next_line

LOCK_TIMEOUT = 60.0  # seconds that a writer waits for another one
_MODE = 0o640
_EMPTY = "it has no record; begin it with dr_ledger_append (option kind: begin)."


@dataclass(frozen=True)
class Appended:
    """``aside`` is the file with what a crash had left of an earlier record; empty when there was nothing."""

    seq: int
    sha256: str
    aside: str = ""


class LedgerFile:
    """Every method raises BadOption, with the path and the line, when the file is missing or its chain is broken."""

    def __init__(self, path: str, option: str) -> None:
        """``option`` is the name of the module's option that gives the path."""
        self.path = path
        self.option = option

    @contextlib.contextmanager
    def records(self) -> Iterator[Chain]:
        """The chain, to be iterated within the block."""
        with (
            self._errors_as_bad_option("read"),
            open(self.path, "rb") as file,
            _locked(file.fileno(), fcntl.LOCK_SH, self),
        ):
            yield Chain(file)

    def append(self, kind: str, at: str, data: Mapping[str, t.Any]) -> Appended:
        with self._errors_as_bad_option("written"), self._opened_to_write() as file:
            tail = _tail_of(file)
            if not tail.records:
                raise BadOption(self._message(_EMPTY))
            return self._append(file, tail, kind, at, data)

    def would_append(self, kind: str, at: str, data: Mapping[str, t.Any]) -> Appended | None:
        """What ``append`` or ``begin`` would return, determined without a write."""
        try:
            with self.records() as chain:
                for _record in chain:
                    pass
                tail = chain.tail
        except BadOption:
            if kind != BEGIN or os.path.lexists(self.path):
                raise
            tail = Tail()
        if kind == BEGIN and tail.records:
            return None
        if kind != BEGIN and not tail.records:
            raise BadOption(self._message(_EMPTY))
        return Appended(tail.records + 1, next_line(tail, kind, at, data)[1])

    def begin(self, at: str, data: Mapping[str, t.Any]) -> Appended | None:
        """Creates the ledger. Returns None when it already exists, after checking that it is intact."""
        with self._errors_as_bad_option("begun"):
            with contextlib.suppress(FileExistsError):
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, _MODE))
                _to_disk(os.path.dirname(os.path.abspath(self.path)))
            with self._opened_to_write() as file:
                tail = _tail_of(file)
                # Without a record the file is new, or its first record was cut off.
                return None if tail.records else self._append(file, tail, BEGIN, at, data)

    @contextlib.contextmanager
    def _opened_to_write(self) -> Iterator[t.BinaryIO]:
        with open(self.path, "r+b") as file, _locked(file.fileno(), fcntl.LOCK_EX, self):
            yield file

    def _append(self, file: t.BinaryIO, tail: Tail, kind: str, at: str, data: Mapping[str, t.Any]) -> Appended:
        aside = ""
        if tail.torn:
            aside = self._moved_aside(file, tail)
            digest = hashlib.sha256(tail.torn).hexdigest()
            data = {**data, "recovered": {"bytes": len(tail.torn), "sha256": digest, "kept_in": aside}}
        line, digest = next_line(tail, kind, at, data)
        size = file.seek(0, os.SEEK_END)
        try:
            file.write(b"\n" + line if tail.lacks_newline else line)
            file.flush()
            os.fsync(file.fileno())
        except OSError:  # a full disk, for example: remove the incomplete record
            with contextlib.suppress(OSError):
                os.truncate(self.path, size)
            raise
        return Appended(tail.records + 1, digest, aside)

    def _moved_aside(self, file: t.BinaryIO, tail: Tail) -> str:
        aside = f"{self.path}.torn-{tail.records + 1}-{hashlib.sha256(tail.torn).hexdigest()[:8]}"
        with open(aside, "wb") as kept:
            kept.write(tail.torn)
            kept.flush()
            os.fsync(kept.fileno())
        _to_disk(os.path.dirname(os.path.abspath(self.path)))
        file.seek(-len(tail.torn), os.SEEK_END)
        file.truncate()
        return aside

    @contextlib.contextmanager
    def _errors_as_bad_option(self, what: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise BadOption(
                self._message(
                    "there is no such file. If this is the first record, begin the ledger with dr_ledger_append "
                    "(option kind: begin); if not, find out where it went: a new ledger is never started automatically."
                )
            ) from None
        except LedgerBroken as broken:
            raise BadOption(
                self._message(
                    f"the chain is broken at {broken}. Nothing is read from it, and nothing added to it. Compare it "
                    "with a copy; dr_ledger_verify says whether a copy is intact."
                )
            ) from None
        except OSError as error:
            raise BadOption(self._message(f"it cannot be {what}: {error.strerror or error}.")) from None

    def _message(self, problem: str) -> str:
        return f"{self.option}: {self.path}: {problem}"


def _tail_of(file: t.BinaryIO) -> Tail:
    chain = Chain(file)
    for _record in chain:
        pass
    return chain.tail


@contextlib.contextmanager
def _locked(descriptor: int, kind: int, ledger: LedgerFile) -> Iterator[None]:
    deadline = time.monotonic() + LOCK_TIMEOUT
    while True:
        try:
            fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
            break
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            if time.monotonic() > deadline:
                raise BadOption(
                    f"{ledger.option}: {ledger.path}: another process has held its lock for {LOCK_TIMEOUT:.0f} seconds."
                ) from None
            time.sleep(0.05)
    try:
        yield
    finally:
        fcntl.flock(descriptor, fcntl.LOCK_UN)


def _to_disk(directory: str) -> None:
    """Makes sure that the name of a new file survives a crash too."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
