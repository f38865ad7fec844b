# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What must hold of a task, judged by the simulator's records before and after it, and by what the simulator received.

Of the task's own result, only ``failed`` and ``changed`` are used.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine import Engine

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.calls import Call
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.report import Report
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.st_backup import ST_BACKUP
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.st_flow_deploy import ST_FLOW_DEPLOY
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.st_sync import ST_SYNC
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.verb import Verb
from cg_sim.model import Flow, Product
from cg_sim.rules.deployment import expected_products
from cg_sim.state import State

Options = dict[str, Any]


def backups(state: State) -> dict[str, dict[str, bool]]:
    """Per product its backups with their flags, by name."""
    return {p.name: {state.products[b.id].name: b.synchronized for b in p.backups} for p in state.products.values()}


def profiles(product: Product) -> set[tuple[Any, ...]]:
    """As far as a synchronization makes them equal: the vendor's rule for duplicates, for profiles without TLS."""
    return {tuple(p.get(key) for key in ("name", "type", "protocol", "port")) for p in product.load_profiles()}


def essence(state: State) -> tuple[Any, ...]:
    """What runs are compared by: backups with flags, profiles, the status of each flow, and on what it is deployed."""
    return (
        backups(state),
        {product.name: profiles(product) for product in state.products.values()},
        {flow.name: flow.status for flow in state.flows.values()},
        {
            (flow.name, row.product_name, row.status)
            for flow in state.flows.values()
            for row in state.deployments.get(flow.id, ())
        },
    )


def gate_is_open(state: State, flow: Flow) -> bool:
    masters = [state.products[product_id] for product_id in flow.product_ids() if product_id in state.products]
    return all(backup.synchronized for master in masters for backup in master.backups)


class Judge:
    """Runs tasks against an engine and collects what does not hold, as sentences in ``problems``."""

    def __init__(self, cg: Engine, answers_may_be_wrong: bool = False) -> None:
        """``answers_may_be_wrong``: a fault makes the server's answers wrong, so that the task cannot be right."""
        self.cg = cg
        self.answers_may_be_wrong = answers_may_be_wrong
        self.problems: list[str] = []
        self.cg.hooks = [self._watch_deployments]

    def __call__(self, verb: Verb, options: Options, task: Callable[[], Report], check: bool = False) -> Report:
        cg = self.cg
        before = cg.snapshot()
        cg.forget_journal()
        report = task()
        writes = cg.write_entries()
        seen = cg.snapshot()
        cg.finish_work()
        after = cg.snapshot()
        if check:
            self._expect(not writes and essence(after) == essence(before), verb, "check mode has written")
        else:
            if not before.jobs:  # otherwise work that an earlier run started may end during this one
                self._judge_changed(verb, report, essence(before) != essence(after), writes)
            self._judge_protected(verb, options, before, after)
            if not report.failure and not self.answers_may_be_wrong:
                _JUDGES[verb.items](self, options, before, seen)
        return report

    def _expect(self, holds: bool, verb: Verb, otherwise: str) -> None:
        if not holds:
            self.problems.append(f"{verb.doing}: {otherwise}")

    def _judge_changed(self, verb: Verb, report: Report, differs: bool, writes: list[dict[str, Any]]) -> None:
        text = "something was changed, but the task returned changed=false"
        self._expect(report.changed or not differs, verb, f"{text}: {report.failure}")
        answers = [entry["status"] for entry in writes]
        may_have_worked = self.cg.lost_writes or any(status is None or not 400 <= status < 500 for status in answers)
        is_true = differs or may_have_worked or not report.changed
        self._expect(is_true, verb, "nothing was changed, but the task returned changed=true")

    def _judge_protected(self, verb: Verb, options: Options, before: State, after: State) -> None:
        now = backups(after)
        for master, names in backups(before).items():
            gone = {name for name in options.get("protected", ()) if name in names} - now[master].keys()
            self._expect(not gone, verb, f"protected backups of {master} are gone: {sorted(gone)}")

    def _judge_backups(self, options: Options, before: State, after: State) -> None:
        was, now = backups(before), backups(after)
        wanted = {entry["master"]: set(entry["backups"]) for entry in options["topology"]}
        for master, names in now.items():
            there, declared = set(names), wanted.get(master)
            if declared is None:
                holds = there == set(was[master])
            elif options["state"] == "exact":
                holds = there == declared
            elif options["state"] == "present":
                holds = there == declared | set(was[master])
            else:
                holds = there == set(was[master]) - declared
            self._expect(holds, ST_BACKUP, f"succeeded, but {master} has {sorted(there)}, before {sorted(was[master])}")
            kept = {name: flag for name, flag in was[master].items() if flag and name in there}
            self._expect(all(names[name] for name in kept), ST_BACKUP, f"a backup of {master} lost its flag")

    def _judge_synchronization(self, options: Options, before: State, after: State) -> None:
        was, now = backups(before), backups(after)
        by_name = {product.name: product for product in after.products.values()}
        for master, flags in now.items():
            if options["masters"] is not None and master not in options["masters"]:
                continue
            for backup, flag in flags.items():
                self._expect(flag, ST_SYNC, f"succeeded, but {backup} is not synchronized with {master}")
                is_shared = sum(backup in names for names in now.values()) > 1
                if not is_shared and (not was[master][backup] or options["force"] != "false"):
                    equal = profiles(by_name[master]) == profiles(by_name[backup])
                    self._expect(equal, ST_SYNC, f"succeeded, but profiles of {backup} and {master} differ")

    def _judge_deployment(self, options: Options, before: State, after: State) -> None:
        for flow in after.flows.values():
            users = {after.products[product_id].name for product_id in flow.product_ids()}
            is_named = flow.name in (options["flows"] or ())
            if not is_named and not users & set(options["masters"] or ()):
                was = before.flows[flow.id].status, before.deployments.get(flow.id)
                holds = was == (flow.status, after.deployments.get(flow.id))
                self._expect(holds, ST_FLOW_DEPLOY, f"{flow.name}, which the options do not select, was changed")
                continue
            if flow.status == "Saved" and options["skip_incomplete"] and not is_named:
                continue
            rows = {row.product_id: row.status for row in after.deployments.get(flow.id, ())}
            everywhere = all(rows.get(product.id) == "Deployed" for product in expected_products(after, flow))
            is_deployed = flow.status == "Deployed" and everywhere
            self._expect(is_deployed, ST_FLOW_DEPLOY, f"succeeded, but {flow.name} is {flow.status} on {rows}")

    def _watch_deployments(self, call: Call) -> None:
        """No request to deploy is sent while a gate is closed."""
        if call.operation.name == "deploy_flow" and not self.answers_may_be_wrong:
            state = self.cg.snapshot()
            flow = next(flow for flow in state.flows.values() if f"/{flow.id}/" in call.path)
            text = f"a request to deploy {flow.name} while its gate is closed"
            self._expect(gate_is_open(state, flow), ST_FLOW_DEPLOY, text)


_JUDGES = {
    "masters": Judge._judge_backups,
    "backups": Judge._judge_synchronization,
    "flows": Judge._judge_deployment,
}
