# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Random estates and the three verbs in a row, run in this process: against the engine (``engine.py``), which is in
this process too, or over real HTTP against a simulator process."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.client import CentralGovernance
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.errors import BadOption
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.operations import Operation
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.overrides import effective_operations
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.read_once import ReadOnce, ReusesReadings
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.transport import Connection, Transport
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.prediction import packed, unpacked
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.module import Task
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.options import DEFAULT_API_PREFIX
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.report import Report
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.st_backup import ST_BACKUP
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.st_flow_deploy import ST_FLOW_DEPLOY
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.st_sync import ST_SYNC
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.verb import Verb, run

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "integration"))
from harness import Simulator, running_simulator

sys.path.insert(0, str(Path(__file__).parent))
from engine import Engine

Server = Simulator | Engine
__all__ = ["Simulator", "cases", "outcome_of", "pipeline", "read_once", "run_body", "run_task", "running_simulator"]

WAITING = {"wait": True, "wait_timeout": 5.0, "wait_interval": 0.005}
MASTERS, BACKUPS = ["M1", "M2"], ["B1", "B2", "B3", "É <e>"]
FLAGS = st.booleans()


@st.composite
def cases(draw, unusual: bool = True) -> tuple[dict[str, Any], dict[str, Any]]:
    """An estate that is possible in Central Governance, and the options of a pipeline over it.

    Most are valid, so that the pipeline has something to do; with ``unusual`` some break a rule or have a server down.
    """
    is_unusual = unusual and draw(st.integers(0, 3)) == 0
    # Each backup belongs to one master; its master now and its declared master may differ.
    shares = is_unusual and draw(FLAGS)
    owners = st.sampled_from([(), *((master,) for master in MASTERS), *[tuple(MASTERS)] * shares])
    now = {backup: draw(owners) for backup in BACKUPS}
    wanted = {backup: draw(owners) for backup in BACKUPS}
    odd = draw(st.sampled_from(BACKUPS)) if is_unusual else None
    oddness = draw(st.sampled_from([{"version": "5.4"}, {"status": "Ready to register"}, {"type": "TransferCFT"}]))
    # A registered server that is down can be a master or a backup, before or after the run.
    down = draw(st.sampled_from(MASTERS + BACKUPS)) if is_unusual and draw(FLAGS) else None
    down_status = draw(st.sampled_from(["Unreachable", "Stopped"]))
    if odd:
        now[odd] = ()
    flags = {(master, backup): draw(FLAGS) for master in MASTERS for backup in BACKUPS}

    def product(name: str) -> dict[str, Any]:
        backups = [{"name": b, "synchronized": flags[name, b]} for b, masters in now.items() if name in masters]
        return {
            "name": name,
            "type": "SecureTransport",
            "host": "st.example.com",
            "os": "linux-x86-64",
            "version": "5.5",
            "status": down_status if name == down else "Started",
            "profiles": draw(profiles),
            "backups": backups,
            **(oddness if name == odd else {}),
        }

    statuses = ["Saved, not deployed", "Deployed", "Deployed"] + ["Saved"] * is_unusual
    # In Central Governance only a draft can use a synchronized backup directly.
    users = MASTERS + [b for b in BACKUPS if is_unusual and not any(flags[master, b] for master in now[b])]

    def flow(number: int) -> dict[str, Any]:
        source, target = draw(st.sampled_from(users)), draw(st.sampled_from([None, *MASTERS]))
        return {
            "name": f"FLOW_{number}",
            "idf": f"FLOW{number}",
            "status": draw(st.sampled_from(statuses)),
            "sources": [{"product": source}],
            "targets": [{"partner": "BANK"} if target in (None, source) else {"product": target}],
        }

    seed = {
        "products": [product(name) for name in MASTERS + BACKUPS],
        "flows": [flow(number) for number in range(draw(st.integers(0, 4)))],
    }
    options = {
        "topology": [
            {"master": master, "backups": [b for b, wanted_by in wanted.items() if master in wanted_by]}
            for master in draw(st.permutations(MASTERS))
        ],
        # A backup that moves must be taken from its old master: only an exact declaration does that.
        "state": draw(st.sampled_from(["exact", "exact", "absent", "present"] if is_unusual else ["exact"])),
        "allow_flow_invalidation": draw(FLAGS),
        "force": draw(st.sampled_from(["false", "false", "true", "when_different"])),
        "skip_incomplete": draw(FLAGS),
        "allow_shared_backup": shares,
        # Some that are backups now, and some that are not.
        "protected": draw(st.lists(st.sampled_from(BACKUPS), max_size=2, unique=True)) if is_unusual else [],
        "synchronize": draw(st.none() | st.lists(st.sampled_from(MASTERS), min_size=1, unique=True))
        if is_unusual
        else None,
        "flows": draw(st.lists(st.sampled_from([flow["name"] for flow in seed["flows"]]), unique=True))
        if is_unusual and seed["flows"]
        else [],
        "masters": draw(st.lists(st.sampled_from(MASTERS), unique=True)),
    }
    return seed, options


