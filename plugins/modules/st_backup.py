#!/usr/bin/python
# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: st_backup
short_description: Declare which SecureTransports back up which masters
version_added: 0.1.0
author:
  - The mftops.central_governance authors (@mftops)
description:
  - Adds and removes backups of SecureTransport masters in Axway Central Governance, for a whole topology in one task.
  - All rules are checked before the first write and all violations are reported together.
  - Adding a backup changes the status of the deployed flows of its master to V(Saved, not deployed); they are listed as
    RV(impacted_flows) and in a warning. Removing a backup leaves stale deployments behind, which Central Governance
    does not report; they are listed as RV(stale_flows).
  - New backups start unsynchronized. Use M(mftops.central_governance.st_sync) next.
extends_documentation_fragment:
  - mftops.central_governance.central_governance
  - mftops.central_governance.central_governance.verb
options:
  topology:
    description:
      - The masters and their backups, as a list of dicts with C(master) and C(backups), each product by name or
        businessId.
      - May be YAML or JSON text, as the text area of a survey gives it.
    type: raw
  master:
    description: Short form for a topology of one master, with O(backups).
    type: str
  backups:
    description: The backups of O(master), by name or businessId.
    type: list
    elements: str
  state:
    description:
      - V(present) adds what is missing and never removes.
      - V(exact) makes the backups of each listed master exactly what is declared. Masters that are not listed are not
        changed.
      - V(absent) removes the listed backups and no others. A name that no product has is a warning.
    type: str
    choices: [present, exact, absent]
    default: present
  max_removals:
    description:
      - How many backups may be removed, as a number or as a percentage (V(25%)) of the backups that the listed masters
        have now. Unlimited if unset.
    type: str
  protected:
    description:
      - Backups that may never be removed, by name or businessId.
      - A name that no product has causes a warning, and a violation (C(unknown_product)) if the task would remove
        backups.
    type: list
    elements: str
    default: []
  allow_empty:
    description: Whether O(state=exact) may be given an empty list of backups, which removes all of them.
    type: bool
    default: false
  allow_shared_backup:
    description:
      - Whether a product may be a backup of more than one master. The vendor does not say that this is forbidden, but
        each synchronization with one master would undo the one with the other.
    type: bool
    default: false
  on_impact:
    description: What to do when deployed flows would have to be deployed again, V(warn) or V(fail) before any write.
    type: str
    choices: [warn, fail]
    default: warn
notes:
  - Adding is documented by the vendor, C(POST /products/{id}/backupproducts). Removing is assumed to be
    C(DELETE /products/{id}/backupproducts/{backupId}); override it with O(operations).
seealso:
  - module: mftops.central_governance.st_sync
  - module: mftops.central_governance.st_flow_deploy
  - module: mftops.central_governance.st_backup_info
"""

EXAMPLES = r"""
- name: Declare the disaster-recovery topology
  mftops.central_governance.st_backup:
    url: https://cg.example.com:6900
    username: dr-automation
    password: "{{ cg_password }}"
    topology:
      - master: ST_PARIS
        backups: [ST_LYON, ST_LILLE]
      - master: ST_FRANKFURT
        backups: [ST_MUNICH]

- name: Make the backups exactly as listed, but never remove more than a quarter of them, and never ST_LYON
  mftops.central_governance.st_backup:
    topology: "{{ topology }}"
    state: exact
    max_removals: 25%
    protected: [ST_LYON]

- name: Remove one backup
  mftops.central_governance.st_backup:
    master: ST_PARIS
    backups: [ST_LILLE]
    state: absent
"""

RETURN = r"""
actions:
  description: What is done, in sentences; in check mode what would be done.
  returned: always
  type: list
  elements: str
  sample: ["Add ST_LILLE to the backups of ST_PARIS"]
masters:
  description:
    - One entry per declared master, in the declared order. A name that matches no product has no entry here, but one in
      RV(violations).
    - Empty when the task failed because of a wrong option, or while reading.
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
    before:
      description: Names of its backups before the task.
      type: list
      elements: str
    after:
      description: Names of its backups after the task, as read back; in check mode as predicted.
      type: list
      elements: str
    added:
      description: Names of the backups in RV(masters[].after) only.
      type: list
      elements: str
    removed:
      description: Names of the backups in RV(masters[].before) only.
      type: list
      elements: str
    result:
      description:
        - V(unchanged), nothing had to be done, and nothing is wrong.
        - V(changed), it was done; V(would_change) in check mode.
        - V(failed), it was refused by a rule, or it was tried and did not succeed; RV(masters[].message) says why.
        - A master for which only some of the writes succeeded is V(failed). When the reply to a write was lost and a
          read shows no effect yet, RV(masters[].message) says that the outcome is unknown, and the task is changed.
        - V(not_tried), it had to be done and was not attempted, since another item was refused or failed.
      type: str
    message:
      description: What went wrong with this master, or why it was left out; else empty.
      type: str
impacted_flows:
  description:
    - Deployed flows of the masters to which a backup was added (in check mode would be added), with their statuses
      before and after.
    - Empty when the task is refused. If the reason is O(on_impact=fail), the flows are named in RV(violations).
  returned: always
  type: list
  elements: dict
  sample:
    - flow: SEPA_OUT
      flow_id: 5f0c2d7e-6f39-4f0c-9a54-0f6d3f3c9a11
      master: ST_PARIS
      master_id: b430b2e7-b707-4d73-8cc9-c2022a44929e
      status_before: Deployed
      status_after: "Saved, not deployed"
stale_flows:
  description: Flows that stay deployed on a product that is no longer a backup of their master.
  returned: always
  type: list
  elements: dict
  sample:
    - flow: SEPA_OUT
      flow_id: 5f0c2d7e-6f39-4f0c-9a54-0f6d3f3c9a11
      master: ST_PARIS
      master_id: b430b2e7-b707-4d73-8cc9-c2022a44929e
      former_backup: ST_LILLE
      former_backup_id: 0d6cf0b5-1c9c-4c3f-8f5c-3f2c8f1f7f20
violations:
  description:
    - Every violation of a rule by the topology. When there is one, nothing is changed and the task fails.
    - The rules are C(unknown_product), C(ambiguous_product), C(not_securetransport), C(not_registered),
      C(version_mismatch), C(backup_has_backups), C(master_is_backup), C(self_backup), C(shared_backup),
      C(duplicate_master), C(too_many_removals), C(protected_backup), C(empty_backups) and, with O(on_impact=fail),
      C(impact).
    - C(master) and C(backup) are names, C(master_id) and C(backup_id) businessIds; each is empty where it does not
      apply.
  returned: always
  type: list
  elements: dict
  sample:
    - rule: self_backup
      master: ST_PARIS
      master_id: b430b2e7-b707-4d73-8cc9-c2022a44929e
      backup: ST_PARIS
      backup_id: b430b2e7-b707-4d73-8cc9-c2022a44929e
      message: ST_PARIS cannot be its own backup.
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
  sample: {masters: 980}
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
  sample: {status: 403, method: POST, path: /products/42/backupproducts, server_message: Missing privilege}
"""

from ansible_collections.mftops.central_governance.plugins.module_utils.python_version import on_supported_python
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.st_backup import ST_BACKUP
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.verb import run_verb


@on_supported_python
def main() -> None:
    run_verb(ST_BACKUP)


if __name__ == "__main__":
    main()
