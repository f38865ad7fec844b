# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Registration of SecureTransport products, and the health check after an upgrade."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from cg_sim.errors import conflict
from cg_sim.identity import derived_id
from cg_sim.model import (
    READY_TO_REGISTER,
    REGISTERED_IN_ERROR,
    REGISTERING,
    STARTED,
    Document,
    Job,
    Product,
)
from cg_sim.pairing import SECURETRANSPORT
from cg_sim.rules.backups import find_product
from cg_sim.rules.profiles import duplicate_key
from cg_sim.world import World

#: Assumed: the servers that are activated on a SecureTransport in its default configuration, by network zone and edge
#: (None: no edge): (protocol, port, TLS).
_ACTIVATED: tuple[tuple[str, str | None, tuple[tuple[str, int, bool], ...]], ...] = (
    ("Private", None, (("SFTP", 22, False), ("FTP", 21, False), ("HTTP", 443, True))),
    ("DMZ", "edge-1", (("SFTP", 22, False), ("HTTP", 8443, True))),
    ("DMZ", "edge-2", (("SFTP", 22, False), ("HTTP", 8443, True))),
)


def register(world: World, body: Mapping[str, Any]) -> Product:
    """Documented (c_register_st): the request and the status Registering. Assumed: it is asynchronous, and a name can
    be registered once, and again after a failure. The password is not stored."""
    named = world.state.products_named(body["name"])
    known = named[0] if named else None
    if known is not None and known.status not in (REGISTERED_IN_ERROR, READY_TO_REGISTER):
        raise conflict(f"A product named {known.name} exists already (status {known.status})")
    product = Product(
        id=known.id if known else derived_id("product", body["name"]),
        name=body["name"],
        host=body["hostname"],
        os=body.get("os", "linux-x86-64"),
        version=body["version"],
        status=REGISTERING,
        type=SECURETRANSPORT,
        contact={},
        profiles=known.profiles if known else b"[]",
        backups=known.backups if known else (),
    )
    world.state.put_product(product)
    _begin(world, product)
    return world.state.products[product.id]


def resume_registrations(world: World) -> None:
    """Assumed: a product that is loaded as Registering becomes Started, like one that was registered here. An estate
    has only the status; a snapshot or a database normally contains the job already."""
    for product in list(world.state.products.values()):
        if product.status == REGISTERING and world.job("register", product.id) is None:
            _begin(world, product)


def _begin(world: World, product: Product) -> None:
    transition = world.settings.transition("register")
    world.schedule(world.new_job("register", product.id, (product.id,), transition, {"product": product.id}))


def finish_registration(world: World, job: Job) -> None:
    product = world.state.products[job.data["product"]]
    if world.job_fault("registerSecureTransport", (product.id, product.name)) is not None:
        world.state.put_product(replace(product, status=REGISTERED_IN_ERROR))
        return
    profiles = product.profiles
    if profiles == b"[]" and product.type == SECURETRANSPORT:
        profiles = orjson.dumps(_imported_profiles(product))
    world.state.put_product(replace(product, status=STARTED, profiles=profiles))


def _imported_profiles(product: Product) -> list[Document]:
    """Documented (c_register_st): for each network zone and each edge one server profile for each activated protocol
    server; identical ones are merged into one profile that lists its edges. Assumed: the names; the merged profile
    has the zone of the first one."""
    found: dict[tuple[Any, ...], Document] = {}
    for zone, edge, servers in _ACTIVATED:
        for protocol, port, secured in servers:
            name = f"{protocol}_{product.name}" if zone == "Private" else f"{protocol}_{zone}_{product.name}"
            profile = _imported_profile(product, name, zone, protocol, port, secured)
            kept = found.setdefault(duplicate_key(profile), profile)
            if edge is not None:
                kept["edges"].append(edge)
    return list(found.values())


def _imported_profile(product: Product, name: str, zone: str, protocol: str, port: int, secured: bool) -> Document:
    return {
        "businessId": derived_id("profile", product.id, name),
        "name": name,
        "type": "SERVER",
        "protocol": protocol,
        "enabled": True,
        "clientAuthentication": "PASSWORD",
        "hosts": [product.host],
        "port": port,
        "ssl": {"enabled": secured, "certificate": None},
        "fips": False,
        "networkZone": zone,
        "edges": [],
        "viewOnly": False,
    }


def check_health(world: World, product_id: str) -> Product:
    """Documented (c_register_st): an upgraded SecureTransport shows Unreachable until a health check. Assumed: the
    check finds it Started; the status of a product that is down for another reason does not change."""
    product = find_product(world.state, product_id)
    if not product.registered:
        raise conflict(f"Product {product.name} is not registered (status {product.status})")
    if product.upgraded:
        world.state.put_product(replace(product, status=STARTED, upgraded=False))
    return world.state.products[product_id]
