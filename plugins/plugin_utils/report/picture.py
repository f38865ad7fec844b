# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The picture of the topology: the position of each master and backup, and the lines between them.

PRIVATE to the collection: it may change at any time.

Only positions and texts are computed here; the template draws them. Estates of up to FULL_PICTURE masters are drawn
completely, with one picture for each group. Larger ones get a map with a mark for each master, and pictures of the
masters with the worst verdicts.
"""

from __future__ import annotations

import typing as t
from collections import defaultdict
from dataclasses import dataclass, field

from .states import STATES, WORDS, plural, state_of

FULL_PICTURE = 40  # masters
WORST_SHOWN, WORST_EACH = 12, 6  # masters of a large estate that are drawn, and how many of them in one picture

WIDTH = 440
NODE_WIDTH, NODE_HEIGHT = 186, 44
ROW = 54
LABEL, WORDS_LABEL = 16, 21  # characters
MAP_COLUMNS, MAP_CELL = 40, 22

Dataset = t.Mapping[str, t.Any]
Row = t.Mapping[str, t.Any]


@dataclass
class Node:
    name: str
    state: str
    words: str
    x: float
    y: float

    @property
    def label(self) -> str:
        """The name, shortened in the middle if it does not fit into the box."""
        return self.name if len(self.name) <= LABEL else f"{self.name[: LABEL - 8]}…{self.name[-7:]}"


@dataclass
class Line:
    state: str
    words: str
    y1: float
    y2: float
    x1: float = NODE_WIDTH
    x2: float = WIDTH - NODE_WIDTH

    @property
    def middle(self) -> tuple[float, float]:
        return (self.x1 + self.x2) / 2, (self.y1 + self.y2) / 2


@dataclass
class Picture:
    """``summary`` describes it in words, for screen readers."""

    title: str
    summary: str
    width: float = WIDTH
    height: float = 0
    nodes: list[Node] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    left_out: int = 0


def pictures(dataset: Dataset) -> list[Picture]:
    """The masters with their backups, by group; of a large estate only those with the worst verdicts."""
    masters = dataset["masters"]
    if len(masters) <= FULL_PICTURE:
        return [_picture(title, rows) for title, rows in _by_group(dataset, masters) if rows]
    not_ready = [master for master in masters if master["verdict"] != "READY"]
    worst = sorted(not_ready, key=lambda master: (STATES.index(state_of(master["verdict"])), master["master"]))
    shown = worst[:WORST_SHOWN]
    drawn = []
    for start in range(0, len(shown), WORST_EACH):
        some = shown[start : start + WORST_EACH]
        drawn.append(_picture(f"Worst masters, {start + 1} to {start + len(some)}", some))
    if drawn:
        drawn[-1].left_out = len(worst) - len(shown)
    return drawn


def maps(dataset: Dataset) -> list[Picture]:
    """A mark for each master of a large estate, by group; empty for a small one."""
    if len(dataset["masters"]) <= FULL_PICTURE:
        return []
    return [_map(title or "All masters", rows) for title, rows in _by_group(dataset, dataset["masters"]) if rows]


def _by_group(dataset: Dataset, masters: t.Sequence[Row]) -> list[tuple[str, list[Row]]]:
    group_of = {name: group["name"] for group in dataset["groups"] for name in group["products"]}
    grouped: dict[str, list[Row]] = defaultdict(list)
    for master in masters:
        grouped[group_of.get(master["master"], "")].append(master)
    titles = [group["name"] for group in dataset["groups"]]
    rest = [("Other masters" if any(grouped[title] for title in titles) else "", grouped[""])]
    return [(title, grouped[title]) for title in titles] + rest


def _picture(title: str, masters: t.Sequence[Row]) -> Picture:
    picture = Picture(title, _summary(masters))
    places: dict[str, float] = {}  # of the backups; a shared backup is drawn once
    y = 0.0
    for master in masters:
        own = [backup for backup in master["backups"] if backup["backup"] not in places]
        for number, backup in enumerate(own):
            places[backup["backup"]] = y + number * ROW
            words = _backup_words(backup)
            place = places[backup["backup"]]
            picture.nodes.append(Node(backup["backup"], _node_state(backup), words, WIDTH - NODE_WIDTH, place))
        rows = max(len(own), 1)
        middle = y + (rows - 1) * ROW / 2
        words = _master_words(master)
        picture.nodes.append(Node(master["master"], _node_state(master), words, 0, middle))
        for backup in master["backups"]:
            state, words = _line_words(backup)
            end = places[backup["backup"]] + NODE_HEIGHT / 2
            picture.lines.append(Line(state, words, middle + NODE_HEIGHT / 2, end))
        y += rows * ROW
    picture.height = max(y - (ROW - NODE_HEIGHT), NODE_HEIGHT)
    return picture


def _map(title: str, masters: t.Sequence[Row]) -> Picture:
    picture = Picture(title, _summary(masters), width=MAP_COLUMNS * MAP_CELL)
    for number, master in enumerate(masters):
        row, column = divmod(number, MAP_COLUMNS)
        words = WORDS.get(master["verdict"], "Unknown")
        picture.nodes.append(Node(master["master"], _node_state(master), words, column * MAP_CELL, row * MAP_CELL))
    picture.height = (len(masters) + MAP_COLUMNS - 1) // MAP_COLUMNS * MAP_CELL
    if len(masters) < MAP_COLUMNS:
        picture.width = max(len(masters) * MAP_CELL, 8 * MAP_CELL)
    return picture


def _summary(masters: t.Sequence[Row]) -> str:
    pairs = sum(len(master["backups"]) for master in masters)
    verdicts = [master["verdict"] for master in masters]
    counted = ", ".join(
        f"{verdicts.count(verdict)} {words.lower()}" for verdict, words in WORDS.items() if verdict in verdicts
    )
    return f"{plural(len(masters), 'master')} with {plural(pairs, 'backup')}: {counted}."


def _node_state(row: Row) -> str:
    """The state of the verdict, or ``accepted`` if the verdict is READY only because a finding was accepted."""
    state = state_of(row["verdict"])
    return "accepted" if state == "ok" and row["counts"].get("accepted") else state


def _master_words(master: Row) -> str:
    words = WORDS.get(master["verdict"], "Unknown")
    if not master["backups"]:
        return f"{words} · no backup"
    return _with_status(words, master["status"])


def _backup_words(backup: Row) -> str:
    words = WORDS.get(backup["verdict"], "Unknown")
    if backup["present"] is False:
        return f"{words} · missing"
    return _with_status(words, backup["status"])


def _with_status(words: str, status: str) -> str:
    """The verdict and any status other than "Started". If both do not fit, only the status, since the symbol shows the
    verdict as well."""
    if status in ("", "Started"):
        return words
    both = f"{words} · {status}"
    if len(both) <= WORDS_LABEL:
        return both
    return status if len(status) <= WORDS_LABEL else f"{status[: WORDS_LABEL - 1]}…"


def _line_words(backup: Row) -> tuple[str, str]:
    """The state of the line, which shows only whether the backup is declared and equal to its master."""
    if backup["present"] is False:
        return "critical", "declared, but missing"
    if backup["synchronized"] is None:
        return "unknown", "not known whether synchronized"
    if not backup["synchronized"]:
        return "critical", "not synchronized"
    if backup["profiles_differ"]:
        return "critical", "flagged as synchronized, but the profiles differ"
    if backup["declared"] is False:
        return "warning", "synchronized, not declared"
    return "ok", "synchronized"
