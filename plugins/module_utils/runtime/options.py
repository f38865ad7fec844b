# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that several modules share, one table for each group, and how their values are read.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import contextlib
import json
import os
import typing as t

from ansible.module_utils.errors import AnsibleFallbackNotFound

from ..cg_api.connection import SHORTEST_SECRET, Connection, credentials_in
from ..cg_api.errors import BadOption
from ..cg_api.operations import OPERATIONS, Operation
from ..dr.model import Limit

if t.TYPE_CHECKING:
    from ..dr.topology import Declaration

DEFAULT_API_PREFIX = "/Axway/CentralGovernance/default/CentralGovernance/api/v2"


def _environment(variable: str) -> str:
    """The value of a variable; an empty one counts as unset."""
    if not os.environ.get(variable):
        raise AnsibleFallbackNotFound
    return os.environ[variable]


def _from_environment(variable: str, **option: t.Any) -> dict[str, t.Any]:
    return {**option, "fallback": (_environment, [variable])}


# Options that belong together: see _credentials.
CREDENTIALS = {"username": "CG_USERNAME", "password": "CG_PASSWORD", "token": "CG_TOKEN"}

CONNECTION: dict[str, dict[str, t.Any]] = {
    # Required; connection_from checks that, since its message lists where the url can be given.
    "url": _from_environment("CG_URL", type="str"),
    "api_prefix": _from_environment("CG_API_PREFIX", type="str", default=DEFAULT_API_PREFIX),
    # These have fallbacks too: see _credentials.
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "token": {"type": "str", "no_log": True},
    "headers": _from_environment("CG_HEADERS", type="raw", no_log=True),
    "validate_certs": _from_environment("CG_VALIDATE_CERTS", type="bool", default=True),
    "ca_path": _from_environment("CG_CA_PATH", type="path"),
    "client_cert": _from_environment("CG_CLIENT_CERT", type="path"),
    "client_key": _from_environment("CG_CLIENT_KEY", type="path", no_log=False),
    "timeout": _from_environment("CG_TIMEOUT", type="float", default=30),
    "retries": {"type": "int", "default": 3},
    "max_parallel": {"type": "int", "default": 8},
    "operations": _from_environment("CG_OPERATIONS", type="raw"),
}

VERB: dict[str, dict[str, t.Any]] = {
    "continue_on_error": {"type": "bool", "default": False},
    "unchanged_limit": {"type": "int", "default": 20},
    "diff_limit": {"type": "int", "default": 200},
    "result_file": {"type": "path"},
    # For the action plugin (plugin_utils/progress.py); the module only checks it.
    "progress_interval": _from_environment("CG_PROGRESS_INTERVAL", type="float", default=30),
    "predicted": {"type": "raw"},
}

WAITING: dict[str, dict[str, t.Any]] = {
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "float", "default": 600},
    "wait_interval": {"type": "float", "default": 2},
}


def connection_from(params: t.Mapping[str, t.Any]) -> Connection:
    """Raises BadOption when the options contradict each other."""
    if not (params["url"] or "").strip():
        raise BadOption(
            "url: it is missing. Give it in the task or in module_defaults, in the environment as CG_URL, or, for the "
            "role dr, in dr_connection, for the role dr_audit, in dr_audit_connection."
        )
    names = set(CONNECTION) - set(CREDENTIALS) - {"operations", "headers"}
    options = {name: params[name] for name in names} | _credentials(params)
    return Connection(**options, headers=_headers(params["headers"]))


def _credentials(params: t.Mapping[str, t.Any]) -> dict[str, str | None]:
    """Options override the environment, a token even CG_USERNAME, and a user even CG_TOKEN. Empty counts as unset."""
    given = {option: params[option] or None for option in CREDENTIALS}
    exported = {option: os.environ.get(variable) or None for option, variable in CREDENTIALS.items()}
    if given["token"]:
        return given
    if given["username"] or given["password"]:
        return {option: given[option] or exported[option] for option in ("username", "password")}
    return exported


def operations_from(params: t.Mapping[str, t.Any]) -> dict[str, Operation]:
    """The table of operations with the user's overrides. Raises BadOption."""
    overrides = structured("operations", params["operations"])
    if overrides is not None and not isinstance(overrides, dict):
        raise BadOption("operations: it is not a dict of operations.")
    if not overrides:
        return dict(OPERATIONS)
    # Imported only when the user overrides something.
    from ..cg_api.overrides import effective_operations

    return effective_operations(overrides)


def topology_from(option: t.Any) -> list[Declaration] | None:
    """The declared topology, None when none is given. Raises BadOption, which names the entry that is wrong.

    A key without a value is null in YAML, and a template may produce null too; it is never treated as [].
    """
    from ..dr.topology import Declaration

    topology = structured("topology", option)
    if topology is None:
        return None
    if not isinstance(topology, list):
        raise BadOption(
            f"topology: it is {_kind_of(topology)}, not a list of masters with their backups."
            + (f" A file is given with an @: -e @{topology}." if _is_a_file_name(topology) else "")
        )
    return [Declaration(*_declared(number, entry)) for number, entry in enumerate(topology, start=1)]


def _is_a_file_name(topology: t.Any) -> bool:
    return isinstance(topology, str) and topology.endswith((".yml", ".yaml", ".json")) and len(topology) < 200


