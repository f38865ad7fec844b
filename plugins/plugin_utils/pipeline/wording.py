# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A module's message for users of the role, with the role's variables in place of the module's options.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import re

_COMMON = {
    "continue_on_error": "dr_continue_on_error",
    "wait": "dr_wait",
    "wait_timeout": "dr_wait_timeout",
    "wait_interval": "dr_wait_interval",
    "predicted": "dr_predicted",
    "progress_interval": "dr_progress_interval",
    "unchanged_limit": "dr_unchanged_limit",
}
_CONNECTION = (
    "url", "api_prefix", "username", "password", "token", "headers", "validate_certs", "ca_path", "client_cert",
    "client_key", "timeout", "retries", "max_parallel", "operations",
)  # fmt: skip
_OPTIONS = {
    "declare": {
        "topology": "dr_topology",
        "state": "dr_state",
        "max_removals": "dr_max_removals",
        "protected": "dr_protected",
        "allow_empty": "dr_allow_empty",
        "allow_shared_backup": "dr_allow_shared_backup",
        "on_impact": "dr_on_impact",
    },
    "synchronize": {
        "masters": "dr_masters",
        "max_profile_removals": "dr_max_profile_removals",
        "allow_flow_invalidation": "dr_allow_flow_invalidation",
        "force": "dr_force_sync",
    },
    "deploy": {
        "masters": "dr_masters",
        "flows": "dr_flows",
        "redeploy": "dr_redeploy",
        "force": "dr_force_deploy",
        "skip_incomplete": "dr_skip_incomplete",
    },
}
# An option's name may also be an ordinary word ("LYON is protected", "3 flows: A, B, C"). It then means the option only
# at the start of a sentence and followed by a colon, or together with one of its values.
_VALUES = r"true|false|when_different|present|exact|absent|warn|fail|always|when_needed|never_deployed_only"
_START = r"(?m)(^|[.;,] )"


def in_role_words(step: str, message: str) -> str:
    """The message of a step's module, with the names that the module's options have in the role.

    >>> in_role_words("declare", "max_removals allows 0, protected: LION is no product; LYON is protected.")
    'dr_max_removals allows 0, dr_protected: LION is no product; LYON is protected.'
    """
    for option, variable in {**_COMMON, **_OPTIONS.get(step, {})}.items():
        if "_" in option:
            message = re.sub(rf"(?<![\w.]){option}(?!\w)", variable, message)
        else:
            message = re.sub(rf"{_START}{option}(?=: )", rf"\g<1>{variable}", message)
            message = re.sub(rf"(?<![\w.]){option}(?=(?: is|:) (?:{_VALUES})\b)", variable, message)
            message = re.sub(rf"(?<=\(){option}(?= skips)", variable, message)
            message = re.sub(rf"(?<=\bset ){option}(?= (?:\(.*?\) )?to (?:{_VALUES})\b)", variable, message)
            message = re.sub(rf"(?<=\bfollow in ){option}(?=\.)", variable, message)
    for option in _CONNECTION:
        message = re.sub(rf"{_START}{option}(?=: )", rf"\g<1>dr_connection.{option}", message)
    message = message.replace("first (st_sync)", "first (dr_synchronize)")
    message = message.replace(" (for the role dr: dr_force_sync)", "")
    return message.replace("un the task again", "un the same again").replace("un this task again", "un the same again")
