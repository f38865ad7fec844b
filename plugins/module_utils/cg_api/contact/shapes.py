# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The shape of answers: the places at which fields were seen (or are described), compared with ``expected``.

PRIVATE to the collection: it may change at any time. Pure functions.
"""

from __future__ import annotations

import typing as t
from collections import Counter
from dataclasses import dataclass, field

from .expected import FIELDS, FLAG, LIST, NULL, NUMBER, OBJECT, TEXT, Field
from .verdicts import CONFIRMED, CONTRADICTED, NOT_SEEN

Json = t.Any

_DEEPEST = 10
_MOST_PLACES = 2000
_TYPES = {bool: FLAG, int: NUMBER, float: NUMBER, str: TEXT, dict: OBJECT, list: LIST, type(None): NULL}


@dataclass
class Place:
    """How often each type was found at a place."""

    types: Counter[str] = field(default_factory=Counter)

    @property
    def seen(self) -> int:
        return sum(count for kind, count in self.types.items() if kind != NULL)


@dataclass
class Shape:
    """The places of the objects of one kind; ``objects`` is how many were examined (0: none, or only described)."""

    places: dict[str, Place] = field(default_factory=dict)
    objects: int = 0

    def add(self, place: str, kind: str) -> None:
        if place in self.places or len(self.places) < _MOST_PLACES:
            self.places.setdefault(place, Place()).types[kind] += 1

    def holders_of(self, place: str) -> int:
        """How many objects there are that could have a value at this place."""
        parent = place.rpartition(".")[0]
        if not parent:
            return self.objects
        found = self.places.get(parent)
        return found.types[OBJECT] if found else 0


def shape_of(objects: t.Iterable[Json]) -> Shape:
    """The shape of what was seen."""
    shape = Shape()
    for item in objects:
        if isinstance(item, dict):
            shape.objects += 1
            _add(shape, item, "", 0)
    return shape


def _add(shape: Shape, item: dict[str, Json], prefix: str, depth: int) -> None:
    for key, value in item.items():
        place = f"{prefix}{key}"
        shape.add(place, _TYPES.get(type(value), TEXT))
        if depth >= _DEEPEST:
            continue
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, dict):
                if isinstance(value, list):
                    shape.add(place, OBJECT)
                _add(shape, inner, f"{place}.", depth + 1)


@dataclass(frozen=True)
class FieldVerdict:
    """Whether one expected field was seen."""

    field: Field
    verdict: str
    evidence: str


def compare(kind: str, shape: Shape, described: bool = False) -> list[FieldVerdict]:
    """The verdict on each expected field of the kind; ``described``: the shape is that of an API description."""
    return [_compared(row, shape, described) for row in FIELDS if row.kind == kind]


def _compared(row: Field, shape: Shape, described: bool) -> FieldVerdict:
    found = [(place, shape.places[place]) for place in row.places if place in shape.places]
    fitting = [(place, seen) for place, seen in found if any(seen.types[kind] for kind in row.types)]
    if fitting:
        place, seen = fitting[0]
        at = "" if place == row.place else f", as {place}"
        if described:
            return FieldVerdict(row, CONFIRMED, f"described{at}")
        holders = max(shape.holders_of(place), seen.seen if seen.types[LIST] == 0 else 0)
        count = sum(seen.types[kind] for kind in row.types if kind != OBJECT or not seen.types[LIST])
        return FieldVerdict(row, CONFIRMED, f"in {count} of {holders}{at}")
    wrong = [(place, seen) for place, seen in found if seen.seen and not _is_container_of(place, row)]
    if wrong:
        place, seen = wrong[0]
        types = ", ".join(sorted(kind for kind in seen.types if kind != NULL))
        return FieldVerdict(row, CONTRADICTED, f"expected {' or '.join(row.types)}, found {types} ({place})")
    holders = shape.holders_of(row.place)
    if row.needed and (holders or (described and _parent_described(row, shape))):
        word = "not described" if described else f"in none of {holders}"
        return FieldVerdict(row, CONTRADICTED, word)
    return FieldVerdict(row, NOT_SEEN, "")


def _is_container_of(place: str, row: Field) -> bool:
    return any(other.startswith(f"{place}.") for other in row.places)


def _parent_described(row: Field, shape: Shape) -> bool:
    parent = row.place.rpartition(".")[0]
    return bool(shape.places) if not parent else parent in shape.places


def unexpected_places(kind: str, shape: Shape, most: int = 20) -> list[str]:
    """Places that are not in the table, outermost only: what a newer or another product returns in addition."""
    known = {place for row in FIELDS if row.kind == kind for place in row.places}
    known |= {place[: place.rfind(".", 0, end)] for place in known for end in _ends(place)}
    unknown = [place for place in shape.places if place not in known]
    outermost = [place for place in unknown if place.rpartition(".")[0] not in unknown]
    return outermost[:most]


def _ends(place: str) -> t.Iterator[int]:
    at = len(place)
    while (at := place.rfind(".", 0, at)) != -1:
        yield at + 1
