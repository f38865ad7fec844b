# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes of a product, through the API and outside of Central Governance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from cg_sim.errors import refused
from cg_sim.model import UNREACHABLE, Product
from cg_sim.rules.backups import find_product
from cg_sim.rules.profiles import accept_profiles, mark_unsynchronized
from cg_sim.rules.references import resolve_product, same_id
from cg_sim.rules.registration import resume_registrations
from cg_sim.world import World

_READ_ONLY = {"businessId": "id", "name": "name", "os": "os", "version": "version", "status": "status", "type": "type"}


def update_product(world: World, product_id: str, body: Mapping[str, Any]) -> Product:
    """All assumed: host, contact, tags and communicationProfiles can change, other values must be equal to the
    current ones. Changed profiles make it unsynchronized with its backups and its masters."""
    product = find_product(world.state, product_id)
    different = [
        key
        for key, attribute in _READ_ONLY.items()
        if key in body
        and body[key] != getattr(product, attribute)
        and not (key == "businessId" and same_id(body[key], product.id))
    ]
    if different:
        raise refused(f"Product {product.name}: {', '.join(different)} cannot be changed")
    if "backupProducts" in body:
        listed = {resolve_product(world.state, entry).id for entry in body["backupProducts"]}
        if listed != set(product.backup_ids()):
            raise refused(f"Product {product.name}: backups are changed at /products/{product_id}/backupproducts")
    changed = replace(
        product,
        host=body.get("host", product.host),
        contact=body.get("contact", product.contact),
        tags=tuple(body["tags"]) if "tags" in body else product.tags,
    )
    if "communicationProfiles" in body:
        locked = bool(world.state.masters_of(product_id))
        profiles = accept_profiles(product, body["communicationProfiles"], locked)
        if orjson.loads(profiles) != product.load_profiles():
            changed = replace(changed, profiles=profiles)
    if changed != product:
        world.state.put_product(changed)
    if changed.profiles != product.profiles:
        mark_unsynchronized(world.state, changed)
    return world.state.products[product_id]


def apply_outside_event(world: World, event: Mapping[str, Any]) -> Product:
    """An event on a server outside of Central Governance: it goes down, comes up, is upgraded, gets other
    profiles. `event`: {"product": name or businessId, "status"?, "version"?, "profiles"?, "legacyIdfs"?, "silent"?}.

    Documented (c_register_st): an upgraded SecureTransport is Unreachable until a health check. Assumed: profiles that
    change outside make the product unsynchronized, unless `silent`, which leaves a wrong flag. The caller has
    validated the event's types."""
    reference = str(event["product"])
    product = resolve_product(world.state, {"businessId": reference, "name": reference})
    changed = product
    if "version" in event and str(event["version"]) != product.version:
        changed = replace(changed, version=str(event["version"]), status=UNREACHABLE, upgraded=True)
    if "status" in event:
        changed = replace(changed, status=str(event["status"]), upgraded=False)
    if "legacyIdfs" in event:
        changed = replace(changed, legacy_idfs=tuple(str(idf) for idf in event["legacyIdfs"]))
    if "profiles" in event:
        profiles = accept_profiles(product, event["profiles"], locked=False)
        if orjson.loads(profiles) != product.load_profiles():
            changed = replace(changed, profiles=profiles)
    if changed != product:
        world.state.put_product(changed)
    if changed.profiles != product.profiles and not event.get("silent"):
        mark_unsynchronized(world.state, changed)
    if changed.status != product.status:
        # It was registered by somebody else, or is no longer registered.
        world.cancel("register", product.id)
        resume_registrations(world)
    return world.state.products[product.id]
