# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ledger: records are kept, changes to them are found, and crashes and concurrent writers damage nothing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.errors import BadOption
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.ledger import (
    AUDIT,
    BEGIN,
    Chain,
    LedgerBroken,
    Tail,
    next_line,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.ledger_file import LedgerFile

AT = "2026-11-25T21:00:03Z"
HOSTILE = {"name": 'Żywiec\n"<1>\u2028 \ud800', "n": 1.5}


@pytest.fixture
def ledger(tmp_path: Path) -> LedgerFile:
    ledger = LedgerFile(str(tmp_path / "ledger.jsonl"), "path")
    ledger.begin(AT, {})
    return ledger


def contents(ledger: LedgerFile) -> list[dict]:
    with ledger.records() as chain:
        return [record["data"] for record in chain]


def lines(ledger: LedgerFile) -> list[bytes]:
    return Path(ledger.path).read_bytes().splitlines(keepends=True)


def test_records_are_read_in_the_order_in_which_they_were_appended(ledger):
    for number in range(3):
        appended = ledger.append(AUDIT, AT, {"number": number, **HOSTILE})
        assert appended.seq == number + 2
    assert [data.get("number") for data in contents(ledger)] == [None, 0, 1, 2]
    assert contents(ledger)[1]["name"] == HOSTILE["name"]
    assert len(lines(ledger)) == 4, "one line each, whatever the names hold"


def test_beginning_an_existing_ledger_does_nothing(ledger):
    ledger.append(AUDIT, AT, {})
    before = lines(ledger)
    assert ledger.begin(AT, {}) is None
    assert lines(ledger) == before


def test_a_missing_or_empty_ledger_is_not_created_by_an_append(tmp_path):
    ledger = LedgerFile(str(tmp_path / "none"), "ledger")
    with pytest.raises(BadOption, match="ledger: .*none: there is no such file. .* never started automatically"):
        ledger.append(AUDIT, AT, {})
    (tmp_path / "none").touch()
    with pytest.raises(BadOption, match="it has no record; begin it"):
        ledger.append(AUDIT, AT, {})
    assert (tmp_path / "none").read_bytes() == b""


@pytest.mark.parametrize("damage", ["edit", "remove", "swap", "insert", "spaces", "text"])
@pytest.mark.parametrize("line", [1, 2, 4])
def test_a_changed_line_is_reported_with_its_number(ledger, damage, line):
    for number in range(4):
        ledger.append(AUDIT, AT, {"number": number})
    whole = lines(ledger)
    at = line - 1
    damaged = {
        "edit": [*whole[:at], whole[at].replace(b"2026", b"2025"), *whole[line:]],
        "remove": [*whole[:at], *whole[line:]],
        "swap": [*whole[:at], whole[line], whole[at], *whole[line + 1 :]],
        "insert": [*whole[:at], whole[1] if line == 1 else whole[0], *whole[at:]],
        "spaces": [*whole[:at], whole[at].replace(b":", b": ", 1), *whole[line:]],
        "text": [*whole[:at], b"nothing happened here\n", *whole[line:]],
    }[damage]
    Path(ledger.path).write_bytes(b"".join(damaged))
    with pytest.raises(BadOption, match=f"the chain is broken at line {line}: "):
        contents(ledger)
    with pytest.raises(BadOption, match=f"the chain is broken at line {line}: .* nothing added to it"):
        ledger.append(AUDIT, AT, {})
    assert lines(ledger) == damaged


def test_a_rewritten_record_with_a_correct_digest_breaks_the_chain(ledger):
    for number in range(2):
        ledger.append(AUDIT, AT, {"number": number})
    whole = lines(ledger)
    prev = json.loads(whole[0])["sha256"]
    forged, _digest = next_line(Tail(1, prev), AUDIT, AT, {"number": "forged"})
    Path(ledger.path).write_bytes(b"".join([whole[0], forged, *whole[2:]]))
    with pytest.raises(BadOption, match="broken at line 3: it does not follow the line before it"):
        contents(ledger)


def test_a_line_that_was_cut_off_is_moved_aside_and_recorded(ledger):
    ledger.append(AUDIT, AT, {"number": 0})
    ledger.append(AUDIT, AT, {"number": 1})
    path = Path(ledger.path)
    cut = path.read_bytes()[:-20]
    path.write_bytes(cut)
    assert [data.get("number") for data in contents(ledger)] == [None, 0], "it is read as far as it is whole"

    appended = ledger.append(AUDIT, AT, {"number": 2})
    assert appended.seq == 3
    assert Path(appended.aside).read_bytes() == cut.splitlines(keepends=True)[-1]
    *_, last = contents(ledger)
    assert (last["number"], last["recovered"]["kept_in"]) == (2, appended.aside)


def test_a_record_that_lacks_only_its_newline_is_kept(ledger):
    ledger.append(AUDIT, AT, {"number": 0})
    path = Path(ledger.path)
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    appended = ledger.append(AUDIT, AT, {"number": 1})
    assert (appended.seq, appended.aside) == (3, "")
    assert [data.get("number") for data in contents(ledger)] == [None, 0, 1]


def test_an_incomplete_first_line_is_replaced(tmp_path):
    ledger = LedgerFile(str(tmp_path / "ledger"), "path")
    ledger.begin(AT, {})
    Path(ledger.path).write_bytes(lines(ledger)[0][:10])
    appended = ledger.begin(AT, {})
    assert appended is not None and appended.aside
    assert len(contents(ledger)) == 1


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.dictionaries(st.text(), st.none() | st.text() | st.integers() | st.booleans(), max_size=3), max_size=4),
    st.data(),
)
def test_a_prefix_is_read_as_far_as_it_is_whole_and_a_changed_byte_is_found(contents_of_records, data):
    tail, written = Tail(), b""
    for kind, content in [(BEGIN, {}), *((AUDIT, content) for content in contents_of_records)]:
        line, digest = next_line(tail, kind, AT, content)
        tail, written = Tail(tail.records + 1, digest), written + line
    whole = written.splitlines(keepends=True)
    cut = data.draw(st.integers(0, len(written)))
    chain = Chain(written[:cut].splitlines(keepends=True))
    read = list(chain)
    complete = [line for line in whole if line in written[:cut]] if cut else []
    assert len(complete) <= len(read) <= len(complete) + 1, "one more when only the newline is missing"

    at = data.draw(st.integers(0, len(written) - 2))  # not the last newline
    changed = written[:at] + bytes([written[at] ^ data.draw(st.integers(1, 255))]) + written[at + 1 :]
    chain = Chain(_lines_of(changed))
    try:
        found = [record["sha256"] for record in chain]
    except LedgerBroken:
        return
    assert chain.tail.torn and found == [json.loads(line)["sha256"] for line in whole[: len(found)]]


