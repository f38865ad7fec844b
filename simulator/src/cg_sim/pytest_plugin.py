# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A pytest plugin, registered when the simulator is installed: the fixture `central_governance`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cg_sim.testing import Running


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line(
        "markers",
        "central_governance(estate='{}', variants={}, transitions={}, ...): what the simulator of the fixture "
        "central_governance starts with, as cg_sim.testing.create_app takes it",
    )


@pytest.fixture
def central_governance(request: pytest.FixtureRequest) -> Iterator[Running]:
    """A simulated Central Governance for one test: `url`, `api_url`, `auth`, journal, faults; see cg_sim.testing."""
    from cg_sim.testing import running  # here, so that only tests that use the fixture import it

    marker = request.node.get_closest_marker("central_governance")
    with running(*marker.args if marker else (), **marker.kwargs if marker else {}) as cg:
        yield cg
