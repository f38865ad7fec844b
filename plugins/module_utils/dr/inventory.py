# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Products as hosts of an Ansible inventory: their names, groups and variables.

PRIVATE to the collection: it may change at any time.

Names in Central Governance are free text, chosen by anyone who may register a product. Host names and addresses for
Ansible must therefore be made harmless: no templates, no paths, no options of ssh.
"""

from __future__ import annotations

import re
import typing as t
from collections import Counter

from .estate import Estate
from .model import Product

MASTERS, BACKUPS, STANDALONE = "cg_masters", "cg_backups", "cg_standalone"
ROLE_GROUPS = (MASTERS, BACKUPS, STANDALONE)

# Path separators (Ansible looks for files named like a host), control characters, the beginnings of templates.
_UNSAFE_IN_NAME = re.compile(r"[\x00-\x1f\x7f/\\]|\{(?=[{%#])")
# Options of ssh; hidden files and parent folders; the header (#jinja2:) that changes the delimiters of a template.
_UNSAFE_AT_START = re.compile(r"^(-|\.|#)+")
# Names with a special meaning for Ansible.
_RESERVED = frozenset({"all", "ungrouped", "localhost", "127.0.0.1", "::1", *ROLE_GROUPS})
# A DNS name or an IP address; no other text becomes ansible_host.
_ADDRESS = re.compile(r"[A-Za-z0-9_\[:][A-Za-z0-9._:%\[\]-]*")


def inventory_hosts(
    products: t.Iterable[Product],
    *,
    product_type: str = "",
    statuses: t.Collection[str] = (),
    tags: t.Collection[str] = (),
) -> list[dict[str, t.Any]]:
    """Hosts as plain data, sorted by name: ``{name, groups: [..], variables: {..}}``.

    ``products`` are all products: a master's backups are described even when a filter excludes them as hosts. An empty
    filter selects all products; ``tags`` selects those with any of the tags.
    """
    estate = Estate(products)
    kept = [
        product
        for product in estate.products.values()
        if (not product_type or _same(product_type, product.type))
        and (not statuses or any(_same(status, product.status) for status in statuses))
        and (not tags or not set(tags).isdisjoint(product.tags))
    ]
    names = host_names(kept)
    hosts = [
        {
            "name": names[product.id],
            "groups": _groups(product, estate),
            "variables": _variables(product, estate, names),
        }
        for product in kept
    ]
    return sorted(hosts, key=lambda host: str(host["name"]))


def host_names(products: t.Collection[Product]) -> dict[str, str]:
    """A safe and unique name for each product, by businessId: its own name, with the businessId where that is needed.

    >>> host_names([Product("1", "ST_PARIS"), Product("2", "../etc"), Product("3", "localhost")])
    {'1': 'ST_PARIS', '2': '__etc', '3': 'localhost_3'}
    """
    names = {product.id: _safe(product.name) for product in products}
    unusable = set(_RESERVED) | {""}
    while True:
        counts = Counter(name.casefold() for name in names.values())
        clashing = [key for key, name in names.items() if counts[name.casefold()] > 1 or name.casefold() in unusable]
        if not clashing:
            return names
        for product_id in clashing:
            names[product_id] = f"{names[product_id]}_{_safe(product_id)}"


def _safe(name: str) -> str:
    return _UNSAFE_AT_START.sub("_", _UNSAFE_IN_NAME.sub("_", name.strip()))


def _same(wanted: str, actual: str) -> bool:
    return wanted.casefold() == actual.casefold()


def _groups(product: Product, estate: Estate) -> list[str]:
    groups = []
    if product.backups:
        groups.append(MASTERS)
    if estate.masters_of(product.id):
        groups.append(BACKUPS)
    return groups or [STANDALONE]


def _variables(product: Product, estate: Estate, names: t.Mapping[str, str]) -> dict[str, t.Any]:
    masters = estate.masters_of(product.id)
    flags = [backup.synchronized for backup in product.backups]
    flags += [backup.synchronized for master in masters for backup in master.backups if backup.id == product.id]
    variables: dict[str, t.Any] = {
        "cg_id": product.id,
        "cg_name": product.name,
        "cg_type": product.type,
        "cg_version": product.version,
        "cg_status": product.status,
        "cg_registered": product.is_registered,
        "cg_host": product.host,
        "cg_os": product.os,
        "cg_tags": list(product.tags),
        "cg_role": _role(bool(product.backups), bool(masters)),
        "cg_backups": [
            {
                "id": backup.id,
                "name": estate.name_of(backup.id),
                "inventory_hostname": names.get(backup.id),
                "synchronized": backup.synchronized,
                "status": estate.products[backup.id].status if backup.id in estate.products else "",
                "version": estate.products[backup.id].version if backup.id in estate.products else "",
            }
            for backup in product.backups
        ],
        "cg_masters": [
            {"id": master.id, "name": master.name, "inventory_hostname": names.get(master.id)} for master in masters
        ],
        "cg_synchronized": _all_of(flags),
    }
    if _ADDRESS.fullmatch(product.host):
        variables["ansible_host"] = product.host
    return variables


def _role(is_master: bool, is_backup: bool) -> str:
    if is_master and is_backup:
        return "master and backup"
    return "master" if is_master else "backup" if is_backup else "standalone"


def _all_of(flags: t.Collection[bool | None]) -> bool | None:
    """True when all flags are, False when one is false, None when there are none or one is not known."""
    if False in flags:
        return False
    return None if not flags or None in flags else True
