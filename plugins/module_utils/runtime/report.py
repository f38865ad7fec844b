# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module returns: results, diff, warnings, failure.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t
from collections import Counter
from dataclasses import dataclass, field

from ..cg_api.errors import CGError
from ..dr.wording import plural

UNCHANGED, CHANGED, WOULD_CHANGE = "unchanged", "changed", "would_change"
FAILED, TIMED_OUT, NOT_TRIED = "failed", "timed_out", "not_tried"


class Item(t.Protocol):
    """What a row is made of; ``result`` is one of the words above."""

    result: str
    message: str

    def row(self) -> dict[str, t.Any]:
        """The row without the result and the message."""


class Rows:
    """The rows of a per-item list. Rows that are not shown are not built: for most, only the result is counted."""

    def __init__(self, items: t.Sequence[Item] = ()) -> None:
        self._items = items
        self._made: dict[int, dict[str, t.Any]] = {}

    def __iter__(self) -> t.Iterator[dict[str, t.Any]]:
        return map(self._row, range(len(self._items)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rows) and list(self) == list(other)

    def __repr__(self) -> str:
        return repr(list(self))

    def limited(self, unchanged_limit: int | None) -> list[dict[str, t.Any]]:
        """The rows, without the unchanged ones beyond the limit (None: no limit), which are only counted.

        An unchanged row that has a message is always listed.
        """
        if unchanged_limit is None:
            return list(self)
        shown = []
        unremarkable = 0
        for number, item in enumerate(self._items):
            is_unremarkable = item.result == UNCHANGED and not item.message
            unremarkable += is_unremarkable
            if not is_unremarkable or unremarkable <= unchanged_limit:
                shown.append(self._row(number))
        return shown

    @property
    def counts(self) -> Counter[str]:
        """How many rows have each result."""
        return Counter(item.result for item in self._items)

    def _row(self, number: int) -> dict[str, t.Any]:
        if number not in self._made:
            item = self._items[number]
            self._made[number] = {**item.row(), "result": item.result, "message": item.message}
        return self._made[number]


@dataclass
class Report:
    """The outcome of one module run.

    ``items`` is the name and the rows of the per-item list. ``before`` and ``after`` are plain data or text for the
    diff, only what differs, and None when no diff was requested; ``title`` is its heading.
    ``failure`` is the message of a failed task.
    """

    changed: bool = False
    actions: list[str] = field(default_factory=list)
    items: tuple[str, Rows] = ("", Rows())
    results: dict[str, t.Any] = field(default_factory=dict)
    title: str = ""
    before: dict[str, t.Any] | str | None = None
    after: dict[str, t.Any] | str | None = None
    predicted: dict[str, t.Any] | None = None
    warnings: list[str] = field(default_factory=list)
    failure: str = ""
    error: CGError | None = None
    by_name: tuple[str, ...] = ()  # results that are dictionaries with an entry for each object

    def as_result(self, unchanged_limit: int | None) -> dict[str, t.Any]:
        result: dict[str, t.Any] = {"changed": self.changed, **self.results}
        if self.predicted is not None:  # a verb; the info modules only have results
            name, rows = self.items
            result["actions"] = self.actions
            result[name] = rows.limited(unchanged_limit)
            result["unchanged_count"] = rows.counts[UNCHANGED]
            result["counts"] = dict(rows.counts)
            result["predicted"] = self.predicted
            if self.predicted:
                from ..dr.prediction import packed

                result["predicted"] = packed(self.predicted)
        if self.before is not None and self.after is not None:
            result["diff"] = {
                "before_header": self.title,
                "after_header": self.title,
                "before": as_text(self.before),
                "after": as_text(self.after),
            }
        if self.error is not None:
            result["error"] = self.error.as_result()
        return result

    @property
    def lists(self) -> list[str]:
        """The lists of the result and of its parts that grow with the estate, for ``short_failure``."""
        names = ["actions", self.items[0], *self.by_name]
        for key, value in self.results.items():
            if isinstance(value, list):
                names.append(key)
            elif isinstance(value, dict) and key not in self.by_name:
                names += [f"{key}.{inner}" for inner, own in value.items() if isinstance(own, list)]
        return names


def as_text(data: dict[str, t.Any] | str) -> str:
    """Sorted YAML for people; an empty text for no data. A text is returned unchanged."""
    if isinstance(data, str):
        return data
    if not data:
        return ""
    # Imported only when there is something to show, so that an unchanged run is not slowed down.
    from ansible.module_utils.common.yaml import HAS_YAML, yaml_dump

    if HAS_YAML:
        return str(yaml_dump(data, default_flow_style=False, sort_keys=True, allow_unicode=True, width=120))
    import json

    return json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def lost_contact(errors: t.Iterable[CGError | None]) -> list[str]:
    """The error at the end of a wait, reported once for all items: a server that is down is a single cause."""
    messages = list(dict.fromkeys(str(error) for error in errors if error))
    if not messages:
        return []
    more = f" (and {plural(len(messages) - 1, 'more error')})" if len(messages) > 1 else ""
    return [f"Central Governance could not be read until the wait ended: {messages[0]}{more}"]


def what_was_done(results: t.Sequence[str], noun: str) -> str:
    """``Of 5 masters: 2 changed, 1 failed, 2 not tried.``"""
    parts = ", ".join(f"{count} {word.replace('_', ' ')}" for word, count in Counter(results).items())
    return f"Of {plural(len(results), noun)}: {parts}."
