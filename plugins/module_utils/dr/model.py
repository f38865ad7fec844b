# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The records of the core: product, profile, backup, flow, deployment.

PRIVATE to the collection: it may change at any time.

Plain immutable data. ``cg_api.records`` builds them from the answers of Central Governance (CG); nothing in ``dr``
depends on the form of these answers.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field
from enum import IntEnum

SECURETRANSPORT = "SecureTransport"

# Flow statuses, documented (guide, "Flow status"). Any other status is work in progress (assumed), shown unchanged.
SAVED = "Saved"
NOT_DEPLOYED = "Saved, not deployed"
DEPLOYED = "Deployed"
DEPLOYED_IN_ERROR = "Deployed in error"
SETTLED_FLOW_STATUSES = frozenset({SAVED, NOT_DEPLOYED, DEPLOYED, DEPLOYED_IN_ERROR})
# The status of a deployment in progress (assumed).
IN_PROGRESS = "In progress"

# Documented statuses of a product that CG does not manage yet. Every other one (Unreachable and Stopped too: a
# disaster-recovery server is often down) is that of a registered product.
UNREGISTERED_STATUSES = frozenset({"Registering", "Registered in error", "Ready to register"})
UNREACHABLE = "Unreachable"


class Unknown:
    """Takes the place of a list that Central Governance does not show; using it raises an error.

    With an empty list in its place, rules and guards would pass.
    """

    def __init__(self, error: Exception) -> None:
        self.error = error

    def _raise(self, *_arguments: object) -> t.NoReturn:
        raise self.error

    __iter__ = __len__ = __bool__ = __contains__ = __getitem__ = __add__ = __radd__ = _raise


def unknown(error: Exception) -> tuple[t.Any, ...]:
    """An Unknown, with the type of the list that it replaces."""
    return t.cast("tuple[t.Any, ...]", Unknown(error))


# The profiles of products that were read without profiles.
NOT_READ = unknown(AssertionError("the communication profiles of this product were not read"))


class _NotShown(tuple[t.Any, ...]):
    """Like Unknown, but iterates as an empty list, for code that checks ``is_known`` first."""


def is_known(field_of_record: object) -> bool:
    return not isinstance(field_of_record, (Unknown, _NotShown))


Record = t.TypeVar("Record", "Product", "Flow")


def unknown_lists_as_empty(record: Record) -> Record:
    """For the audit, which reports what is unknown instead of failing; ``is_known`` stays False for these lists."""
    gaps: dict[str, t.Any] = {
        name: _NotShown()
        for name in ("profiles", "backups", "parts")
        if isinstance(getattr(record, name, None), Unknown)
    }
    return record._replace(**gaps) if gaps else record


class Profile(t.NamedTuple):
    """A communication profile: how to connect to a product. Its name is unique within its owner (documented)."""

    name: str
    type: str = ""  # SERVER or CLIENT
    protocol: str = ""
    port: int | str | None = None  # a text when it is not a port number
    tls: bool = False
    client_authentication: str = ""
    certificate_sha256: str = ""  # of the certificate's content: two contents are equal when their digests are
    fips: bool = False
    # The following fields say where a profile is used; they are not compared.
    hosts: tuple[str, ...] = ()
    network_zone: str = ""
    edges: tuple[str, ...] = ()
    view_only: bool = False
    enabled: bool = True
    certificate_valid_to: str = ""


class ComparedProfile(t.NamedTuple):
    """A communication profile of which only the fields were read that are compared."""

    name: str
    type: str
    protocol: str
    port: int | str | None
    tls: bool
    client_authentication: str
    certificate_sha256: str
    fips: bool


class ProfileDetail(IntEnum):
    """How much of the communication profiles is read: they are the largest part of the answers."""

    NONE = 0  # they are NOT_READ in the record
    COMPARED = 1  # each is a ComparedProfile
    WHOLE = 2


