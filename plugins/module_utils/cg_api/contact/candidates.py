# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Other spellings of the assumed operations, which a first contact tries where the default does not work.

PRIVATE to the collection: it may change at any time. One table; each entry is an override as users write it.

All of it is guessed: from the successor product, from what REST APIs of this style usually do, and from the variants of
the simulator. Reads are tried by sending them. Of a write, only the path can be tried, with OPTIONS, which changes
nothing; its body remains a guess.
"""

from __future__ import annotations

import typing as t

Override = dict[str, t.Any]

BY_REFERENCE: list[t.Any] = [{"businessId": "{backupId}"}]

READS: dict[str, tuple[Override, ...]] = {
    "list_products": (
        {"path": "/products?name=%25"},
        {"path": "/products?size=100000"},
        {"path": "/products?limit=100000"},
    ),
    "find_products": ({"path": "/products?name=%25{name}%25"},),
    "read_product": ({"path": "/products?businessId={id}"},),
    "list_backups": ({"path": "/products/{id}/backupProducts"}, {"path": "/products/{id}/backups"}),
    "list_flows": (
        {"path": "/flows?name=%25"},
        {"path": "/flows?size=100000"},
        {"path": "/flows?limit=100000"},
    ),
    "find_flows": ({"path": "/flows?name=%25{name}%25"},),
    "read_flow": ({"path": "/flows?businessId={id}"},),
    "list_deployments": (
        {"path": "/flows/deployments"},
        {"path": "/flowdeployments"},
        {"path": "/deployments?flow=%25"},
    ),
    "flow_deployments": (
        {"path": "/flows/{id}/deployments"},
        {"path": "/deployments?flowId={id}"},
        {"path": "/deployments?flow={name}"},
    ),
}

WRITES: dict[str, tuple[Override, ...]] = {
    "add_backups": ({"path": "/products/{id}/backupProducts"}, {"path": "/products/{id}/backups"}),
    "remove_backup": (
        {"method": "POST", "path": "/products/{id}/backupproducts/remove", "body": BY_REFERENCE},
        {"method": "DELETE", "path": "/products/{id}/backupproducts", "body": BY_REFERENCE},
        {"method": "DELETE", "path": "/products/{id}/backupProducts/{backupId}"},
        {"method": "DELETE", "path": "/products/{id}/backups/{backupId}"},
    ),
    "synchronize_backup": (
        {"path": "/products/{id}/synchronizebackups", "body": BY_REFERENCE},
        {"path": "/products/{id}/backupproducts/synchronize", "body": BY_REFERENCE},
        {"path": "/products/{id}/synchronize"},
        {"path": "/products/{id}/backupproducts/{backupId}/sync"},
    ),
    "deploy_flow": (
        {"method": "PUT", "path": "/flows/{id}/deploy"},
        {"path": "/flows/{id}/deployment"},
        {"path": "/flows/deploy", "body": [{"businessId": "{id}"}]},
    ),
}

# Ways to log in, in the order in which they are tried. The second is that of Java's servlets.
LOGINS: tuple[Override, ...] = (
    {"path": "/login"},
    {
        "path": "/j_security_check",
        "base": "server",
        "encoding": "form",
        "body": {"j_username": "{username}", "j_password": "{password}"},
    },
    {"path": "/login", "base": "server"},
    {
        "path": "/login",
        "base": "server",
        "encoding": "form",
        "body": {"username": "{username}", "password": "{password}"},
    },
)

# The first is documented for Central Governance, the second for its successor product.
PREFIXES = (
    "/Axway/CentralGovernance/default/CentralGovernance/api/v2",
    "/api/v2",
    "/CentralGovernance/api/v2",
    "/Axway/CentralGovernance/api/v2",
)

# Where servers usually publish the description of their API, below api_prefix.
DESCRIPTIONS = ("/openapi.json", "/openapi.yaml", "/swagger.json", "/swagger.yaml", "/api-docs", "/v3/api-docs")
