# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Verifying the certificate of a server that a command connects to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cg_sim.errors import UsageError

if TYPE_CHECKING:
    import ssl


def verifying_context(option: str, ca_path: Path | None) -> ssl.SSLContext:
    """Trusts the CA certificates of a PEM file or a directory, or those of the system. Raises UsageError."""
    import ssl  # here, because most commands do not need it

    if ca_path is None:
        return ssl.create_default_context()
    try:
        if ca_path.is_dir():
            return ssl.create_default_context(capath=str(ca_path))
        return ssl.create_default_context(cafile=str(ca_path))
    except ssl.SSLError:
        raise UsageError(f"{option} {ca_path}: no PEM certificate found") from None
    except OSError as error:
        raise UsageError(f"{option} {ca_path}: {error.strerror or error}") from None
