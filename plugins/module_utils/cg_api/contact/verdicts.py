# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verdicts of a first contact, and its requests and answers.

PRIVATE to the collection: it may change at any time. Plain data.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

CONFIRMED, CONTRADICTED, NOT_SEEN = "confirmed", "contradicted", "not seen"

Json = t.Any


@dataclass(frozen=True)
class Verdict:
    """``word`` is one of the three above; ``evidence`` are sentences or parts of them, the most important first."""

    word: str
    evidence: tuple[str, ...] = ()


@dataclass
class Exchange:
    """One request, and the part of its answer that is kept.

    ``document`` is the answer's JSON when ``is_json``: of a large list only the beginning, while ``count`` counts all
    entries. ``page`` is the scrubbed beginning of any other answer. ``words`` is the server's own message, ``problem``
    says why there is no answer.
    """

    operation: str
    method: str
    path: str
    way: str = ""
    status: int | None = None
    content_type: str = ""
    is_json: bool = False
    document: Json = None
    count: int | None = None
    page: str = ""
    words: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    sets_cookie: bool = False
    at: str = ""
    duration_ms: float = 0.0

    @property
    def is_success(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def allowed(self) -> frozenset[str]:
        """The methods in the header Allow, which answers 405 and answers to OPTIONS have."""
        return frozenset(word.strip().upper() for word in self.headers.get("allow", "").split(",") if word.strip())

    @property
    def request(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def answer(self) -> str:
        """A short description for people: status, content type, size."""
        if self.status is None:
            return self.problem or "no answer"
        if self.count is not None:
            return f"{self.status}, a list of {self.count}"
        if self.is_json:
            return f"{self.status}, JSON"
        return f"{self.status}, {self.content_type or 'no content type'}"

    def is_answered_like(self, other: Exchange | None) -> bool:
        if other is None or self.status != other.status:
            return False
        return (self.words, self.page, self.document) == (other.words, other.page, other.document)


@dataclass(frozen=True)
class Attempt:
    """A spelling of an operation that was tried: ``override`` is {} for the default, ``problem`` empty if it works."""

    operation: str
    override: dict[str, Json]
    exchange: Exchange
    problem: str = ""
    objects: tuple[dict[str, Json], ...] = ()

    @property
    def works(self) -> bool:
        return not self.problem


@dataclass
class Findings:
    """Everything that was seen in one contact, by operation."""

    attempts: dict[str, list[Attempt]] = field(default_factory=dict)
    exchanges: dict[str, Exchange] = field(default_factory=dict)  # requests that are sent once, by a name of their own
    products: list[dict[str, Json]] = field(default_factory=list)
    product_count: int = 0
    whole_products: list[dict[str, Json]] = field(default_factory=list)  # each read by its id
    backups: list[dict[str, Json]] = field(default_factory=list)
    master: dict[str, Json] | None = None
    flows: list[dict[str, Json]] = field(default_factory=list)
    flow_count: int = 0
    whole_flows: list[dict[str, Json]] = field(default_factory=list)
    deployments: list[dict[str, Json]] = field(default_factory=list)
    deployed_flow: dict[str, Json] | None = None

    def working(self, operation: str) -> Attempt | None:
        return next((attempt for attempt in self.attempts.get(operation, ()) if attempt.works), None)

    def first(self, operation: str) -> Attempt | None:
        """The attempt with the default spelling."""
        tried = self.attempts.get(operation)
        return tried[0] if tried else None
