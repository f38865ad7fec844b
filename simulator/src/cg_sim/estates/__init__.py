# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Estates: what a simulated Central Governance holds. Seed documents, their schema, a generator, import and export."""

from __future__ import annotations

from importlib import resources

from .loader import load_estate
from .problems import EstateError
from .schema import estate_schema, estate_schema_text

__all__ = ["EstateError", "estate_schema", "estate_schema_text", "example_text", "load_estate"]


def example_text() -> str:
    """The example estate: two regions of a bank, their backups and flows."""
    return resources.files(__package__).joinpath("example.yml").read_text(encoding="utf-8")
