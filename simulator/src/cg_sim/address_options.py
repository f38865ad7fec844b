# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options --host and --port of the commands that listen."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from cg_sim.errors import UsageError

if TYPE_CHECKING:
    import socket


def add_address_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    command.add_argument("--port", type=int, default=0, help="port, 0 for a free one (default: %(default)s)")


def check_address_options(options: argparse.Namespace) -> None:
    """Raises UsageError."""
    if not options.host:
        raise UsageError("--host: an address is required (0.0.0.0 means all addresses of this machine)")
    if not 0 <= options.port <= 65535:
        raise UsageError(f"--port {options.port}: must be a number from 0 to 65535")


def listen_at(options: argparse.Namespace) -> socket.socket:
    """A socket that listens at the address. Raises UsageError."""
    from cg_sim.server import listen  # here, because other commands do not need it

    try:
        return listen(options.host, options.port)
    except OSError as error:
        raise UsageError(f"cannot listen on {options.host}:{options.port}: {error.strerror or error}") from None
