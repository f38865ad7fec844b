#!/usr/bin/python
# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: dr_verb
short_description: Run st_backup, st_sync or st_flow_deploy; not for playbooks
version_added: 0.1.0
author:
  - The mftops.central_governance authors (@mftops)
description:
  - The action plugins of M(mftops.central_governance.st_backup), M(mftops.central_governance.st_sync) and
    M(mftops.central_governance.st_flow_deploy) run this module instead of the module of the task, so that Ansible
    builds one payload instead of three for a play that uses all of them. It does the same as the module of the task.
  - Used in a playbook, it fails and changes nothing.
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
    support: full
  diff_mode:
    description:
      - Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
    support: full
seealso:
  - module: mftops.central_governance.st_backup
  - module: mftops.central_governance.st_sync
  - module: mftops.central_governance.st_flow_deploy
"""

EXAMPLES = r"""
- name: Use one of the three modules instead
  mftops.central_governance.st_sync:
    masters: [ST_PARIS]
"""

RETURN = r"""
msg:
  description: Why it failed. When an action plugin runs it, it returns what the module of the task returns.
  returned: on failure
  type: str
"""

from ansible_collections.mftops.central_governance.plugins.module_utils.python_version import on_supported_python
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.dr_verb import run_dr_verb


@on_supported_python
def main() -> None:
    run_dr_verb()


if __name__ == "__main__":
    main()
