# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The three verbs share one module, so that Ansible builds its payload once; for users they are three modules."""

from __future__ import annotations

import re

from estates import SFTP, product, unsynchronized
from harness import run_tasks

COLLECTION = "mftops.central_governance"
# What each requires, and an option that only this one has.
VERBS = {
    "st_backup": ({"master": "PARIS", "backups": ["LYON"]}, "on_impact"),
    "st_sync": ({}, "max_profile_removals"),
    "st_flow_deploy": ({"masters": ["PARIS"]}, "redeploy"),
}


def test_one_payload_with_the_options_and_the_names_of_each(simulator):
    estate = {"products": [product("PARIS", profiles=[SFTP], backups=unsynchronized("LYON")), product("LYON")]}
    cg = simulator(estate, variants={"sync": "immediate"})
    wrong = [
        {"name": f"wrong {verb}", f"{COLLECTION}.{verb}": {**required, "bogus": 1}, "ignore_errors": True}
        for verb, (required, _own) in VERBS.items()
    ]
    run = run_tasks(
        *wrong,
        {"name": "alone", f"{COLLECTION}.dr_verb": {}, "ignore_errors": True},
        # A variable in the environment of the task must not choose the verb.
        {"name": "sync", f"{COLLECTION}.st_sync": {"masters": ["PARIS"]}, "environment": {"CG_VERB": "st_backup"}},
        {"name": "background", f"{COLLECTION}.st_flow_deploy": {"masters": ["PARIS"]}, "async": 60, "poll": 1},
        connection=cg.connection,
        arguments=("-vvv",),
    ).succeeded()
    assert set(re.findall(r"Using module file .*/(\w+)\.py", run.stdout)) == {"dr_verb", "async_status"}
    every_own = [own for _required, own in VERBS.values()]
    for verb, (_required, own) in VERBS.items():
        message = run.of(f"wrong {verb}")["msg"]
        assert message.startswith(f"Unsupported parameters for ({COLLECTION}.{verb}) module: bogus."), message
        assert [name for name in every_own if name in message] == [own]
    assert "Use one of these modules. Nothing was changed." in run.of("alone")["msg"]
    synchronized = run.of("sync")
    assert [row["result"] for row in synchronized["backups"]] == ["changed"]
    assert synchronized["invocation"]["module_args"]["masters"] == ["PARIS"]
    assert "topology" not in synchronized["invocation"]["module_args"]
    assert run.of("background")["flows"] == []
    assert cg.connection["password"] not in run.output
