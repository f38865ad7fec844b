# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A report is written completely or not at all."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading

import pytest

from ansible_collections.mftops.central_governance.plugins.plugin_utils.report import files


def names(directory):
    return sorted(path.name for path in directory.iterdir())


def test_files_are_written_with_their_mode_and_nothing_is_left_beside_them(tmp_path):
    place = tmp_path / "new" / "folder"
    files.write(place, {"a": b"1", "b": b"2"}, 0o640)
    assert names(place) == ["a", "b"]
    assert stat.S_IMODE((place / "a").stat().st_mode) == 0o640
    assert files.differing(place, {"a": b"1", "b": b"2"}) == []
    assert files.differing(place, {"a": b"1", "b": b"3", "c": b""}) == ["b", "c"]


def test_nothing_is_replaced_when_one_file_cannot_be_written(tmp_path):
    files.write(tmp_path, {"a": b"good", "b": b"good"}, 0o644)
    with pytest.raises(FileNotFoundError):
        files.write(tmp_path, {"a": b"bad", "b": b"bad", "no/such/folder": b""}, 0o644)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() == b"good"
    assert names(tmp_path) == ["a", "b"]


def test_a_full_disk_leaves_the_good_report(tmp_path):
    """A limit on the size of files does what a full disk does: writing fails in the middle."""
    files.write(tmp_path, {"a": b"good"}, 0o644)
    program = (
        "import resource, signal, sys, pathlib; sys.path[:0] = sys.argv[2:]\n"
        "from ansible_collections.mftops.central_governance.plugins.plugin_utils.report import files\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))\n"
        "files.write(pathlib.Path(sys.argv[1]), {'a': b'x' * 100000}, 0o644)"
    )
    path = [entry for entry in sys.path if entry.endswith("collections")]
    ran = subprocess.run([sys.executable, "-c", program, tmp_path, *path], capture_output=True, text=True, check=False)
    assert "OSError: [Errno 27]" in ran.stderr
    assert (tmp_path / "a").read_bytes() == b"good"
    assert names(tmp_path) == ["a"]


def test_a_reader_never_sees_a_partial_file(tmp_path):
    contents = [bytes([letter]) * 200_000 for letter in b"ab"]
    files.write(tmp_path, {"report": contents[0]}, 0o644)
    seen, done = set(), threading.Event()

    def read():
        while not done.is_set():
            seen.add((tmp_path / "report").read_bytes())

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(50):
        files.write(tmp_path, {"report": contents[number % 2]}, 0o644)
    done.set()
    reader.join()
    assert seen <= set(contents)


def test_a_kept_copy_stays_when_the_report_is_replaced(tmp_path):
    files.write(tmp_path, {"report.json": b"first"}, 0o644)
    files.keep_a_copy(tmp_path / "report.json", "kept.json")
    files.write(tmp_path, {"report.json": b"second"}, 0o644)
    assert (tmp_path / "kept.json").read_bytes() == b"first"
    files.keep_a_copy(tmp_path / "report.json", "kept.json")
    assert (tmp_path / "kept.json").read_bytes() == b"second"
    assert names(tmp_path) == ["kept.json", "report.json"]
    assert os.stat(tmp_path / "report.json").st_nlink == 2
