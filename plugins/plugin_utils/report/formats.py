# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of a report, by the names of their formats.

PRIVATE to the collection: it may change at any time. The names of the formats and of the files are public.
"""

from __future__ import annotations

import json
import typing as t

from . import junit, page, prometheus, table
from .states import FILES


def _json(dataset: t.Mapping[str, t.Any]) -> str:
    """JSON with one line for each key and for each row of a list, so that it can be read and compared by lines. Fully
    indented JSON takes several times as long to write."""
    text = json.JSONEncoder(ensure_ascii=False).encode
    lines = (f" {text(key)}: {_rows(value, text)}" for key, value in dataset.items())
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _rows(value: t.Any, text: t.Callable[[t.Any], str]) -> str:
    return "[\n  " + ",\n  ".join(map(text, value)) + "\n ]" if value and isinstance(value, list) else text(value)


# The function that makes the text of each format.
_MAKE: dict[str, t.Callable[[t.Mapping[str, t.Any]], str]] = {
    "json": _json,
    "html": page.render,
    "junit": junit.render,
    "prometheus": prometheus.render,
    "csv": table.render,
}


def render(dataset: t.Mapping[str, t.Any], formats: t.Iterable[str]) -> dict[str, bytes]:
    """The content of each file by its name. The same dataset gives the same bytes."""
    wanted = set(formats)
    return {
        file: _MAKE[name](dataset).encode("utf-8", errors="replace") for name, file in FILES.items() if name in wanted
    }
