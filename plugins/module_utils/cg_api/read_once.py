# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Central Governance read once, for several predictions in a row and for the first step that is carried out afterwards.

PRIVATE to the collection: it may change at any time.

Reusing what was read is correct only while nothing is written, so the transport must refuse writes. When the steps are
then carried out, only the first one may be planned from it, and only within REUSED_FOR. The effect of a write is always
confirmed by a new read.
"""

from __future__ import annotations

import time
import typing as t

from ..dr.model import Deployment, Flow, Product, ProfileDetail
from .client import CentralGovernance
from .operations import Operation
from .records import OnCertificate
from .transport import Transport

REUSED_FOR = 10.0  # seconds after the first read; older data is read again before a step is planned


class ReadOnce(CentralGovernance):
    """Answers from the result of an earlier read, where that read all objects of the kind.

    ``profiles``: the most detail that any of the predictions needs, which is read from the start.
    """

    def __init__(
        self,
        transport: Transport,
        operations: t.Mapping[str, Operation],
        profiles: ProfileDetail = ProfileDetail.WHOLE,
        clock: t.Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises ValueError for a transport that is not read-only."""
        if not transport.read_only:
            raise ValueError("what was read can be reused only with a transport that is read-only")
        super().__init__(transport, operations)
        self._clock = clock
        self._began = clock()
        self._profiles = profiles
        self._all_products: list[Product] | None = None
        self._all_flows: list[Flow] | None = None
        self._all_deployments: list[Deployment] | None = None

    @property
    def is_recent(self) -> bool:
        return self._clock() - self._began <= REUSED_FOR

    def has_all_products(self, profiles: ProfileDetail) -> bool:
        return self._all_products is not None and self._profiles >= profiles

    @property
    def has_all_flows(self) -> bool:
        return self._all_flows is not None

    @property
    def has_all_deployments(self) -> bool:
        return self._all_deployments is not None

    def products(
        self,
        references: t.Collection[str] | None = None,
        on_certificate: OnCertificate | None = None,
        profiles: ProfileDetail = ProfileDetail.WHOLE,
    ) -> list[Product]:
        if self._all_products is not None and self.has_all_products(profiles):
            return self._all_products
        products = super().products(references, on_certificate, max(profiles, self._profiles))
        if self.has_read_all_products:
            self._all_products = products
        return products

    @property
    def has_read_all_products(self) -> bool:
        return self._all_products is not None or super().has_read_all_products

    def flows(self, references: t.Collection[str] | None = None) -> list[Flow]:
        if self._all_flows is not None:
            return self._all_flows
        flows = super().flows(references)
        if references is None:
            self._all_flows = flows
        return flows

    def deployments(self, flow_ids: t.Collection[str] | None = None) -> list[Deployment]:
        if self._all_deployments is not None:
            return self._all_deployments
        deployments = super().deployments(flow_ids)
        if flow_ids is None:
            self._all_deployments = deployments
        return deployments


class ReusesReadings(CentralGovernance):
    """A client for writes that first answers from what was read for a prediction in this process, if that is recent.

    It answers from ``known`` what ``known`` has read completely, until ``stop_reusing`` or the first write. The first
    step is thus planned from the same data as its prediction; after a write, everything is read again.
    """

    def __init__(self, transport: Transport, operations: t.Mapping[str, Operation], known: ReadOnce) -> None:
        super().__init__(transport, operations)
        self.copy_names_from(known)
        transport.retried.extend(known.transport.retried)  # for the warnings of the step
        self._known: ReadOnce | None = known
        self._has_products_of_known = False

    def stop_reusing(self) -> None:
        self._known = None

    @property
    def _usable(self) -> ReadOnce | None:
        return self._known if self._known and self._known.is_recent and not self.transport.writes else None

    def products(
        self,
        references: t.Collection[str] | None = None,
        on_certificate: OnCertificate | None = None,
        profiles: ProfileDetail = ProfileDetail.WHOLE,
    ) -> list[Product]:
        known = self._usable
        self._has_products_of_known = bool(known and known.has_all_products(profiles) and not on_certificate)
        if known and self._has_products_of_known:
            return known.products(references, on_certificate, profiles)
        return super().products(references, on_certificate, profiles)

    @property
    def has_read_all_products(self) -> bool:
        return self._has_products_of_known or super().has_read_all_products

    def flows(self, references: t.Collection[str] | None = None) -> list[Flow]:
        known = self._usable
        return known.flows(references) if known and known.has_all_flows else super().flows(references)

    def deployments(self, flow_ids: t.Collection[str] | None = None) -> list[Deployment]:
        known = self._usable
        return known.deployments(flow_ids) if known and known.has_all_deployments else super().deployments(flow_ids)