def _lines_of(content: bytes) -> list[bytes]:
    """As a file gives them: only a newline ends a line."""
    return [line + b"\n" for line in content.split(b"\n")[:-1]] + [rest for rest in content.split(b"\n")[-1:] if rest]


WRITER = """
import sys
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.ledger_file import LedgerFile
ledger = LedgerFile(sys.argv[1], "path")
for number in range(int(sys.argv[3])):
    ledger.append("audit", "2026-11-25T21:00:03Z", {"writer": sys.argv[2], "number": number, "padding": "x" * 20000})
    print(number, flush=True)
"""


def writer(ledger: LedgerFile, name: str, count: int) -> subprocess.Popen:
    command = [sys.executable, "-c", WRITER, ledger.path, name, str(count)]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def test_writers_take_turns(ledger):
    writers = [writer(ledger, name, 15) for name in "abc"]
    assert [process.wait(timeout=120) for process in writers] == [0, 0, 0]
    written = contents(ledger)[1:]
    for name in "abc":
        assert [data["number"] for data in written if data["writer"] == name] == list(range(15))


def test_a_record_reported_as_written_survives_a_kill(ledger):
    acknowledged = 0
    for round_number in range(3):
        process = writer(ledger, f"round {round_number}", 10_000)
        for _ in range(3 + round_number):
            process.stdout.readline()
            acknowledged += 1
        process.send_signal(signal.SIGKILL)
        acknowledged += sum(1 for _ in process.stdout)
        process.wait(timeout=60)
    assert len(contents(ledger)) - 1 >= acknowledged
    ledger.append(AUDIT, AT, {"writer": "after"})
    assert contents(ledger)[-1]["writer"] == "after"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_ledger_that_may_not_be_read(ledger):
    os.chmod(ledger.path, 0)
    with pytest.raises(BadOption, match="it cannot be read: Permission denied"):
        contents(ledger)


def test_a_folder_is_not_a_ledger(tmp_path):
    with pytest.raises(BadOption, match="it cannot be read: Is a directory"):
        contents(LedgerFile(str(tmp_path), "path"))


def test_would_append_writes_nothing(ledger, tmp_path):
    before = lines(ledger)
    predicted = ledger.would_append(AUDIT, AT, {"number": 0})
    assert lines(ledger) == before
    assert predicted == ledger.append(AUDIT, AT, {"number": 0})
    new = LedgerFile(str(tmp_path / "new"), "path")
    assert new.would_append(BEGIN, AT, {}).seq == 1
    assert not os.path.exists(new.path)
    assert ledger.would_append(BEGIN, AT, {}) is None
    with pytest.raises(BadOption, match="there is no such file"):
        new.would_append(AUDIT, AT, {})
