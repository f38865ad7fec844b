# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Backups of SecureTransport products: adding, removing, synchronizing.

Documented rules are from the guide's page "Manage SecureTransport backups"; the rest is assumed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from cg_sim.errors import Refusal, conflict, not_found, refused
from cg_sim.model import (
    DEPLOYED,
    SAVED,
    SAVED_NOT_DEPLOYED,
    Backup,
    Document,
    Flow,
    Job,
    Product,
)
from cg_sim.pairing import pair_problem
from cg_sim.rules.profiles import set_synchronized, synchronized_profiles
from cg_sim.rules.references import resolve_product
from cg_sim.state import State
from cg_sim.world import World


def find_product(state: State, product_id: str) -> Product:
    product = state.products.get(product_id)
    if product is None:
        raise not_found(f"There is no product with the businessId {product_id}")
    return product


def add_backups(world: World, master_id: str, references: Sequence[Mapping[str, Any]]) -> tuple[list[str], list[Flow]]:
    """Add backups, all or none; returns the ids of the added ones and the impacted flows.

    Documented: backups are registered and of the master's version; flows that are Deployed and use the master become
    `Saved, not deployed`. Assumed: new ones start unsynchronized; the variants backup_post and known_backup. Which
    products can be a pair at all: cg_sim.pairing."""
    state, variants = world.state, world.settings.variants
    master = find_product(state, master_id)
    wanted: dict[str, Product] = {}
    violations = _master_violations(state, master)
    for reference in references:
        try:
            product = resolve_product(state, reference)
        except Refusal as refusal:
            violations.append(refusal.message)
            continue
        wanted[product.id] = product
    known = {backup.id: backup for backup in master.backups}
    added = [product for product in wanted.values() if product.id not in known]
    for product in added:
        violations.extend(_backup_violations(master, product))
    if violations:
        raise refused("; ".join(dict.fromkeys(violations)))
    again = [product.name for product in wanted.values() if product.id in known]
    if again and variants["backup_post"] == "append" and variants["known_backup"] == "reject":
        raise conflict(f"Already a backup of {master.name}: {', '.join(again)}")

    new = [Backup(product.id, False) for product in added]
    if variants["backup_post"] == "append":
        backups = [*master.backups, *new]
    else:
        backups = [known.get(product_id, Backup(product_id, False)) for product_id in wanted]
        for gone in known.keys() - wanted.keys():
            world.cancel("synchronize", f"{master.id}:{gone}")
    if tuple(backups) != master.backups:
        state.put_product(replace(master, backups=tuple(backups)))
    impacted = _undeploy_flows(world, master.id) if added else []
    return [product.id for product in added], impacted


def _master_violations(state: State, master: Product) -> list[str]:
    violations = []
    if not master.registered:
        violations.append(f"Product {master.name} is not registered (status {master.status})")
    owners = state.masters_of(master.id)
    if owners:
        names = ", ".join(owner.name for owner in owners)
        violations.append(f"Product {master.name} is a backup of {names} and cannot have its own backups")
    return violations


def _backup_violations(master: Product, backup: Product) -> list[str]:
    reason = pair_problem(master, backup)
    violations = [reason] if reason else []
    if backup.id == master.id:
        return violations
    if not backup.registered:
        violations.append(f"Product {backup.name} is not registered (status {backup.status})")
    if backup.version != master.version:
        violations.append(
            f"Product {backup.name} has version {backup.version}, not the version {master.version} of {master.name}"
        )
    return violations


def _undeploy_flows(world: World, master_id: str) -> list[Flow]:
    impacted = []
    for flow in world.state.flows_using(master_id):
        if flow.status == DEPLOYED:
            flow = replace(flow, status=SAVED_NOT_DEPLOYED, status_at=world.clock.now(), details="")
            world.state.put_flow(flow)
            impacted.append(flow)
    return impacted


def remove_backup(world: World, master_id: str, backup_id: str) -> None:
    """Documented: no flow changes its status, and the former backup stays deployed until the flow's next deploy.
    Assumed: works whatever the state of both products, and ends a running synchronization."""
    master = find_product(world.state, master_id)
    if backup_id not in master.backup_ids():
        raise not_found(f"Product {world.state.product_name(backup_id)} is not a backup of {master.name}")
    world.cancel("synchronize", f"{master_id}:{backup_id}")
    left = tuple(backup for backup in master.backups if backup.id != backup_id)
    world.state.put_product(replace(master, backups=left))


