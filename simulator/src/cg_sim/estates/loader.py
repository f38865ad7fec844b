# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Loads the text of an estate document into the records that the simulator holds."""

from __future__ import annotations

from typing import Any

from cg_sim.gc_pause import gc_paused

from .canonical import canonical_estate
from .consistency import consistency_problems
from .problems import EstateError
from .schema import shape_problems, unknown_words
from .source import read_source


def load_estate(text: str | bytes, source_name: str) -> dict[str, list[dict[str, Any]]]:
    """Reads an estate document: YAML or JSON, in the shape that ``cg-sim schema`` prints.

    :param source_name: the name of the document in error messages, normally its file name.
    :returns: ``{"products": [...], "flows": [...], "deployments": [...]}``, plain dicts in the shapes in
        which the simulator stores and serves them. ``meta`` (``{"href"}``) of backups is left to the caller, who knows
        the server's address. Records may share nested values (a certificate, a list of hosts): replace them, don't
        change them in place.
    :raises EstateError: lists all schema errors, each with its line and its object; if there are none, all
        consistency errors.
    """
    with gc_paused():
        source = read_source(text, source_name)
        if source.data is None:
            raise EstateError.single(source_name, "the document is empty; write {} for an empty estate")
        if not isinstance(source.data, dict):
            message = "an estate must be a mapping with products and flows"
            raise EstateError.single(source_name, message, source.line_of(()))
        source.refuse(shape_problems(source.data))
        words = () if source.data.get("allow_unknown_words") else unknown_words(source.data)
        source.refuse([*consistency_problems(source.data), *words])
        return canonical_estate(source.data)
