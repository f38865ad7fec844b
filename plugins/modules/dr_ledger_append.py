#!/usr/bin/python
# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: dr_ledger_append
short_description: Add a record to the ledger of disaster recovery
version_added: 0.1.0
author:
  - The mftops.central_governance authors (@mftops)
description:
  - Adds one record, about an audit, a drill or an applied change, to a file in which each line holds the digest of
    the one before it. M(mftops.central_governance.dr_ledger_verify) finds edited, inserted and removed lines.
  - It is a separate module so that M(mftops.central_governance.st_dr_audit) never writes anything, and an audit that
    somebody runs by hand leaves no trace in the ledger.
  - Several tasks may write to one ledger, one at a time by a lock. A record is on the disk before the task ends.
  - A record that a crash left incomplete is moved to a file beside the ledger, and the next record says so.
  - A missing or broken ledger is never recreated or repaired. The task fails and names the broken line.
notes:
  - It does not talk to Central Governance, so it takes no connection options and is in no action group.
  - The ledger is on the host that runs the module. On a network file system, locks must work.
options:
  path:
    description: The ledger.
    type: path
    required: true
  kind:
    description:
      - What the record is about.
      - V(begin) creates the ledger, and does nothing when an intact one exists.
    type: str
    required: true
    choices: [begin, audit, drill, change]
  audit:
    description:
      - What a task with M(mftops.central_governance.st_dr_audit) registered. Required with O(kind=audit); with
        O(kind=drill) it is kept as the state of the estate on the day of the drill.
    type: dict
  drill:
    description: A drill, with O(kind=drill).
    type: dict
    suboptions:
      scenario:
        description: What was rehearsed.
        type: str
        required: true
      outcome:
        description: How it ended.
        type: str
        required: true
        choices: [passed, failed, aborted]
      started:
        description: When it started, such as V(2026-11-25T21:00:00Z). A time without an offset is in UTC.
        type: str
      ended:
        description: When it ended. Now if unset.
        type: str
      participants:
        description: Who took part.
        type: list
        elements: str
        default: []
      steps:
        description: The steps of the checklist.
        type: list
        elements: dict
        default: []
        suboptions:
          name:
            description: What was to be done.
            type: str
            required: true
          expected_minutes:
            description: How long it was expected to take.
            type: float
          measured_minutes:
            description: How long it took.
            type: float
          outcome:
            description: How it ended.
            type: str
            required: true
            choices: [done, failed, skipped]
          note:
            description: Notes.
            type: str
            default: ""
      findings:
        description: What was found.
        type: list
        elements: str
        default: []
  change:
    description: An applied change, with O(kind=change).
    type: dict
    suboptions:
      actions:
        description: What was done, in sentences.
        type: list
        elements: str
        required: true
      succeeded:
        description: Whether all of it was done.
        type: bool
        required: true
      reason:
        description: Why not all of it was done, if O(change.succeeded=false).
        type: str
        default: ""
      backups:
        description:
          - RV(mftops.central_governance.st_sync#module:backups). The ledger keeps which of them were seen synchronized.
            Of those that were synchronized before the task, that list has only the first
            O(mftops.central_governance.st_sync#module:unchanged_limit).
        type: list
        elements: dict
        default: []
  who:
    description: Who ran the play. The user of the process if unset.
    type: str
  declaration:
    description:
      - The file that declares the topology. Its digest is recorded, and its commit if it is in a readable git
        repository.
    type: path
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
    support: full
  diff_mode:
    description:
      - Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
    support: none
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no
        change.
    support: partial
    details: Only O(kind=begin). Every other run adds a record.
seealso:
  - module: mftops.central_governance.dr_ledger_verify
  - module: mftops.central_governance.st_dr_audit
"""

EXAMPLES = r"""
- name: Create the ledger, once
  mftops.central_governance.dr_ledger_append:
    path: /var/lib/dr/ledger.jsonl
    kind: begin

- name: Audit
  mftops.central_governance.st_dr_audit:
    topology: "{{ topology }}"
    ledger: /var/lib/dr/ledger.jsonl
  register: audit

- name: Record it in the ledger
  mftops.central_governance.dr_ledger_append:
    path: /var/lib/dr/ledger.jsonl
    kind: audit
    audit: "{{ audit }}"
    who: "{{ awx_user_name | default(omit) }}"
"""

RETURN = r"""
path:
  description: The ledger.
  returned: success
  type: str
kind:
  description: What the record is about.
  returned: success
  type: str
seq:
  description: The number of the record, which is that of its line.
  returned: when a record was, or would be, added
  type: int
sha256:
  description:
    - The digest of the record. Kept elsewhere (in the job's statistics, for example), it proves that no line was cut
      off at the end; see O(mftops.central_governance.dr_ledger_verify#module:head).
    - In check mode, that of a record which is never written.
  returned: when a record was, or would be, added
  type: str
"""

from ansible_collections.mftops.central_governance.plugins.module_utils.python_version import on_supported_python
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.dr_ledger_append import (
    ARGUMENT_SPEC,
    CONSTRAINTS,
    append,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.local import run_local_module


@on_supported_python
def main() -> None:
    run_local_module(append, ARGUMENT_SPEC, **CONSTRAINTS)


if __name__ == "__main__":
    main()
