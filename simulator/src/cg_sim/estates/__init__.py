"""Estates: what a simulated Central Governance holds. Seed documents, their schema, a generator and an importer."""

from __future__ import annotations

from .loader import load_estate
from .problems import EstateError
from .schema import estate_schema, estate_schema_text

__all__ = ["EstateError", "estate_schema", "estate_schema_text", "load_estate"]
