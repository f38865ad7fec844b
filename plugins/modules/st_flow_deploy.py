#!/usr/bin/python
# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: st_flow_deploy
short_description: Deploy flows on SecureTransport masters and their backups
version_added: 0.1.0
author:
  - The mftops.central_governance authors (@mftops)
description:
  - Deploys the flows that need it, and waits until Central Governance shows each of them deployed on every product,
    masters and backups.
  - The gate is checked first. For every SecureTransport master in a flow, all backups must be synchronized. Otherwise
    the task fails with the message of Central Governance, for every flow concerned, before anything is deployed.
  - Check mode predicts C(Deployed in error), and fails, where a product of the flow is C(Unreachable) or not yet
    registered. That a deployment fails there is assumed; outside of check mode, the deployment is requested all the
    same, and the answer of Central Governance counts.
extends_documentation_fragment:
  - mftops.central_governance.central_governance
  - mftops.central_governance.central_governance.verb
  - mftops.central_governance.central_governance.waiting
options:
  flows:
    description: Deploy these flows, by name or businessId.
    type: list
    elements: str
  masters:
    description:
      - Deploy all flows that use these products, by name or businessId.
      - A backup that no flow uses directly is an error. For another product that no flow uses, a warning says what it
        is, unless it is a master.
    type: list
    elements: str
  redeploy:
    description:
      - V(when_needed) deploys a flow whose status is not V(Deployed), or whose deployments miss a product or include a
        former backup.
      - V(always) deploys every flow.
      - V(never_deployed_only) deploys only flows that are not V(Deployed) and have no deployment at all.
    type: str
    choices: [when_needed, always, never_deployed_only]
    default: when_needed
  force:
    description: Central Governance's Force deploy, which skips notifications of conflicts. It never skips the gate.
    type: bool
    default: false
  skip_incomplete:
    description:
      - Whether incomplete flows (status V(Saved)) that are found through O(masters) are skipped with a warning
        instead of refused. A flow that is named in O(flows) is always refused.
    type: bool
    default: false
attributes:
  idempotent:
    support: partial
    details: With O(redeploy=always) every run deploys.
notes:
  - The vendor says that flows can be deployed by REST, but not how. It is assumed to be C(POST /flows/{id}/deploy);
    override it with O(operations).
seealso:
  - module: mftops.central_governance.st_sync
  - module: mftops.central_governance.st_flow_info
"""

EXAMPLES = r"""
- name: Deploy two flows
  mftops.central_governance.st_flow_deploy:
    url: https://cg.example.com:6900
    username: dr-automation
    password: "{{ cg_password }}"
    flows: [SEPA_OUT, SWIFT_IN]

- name: Deploy the flows of two masters that need it, except incomplete ones
  mftops.central_governance.st_flow_deploy:
    masters: [ST_PARIS, ST_FRANKFURT]
    skip_incomplete: true
    continue_on_error: true
"""

RETURN = r"""
actions:
  description: What is done, in sentences; in check mode what would be done.
  returned: always
  type: list
  elements: str
flows:
  description: One entry per flow, in the order of O(flows), then those found through O(masters) by name.
  returned: always
  type: list
  elements: dict
  contains:
    flow:
      description: Name of the flow.
      type: str
    flow_id:
      description: Its businessId.
      type: str
    definition:
      description: The flow as Central Governance shows it, backups in parentheses.
      type: str
      sample: ST_PARIS (ST_LYON, ST_LILLE) -> PARTNER_BANK
    status_before:
      description: Status before the task.
      type: str
    status_after:
      description: Status after the task, as read back; in check mode as predicted.
      type: str
    products:
      description: Names of the products that the flow should be deployed on.
      type: list
      elements: str
    deployments:
      description: One entry per product that the flow is deployed on.
      type: list
      elements: dict
      contains:
        product:
          description: Name of the product.
          type: str
        product_id:
          description: Its businessId.
          type: str
        role:
          description: One of V(master), V(backup), V(former_backup), V(other).
          type: str
        status:
          description: Status of this deployment.
          type: str
    assumed:
      description:
        - True when check mode predicts a failure that is only assumed, on a product that is C(Unreachable) or not
          registered. What is known to fail (the gate, an incomplete flow) is not assumed.
      type: bool
    result:
      description:
        - V(unchanged), nothing had to be done, and nothing is wrong.
        - V(changed), it was done; V(would_change) in check mode.
        - V(failed), it was refused by a rule, or it was tried and did not succeed; RV(flows[].message) says why.
        - V(timed_out), it was requested, but no read showed that it had ended within O(wait_timeout).
        - V(not_tried), it had to be done and was not attempted, since another item was refused or failed, or since
          O(skip_incomplete) skips it.
      type: str
    message:
      description: What went wrong with this flow, or another remark about it; else empty.
      type: str
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
  sample: {flows: 980}
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
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.st_flow_deploy import ST_FLOW_DEPLOY
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.verb import run_verb


@on_supported_python
def main() -> None:
    run_verb(ST_FLOW_DEPLOY)


if __name__ == "__main__":
    main()
