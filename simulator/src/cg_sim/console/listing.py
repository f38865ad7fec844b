# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Searching, sorting and paging of the console's lists."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeVar

from cg_sim.model import Document

ROWS_ON_A_PAGE = 50

T = TypeVar("T")

#: `status:Started`, `status:"Deployed in error"`, `is:unsynchronized`
_FILTER = re.compile(r'\b(\w+):("[^"]*"|\S+)')


class Wanted(NamedTuple):
    """What to show of a list. `sort`: a column, with a leading `-` for descending order."""

    search: str = ""
    page: int = 1
    sort: str = ""


class Column(NamedTuple):
    """`key` sorts rows; `text` is what a filter on the column is compared with."""

    key: Callable[[Any], Any]
    text: Callable[[Any], str] | None = None


def listing(
    wanted: Wanted,
    records: Iterable[T],
    texts: Callable[[T], Iterable[str]],
    columns: Mapping[str, Column],
    traits: Mapping[str, Callable[[T], bool]],
    render: Callable[[T], Document],
) -> Document:
    """One page of rows; a page number after the last page gives the last page. Every word of the search must occur
    in the texts; `name:value` filters by a column, `is:trait` by a trait."""
    words = _FILTER.sub(" ", wanted.search).casefold().split()
    filters = [(key.lower(), value.strip('"').casefold()) for key, value in _FILTER.findall(wanted.search)]

    def fits(record: T) -> bool:
        for key, value in filters:
            column = columns.get(key)
            if key == "is":
                if value in traits and not traits[value](record):
                    return False
            elif column is not None and column.text is not None and column.text(record).casefold() != value:
                return False
        text = "\n".join(texts(record)).casefold() if words else ""
        return all(word in text for word in words)

    found = [record for record in records if fits(record)]
    name = wanted.sort.removeprefix("-")
    if name in columns:
        found.sort(key=columns[name].key, reverse=wanted.sort.startswith("-"))
    pages = max(1, -(-len(found) // ROWS_ON_A_PAGE))
    page = min(max(wanted.page, 1), pages)
    shown = found[(page - 1) * ROWS_ON_A_PAGE : page * ROWS_ON_A_PAGE]
    return {
        "total": len(found),
        "page": page,
        "pages": pages,
        "sort": wanted.sort if name in columns else "",
        "sortable": list(columns),
        "rows": [render(record) for record in shown],
    }
