# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The rules of Central Governance, written from its guide. Independent of HTTP, except for the status of a refusal.

Each rule says in its docstring whether it is documented (with the page of the guide) or assumed.
"""

from __future__ import annotations

from cg_sim.rules import backups, deployment, registration
from cg_sim.world import World


def install(world: World) -> None:
    """Register how jobs end, and which work is resumed in an estate that was loaded."""
    world.finishers["synchronize"] = backups.finish_synchronization
    world.finishers["deploy"] = deployment.finish_deployment
    world.finishers["register"] = registration.finish_registration
    world.resumers.extend([deployment.resume_deployments, registration.resume_registrations])
