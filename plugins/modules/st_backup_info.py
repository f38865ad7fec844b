#!/usr/bin/python
# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: st_backup_info
short_description: Read the backup topology of Central Governance
version_added: 0.1.0
author:
  - The mftops.central_governance authors (@mftops)
description:
  - Reads which SecureTransports back up which masters, in exactly the shape that M(mftops.central_governance.st_backup)
    takes, and how each backup differs from its master.
extends_documentation_fragment:
  - mftops.central_governance.central_governance
  - mftops.central_governance.central_governance.info
options:
  masters:
    description:
      - Only these masters, by name or businessId. All masters if unset.
      - A backup, or a product of another type, is an error; the message says what it is. For a
        SecureTransport without backups the result is empty.
    type: list
    elements: str
"""

EXAMPLES = r"""
- name: Export the topology
  mftops.central_governance.st_backup_info:
  register: observed

- name: Write it to a file
  ansible.builtin.copy:
    content: "{{ {'topology': observed.topology} | to_nice_yaml }}"
    dest: topology.yml
    mode: "0644"
  delegate_to: localhost
"""

RETURN = r"""
topology:
  description:
    - The masters, by name, and their backups, for the option O(mftops.central_governance.st_backup#module:topology).
  returned: success
  type: list
  elements: dict
  sample: [{master: ST_PARIS, backups: [ST_LYON, ST_LILLE]}]
backups:
  description: One entry per (master, backup).
  returned: success
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
    synchronized:
      description: Central Governance's flag; null when it does not say.
      type: bool
    flag_disagrees:
      description: True when the flag says synchronized and the profiles differ.
      type: bool
    status:
      description: Status of the backup; empty when there is no such product.
      type: str
    version:
      description: Version of the backup.
      type: str
    profiles_to_create:
      description: Names of the profiles that a synchronization would create on the backup.
      type: list
      elements: str
    profiles_to_remove:
      description: Names of the profiles that a synchronization would remove from the backup.
      type: list
      elements: str
    profiles_to_replace:
      description: Profiles of the same name that differ, each with C(name) and C(differs_in).
      type: list
      elements: dict
"""

from ansible_collections.mftops.central_governance.plugins.module_utils.python_version import on_supported_python
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.module import run_module
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.st_backup_info import (
    ARGUMENT_SPEC,
    backup_info,
)


@on_supported_python
def main() -> None:
    run_module(backup_info, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
