# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The dataset: what the audit found, and never more than it assessed."""

from __future__ import annotations

import pytest
import samples

from ansible_collections.mftops.central_governance.plugins.plugin_utils.report import outcome, page


def unread(audit, source):
    for row in audit["coverage"]["sources"]:
        if row["source"] == source:
            row.update(state="not_read", why="GET /products: connection refused")
    return audit


def test_an_audit_without_products_assessed_nothing():
    assert samples.dataset()["assessed"]
    assert not samples.dataset(unread(samples.example(), "products"))["assessed"]
    assert samples.dataset(unread(samples.example(), "deployments"))["assessed"]


def test_drift_is_false_only_where_it_was_assessed():
    def drift(found, **states):
        audit = {**samples.example(), "drift": found}
        for rule in audit["coverage"]["rules"]:
            rule["state"] = states.get(rule["rule"], rule["state"])
        return samples.dataset(audit)["drift"]

    assert drift(True) is True
    assert drift(False) is False
    assert drift(False, missing_backup="not_assessed") is None
    assert drift(False, undeclared_backup="in_part") is None
    assert drift(True, undeclared_backup="in_part") is True
    assert drift(False, undeclared_backup="ignored") is False
    audit = {**samples.example(), "drift": False, "declaration": {"given": False}}
    assert samples.dataset(audit)["drift"] is None


def test_nothing_became_better_or_worse_without_an_earlier_audit():
    changes = {"since": None, "new": ["a"], "resolved": [], "unchanged": [], "became": "same"}
    made = samples.dataset({**samples.example(), "changes": changes})
    assert made["changes"] is None
    assert outcome.statistics(made, {})["dr_became"] is None
    assert "previous audit" not in page.render(made)


@pytest.mark.parametrize("word", ["", None, "FINE", "ready"])
def test_an_unrecognized_verdict_is_unknown(word):
    audit = {**samples.example(), "verdict": word}
    audit["masters"][0]["verdict"] = word
    made = samples.dataset(audit)
    assert made["verdict"] == made["masters"][0]["verdict"] == "UNKNOWN"


def test_keys_that_a_later_audit_adds_are_kept_where_they_belong():
    audit = samples.example()
    audit["masters"][0]["site"] = "Paris"
    audit["findings"][0]["ticket"] = "CHG1"
    made = samples.dataset(audit)
    assert made["masters"][0]["site"] == "Paris"
    assert made["findings"][0]["ticket"] == "CHG1"
