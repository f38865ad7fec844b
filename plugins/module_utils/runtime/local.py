# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs the modules that do not connect to Central Governance.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ansible.module_utils.basic import AnsibleModule

from ..cg_api.errors import BadOption
from ..cycles import stop_searching_for_cycles

Body = t.Callable[[AnsibleModule], tuple[dict[str, t.Any], str]]


def run_local_module(body: Body, argument_spec: dict[str, t.Any], **constraints: t.Any) -> None:
    """``body`` returns the results, and why the task fails (empty when it does not); it may raise BadOption."""
    stop_searching_for_cycles()
    module = AnsibleModule(argument_spec, supports_check_mode=True, **constraints)
    try:
        results, failure = body(module)
    except BadOption as problem:
        module.fail_json(msg=str(problem), changed=False)
    for warning in results.pop("warnings", []):
        module.warn(warning)
    if failure:
        module.fail_json(msg=failure, **results)
    module.exit_json(**results)
