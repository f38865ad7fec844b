# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ledger: records of audits, drills and changes, in a hash chain of lines.

PRIVATE to the collection: it may change at any time. Users read about ledgers in docs/audit.md.

Each line is one record, as JSON with sorted keys and no spaces, in ASCII, and a newline:

    {"at":"2026-11-25T21:00:03Z","data":{...},"kind":"audit","prev":"<sha256>","seq":7,"sha256":"<sha256>"}

``sha256`` is the digest of the line without that key; ``prev`` is that of the line before, 64 zeros in the first one.
A line that is edited, removed or inserted breaks the chain there. A chain cannot show that lines are missing at its
end: for that, keep the digest of the last line (``head``) elsewhere, and verify that the ledger contains it.
"""

from __future__ import annotations

import hashlib
import json
import typing as t
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

BEGIN, AUDIT, DRILL, CHANGE = "begin", "audit", "drill", "change"
KINDS = (BEGIN, AUDIT, DRILL, CHANGE)
NOTHING_BEFORE = "0" * 64
_KEYS = frozenset({"at", "data", "kind", "prev", "seq", "sha256"})

Record = Mapping[str, t.Any]


class LedgerBroken(Exception):
    """The chain is broken: the number of the line, and how."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line}: {problem}")
        self.line = line
        self.problem = problem


@dataclass(frozen=True)
class Tail:
    """The end of a ledger: the number of records, the digest of the last one, and what an interrupted write left."""

    records: int = 0
    head: str = NOTHING_BEFORE
    torn: bytes = b""
    lacks_newline: bool = False


def encode(record: Mapping[str, t.Any]) -> bytes:
    return json.dumps(record, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def next_line(tail: Tail, kind: str, at: str, data: Mapping[str, t.Any]) -> tuple[bytes, str]:
    """The line that follows the tail, with its newline, and its digest. Raises ValueError for NaN and infinity."""
    record = {"at": at, "data": data, "kind": kind, "prev": tail.head, "seq": tail.records + 1}
    digest = hashlib.sha256(encode(record)).hexdigest()
    return encode({**record, "sha256": digest}) + b"\n", digest


class Chain:
    """Reads the lines of a ledger. After the iteration, ``tail`` describes its end."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = lines
        self.tail = Tail()

    def __iter__(self) -> Iterator[Record]:
        """Raises LedgerBroken. Only the last line may be incomplete, as after a crash during a write."""
        for number, line in enumerate(self._lines, start=1):
            is_complete = line.endswith(b"\n")
            try:
                record = self._checked(number, line.removesuffix(b"\n"))
            except LedgerBroken:
                if is_complete:
                    raise
                self.tail = Tail(self.tail.records, self.tail.head, torn=line)
                return
            self.tail = Tail(number, record["sha256"], lacks_newline=not is_complete)
            yield record

    def _checked(self, number: int, line: bytes) -> Record:
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            raise LedgerBroken(number, "it is not JSON") from None
        if not isinstance(record, dict) or record.keys() != _KEYS:
            raise LedgerBroken(number, f"it is not a record with the keys {', '.join(sorted(_KEYS))}")
        if record["seq"] != number:
            raise LedgerBroken(number, f"it is record {record['seq']}, where record {number} was expected")
        if record["prev"] != self.tail.head:
            raise LedgerBroken(
                number, "it does not follow the line before it: one of them was changed, or lines are gone"
            )
        if (
            record["kind"] not in KINDS
            or not isinstance(record["data"], dict)
            or (number == 1) != (record["kind"] == BEGIN)
        ):
            raise LedgerBroken(number, f'a record of the kind "{record["kind"]}" is not allowed here')
        unsigned = {key: value for key, value in record.items() if key != "sha256"}
        if hashlib.sha256(encode(unsigned)).hexdigest() != record["sha256"] or encode(record) != line:
            raise LedgerBroken(number, "it was changed after it was written: its digest does not match its content")
        return record