def _declared(number: int, entry: t.Any) -> tuple[str, tuple[str, ...]]:
    if not isinstance(entry, dict):
        raise BadOption(f"topology: entry {number} is {_kind_of(entry)}, not a dict with master and backups.")
    unknown = [str(key) for key in entry if key not in ("master", "backups")]
    if unknown:
        raise BadOption(f"topology: entry {number} has {', '.join(unknown)}; it takes master and backups.")
    master, backups = entry.get("master"), entry.get("backups")
    if master is None:
        raise BadOption(f"topology: entry {number} has no master.")
    if backups is None:
        raise BadOption(f"topology: entry {number}, {master}, has no backups; write [] to mean none.")
    if isinstance(backups, str):
        backups = [name.strip() for name in backups.split(",")]
    if not isinstance(backups, list):
        raise BadOption(f"topology: the backups of entry {number}, {master}, are {_kind_of(backups)}, not a list.")
    for name in (master, *backups):
        if isinstance(name, (dict, list)):
            raise BadOption(f"topology: entry {number} names a product by {_kind_of(name)}, not by its name.")
        if name is None or not str(name).strip():
            raise BadOption(f"topology: entry {number} names a product by an empty string.")
    return str(master), tuple(map(str, backups))


def structured(option: str, value: t.Any, is_secret: bool = False) -> t.Any:
    """The value of an option that may come as YAML or JSON text, as a survey of AWX or the environment gives it.

    None when the text is empty. Raises BadOption, which gives the line, but no part of a secret text.
    """
    if not isinstance(value, str):
        return value
    if not value.strip():
        return None
    try:
        return json.loads(value)
    except (ValueError, RecursionError) as error:
        reason = str(error)
    # Imported only when the text is not JSON.
    from ansible.module_utils.common.yaml import HAS_YAML, yaml_load

    if not HAS_YAML:
        why = "" if is_secret else f" ({reason})"
        raise BadOption(f"{option}: it is not JSON{why}, and the Python library PyYAML, which YAML needs, is missing.")
    try:
        return yaml_load(value)
    except Exception as error:  # of any kind, when the text is not YAML
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}, column {mark.column + 1}" if mark else ""
        problem = "" if is_secret else f": {getattr(error, 'problem', None) or 'it cannot be read'}"
        raise BadOption(f"{option}: it is neither YAML nor JSON{where}{problem}.") from None


def _kind_of(value: t.Any) -> str:
    if isinstance(value, str):
        return f'the text "{value[:40]}"'
    return {dict: "a dict", list: "a list", type(None): "null"}.get(type(value), f"the value {value}"[:60])


def _headers(option: t.Any) -> dict[str, str]:
    headers = _dict_of_headers(option)
    for number, value in enumerate(headers.values(), start=1):
        if value is None or isinstance(value, (dict, list)):
            raise BadOption(f"headers: entry {number} has no value, or its value is not text.")
    return {str(name): str(value) for name, value in headers.items()}


def dict_from(name: str, option: t.Any, is_secret: bool = False) -> dict[t.Any, t.Any]:
    """A dict, or text: YAML, JSON, or ``name=value`` pairs, as Ansible takes them for a dict. Raises BadOption."""
    given = structured(name, option, is_secret)
    if isinstance(given, str):
        from ansible.module_utils.common.validation import check_type_dict

        with contextlib.suppress(TypeError):
            return dict(check_type_dict(option))
    if given is not None and not isinstance(given, dict):
        raise BadOption(f"{name}: it is not a dict of names and values.")
    return given or {}


def _dict_of_headers(option: t.Any) -> dict[t.Any, t.Any]:
    return dict_from("headers", option, is_secret=True)


class Masking(t.NamedTuple):
    """Corrects the set of values that Ansible masks: adds those that it misses, removes those that must not be masked.

    Ansible collects the values of secret options before it converts texts to dicts, such as a text from the
    environment; it does not mask credentials in a URL, nor those that ``connection_from`` takes from the environment.
    On the other hand it masks a header's value of one character, which hides nothing and makes results unreadable.
    """

    missing: frozenset[str]
    needless: frozenset[str]

    @classmethod
    def of(cls, params: t.Mapping[str, t.Any]) -> Masking:
        values = _header_values(params.get("headers"))
        credentials = {os.environ.get(CREDENTIALS[option]) for option in ("password", "token")}
        credentials |= {params.get(option) for option in ("password", "token")}
        in_url = credentials_in(str(params.get("url") or ""))
        secrets = {value for value in (*values, in_url, in_url.partition(":")[2]) if len(value) >= SHORTEST_SECRET}
        secrets |= {str(credential) for credential in credentials if credential}
        return cls(frozenset(secrets), frozenset(values - secrets))


def _header_values(headers: t.Any) -> set[str]:
    """The values in the option, in whatever form it is: when options are wrong, Ansible has not converted them."""
    if isinstance(headers, str):
        try:
            return {headers} | {str(value) for value in _leaves(_dict_of_headers(headers))}
        except BadOption:
            return {headers}
    return {str(value) for value in _leaves(headers)}


def _leaves(value: t.Any) -> t.Iterator[t.Any]:
    if isinstance(value, (dict, list)):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _leaves(item)
    elif value not in (None, ""):
        yield value


def limit_from(params: t.Mapping[str, t.Any], option: str) -> Limit | None:
    """A number or a percentage, None when unset. Raises BadOption."""
    if params[option] is None:
        return None
    try:
        return Limit.parse(params[option])
    except ValueError:
        raise BadOption(
            f'{option}: "{params[option]}" is neither a whole number such as 3 nor a percentage such as 25%.'
        ) from None
