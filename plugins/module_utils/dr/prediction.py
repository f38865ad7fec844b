# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Passing the planned state to the next task of a chain in check mode.

PRIVATE to the collection: it may change at any time.

In check mode nothing is written, so the second task of a chain reads the state before the first one. A prediction is
the state after a task; the next task applies it to what it has read, and plans on the result.

A prediction is plain data; objects are identified by businessId::

    masters:     [{id, name, backups: [{id, name, synchronized}]}]        the whole list of each master
    profiles:    [{id, name, copied_from: {id, name}}]                    the profiles of a synchronized backup
    flows:       [{id, name, status}]
    deployments: [{flow_id, flow, products: [{id, name, status}]}]        all rows of each flow

The results of tasks have it ``packed``, and the role dr keeps it in a fact as one text: Ansible copies each value of a
result several times.
"""

from __future__ import annotations

import json
import typing as t

from .estate import Estate
from .model import SAVED, Backup, Deployment, Flow, Product

if t.TYPE_CHECKING:  # each verb has one of these planners, and need not load the others
    from .flows import DeploymentPlan
    from .synchronization import SynchronizationPlan
    from .topology import TopologyPlan

Prediction = dict[str, list[dict[str, t.Any]]]
_KEYS = {"masters": "id", "profiles": "id", "flows": "id", "deployments": "flow_id"}

# The keys of each kind of row and what they hold: a businessId, a text (empty where Central Governance leaves out a
# name or a status), a flag, a row, or a list of rows.
_ID, _TEXT, _FLAG = "a businessId", "a text", "true, false or null"
_NAMED = {"id": _ID, "name": _TEXT}
_BACKUP = {**_NAMED, "synchronized": _FLAG}
_STATUS = {**_NAMED, "status": _TEXT}
_ROWS: dict[str, dict[str, t.Any]] = {
    "masters": {**_NAMED, "backups": [_BACKUP]},
    "profiles": {**_NAMED, "copied_from": _NAMED},
    "flows": _STATUS,
    "deployments": {"flow_id": _ID, "flow": _TEXT, "products": [_STATUS]},
}


def check_shape(prediction: t.Any) -> None:
    """Raises ValueError, with a message for the user, when this cannot be the ``predicted`` of an earlier task.

    Everything that is used later is checked; unknown keys are ignored.
    """
    if not isinstance(prediction, dict):
        raise ValueError('it is not a dictionary or a list of them; pass the "predicted" results of earlier tasks.')
    for part, rows in prediction.items():
        row = _ROWS.get(part)
        wrong = _what_is_wrong(rows, [row], part) if row else f'there is no "{part}" in a prediction'
        if wrong:
            raise ValueError(f'{wrong}; pass the "predicted" result of an earlier task unchanged.')


def _what_is_wrong(value: t.Any, shape: t.Any, where: str) -> str:
    """The first value that does not fit the shape, with its place; empty when all fit."""
    if shape in (_ID, _TEXT, _FLAG):
        is_right = value is None or isinstance(value, bool) if shape == _FLAG else isinstance(value, str)
        return "" if is_right and (shape != _ID or value) else f"{where} is not {shape}"
    if isinstance(shape, list):
        if not isinstance(value, list):
            return f"{where} is not a list"
        wrongs = (_what_is_wrong(row, shape[0], f"{where}[{number}]") for number, row in enumerate(value))
        return next((wrong for wrong in wrongs if wrong), "")
    if not isinstance(value, dict):
        return f"{where} is not a dictionary"
    missing = [key for key in shape if key not in value]
    if missing:
        return f"{where} has no {missing[0]}"
    wrongs = (_what_is_wrong(value[key], inner, f"{where}.{key}") for key, inner in shape.items())
    return next((wrong for wrong in wrongs if wrong), "")


# What is packed: the key of the businessId in a row, and that of the name, which no later task needs.
_PACKED = {"profiles": ("id", "name"), "flows": ("id", "name"), "deployments": ("flow_id", "flow")}
_IDS = "ids"


def packed(prediction: t.Mapping[str, t.Any]) -> dict[str, t.Any]:
    """Combines rows that differ only in their object into one row with all the businessIds.

    >>> packed({"flows": [{"id": "1", "name": "A", "status": "Saved"}, {"id": "2", "name": "B", "status": "Saved"}]})
    {'flows': [{'status': 'Saved', 'ids': ['1', '2']}]}
    """
    result = dict(prediction)
    for part, (key, name) in _PACKED.items():
        groups: dict[str, dict[str, t.Any]] = {}
        for row in prediction.get(part, ()):
            shared = {other: value for other, value in row.items() if other not in (key, name)}
            groups.setdefault(json.dumps(shared, sort_keys=True), {**shared, _IDS: []})[_IDS].append(row[key])
        if groups:
            result[part] = list(groups.values())
    return result


def unpacked(prediction: t.Any) -> t.Any:
    """A row for each object again, without its name. Anything that is not packed is returned unchanged.

    >>> unpacked({"flows": [{"status": "Saved", "ids": ["1", "2"]}]})["flows"][1]
    {'id': '2', 'name': '', 'status': 'Saved'}
    """
    from .prediction_text import from_text  # only needed where there is a prediction

    prediction = from_text(prediction)
    if not isinstance(prediction, dict):
        return prediction
    result = dict(prediction)
    for part, (key, name) in _PACKED.items():
        if isinstance(rows := prediction.get(part), list):
            result[part] = [one for row in rows for one in _rows_of(row, key, name)]
    return result


def _rows_of(row: t.Any, key: str, name: str) -> list[t.Any]:
    if not isinstance(row, dict) or not isinstance(row.get(_IDS), list):
        return [row]
    shared = {other: value for other, value in row.items() if other != _IDS}
    return [{key: business_id, name: "", **shared} for business_id in row[_IDS]]


def merged(earlier: t.Mapping[str, t.Any], later: t.Mapping[str, t.Any]) -> Prediction:
    """Both predictions in one; for an object in both, the later one applies.

    ``tasks_ago`` in a row says how many tasks ago it was predicted; the rows of the last task have none.
    """
    result: Prediction = {}
    for part, key in _KEYS.items():
        older = [{**row, "tasks_ago": row.get("tasks_ago", 0) + 1} for row in earlier.get(part, ())]
        rows = {row[key]: row for row in (*older, *later.get(part, ()))}
        if rows:
            result[part] = list(rows.values())
    return result


def combined(predictions: t.Iterable[t.Mapping[str, t.Any]]) -> Prediction:
    """Combines the predictions of several tasks that started from the same state, such as those of a loop.

    Each includes the predictions of earlier tasks; a task's own predictions take precedence over those.
    """
    result: Prediction = {}
    for part, key in _KEYS.items():
        rows: dict[str, dict[str, t.Any]] = {}
        for prediction in predictions:
            for row in prediction.get(part, ()):
                known = rows.get(row[key])
                if known is None or row.get("tasks_ago", 0) < known.get("tasks_ago", 0):
                    rows[row[key]] = row
                elif row.get("tasks_ago", 0) == known.get("tasks_ago", 0):
                    rows[row[key]] = _both_synchronized(known, row)
        if rows:
            result[part] = list(rows.values())
    return result


def _both_synchronized(one: dict[str, t.Any], other: dict[str, t.Any]) -> dict[str, t.Any]:
    """The later row. If both tasks synchronize backups of one master, those of both are synchronized."""
    done = {backup["id"] for backup in one.get("backups", ()) if backup["synchronized"] is True}
    if not done:
        return other
    backups = [{**b, "synchronized": True} if b["id"] in done else b for b in other["backups"]]
    return {**other, "backups": backups}


def overlay_backups(products: t.Iterable[Product], prediction: t.Mapping[str, t.Any]) -> list[Product]:
    """The products with the predicted lists of backups."""
    predicted = {row["id"]: row for row in prediction.get("masters", ())}
    return [
        product._replace(backups=tuple(Backup(b["id"], b["name"], b["synchronized"]) for b in row["backups"]))
        if (row := predicted.get(product.id))
        else product
        for product in products
    ]


def overlay(estate: Estate, prediction: t.Mapping[str, t.Any]) -> Estate:
    """The estate after the predicted tasks. Products and flows that were not read are not added."""
    products = {product.id: product for product in overlay_backups(estate.products.values(), prediction)}
    for row in prediction.get("profiles", ()):
        backup, master = products.get(row["id"]), products.get(row["copied_from"]["id"])
        if backup and master:
            products[backup.id] = backup._replace(profiles=master.profiles)
    statuses = {row["id"]: row["status"] for row in prediction.get("flows", ())}
    flows = [flow._replace(status=statuses.get(flow.id, flow.status)) for flow in estate.flows.values()]
    rows = {row["flow_id"]: row["products"] for row in prediction.get("deployments", ())}
    deployments = [row for row in estate.deployments if row.flow_id not in rows]
    deployments += [
        Deployment(flow_id, product["id"], product["name"], product["status"])
        for flow_id, deployed in rows.items()
        for product in deployed
    ]
    return Estate(products.values(), flows, deployments)


def predict_topology(plan: TopologyPlan) -> Prediction:
    return merged(
        {},
        {
            "masters": [
                {"id": p.master.id, "name": p.master.name, "backups": [_backup_row(b) for b in p.after]}
                for p in plan.changes
            ],
            "flows": [{"id": i.flow_id, "name": i.flow, "status": i.status_after} for i in plan.impacted_flows],
        },
    )


def predict_synchronization(plan: SynchronizationPlan, estate: Estate) -> Prediction:
    """Flags, profiles and flows after the plan, including the flags at other masters of the same backups."""
    after = {(p.master.id, p.backup.id): p.synchronized_after for p in plan.to_run}
    reset = {
        (other.id, p.backup.id)
        for p in plan.to_run
        if p.difference  # assumed: a change of the backup's profiles resets its flags at its other masters
        for other in estate.masters_of(p.backup.id)
        if other.id != p.master.id
    }
    masters = {i: estate.products[i] for i in dict.fromkeys(pair[0] for pair in sorted(after.keys() | reset))}
    invalidated: dict[str, Flow] = {flow.id: flow for p in plan.to_run for flow in p.invalidated_flows}
    return merged(
        {},
        {
            "masters": [
                {
                    "id": master.id,
                    "name": master.name,
                    "backups": [
                        _backup_row(b._replace(synchronized=_flag_after((master.id, b.id), b, after, reset)))
                        for b in master.backups
                    ],
                }
                for master in masters.values()
            ],
            "profiles": [
                {
                    "id": p.backup.id,
                    "name": p.backup.name,
                    "copied_from": {"id": p.master.id, "name": p.master.name},
                }
                for p in plan.to_run
                if p.waits
            ],
            "flows": [{"id": flow.id, "name": flow.name, "status": SAVED} for flow in invalidated.values()],
        },
    )


def predict_deployment(plan: DeploymentPlan, estate: Estate) -> Prediction:
    done = [p for p in plan.flows if p.will_run or p.will_join]
    return merged(
        {},
        {
            "flows": [{"id": p.flow.id, "name": p.flow.name, "status": p.status_after} for p in done],
            "deployments": [
                {
                    "flow_id": p.flow.id,
                    "flow": p.flow.name,
                    "products": [
                        {"id": row.product_id, "name": row.product_name, "status": row.status}
                        for row in p.deployments_after(estate)
                    ],
                }
                for p in done
            ],
        },
    )


def _flag_after(
    pair: tuple[str, str],
    backup: Backup,
    after: dict[tuple[str, str], bool | None],
    reset: set[tuple[str, str]],
) -> bool | None:
    return after.get(pair, False if pair in reset else backup.synchronized)


def _backup_row(backup: Backup) -> dict[str, t.Any]:
    return {"id": backup.id, "name": backup.name, "synchronized": backup.synchronized}
