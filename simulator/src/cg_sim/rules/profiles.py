# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Communication profiles: how to connect to a product, as server or as client."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson

from cg_sim.errors import conflict, refused
from cg_sim.identity import derived_id
from cg_sim.model import Backup, Document, Product
from cg_sim.state import State


def duplicate_key(profile: Document) -> tuple[Any, ...]:
    """The key that makes two profiles duplicates.

    Documented (c_register_st): exchange protocol; port; SSL/TLS enabled and, if so, client authentication mode and
    certificate content; FIPS transfer mode. Assumed: the kind (server or client) counts too."""
    ssl = profile.get("ssl") or {}
    secured = bool(ssl.get("enabled"))
    certificate = ssl.get("certificate") or {}
    return (
        profile.get("type"),
        profile.get("protocol"),
        profile.get("port"),
        secured,
        profile.get("clientAuthentication") if secured else None,
        (certificate.get("content") or "").strip() if secured else None,
        bool(profile.get("fips")),
    )


def accept_profiles(product: Product, given: list[Document], locked: bool) -> bytes:
    """The profiles that a product has after an update, encoded.

    Documented (r_partner_fields): a name is unique within its owner. Documented ("Manage SecureTransport backups"):
    profiles that synchronization created are visible in View mode only; this applies if `locked` (assumed: as long
    as the product is a backup)."""
    names = [profile["name"] for profile in given]
    twice = sorted({name for name in names if names.count(name) > 1}) if len(set(names)) != len(names) else []
    if twice:
        raise refused(
            f"Product {product.name}: a profile's name must be unique; given more than once: {', '.join(twice)}"
        )
    current = {profile["name"]: profile for profile in product.load_profiles()}
    accepted = []
    for profile in given:
        before = current.get(profile["name"], {})
        after = {
            **profile,
            "businessId": before.get("businessId") or derived_id("profile", product.id, profile["name"]),
        }
        if "viewOnly" in profile or "viewOnly" in before:
            after["viewOnly"] = bool(before.get("viewOnly"))  # set by the server only; the value sent is ignored
        accepted.append(after)
    if locked:
        kept = {profile["name"]: profile for profile in accepted}
        touched = sorted(
            name for name, before in current.items() if before.get("viewOnly") and kept.get(name) != before
        )
        if touched:
            raise conflict(
                f"Product {product.name} is a backup: profiles that were created by synchronization are view only "
                f"and cannot be changed or removed: {', '.join(touched)}"
            )
    return orjson.dumps(accepted)


def mark_unsynchronized(state: State, product: Product) -> None:
    """The profiles of a product changed: it differs from its backups, and from the masters that it backs up.

    Assumed: any change of the list of profiles counts."""
    product = state.products[product.id]
    if any(backup.synchronized for backup in product.backups):
        state.put_product(replace(product, backups=tuple(Backup(entry.id, False) for entry in product.backups)))
    for master in state.masters_of(product.id):
        set_synchronized(state, master.id, product.id, False)


def set_synchronized(state: State, master_id: str, backup_id: str, synchronized: bool) -> None:
    master = state.products[master_id]
    backups = tuple(Backup(entry.id, synchronized) if entry.id == backup_id else entry for entry in master.backups)
    if backups != master.backups:
        state.put_product(replace(master, backups=backups))


def synchronized_profiles(master: Product, backup: Product) -> bytes:
    """The profiles of the backup after synchronization, encoded.

    Documented ("Manage SecureTransport backups"): profiles that the master lacks are removed, profiles that only the
    master has are created. Assumed: a profile of the same name that is not a duplicate is replaced; one that is a
    duplicate is kept unchanged."""
    current = {profile["name"]: profile for profile in backup.load_profiles()}
    result = []
    for profile in master.load_profiles():
        own = current.get(profile["name"])
        if own is not None and duplicate_key(own) == duplicate_key(profile):
            result.append(own)
            continue
        result.append(copied_profile(profile, master.host, backup.id, backup.host))
    return orjson.dumps(result)


def copied_profile(profile: Document, master_host: str, backup_id: str, backup_host: str) -> Document:
    """A master's profile as a synchronization leaves it on a backup.

    Documented ("Manage SecureTransport backups"): it is visible there in View mode only. Assumed: where it names the
    master's host it names the backup's, since it says how to connect to the backup."""
    copy = {**profile, "businessId": derived_id("profile", backup_id, profile["name"]), "viewOnly": True}
    if "hosts" in profile:
        copy["hosts"] = [backup_host if host == master_host else host for host in profile["hosts"]]
    return copy
