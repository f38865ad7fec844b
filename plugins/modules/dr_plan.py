#!/usr/bin/python
# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: dr_plan
short_description: Predict a run of the role dr, write or compare its plan, and carry it out
version_added: 0.1.0
author:
  - The mftops.central_governance authors (@mftops)
description:
  - Part of the role P(mftops.central_governance.dr#role).
  - With O(mode=write) it writes what a run would do into a file that a person or a program can approve.
  - With O(mode=judge) it returns which steps have nothing to do. It fails when a step would fail, or when the run would
    not do what the plan says.
  - With O(mode=predict) it predicts the three steps itself, from one reading of Central Governance, and then judges. It
    never writes there.
  - With O(mode=run) it does the same, and if no step is known to fail, it carries out those that have work, up to the
    first that fails. The first of them may be planned from what was read for the prediction, if that is at most 10 s
    old, since nothing was written in between; each of the others reads again. What was written is always confirmed by a
    new read. The role's tasks of the steps then return these results.
  - O(mode=run) only predicts in check mode, with O(path), where the task has a timeout or a debugger, and with
    C(--step).
  - The other modes run only on the controller and send no request to Central Governance.
options:
  mode:
    description: What to do, as described above.
    type: str
    choices: [judge, write, predict, run]
    required: true
  path:
    description:
      - The plan file (JSON), on the controller. It is written to a temporary file and renamed, and is readable only by
        its owner. It contains no connection options, and so no secrets.
      - Without it no plan is written or compared.
    type: str
  url:
    description: URL of the Central Governance that the plan is for, if known. Credentials in it are removed.
    type: str
  predictions:
    description:
      - The results of M(mftops.central_governance.st_backup), M(mftops.central_governance.st_sync) and
        M(mftops.central_governance.st_flow_deploy) in check mode, as C(declare), C(synchronize) and C(deploy).
      - Required with O(mode=judge) and O(mode=write).
    type: dict
  declaration:
    description: The variables of the role; required. Those that determine what is done become part of the plan.
    type: dict
  declare:
    description:
      - With O(mode=predict) and O(mode=run), the options of M(mftops.central_governance.st_backup). The step is skipped
        if they are missing, or if C(--tags) or C(--skip-tags) excludes it. What the step works on is taken from
        O(declaration) if these options do not name it.
    type: dict
  synchronize:
    description: As O(declare), for M(mftops.central_governance.st_sync).
    type: dict
  deploy:
    description: As O(declare), for M(mftops.central_governance.st_flow_deploy).
    type: dict
  defaults:
    description:
      - Per step, default values of options. They override the C(module_defaults) of groups of modules, and are
        overridden by those of the module.
    type: dict
attributes:
  check_mode:
    description: Can run in C(check_mode) and return changed status prediction without modifying target.
    support: full
    details: With O(mode=write) it writes the plan file in check mode too, since plans are made in check mode.
  diff_mode:
    description:
      - Will return details on what has changed (or possibly needs changing in C(check_mode)), when in diff mode.
    support: none
    details: With O(mode=run), the results of the steps have their diffs.
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

- name: Fail if it differs from the approved plan
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
  description: Per step, whether it and all the steps before it have nothing to do.
  returned: with O(mode=judge), O(mode=predict) and O(mode=run)
  type: dict
  sample: {declare: true, synchronize: true, deploy: false}
predictions:
  description:
    - What the modules of the steps returned in check mode. If a step is predicted to fail, this has all steps that were
      predicted, otherwise only those that have nothing to do, since the others return their own results.
  returned: with O(mode=predict) and O(mode=run)
  type: dict
carried_out:
  description:
    - For each step that was carried out, the file on the controller with the result that its module would return.
      Ansible removes the files when it ends. The tasks of the role read them, so that a large result is printed once.
  returned: with O(mode=run), when steps were carried out
  type: dict
unknown:
  description: V(true) when the module ended unexpectedly and it is not known what it had written.
  returned: with O(mode=run), in this case
  type: bool
refused:
  description: The first step that would fail.
  returned: when there is one; with O(mode=judge) the task fails then
  type: str
reason:
  description: A sentence that names this step.
  returned: with O(mode=predict) and O(mode=run), when a step would fail
  type: str
sha256:
  description: Checksum of what the run would do; two predictions of the same run have the same checksum.
  returned: with O(mode=judge) and O(mode=write), and with O(path)
  type: str
"""

from ansible_collections.mftops.central_governance.plugins.module_utils.python_version import on_supported_python
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.dr_plan import run_dr_plan


@on_supported_python
def main() -> None:
    run_dr_plan()


if __name__ == "__main__":
    main()
