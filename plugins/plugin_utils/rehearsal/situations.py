# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Situations that a team may want to practise, and the faults of the simulator that cause them.

PRIVATE to the collection: it may change at any time. The names of the situations are public.
"""

from __future__ import annotations

import json
import typing as t
from dataclasses import dataclass

import yaml

from ...module_utils.dr.wording import did_you_mean

Fault = dict[str, t.Any]


class WrongSituation(ValueError):
    """One sentence that says which situation cannot be practised, and which ones can."""


@dataclass(frozen=True)
class Situation:
    """``faults`` are documents for the simulator's control plane (``cg-sim faults``)."""

    name: str
    meaning: str
    faults: tuple[Fault, ...]


# Each affects requests in a fixed order or with a fixed seed, so that a rehearsal can be repeated.
KNOWN = {
    situation.name: situation
    for situation in (
        Situation(
            "backup_dies",
            "the first synchronization that is started ends with an error, and its backup stays as it was",
            ({"fault": "job_error", "operation": "synchronizeBackup", "count": 1},),
        ),
        Situation(
            "flag_lies",
            "the first synchronization sets the flag and copies nothing",
            ({"fault": "lying_flag", "operation": "synchronizeBackup", "count": 1},),
        ),
        Situation(
            "deploy_errors",
            "Central Governance answers every deploy with status 500",
            ({"fault": "status", "status": 500, "operation": "deployFlow", "message": "Unexpected error"},),
        ),
        Situation(
            "deploy_partial",
            "the first flow that is deployed is deployed on all of its products but the last one",
            ({"fault": "partial_deployment", "operation": "deployFlow", "count": 1},),
        ),
        Situation(
            "lost_replies",
            "the first reply to each kind of change is lost, although the change was carried out",
            tuple(
                {"fault": "commit_then_drop", "operation": operation, "count": 1}
                for operation in ("addBackups", "removeBackup", "synchronizeBackup", "deployFlow")
            ),
        ),
        Situation(
            "overloaded",
            "one request in ten is answered with status 503 and has to be sent again",
            ({"fault": "status", "status": 503, "retry_after": 1, "probability": 0.1, "seed": 1},),
        ),
        Situation(
            "slow",
            "each answer takes about half a second longer, and some take much longer",
            ({"fault": "delay", "delay": {"lognormal": [0.5, 0.7]}, "seed": 1},),
        ),
    )
}


def situations(value: t.Any) -> list[Situation]:
    """The situations that a variable names: a list, the same as YAML or JSON text, or names separated by commas.

    An entry is a name, or a dictionary with a fault of the simulator. Raises WrongSituation.

    >>> [situation.name for situation in situations("backup_dies, slow")]
    ['backup_dies', 'slow']
    """
    if isinstance(value, str):
        value = _parsed(value)
    if value is None:
        return []
    if isinstance(value, dict):
        value = [value]
    if not isinstance(value, (list, tuple)):
        raise WrongSituation(f"it is not a list of situations; there are {', '.join(KNOWN)}.")
    return [_situation(entry, number) for number, entry in enumerate(value, start=1) if entry not in ("", None)]


def _parsed(text: str) -> t.Any:
    try:
        parsed = yaml.safe_load(text)
    except yaml.YAMLError:
        raise WrongSituation("it is not valid YAML.") from None
    if isinstance(parsed, str):
        return [part.strip() for part in parsed.replace("\n", ",").split(",")]
    return parsed


def _situation(entry: t.Any, number: int) -> Situation:
    if isinstance(entry, dict):
        if not isinstance(entry.get("fault"), str):
            raise WrongSituation(
                f"entry {number} is a dictionary without the key fault; the README of the simulator lists its faults."
            )
        return Situation(entry["fault"], f"the fault {json.dumps(entry, sort_keys=True)}", (dict(entry),))
    name = str(entry)
    if name not in KNOWN:
        raise WrongSituation(
            f'there is no situation "{name[:60]}".' + did_you_mean(name, KNOWN) + f" There are {', '.join(KNOWN)}."
        )
    return KNOWN[name]


def with_hits(
    chosen: t.Iterable[t.Mapping[str, t.Any]], faults: t.Sequence[t.Mapping[str, t.Any]]
) -> list[dict[str, t.Any]]:
    """The situations with ``met``, how many requests their faults affected; None when that is not known.

    ``faults`` are those of all situations, in their order, as the simulator returns them.
    """
    rows, rest = [], list(faults)
    for each in chosen:
        own, rest = rest[: len(each["faults"])], rest[len(each["faults"]) :]
        met = sum(fault["hits"] for fault in own) if own else None
        rows.append({"name": each["name"], "meaning": each["meaning"], "met": met})
    return rows
