# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading what Central Governance answers: every spelling that it may use, into the records of ``dr.model``.

PRIVATE to the collection: it may change at any time.

Tolerant on purpose, since much of the API is assumed: unknown keys are passed over; statuses come as labels
(documented in the guide), codes or objects (seen in the successor product); properties stand in the old or the new
place (documented from 1.1.3 SP2); references carry a businessId, a name, or both (documented).
"""

from __future__ import annotations

import hashlib
import json
import re
import typing as t
from functools import lru_cache

from ..dr.model import Backup, Deployment, Flow, FlowPart, Product, Profile

Json = t.Any

LABELS = (
    # Flows
    "Saved",
    "Saved, not deployed",
    "Deployed",
    "Deployed in error",
    # Products
    "Registering",
    "Registered in error",
    "Ready to register",
    "In progress",
    "Started",
    "Starting",
    "Partially started",
    "Stopped",
    "Stopped in error",
    "Stopping",
    "Unreachable",
)
# The successor product's word for a flow that stands on no product.
_OTHER_WORDS = {"undeployed": "Saved, not deployed"}


def _key(text: str) -> str:
    return re.sub(r"[^a-z]+", "", text.lower())


_LABEL_BY_KEY = {_key(label): label for label in LABELS} | _OTHER_WORDS


def as_list(answer: Json) -> list[dict[str, Json]]:
    """The objects at a place within an answer: an array, a single object, a page around an array, or nothing.

    For the answer itself this is too tolerant; see ``answers``.
    """
    if answer is None:
        return []
    if isinstance(answer, dict):
        if "businessId" not in answer and "name" not in answer:
            for key in ("items", "content", "results", "data"):
                if isinstance(answer.get(key), list):
                    return as_list(answer[key])
        return [answer] if answer else []
    return [item for item in answer if isinstance(item, dict)] if isinstance(answer, list) else []


@lru_cache(maxsize=256)
def _label(text: str) -> str:
    return _LABEL_BY_KEY.get(_key(text), text)


def read_status(status: Json) -> str:
    """The documented label of a status given as label, code or object; an unknown word is kept as it is."""
    if isinstance(status, dict):
        status = next((status[key] for key in ("code", "label", "status", "name", "value") if status.get(key)), "")
    return _label(str(status or "").strip())


def read_flag(flag: Json) -> bool | None:
    """True, False, or None when the server does not say."""
    if isinstance(flag, bool):
        return flag
    return {"true": True, "false": False}.get(str(flag).strip().lower())


# Is given the digest and the content of each certificate, which the records do not keep.
OnCertificate = t.Callable[[str, str], None]


def read_product(answer: dict[str, Json], on_certificate: OnCertificate | None = None) -> Product:
    profiles = as_list(answer.get("communicationProfiles"))
    return Product(
        id=_id(answer),
        name=_text(answer, "name"),
        type=_text(answer, "type"),
        version=_text(answer, "version"),
        status=read_status(answer.get("status")),
        host=_text(answer, "host"),
        os=_text(answer, "os"),
        profiles=tuple(read_profile(profile, on_certificate) for profile in profiles),
        backups=read_backups(answer.get("backupProducts")),
        tags=_names(answer.get("tags")),
    )


def read_backups(answer: Json) -> tuple[Backup, ...]:
    """A master's list of backups, each once."""
    entries = (
        Backup(_id(entry), _text(entry, "name") or _id(entry), read_flag(entry.get("synchronized")))
        for entry in as_list(answer)
    )
    return tuple({entry.id: entry for entry in entries}.values())


