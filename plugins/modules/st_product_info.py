#!/usr/bin/python
# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

DOCUMENTATION = r"""
module: st_product_info
short_description: Read the products of Central Governance
version_added: 0.1.0
author:
  - The mftops.central_governance authors (@mftops)
description:
  - Reads the products that Axway Central Governance manages, with their communication profiles and backups.
extends_documentation_fragment:
  - mftops.central_governance.central_governance
  - mftops.central_governance.central_governance.info
options:
  names:
    description: Only these products, by name or businessId. The task fails if one of them does not exist.
    type: list
    elements: str
  wildcard:
    description:
      - Only products whose name matches; C(%) at the start, the end or both matches any characters, such as V(ST_%).
    type: str
  type:
    description:
      - Only products of this type, such as V(SecureTransport).
      - A type that no product has causes a warning, which lists the existing ones.
    type: str
  version:
    description: Only products of this version.
    type: str
  status:
    description:
      - Only products in one of these statuses, such as V(Unreachable).
      - An unknown status that no product has causes a warning, which lists the existing ones.
    type: list
    elements: str
  include_profiles:
    description: Whether the communication profiles are returned.
    type: bool
    default: true
"""

EXAMPLES = r"""
- name: Find unreachable SecureTransports
  mftops.central_governance.st_product_info:
    type: SecureTransport
    status: [Unreachable]
    include_profiles: false
  register: unreachable
"""

RETURN = r"""
products:
  description: The products, by name.
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
    type:
      description: The type.
      type: str
    version:
      description: The version.
      type: str
    status:
      description: The status, as Central Governance's pages show it.
      type: str
    registered:
      description: Whether the product is registered, whatever its state of health.
      type: bool
    host:
      description: The host.
      type: str
    os:
      description: The operating system.
      type: str
    backups:
      description: Its backups, each with C(id), C(name) and C(synchronized).
      type: list
      elements: dict
    profiles:
      description: Its communication profiles, with the SHA-256 digest of the content of each certificate.
      returned: unless O(include_profiles=false)
      type: list
      elements: dict
"""

from ansible_collections.mftops.central_governance.plugins.module_utils.python_version import on_supported_python
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.module import run_module
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.st_product_info import (
    ARGUMENT_SPEC,
    CONSTRAINTS,
    product_info,
)


@on_supported_python
def main() -> None:
    run_module(product_info, ARGUMENT_SPEC, **CONSTRAINTS)


if __name__ == "__main__":
    main()
