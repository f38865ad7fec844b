# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The demo: it runs to its end, and it ends with 1 when a claim is not true."""

from __future__ import annotations

import subprocess
import sys

import pytest
from harness import CHECKOUT

DEMO_LIMIT = 600  # seconds; a demo that takes this long hangs


def test_the_demo_succeeds_and_leaves_nothing_running() -> None:
    ran = subprocess.run(
        [sys.executable, "demo/run.py"],
        cwd=CHECKOUT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEMO_LIMIT,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout[-5000:] + ran.stderr
    assert ran.stderr == ""
    assert "Backup product/s ST_LYON are not synchronized with the master product ST_PARIS" in ran.stdout
    assert "[FAILED]" not in ran.stdout
    assert not (CHECKOUT / ".venv" / "demo" / "ready.json").exists()


@pytest.mark.parametrize(
    ("word", "instead", "claim"),
    [
        ("--check", "--diff", "has reads only"),  # a check mode that writes
        ("declare", "nothing", "flows that are still deployed"),  # a step that does not do what it is asked to
    ],
)
def test_a_claim_that_does_not_hold_ends_the_demo_with_1(
    word: str, instead: str, claim: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.syspath_prepend(CHECKOUT / "demo")
    import rehearsal
    import run

    original = rehearsal.Rehearsal._run

    def altered(self: rehearsal.Rehearsal, command: list[str], **how: bool) -> list[dict]:
        return original(self, [instead if part == word else part for part in command], **how)

    monkeypatch.setattr(rehearsal.Rehearsal, "_run", altered)
    assert run.main() == 1
    shown = capsys.readouterr().out
    assert claim in shown.rpartition("[FAILED] This does not hold: ")[2]
    assert not (CHECKOUT / ".venv" / "demo" / "ready.json").exists()
