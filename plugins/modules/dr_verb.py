#!/usr/bin/python
# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: dr_verb
short_description: A part of st_backup, st_sync and st_flow_deploy; not for playbooks
version_added: 0.1.0
author:
  - The mftops.central_governance authors (@mftops)
description:
  - The action plugins of M(mftops.central_governance.st_backup), M(mftops.central_governance.st_sync) and
    M(mftops.central_governance.st_flow_deploy) run this module in place of the one of their own name, so that Ansible
    has to build one payload for a play that uses the three, and not three. It does what the module that was asked for
    does.
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
- name: Use the module that it is a part of
  mftops.central_governance.st_sync:
    masters: [ST_PARIS]
"""

RETURN = r"""
msg:
  description: Why it failed. When an action plugin runs it, the task returns what the module that was asked for does.
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
