# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules about a master and one of its backups: whether this backup could take over now.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t
from collections.abc import Iterator

from ..model import UNREACHABLE, UNREGISTERED_STATUSES
from .findings import Found, Objects, Remedy, Unknown
from .inputs import as_text
from .names import listed
from .units import Context, Master, Pair

Judgements = Iterator[Found | Unknown]

# Documented statuses of a product. Their meaning for a failover is assumed.
RUNNING = "Started"
_STOPPED = frozenset({"Stopped", "Stopping"})
_IN_ERROR = "in error"


def not_synchronized(context: Context, pair: Pair) -> Judgements:
    master, backup = pair.objects.master, pair.objects.backup
    if pair.entry.synchronized is None:
        yield Unknown(
            "synchronized",
            f"Whether {backup} is synchronized with {master} is not known: Central Governance does not show it.",
            Remedy(f"By hand: look at the backups of {master} in Central Governance."),
        )
    elif not pair.entry.synchronized:
        difference = pair.difference
        yield Found(
            f"{backup} is not synchronized with its master {master}.",
            {"synchronized": False, **({} if difference is None else {"profiles": difference.summary})},
            _synchronize(pair),
        )


def flag_disagrees(context: Context, pair: Pair) -> Judgements:
    if pair.entry.synchronized is not True:
        return
    master, backup = pair.objects.master, pair.objects.backup
    difference = pair.difference
    if difference is None:
        yield Unknown(
            "profiles",
            f"Whether {backup} has the communication profiles of {master} is not known: Central Governance does not "
            "show those of both.",
            Remedy(f"By hand: compare the communication profiles of {master} and {backup} in Central Governance."),
        )
    elif difference:
        yield Found(
            f"Central Governance says that {backup} is synchronized with {master}, but their communication profiles "
            f"differ ({difference.summary}).",
            {
                "synchronized": True,
                "profiles_to_create": list(difference.created),
                "profiles_to_remove": list(difference.removed),
                "profiles_to_replace": list(difference.replaced),
            },
            _synchronize(pair, force="when_different"),
        )


def _synchronize(pair: Pair, **options: t.Any) -> Remedy:
    more = "".join(f", {name}: {value}" for name, value in options.items())
    return Remedy(
        f"Synchronize it with st_sync (options masters and backups{more}).",
        "st_sync",
        {"masters": [pair.objects.master], "backups": [pair.objects.backup], **options},
    )


def version_drift(context: Context, pair: Pair) -> Judgements:
    master, backup = pair.objects.master, pair.objects.backup
    versions = {master: pair.master.version, backup: pair.product.version if pair.product else ""}
    if not all(versions.values()):
        missing = listed([name for name, version in versions.items() if not version])
        yield Unknown(
            "version",
            f"Whether {backup} has the version of {master} is not known: Central Governance does not show that of "
            f"{missing}.",
            Remedy(f"By hand: look at the products {master} and {backup} in Central Governance."),
        )
    elif versions[master] != versions[backup]:
        yield Found(
            f"{backup} has version {versions[backup]}, its master {master} has {versions[master]}: a backup must have "
            "the version of its master.",
            {"master": versions[master], "backup": versions[backup]},
            Remedy(
                "By hand: bring both to the same version, and run a health check in Central Governance; then "
                "synchronize with st_sync (options masters and backups)."
            ),
        )


def backup_not_registered(context: Context, pair: Pair) -> Judgements:
    status = yield from _status_of(pair)
    if status in UNREGISTERED_STATUSES:
        yield Found(
            f'{pair.objects.backup}, a backup of {pair.objects.master}, is not registered: its status is "{status}".',
            {"status": status},
            Remedy("By hand: complete its registration in Central Governance."),
        )


