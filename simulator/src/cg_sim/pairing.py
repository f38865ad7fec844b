# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which product can be a backup of which, regardless of status. For requests, seed documents and snapshots."""

from __future__ import annotations

from collections.abc import Sized
from typing import Protocol

SECURETRANSPORT = "SecureTransport"


class Server(Protocol):
    """What the rule needs to know of a product."""

    @property
    def id(self) -> str:
        """The businessId."""

    @property
    def name(self) -> str:
        """The name."""

    @property
    def type(self) -> str:
        """SecureTransport, or another kind of product."""

    @property
    def backups(self) -> Sized:
        """The backups of this product itself."""


def pair_problem(master: Server, backup: Server) -> str | None:
    """Why `backup` cannot be a backup of `master`; None if it can.

    Documented ("Manage SecureTransport backups"): a backup cannot have its own backups. Assumed: a product is not its
    own backup; both are SecureTransports."""
    if backup.id == master.id:
        return f"Product {master.name} cannot be its own backup"
    if master.type != SECURETRANSPORT:
        return f"Product {master.name} is a {master.type}; only a SecureTransport can have backups"
    if backup.type != SECURETRANSPORT:
        return f"Product {backup.name} is a {backup.type}; only a SecureTransport can be a backup"
    if backup.backups:
        return f"Product {backup.name} has backups itself and cannot be a backup"
    return None
