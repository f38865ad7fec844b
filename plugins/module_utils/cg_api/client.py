# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Central Governance as the collection sees it: what can be read and what can be asked for.

PRIVATE to the collection: it may change at any time.

Reads take the cheaper of two ways: a few named objects are read one by one, in parallel; many are read in bulk. How
long a run takes then does not depend on the size of the estate around the named objects, nor on how many are named.
"""

from __future__ import annotations

import re
import typing as t
from functools import partial

from ..dr.model import Backup, Deployment, Flow, Product
from .answers import objects_in
from .errors import CGError
from .operations import SENDS_WHOLE_LIST, Operation
from .parallel import map_parallel
from .records import OnCertificate, read_backups, read_deployment, read_flow, read_product
from .transport import Transport

# Up to so many objects are read one by one.
FEW = 10

_BUSINESS_ID = re.compile(r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
Record = t.TypeVar("Record", Product, Flow)
Item = t.TypeVar("Item")
Result = t.TypeVar("Result")
Json = dict[str, t.Any]


class CentralGovernance:
    """The operations of Central Governance; every method may raise CGError."""

    def __init__(self, transport: Transport, operations: t.Mapping[str, Operation]) -> None:
        self.transport = transport
        self.operations = operations
        self._flow_names: dict[str, str] = {}
        if operations["login"].path:
            transport.open_session_with(operations["login"])

    @property
    def max_parallel(self) -> int:
        return self.transport.connection.max_parallel

    # Reading

    def products(
        self, references: t.Collection[str] | None = None, on_certificate: OnCertificate | None = None
    ) -> list[Product]:
        """All products, or at least those that the references (names or businessIds) mean; unknown ones are absent.

        ``on_certificate`` sees the digest and the content of each certificate, of which the products keep the digest.
        """
        reader = partial(read_product, on_certificate=on_certificate) if on_certificate else read_product
        return self._read("products", "read_product", reader, references)

    def products_like(self, wildcard: str) -> list[Product]:
        """The products whose name matches; % stands for anything at either end (documented)."""
        return self._list("find_products", read_product, name=wildcard)

    def flows(self, references: t.Collection[str] | None = None) -> list[Flow]:
        """All flows, or at least those that the references (names or businessIds) mean; unknown ones are absent."""
        flows = self._read("flows", "read_flow", read_flow, references)
        self._flow_names.update((flow.id, flow.name) for flow in flows)
        return flows

    def deployments(self, flow_ids: t.Collection[str] | None = None) -> list[Deployment]:
        """All rows of the deployments list, or at least those of the flows."""
        if flow_ids is None or len(flow_ids) > FEW:
            return self._list("list_deployments", read_deployment)
        try:
            rows = map_parallel(self._deployments_of, list(dict.fromkeys(flow_ids)), self.max_parallel)
        except CGError as error:
            if error.status != 404:
                raise
            # A flow without deployments, or no such route? The whole list tells, and has the rows.
            return self.deployments()
        return [row for rows_of_flow in rows for row in rows_of_flow]

    def backups(self, master_ids: t.Collection[str]) -> dict[str, tuple[Backup, ...]]:
        """The list of backups of each master, freshly read."""
        ids = list(dict.fromkeys(master_ids))
        found: dict[str, tuple[Backup, ...]] = {}
        if len(ids) > FEW:
            found = {product.id: product.backups for product in self.products()}
        # A master that the bulk read does not know has no empty list: asked for its own, the server says what is wrong.
        missing = [master_id for master_id in ids if master_id not in found]
        found.update(zip(missing, map_parallel(self._backups_of, missing, self.max_parallel), strict=True))
        return {master_id: found[master_id] for master_id in ids}

    def _deployments_of(self, flow_id: str) -> list[Deployment]:
        if flow_id not in self._flow_names and "{name}" in self.operations["flow_deployments"].path:
            self.flows([flow_id])
        name = self._flow_names.get(flow_id, flow_id)
        return self._list("flow_deployments", read_deployment, id=flow_id, name=name)

    def _backups_of(self, master_id: str) -> tuple[Backup, ...]:
        try:
            return self._fetch("list_backups", read_backups, id=master_id)
        except CGError as error:
            if error.status != 404:
                raise
            # A master without backups, or no such route? Its own record has the list too (documented).
            for listed in self._list("read_product", lambda product: product.get("backupProducts"), id=master_id):
                if isinstance(listed, list):
                    return read_backups(listed)
            raise

    def _read(
        self,
        kind: str,
        read_one: str,
        reader: t.Callable[[Json], Record],
        references: t.Collection[str] | None,
    ) -> list[Record]:
        if references is None or len(set(references)) > FEW:
            return self._list(f"list_{kind}", reader)

        def look_up(reference: str) -> list[Record]:
            if _BUSINESS_ID.fullmatch(reference):
                # The documentation shows businessIds in lower case; people may write them otherwise.
                for business_id in dict.fromkeys((reference, reference.lower())):
                    found = self._list(read_one, reader, id=business_id)
                    if found:
                        return found
            # A % in a name is a wildcard to CG (documented): what else it brings in does no harm.
            return self._list(f"find_{kind}", reader, name=reference)

        # The first goes out alone: a password that has expired is tried once, not once a thread, which might lock the
        # user out, and a dead server is reported once.
        once = list(dict.fromkeys(references))
        found = map_parallel(look_up, once[:1], 1) + map_parallel(look_up, once[1:], self.max_parallel)
        if references and not any(found):
            # Wrong names, or a wrong URL that answers 404 to everything? The bulk read tells, and helps to suggest.
            return self._read(kind, read_one, reader, None)
        return list({record.id: record for records in found for record in records}.values())

    def _list(self, operation: str, reader: t.Callable[[Json], Item], **values: str) -> list[Item]:
        """The records of a read; none when it is the search for one object and the answer is 404.

        That CG answers [] then is assumed. Everywhere else a 404 is an error: it may as well be that of a wrong URL, or
        of an operation that is spelled otherwise, and must not be taken for an empty list, from which writes would
        follow.
        """
        try:
            return self._fetch(operation, lambda objects: [reader(item) for item in objects], **values)
        except CGError as error:
            if error.status == 404 and self.operations[operation].may_find_none:
                return []
            raise

    def _fetch(self, operation: str, read: t.Callable[[list[Json]], Result], **values: str) -> Result:
        """What ``read`` makes of the objects that the operation answers. Raises CGError, also when it cannot."""
        row = self.operations[operation]

        def read_all(answer: t.Any) -> Result:
            return read(objects_in(answer, row.answers))

        return t.cast(Result, self.transport.send(row, values, read=read_all))

    # Asking for a change. None of these is believed: the caller reads back.

    def add_backups(self, master: Product, added: t.Sequence[Backup], whole_list: t.Sequence[Backup]) -> None:
        operation = self.operations["add_backups"]
        sent = whole_list if operation.sends == SENDS_WHOLE_LIST else added
        self.transport.send(operation, {"id": master.id}, [{"businessId": b.id, "name": b.name} for b in sent])

    def remove_backup(self, master: Product, backup: Backup) -> None:
        self._send("remove_backup", master, backup)

    def synchronize(self, master: Product, backup: Backup) -> None:
        self._send("synchronize_backup", master, backup)

    def deploy(self, flow: Flow, force: bool) -> None:
        self.transport.send(self.operations["deploy_flow"], {"id": flow.id, "name": flow.name, "force": force})

    def _send(self, operation: str, master: Product, backup: Backup) -> None:
        values = {"id": master.id, "name": master.name, "backupId": backup.id, "backupName": backup.name}
        self.transport.send(self.operations[operation], values)
