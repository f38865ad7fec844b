# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Error messages about an estate document: the place, the object, what is wrong, and a suggestion."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from cg_sim.errors import InvalidInput

Path = tuple[Any, ...]

SHOWN_ERRORS = 100


@dataclass(frozen=True)
class Problem:
    """One error: the place in the document (keys and indices from its root) and a message."""

    path: Path
    message: str

    def in_words(self, data: Any) -> str:
        """The object in the document that it is about, and the message."""
        place = describe_object(data, self.path)
        return f"{place}: {self.message}" if place else self.message


@dataclass(frozen=True)
class LocatedProblem:
    """A problem in words, with its line, which counts from 1; None if the line is not known."""

    line: int | None
    text: str


class EstateError(InvalidInput):
    """The document is not a valid estate. ``errors`` has every ``LocatedProblem``; ``str()`` lists them with lines."""

    def __init__(self, source_name: str, errors: Iterable[LocatedProblem]) -> None:
        self.source_name = source_name
        self.errors = list(errors)
        super().__init__(source_name, self.errors)

    @classmethod
    def single(cls, source_name: str, message: str, line: int | None = None) -> EstateError:
        return cls(source_name, [LocatedProblem(line, message)])

    def __str__(self) -> str:
        count = len(self.errors)
        lines = [f"{self.source_name}: {count} error{'' if count == 1 else 's'}"]
        for error in self.errors[:SHOWN_ERRORS]:
            place = f"{self.source_name}:{error.line}" if error.line is not None else self.source_name
            lines.append(f"  {place}: {error.text}")
        if count > SHOWN_ERRORS:
            lines.append(f"  and {count - SHOWN_ERRORS} more")
        return "\n".join(lines)


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`` (did you mean X?)`` for the most similar known word, or an empty text."""
    candidates = list(known)
    folded = {candidate.casefold(): candidate for candidate in candidates}
    near = difflib.get_close_matches(word.casefold(), folded, n=1, cutoff=0.75)
    return f" (did you mean {folded[near[0]]}?)" if near else ""


def describe_object(data: Any, path: Path) -> str:
    """The object at a path, by the names that the user gave: ``product ST_PARIS, profile SFTP``."""
    words: list[str] = []
    here = data
    for container, step in zip((None, *path), path, strict=False):
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            break
        if isinstance(step, int) and isinstance(container, str):
            words.append(_describe_item(container.removesuffix("s"), step, here))
        elif container == "certificates":
            words.append(f"certificate {step}")
    return ", ".join(words)


_NAMING_KEYS = ("name", "product", "application", "group", "partner")


def _describe_item(kind: str, index: int, item: Any) -> str:
    names = [item.get(key) for key in _NAMING_KEYS] if isinstance(item, dict) else [item]
    name = next((name for name in names if isinstance(name, str)), None)
    return f"{kind} {shorten(name)}" if isinstance(name, str) and name.strip() else f"{kind} number {index + 1}"


def shorten(value: Any, limit: int = 60) -> str:
    text = value if isinstance(value, str) else repr(value)
    text = " ".join(text.split())
    return text if len(text) <= limit else f"{text[:limit]}..."
