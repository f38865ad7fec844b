# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that several modules share: one table each, from which argument specs are merged.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import env_fallback

from ..cg_api.errors import BadOption
from ..cg_api.transport import Connection
from ..dr.model import Limit

DEFAULT_API_PREFIX = "/Axway/CentralGovernance/default/CentralGovernance/api/v2"


def _from_environment(variable: str, **option: t.Any) -> dict[str, t.Any]:
    return {**option, "fallback": (env_fallback, [variable])}


CONNECTION: dict[str, dict[str, t.Any]] = {
    "url": _from_environment("CG_URL", type="str", required=True),
    "api_prefix": _from_environment("CG_API_PREFIX", type="str", default=DEFAULT_API_PREFIX),
    "username": _from_environment("CG_USERNAME", type="str"),
    "password": _from_environment("CG_PASSWORD", type="str", no_log=True),
    "token": _from_environment("CG_TOKEN", type="str", no_log=True),
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
    names = set(CONNECTION) - {"operations", "headers"}
    headers = {str(name): str(value) for name, value in (params["headers"] or {}).items()}
    return Connection(**{name: params[name] for name in names}, headers=headers)


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
