# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of an estate that the ledger keeps, so that a later audit can report changes.

PRIVATE to the collection: it may change at any time.

    {"ST_PARIS": {"version": "5.4", "flows": 5, "flows_sha256": "0f3a...", "backups": {"ST_LYON": {"version": "5.4"}}}}
"""

from __future__ import annotations

import hashlib
import json
import typing as t
from collections.abc import Mapping

from .inputs import Drill
from .names import listed
from .units import Context


def snapshot(context: Context) -> dict[str, t.Any] | None:
    """The snapshot of the audited masters, without flows if those could not be read; None if the products could not."""
    if not context.products_were_read:
        return None
    flows_known = not context.inputs.observed.sources["flows"].problem
    flows: dict[str, list[str]] = {}
    if flows_known:
        for use in context.master_flows:
            flows.setdefault(use.objects.master, []).append(use.objects.flow)
    backups: dict[str, dict[str, t.Any]] = {}
    for pair in context.pairs:
        version = pair.product.version if pair.product else ""
        backups.setdefault(pair.objects.master, {})[pair.objects.backup] = {"version": version}
    return {
        master.objects.master: {
            "version": master.product.version,
            "backups": backups.get(master.objects.master, {}),
            **(_flows(flows.get(master.objects.master, [])) if flows_known else {}),
        }
        for master in context.masters
        if master.product
    }


def _flows(names: list[str]) -> dict[str, t.Any]:
    digest = hashlib.sha256(json.dumps(sorted(names)).encode()).hexdigest()
    return {"flows": len(names), "flows_sha256": digest}


def changes_since(context: Context, drill: Drill) -> list[str]:
    """Sentences about the masters that both the drill and this audit cover; empty when nothing has changed."""
    before, now = drill.estate or {}, snapshot(context) or {}
    if context.settings.masters is not None:
        before = {name: entry for name, entry in before.items() if name in now}
    if drill.masters is not None:
        now = {name: entry for name, entry in now.items() if name in before}
    changes = []
    for name in sorted(before.keys() | now.keys()):
        if name not in before:
            changes.append(f"{name} is a new master")
        elif name not in now:
            changes.append(f"{name} is no longer a master")
        else:
            changes += _changes_of(name, before[name], now[name])
    return changes


def _changes_of(master: str, before: Mapping[str, t.Any], now: Mapping[str, t.Any]) -> list[str]:
    changes = []
    if before["version"] != now["version"]:
        changes.append(f"{master} went from version {before['version']} to {now['version']}")
    old, new = before["backups"], now["backups"]
    if old.keys() != new.keys():
        changes.append(f"{master}: backups {_names(old)}, then {_names(new)}")
    for backup in sorted(old.keys() & new.keys()):
        if old[backup]["version"] != new[backup]["version"]:
            changes.append(f"{backup} went from version {old[backup]['version']} to {new[backup]['version']}")
    digests = [entry["flows_sha256"] for entry in (before, now) if "flows_sha256" in entry]
    if len(digests) == 2 and digests[0] != digests[1]:
        changes.append(f"{master}: the flows have changed ({before['flows']}, now {now['flows']})")
    return changes


def _names(backups: Mapping[str, t.Any]) -> str:
    return listed(sorted(backups)) if backups else "none"