def backup_unreachable(context: Context, pair: Pair) -> Judgements:
    status = yield from _status_of(pair)
    if status == UNREACHABLE or _is_in_error(status):
        yield Found(
            f'{pair.objects.backup}, a backup of {pair.objects.master}, cannot take over: its status is "{status}".',
            {"status": status},
            Remedy(
                "By hand: start the server or repair its connection, and run a health check in Central Governance. "
                "If this backup is switched off on purpose, accept the finding or give the rule another severity."
            ),
        )


def backup_stopped(context: Context, pair: Pair) -> Judgements:
    status = yield from _status_of(pair)
    if status in _STOPPED:
        yield Found(
            f'{pair.objects.backup}, a backup of {pair.objects.master}, is not running: its status is "{status}".',
            {"status": status},
            Remedy("By hand: start it, or accept the finding if starting it is part of your failover procedure."),
        )


def _status_of(pair: Pair) -> t.Generator[Unknown, None, str]:
    """The backup's status; yields Unknown when it does not show whether the server could take over."""
    status = pair.product.status if pair.product else ""
    known = status == RUNNING or status in UNREGISTERED_STATUSES or status in _STOPPED or is_down(status)
    if not known:
        what = f'its status is "{status}"' if status else "Central Governance does not show its status"
        yield Unknown(
            "status",
            f"Whether {pair.objects.backup}, a backup of {pair.objects.master}, could take over is not known: {what}.",
            Remedy(f"By hand: look at the product {pair.objects.backup} in Central Governance, or audit again later."),
            facts={"status": status},
        )
    return status


def is_down(status: str) -> bool:
    return status == UNREACHABLE or status in _STOPPED or _is_in_error(status)


def _is_in_error(status: str) -> bool:
    return status.endswith(_IN_ERROR) and status not in UNREGISTERED_STATUSES


def master_unreachable(context: Context, master: Master) -> Judgements:
    if master.product is not None and is_down(master.product.status):
        yield Found(
            f'{master.objects.master} is down (status "{master.product.status}"). Its backups are meant for this case.',
            {"status": master.product.status},
            Remedy("By hand: bring the master back, or fail over to a backup."),
        )


def shared_backup(context: Context, pair: Pair) -> Judgements:
    masters = sorted(context.names.product(master.id) for master in context.estate.masters_of(pair.entry.id))
    others = [name for name in masters if name != pair.objects.master]
    if others:
        yield Found(
            f"{pair.objects.backup} is a backup of {pair.objects.master} and of {listed(others)}: each synchronization "
            "undoes the other, and it cannot stand in for both.",
            {"masters": masters},
            Remedy(
                "Keep it for one master and remove it from the others with st_backup (option state: absent).",
                "st_backup",
                {"master": pair.objects.master, "backups": [pair.objects.backup], "state": "absent"},
            ),
        )


def backup_used_directly(context: Context, pair: Pair) -> Judgements:
    for flow in context.estate.flows_using(pair.entry.id):
        name = context.names.flow(flow.id, flow.name)
        yield Found(
            f"The flow {name} uses {pair.objects.backup} directly: it becomes invalid when {pair.objects.backup} is "
            f"synchronized with its master {pair.objects.master}.",
            {"status": flow.status, "uses": pair.objects.backup},
            Remedy(f"By hand: let the flow use {pair.objects.master} instead, in Central Governance, and deploy it."),
            Objects(pair.objects.master, pair.objects.backup, name),
        )


def sync_too_old(context: Context, pair: Pair) -> Judgements:
    history, target = context.history, context.settings.rpo_target
    if history is None or target is None or pair.is_in_sync:
        return
    names = (pair.objects.master, pair.objects.backup)
    last = history.last_in_sync.get(names)
    seen = as_text(last) if last else None
    if last is None or context.inputs.now - last > target:
        when = f"was last seen synchronized at {seen}" if seen else "has never been seen synchronized"
        yield Found(
            f"{names[1]} {when} with {names[0]} (the ledger begins at {as_text(history.began)}): longer ago than "
            "rpo_target allows.",
            {"last_in_sync": seen, "rpo_target_seconds": int(target.total_seconds())},
            _synchronize(pair),
        )
