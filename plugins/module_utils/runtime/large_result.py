# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Returning a result without looking for secrets in each of its values.

PRIVATE to the collection: it may change at any time.

``AnsibleModule.exit_json`` copies a result value by value to mask the secrets in it, which for a large estate takes a
third of the time of a task. A secret that is in none of the values is not in their JSON text either, and searching one
text is fast. If a secret is found in it, Ansible masks the result as usual.
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
import typing as t

from ansible.module_utils.basic import AnsibleModule


def exit_with(module: AnsibleModule, result: dict[str, t.Any]) -> t.NoReturn:
    """Does the same as ``module.exit_json(**result)``; the result is plain data."""
    text = json.dumps(result)
    if not shows_any(text, module.no_log_values):
        own = _own_part(module)
        if own is not None:
            # Not print and sys.exit, which Ansible's sanity tests keep out of modules.
            sys.stdout.write("\n" + ", ".join(part for part in (text[1:-1], own) if part).join("{}") + "\n")
            raise SystemExit(0)
    module.exit_json(**result)
    raise AssertionError("unreachable: exit_json ends the module")


def shows_any(text: str, secrets: t.Iterable[t.Any]) -> bool:
    """Whether a secret is part of a value in the JSON text. It may be True if none is, but is never False if one is.

    JSON encodes each character of a value separately, so the text of a value contains the text of each of its parts.

    >>> shows_any('["it is s3cret"]', ["s3cret"]), shows_any("[42]", ["7"])
    (True, False)
    """
    return any(json.dumps(str(secret))[1:-1] in text for secret in secrets)


def _own_part(module: AnsibleModule) -> str | None:
    """What Ansible adds to a result (invocation, warnings), masked, without the braces; None if it is not found."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output), contextlib.suppress(SystemExit):
        module.exit_json()
    own = output.getvalue().strip()
    return own[1:-1].strip() if own.startswith("{") and own.endswith("}") else None
