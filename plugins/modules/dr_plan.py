#!/usr/bin/python
# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: dr_plan
short_description: Judge what a run of the role dr would do, and keep or compare its plan
version_added: 0.1.0
author:
  - The mftops.central_governance authors (@mftops)
description:
  - Part of the role P(mftops.central_governance.dr#role), which gives it what its three steps predict. It runs on the
    controller and asks Central Governance nothing.
  - With O(mode=write) it writes what a run would do into a file that a person or a program can approve.
  - With O(mode=judge) it says which steps have nothing to do, and fails when the run would not do what the file says.
options:
  mode:
    description: What to do with the predictions.
    type: str
    choices: [judge, write]
    required: true
  path:
    description:
      - The plan file (JSON), on the controller. Written aside and renamed, readable for its owner only. It holds no
        connection options, and so no secrets.
      - Without it no plan is written or compared.
    type: str
  url:
    description: URL of the Central Governance that the plan is for, if known. Credentials in it are left out.
    type: str
  predictions:
    description:
      - The results of M(mftops.central_governance.st_backup), M(mftops.central_governance.st_sync) and
        M(mftops.central_governance.st_flow_deploy) in check mode, as C(declare), C(synchronize) and C(deploy).
    type: dict
    required: true
  declaration:
    description: The variables of the role. Those that decide what is done become part of the plan.
    type: dict
    required: true
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
    support: full
    details: With O(mode=write) it writes the plan file in check mode too, which is what a plan is for.
  diff_mode:
    description:
      - Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
    support: none
  action:
    description: Indicates this has a corresponding action plugin so some parts of the options can be executed on the
      controller.
    support: full
seealso:
  - module: mftops.central_governance.st_backup
"""

EXAMPLES = r"""
- name: Predict a declaration
  mftops.central_governance.st_backup:
    topology: "{{ topology }}"
  check_mode: true
  register: predicted

- name: Refuse to go on if it is not what was approved
  mftops.central_governance.dr_plan:
    mode: judge
    path: approved.json
    predictions:
      declare: "{{ predicted }}"
    declaration:
      dr_topology: "{{ topology }}"
"""

RETURN = r"""
idle:
  description: Per step whether it, and all the steps before it, have nothing to do.
  returned: with O(mode=judge)
  type: dict
  sample: {declare: true, synchronize: true, deploy: false}
sha256:
  description: Checksum over what the run would do; two predictions of the same run have the same.
  returned: always
  type: str
"""
