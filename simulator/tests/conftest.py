# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fixtures for all tests of the simulator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sim_client import Client
from sim_estates import seed, small_estate

from cg_sim.settings import Settings
from cg_sim.simulator import Simulator

pytest_plugins = ["cg_sim.pytest_plugin"]


@pytest.fixture
def cg() -> Iterator[Client]:
    """A simulator with the small estate, called directly. Its answers are validated against the API description."""
    simulator = Simulator(Settings(check_answers=True))
    seed(simulator, small_estate())
    yield Client(simulator)
    assert simulator.wrong_answers == []
