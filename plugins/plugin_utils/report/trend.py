# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The trend: the audits in the ledger, and this one, as bars.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from .states import WORDS, state_of

SHOWN = 60  # audits
HEIGHT, WIDTH, WIDEST = 88.0, 600.0, 44.0


@dataclass
class Bar:
    x: float
    width: float
    height: float
    state: str
    words: str


@dataclass
class Trend:
    bars: list[Bar]
    rows: list[dict[str, t.Any]]
    first: str
    last: str
    left_out: int
    height: float = HEIGHT
    width: float = WIDTH


def trend_of(dataset: t.Mapping[str, t.Any]) -> Trend | None:
    """None if no ledger was given or it is empty, since a single audit shows no trend."""
    audits = list((dataset["ledger"] or {}).get("audits") or ())
    if not audits:
        return None
    now = {"at": dataset["read_at"], "verdict": dataset["verdict"], "counts": dataset["counts"]}
    if audits[-1]["at"] != now["at"]:
        audits.append({**now, "score": (dataset["score"] or {}).get("value")})
    shown = audits[-SHOWN:]
    step = min(WIDTH / len(shown), WIDEST)
    bars = [
        Bar(
            x=round(number * step, 1),
            width=round(step * 0.8, 1),
            height=round(max(HEIGHT * (audit["score"] or 0) / 100, 4), 1),
            state=state_of(audit["verdict"]),
            words=_words(audit),
        )
        for number, audit in enumerate(shown)
    ]
    return Trend(
        bars, shown[::-1], shown[0]["at"], shown[-1]["at"], len(audits) - len(shown), width=round(step * len(shown), 1)
    )


def _words(audit: t.Mapping[str, t.Any]) -> str:
    score = audit["score"]
    shown = "no score" if score is None else f"score {score}"
    return f"{audit['at'][:10]}: {WORDS.get(audit['verdict'], 'Unknown')}, {shown}"
