# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The records that the simulator keeps.

Records are never changed in place, only replaced: so a transaction can be rolled back, and a stale read answered
from a copy of the state, without copying records. Documents are the plain JSON shapes in which records are seeded,
stored, dumped and restored.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import orjson

from cg_sim.identity import deployment_id
from cg_sim.pairing import SECURETRANSPORT

SAVED = "Saved"
SAVED_NOT_DEPLOYED = "Saved, not deployed"
DEPLOYED = "Deployed"
DEPLOYED_IN_ERROR = "Deployed in error"
#: Assumed: what a flow and its deployments show while a deployment runs.
IN_PROGRESS = "In progress"
#: Documented (flow_status): the statuses of a flow without work in progress. Assumed: any other word means work in
#: progress.
SETTLED = frozenset({SAVED, SAVED_NOT_DEPLOYED, DEPLOYED, DEPLOYED_IN_ERROR})

REGISTERING = "Registering"
REGISTERED_IN_ERROR = "Registered in error"
READY_TO_REGISTER = "Ready to register"
STARTED = "Started"
UNREACHABLE = "Unreachable"
#: Documented statuses of a product that is not, or not yet, registered.
UNREGISTERED = frozenset({REGISTERING, REGISTERED_IN_ERROR, READY_TO_REGISTER})

Document = dict[str, Any]


class Backup(NamedTuple):
    """One entry of a master's backups."""

    id: str
    synchronized: bool


@dataclass(frozen=True)
class Product:
    """A product. Profiles are kept as encoded JSON: as objects, 500,000 of them would take almost a gigabyte, and
    most requests only copy them to the answer."""

    id: str
    name: str
    host: str
    os: str
    version: str
    status: str
    type: str
    contact: Document
    profiles: bytes = b"[]"
    backups: tuple[Backup, ...] = ()
    tags: tuple[str, ...] | None = None
    #: Upgraded outside of Central Governance: Unreachable until a health check.
    upgraded: bool = False
    #: Identifiers of legacy flows on this product, which Central Governance does not manage.
    legacy_idfs: tuple[str, ...] = ()

    @property
    def registered(self) -> bool:
        return self.status not in UNREGISTERED

    def load_profiles(self) -> list[Document]:
        return orjson.loads(self.profiles)

    def backup_ids(self) -> list[str]:
        return [backup.id for backup in self.backups]


@dataclass(frozen=True)
class Flow:
    """A flow. `sources` and `targets` are {"type", "parts"}, `relays` a list of these."""

    id: str
    name: str
    status: str
    status_at: int
    sources: Document
    relays: list[Document]
    targets: Document
    idf: str | None = None
    tags: tuple[str, ...] | None = None
    details: str = ""

    @property
    def busy(self) -> bool:
        return self.status not in SETTLED

    def groups(self) -> list[Document]:
        return [self.sources, *self.relays, self.targets]

    def product_ids(self) -> list[str]:
        """Products that the definition itself names, in order, each once."""
        found: dict[str, None] = {}
        for group in self.groups():
            if group.get("type") == "PRODUCT":
                for part in group["parts"]:
                    found[part["part"]["businessId"]] = None
        return list(found)


@dataclass(frozen=True)
class Deployment:
    """One row of the deployments list."""

    id: str
    flow_id: str
    product_id: str
    product_name: str
    status: str
    message: str
    timestamp: int


@dataclass(frozen=True)
class Job:
    """Asynchronous work. It ends at `due`, a time of the simulator's clock, or after `polls` reads.

    `watched` are the ids whose reads count as polls; `data` belongs to the rule that scheduled the job."""

    kind: str
    key: str
    watched: tuple[str, ...]
    due: int | None
    polls: int | None
    data: Document = field(default_factory=dict)


# ------------------------------------------------------------------------------------------------------- documents


def _participants(group: Mapping[str, Any] | None) -> Document:
    """{"type", "parts"} with properties in the new place, wherever the document has them."""
    if not group:
        return {"type": "PRODUCT", "parts": []}
    parts = []
    for entry in group.get("parts") or []:
        part: Document = {"part": {"businessId": entry["part"]["businessId"], "name": entry["part"]["name"]}}
        step = entry.get("step")
        properties = entry.get("properties") if step is None else step.get("commonProperties")
        if properties is not None:
            part["step"] = {"commonProperties": properties}
        parts.append(part)
    return {"type": group["type"], "parts": parts}


