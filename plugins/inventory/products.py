# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: products
short_description: The products of Central Governance as hosts
version_added: 0.1.0
author:
  - The mftops.central_governance authors (@mftops)
description:
  - Makes a host of each product that Axway Central Governance manages, with its role in disaster recovery, its backups
    or masters, version, status and tags as variables.
  - The inventory source is a file whose name ends in V(cg_products.yml) or V(cg_products.yaml) and that names this
    plugin.
  - Everything is read in one request, in the same way as the modules read it. Nothing is ever changed.
  - Connection options in the file may be templates, and may be encrypted with Ansible Vault. It is better to leave them
    out and to use the environment, as AWX does.
notes:
  - Names in Central Governance are free text. Where a name could be mistaken for a path, a template or an option of
    C(ssh), the unsafe characters become C(_). The businessId is appended to a name that two products share, or that
    Ansible uses itself (such as V(localhost)). The original name is in C(cg_name). Variables are never templated.
  - Ansible only warns when an inventory source fails. Set C(any_unparsed_is_failed) in section C([inventory]) of
    C(ansible.cfg), or E(ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED), to make it an error. AWX does so by itself.
extends_documentation_fragment:
  - mftops.central_governance.central_governance.plugin
  - mftops.central_governance.central_governance
  - ansible.builtin.constructed
  - ansible.builtin.inventory_cache
options:
  plugin:
    description: Says that the file is meant for this plugin.
    type: str
    required: true
    choices: [mftops.central_governance.products]
  type:
    description: Only products of this type. Empty text means all types.
    type: str
    default: SecureTransport
  status:
    description: Only products in one of these statuses, such as V(Started). All when empty.
    type: list
    elements: str
    default: []
  tags:
    description: Only products that have one of these tags. All when empty.
    type: list
    elements: str
    default: []
  role_groups:
    description:
      - Whether to make the groups C(cg_masters) (products with at least one backup), C(cg_backups) (products that are
        the backup of at least one product) and C(cg_standalone) (neither).
    type: bool
    default: true
"""

EXAMPLES = r"""
# cg_products.yml: one line is enough where the address and the credentials come from the environment (CG_URL,
# CG_USERNAME, CG_PASSWORD).
#
#   plugin: mftops.central_governance.products

# west.cg_products.yml: groups by tag, version and status, and a group of the masters that are not ready for a failover
plugin: mftops.central_governance.products
url: https://cg.example.com:6900
strict: true
keyed_groups:
  - key: cg_tags
    prefix: tag
  - key: cg_version
    prefix: st
  - key: cg_status
    prefix: status
groups:
  not_ready: cg_role == 'master' and not cg_synchronized
compose:
  cg_backup_names: cg_backups | map(attribute='name')
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.cache/cg_products
cache_timeout: 600

