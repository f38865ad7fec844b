# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The progress that a long-running module writes, and what its action plugin shows."""

from __future__ import annotations

import itertools
import json
import stat
import threading

import pytest

from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.progress import Progress, so_far
from ansible_collections.mftops.central_governance.plugins.plugin_utils import progress as shown
from ansible_collections.mftops.central_governance.plugins.plugin_utils.progress import Reporter, line_of, pauses


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def path(tmp_path):
    return tmp_path / "state"


def test_a_line_shows_what_is_waited_for_how_much_is_done_and_the_limit(path, clock):
    lines = []
    progress = Progress(str(path), clock=clock)
    progress.begin("reading", title="Synchronize the backups")
    progress.begin("waiting", 600)
    progress.say(so_far(40, 0, [f"ST_{number}" for number in range(28)]))
    clock.now += 90.9
    Reporter(path, "cg1", 30, lines.append, clock).show_state()
    assert lines == [
        "[cg1]: Synchronize the backups: 12 of 40 done, waiting for ST_0, ST_1 and 26 more, 01:30 of 10:00"
    ]


def test_a_poll_that_failed_is_reported(path, clock):
    progress = Progress(str(path), clock=clock)
    progress.begin("", title="Deploy the flows")
    progress.say(so_far(3, 1, ["F"], "GET /flows: no answer from https://cg within 30 s."))
    state = json.loads(path.read_text())
    assert line_of(state, clock()) == (
        "Deploy the flows: 2 of 3 done, 1 of them failed, waiting for F, the last poll failed (GET /flows: no "
        "answer from https://cg within 30 s), 00:00 so far"
    )


def test_secrets_and_control_characters_are_removed(path, clock):
    """A name from the server: secrets are scrubbed, and no control character reaches the terminal."""
    progress = Progress(str(path), lambda text: text.replace("s3cret", "********"), clock)
    progress.begin("waiting for \x1b[2J\nTASK [s3cret] \ud800 \u202e", title="T")
    assert json.loads(path.read_text())["text"] == "T: waiting for [2J TASK [********]"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [file.name for file in path.parent.iterdir()] == ["state"]


def test_without_a_usable_file_nothing_is_written_and_nothing_fails(tmp_path, monkeypatch):
    for place in (None, str(tmp_path / "no" / "such")):
        progress = Progress(place)
        progress.begin("x", title="T")
        assert progress.counted(str, 1, "done")(7) == "7"
    monkeypatch.delenv("CG_PROGRESS_FILE", raising=False)
    Progress.from_environment(str).begin("x", title="T")
    target = tmp_path / "other"
    target.write_text("kept")
    (tmp_path / "state.part").symlink_to(target)
    Progress(str(tmp_path / "state")).begin("x", title="T")
    assert target.read_text() == "kept"


def test_work_of_several_threads_is_counted(path, clock):
    progress = Progress(str(path), clock=clock)
    progress.begin("", title="T")

    def fails_at_3(number: int) -> None:
        clock.now += 1
        if number == 3:
            raise KeyError

    work = progress.counted(fails_at_3, 4, "requests answered")
    for number in range(3):
        work(number)
    assert json.loads(path.read_text())["text"] == "T: 3 of 4 requests answered"
    with pytest.raises(KeyError):
        work(3)
    assert json.loads(path.read_text())["text"] == "T: 4 of 4 requests answered"


def test_the_time_between_lines_grows():
    times = list(itertools.accumulate(itertools.islice(pauses(30), 7)))
    assert times == [30, 60, 120, 240, 360, 480, 600]


def test_the_reporter_ends_with_the_module_and_leaves_no_thread(path, clock):
    path.write_text(json.dumps({"text": "T: x", "since": 100, "limit": None}))
    said = threading.Event()
    with Reporter(path, "", 0.001, lambda line: said.set(), clock):
        assert said.wait(60)
    assert "progress" not in {thread.name for thread in threading.enumerate()}
    with pytest.raises(KeyboardInterrupt), Reporter(path, "", 1000, lambda line: None, clock):
        raise KeyboardInterrupt
    assert "progress" not in {thread.name for thread in threading.enumerate()}


@pytest.mark.parametrize("content", [None, "", "{", "[]", "{}", '{"text": "x", "since": "y", "limit": null}', "\u00ff"])
def test_a_file_that_is_missing_or_no_state_shows_nothing(path, clock, content):
    lines = []
    if content is not None:
        path.write_text(content, encoding="latin-1")
    Reporter(path, "", 30, lines.append, clock).show_state()
    assert lines == []


@pytest.mark.parametrize(
    ("option", "environment", "seconds"),
    [
        (None, None, 30), (None, "", 30), (None, "5", 5), ("2.5", "5", 2.5), (0, "5", 0), (None, "0", 0), (-1, None, 0),
        ("often", "5", 0), ("nan", None, 0), ("inf", None, 0), (1e300, None, 0), ([], None, 0),
    ],
)  # fmt: skip
def test_the_interval_is_an_option_else_in_the_environment(monkeypatch, option, environment, seconds):
    monkeypatch.delenv("CG_PROGRESS_INTERVAL", raising=False)
    if environment is not None:
        monkeypatch.setenv("CG_PROGRESS_INTERVAL", environment)
    assert shown._interval(option) == seconds


@pytest.mark.parametrize(("callback", "stderr"), [("default", False), ("ansible.posix.json", True)])
def test_output_for_programs_stays_readable(monkeypatch, callback, stderr):
    calls = []
    monkeypatch.setattr(shown.constants, "DEFAULT_STDOUT_CALLBACK", callback)
    monkeypatch.setattr(shown.Display, "display", lambda self, line, **how: calls.append((line, how)))
    shown.show("line")
    assert calls == [("line", {"stderr": stderr})]
