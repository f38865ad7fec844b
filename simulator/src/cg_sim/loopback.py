# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Which addresses belong to this machine. Only they get access without a password."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.requests import Request


def comes_from_this_machine(request: Request) -> bool:
    return request.client is None or is_this_machine(request.client.host, _server(request))


def asks_for_this_machine(request: Request) -> bool:
    try:
        host = request.url.hostname
    except ValueError:  # the Host header is not a valid address; newer versions of starlette ignore it
        return False
    return names_this_machine(host, _server(request))


def _server(request: Request) -> str | None:
    server = request.scope.get("server")
    return server[0] if server else None


def is_loopback(address: str) -> bool:
    """Whether the text is a loopback IP address; false for names."""
    parsed = _parse(address)
    return parsed is not None and parsed.is_loopback


def is_this_machine(address: str, server: str | None) -> bool:
    """Whether a client's address is loopback, or equal to the address at which it reached the server."""
    parsed = _parse(address)
    return parsed is not None and (parsed.is_loopback or parsed == _parse(server or ""))


def names_this_machine(host: str | None, server: str | None = None) -> bool:
    """Whether the requested host is this machine. Any other name may be an attack from a web page (DNS rebinding)."""
    return host is not None and (host == "localhost" or is_this_machine(host, server))


def own_addresses(family: int) -> list[str]:
    """Addresses at which other machines may reach this one, as far as they are known."""
    found: dict[str, None] = {}
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing; tells which address would be used
        found[probe.getsockname()[0]] = None
    with contextlib.suppress(OSError):
        for information in socket.getaddrinfo(socket.gethostname(), None, type=socket.SOCK_STREAM):
            found[str(information[4][0])] = None
    versions = (4,) if family == socket.AF_INET else (4, 6)
    parsed = {address: _parse(address) for address in found}
    return [each for each, known in parsed.items() if known and known.version in versions and not known.is_loopback]


def _parse(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return None
    return getattr(parsed, "ipv4_mapped", None) or parsed
