# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The fields that the answers of Central Governance are expected to have, in one table.

PRIVATE to the collection: it may change at any time.

The readers in ``cg_api.records`` accept these fields; a test reads each field with them. Places are written the same
for lists and single objects: ``communicationProfiles.port`` is the port of each entry of communicationProfiles.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..operations import ASSUMED, DOCUMENTED

TEXT, NUMBER, FLAG, OBJECT, LIST, NULL = "text", "number", "flag", "object", "list", "null"

_GUIDE = "REST API, SecureTransport backups"
_FLOWS_PAGE = "REST API, flows"


@dataclass(frozen=True)
class Field:
    """One expected field of the objects of a kind (a key of ``answers.IDENTITIES``).

    ``group`` is the assumption that it belongs to. ``also`` are other places where the readers accept it. The modules
    cannot work without a field that is ``needed``; any other may be missing.
    """

    group: str
    kind: str
    place: str
    types: tuple[str, ...]
    provenance: str
    source: str = ""
    needed: bool = False
    also: tuple[str, ...] = ()

    @property
    def places(self) -> tuple[str, ...]:
        return (self.place, *self.also)


def _fields(
    group: str, kind: str, provenance: str, source: str, rows: t.Iterable[tuple[t.Any, ...]], below: str = ""
) -> t.Iterator[Field]:
    for name, types, needed, *also in rows:
        yield Field(
            group, kind, below + name, types, provenance, source, needed, tuple(below + place for place in also)
        )


_STATUS = (TEXT, OBJECT)
_IDS = [("businessId", (TEXT,), True), ("name", (TEXT,), True)]
_PROFILE = [
    ("name", (TEXT,), True),
    ("type", (TEXT,), True, "properties.type", "commonProperties.type"),
    ("protocol", (TEXT,), True, "properties.protocol", "commonProperties.protocol"),
    ("port", (NUMBER, TEXT), True, "properties.port", "commonProperties.port"),
    ("clientAuthentication", (TEXT,), False, "ssl.clientAuthentication", "properties.clientAuthentication"),
    ("hosts", (LIST, TEXT), False, "properties.hosts"),
    ("ssl.enabled", (FLAG, TEXT), False, "ssl"),
    ("ssl.certificate.content", (TEXT,), False, "ssl.certificate", "certificate.content", "certificate"),
    ("ssl.certificate.validTo", (TEXT, NUMBER), False, "certificate.validTo"),
    ("fips", (FLAG, TEXT), False, "properties.fips"),
    ("networkZone", (TEXT,), False),
    ("edges", (LIST, TEXT), False),
    ("viewOnly", (FLAG, TEXT), False),
    ("enabled", (FLAG, TEXT), False),
]
_STAGE = [
    ("type", (TEXT,), False),
    ("parts.part.businessId", (TEXT,), False, "part.businessId", "parts.businessId", "businessId"),
    ("parts.part.name", (TEXT,), True, "part.name", "parts.name", "name"),
]

FIELDS: tuple[Field, ...] = (
    *_fields(
        "product_fields",
        "products",
        DOCUMENTED,
        _GUIDE,
        [
            *_IDS,
            ("type", (TEXT,), True),
            ("version", (TEXT, NUMBER), True),
            ("status", _STATUS, True),
            ("host", (TEXT,), False),
            ("os", (TEXT,), False),
            ("backupProducts", (LIST, OBJECT), False),
            ("communicationProfiles", (LIST, OBJECT), False),
        ],
    ),
    *_fields("profile_fields", "products", ASSUMED, "the successor product", _PROFILE, "communicationProfiles."),
    *_fields(
        "backup_fields",
        "products",
        DOCUMENTED,
        _GUIDE,
        [*_IDS, ("synchronized", (FLAG, TEXT), True), ("meta.href", (TEXT,), False)],
        "backupProducts.",
    ),
    *_fields(
        "flow_fields",
        "flows",
        ASSUMED,
        "by analogy with products",
        [
            *_IDS,
            ("status", _STATUS, True),
            ("sources", (OBJECT, LIST), False),
            ("targets", (OBJECT, LIST), False),
            ("relays", (OBJECT, LIST), False),
            ("details", (TEXT,), False),
        ],
    ),
    *_fields("flow_parts", "flows", DOCUMENTED, _FLOWS_PAGE, _STAGE, "sources."),
    *_fields("flow_parts", "flows", ASSUMED, "as the sources", _STAGE, "targets."),
    *_fields(
        "deployment_fields",
        "deployments",
        ASSUMED,
        "the guide shows a Deployments list",
        [
            ("flow.businessId", (TEXT,), False, "flow"),
            ("product.businessId", (TEXT,), True, "product"),
            ("product.name", (TEXT,), False),
            ("status", _STATUS, True),
            ("message", (TEXT,), False),
            ("timestamp", (TEXT, NUMBER), False),
        ],
    ),
)

# The protocols of profiles for flows of SecureTransport: documented, except for AS2, which is assumed.
PROTOCOLS = ("SFTP", "FTP", "HTTP", "PESIT", "AS2")
