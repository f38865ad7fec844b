# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders records as the API returns them under the current variants."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import orjson

from cg_sim.model import (
    DEPLOYED,
    DEPLOYED_IN_ERROR,
    IN_PROGRESS,
    SAVED,
    SAVED_NOT_DEPLOYED,
    Backup,
    Deployment,
    Document,
    Flow,
    Product,
)
from cg_sim.state import State

_CODES = {
    SAVED: "SAVED",
    SAVED_NOT_DEPLOYED: "SAVED_NOT_DEPLOYED",
    DEPLOYED: "DEPLOYED",
    DEPLOYED_IN_ERROR: "DEPLOYED_IN_ERROR",
    IN_PROGRESS: "IN_PROGRESS",
}


class Renderer:
    """Renders records of one state for one request.

    `base_url` is the API's own address, for `meta.href`; `lie` may change a synchronization flag (master, backup, real
    flag) -> flag shown."""

    def __init__(
        self,
        state: State,
        variants: Mapping[str, str],
        base_url: str,
        lie: Callable[[Product, Product, bool], bool] | None = None,
    ) -> None:
        self._state = state
        self._status_style = variants["status_style"]
        self._old_place = variants["properties_place"] == "old"
        self._base_url = base_url
        self._lie = lie

    def backup(self, master: Product, backup: Backup) -> Document:
        product = self._state.products[backup.id]
        flag = backup.synchronized
        return {
            "businessId": product.id,
            "meta": {"href": f"{self._base_url}/products/{product.id}"},
            "name": product.name,
            "synchronized": self._lie(master, product, flag) if self._lie else flag,
        }

    def backups(self, master: Product) -> list[Document]:
        return [self.backup(master, entry) for entry in master.backups]

    def product(self, product: Product) -> Document:
        return {
            **self.product_summary(product),
            "communicationProfiles": orjson.Fragment(product.profiles),
            "backupProducts": self.backups(product),
        }

    def product_summary(self, product: Product) -> Document:
        """As in lists, with the variant lists=summary."""
        document: Document = {
            "businessId": product.id,
            "name": product.name,
            "host": product.host,
            "os": product.os,
            "version": product.version,
            "status": product.status,
            "type": product.type,
            "contact": product.contact,
        }
        if product.tags is not None:
            document["tags"] = list(product.tags)
        return document

    def status(self, status: str, timestamp: int) -> str | Document:
        if self._status_style == "label":
            return status
        code = _CODES.get(status, status)
        return code if self._status_style == "code" else {"code": code, "timestamp": timestamp}

    def flow_reference(self, flow: Flow) -> Document:
        return {"businessId": flow.id, "name": flow.name, "status": self.status(flow.status, flow.status_at)}

    def deploy_answer(self, flow: Flow) -> Document:
        answer = self.flow_reference(flow)
        if flow.details:
            answer["details"] = flow.details
        return answer

    def flow(self, flow: Flow) -> Document:
        return {
            **self.flow_summary(flow),
            "sources": self._participants(flow.sources),
            "relays": [self._participants(group) for group in flow.relays],
            "targets": self._participants(flow.targets),
        }

    def flow_summary(self, flow: Flow) -> Document:
        """As in lists, with the variant lists=summary."""
        document = {**self.flow_reference(flow), "idf": flow.idf}
        if flow.tags is not None:
            document["tags"] = list(flow.tags)
        if flow.details:
            document["details"] = flow.details
        return document

    def deployment(self, row: Deployment) -> Document:
        return {
            "businessId": row.id,
            "flow": {"businessId": row.flow_id, "name": self._state.flows[row.flow_id].name},
            "product": {"businessId": row.product_id, "name": row.product_name},
            "status": self.status(row.status, row.timestamp),
            "message": row.message,
            "timestamp": row.timestamp,
        }

    def _participants(self, group: Document) -> Document:
        if not self._old_place:
            return group
        parts = []
        for entry in group["parts"]:
            old = {"part": entry["part"]}
            if "step" in entry:
                old["properties"] = entry["step"].get("commonProperties", {})
            parts.append(old)
        return {"type": group["type"], "parts": parts}


def render_error(shape: str, status: int, message: str) -> tuple[bytes, str]:
    """The body of an error and its content type, in the shape of the variant error_shape."""
    if shape == "text":
        return message.encode("utf-8", "replace"), "text/plain; charset=utf-8"
    if shape == "html":
        # Escaped by hand: the html module costs start-up time and does nothing more.
        safe = message.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
        page = (
            f"<html><head><title>Error {status}</title></head><body><h1>Error {status}</h1><p>{safe}</p></body></html>"
        )
        return page.encode("utf-8", "replace"), "text/html; charset=utf-8"
    document: Document = {"status": status}
    if shape == "errors":
        document["errors"] = [{"message": message}]
    else:
        document[shape] = message
    return orjson.dumps(document), "application/json"