profiles = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(["ssh", "web"]),
            "type": st.just("SERVER"),
            "protocol": st.just("SFTP"),
            "enabled": st.just(True),
            "port": st.sampled_from([22, 23]),
            "clientAuthentication": st.sampled_from(["PASSWORD", "PUBLIC_KEY"]),
        }
    ),
    max_size=2,
    unique_by=lambda profile: profile["name"],
)


def connection_to(cg: Server, max_parallel: int = 8) -> Connection:
    user = {name: cg.connection[name] for name in ("username", "password")}
    return Connection(cg.url, DEFAULT_API_PREFIX, **user, max_parallel=max_parallel)


def read_once(cg: Server) -> ReadOnce:
    """For several predictions in a row."""
    return ReadOnce(transport_of(cg)(connection_to(cg), read_only=True), operations_of(cg))


def operations_of(cg: Server) -> dict[str, Operation]:
    return effective_operations(getattr(cg, "operations", None) or None)


def run_task(
    cg: Server,
    verb: Verb,
    check: bool = False,
    predicted: dict[str, Any] | None = None,
    transport_class: Callable[..., Transport] | None = None,
    max_parallel: int = 8,
    client: CentralGovernance | None = None,
    **options: Any,
) -> Report:
    """A task of one verb, in this process; what is not given has its default."""
    params = {name: option.get("default") for name, option in verb.argument_spec.items()}
    if client is None:
        transport = (transport_class or transport_of(cg))(connection_to(cg, max_parallel), read_only=check)
        client = CentralGovernance(transport, operations_of(cg))
    return run(verb, Task({**params, **WAITING, **options}, check, client, predicted or {}, diff_mode=True))


def transport_of(cg: Server) -> type[Transport]:
    return cg.transport_class if isinstance(cg, Engine) else Transport


def run_body(cg: Simulator, body: Callable[[Task], Report], **options: Any) -> Report:
    """A task of an info module, in this process; what is not given is unset."""
    client = CentralGovernance(Transport(connection_to(cg), read_only=True), effective_operations(None))
    params: dict[str, Any] = {"include_profiles": True, **options}
    try:
        return body(Task(defaultdict(lambda: None, params), False, client, {}))
    except BadOption as error:
        return Report(failure=str(error))


def steps(options: dict[str, Any]) -> list[tuple[Verb, dict[str, Any]]]:
    """The three verbs with the options of each."""
    topology = {name: options[name] for name in ("topology", "state", "allow_shared_backup")}
    topology["protected"] = options.get("protected", [])
    synchronization = {name: options[name] for name in ("allow_flow_invalidation", "force")}
    deployment = {name: options[name] for name in ("flows", "masters", "skip_incomplete")}
    return [
        (ST_BACKUP, {"allow_empty": True, **topology}),
        (ST_SYNC, {"masters": options["synchronize"], **synchronization}),
        (ST_FLOW_DEPLOY, deployment),
    ]


def pipeline(
    cg: Server,
    options: dict[str, Any],
    check: bool,
    transport_class: Callable[..., Transport] | None = None,
    around: Callable[[Verb, dict[str, Any], Callable[[], Report]], Report] = lambda _verb, _params, task: task(),
    max_parallel: int = 8,
    client: CentralGovernance | None = None,
    known: ReadOnce | None = None,
) -> list[Report]:
    """The three verbs in a row, up to the first failure, as the role runs them; ``around`` calls each task.

    ``known`` is what was read for a prediction. As in the role, the verbs plan on it until something is written.
    """
    reports: list[Report] = []
    for verb, params in steps(options):
        if known:
            has_written = bool(cg.writes())
            transport = transport_of(cg)(connection_to(cg, max_parallel))
            operations = operations_of(cg)
            client = (
                CentralGovernance(transport, operations)
                if has_written
                else ReusesReadings(transport, operations, known)
            )
        predicted = unpacked(packed(reports[-1].predicted)) if reports and check else {}
        task = partial(run_task, cg, verb, check, predicted, transport_class, max_parallel, client, **params)
        reports.append(around(verb, params, task))
        if reports[-1].failure:
            break
    return reports


def outcome_of(report: Report) -> dict[str, Any]:
    """What check mode must predict: all but the word ``would_change``, and CG's own text about why a product failed."""
    key, rows = report.items
    words = {"would_change": "changed"}
    in_error = {row["message"] for row in rows if row.get("status_after") == "Deployed in error"} - {""}
    reasons = [line for line in report.failure.replace("would change", "changed").split("\n") if line not in in_error]
    return {
        "changed": report.changed,
        "actions": report.actions,
        "failure": reasons,
        key: [
            {
                **{key: value for key, value in row.items() if key != "assumed"},
                "result": words.get(row["result"], row["result"]),
                **({"message": "in error"} if row.get("message") in in_error else {}),
            }
            for row in rows
        ],
        "diff": (report.before, report.after),
        "results": report.results,
    }
