# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The words that an estate document uses for what Central Governance shows, and the identities it derives.

The lists are *documented* (user guide: "Operations on products", "Flow status"); that they are complete is not, hence
``allow_unknown_words``.
"""

from __future__ import annotations

import hashlib
import re

SECURETRANSPORT = "SecureTransport"

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

PROTOCOLS = ("SFTP", "FTP", "HTTP", "PESIT", "AS2")  # documented for flows, but for AS2

PART_KINDS = ("product", "application", "group", "partner")

# (protocol, TLS) -> the port that its server usually listens on.
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

# The namespace of the ids of this simulator: uuid5(NAMESPACE_URL, "https://mftops.example/cg-sim").
_NAMESPACE = bytes.fromhex("f0d6c97f1ad35c1a8ce58137629a30ab")


def derived_id(*names: str) -> str:
    """The UUID (version 5, RFC 4122) of a thing with this name: ``derived_id("product", "ST_PARIS")``.

    Written out instead of ``uuid.uuid5`` because half a million profiles need one, and that costs four times as much.

    >>> derived_id("product", "ST_PARIS") == derived_id("product", "ST_PARIS") != derived_id("flow", "ST_PARIS")
    True
    """
    digest = hashlib.sha1(_NAMESPACE + "\0".join(names).encode("utf-8", "surrogatepass"), usedforsecurity=False)
    hexadecimal = digest.hexdigest()
    variant = "89ab"[int(hexadecimal[16], 16) & 3]
    return (
        f"{hexadecimal[:8]}-{hexadecimal[8:12]}-5{hexadecimal[13:16]}-"
        f"{variant}{hexadecimal[17:20]}-{hexadecimal[20:32]}"
    )


def derived_host(name: str) -> str:
    """A host name made of a product's name.

    >>> derived_host("ST_PARIS (1)")
    'st-paris-1'
    """
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.") or "host"
