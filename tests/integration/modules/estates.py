# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The estates of the module tests, as seeds of the simulator."""

from __future__ import annotations

from typing import Any

SFTP = {"name": "sftp", "type": "SERVER", "protocol": "SFTP", "enabled": True, "port": 22}
HTTPS = {"name": "https", "type": "SERVER", "protocol": "HTTP", "enabled": True, "port": 443}


def product(name: str, **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "type": "SecureTransport",
        "host": "st.example.com",
        "os": "linux-x86-64",
        "version": "5.5",
        "status": "Started",
        **more,
    }


def flow(name: str, source: str, target: str = "@BANK", status: str = "Deployed", **more: Any) -> dict[str, Any]:
    """``@`` marks a partner."""
    return {
        "name": name,
        "idf": name[:16],
        "status": status,
        "sources": [end(source)],
        "targets": [end(target)],
        **more,
    }


def end(name: str) -> dict[str, str]:
    return {"partner": name[1:]} if name.startswith("@") else {"product": name}


def synchronized(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "synchronized": True} for name in names]


def unsynchronized(*names: str) -> list[dict[str, Any]]:
    return [{"name": name, "synchronized": False} for name in names]


def region() -> dict[str, Any]:
    """PARIS is backed up by LYON, ROME by MILAN; NICE and Żywiec are free; the others cannot be backups."""
    return {
        "products": [
            product("PARIS", profiles=[SFTP, HTTPS], backups=synchronized("LYON")),
            product("LYON", status="Unreachable"),
            product("NICE", profiles=[{**SFTP, "port": 2222}, {**HTTPS, "name": "old"}]),
            product("Żywiec <1>"),
            product("ROME", profiles=[SFTP], backups=synchronized("MILAN")),
            product("MILAN"),
            product("OLD", version="5.4"),
            product("NEW", status="Ready to register"),
            product("CFT", type="TransferCFT", version="3.9"),
        ],
        "flows": [
            flow("PAYMENTS", "PARIS"),
            flow("ÜBERWEISUNGEN", "PARIS", "CFT"),
            flow("TO_ROME", "PARIS", "ROME"),
            flow("DRAFT", "PARIS", status="Saved"),
            flow("ROMAN", "ROME", status="Saved, not deployed"),
        ],
    }


def without_ids(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{key: value for key, value in row.items() if not key.endswith("_id")} for row in rows]
