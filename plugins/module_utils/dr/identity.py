# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Comparing identities: whether a name or a businessId that a user wrote refers to a record.

PRIVATE to the collection: it may change at any time.

Documented: a businessId is a UUID. UUIDs are compared without regard to case (RFC 9562), names with it.
"""

from __future__ import annotations

import re
import typing as t

_UUID = re.compile(r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class Identified(t.Protocol):
    """A record with a normalized businessId and a name."""

    @property
    def id(self) -> str:
        """In the form that ``normalized`` returns."""

    @property
    def name(self) -> str:
        """Free text."""


def is_business_id(text: str) -> bool:
    return _UUID.fullmatch(text) is not None


def normalized(business_id: str) -> str:
    """The form of a businessId in all records: lower case. A text that is not a UUID (a name) is not changed."""
    lower = business_id.lower()
    return lower if lower != business_id and is_business_id(business_id) else business_id


def refers_to(reference: str, record: Identified) -> bool:
    """Whether a name or businessId that a user wrote refers to the record."""
    return reference == record.name or normalized(reference) == record.id


def any_refers_to(references: t.Iterable[str], record: Identified) -> bool:
    return any(refers_to(reference, record) for reference in references)
