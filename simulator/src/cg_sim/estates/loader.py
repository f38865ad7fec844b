# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From the text of an estate document to the records that the simulator holds."""

from __future__ import annotations

from typing import Any

from cg_sim.gc_pause import gc_paused

from .canonical import canonical_estate
from .consistency import consistency_problems
from .document import locate, read_document
from .problems import EstateError, LocatedProblem, describe_object
from .schema import shape_problems


def load_estate(text: str | bytes, source_name: str) -> dict[str, list[dict[str, Any]]]:
    """Reads an estate document: YAML or JSON, in the shape that ``cg-sim schema`` prints.

    :param source_name: what error messages call the document, normally its file name.
    :returns: ``{"products": [...], "flows": [...], "deployments": [...]}``, plain dicts in the shapes in
        which the simulator stores and serves them. ``meta`` (``{"href"}``) of backups is left to whoever knows the
        server's address. Records may share what is inside them (a certificate, a list of hosts): replace, don't
        change in place.
    :raises EstateError: lists everything that is wrong, each with its line and the object that it stands in.
    """
    with gc_paused():
        document = read_document(text, source_name)
        if document.data is None:
            document.data = {}
        if not isinstance(document.data, dict):
            message = "an estate is a mapping with products and flows"
            raise EstateError(source_name, [LocatedProblem(document.line_of(()), "", message)])
        if any(not problem.path for problem in document.problems):
            # Not even text: nothing more can be said of it.
            raise EstateError(source_name, locate(document, document.problems, describe_object))
        problems = [*document.problems, *shape_problems(document.data), *consistency_problems(document.data)]
        if problems:
            raise EstateError(source_name, locate(document, problems, describe_object))
        return canonical_estate(document.data)
