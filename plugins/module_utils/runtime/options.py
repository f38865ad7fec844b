# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that several modules share: one table each, from which argument specs are merged.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import os
import typing as t
from dataclasses import dataclass

from ansible.module_utils.errors import AnsibleFallbackNotFound

from ..cg_api.connection import SHORTEST_SECRET, Connection, credentials_in
from ..cg_api.errors import BadOption
from ..dr.model import Limit

DEFAULT_API_PREFIX = "/Axway/CentralGovernance/default/CentralGovernance/api/v2"


def _environment(variable: str) -> str:
    """The value of a variable; one that is exported empty counts as unset."""
    if not os.environ.get(variable):
        raise AnsibleFallbackNotFound
    return os.environ[variable]


def _from_environment(variable: str, **option: t.Any) -> dict[str, t.Any]:
    return {**option, "fallback": (_environment, [variable])}


# Options that belong together: what a play says of one of them must not meet what the environment says of another.
CREDENTIALS = {"username": "CG_USERNAME", "password": "CG_PASSWORD", "token": "CG_TOKEN"}

CONNECTION: dict[str, dict[str, t.Any]] = {
    "url": _from_environment("CG_URL", type="str", required=True),
    "api_prefix": _from_environment("CG_API_PREFIX", type="str", default=DEFAULT_API_PREFIX),
    # These have a fallback too: see connection_from.
    "username": {"type": "str"},
    "password": {"type": "str", "no_log": True},
    "token": {"type": "str", "no_log": True},
    "headers": _from_environment("CG_HEADERS", type="dict", no_log=True),
    "validate_certs": _from_environment("CG_VALIDATE_CERTS", type="bool", default=True),
    "ca_path": _from_environment("CG_CA_PATH", type="path"),
    "client_cert": _from_environment("CG_CLIENT_CERT", type="path"),
    "client_key": _from_environment("CG_CLIENT_KEY", type="path", no_log=False),
    "timeout": _from_environment("CG_TIMEOUT", type="float", default=30),
    "retries": {"type": "int", "default": 3},
    "max_parallel": {"type": "int", "default": 8},
    "operations": _from_environment("CG_OPERATIONS", type="dict"),
}

VERB: dict[str, dict[str, t.Any]] = {
    "continue_on_error": {"type": "bool", "default": False},
    "unchanged_limit": {"type": "int", "default": 1000},
    "predicted": {"type": "dict"},
}

WAITING: dict[str, dict[str, t.Any]] = {
    "wait": {"type": "bool", "default": True},
    "wait_timeout": {"type": "float", "default": 600},
    "wait_interval": {"type": "float", "default": 2},
}


def connection_from(params: t.Mapping[str, t.Any]) -> Connection:
    """Raises BadOption when the options contradict each other."""
    names = set(CONNECTION) - set(CREDENTIALS) - {"operations", "headers"}
    options = {name: params[name] for name in names} | _credentials(params)
    return Connection(**options, headers=_headers(params["headers"]))


def _credentials(params: t.Mapping[str, t.Any]) -> dict[str, str | None]:
    """Options win over the environment, a token over CG_USERNAME as well as a user over CG_TOKEN; empty means unset."""
    given = {option: params[option] or None for option in CREDENTIALS}
    exported = {option: os.environ.get(variable) or None for option, variable in CREDENTIALS.items()}
    if given["token"]:
        return given
    if given["username"] or given["password"]:
        return {option: given[option] or exported[option] for option in ("username", "password")}
    return exported


def _headers(option: t.Mapping[t.Any, t.Any] | None) -> dict[str, str]:
    for number, value in enumerate((option or {}).values(), start=1):
        if value is None or isinstance(value, (dict, list)):
            raise BadOption(f"headers: entry {number} has no value, or one that is no text.")
    return {str(name): str(value) for name, value in (option or {}).items()}


@dataclass(frozen=True)
class Masking:
    """Where Ansible's own collection of secrets falls short, and where it goes too far.

    It collects the values of secret options before it makes dicts of texts, as those in the environment are; it does
    not know of credentials in a URL, nor of those that ``connection_from`` takes from the environment. On the other
    hand it masks a header's value of one character, which hides nothing and makes every result unreadable.
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
        from ansible.module_utils.common.validation import check_type_dict

        try:
            headers = check_type_dict(headers)
        except TypeError:
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
