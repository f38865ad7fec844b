# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a failing audit of a large estate prints, and what it leaves for the file."""

from __future__ import annotations

import json
from types import SimpleNamespace

from auditing import audited, declared
from building import product

from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.brevity import (
    FAILURE_LIMIT,
    short_failure,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.st_dr_audit import _report

MASTERS = 1000
PARAMS = {
    "state": "exact", "masters": [f"MASTER_{number:04}" for number in range(MASTERS)], "fail_on": "critical",
    "certificate_warning_days": 30, "severity": {}, "rpo_target": None, "drill_interval_days": None, "ledger": None,
}  # fmt: skip


def test_a_failing_audit_of_a_thousand_masters_prints_no_more_than_a_person_can_read():
    products = []
    for number in range(MASTERS):
        name = f"MASTER_{number:04}"
        products += [product(name, f"{name}_A {name}_B!"), product(f"{name}_A"), product(f"{name}_B", version="5.4")]
    topology = declared(**{f"MASTER_{number:04}": f"MASTER_{number:04}_A" for number in range(MASTERS)})
    report = _report(SimpleNamespace(params=PARAMS), audited(*products, topology=topology), None, None)
    whole = {"msg": report.failure, **report.as_result(0)}
    assert len(json.dumps(whole)) > 50 * FAILURE_LIMIT

    short = short_failure(whole, report.lists)
    assert len(json.dumps(short)) <= FAILURE_LIMIT
    assert (short["verdict"], short["counts"], short["score"]) == (whole["verdict"], whole["counts"], whole["score"])
    assert len(short["estate"]) + short["omitted"]["estate"] == MASTERS
    assert short["omitted"].keys() >= {"masters", "findings", "declaration.topology", "settings.masters"}
    assert len(short["declaration"]["topology"]) + short["omitted"]["declaration.topology"] == MASTERS
    assert short["findings"] and short["findings"] == whole["findings"][: len(short["findings"])]