def read_profile(answer: dict[str, Json], on_certificate: OnCertificate | None = None) -> Profile:
    properties = _with_properties(answer)
    ssl = properties.get("ssl")
    if not isinstance(ssl, dict):
        ssl = {"enabled": ssl} if ssl is not None else {}
    certificate = ssl.get("certificate") or properties.get("certificate")
    if not isinstance(certificate, dict):
        certificate = {"content": certificate} if certificate else {}
    content = _as_text(certificate.get("content"))
    digest = _digest(content)
    if on_certificate and digest:
        on_certificate(digest, content)
    return Profile(
        name=_text(properties, "name"),
        type=_text(properties, "type").upper(),
        protocol=_text(properties, "protocol").upper(),
        port=_port(properties.get("port")),
        tls=read_flag(ssl.get("enabled")) is True,
        client_authentication=_text(properties, "clientAuthentication") or _text(ssl, "clientAuthentication"),
        certificate_sha256=digest,
        fips=read_flag(properties.get("fips")) is True,
        hosts=_names(properties.get("hosts")),
        network_zone=_text(properties, "networkZone"),
        edges=_names(properties.get("edges")),
        view_only=read_flag(properties.get("viewOnly")) is True,
        enabled=read_flag(properties.get("enabled")) is not False,
        certificate_valid_to=_text(certificate, "validTo"),
    )


def read_flow(answer: dict[str, Json]) -> Flow:
    parts = [
        _read_part(part, role, str(stage.get("type") or "PRODUCT").upper())
        for role, key in (("source", "sources"), ("relay", "relays"), ("target", "targets"))
        for stage in as_list(answer.get(key))
        for part in (as_list(stage["parts"]) if "parts" in stage else [stage])
    ]
    return Flow(
        id=_id(answer),
        name=_text(answer, "name"),
        status=read_status(answer.get("status")),
        parts=tuple(parts),
        details=_text(answer, "details"),
    )


def _read_part(answer: dict[str, Json], role: str, kind: str) -> FlowPart:
    reference = answer["part"] if isinstance(answer.get("part"), dict) else answer
    return FlowPart(_text(reference, "businessId"), _text(reference, "name"), role, kind)


def read_deployment(answer: dict[str, Json]) -> Deployment:
    flow, product = answer.get("flow"), answer.get("product")
    return Deployment(
        flow_id=_id(flow) if isinstance(flow, dict) else str(flow or ""),
        product_id=_id(product) if isinstance(product, dict) else str(product or ""),
        product_name=_name_of(product),
        status=read_status(answer.get("status")),
        message=_text(answer, "message"),
        id=_text(answer, "businessId"),
        timestamp=_text(answer, "timestamp"),
    )


def _with_properties(answer: dict[str, Json]) -> dict[str, Json]:
    """The object with its properties beside its name, wherever they stand (documented: from SP2 in a new place)."""
    merged = dict(answer)
    for key in ("commonProperties", "properties"):
        if isinstance(answer.get(key), dict):
            merged.update(answer[key])
    return merged


def _id(answer: dict[str, Json]) -> str:
    # Names are the documented unique identifier of products when a businessId is missing.
    return _text(answer, "businessId") or _text(answer, "name")


def _name_of(reference: Json) -> str:
    return (_text(reference, "name") or _id(reference)) if isinstance(reference, dict) else str(reference or "")


def _names(answer: Json) -> tuple[str, ...]:
    """The names in a list of texts or references; a single one is a list too."""
    if answer is None or isinstance(answer, bool):
        return ()
    items = answer if isinstance(answer, list) else [answer]
    return tuple(name for name in map(_name_of, items) if name)


def _text(answer: dict[str, Json], key: str) -> str:
    value = answer.get(key)
    return "" if value is None else str(value)


def _as_text(value: Json) -> str:
    """A text that is equal for equal values, whatever they are."""
    if not value:
        return ""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


def _port(answer: Json) -> int | None:
    text = str(answer).strip()
    # A port has five digits at most; what is no port is nothing that could be compared.
    return (int(text) or None) if text.isascii() and text.isdecimal() and len(text) <= 5 else None


@lru_cache(maxsize=4096)
def _digest(content: str) -> str:
    """Digest of a certificate's content; line ends and surrounding space do not make another certificate."""
    normalized = "\n".join(line.strip() for line in content.replace("\\n", "\n").split("\n") if line.strip())
    return hashlib.sha256(normalized.encode()).hexdigest() if normalized else ""
