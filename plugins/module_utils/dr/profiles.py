# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Comparing communication profiles the way Central Governance recognizes duplicates.

PRIVATE to the collection: it may change at any time.

Documented (guide, "Register SecureTransport"): two profiles are the same connection when protocol, port, FIPS mode and
SSL/TLS are equal, and with SSL/TLS client authentication and certificate content too. Assumed: the type (server or
client) counts too. Profiles of a master and of its backup are paired by name. Host, zone, edges, ids and view-only
marks are not compared.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from operator import attrgetter

from .model import Profile

ALWAYS_COMPARED = ("type", "protocol", "port", "tls", "fips")
COMPARED_WITH_TLS = ("client_authentication", "certificate_sha256")
_compared_fields = attrgetter(*ALWAYS_COMPARED, *COMPARED_WITH_TLS)


@dataclass(frozen=True)
class ProfileDifference:
    """What a synchronization would do to the backup's profiles, as sorted names.

    ``replaced`` maps a name to the compared fields that differ.
    """

    created: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    replaced: t.Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.created or self.removed or self.replaced)

    @property
    def summary(self) -> str:
        counts = ((len(self.created), "created"), (len(self.removed), "removed"), (len(self.replaced), "replaced"))
        return ", ".join(f"{count} {what}" for count, what in counts if count) or "none differs"


def compare_profiles(master: t.Iterable[Profile], backup: t.Iterable[Profile]) -> ProfileDifference:
    """The names present only on the master, only on the backup, and on both with different content."""
    wanted = {profile.name: profile for profile in master}
    present = {profile.name: profile for profile in backup}
    replaced = {}
    for name in sorted(wanted.keys() & present.keys()):
        fields = _differing_fields(wanted[name], present[name])
        if fields:
            replaced[name] = fields
    return ProfileDifference(
        created=tuple(sorted(wanted.keys() - present.keys())),
        removed=tuple(sorted(present.keys() - wanted.keys())),
        replaced=replaced,
    )


def _differing_fields(one: Profile, other: Profile) -> tuple[str, ...]:
    if _compared_fields(one) == _compared_fields(other):  # as most are, of hundreds of thousands in a large estate
        return ()
    compared = ALWAYS_COMPARED + (COMPARED_WITH_TLS if one.tls and other.tls else ())
    return tuple(name for name in compared if getattr(one, name) != getattr(other, name))
