# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The history for an audit, and the part of its result about the ledger, from the ledger's records.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from ..ledger import AUDIT, CHANGE, DRILL, Record
from .changes import kept_findings
from .inputs import Drill, History, as_text, as_time
from .snapshot import changes_since
from .units import Context

ABORTED = "aborted"  # the outcome of a drill
# The number of audits in the trend; the ledger keeps all of them.
AUDITS_SHOWN = 400


class LedgerReader:
    """Reads the records one by one, in their order, and keeps only what is needed, since ledgers may be long."""

    def __init__(self, masters: Sequence[str] | None) -> None:
        """``masters``: the masters of this audit, which is compared with the last audit of the same masters only."""
        self._masters = None if masters is None else sorted(masters)
        self.began: datetime | None = None
        self.last_in_sync: dict[tuple[str, str], datetime] = {}
        self.last_audit: Record | None = None
        self.drill: Drill | None = None
        self.audits: deque[dict[str, t.Any]] = deque(maxlen=AUDITS_SHOWN)
        self.longest_gap: tuple[timedelta, str, str] | None = None

    def read(self, records: Iterable[Record]) -> None:
        """Raises LedgerBroken, as the records do. A drill that was aborted is skipped, since it has shown nothing."""
        for record in records:
            data = record["data"]
            self.began = self.began or as_time(record["at"])
            audit = data if record["kind"] == AUDIT else data.get("audit")
            if audit:
                self._note_in_sync(audit["in_sync"], audit["read_at"])
            if record["kind"] == CHANGE:
                self._note_in_sync(data["in_sync"], record["at"])
            if record["kind"] == AUDIT and _sorted(data["masters"]) == self._masters:
                self._note_audit(record)
            elif record["kind"] == DRILL and data["outcome"] != ABORTED:
                self._note_drill(data, audit)

    def _note_drill(self, data: Mapping[str, t.Any], audit: Mapping[str, t.Any] | None) -> None:
        """The latest drill counts, in whatever order drills were recorded."""
        at = as_time(data["ended"])
        if self.drill is None or at >= self.drill.at:
            estate, masters = (audit["estate"], audit["masters"]) if audit else (None, None)
            self.drill = Drill(at, data["scenario"], data["outcome"], estate, masters)

    def _note_in_sync(self, in_sync: Mapping[str, Sequence[str]], time: str) -> None:
        at = as_time(time)
        for master, backups in in_sync.items():
            for backup in backups:
                self.last_in_sync[master, backup] = max(at, self.last_in_sync.get((master, backup), at))

    def _note_audit(self, record: Record) -> None:
        data = record["data"]
        if self.audits:
            before = self.audits[-1]["at"]
            gap = as_time(data["read_at"]) - as_time(before)
            if self.longest_gap is None or gap > self.longest_gap[0]:
                self.longest_gap = (gap, before, data["read_at"])
        self.last_audit = record
        self.audits.append({key: data[key] for key in ("verdict", "score", "counts")} | {"at": data["read_at"]})

    def history(self) -> History:
        """The history, after all records were read."""
        if self.began is None:
            raise AssertionError("a ledger without records was read")
        return History(self.began, self.last_in_sync, self.drill, self.last_audit)

    def as_result(self, context: Context) -> dict[str, t.Any]:
        """For the result: the trend, the longest gap between two audits, the last drill."""
        gap = self.longest_gap
        return {
            "began": as_text(self.began) if self.began else None,
            "audits": list(self.audits),
            "longest_gap": {"hours": round(gap[0] / timedelta(hours=1), 1), "begin": gap[1], "end": gap[2]}
            if gap
            else None,
            "drill": self._drill(context),
        }

    def _drill(self, context: Context) -> dict[str, t.Any]:
        days, drill = context.settings.drill_interval_days, self.drill
        due = (drill.at if drill else self.began) if days else None
        due = due + timedelta(days=days) if due and days else None
        return {
            "last": as_text(drill.at) if drill else None,
            "scenario": drill.scenario if drill else "",
            "outcome": drill.outcome if drill else "",
            "due": as_text(due)[:10] if due else None,
            "overdue": None if days is None else drill is None or (due is not None and context.inputs.now > due),
            "changed_since": changes_since(context, drill) if drill and drill.estate is not None else None,
        }


def _sorted(masters: Sequence[str] | None) -> list[str] | None:
    return None if masters is None else sorted(masters)


def audit_data(result: Mapping[str, t.Any]) -> dict[str, t.Any]:
    """The ledger's record of a result of st_dr_audit. Raises KeyError or TypeError for anything else."""
    in_sync: dict[str, list[str]] = {}
    read_at = result["coverage"]["read_at"]
    for master in result["masters"]:
        for backup in master["backups"]:
            if backup["synchronized"] is True and backup["profiles_differ"] is False:
                in_sync.setdefault(master["master"], []).append(backup["backup"])
    declaration = result["declaration"]
    return {
        "read_at": read_at,
        "verdict": result["verdict"],
        "counts": result["counts"],
        "score": result["score"]["value"],
        "drift": result["drift"],
        "findings": kept_findings(result),
        "in_sync": in_sync,
        "estate": result["estate"],
        "masters": result["settings"]["masters"],
        "declaration": {key: declaration[key] for key in ("given", "masters", "sha256")},
    }
