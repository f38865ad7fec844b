#!/usr/bin/python
# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: st_flow_info
short_description: Read the flows of Central Governance and where they are deployed
version_added: 0.1.0
author:
  - The mftops.central_governance authors (@mftops)
description:
  - Reads flows with their definition, status, deployments and stale deployments, and whether the gate that
    Central Governance puts before a deployment is open.
extends_documentation_fragment:
  - mftops.central_governance.central_governance
  - mftops.central_governance.central_governance.info
options:
  flows:
    description: Only these flows, by name or businessId. A flow that is not there fails the task.
    type: list
    elements: str
  masters:
    description:
      - Only flows that use these masters, by name or businessId.
      - A backup, or a product of another type, is an error; the message says what it is. A
        SecureTransport without backups is not an error.
    type: list
    elements: str
  status:
    description:
      - Only flows in one of these statuses, such as V(Deployed in error).
      - A status that is not known and that no flow has is a warning, which says what there is.
    type: list
    elements: str
"""

EXAMPLES = r"""
- name: Every flow that is not deployed as it should be
  mftops.central_governance.st_flow_info:
    status: ["Saved, not deployed", Deployed in error]
  register: waiting
"""

RETURN = r"""
flows:
  description: The flows, by name.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: The businessId.
      type: str
    name:
      description: The name.
      type: str
    definition:
      description: The flow as Central Governance draws it, backups in parentheses.
      type: str
    status:
      description: The status.
      type: str
    details:
      description: What Central Governance says of the last deployment, if it says anything.
      type: str
    products:
      description: The flow's ends and relays, each with C(id), C(name), C(kind) and C(role) (source, relay or target).
      type: list
      elements: dict
    deployments:
      description:
        - One entry per product that the flow is deployed on, with C(product), C(product_id), C(role), C(status) and
          C(message).
      type: list
      elements: dict
    missing_deployments:
      description: Names of the products that should have a successful deployment and have none.
      type: list
      elements: str
    stale_deployments:
      description: Names of the products that have a deployment and are neither used by the flow nor a backup.
      type: list
      elements: str
    gate:
      description: C(open) tells whether a deployment may pass, C(messages) what Central Governance would say if not.
      type: dict
"""

from ansible_collections.mftops.central_governance.plugins.module_utils.python_version import on_supported_python
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.module import run_module
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.st_flow_info import (
    ARGUMENT_SPEC,
    flow_info,
)


@on_supported_python
def main() -> None:
    run_module(flow_info, ARGUMENT_SPEC)


if __name__ == "__main__":
    main()
