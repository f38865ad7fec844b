# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a report means for the run: it fails for the verdicts that an option selects."""

from __future__ import annotations

import pytest
import samples

from ansible_collections.mftops.central_governance.plugins.plugin_utils.report import outcome


@pytest.mark.parametrize(
    ("fail_on", "failing"),
    [
        ("never", set()),
        ("critical", {"NOT_READY", "UNKNOWN"}),
        ("warning", {"NOT_READY", "UNKNOWN", "DEGRADED"}),
    ],
)
def test_a_run_fails_for_its_verdicts_and_unknown_is_never_ready(fail_on, failing):
    for verdict in ("READY", "DEGRADED", "UNKNOWN", "NOT_READY", "a new word"):
        failure = outcome.failure_of(samples.dataset({"verdict": verdict}), fail_on, 20)
        assert bool(failure) == (verdict in failing or (verdict.startswith("a ") and fail_on != "never")), verdict


def test_the_failure_lists_what_made_it_fail():
    lines = outcome.failure_of(samples.dataset(), "critical", 20).splitlines()
    assert lines[0] == "NOT_READY: 3 of 5 masters are not ready to fail over."
    assert "  critical: ST_STUTTGART is not synchronized with its master ST_FRANKFURT." in lines
    assert any(line.startswith("  not assessed: Whether the certificates") for line in lines)
    assert len(lines) == 1 + 4 + 1
    assert "Unreachable" not in "\n".join(lines)  # accepted
    assert any("drill" in line for line in outcome.failure_of(samples.dataset(), "warning", 20).splitlines())


def test_a_failure_stays_short_in_a_large_estate():
    text = outcome.failure_of(samples.dataset(samples.large()), "warning", 20)
    assert len(text) < 5000
    assert "and 1553 more findings, see the report" in text


def test_an_acceptance_that_matches_nothing_is_reported():
    why = "It is resolved, is not a part of this audit, or a name in the acceptance is wrong."
    (line,) = outcome.unused_acceptances(samples.dataset(), 20)
    what = "version_drift (master ST_MILAN, backup *)"
    assert line == f"  accepted by MFT operations Italy, and not found: {what}. {why}"
    audit = samples.example()
    audit["coverage"]["accepted_unused"] *= 30
    lines = outcome.unused_acceptances(samples.dataset(audit), 2)
    assert lines == [line, line, "  and 28 acceptances that match nothing, see the report"]
    assert outcome.unused_acceptances(samples.unreadable(), 20) == []


def test_the_statistics_stay_small():
    made = outcome.statistics(samples.dataset(samples.large()), {"json": "/x/report.json"})
    assert made["dr_verdict"] == "NOT_READY"
    assert made["dr_drift"] is True
    assert made["dr_became"] == "worse"
    assert made["dr_score"] == 45
    assert made["dr_report"] == {"json": "/x/report.json"}
    assert len(str(made)) < 1000


def test_the_statistics_of_an_unread_estate_are_unknown():
    made = outcome.statistics(samples.unreadable(), {})
    assert (made["dr_verdict"], made["dr_drift"], made["dr_became"], made["dr_score"]) == ("UNKNOWN", None, None, None)
