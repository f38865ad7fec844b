# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Helpers to build estates. A product's businessId is ``id-`` and its name."""

from __future__ import annotations

from ansible_collections.mftops.central_governance.plugins.module_utils.dr.estate import Estate
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.model import (
    DEPLOYED,
    Backup,
    Deployment,
    Flow,
    FlowPart,
    Product,
    Profile,
)


def product(name: str, backups: str | tuple[Backup, ...] = "", **fields: object) -> Product:
    """``product("A", "B C!")``: B is synchronized, C (with the bang) is not."""
    if isinstance(backups, str):
        backups = tuple(backup(word.rstrip("!"), not word.endswith("!")) for word in backups.split())
    profiles = fields.pop("profiles", ())
    if isinstance(profiles, str):
        profiles = tuple(profile(word) for word in profiles.split())
    defaults = {"version": "5.5", "status": "Started"}
    return Product(id=f"id-{name}", name=name, backups=backups, profiles=profiles, **{**defaults, **fields})


def backup(name: str, synchronized: bool | None = True) -> Backup:
    return Backup(f"id-{name}", name, synchronized)


def profile(text: str, **fields: object) -> Profile:
    """``profile("sftp:22")``: the name is ``sftp``, the port 22."""
    name, _, port = text.partition(":")
    return Profile(name, **{"type": "SERVER", "protocol": "SFTP", "port": int(port or 22), **fields})


def flow(name: str, parts: str, status: str = DEPLOYED) -> Flow:
    """``flow("F", "A > B C")``: source A, targets B and C; ``"A > R > B"`` has a relay; ``@X`` is a partner."""
    stages = [stage.split() for stage in parts.split(">")]
    roles = ["source"] + ["relay"] * (len(stages) - 2) + ["target"] * (len(stages) > 1)
    return Flow(
        f"id-{name}",
        name,
        status,
        tuple(
            FlowPart(f"id-{word.lstrip('@')}", word.lstrip("@"), role, "PARTNER" if word[0] == "@" else "PRODUCT")
            for role, stage in zip(roles, stages, strict=True)
            for word in stage
        ),
    )


def deployed(flow_name: str, *products: str, status: str = DEPLOYED) -> list[Deployment]:
    return [Deployment(f"id-{flow_name}", f"id-{name}", name, status) for name in products]


def estate(*things: object) -> Estate:
    """Products, flows and (lists of) deployments in any order."""
    flat = [item for thing in things for item in (thing if isinstance(thing, list) else [thing])]
    return Estate(
        [item for item in flat if isinstance(item, Product)],
        [item for item in flat if isinstance(item, Flow)],
        [item for item in flat if isinstance(item, Deployment)],
    )
