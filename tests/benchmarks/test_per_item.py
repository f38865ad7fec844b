# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is calculated from samples."""

from __future__ import annotations

from measuring import Cost
from per_item import Sample, on_the_line


def test_a_cost_is_calculated_from_what_each_item_costs_and_what_does_not_depend_on_them() -> None:
    def sample(items: int) -> Sample:
        cost = Cost(seconds=3 + 0.5 * items, cpu=2 + 0.25 * items, printed=700 + 60 * items, output="x")
        return Sample(items, writes=items, cost=cost)

    cost = on_the_line(sample(10), sample(50), items=1000)

    assert (cost.seconds, cost.cpu, cost.printed, cost.calculated) == (503, 252, 60_700, True)
