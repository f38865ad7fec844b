#!/usr/bin/python
# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: st_sync
short_description: Synchronize SecureTransport backups with their masters
version_added: 0.1.0
author:
  - The mftops.central_governance authors (@mftops)
description:
  - Synchronizes the backups that are not synchronized with their SecureTransport master, and waits until they are.
  - A synchronization gives the backup the communication profiles of its master, and removes those that the master does
    not have. Flows that use the backup directly become invalid.
  - After the wait, Central Governance's flag and a comparison of the profiles are both read again. Only what was seen
    is reported as done.
extends_documentation_fragment:
  - mftops.central_governance.central_governance
  - mftops.central_governance.central_governance.verb
  - mftops.central_governance.central_governance.waiting
options:
  masters:
    description:
      - Only the backups of these masters, by name or businessId. All masters if unset.
      - A product that is not a master is an error; the message says what it is.
    type: list
    elements: str
  backups:
    description: Only these backups, by name or businessId.
    type: list
    elements: str
  max_profile_removals:
    description:
      - How many communication profiles may be removed from one backup, as a number or as a percentage (V(50%)) of those
        that it has. Unlimited if unset.
    type: str
  allow_flow_invalidation:
    description: Whether to synchronize a backup that flows use directly, which makes those flows invalid.
    type: bool
    default: false
  force:
    description:
      - Which backups to synchronize although Central Governance calls them synchronized.
      - V(false), none. If the profiles differ all the same, a warning says so and RV(backups[].flag_disagrees) is true.
      - V(when_different), the backups whose profiles differ from those of their master.
      - V(true), all of them.
    type: str
    choices: ["false", "true", when_different]
    default: "false"
notes:
  - Profiles of the same name are compared. They are equal when type, protocol, port, TLS and FIPS mode are equal, and
    with TLS also client authentication and certificate content. This is the vendor's documented rule for duplicates.
  - The vendor documents a Synchronize button, not its REST operation. It is assumed to be
    C(POST /products/{id}/backupproducts/{backupId}/synchronize); override it with O(operations).
seealso:
  - module: mftops.central_governance.st_backup
  - module: mftops.central_governance.st_flow_deploy
"""

EXAMPLES = r"""
- name: Synchronize whatever is not synchronized
  mftops.central_governance.st_sync:
    url: https://cg.example.com:6900
    username: dr-automation
    password: "{{ cg_password }}"

- name: Repair the backups that differ from their master although Central Governance calls them synchronized
  mftops.central_governance.st_sync:
    force: when_different

- name: Synchronize the backups of one master, unless that removes more than half of their profiles
  mftops.central_governance.st_sync:
    masters: [ST_PARIS]
    max_profile_removals: 50%
    wait_timeout: 1800
"""

RETURN = r"""
actions:
  description: What is done, in sentences; in check mode what would be done.
  returned: always
  type: list
  elements: str
backups:
  description: One entry per (master, backup), in the order of O(masters), else by master.
  returned: always
  type: list
  elements: dict
  contains:
    master:
      description: Name of the master.
      type: str
    master_id:
      description: Its businessId.
      type: str
    backup:
      description: Name of the backup.
      type: str
    backup_id:
      description: Its businessId.
      type: str
    synchronized_before:
      description: Central Governance's flag before the task; null when it does not say.
      type: bool
    synchronized_after:
      description: The flag after the task, as read back; in check mode as predicted.
      type: bool
    profiles_created:
      description: Names of the profiles that the backup gets.
      type: list
      elements: str
    profiles_removed:
      description: Names of the profiles that the backup loses.
      type: list
      elements: str
    profiles_replaced:
      description: Names of the profiles that the backup has with other content.
      type: list
      elements: str
    invalidated_flows:
      description: Names of the flows that use the backup directly and become invalid.
      type: list
      elements: str
    profiles_that_differ:
      description:
        - What still differs after the task, as far as it was read. C(missing) lists the names of profiles that the
          backup lacks, C(not_on_the_master) those that only the backup has; C(different) maps the name of each profile
          that both have to the fields that differ.
      type: dict
      sample: {missing: [https], not_on_the_master: [], different: {sftp: [port]}}
    flag_disagrees:
      description:
        - True when Central Governance says synchronized and the profiles differ. Such an entry is always listed,
          whatever O(unchanged_limit) says.
      type: bool
    result:
      description:
        - V(unchanged), nothing had to be done, and nothing is wrong.
        - V(changed), it was done; V(would_change) in check mode.
        - V(failed), it was refused by a rule, or it was tried and did not succeed; RV(backups[].message) says why.
        - V(timed_out), it was requested, but no read showed that it had ended within O(wait_timeout).
        - V(not_tried), it had to be done and was not attempted, since another item was refused or failed.
      type: str
    message:
      description: What went wrong with this backup, or another remark about it; else empty.
      type: str
flag_disagrees_count:
  description: How many entries have RV(backups[].flag_disagrees=true).
  returned: always
  type: int
unchanged_count:
  description: How many of the items are unchanged, listed or not.
  returned: always
  type: int
counts:
  description: How many items have each result word, listed or not.
  returned: always
  type: dict
  sample: {changed: 2, unchanged: 98}
omitted:
  description:
    - How many entries of each list were left out to keep what a failed task prints below 20 kB. Items that failed come
      first. The whole result is in the O(result_file), where one was given.
  returned: on failure, when something was left out
  type: dict
  sample: {backups: 980}
writes_sent:
  description: Method and path of the writes that were sent before an unexpected error ended the task.
  returned: when an unexpected error ended the task after a write
  type: list
  elements: str
predicted:
  description: The relevant state after the plan, for the O(predicted) of a later task in check mode.
  returned: always
  type: dict
error:
  description: The server's answer behind a failure.
  returned: when the server or the connection to it failed
  type: dict
"""

from ansible_collections.mftops.central_governance.plugins.module_utils.python_version import on_supported_python
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.st_sync import ST_SYNC
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.verb import run_verb


@on_supported_python
def main() -> None:
    run_verb(ST_SYNC)


if __name__ == "__main__":
    main()
