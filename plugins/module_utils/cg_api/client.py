# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The client of Central Governance: its reads (see ``reads``) and its writes.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ..dr.identity import is_business_id
from ..dr.model import Backup, Flow, Product
from .operations import Operation
from .reads import FEW, Reads
from .transport import Transport

__all__ = ["FEW", "CentralGovernance"]


class CentralGovernance(Reads):
    """The operations of Central Governance; every method may raise CGError.

    The answer to a write does not confirm it: the caller reads back.
    """

    def __init__(self, transport: Transport, operations: t.Mapping[str, Operation]) -> None:
        super().__init__(transport, operations)
        if operations["login"].path:
            transport.open_session_with(operations["login"])

    def add_backups(self, master: Product, backups: t.Sequence[Backup]) -> None:
        body = [self._reference(backup) for backup in backups]
        self.transport.send(self.operations["add_backups"], {"id": self._as_spelled(master.id)}, body)

    def remove_backup(self, master: Product, backup: Backup) -> None:
        self._send("remove_backup", master, backup)

    def synchronize(self, master: Product, backup: Backup) -> None:
        self._send("synchronize_backup", master, backup)

    def deploy(self, flow: Flow, force: bool) -> None:
        values = {"id": self._as_spelled(flow.id), "name": flow.name, "force": force}
        self.transport.send(self.operations["deploy_flow"], values)

    def _send(self, operation: str, master: Product, backup: Backup) -> None:
        values = {
            "id": self._as_spelled(master.id),
            "name": master.name,
            "backupId": self._as_spelled(backup.id),
            "backupName": backup.name,
        }
        self.transport.send(self.operations[operation], values)

    def _reference(self, backup: Backup) -> dict[str, str]:
        """Documented: a businessId, a name, or both."""
        if backup.name != backup.id:
            return {"businessId": self._as_spelled(backup.id), "name": backup.name}
        return {"businessId": self._as_spelled(backup.id)} if is_business_id(backup.id) else {"name": backup.name}
