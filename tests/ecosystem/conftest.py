# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator's fixtures of the integration tests, for these tests too."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from harness import CHECKOUT, Simulator, running_simulator

# The stand-in for AWX, which is beside this file.
sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Callable[..., Simulator]]:
    """Start simulators that end with the test."""
    with contextlib.ExitStack() as running:

        def start(estate: object = None, **options: object) -> Simulator:
            return running.enter_context(running_simulator(tmp_path / "simulator", estate, **options))

        yield start


@pytest.fixture(scope="session")
def two_regions() -> Path:
    return CHECKOUT / "playbooks" / "examples" / "two_regions"
