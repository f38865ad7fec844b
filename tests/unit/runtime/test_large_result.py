# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A result is what Ansible's own exit_json makes of it, and never shows a secret."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.common.parameters import remove_values
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.large_result import shows_any

PACKAGE = "ansible_collections.mftops.central_governance.plugins"
COLLECTIONS = Path(__file__).resolve().parents[3] / ".venv" / "collections"
END = f"""
import json, sys
from ansible.module_utils.basic import AnsibleModule
from {PACKAGE}.module_utils.runtime.large_result import exit_with

spec = {{"result": {{"type": "str"}}, "how": {{"type": "str"}}, "password": {{"type": "str", "no_log": True}}}}
module = AnsibleModule(spec)
module.warn("seen")
result = json.loads(module.params["result"])
module.params["result"] = None
if module.params.pop("how") == "ours":
    exit_with(module, result)
module.exit_json(**result)
"""


def ended(how: str, result: dict[str, Any], password: str) -> dict[str, Any]:
    arguments = {"result": json.dumps(result), "how": how, "password": password}
    finished = subprocess.run(
        [sys.executable, "-c", END],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}),
        env={**os.environ, "PYTHONPATH": str(COLLECTIONS)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert finished.returncode == 0, finished.stderr
    assert password not in finished.stdout
    return json.loads(finished.stdout)


@pytest.mark.parametrize(
    "result",
    [
        {"changed": False, "flows": [{"flow": "SEPA \u00e4 \U0001f600 \u2028", "ids": [1, 2.5, None, True]}] * 3},
        {"changed": True, "flows": [{"deep": {"list": ["before hunt\u00e9r\\2 after"]}}]},
        {"changed": True, "flows": [{"deep": "hunt\u00e9r\\2"}]},
        {},
    ],
)
def test_it_returns_what_exit_json_returns(result):
    ours, ansibles = (ended(how, result, "hunt\u00e9r\\2") for how in ("ours", "ansible"))
    assert ours == ansibles
    assert ours["warnings"]
    if "invocation" in ours:  # from ansible-core 2.21 on only where it is shown
        assert ours["invocation"]["module_args"]["password"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(alphabet='ab"\\\n\u00e4\U0001f600', max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["k", "m"]), inner, max_size=2),
    max_leaves=8,
)


@given(VALUES, st.text(alphabet='ab"\\\n\u00e4\U0001f6001', min_size=1, max_size=2))
def test_what_ansible_would_mask_is_found(value, secret):
    if remove_values(value, {secret}) != value:
        assert shows_any(json.dumps(value), {secret})
