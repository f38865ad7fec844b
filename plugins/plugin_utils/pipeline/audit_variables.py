# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the role dr_audit, also those that a survey or -e gives as text; empty text counts as not given.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ..report.states import FAIL_ON, FILES
from .variables import BOOL, CHOICE, INTEGER, MAPPING, NAMES, TEXT, Variable, WrongVariable, read_as, unknown_variables

PREFIX = "dr_audit_"
OWN = f"{PREFIX}own_variables"
RESULT = f"{PREFIX}result"

VARIABLES: dict[str, Variable] = {
    "dr_audit_state": Variable(CHOICE, "exact", ("exact", "present")),
    "dr_audit_masters": Variable(NAMES, []),
    "dr_audit_certificate_warning_days": Variable(INTEGER, 30),
    "dr_audit_ledger": Variable(TEXT, ""),
    "dr_audit_declaration": Variable(TEXT, ""),
    "dr_audit_rpo_target": Variable(TEXT),
    "dr_audit_drill_interval_days": Variable(INTEGER),
    "dr_audit_fail_on": Variable(CHOICE, "critical", FAIL_ON),
    "dr_audit_report_dir": Variable(TEXT, "dr_report"),
    "dr_audit_formats": Variable(NAMES, list(FILES), tuple(FILES)),
    "dr_audit_title": Variable(TEXT, "Disaster recovery of SecureTransport"),
    "dr_audit_groups": Variable(MAPPING, {}),
    "dr_audit_report_mode": Variable(TEXT, "0644"),
    "dr_audit_connection": Variable(MAPPING, {}),
    "dr_audit_summary_lines": Variable(INTEGER, 20),
    "dr_audit_publish_stats": Variable(BOOL, True),
    OWN: Variable(NAMES, []),
}
# The module st_dr_audit reads these itself, as data and as text.
OF_THE_MODULE = ("dr_audit_topology", "dr_audit_accepted", "dr_audit_severity")

Values = t.Mapping[str, t.Any]


def read(values: Values) -> dict[str, t.Any]:
    """The values of all variables in VARIABLES, by name without the prefix; ``values`` are those that are given.

    Raises WrongVariable.

    >>> read({"dr_audit_fail_on": "", "dr_audit_summary_lines": "5"})["summary_lines"]
    5
    """
    return {name.removeprefix(PREFIX): _value(name, values.get(name)) for name in VARIABLES}


def problems(values: Values) -> list[str]:
    """Everything that is wrong with the variables. ``values`` are all variables whose names begin with the prefix."""
    wrong = []
    for name in VARIABLES:
        try:
            _value(name, values.get(name))
        except WrongVariable as error:
            wrong.append(str(error))
    defined, known = set(values) - {RESULT}, (*VARIABLES, *OF_THE_MODULE)
    return wrong + unknown_variables("dr_audit", defined, known, "judged", OWN, values.get(OWN))


def _value(name: str, given: t.Any) -> t.Any:
    variable = VARIABLES[name]
    value = read_as(variable, name, given)
    if variable.kind == NAMES and variable.choices:
        for word in value:
            if word not in variable.choices:
                raise WrongVariable(f'{name}: "{word}" is not one of {", ".join(variable.choices)}.')
    return value
