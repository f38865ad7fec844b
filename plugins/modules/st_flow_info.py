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
  - Reads flows with their definition, status, deployments and stale deployments, and whether Central Governance would
    accept a deployment (the gate).
extends_documentation_fragment:
  - mftops.central_governance.central_governance
  - mftops.central_governance.central_governance.info
options:
  flows:
    description: Only these flows, by name or businessId. The task fails if one of them does not exist.
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
      - An unknown status that no flow has causes a warning, which lists the existing ones.
    type: list
    elements: str
"""

EXAMPLES = r"""
- name: Find flows that are not deployed as they should be
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
      description: The flow as Central Governance shows it, backups in parentheses.
      type: str
    status:
      description: The status.
      type: str
    details:
      description: What Central Governance says about the last deployment, if it says anything.
      type: str
    products:
      description:
        - The flow's sources, relays and targets, each with C(id), C(name), C(kind) and C(role) (V(source), V(relay) or
          V(target)).
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
      description: C(open) is whether a deployment would be accepted, C(messages) the messages of the refusal if not.
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
