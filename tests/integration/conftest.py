# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures of the integration tests."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from harness import CHECKOUT, Simulator, Simulators


@pytest.fixture(scope="session")
def simulators(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Simulators]:
    simulators = Simulators(tmp_path_factory.mktemp("simulators"))
    yield simulators
    simulators.stop()


@pytest.fixture
def simulator(simulators: Simulators) -> Iterator[Callable[..., Simulator]]:
    """Simulators for the test alone: `simulator(estate=..., variants=..., transitions=..., tls=..., token=...)`."""
    with contextlib.ExitStack() as lent:
        yield lambda estate=None, **options: lent.enter_context(simulators.lend(estate, **options))


@pytest.fixture(scope="session")
def two_regions() -> Path:
    """The folder of the example estate: estate.yml is what the simulator starts with, topology.yml what is declared."""
    return CHECKOUT / "playbooks" / "examples" / "two_regions"
