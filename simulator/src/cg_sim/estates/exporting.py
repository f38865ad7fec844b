# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Converts the records that a simulator holds back to an estate document.

What an estate document cannot hold is left out, with a warning: running jobs, times of status changes, businessIds
of applications, groups and partners.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cg_sim.identity import derived_id

from .importing import Converted
from .names import references
from .schema import allowing_unknown_words

Record = dict[str, Any]


def export_estate(state: Mapping[str, Any]) -> Converted:
    """An estate document from the answer of `GET /_sim/state`; loading it gives the same records."""
    exporter = _Exporter(state)
    estate: Record = {
        "products": [exporter.product(product) for product in state["products"]],
        "flows": [exporter.flow(flow) for flow in state["flows"]],
    }
    if state.get("jobs"):
        exporter.warnings.append(
            f"{len(state['jobs'])} running jobs are left out, or start again when the estate is loaded"
        )
    return Converted(allowing_unknown_words(estate), exporter.warnings)


class _Exporter:
    def __init__(self, state: Mapping[str, Any]) -> None:
        self.warnings: list[str] = []
        self._references = references(state["products"])
        self._rows: dict[str, list[Record]] = {}
        for row in state["deployments"]:
            self._rows.setdefault(row["flow"]["businessId"], []).append(row)

    def product(self, record: Record) -> Record:
        own = record.get("simulator", {})
        keys = ("name", "businessId", "type", "host", "os", "version", "status")
        document: Record = {key: record[key] for key in keys if record[key]}
        document.update({key: record[key] for key in ("contact", "tags") if record.get(key) is not None})
        document.update({key: own[key] for key in ("upgraded", "legacyIdfs") if key in own})
        document["profiles"] = [self._profile(profile) for profile in record["communicationProfiles"]]
        document["backups"] = [
            {"name": self._references[entry["businessId"]], "synchronized": entry["synchronized"]}
            for entry in record["backupProducts"]
        ]
        return document

    @staticmethod
    def _profile(record: Record) -> Record:
        profile = {key: value for key, value in record.items() if value is not None or key == "port"}
        ssl = {key: value for key, value in (record.get("ssl") or {}).items() if value is not None}
        if "certificate" in ssl:
            certificate = {key: value for key, value in ssl["certificate"].items() if value is not None}
            ssl = {**ssl, "certificate": certificate} if certificate.get("content") else {"enabled": ssl["enabled"]}
        return {**profile, "ssl": ssl}

    def flow(self, record: Record) -> Record:
        document: Record = {"name": record["name"], "businessId": record["businessId"], "status": record["status"]}
        document.update({key: record[key] for key in ("idf", "tags", "details") if record.get(key) is not None})
        groups = {"sources": [record["sources"]], "relays": record["relays"], "targets": [record["targets"]]}
        for place, written in groups.items():
            parts = [part for group in written for part in self._parts(group, record["name"])]
            if parts:
                document[place] = parts
        document["deployments"] = [
            {
                "product": self._references[row["product"]["businessId"]],
                **{key: row[key] for key in ("businessId", "status", "message", "timestamp")},
            }
            for row in self._rows.get(record["businessId"], ())
        ]
        return document

    def _parts(self, group: Record, flow_name: str) -> list[Record]:
        kind = group["type"].lower()
        parts = []
        for entry in group["parts"]:
            part = entry["part"]
            document: Record = {kind: part["name"]}
            if kind == "product":
                document = {kind: self._references[part["businessId"]]}
            elif part["businessId"] != derived_id(kind, part["name"]):
                self.warnings.append(f"flow {flow_name}: the businessId of the {kind} {part['name']} is left out")
            properties = entry.get("step", {}).get("commonProperties")
            parts.append({**document, "properties": properties} if properties else document)
        return parts
