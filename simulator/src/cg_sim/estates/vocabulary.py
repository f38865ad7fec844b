# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words that an estate document uses for what Central Governance shows.

The lists are *documented* (user guide: "Operations on products", "Flow status"); that they are complete is not, hence
``allow_unknown_words``.
"""

from __future__ import annotations

import re

PRODUCT_STATUSES = (
    "Registering",
    "Registered in error",
    "Ready to register",
    "In progress",
    "Started",
    "Starting",
    "Partially started",
    "Stopped",
    "Stopped in error",
    "Stopping",
    "Unreachable",
)
FLOW_STATUSES = ("Saved", "Saved, not deployed", "Deployed", "Deployed in error", "In progress")  # the last: assumed
DEPLOYMENT_STATUSES = ("In progress", "Deployed", "Deployed in error")  # assumed

PROTOCOLS = ("SFTP", "FTP", "HTTP", "PESIT", "AS2")  # documented for flows, except AS2

PART_KINDS = ("product", "application", "group", "partner")

# (protocol, TLS) -> the usual server port.
USUAL_PORTS = {
    ("SFTP", False): 22,
    ("SFTP", True): 22,
    ("FTP", False): 21,
    ("FTP", True): 990,
    ("HTTP", False): 80,
    ("HTTP", True): 443,
    ("AS2", False): 10080,
    ("AS2", True): 10443,
    ("PESIT", False): 1761,
    ("PESIT", True): 1762,
}


def derived_host(name: str) -> str:
    """A host name derived from a product's name.

    >>> derived_host("ST_PARIS (1)")
    'st-paris-1'
    """
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.") or "host"
