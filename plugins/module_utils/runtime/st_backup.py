# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""st_backup: from options to a plan.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ..cg_api.errors import BadOption
from ..dr.model import ProfileDetail
from ..dr.prediction import predict_topology
from ..dr.topology import Declaration, TopologyPlan, plan_topology, warnings_about_flows
from ..dr.topology_rules import ABSENT, EXACT, PRESENT, TopologyRules
from ..dr.wording import plural
from .brevity import first_lines
from .module import Task
from .options import VERB, limit_from, topology_from
from .st_backup_outcome import MasterOutcome
from .verb import Job, Verb


def plan(task: Task) -> Job:
    planned = _read_and_plan(task, _declared(task.params), _rules(task.params))
    outcomes = [MasterOutcome(p, p.master.name) for p in planned.masters]
    refusal = ""
    if planned.violations:
        lines = [f"- {violation.message} [{violation.rule}]" for violation in planned.violations]
        reasons = "\n".join(first_lines(lines, "violations; all of them are in the result, under violations"))
        refusal = f"The topology has {plural(len(planned.violations), 'violation')}; nothing was changed.\n{reasons}"
    return Job(
        outcomes,
        predicted=lambda: predict_topology(planned),
        warnings=list(planned.warnings),
        refusal=refusal,
        results=lambda: {
            "impacted_flows": [flow._asdict() for outcome in outcomes for flow in outcome.seen.impacted_flows],
            "stale_flows": [flow._asdict() for outcome in outcomes for flow in outcome.seen.stale_flows],
            "violations": [
                violation.as_result()
                for violation in (*planned.violations, *(v for outcome in outcomes for v in outcome.violations))
            ],
        },
        summary=lambda: warnings_about_flows([outcome.seen for outcome in outcomes]),
    )


def _declared(params: dict[str, t.Any]) -> list[Declaration]:
    declared = topology_from(params["topology"])
    if declared is not None:
        return declared
    if params["master"] is None:
        raise BadOption("topology: it is empty or null; give it a list of masters with their backups.")
    if params["backups"] is None:
        raise BadOption("backups: it is null; write [] to mean no backups.")
    if not all(name is not None and name.strip() for name in (params["master"], *params["backups"])):
        raise BadOption("master and backups: one of them names a product by an empty string.")
    return [Declaration(params["master"], tuple(params["backups"]))]


def _rules(params: dict[str, t.Any]) -> TopologyRules:
    protected = params["protected"] or ()
    if not all(name is not None and name.strip() for name in protected):
        raise BadOption("protected: it names a product by an empty string.")
    return TopologyRules(
        state=params["state"] or PRESENT,
        max_removals=limit_from(params, "max_removals"),
        protected=tuple(protected),
        allow_empty=bool(params["allow_empty"]),
        allow_shared_backup=bool(params["allow_shared_backup"]),
        allow_impact=params["on_impact"] != "fail",
    )


def _read_and_plan(task: Task, declared: list[Declaration], rules: TopologyRules) -> TopologyPlan:
    """Reads as little as possible: the named products; everything else only when something changes."""
    references = [entry.master for entry in declared] + [backup for entry in declared for backup in entry.backups]
    if rules.state != PRESENT:  # otherwise nothing is removed, so nothing needs protection
        references += rules.protected
    estate = task.estate(task.cg.products(references, profiles=ProfileDetail.NONE))
    planned = plan_topology(declared, estate, rules)
    needs_all = planned.violations or any(change.added for change in planned.changes)
    if needs_all and not task.cg.has_read_all_products:
        estate = task.estate(task.cg.products(profiles=ProfileDetail.NONE))
        planned = plan_topology(declared, estate, rules)
    if planned.changes:
        removes = any(change.removed for change in planned.changes)
        flows, deployments = task.cg.flows(), task.cg.deployments() if removes else []
        planned = plan_topology(declared, task.estate(estate.products.values(), flows, deployments), rules)
    return planned


def apply(task: Task, job: Job) -> None:
    # Imported only when there is something to do.
    from . import st_backup_apply

    st_backup_apply.apply(task, job)


ST_BACKUP = Verb(
    items="masters",
    noun="master",
    title="backup topology",
    doing="Declare the backups",
    lists=("impacted_flows", "stale_flows", "violations"),
    argument_spec={
        "topology": {"type": "raw"},  # see topology_from
        "master": {"type": "str"},
        "backups": {"type": "list", "elements": "str"},
        "state": {"type": "str", "choices": [PRESENT, EXACT, ABSENT], "default": PRESENT},
        "max_removals": {"type": "str"},
        "protected": {"type": "list", "elements": "str", "default": []},
        "allow_empty": {"type": "bool", "default": False},
        "allow_shared_backup": {"type": "bool", "default": False},
        "on_impact": {"type": "str", "choices": ["warn", "fail"], "default": "warn"},
        **VERB,
    },
    constraints={
        "required_one_of": [("topology", "master")],
        "mutually_exclusive": [("topology", "master"), ("topology", "backups")],
        "required_together": [("master", "backups")],
    },
    plan=plan,
    apply=apply,
)