# The variables of a host, for example:
#
#   ansible_host: st-paris.west.bank.example
#   cg_id: 1a4d1c3e-0000-0000-0000-000000000001
#   cg_name: ST_PARIS
#   cg_type: SecureTransport
#   cg_version: "5.5"
#   cg_status: Started
#   cg_registered: true
#   cg_host: st-paris.west.bank.example
#   cg_os: linux-x86-64
#   cg_tags: [west, production]
#   cg_role: master           # or backup, standalone, master and backup
#   cg_synchronized: false    # of a master: all of its backups are; of a backup: with all of its masters; else null
#   cg_backups:
#     - {id: ..., name: ST_LYON, inventory_hostname: ST_LYON, synchronized: true, status: Started, version: "5.5"}
#   cg_masters: []            # of a backup: {id, name, inventory_hostname} of each
"""

import hashlib
import json
import typing as t

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.module_utils.basic import missing_required_lib
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.client import CentralGovernance
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.connection import Connection
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.errors import BadOption, CGError
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.overrides import warnings_about
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.scrubbing import Scrubber
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.transport import (
    REQUESTS_IMPORT_ERROR,
    Transport,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.inventory import inventory_hosts
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.model import Backup, Product
from ansible_collections.mftops.central_governance.plugins.module_utils.dr.wording import did_you_mean
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.module import connection_warnings
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.options import (
    CONNECTION,
    Masking,
    connection_from,
    operations_from,
)
from ansible_collections.mftops.central_governance.plugins.plugin_utils.untrusted import (
    ONLY_TRUSTED_TEXT_IS_A_TEMPLATE,
    marked_as_data,
)

# Incremented when the format of the cached data changes.
CACHE_VERSION = 1


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    NAME = "mftops.central_governance.products"

    def verify_file(self, path: str) -> bool:
        return bool(super().verify_file(path)) and path.endswith(("cg_products.yml", "cg_products.yaml"))

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        config = self._checked_config(path)
        params = self._connection_params(config)
        try:
            products = self._products(path, params, cache)
        except (BadOption, CGError) as error:
            raise AnsibleParserError(f"{error} No host was read from Central Governance.") from None
        hosts = inventory_hosts(
            products,
            product_type=self.get_option("type"),
            statuses=self.get_option("status"),
            tags=self.get_option("tags"),
        )
        for host in hosts:
            self._add(host)

    def set_options(
        self, task_keys: t.Any = None, var_options: t.Any = None, direct: dict[str, t.Any] | None = None
    ) -> None:
        """As in Ansible, but without the connection options, which are validated by the modules' argument spec: that
        also says which of them are secret."""
        options = {name: value for name, value in (direct or {}).items() if name not in CONNECTION}
        super().set_options(task_keys=task_keys, var_options=var_options, direct={**options, "url": ""})

    def _checked_config(self, path: str) -> dict[str, t.Any]:
        """The file's content. Raises AnsibleParserError, with the option's name, for invalid values."""
        config: dict[str, t.Any] = self._read_config_data(path)
        known = self.get_options()
        for option in config:
            if option not in known:
                hint = did_you_mean(str(option), known)
                raise AnsibleParserError(f"{option}: the plugin products has no option of this name.{hint}")
        return config

    def _connection_params(self, config: dict[str, t.Any]) -> dict[str, t.Any]:
        """The connection options, completed from the environment and converted exactly as in the modules."""
        given = {name: self._plain(config[name]) for name in CONNECTION if config.get(name) is not None}
        checked = ArgumentSpecValidator(CONNECTION).validate(given)
        if not checked.validated_parameters.get("url"):
            raise AnsibleParserError(
                "url: it is missing. Give it in the inventory file, or in the environment as CG_URL."
            )
        if checked.error_messages:
            # Ansible's messages may quote the value.
            scrub = Scrubber(Masking.of(checked.validated_parameters).missing | Masking.of(given).missing)
            raise AnsibleParserError(scrub("; ".join(checked.error_messages)))
        return dict(checked.validated_parameters)

    def _plain(self, value: t.Any) -> t.Any:
        """The value decrypted and templated, including nested values."""
        if isinstance(value, dict):
            return {key: self._plain(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self._plain(item) for item in value]
        if isinstance(value, (bool, int, float)) or value is None:
            return value
        try:
            value = self.templar.template(value)
        except AnsibleError as error:
            raise AnsibleParserError(f"A connection option could not be templated: {error}") from None
        # Before ansible-core 2.19, vaulted text is not a str; str() decrypts it.
        return value if isinstance(value, (dict, list, bool, int, float)) else str(value)

    def _products(self, path: str, params: dict[str, t.Any], may_use_cache: bool) -> list[Product]:
        """All products, without their profiles. Raises BadOption and CGError."""
        connection = connection_from(params)
        operations = operations_from(params)
        caching = self.get_option("cache")
        key = f"{self.get_cache_key(path)}_{_digest(connection, params['operations'])}"
        if caching and may_use_cache:
            try:
                return [_product_from(row) for row in self._cache[key]]
            except (KeyError, TypeError, ValueError):  # missing, or not in the format that this plugin writes
                pass
        if REQUESTS_IMPORT_ERROR is not None:
            raise AnsibleParserError(missing_required_lib("requests")) from REQUESTS_IMPORT_ERROR
        transport = Transport(connection, read_only=True)
        products = CentralGovernance(transport, operations).products()
        for product in products:
            len(product.backups)  # raises if Central Governance does not show them
        for warning in [*warnings_about(operations), *connection_warnings(connection.url, transport)]:
            self.display.warning(warning)
        if caching:
            self._cache[key] = [_row_of(product) for product in products]
        return products

    def _add(self, host: dict[str, t.Any]) -> None:
        name = self.inventory.add_host(host["name"])
        for variable, value in host["variables"].items():
            self.inventory.set_variable(name, variable, never_template(value))
        if self.get_option("role_groups"):
            for group in host["groups"]:
                self.inventory.add_child(self.inventory.add_group(group), name)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), self._variables_of(name), name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), self._variables_of(name), name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), self._variables_of(name), name, strict=strict)

    def _variables_of(self, name: str) -> dict[str, t.Any]:
        return dict(self.inventory.get_host(name).get_vars())


def never_template(value: t.Any) -> t.Any:
    """The value with its texts marked, for ansible-core before 2.19, so that they are not taken for templates.

    Only texts that could be templates are marked, since ``ansible-inventory``, and so AWX, shows a marked text as an
    object.
    """
    if ONLY_TRUSTED_TEXT_IS_A_TEMPLATE:
        return value
    if isinstance(value, dict):
        return {key: never_template(item) for key, item in value.items()}
    if isinstance(value, list):
        return [never_template(item) for item in value]
    return marked_as_data(value) if isinstance(value, str) and ("{" in value or value.startswith("#")) else value


def _digest(connection: Connection, operations: t.Any) -> str:
    """A key that differs for other servers, users and operations, so that their cached data is not mixed up. It has no
    secrets."""
    source = [CACHE_VERSION, connection.base, connection.username, operations]
    return hashlib.sha256(json.dumps(source, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _row_of(product: Product) -> dict[str, t.Any]:
    """The product as JSON."""
    return {**product._asdict(), "profiles": (), "backups": [backup._asdict() for backup in product.backups]}


def _product_from(row: dict[str, t.Any]) -> Product:
    backups = tuple(Backup(**backup) for backup in row["backups"])
    return Product(**{**row, "backups": backups, "tags": tuple(row["tags"]), "profiles": ()})
