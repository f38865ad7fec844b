# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of the role dr: their types and allowed values, and the conversion of variables that are given as text.

PRIVATE to the collection: it may change at any time.

A survey of AWX, and ``-e name=value``, give text: ``"true"``, ``"3"``, an empty answer, a whole topology typed into a
text area. Each variable is converted to its type; an empty answer means that it was not given.
"""

from __future__ import annotations

import json
import math
import typing as t
from dataclasses import dataclass

import yaml

BOOL, NUMBER, INTEGER, TEXT, CHOICE, LIMIT = "bool", "number", "integer", "text", "choice", "limit"
NAMES, TOPOLOGY, MAPPING = "names", "topology", "mapping"

TRUE, FALSE = ("true", "yes", "on", "y", "t", "1"), ("false", "no", "off", "n", "f", "0")
# Variables of other roles and playbooks of the collection, which may be in the same file as those of this role.
OTHERS = ("dr_audit_", "dr_rehearse_", "dr_drill_")
# What the playbooks publish for a workflow becomes variables of its next job.
PUBLISHED = (
    "dr_actions", "dr_became", "dr_changed", "dr_check_mode", "dr_counts", "dr_drift", "dr_failed", "dr_ledger_head",
    "dr_rehearsal", "dr_report", "dr_score", "dr_summary", "dr_verdict",
)  # fmt: skip
OWN = "dr_own_variables"
EXAMPLE = "[{master: ST_PARIS, backups: [ST_LYON]}]"


@dataclass(frozen=True)
class Variable:
    """``default`` is the value when the variable is not given; ``choices`` are the words that are allowed."""

    kind: str
    default: t.Any = None
    choices: tuple[str, ...] = ()


VARIABLES: dict[str, Variable] = {
    "dr_declare": Variable(BOOL, True),
    "dr_synchronize": Variable(BOOL, True),
    "dr_deploy": Variable(BOOL, True),
    "dr_topology": Variable(TOPOLOGY, []),
    "dr_masters": Variable(NAMES),
    "dr_flows": Variable(NAMES, []),
    "dr_state": Variable(CHOICE, "present", ("present", "exact", "absent")),
    "dr_on_impact": Variable(CHOICE, "warn", ("warn", "fail")),
    "dr_max_removals": Variable(LIMIT),
    "dr_protected": Variable(NAMES, []),
    "dr_allow_empty": Variable(BOOL, False),
    "dr_allow_shared_backup": Variable(BOOL, False),
    "dr_force_sync": Variable(BOOL, False, ("when_different",)),
    "dr_max_profile_removals": Variable(LIMIT),
    "dr_allow_flow_invalidation": Variable(BOOL, False),
    "dr_redeploy": Variable(CHOICE, "when_needed", ("when_needed", "always", "never_deployed_only")),
    "dr_force_deploy": Variable(BOOL, False),
    "dr_skip_incomplete": Variable(BOOL, False),
    "dr_wait": Variable(BOOL, True),
    "dr_wait_timeout": Variable(NUMBER, 600),
    "dr_wait_interval": Variable(NUMBER, 2),
    "dr_progress_interval": Variable(NUMBER),
    "dr_continue_on_error": Variable(BOOL, False),
    "dr_ledger": Variable(TEXT),
    "dr_declaration": Variable(TEXT),
    "dr_unchanged_limit": Variable(INTEGER, 0),
    "dr_rows_limit": Variable(INTEGER, 200),
    "dr_connection": Variable(MAPPING, {}),
    "dr_predicted": Variable(MAPPING, {}),
    "dr_preflight": Variable(BOOL, True),
    "dr_plan_file": Variable(TEXT),
    "dr_summary_lines": Variable(INTEGER, 50),
    "dr_publish_stats": Variable(BOOL, True),
    OWN: Variable(NAMES, []),
}


class WrongVariable(ValueError):
    """One sentence that names the variable, and the line or the entry that is wrong."""


def read(name: str, value: t.Any) -> t.Any:
    """The value of a variable of the role. Raises WrongVariable.

    >>> read("dr_wait", "no"), read("dr_wait_timeout", "90"), read("dr_state", "")
    (False, 90, 'present')
    >>> read("dr_masters", "- ST_PARIS")
    ['ST_PARIS']
    """
    return read_as(VARIABLES[name], name, value)


def read_as(variable: Variable, name: str, value: t.Any) -> t.Any:
    """The same for a variable of another role. Raises WrongVariable."""
    if value is None or (isinstance(value, str) and not value.strip()):
        return variable.default
    return _READERS[variable.kind](name, variable, value)


def problems(values: t.Mapping[str, t.Any], defined: t.Iterable[str]) -> list[str]:
    """Everything that is wrong with the variables.

    ``values`` are those of the role; ``defined`` the names of all variables of the play that begin with ``dr_``.
    """
    wrong = []
    given: dict[str, t.Any] = {}
    for name, value in values.items():
        try:
            given[name] = read(name, value)
        except WrongVariable as error:
            wrong.append(str(error))
    if not wrong and not any(given.get(name) for name in ("dr_topology", "dr_masters", "dr_flows")):
        wrong.append(
            "No topology was given, or an empty one, and no dr_masters or dr_flows. Put the variable topology (for the "
            "playbook dr_apply; dr_topology for the role) into a file and add it to the command: -e @topology.yml"
        )
    if not wrong and values.get("dr_plan_file") and not read("dr_preflight", values.get("dr_preflight")):
        wrong.append("dr_plan_file: the preflight compares a run with its plan; do not set dr_preflight to false.")
    return wrong + _unknown(values, defined)


def conflict(topology: t.Any, dr_topology: t.Any) -> list[str]:
    """The playbook takes ``topology``, the role ``dr_topology``; if both are given, they must be the same."""
    try:
        of_playbook = read("dr_topology", topology)
        of_role = read("dr_topology", dr_topology) if of_playbook else []
    except WrongVariable:
        return []  # reported with the other wrong values
    if not of_playbook or not of_role or of_playbook == of_role:
        return []
    return [
        "topology and dr_topology are both given, and say different things. Give one of them only (a variable of the "
        "inventory, a file after -e and a survey all count)."
    ]


def _unknown(values: t.Mapping[str, t.Any], defined: t.Iterable[str]) -> list[str]:
    names = {name for name in defined if not name.startswith(OTHERS)}.difference(PUBLISHED, ["dr_result"])
    return unknown_variables("dr", names, VARIABLES, "done", OWN, values.get(OWN))


def unknown_variables(
    role: str, defined: t.Iterable[str], known: t.Collection[str], prevented: str, own_name: str, own: t.Any
) -> list[str]:
    """The message about variables that begin with the name of the role but do not exist; empty if there are none.

    ``prevented`` is what was not done because of them, as a participle. Users list variables of their own in the
    variable ``own_name``, whose value is ``own``.
    """
    try:
        allowed = read_as(Variable(NAMES, []), own_name, own)
    except WrongVariable:
        allowed = []  # reported with the other values
    unknown = sorted(set(defined).difference(known, allowed))
    if not unknown:
        return []
    import difflib  # not at the top: it takes longer than this whole file, which nearly every task of the role imports

    meant = [f"{close[0]} for {name}" for name in unknown if (close := difflib.get_close_matches(name, known, 1))]
    return [
        f"The role {role} has no variable named {', '.join(unknown)}, so nothing was {prevented}. "
        + (f"Did you mean {', '.join(meant)}? " if meant else "")
        + f"If it is a variable of your own that happens to begin with {role}_, add it to the list {own_name}."
    ]


# ------------------------------------------------------------------------------------------- one function per type


def _bool(name: str, variable: Variable, value: t.Any) -> t.Any:
    word = str(value).strip().lower()
    if word in variable.choices:
        return word
    if word in TRUE or word in FALSE:
        return word in TRUE
    raise WrongVariable(f"{name}: {_quoted(value)} is not {', '.join(['true', 'false', *variable.choices])}.")


def _number(name: str, variable: Variable, value: t.Any) -> float | int:
    try:
        number = float(value) if not isinstance(value, bool) else math.nan
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise WrongVariable(f"{name}: {_quoted(value)} is not a number.")
    return int(number) if number.is_integer() else number


def _integer(name: str, variable: Variable, value: t.Any) -> int:
    number = _number(name, variable, value)
    if not isinstance(number, int):
        raise WrongVariable(f"{name}: {_quoted(value)} is not a whole number.")
    return number


def _text(name: str, variable: Variable, value: t.Any) -> str:
    if not isinstance(value, str):
        raise WrongVariable(f"{name}: it is not text.")
    return value.strip()


def _choice(name: str, variable: Variable, value: t.Any) -> str:
    word = str(value).strip()
    if word not in variable.choices:
        raise WrongVariable(f"{name}: {_quoted(value)} is not one of {', '.join(variable.choices)}.")
    return word


def _limit(name: str, variable: Variable, value: t.Any) -> str:
    from ...module_utils.dr.model import Limit  # not at the top, for the same reason as difflib

    try:
        Limit.parse(value)
    except (TypeError, ValueError):
        raise WrongVariable(
            f"{name}: {_quoted(value)} is neither a whole number such as 3 nor a percentage such as 25%."
        ) from None
    return str(value).strip()


def _names(name: str, variable: Variable, value: t.Any) -> list[str]:
    """A list; a text is YAML or JSON, or names with commas or line ends between them."""
    lines: list[str] = []
    if isinstance(value, str):
        parsed, lines = _parsed(name, value, yaml.BaseLoader)
        value = parsed if isinstance(parsed, list) else [part.strip() for part in value.replace("\n", ",").split(",")]
        if isinstance(parsed, dict):
            raise WrongVariable(f"{name}: it is not a list of names.")
        value = [part for part in value if part != ""]
    if not isinstance(value, (list, tuple)):
        raise WrongVariable(f"{name}: it is not a list of names.")
    return [_name(f"{name}: {_where(lines, number)}", item) for number, item in enumerate(value)]


def _topology(name: str, variable: Variable, value: t.Any) -> list[dict[str, t.Any]]:
    lines: list[str] = []
    if isinstance(value, str):
        value, lines = _parsed(name, value, yaml.BaseLoader)
    if isinstance(value, dict) and len(value) == 1 and set(value) <= {"topology", "dr_topology"}:
        value, lines = next(iter(value.values())) or [], []  # a whole file of variables, pasted into a form
    if not isinstance(value, (list, tuple)):
        raise WrongVariable(f"{name}: it is not a list of masters with their backups, such as {EXAMPLE}.")
    return [_entry(f"{name}: {_where(lines, number)}", entry) for number, entry in enumerate(value)]


def _entry(where: str, entry: t.Any) -> dict[str, t.Any]:
    if not isinstance(entry, dict):
        raise WrongVariable(f"{where} is not a master with its backups, such as {EXAMPLE[1:-1]}.")
    if entry.get("master") in (None, ""):
        raise WrongVariable(f"{where} has no master.")
    unknown = sorted(str(key) for key in entry if key not in ("master", "backups"))
    if unknown:
        raise WrongVariable(f"{where} has {unknown[0]}, which is not a known key; it takes master and backups.")
    master, backups = _name(f"{where}, its master,", entry["master"]), entry.get("backups")
    if backups is None or backups == "":
        raise WrongVariable(f"{where}, {master}, has no backups; write [] to mean none.")
    if isinstance(backups, str):
        backups = [part.strip() for part in backups.split(",")]
    if not isinstance(backups, (list, tuple)):
        raise WrongVariable(f"{where}, {master}: its backups are not a list.")
    return {"master": master, "backups": [_name(f"{where}, {master}: one of its backups", item) for item in backups]}


def _name(where: str, value: t.Any) -> str:
    """The name of an object; YAML reads a name that consists of digits as a number."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise WrongVariable(f"{where} is not a name.")
    name = str(value)
    if not name.strip():
        raise WrongVariable(f"{where} is empty.")
    return name


