# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the integration tests."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from harness import CHECKOUT, Simulator, running_simulator


@pytest.fixture
def simulator(tmp_path: Path) -> Iterator[Callable[..., Simulator]]:
    """Start simulators that end with the test: `simulator(estate=..., variants=..., transitions=..., tls=...)`."""
    with contextlib.ExitStack() as running:
        started = 0

        def start(estate: object = None, **options: object) -> Simulator:
            nonlocal started
            started += 1
            return running.enter_context(running_simulator(tmp_path / f"simulator-{started}", estate, **options))

        yield start


@pytest.fixture(scope="session")
def two_regions() -> Path:
    """The folder of the example estate: estate.yml is what the simulator starts with, topology.yml what is declared."""
    return CHECKOUT / "playbooks" / "examples" / "two_regions"
