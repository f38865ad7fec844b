# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which addresses are this machine's own. What needs no password is for them alone."""

from __future__ import annotations

import ipaddress


def is_loopback(address: str) -> bool:
    """Of an IP address as text; a name is none."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return (getattr(parsed, "ipv4_mapped", None) or parsed).is_loopback


def names_this_machine(host: str | None) -> bool:
    """Of the host that a request asks for. Any other name may have been made to point here by a page from elsewhere."""
    return host is not None and (host == "localhost" or is_loopback(host))
