# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""While an action plugin works, Python collects no garbage; objects of that time are not searched for it later."""

from __future__ import annotations

import gc
import subprocess
import sys
from pathlib import Path

import pytest

PLUGIN_UTILS = Path(__file__).resolve().parents[2] / "plugins" / "plugin_utils"
# In a process of its own: what is set aside in it would stay so for the tests that follow.
PROGRAM = """
import gc, sys
sys.path.insert(0, sys.argv[1])
from no_cycles import no_search_for_cycles

searched = []
gc.collect()
gc.callbacks.append(lambda phase, info: searched.append(info["collected"]))
with no_search_for_cycles():
    assert not gc.isenabled()
    for _number in range(100_000):
        cycle = []
        cycle.append(cycle)
assert gc.isenabled()
kept = [[] for _number in range(10_000)]
assert searched and sum(searched) < 1000, searched
"""


def test_objects_of_that_time_are_not_searched_later() -> None:
    subprocess.run([sys.executable, "-c", PROGRAM, str(PLUGIN_UTILS)], check=True)


def test_garbage_collection_that_was_off_stays_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(PLUGIN_UTILS))
    from no_cycles import no_search_for_cycles

    gc.disable()
    try:
        with no_search_for_cycles():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
