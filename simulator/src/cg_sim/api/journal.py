# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The journal: the latest requests to the API, without secrets."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import orjson

from cg_sim.api.scrubbing import may_hold_secrets, scrub

#: Maximum number of requests kept, and of bytes of their paths, queries and bodies; the oldest are dropped first.
LIMIT = 100_000
BYTES_LIMIT = 64 * 1024 * 1024
#: Of longer bodies only the size is kept.
BODY_LIMIT = 64 * 1024
ANSWER_LIMIT = 4 * 1024


class Journal:
    """Entries are dicts: {"n", "at", "method", "path", "query", "operation", "objects", "status", "write", "user",
    "request_body", "answer", "duration_ms"} and "fault" if one was applied. `n` only grows; `at` is UTC, ISO 8601;
    `objects` are the names of the objects in the path; `request_body` and `answer` are encoded JSON."""

    def __init__(self) -> None:
        #: Bodies are kept encoded: as Python objects they would take many times the memory.
        self._entries: deque[dict[str, Any]] = deque()
        self._bytes = 0
        self._next = 1
        #: (operation or "none", status or "none") -> number of requests since the start, and their total seconds.
        self.totals: dict[tuple[str, str], tuple[int, float]] = {}

    def add(self, entry: dict[str, Any]) -> dict[str, Any]:
        """Record a request. Returns the stored entry, so that the caller can complete it later."""
        at = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        try:
            body = orjson.dumps(entry["request_body"])
        except orjson.JSONEncodeError:
            body = b'"(nested too deeply)"'
        kept = {"n": self._next, "at": at, **entry, "request_body": body}
        kept.setdefault("answer", b"null")
        self._entries.append(kept)
        self._next += 1
        self._bytes += _size(kept)
        self._forget_the_oldest()
        return kept

    def set_answer(self, entry: dict[str, Any], answer: bytes) -> None:
        """Set the answer of an entry: encoded JSON, see kept_answer."""
        before, entry["answer"] = entry["answer"], answer
        if self._entries and entry["n"] >= self._entries[0]["n"]:  # it is still kept
            self._bytes += len(answer) - len(before)
            self._forget_the_oldest()

    def _forget_the_oldest(self) -> None:
        while len(self._entries) > LIMIT or self._bytes > BYTES_LIMIT:
            self._bytes -= _size(self._entries.popleft())

    def count(self, entry: dict[str, Any]) -> None:
        """To be called once for each entry, when its status and duration are final."""
        key = str(entry["operation"] or "none"), str(entry["status"] or "none")
        count, seconds = self.totals.get(key, (0, 0.0))
        self.totals[key] = count + 1, seconds + entry["duration_ms"] / 1000

    def clear(self) -> None:
        self._entries.clear()
        self._bytes = 0

    def find(
        self,
        method: str | None = None,
        path: str | None = None,
        operation: str | None = None,
        since: int = 0,
        write: bool | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Entries with n > since, in order; `path` is a part of the path, the others are exact. `request_body`
        is encoded JSON."""
        for entry in self._entries:
            if (
                entry["n"] > since
                and (method is None or entry["method"] == method.upper())
                and (path is None or path in entry["path"])
                and (operation is None or entry["operation"] == operation)
                and (write is None or entry["write"] is write)
            ):
                yield entry


def _size(entry: dict[str, Any]) -> int:
    return len(entry["path"]) + len(entry["query"]) + len(entry["request_body"]) + len(entry["answer"])


def kept_answer(body: bytes, is_json: bool) -> bytes:
    """The body of an answer as stored in an entry: encoded JSON without secrets, or its size if it is long."""
    if not body:
        return b"null"
    if len(body) > ANSWER_LIMIT:
        return b'"(%d bytes)"' % len(body)
    if is_json and not may_hold_secrets(body):
        return body
    content = orjson.loads(body) if is_json else body.decode("utf-8", "replace")
    return orjson.dumps(scrub(content))
