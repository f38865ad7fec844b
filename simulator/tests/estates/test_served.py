# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever an estate document may contain, the simulator's answers follow its own API description.

Except for words that the description does not have, which allow_unknown_words accepts.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from sim_client import Client
from sim_estates import EVERYTHING

from cg_sim.estates.generate import EstateOptions, generate_estate
from cg_sim.settings import Settings
from cg_sim.simulator import Simulator

EXAMPLE = Path(__file__).parents[3] / "playbooks" / "examples" / "two_regions" / "estate.yml"


@pytest.mark.parametrize(
    "estate",
    [
        EXAMPLE.read_text(encoding="utf-8"),
        generate_estate(EstateOptions(masters=8, backups=2, profiles=16, flows=60, unsynchronized=0.5)).decode(),
        EVERYTHING,
    ],
    ids=["example", "generated", "everything"],
)
@pytest.mark.parametrize("properties_place", ["new", "old"])
def test_answers_follow_the_description(estate: str, properties_place: str) -> None:
    simulator = Simulator(Settings(check_answers=True, start_variants={"properties_place": properties_place}))
    simulator.seed(estate, "estate")
    client = Client(simulator)
    for product in client.get("/products"):
        assert client.get(f"/products/{product['businessId']}") == product
        assert client.get(f"/products/{product['businessId']}/backupproducts") == product["backupProducts"]
    for flow in client.get("/flows"):
        assert client.get(f"/flows/{flow['businessId']}") == flow
    assert client.get("/deployments")
    assert simulator.wrong_answers == []


def test_a_backup_loaded_as_synchronized_is_as_after_a_synchronization() -> None:
    """The loader copies a master's profiles with the same result as the synchronization rule."""
    simulator = Simulator()
    simulator.seed(EXAMPLE.read_text(encoding="utf-8"), "estate")
    client = Client(simulator)
    loaded = client.product("ST_LYON")["communicationProfiles"]
    simulator.settings.variants["sync"] = "immediate"
    backup = simulator.world.state.products[client.id("ST_LYON")]
    emptied = client.api(
        "PUT", f"/products/{backup.id}", {**client.product("ST_LYON"), "communicationProfiles": loaded}
    )
    assert emptied.status == 200, emptied.text
    assert client.synchronize("ST_PARIS", "ST_LYON").status == 200
    ours = {profile["name"]: {**profile, "businessId": ""} for profile in loaded}
    made = {
        profile["name"]: {**profile, "businessId": ""} for profile in client.product("ST_LYON")["communicationProfiles"]
    }
    assert ours == made
