# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The variables of the role dr_rehearse. It takes those of the role dr too, which are checked before anything is read.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ..pipeline import variables as pipeline
from ..pipeline.variables import BOOL, CHOICE, INTEGER, MAPPING, NUMBER, TEXT, Variable, WrongVariable
from .outcome import FAIL_ON
from .situations import WrongSituation, situations

SITUATIONS = "dr_rehearse_situations"
PREFIX = "dr_rehearse_"

VARIABLES: dict[str, Variable] = {
    SITUATIONS: Variable("situations", []),
    "dr_rehearse_fail_on": Variable(CHOICE, "failed", FAIL_ON),
    "dr_rehearse_report_dir": Variable(TEXT),
    "dr_rehearse_connection": Variable(MAPPING, {}),
    "dr_rehearse_wait_timeout": Variable(NUMBER, 60),
    "dr_rehearse_summary_lines": Variable(INTEGER, 20),
    "dr_rehearse_publish_stats": Variable(BOOL, True),
}


def read(name: str, value: t.Any) -> t.Any:
    """The value of a variable of the role, also where it was given as text. Raises WrongVariable."""
    if name != SITUATIONS:
        return pipeline.read_as(VARIABLES[name], name, value)
    try:
        chosen = situations(value)
    except WrongSituation as error:
        raise WrongVariable(f"{name}: {error}") from None
    return [{"name": each.name, "meaning": each.meaning, "faults": list(each.faults)} for each in chosen]


def problems(values: t.Mapping[str, t.Any], topology: t.Any) -> list[str]:
    """Everything that is wrong with the variables.

    ``values`` are all variables of the play that begin with ``dr_``, ``topology`` is that of the playbook.
    """
    wrong = []
    for name in VARIABLES:
        try:
            read(name, values.get(name))
        except WrongVariable as error:
            wrong.append(str(error))
    defined = {name for name in values if name.startswith(PREFIX)} - {"dr_rehearse_result"}
    own = values.get(pipeline.OWN)
    wrong += pipeline.unknown_variables("dr_rehearse", defined, VARIABLES, "rehearsed", pipeline.OWN, own)
    given = {name: value for name, value in values.items() if name in pipeline.VARIABLES}
    wrong += pipeline.conflict(topology, given.get("dr_topology"))
    given["dr_topology"] = given.get("dr_topology") or topology
    return wrong + [line.replace("playbook dr_apply", "playbook") for line in pipeline.problems(given, list(values))]
