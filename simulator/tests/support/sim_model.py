# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A small model of Central Governance, written from the guide and not from the simulator's code: the oracle of the
state machine. Uses names instead of ids, profiles as {name: (port, view only)}; all jobs end immediately."""

from __future__ import annotations

from dataclasses import dataclass, field

REFUSED = "refused"
DONE = "done"


@dataclass
class Server:
    version: str = "5.4"
    status: str = "Started"
    kind: str = "SecureTransport"
    profiles: dict[str, tuple[int, bool]] = field(default_factory=dict)
    backups: dict[str, bool] = field(default_factory=dict)


@dataclass
class Definition:
    servers: list[str]
    status: str
    rows: dict[str, str] = field(default_factory=dict)


class Model:
    def __init__(self, servers: dict[str, Server], flows: dict[str, Definition]) -> None:
        self.servers = servers
        self.flows = flows

    def masters_of(self, name: str) -> list[str]:
        return [master for master, server in self.servers.items() if name in server.backups]

    def add(self, master: str, names: list[str]) -> str:
        own = self.servers[master]
        if own.kind != "SecureTransport" or own.status == "Ready to register" or self.masters_of(master):
            return REFUSED
        new = [name for name in names if name not in own.backups]
        for name in new:
            other = self.servers[name]
            unregistered = other.status == "Ready to register"
            wrong = other.kind != "SecureTransport" or unregistered or other.version != own.version
            if wrong or name == master or other.backups:
                return REFUSED
        for name in new:
            own.backups[name] = False
        if new:
            for flow in self.flows.values():
                if master in flow.servers and flow.status == "Deployed":
                    flow.status = "Saved, not deployed"
        return DONE

    def remove(self, master: str, name: str) -> str:
        return DONE if self.servers[master].backups.pop(name, None) is not None else REFUSED

    def synchronize(self, master: str, name: str) -> str:
        own, backup = self.servers[master], self.servers[name]
        if name not in own.backups or "Ready to register" in (own.status, backup.status):
            return REFUSED
        before = dict(backup.profiles)
        after = {}
        for profile, (port, _) in own.profiles.items():
            kept = profile in before and before[profile][0] == port
            after[profile] = before[profile] if kept else (port, True)
        # Profiles that differ in their order only are equal.
        if before != after:
            backup.profiles = after
            for other in self.masters_of(name):
                self.servers[other].backups[name] = False
        own.backups[name] = True
        for flow in self.flows.values():
            if name in flow.servers:
                flow.status = "Saved"
        return DONE

    def set_profiles(self, name: str, profiles: dict[str, int]) -> str:
        server = self.servers[name]
        view_only = {profile for profile, (_, locked) in server.profiles.items() if locked}
        if self.masters_of(name):
            for profile in view_only:
                if profiles.get(profile) != server.profiles[profile][0]:
                    return REFUSED
        after = {profile: (port, profile in view_only) for profile, port in profiles.items()}
        if list(after.items()) != list(server.profiles.items()):
            server.profiles = after
            for backup in server.backups:
                server.backups[backup] = False
            for master in self.masters_of(name):
                self.servers[master].backups[name] = False
        return DONE

    def set_status(self, name: str, status: str) -> None:
        self.servers[name].status = status

    def synchronized_backup_in(self, servers: list[str]) -> bool:
        return any(self.servers[master].backups[name] for name in servers for master in self.masters_of(name))

    def define(self, name: str, servers: list[str]) -> None:
        flow = self.flows[name]
        if flow.servers == servers and flow.status not in ("Saved",) and not self.synchronized_backup_in(servers):
            return
        flow.servers = servers
        flow.status = "Saved" if self.synchronized_backup_in(servers) else "Saved, not deployed"

    def deploy(self, name: str) -> str:
        flow = self.flows[name]
        if flow.status == "Saved":
            return REFUSED
        for server in flow.servers:
            if not all(self.servers[server].backups.values()):
                return REFUSED
        reached: list[str] = []
        for server in flow.servers:
            reached += [server, *self.servers[server].backups]
        up = {server: self.servers[server].status not in ("Unreachable", "Ready to register") for server in reached}
        flow.rows = {server: "Deployed" if works else "Deployed in error" for server, works in up.items()}
        flow.status = "Deployed" if all(up.values()) else "Deployed in error"
        if self.synchronized_backup_in(flow.servers):
            flow.status = "Saved"
        return DONE
