# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Central Governance read once, for several predictions in a row.

PRIVATE to the collection: it may change at any time.

What was read is used again, which is right only while nothing is written: the transport must refuse writes, and the
object must not outlive the predictions. What a write did is never confirmed from here.
"""

from __future__ import annotations

import typing as t

from ..dr.model import Deployment, Flow, Product
from .client import CentralGovernance
from .operations import Operation
from .records import OnCertificate
from .transport import Transport


class ReadOnce(CentralGovernance):
    """Answers from what an earlier read answered, where that was everything there is.

    ``needs_profiles``: whether any of the predictions does. Then they are read from the beginning.
    """

    def __init__(
        self, transport: Transport, operations: t.Mapping[str, Operation], needs_profiles: bool = True
    ) -> None:
        """Raises ValueError for a transport that is not read-only."""
        if not transport.read_only:
            raise ValueError("what was read is used again only where nothing can be written")
        super().__init__(transport, operations)
        self._needs_profiles = needs_profiles
        self._all_products: list[Product] | None = None
        self._all_flows: list[Flow] | None = None
        self._all_deployments: list[Deployment] | None = None

    def products(
        self,
        references: t.Collection[str] | None = None,
        on_certificate: OnCertificate | None = None,
        with_profiles: bool = True,
    ) -> list[Product]:
        if self._all_products is not None and (self._needs_profiles or not with_profiles):
            return self._all_products
        products = super().products(references, on_certificate, with_profiles or self._needs_profiles)
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
