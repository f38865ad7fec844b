# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What integration tests are written with: the simulator as a process, and real ansible-playbook with its results."""

from __future__ import annotations

from .ansible import (
    CHECKOUT,
    INSTALLED_SIMULATOR,
    Inventory,
    Run,
    TaskResult,
    run_each,
    run_inventory,
    run_playbook,
    run_tasks,
)
from .simulator import Simulator, Simulators, running_simulator

__all__ = [
    "CHECKOUT",
    "INSTALLED_SIMULATOR",
    "Inventory",
    "Run",
    "Simulator",
    "Simulators",
    "TaskResult",
    "run_each",
    "run_inventory",
    "run_playbook",
    "run_tasks",
    "running_simulator",
]
