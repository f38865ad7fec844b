# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What was asked: the last requests to the API, without secrets."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

#: Requests kept; the oldest go first.
LIMIT = 100_000
#: Longer bodies are kept as their size only.
BODY_LIMIT = 64 * 1024

_SECRET = re.compile(r"pass(word|wd|phrase)?|secret|token|private.?key|credential", re.IGNORECASE)
SCRUBBED = "********"


def scrub(value: Any) -> Any:
    """A copy in which every value under a key that sounds secret is replaced, `authPassword` among them."""
    if isinstance(value, dict):
        return {
            key: SCRUBBED
            if _SECRET.search(key) and entry not in (None, "") and not isinstance(entry, bool)
            else scrub(entry)
            for key, entry in value.items()
        }
    if isinstance(value, list):
        return [scrub(entry) for entry in value]
    return value


class Journal:
    """Entries are dicts: {"n", "at", "method", "path", "query", "operation", "status", "write", "user",
    "request_body", "duration_ms"} and "fault" where one struck. `n` grows for ever; `at` is UTC, ISO 8601."""

    def __init__(self) -> None:
        self._entries: deque[dict[str, Any]] = deque(maxlen=LIMIT)
        self._next = 1

    def add(self, entry: dict[str, Any]) -> None:
        at = datetime.now(timezone.utc).isoformat(timespec="milliseconds")
        self._entries.append({"n": self._next, "at": at, **entry})
        self._next += 1

    def clear(self) -> None:
        self._entries.clear()

    def find(
        self,
        method: str | None = None,
        path: str | None = None,
        operation: str | None = None,
        since: int = 0,
        write: bool | None = None,
    ) -> Iterator[dict[str, Any]]:
        """Entries with n > since, in order; `path` is a part of the path, the others are exact."""
        for entry in self._entries:
            if (
                entry["n"] > since
                and (method is None or entry["method"] == method.upper())
                and (path is None or path in entry["path"])
                and (operation is None or entry["operation"] == operation)
                and (write is None or entry["write"] is write)
            ):
                yield entry
