# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules about drills and acceptances.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from .findings import Found, Remedy, Unknown
from .inputs import as_text
from .names import listed
from .snapshot import changes_since
from .units import AcceptanceUse, Context, WholeEstate

Judgements = Iterator[Found | Unknown]
_HOLD_A_DRILL = Remedy("By hand: hold a drill, and record it with the playbook dr_drill.")


def drill_overdue(context: Context, whole: WholeEstate) -> Judgements:
    history, days = context.history, context.settings.drill_interval_days
    if history is None or days is None:
        return
    if history.drill is None:
        yield Found(
            f"No drill is recorded in the ledger, which begins at {as_text(history.began)[:10]}; "
            f"one is due every {days} days.",
            {"last": None, "interval_days": days},
            _HOLD_A_DRILL,
        )
        return
    age = context.inputs.now - history.drill.at
    if age > timedelta(days=days):
        yield Found(
            f"The last drill was on {as_text(history.drill.at)[:10]}, {age.days} days ago; "
            f"one is due every {days} days.",
            {
                "last": as_text(history.drill.at),
                "scenario": history.drill.scenario,
                "outcome": history.drill.outcome,
                "interval_days": days,
                "due": as_text(history.drill.at + timedelta(days=days))[:10],
            },
            _HOLD_A_DRILL,
        )


def changed_since_drill(context: Context, whole: WholeEstate) -> Judgements:
    drill = context.history.drill if context.history else None
    if drill is None:
        return
    if drill.estate is None:
        yield Unknown(
            "estate at the last drill",
            f"Whether the estate has changed since the drill of {as_text(drill.at)[:10]} is not known: its record does "
            "not hold the estate of that day.",
            _HOLD_A_DRILL,
        )
        return
    changes = changes_since(context, drill)
    if changes:
        yield Found(
            f"The estate has changed since the last drill on {as_text(drill.at)[:10]}: {listed(changes, 5)}.",
            {"last": as_text(drill.at), "changes": changes},
            _HOLD_A_DRILL,
        )


def accepted_expired(context: Context, use: AcceptanceUse) -> Judgements:
    acceptance = use.acceptance
    if not acceptance.has_expired(context.inputs.today):
        return
    again = f"its findings ({use.matched}) count again" if use.matched else "nothing is found for it at present"
    yield Found(
        f"The acceptance of {acceptance} by {acceptance.owner} expired on {acceptance.expires.isoformat()}: {again}.",
        {**acceptance.as_result(), "findings": use.matched},
        Remedy("By hand: fix what was accepted and remove the entry, or accept it again with a new date."),
    )
