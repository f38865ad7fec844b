# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The plan of a run: what it would do, as a document that a person can approve, and how a run differs from its plan.

PRIVATE to the collection: it may change at any time.

A plan is plain data::

    format:       1
    made:         2026-03-01T02:00:00Z            when it was predicted (UTC)
    url:          https://cg.example.com:6900     which Central Governance; empty when not known
    declaration:  {dr_topology: [...], dr_state: exact, ...}    the variables that decide what is done
    declaration_sha256: ...
    steps:
      declare:
        actions:  [Add ST_LILLE to the backups of ST_PARIS, ...]
        objects:  [{id, name, before: {...}, after: {...}}, ...]    without those that would not change
    sha256:       ...                             over url, declaration and steps

It contains no secrets, since connection options are not part of it.
"""

from __future__ import annotations

import hashlib
import json
import typing as t
from urllib.parse import urlsplit, urlunsplit

from .steps import DECLARE, DEPLOY, STEPS, SYNCHRONIZE, Result, Step, actions, did_run, rows

FORMAT = 1
SHOWN = 20  # differences that a message lists
VALUES_SHOWN = 200  # characters; the values of a variable are not shown when both together are longer
Plan = dict[str, t.Any]
# The role's variables that decide what is done; the others set how long to wait, what to print and how to connect.
DECIDING = (
    "dr_topology", "dr_masters", "dr_flows", "dr_state", "dr_on_impact", "dr_max_removals", "dr_protected",
    "dr_allow_empty", "dr_allow_shared_backup", "dr_force_sync", "dr_max_profile_removals",
    "dr_allow_flow_invalidation", "dr_redeploy", "dr_force_deploy", "dr_skip_incomplete", "dr_wait",
    "dr_continue_on_error",
)  # fmt: skip


class WrongPlan(ValueError):
    """The document is not a plan, or is incomplete. The message is a sentence without a subject, which is the path."""


def make_plan(predictions: t.Mapping[str, Result], declaration: t.Mapping[str, t.Any], url: str, made: str) -> Plan:
    steps = {}
    for step in STEPS:
        result = predictions.get(step.name) or {}
        if did_run(result):
            steps[step.name] = {"actions": actions(result), "objects": _objects(step, result)}
    plan: Plan = {
        "format": FORMAT,
        "made": made,
        "url": _without_credentials(url),
        "declaration": {name: declaration.get(name) for name in DECIDING},
        "steps": steps,
    }
    plan = json.loads(json.dumps(plan))  # plain data instead of Ansible's own types
    plan["declaration_sha256"] = _digest(plan["declaration"])
    plan["sha256"] = _digest_of(plan)
    return plan


def check_plan(plan: t.Any) -> Plan:
    """The plan, when it is one. Raises WrongPlan."""
    if not isinstance(plan, dict) or not {"format", "declaration", "steps", "sha256"} <= plan.keys():
        raise WrongPlan("is not a plan of the role dr.")
    if plan["format"] != FORMAT:
        raise WrongPlan("was made by another version of this collection; make it again.")
    if plan["sha256"] != _digest_of(plan):
        raise WrongPlan("does not match its own checksum: it was edited or is incomplete; make it again.")
    return plan


def differences(approved: Plan, now: Plan) -> list[str]:
    """The differences between the approved plan and what a run would do now, in sentences."""
    sentences = []
    if approved.get("url") and now["url"] and approved["url"] != now["url"]:
        sentences.append(f"The plan was made for {approved['url']}, this run works on {now['url']}.")
    declared, wanted = approved["declaration"], now["declaration"]
    sentences += [
        _variable_differs(name, declared.get(name), wanted.get(name))
        for name in DECIDING
        if declared.get(name) != wanted.get(name)
    ]
    for step in STEPS:
        planned, current = approved["steps"].get(step.name), now["steps"].get(step.name)
        if planned is None and current is not None:
            sentences.append(f"{step.title}: the plan does not have this step.")
        elif current is None and planned is not None:
            sentences.append(f"{step.title}: the plan has this step, this run does not.")
        elif planned != current:
            sentences += [f"{step.title}: {sentence}" for sentence in _step_differences(planned, current)]
    return sentences


def shortened(sentences: t.Sequence[str]) -> list[str]:
    shown = list(sentences[:SHOWN])
    return [*shown, f"... and {len(sentences) - SHOWN} more differences."] if len(sentences) > SHOWN else shown


def _variable_differs(name: str, planned: t.Any, current: t.Any) -> str:
    shown, shown_now = _shown(planned), _shown(current)
    if len(shown) + len(shown_now) > VALUES_SHOWN:
        return f"{name} has changed since the plan was made."
    return f"{name} was {shown} when the plan was made, and is {shown_now} now."


def _step_differences(planned: Plan, current: Plan) -> t.Iterator[str]:
    yield from (f"it would now also do this: {action}." for action in _without(current["actions"], planned["actions"]))
    yield from (f"it would no longer do this: {action}." for action in _without(planned["actions"], current["actions"]))
    before = {item["id"]: item for item in planned["objects"]}
    now = {item["id"]: item for item in current["objects"]}
    for key in dict.fromkeys([*before, *now]):
        if key not in now:
            yield f"{before[key]['name']} would no longer change."
        elif key not in before:
            yield f"{now[key]['name']} would change too: {_change_of(now[key])}."
        else:
            yield from _object_differences(before[key], now[key])


def _change_of(item: Plan) -> str:
    keys = dict.fromkeys([*item["before"], *item["after"]])
    return "; ".join(
        f"{key} {_shown(item['before'][key])} -> {_shown(item['after'].get(key))}"
        if key in item["before"]
        else f"{key} {_shown(item['after'][key])}"
        for key in keys
    )


def _object_differences(planned: Plan, current: Plan) -> t.Iterator[str]:
    for side, word in (("before", "is"), ("after", "would become")):
        for key in dict.fromkeys([*planned[side], *current[side]]):
            old, new = planned[side].get(key), current[side].get(key)
            if old != new:
                yield f"{current['name']}: {key} {word} {_shown(new)}; in the plan {_shown(old)}."


def _without(items: list[str], removed: list[str]) -> list[str]:
    known = set(removed)
    return [item for item in items if item not in known]


def _objects(step: Step, result: Result) -> list[dict[str, t.Any]]:
    """The objects that change, by businessId if the rows have it, since names may be ambiguous."""
    objects = [_OBJECT[step.name](row) for row in rows(step, result) if row.get("result") != "unchanged"]
    for row in (result.get("impacted_flows") or ()) if step is DECLARE else ():
        objects.append(
            _object(
                (row.get("flow_id") or row.get("flow"), row.get("master_id") or row.get("master")),
                f"the flow {row.get('flow')}",
                {"status": row.get("status_before")},
                {"status": row.get("status_after")},
            )
        )
    return objects


def _object(key: tuple[t.Any, ...], name: str, before: dict[str, t.Any], after: dict[str, t.Any]) -> dict[str, t.Any]:
    return {"id": " ".join(str(part) for part in key), "name": name, "before": before, "after": after}


def _master(row: Result) -> dict[str, t.Any]:
    return _object(
        (row.get("master_id") or row.get("master"),),
        str(row.get("master")),
        {"backups": row.get("before")},
        {"backups": row.get("after")},
    )


def _backup(row: Result) -> dict[str, t.Any]:
    changes = ("profiles_removed", "profiles_replaced", "profiles_created", "invalidated_flows")
    return _object(
        (row.get("backup_id") or row.get("backup"), row.get("master_id") or row.get("master")),
        f"{row.get('backup')} of {row.get('master')}",
        {"synchronized": row.get("synchronized_before")},
        {
            "synchronized": row.get("synchronized_after"),
            **{key.replace("_", " "): row[key] for key in changes if row.get(key)},
        },
    )


def _flow(row: Result) -> dict[str, t.Any]:
    return _object(
        (row.get("flow_id") or row.get("flow"),),
        str(row.get("flow")),
        {"status": row.get("status_before")},
        {"status": row.get("status_after"), "products": row.get("products")},
    )


_OBJECT: dict[str, t.Callable[[Result], dict[str, t.Any]]] = {
    DECLARE.name: _master,
    SYNCHRONIZE.name: _backup,
    DEPLOY.name: _flow,
}


def _digest_of(plan: Plan) -> str:
    return _digest({key: plan.get(key) for key in ("format", "url", "declaration", "steps")})


def _digest(data: t.Any) -> str:
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _without_credentials(url: str) -> str:
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def _shown(value: t.Any) -> str:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        text = ", ".join(value) or "none"
    elif isinstance(value, str):
        text = value
    elif value is None:
        text = "not given"
    else:
        text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 200 else f"{text[:200]}..."