class Backup(t.NamedTuple):
    """An entry of a master's list of backups; ``synchronized`` is CG's flag, None when CG does not show it."""

    id: str
    name: str
    synchronized: bool | None = None


class Product(t.NamedTuple):
    """A server that is registered in CG or being registered. ``profiles`` and ``backups`` may be Unknown."""

    id: str
    name: str
    type: str = SECURETRANSPORT
    version: str = ""
    status: str = ""
    host: str = ""
    os: str = ""
    profiles: tuple[Profile, ...] = ()
    backups: tuple[Backup, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def is_securetransport(self) -> bool:
        return self.type.replace(" ", "").casefold() == SECURETRANSPORT.casefold()

    @property
    def is_registered(self) -> bool:
        """False also when CG does not show the status."""
        return bool(self.status) and self.status not in UNREGISTERED_STATUSES

    @property
    def can_take_deployments(self) -> bool:
        """Assumed: a deployment fails on a product that CG does not manage yet, or cannot reach."""
        return self.is_registered and self.status != UNREACHABLE


# Kinds of flow ends that are not products (assumed from the documented fragment and the text of the guide).
NOT_PRODUCTS = frozenset({"APPLICATION", "GROUP", "PARTNER"})


class FlowPart(t.NamedTuple):
    """One end or relay of a flow. ``kind`` is CG's word: PRODUCT, APPLICATION, GROUP, PARTNER."""

    id: str
    name: str
    role: str  # source, relay or target
    kind: str = "PRODUCT"

    @property
    def may_be_a_product(self) -> bool:
        return bool(self.id) or self.kind not in NOT_PRODUCTS


class Flow(t.NamedTuple):
    """``parts`` may be Unknown."""

    id: str
    name: str
    status: str
    parts: tuple[FlowPart, ...] = ()
    details: str = ""  # what CG says about the last deployment that reached no product

    @property
    def is_settled(self) -> bool:
        """False while CG processes the flow (assumed: any status other than the four documented ones)."""
        return self.status in SETTLED_FLOW_STATUSES


class Deployment(t.NamedTuple):
    """One row of the deployments list: one flow on one product."""

    flow_id: str
    product_id: str
    product_name: str
    status: str
    message: str = ""
    # Identity and time of the row, to distinguish a new deployment from the one before it.
    id: str = ""
    timestamp: str = ""


class Violation(t.NamedTuple):
    """A rule that a plan would violate.

    ``master`` and ``backup`` are names, or the user's text if no product matches it; they and their businessIds are
    empty where they do not apply.
    """

    rule: str
    message: str
    master: str = ""
    backup: str = ""
    master_id: str = ""
    backup_id: str = ""

    def as_result(self) -> dict[str, str]:
        return {
            "rule": self.rule,
            "master": self.master,
            "master_id": self.master_id,
            "backup": self.backup,
            "backup_id": self.backup_id,
            "message": self.message,
        }


@dataclass(frozen=True, slots=True)
class Limit:
    """An upper limit: a number, or a percentage of a total that is known when the limit is applied.

    >>> Limit.parse("25%").allows(1, total=4), Limit.parse("3").allows(3, total=4)
    (True, True)
    """

    amount: float
    is_percentage: bool
    text: str = field(default="", compare=False)

    @classmethod
    def parse(cls, text: str | int | float) -> Limit:
        """Raises ValueError when the text is neither a whole number >= 0 nor a percentage from 0% to 100%."""
        stripped = str(text).strip()
        if stripped.endswith("%"):
            amount = float(stripped[:-1])
            if not 0 <= amount <= 100:
                raise ValueError(stripped)
            return cls(amount, True, stripped)
        number = int(stripped)
        if number < 0:
            raise ValueError(stripped)
        return cls(number, False, stripped)

    def allows(self, count: int, total: int) -> bool:
        return count * 100 <= self.amount * total if self.is_percentage else count <= self.amount

    def __str__(self) -> str:
        return self.text
