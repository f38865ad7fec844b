#!/usr/bin/python
# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: dr_ledger_verify
short_description: Verify the ledger of disaster recovery
version_added: 0.1.0
author:
  - The mftops.central_governance authors (@mftops)
description:
  - Checks that a ledger written by M(mftops.central_governance.dr_ledger_append) is intact. Otherwise the task
    fails, and says which line is broken and how.
  - A line that was edited, inserted or removed breaks the chain there. Lines that were removed at the end do not. To
    detect that too, give the digest of an earlier record as O(head).
notes:
  - It does not talk to Central Governance, so it takes no connection options and is in no action group.
extends_documentation_fragment:
  - mftops.central_governance.central_governance.info
options:
  path:
    description: The ledger.
    type: path
    required: true
  head:
    description:
      - The digest of a record that must be there, as RV(mftops.central_governance.dr_ledger_append#module:sha256) gave
        it when it was written.
    type: str
seealso:
  - module: mftops.central_governance.dr_ledger_append
"""

EXAMPLES = r"""
- name: Check that the ledger is intact and still has the record of last December
  mftops.central_governance.dr_ledger_verify:
    path: /var/lib/dr/ledger.jsonl
    head: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08
"""

RETURN = r"""
whole:
  description: Whether the ledger is intact.
  returned: when the file can be read
  type: bool
torn:
  description: Whether the last line was cut off while it was written, and the lines before it are intact.
  returned: when the file can be read
  type: bool
records:
  description: How many valid records there are before the first invalid line.
  returned: when the file can be read
  type: int
kinds:
  description: How many of these records there are of each kind.
  returned: when the file can be read
  type: dict
  sample: {begin: 1, audit: 310, drill: 2, change: 4}
head:
  description: The digest of the last of these records.
  returned: when the file can be read
  type: str
began:
  description: When the first of these records was written.
  returned: when the file can be read
  type: str
last:
  description: When the last of these records was written.
  returned: when the file can be read
  type: str
line:
  description: The first invalid line; null when the ledger is intact.
  returned: when the file can be read
  type: int
problem:
  description: What is wrong with it; empty when the ledger is intact.
  returned: when the file can be read
  type: str
"""

from ansible_collections.mftops.central_governance.plugins.module_utils.python_version import on_supported_python
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.dr_ledger_verify import (
    ARGUMENT_SPEC,
    verify,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.local import run_local_module


@on_supported_python
def main() -> None:
    run_local_module(verify, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
