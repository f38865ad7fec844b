# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading the answers of Central Governance into the records of ``dr.model``.

PRIVATE to the collection: it may change at any time.

Unknown keys are ignored; statuses come as labels (documented in the guide), codes or objects (seen in the successor
product); properties are in the old or the new place (documented from 1.1.3 SP2); references carry a businessId, a
name, or both (documented).

A missing key does not mean an empty list: lists may consist of summaries (assumed; the guide shows whole objects). A
missing value is Unknown in the record until the object itself has been read (see ``reads``). A value that is there but
not understood raises UnusableAnswer.
"""

from __future__ import annotations

import hashlib
import typing as t
from functools import lru_cache

from ..dr.identity import normalized
from ..dr.model import (
    NOT_READ,
    SAVED,
    Backup,
    ComparedProfile,
    Deployment,
    Flow,
    FlowPart,
    Product,
    Profile,
    ProfileDetail,
    is_known,
    unknown,
)
from .answers import UnusableAnswer
from .errors import CGError, RequestOutcome
from .values import (
    Json,
    as_text,
    business_id_of,
    name_of,
    names_in,
    objects_at,
    read_flag,
    read_port,
    read_status,
    read_switch,
    reference_of,
    text_of,
)

_STAGES = {"source": "sources", "relay": "relays", "target": "targets"}


# Called with the digest and the content of each certificate; the records keep the digest only.
OnCertificate = t.Callable[[str, str], None]


def read_product(
    answer: dict[str, Json],
    is_whole: bool = False,
    on_certificate: OnCertificate | None = None,
    profiles: ProfileDetail = ProfileDetail.WHOLE,
) -> Product:
    """``is_whole``: the answer is the object itself, in which null means none. Raises UnusableAnswer."""
    name, kind = name_of(answer), text_of(answer, "type")
    backups = answer.get("backupProducts")
    may_be_master = _is_securetransport(kind) or not kind
    return Product(
        id=business_id_of(answer),
        name=name,
        type=kind,
        version=text_of(answer, "version"),
        status=read_status(answer.get("status")),
        host=text_of(answer, "host"),
        os=text_of(answer, "os"),
        profiles=_read_profiles(answer, name, is_whole, profiles, on_certificate) if profiles else NOT_READ,
        # Documented: only a SecureTransport has backups.
        backups=read_backups(objects_at(backups, "backupProducts"))
        if backups is not None or (is_whole and "backupProducts" in answer) or not may_be_master
        else missing_in_answer(f"which backups {name} has", "backupProducts"),
        tags=names_in(answer.get("tags")),
    )


def _read_profiles(
    answer: dict[str, Json], name: str, is_whole: bool, detail: ProfileDetail, on_certificate: OnCertificate | None
) -> tuple[Profile, ...]:
    profiles = answer.get("communicationProfiles")
    if profiles is None and not (is_whole and "communicationProfiles" in answer):
        return missing_in_answer(f"which communication profiles {name} has", "communicationProfiles")
    return tuple([read_profile(item, detail, on_certificate) for item in objects_at(profiles, "communicationProfiles")])


def _is_securetransport(kind: str) -> bool:
    return Product("", "", kind).is_securetransport


def missing_in_answer(what: str, keys: str) -> tuple[t.Any, ...]:
    """An Unknown, whose use raises a CGError that says what is missing."""
    return unknown(
        CGError(
            f"Central Governance does not say {what}: its answers have no {keys}. What depends on it is refused. "
            "If another request returns it, set the option operations to that request.",
            outcome=RequestOutcome.UNKNOWN,
        )
    )


def check_identities(records: t.Iterable[Product | Flow]) -> None:
    """Raises UnusableAnswer when two records share a businessId: one of them would be lost."""
    names: dict[str, str] = {}
    for record in records:
        if names.setdefault(record.id, record.name) != record.name:
            raise UnusableAnswer(f"a list in which {names[record.id]} and {record.name} have the same businessId")


def is_whole_product(product: Product, profiles: ProfileDetail = ProfileDetail.WHOLE) -> bool:
    """False when something is missing that the rules need."""
    if not product.is_securetransport:
        return bool(product.type)
    known = is_known(product.backups) and (is_known(product.profiles) or not profiles)
    return known and bool(product.status and product.version)


def read_backups(answer: t.Iterable[dict[str, Json]]) -> tuple[Backup, ...]:
    """A master's list of backups, each once. A backup without a name has its businessId as name.

    Raises UnusableAnswer.
    """
    backups: dict[str, Backup] = {}
    for entry in answer:
        backup = Backup(business_id_of(entry), name_of(entry), read_flag(entry.get("synchronized")))
        if not backup.id:
            raise UnusableAnswer("backupProducts among which is one without businessId and name")
        twin = backups.setdefault(backup.id, backup)
        if twin.name != backup.name:
            raise UnusableAnswer(f"backupProducts among which {twin.name} and {backup.name} have the same businessId")
        if not backup.synchronized:  # a backup with contradictory entries counts as not synchronized
            backups[backup.id] = backup
    return tuple(backups.values())


def read_profile(
    answer: dict[str, Json], detail: ProfileDetail = ProfileDetail.WHOLE, on_certificate: OnCertificate | None = None
) -> Profile:
    """A Profile, or a ComparedProfile in its place. Raises UnusableAnswer."""
    # A large estate has hundreds of thousands of profiles: the usual values are recognized without a function call.
    properties = _with_properties(answer)
    value = properties.get
    name = name_of(properties)
    if not name:
        raise UnusableAnswer("communicationProfiles among which is one without a name")
    ssl = value("ssl")
    if not isinstance(ssl, dict):
        ssl = {"enabled": ssl}
    certificate = ssl.get("certificate") or value("certificate")
    if certificate is None:
        certificate, digest = {}, ""
    else:
        if not isinstance(certificate, dict):
            certificate = {"content": certificate}
        content = as_text(certificate.get("content") or None)
        digest = _digest(content)
        if on_certificate and digest:
            on_certificate(digest, content)
    kind, protocol, authentication = value("type"), value("protocol"), value("clientAuthentication")
    tls, fips = ssl.get("enabled"), value("fips")
    compared = ComparedProfile(
        name,
        (kind if isinstance(kind, str) else as_text(kind)).upper(),
        (protocol if isinstance(protocol, str) else as_text(protocol)).upper(),
        read_port(value("port")),
        tls if tls is True or tls is False else _switch_of_profile(tls, name, "ssl.enabled"),
        (authentication if isinstance(authentication, str) else as_text(authentication))
        or text_of(ssl, "clientAuthentication"),
        digest,
        fips if fips is True or fips is False else _switch_of_profile(fips, name, "fips"),
    )
    if detail is ProfileDetail.COMPARED:
        return t.cast(Profile, compared)
    hosts, edges = value("hosts"), value("edges")
    view_only, enabled = value("viewOnly"), value("enabled")
    return Profile(
        *compared,
        hosts=() if hosts is None else names_in(hosts),
        network_zone=text_of(properties, "networkZone"),
        edges=() if edges is None else names_in(edges),
        view_only=view_only is True or (view_only is not False and read_flag(view_only) is True),
        enabled=enabled is True or (enabled is not False and read_flag(enabled) is not False),
        certificate_valid_to=text_of(certificate, "validTo"),
    )


def _switch_of_profile(answer: Json, name: str, key: str) -> bool:
    return read_switch(answer, f"a communication profile ({name}) with a {key}")


def read_flow(answer: dict[str, Json], is_whole: bool = False) -> Flow:
    """``is_whole``: the answer is the object itself. Raises UnusableAnswer."""
    name, status = name_of(answer), read_status(answer.get("status"))
    # Relays are optional, and so is everything in an incomplete flow, which is not deployed (documented).
    has_parts = "sources" in answer and "targets" in answer
    if is_whole and not status:
        raise UnusableAnswer(f"a flow ({name}) without a status")
    return Flow(
        id=business_id_of(answer),
        name=name,
        status=status,
        parts=_read_parts(answer, name)
        if has_parts or (is_whole and status == SAVED)
        else missing_in_answer(f"which products the flow {name} uses", "sources or targets"),
        details=text_of(answer, "details"),
    )


def is_whole_flow(flow: Flow) -> bool:
    """False when something is missing that the rules need."""
    return is_known(flow.parts) and bool(flow.status)


def _read_parts(answer: dict[str, Json], flow: str) -> tuple[FlowPart, ...]:
    parts = []
    for role, key in _STAGES.items():
        what = f"a flow ({flow}) with {key}"
        for stage in objects_at(answer.get(key), what):
            kind = str(stage.get("type") or "PRODUCT").upper()
            inner = objects_at(stage["parts"], what + ".parts") if "parts" in stage else [stage]
            parts += [_read_part(part, role, kind, what) for part in inner]
    return tuple(parts)


def _read_part(answer: dict[str, Json], role: str, kind: str, what: str) -> FlowPart:
    reference = answer["part"] if isinstance(answer.get("part"), dict) else answer
    business_id, name = reference_of(reference)
    if not (business_id or name):
        raise UnusableAnswer(f"{what} among which is one without businessId and name (it has {', '.join(answer)})")
    return FlowPart(business_id, name or business_id, role, kind)


def read_deployment(answer: dict[str, Json], flow_id: str = "") -> Deployment:
    """``flow_id``: that of the flow whose deployments were requested, for rows without one. Raises UnusableAnswer."""
    flow, product = answer.get("flow") or flow_id, answer.get("product")
    product_id = business_id_of(product) if isinstance(product, dict) else normalized(as_text(product))
    flow_id = business_id_of(flow) if isinstance(flow, dict) else normalized(as_text(flow))
    if not (product_id and flow_id):
        raise UnusableAnswer(f"a deployment without a {'flow' if product_id else 'product'}")
    return Deployment(
        flow_id=flow_id,
        product_id=product_id,
        product_name=name_of(product) if isinstance(product, dict) else as_text(product),
        status=read_status(answer.get("status")),
        message=text_of(answer, "message"),
        id=text_of(answer, "businessId"),
        timestamp=text_of(answer, "timestamp"),
    )


def _with_properties(answer: dict[str, Json]) -> dict[str, Json]:
    """The object with its properties at the top level, wherever they are (documented: from SP2 in a new place)."""
    if "commonProperties" not in answer and "properties" not in answer:
        return answer
    merged = dict(answer)
    for key in ("commonProperties", "properties"):
        if isinstance(answer.get(key), dict):
            merged.update(answer[key])
    return merged


@lru_cache(maxsize=4096)
def _digest(content: str) -> str:
    """The digest of a certificate's content; line ends and surrounding white space do not count."""
    lines = "\n".join(line.strip() for line in content.replace("\\n", "\n").split("\n") if line.strip())
    return hashlib.sha256(lines.encode()).hexdigest() if lines else ""
