# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every command that the documentation shows as one to run (```bash) is run, against the simulator."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from harness import CHECKOUT, INSTALLED_SIMULATOR, Simulator
from harness.ansible import playbook_environment
from harness.documents import Document, read_document

PATHS = [CHECKOUT / "README.md", *sorted((CHECKOUT / "docs").rglob("*.md")), *sorted(CHECKOUT.glob("roles/*/*.md"))]
DOCUMENTS = [document for path in PATHS if (document := read_document(path)).commands]
ESTATES = Path(__file__).parent / "estates"
BLOCK_LIMIT = 300  # seconds; a block that takes this long hangs


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: str(document.path.relative_to(CHECKOUT)))
def test_the_commands_of_the_document_work(
    document: Document, simulator: Callable[..., Simulator], two_regions: Path, tmp_path: Path
) -> None:
    # The work is still done in the background, but ends at the first poll, which saves a few seconds for each guide.
    cg = simulator(
        estate_of(document) or two_regions / "estate.yml", transitions={"synchronize": "polls:1", "deploy": "polls:1"}
    )
    folder = tmp_path / "folder"
    folder.mkdir()
    provide_installed_simulator(tmp_path / ".cache" / "mftops-cg-simulator")
    environment = {
        **playbook_environment(tmp_path, None, cg.environment),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "EXAMPLE": str(two_regions),
    }
    try:
        run_blocks(document, folder, environment)
    finally:
        for note in tmp_path.rglob("ready.json"):  # of a simulator that the document started and did not stop
            with contextlib.suppress(ProcessLookupError):
                os.kill(json.loads(note.read_text())["pid"], signal.SIGTERM)


def provide_installed_simulator(directory: Path) -> None:
    """Puts the simulator into the directory in which the role installs it by default."""
    directory.mkdir(parents=True)
    shutil.copy(INSTALLED_SIMULATOR / "installed", directory)
    (directory / "venv").symlink_to(INSTALLED_SIMULATOR / "venv")


def estate_of(document: Document) -> Path | str | None:
    """What the simulator holds at the start: an estate beside this test, or the one that a guide shows."""
    if not document.estate:
        return None
    path = ESTATES / f"{document.estate}.yml"
    if path.exists():
        return path
    guide = read_document(CHECKOUT / "docs" / f"{document.estate}.md")
    (text,) = (block.text for block in guide.blocks if block.file == "estate.yml")
    return text


def run_blocks(document: Document, folder: Path, environment: dict[str, str]) -> None:
    for block in document.blocks:
        where = f"{document.path.name}:{block.line}"
        if block.file:
            (folder / block.file).write_text(block.text, encoding="utf-8")
        if block.language != "bash":
            continue
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block.text],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=BLOCK_LIMIT,
            check=False,
        )
        shown = f"{where}: exit status {ran.returncode}\n{block.text}\n{ran.stdout}"
        assert (ran.returncode != 0) == block.fails, shown
        assert "Traceback" not in ran.stdout, f"{where}\n{ran.stdout}"
        for expected in block.expected:
            assert expected in ran.stdout, f"{where}: {expected!r} is not in\n{ran.stdout}"
        # A reader would enter the `export` line that a command prints.
        for line in re.findall(r"export ((?:CG_\w+=[^\s\"]+ ?)+)", ran.stdout):
            environment.update(word.split("=", 1) for word in line.split())


def test_the_tables_of_operations_match_the_code() -> None:
    command = [sys.executable, CHECKOUT / "tools" / "operations_table.py", "--check"]
    checked = subprocess.run(command, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout + checked.stderr