def product_from_document(document: Mapping[str, Any]) -> Product:
    own = document.get("simulator") or {}
    tags = document.get("tags")
    return Product(
        id=document["businessId"],
        name=document["name"],
        host=document.get("host") or "",
        os=document.get("os") or "",
        version=str(document.get("version") or ""),
        status=document.get("status") or STARTED,
        type=document.get("type") or SECURETRANSPORT,
        contact=document.get("contact") or {},
        profiles=orjson.dumps(document.get("communicationProfiles") or []),
        backups=tuple(
            Backup(entry["businessId"], bool(entry.get("synchronized")))
            for entry in document.get("backupProducts") or []
        ),
        tags=None if tags is None else tuple(tags),
        upgraded=bool(own.get("upgraded")),
        legacy_idfs=tuple(own.get("legacyIdfs") or document.get("legacyIdfs") or ()),
    )


def product_to_document(product: Product) -> Document:
    document: Document = {
        "businessId": product.id,
        "name": product.name,
        "host": product.host,
        "os": product.os,
        "version": product.version,
        "status": product.status,
        "type": product.type,
        "contact": product.contact,
        "communicationProfiles": orjson.Fragment(product.profiles),
        "backupProducts": [
            {"businessId": backup.id, "synchronized": backup.synchronized} for backup in product.backups
        ],
    }
    if product.tags is not None:
        document["tags"] = list(product.tags)
    own: Document = {}
    if product.upgraded:
        own["upgraded"] = True
    if product.legacy_idfs:
        own["legacyIdfs"] = list(product.legacy_idfs)
    if own:
        document["simulator"] = own
    return document


def flow_from_document(document: Mapping[str, Any], now: int) -> Flow:
    own = document.get("simulator") or {}
    tags = document.get("tags")
    return Flow(
        id=document["businessId"],
        name=document["name"],
        status=document.get("status") or SAVED,
        status_at=own.get("statusAt", now),
        sources=_participants(document.get("sources")),
        relays=[_participants(group) for group in document.get("relays") or []],
        targets=_participants(document.get("targets")),
        idf=document.get("idf"),
        tags=None if tags is None else tuple(tags),
        details=document.get("details") or "",
    )


def flow_to_document(flow: Flow) -> Document:
    document: Document = {
        "businessId": flow.id,
        "name": flow.name,
        "status": flow.status,
        "idf": flow.idf,
        "sources": flow.sources,
        "relays": flow.relays,
        "targets": flow.targets,
        "simulator": {"statusAt": flow.status_at},
    }
    if flow.tags is not None:
        document["tags"] = list(flow.tags)
    if flow.details:
        document["details"] = flow.details
    return document


def deployment_from_document(document: Mapping[str, Any], now: int) -> Deployment:
    flow_id, product_id = document["flow"]["businessId"], document["product"]["businessId"]
    timestamp = document.get("timestamp")
    return Deployment(
        id=document.get("businessId") or deployment_id(flow_id, product_id),
        flow_id=flow_id,
        product_id=product_id,
        product_name=document["product"]["name"],
        status=document.get("status") or DEPLOYED,
        message=document.get("message") or "",
        timestamp=now if timestamp is None else timestamp,
    )


def deployment_to_document(deployment: Deployment, flow_name: str) -> Document:
    return {
        "businessId": deployment.id,
        "flow": {"businessId": deployment.flow_id, "name": flow_name},
        "product": {"businessId": deployment.product_id, "name": deployment.product_name},
        "status": deployment.status,
        "message": deployment.message,
        "timestamp": deployment.timestamp,
    }


def job_to_document(job: Job) -> Document:
    return {
        "kind": job.kind,
        "key": job.key,
        "watched": list(job.watched),
        "due": job.due,
        "polls": job.polls,
        "data": job.data,
    }


def job_from_document(document: Mapping[str, Any]) -> Job:
    return Job(
        kind=document["kind"],
        key=document["key"],
        watched=tuple(document["watched"]),
        due=document["due"],
        polls=document["polls"],
        data=document["data"],
    )