def remove_backups(world: World, master_id: str, references: Sequence[Mapping[str, Any]]) -> None:
    """The same by reference, all or none."""
    for backup_id in _referenced_backups(world, master_id, references):
        remove_backup(world, master_id, backup_id)


def _referenced_backups(world: World, master_id: str, references: Sequence[Mapping[str, Any]]) -> list[str]:
    """The ids of the backups, each once. Raises an error if any of the references is not a backup of the master."""
    master = find_product(world.state, master_id)
    products = {product.id: product for product in (resolve_product(world.state, entry) for entry in references)}
    others = [product.name for product in products.values() if product.id not in master.backup_ids()]
    if others:
        raise refused(f"Not a backup of {master.name}: {', '.join(others)}")
    return list(products)


def start_synchronization(world: World, master_id: str, backup_id: str) -> None:
    """Start making the backup's profiles equal to the master's; a running synchronization continues.

    Assumed: it can be requested at any time, even if the flag says synchronized; neither product has to be up (a
    disaster-recovery server is normally down), but both must be registered."""
    state = world.state
    master = find_product(state, master_id)
    if backup_id not in master.backup_ids():
        raise not_found(f"Product {state.product_name(backup_id)} is not a backup of {master.name}")
    for product in (master, state.products[backup_id]):
        if not product.registered:
            raise conflict(f"Product {product.name} is not registered (status {product.status})")
    key = f"{master_id}:{backup_id}"
    immediate = world.settings.variants["sync"] == "immediate"
    running = world.job("synchronize", key)
    if running is not None:
        if immediate:  # it was started before the transition was set to immediate
            world.cancel("synchronize", key)
            finish_synchronization(world, running)
        return
    transition = world.settings.transition("synchronize")
    data = {"master": master_id, "backup": backup_id}
    job = world.new_job("synchronize", key, (master_id, backup_id), transition, data)
    if immediate:
        finish_synchronization(world, job)
    else:
        world.schedule(job)


def start_synchronizations(world: World, master_id: str, references: Sequence[Mapping[str, Any]]) -> list[str]:
    """The same by reference, all or none; returns the ids of the backups."""
    backup_ids = _referenced_backups(world, master_id, references)
    for backup_id in backup_ids:
        start_synchronization(world, master_id, backup_id)
    return backup_ids


def finish_synchronization(world: World, job: Job) -> None:
    """Documented: profiles are removed and created as on the master; flows that use the backup directly become
    invalid (assumed: shown as `Saved`). Assumed: the flag is true from now on, and becomes false for another master
    that has the same backup, when the backup's profiles changed (their order does not count)."""
    state = world.state
    master, backup = state.products[job.data["master"]], state.products[job.data["backup"]]
    fault = world.job_fault("synchronizeBackup", (master.id, master.name, backup.id, backup.name))
    if fault is not None:
        # A fault: the job changes nothing, or only sets the flag.
        if fault["fault"] == "lying_flag":
            set_synchronized(state, master.id, backup.id, True)
        return
    profiles = synchronized_profiles(master, backup)
    if _by_name(profiles) != _by_name(backup.profiles):
        state.put_product(replace(backup, profiles=profiles))
        for other in state.masters_of(backup.id):
            if other.id != master.id:
                set_synchronized(state, other.id, backup.id, False)
    set_synchronized(state, master.id, backup.id, True)
    for flow in state.flows_using(backup.id):
        if flow.status != SAVED and not flow.busy:
            invalidate_flow(world, flow, backup)


def _by_name(profiles: bytes) -> dict[str, Document]:
    """Encoded profiles by their name, which is unique within a product (documented)."""
    return {profile["name"]: profile for profile in orjson.loads(profiles)}


def invalidate_flow(world: World, flow: Flow, backup: Product) -> None:
    details = f"Invalid: uses {backup.name} directly, which is synchronized as a backup"
    world.state.put_flow(replace(flow, status=SAVED, status_at=world.clock.now(), details=details))


def synchronized_backup_in(state: State, flow: Flow) -> Product | None:
    """The first product that the flow uses directly although it is a synchronized backup."""
    for product_id in flow.product_ids():
        for master in state.masters_of(product_id):
            if any(entry.id == product_id and entry.synchronized for entry in master.backups):
                return state.products[product_id]
    return None
