# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is printed stays short whatever the estate, and what is left out is counted."""

from __future__ import annotations

import difflib
import errno
import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.errors import BadOption
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.brevity import (
    FAILURE_LIMIT,
    LONGEST_MESSAGE,
    first_lines,
    one_line_each,
    short_failure,
    short_message,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.result_file import (
    check_place,
    write_result,
)

WORDS = st.sampled_from(["failed", "timed_out", "not_tried", "changed", "unchanged"])
ROWS = st.lists(st.fixed_dictionaries({"result": WORDS, "flow": st.text(max_size=20)}), max_size=400)


@given(ROWS, st.integers(0, 400), st.integers(0, 400))
def test_a_short_failure_fits_and_counts_what_it_omits(rows, actions, predicted):
    result = {
        "changed": True,
        "flows": rows,
        "actions": [f"Deploy {number}" for number in range(actions)],
        "predicted": {"flows": [{"id": str(number)} for number in range(predicted)]},
    }
    short = short_failure(result, ["actions", "flows"], limit=6000)
    assert len(json.dumps(short)) <= 6000
    omitted = short.get("omitted", {})
    assert len(short["flows"]) + omitted.get("flows", 0) == len(rows)
    # Rows that did not fail are omitted before those that did.
    if omitted.get("flows"):
        kept, bad = [row["result"] for row in short["flows"]], ("failed", "timed_out")
        if any(word not in bad for word in kept):
            assert sum(word in bad for word in kept) == sum(row["result"] in bad for row in rows)


def test_ten_drafts_among_a_thousand_flows():
    rows = [
        {
            "flow": f"FLOW_{n:04}",
            "flow_id": "0" * 36,
            "result": "failed" if n % 100 == 0 else "not_tried",
            "message": "",
        }
        for n in range(1000)
    ]
    actions = [f"Deploy FLOW_{n:04} (ST_PARIS (ST_LYON) -> BANK): its status is" for n in range(1000)]
    result = {"msg": "It failed.", "changed": False, "flows": rows, "actions": actions, "predicted": {}}
    short = short_failure(result, ["actions", "flows"])
    assert FAILURE_LIMIT / 2 < len(json.dumps(short)) <= FAILURE_LIMIT
    assert short["omitted"]["flows"] + len(short["flows"]) == 1000
    assert short["actions"][-1].startswith(f"... and {short['omitted']['actions']} more")


def test_known_failures_are_kept_before_assumed_ones():
    rows = [{"flow": f"F{n}", "result": "failed", "assumed": n != 999, "message": "x" * 100} for n in range(1000)]
    short = short_failure({"flows": rows}, ["flows"])
    assert short["flows"][0]["flow"] == "F999"


def test_results_that_differ_only_in_the_omitted_part_stay_different():
    actions = [f"Deploy FLOW_{n:04} on a product with a long name" for n in range(1000)]
    one, other = (
        short_failure({"actions": a}, ["actions"]) for a in (actions, [*actions[:-1], "Deploy something else"])
    )
    assert one["actions"][:-1] == other["actions"][:-1]
    assert one != other


def test_lines_beyond_the_limit_are_counted():
    assert first_lines(["a"] * 20, "reasons") == ["a"] * 20
    assert first_lines([str(n) for n in range(1000)], "reasons")[-1] == "... and 980 more reasons."


def test_a_long_message_is_cut_at_the_end_of_a_line():
    assert short_message("short\nenough") == "short\nenough"
    text = short_message("\n".join(["x" * 700] * 100))
    assert len(text) <= LONGEST_MESSAGE
    assert text.splitlines()[-2] == "x" * 700
    assert text.splitlines()[-1].startswith("...")
    assert len(short_message("x" * 100_000)) <= LONGEST_MESSAGE


def test_a_diff_of_many_objects_has_a_line_for_each_up_to_the_limit_and_a_count():
    changes = [
        ({"backups": {f"M{n}": []}, "flows": {}}, {"backups": {f"M{n}": ["B"]}, "flows": {}}) for n in range(5000)
    ]
    before, after = one_line_each(changes, 200)
    shown = list(difflib.unified_diff(before.splitlines(), after.splitlines()))
    assert '+backups: {"M199": ["B"]}' in shown
    assert "+... and 4800 more objects that differ (after)" in shown
    assert len(shown) < 450


class Module:
    no_log_values = {"secret word"}


def test_the_result_file_is_whole_masked_and_replaced_at_once(tmp_path):
    path = tmp_path / "result.json"
    path.write_text("an older one")
    assert write_result(Module(), str(path), {"flows": ["Überweisungen"], "msg": "with the secret word in it"}) == ""
    text = path.read_text(encoding="utf-8")
    assert json.loads(text)["flows"] == ["Überweisungen"]
    assert "secret word" not in text
    assert [file.name for file in tmp_path.iterdir()] == ["result.json"]


def test_a_result_with_half_a_pair_of_surrogates_is_written_anyway(tmp_path):
    path = tmp_path / "result.json"
    assert write_result(Module(), str(path), {"flows": ["\ud800"]}) == ""
    assert json.loads(path.read_text(encoding="utf-8"))["flows"] == ["\ud800"]


def test_a_result_file_that_cannot_be_written_keeps_the_older_one(tmp_path, monkeypatch):
    def full(_descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    path = tmp_path / "result.json"
    path.write_text("an older one")
    assert "No space left" in write_result(Module(), str(path), {"flows": []})
    assert path.read_text() == "an older one"
    assert [file.name for file in tmp_path.iterdir()] == ["result.json"]


@pytest.mark.parametrize("path", ["{}", "{}/missing/result.json"])
def test_a_path_that_cannot_be_a_file_is_reported_before_anything_is_done(tmp_path, path):
    with pytest.raises(BadOption, match="result_file"):
        check_place(path.format(tmp_path))
    check_place(f"{tmp_path}/result.json")
    check_place(None)
