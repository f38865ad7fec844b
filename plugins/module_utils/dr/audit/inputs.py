# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inputs of an audit: what was read, the options, and the history from the ledger.

PRIVATE to the collection: it may change at any time.

Every fact may be missing. If a source could not be read, ``problem`` gives the reason; a value that Central Governance
did not show is None. Neither is treated as empty.
"""

from __future__ import annotations

import typing as t
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone

from ..estate import Estate
from ..topology import Declaration
from ..topology_rules import EXACT
from .acceptance import Acceptance

PRODUCTS, FLOWS, DEPLOYMENTS, CERTIFICATES = "products", "flows", "deployments", "certificates"
DECLARATION, LEDGER = "declaration", "ledger"


def as_text(time: datetime) -> str:
    """``2026-11-25T21:00:03Z``, without fractions of seconds."""
    return time.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def as_time(text: str) -> datetime:
    """The time in a text of :func:`as_text`. Raises ValueError."""
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)


@dataclass(frozen=True)
class Source:
    """A source: how many objects were read and when (UTC), or why it could not be read."""

    count: int
    at: datetime
    problem: str = ""


@dataclass(frozen=True)
class Certificate:
    """An X.509 certificate; ``problem`` when it could not be read."""

    subject: str = ""
    valid_to: datetime | None = None
    problem: str = ""


@dataclass(frozen=True)
class Observed:
    """The estate as it was read. ``certificates`` has them by the digest in their profile."""

    estate: Estate
    sources: Mapping[str, Source]
    certificates: Mapping[str, Certificate] = field(default_factory=dict)


@dataclass(frozen=True)
class Drill:
    """The last drill. ``estate`` is the snapshot of that day (see ``snapshot``); None when none was recorded."""

    at: datetime
    scenario: str
    outcome: str
    estate: Mapping[str, t.Any] | None
    masters: Sequence[str] | None = None  # those that the snapshot covers; None: all


@dataclass(frozen=True)
class History:
    """The history from a ledger."""

    began: datetime
    last_in_sync: Mapping[tuple[str, str], datetime] = field(default_factory=dict)  # by the names of master and backup
    drill: Drill | None = None
    last_audit: Mapping[str, t.Any] | None = None  # the last record of an audit of the same masters


@dataclass(frozen=True)
class Settings:
    """What the user asks for. ``masters`` are names or businessIds, None for all."""

    state: str = EXACT
    masters: Sequence[str] | None = None
    severity: Mapping[str, str] = field(default_factory=dict)
    accepted: Sequence[Acceptance] = ()
    certificate_warning_days: int = 30
    rpo_target: timedelta | None = None
    drill_interval_days: int | None = None


@dataclass(frozen=True)
class Inputs:
    """``declared`` is None when no topology was given, ``history`` when no ledger was."""

    observed: Observed
    now: datetime
    declared: Sequence[Declaration] | None = None
    history: History | None = None
    settings: Settings = field(default_factory=Settings)

    @property
    def today(self) -> date:
        return self.now.astimezone(timezone.utc).date()
