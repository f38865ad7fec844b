# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the console's buttons do: they call the same rules as the API, without an API request."""

from __future__ import annotations

from collections.abc import Sequence

from cg_sim.errors import refused
from cg_sim.model import Document, Flow
from cg_sim.rules import backups as rules
from cg_sim.rules import deployment
from cg_sim.settings import Transition
from cg_sim.simulator import Simulator
from cg_sim.world import World

#: Duration of a job that was started here while the transitions count polls. The console's own polling must not count
#: as a read by an API client, so a job that waits for polls might never end.
_SECONDS_INSTEAD_OF_POLLS = 2.0


class Actions:
    """Each method raises Refusal with the rule's own text; nothing is changed then."""

    def __init__(self, simulator: Simulator) -> None:
        self._world: World = simulator.world

    def edit_backups(self, master_id: str, backups: Sequence[dict[str, str]], confirmed: bool) -> Document:
        """Replace the list of backups: ``{"businessId": ...}`` for existing entries, ``{"name": ...}`` for those that
        the user typed.

        Documented: saving shows "a warning with a list of the impacted flows" when a backup is added to a master in
        deployed flows, and none when one is removed. Assumed: the warning can still be declined.

        :returns: ``{"saved", "impactedFlows": [{"id", "name"}]}``; not saved if flows are impacted and `confirmed` is
            false.
        """
        world = self._world
        impacted: list[Flow] = []
        try:
            with world.transaction():
                impacted = self._edit_backups(master_id, backups)
                if impacted and not confirmed:
                    raise _Unconfirmed
        except _Unconfirmed:
            return {"saved": False, "impactedFlows": _references(impacted)}
        return {"saved": True, "impactedFlows": _references(impacted)}

    def _edit_backups(self, master_id: str, wanted: Sequence[dict[str, str]]) -> list[Flow]:
        world = self._world
        present = rules.find_product(world.state, master_id).backup_ids()
        by_name = {world.state.product_name(backup_id): backup_id for backup_id in present}
        kept = {entry.get("businessId") or by_name.get(entry["name"]) for entry in wanted}
        for backup_id in present:
            if backup_id not in kept:
                rules.remove_backup(world, master_id, backup_id)
        added = [entry for entry in wanted if not _is_one_of(entry, present, by_name)]
        if not added:
            return []
        # With backup_post=replace the request must contain the complete list.
        told = wanted if world.settings.variants["backup_post"] == "replace" else added
        _added, impacted = rules.add_backups(world, master_id, told)
        return impacted

    def synchronize(self, master_id: str, backup_id: str) -> Document:
        """Documented: the button "is enabled when the backup SecureTransport is not synchronized with the master"."""
        world = self._world
        master = rules.find_product(world.state, master_id)
        if any(entry.id == backup_id and entry.synchronized for entry in master.backups):
            raise refused(f"{world.state.product_name(backup_id)} is synchronized with {master.name} already")
        key = f"{master_id}:{backup_id}"
        if world.job("synchronize", key) is None:  # a job that is already running keeps its own end
            with world.transaction():
                rules.start_synchronization(world, master_id, backup_id)
                self._end_by_time("synchronize", key)
        return {}

    def deploy(self, flow_id: str, force: bool) -> Document:
        """Deploy or Force deploy."""
        with self._world.transaction():
            deployment.deploy(self._world, flow_id, force)
            self._end_by_time("deploy", flow_id)
        return {}

    def _end_by_time(self, kind: str, key: str) -> None:
        world = self._world
        job = world.job(kind, key)
        if job is not None and job.polls is not None:
            world.cancel(kind, key)
            transition = Transition(seconds=_SECONDS_INSTEAD_OF_POLLS)
            world.schedule(world.new_job(kind, key, job.watched, transition, job.data))


class _Unconfirmed(Exception):
    """Rolls the transaction back."""


def _is_one_of(entry: dict[str, str], present: Sequence[str], by_name: dict[str, str]) -> bool:
    return entry["businessId"] in present if "businessId" in entry else entry["name"] in by_name


def _references(flows: Sequence[Flow]) -> list[Document]:
    return [{"id": flow.id, "name": flow.name} for flow in flows]