def _mapping(name: str, variable: Variable, value: t.Any) -> dict[str, t.Any]:
    """A dictionary, without the keys that have no value."""
    if isinstance(value, str):
        value, _lines = _parsed(name, value, yaml.SafeLoader)
    if not isinstance(value, dict):
        raise WrongVariable(f"{name}: it is not a dictionary.")
    given: dict[str, t.Any] = {key: item for key, item in value.items() if item is not None and item != ""}
    for key in ("operations", "headers"):
        if isinstance(given.get(key), str):
            given[key] = _mapping(f"{name}.{key}", variable, given[key])
    return given


_READERS: dict[str, t.Callable[[str, Variable, t.Any], t.Any]] = {
    BOOL: _bool, NUMBER: _number, INTEGER: _integer, TEXT: _text, CHOICE: _choice, LIMIT: _limit,
    NAMES: _names, TOPOLOGY: _topology, MAPPING: _mapping,
}  # fmt: skip


def _parsed(name: str, text: str, loader: t.Any) -> tuple[t.Any, list[str]]:
    """The data in YAML or JSON text, and the line of each entry if it is a list.

    The text itself is not quoted in the error, since it may contain a password.
    """
    try:
        if text.lstrip()[0] in "[{":
            try:
                return json.loads(text), []  # JSON may contain tabs, which YAML forbids
            except ValueError:
                pass
        node = yaml.compose(text, loader)
        lines = []
        if isinstance(node, yaml.SequenceNode):
            lines = [f"line {item.start_mark.line + 1}" for item in node.value]
        return yaml.load(text, loader), lines
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "it"
        raise WrongVariable(f"{name}: {line} is not valid YAML: {error.problem or error.context}.") from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise WrongVariable(f"{name}: it is not valid YAML.") from None


def _where(lines: list[str], number: int) -> str:
    return lines[number] if number < len(lines) else f"entry {number + 1}"


def _quoted(value: t.Any) -> str:
    text = str(value)
    return f'"{text[:60]}..."' if len(text) > 60 else f'"{text}"'
