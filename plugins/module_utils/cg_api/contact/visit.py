# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The requests of a first contact: some forty, whatever the size of the estate.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import typing as t

from ...dr.model import DEPLOYED
from ..operations import OPERATIONS, Operation
from ..overrides import effective_operations
from ..transport import Transport
from ..values import name_of, read_status
from .candidates import DESCRIPTIONS, PREFIXES, READS, WRITES
from .looker import RecordingClient, holds_objects, options_of, usable
from .verdicts import Attempt, Exchange, Findings
from .ways import Way, WaySearch, without_credentials

Json = dict[str, t.Any]

UNKNOWN_ID = "00000000-0000-4000-8000-000000000000"
UNKNOWN_NAME = "cg-contact-no-such-name"
# How many objects at most are read one by one, where lists consist of summaries.
FEW = 5


class Contact:
    """One contact: finds the API and a way to authenticate, and sends the requests. Its results are ``findings``."""

    def __init__(
        self,
        client: RecordingClient,
        operations: t.Mapping[str, Operation],
        *,
        most_refusals: int,
        send_options: bool,
        read_description: t.Callable[[str], t.Any] | None,
    ) -> None:
        """``operations`` is the table with the user's overrides. ``read_description`` parses JSON or YAML text; None:
        the server is not asked for the description of its API."""
        self.client = client
        self.findings = Findings()
        self.prefix = client.connection.api_prefix
        self.way = Way()
        self.description: t.Any = None
        self.description_from = ""
        self._operations = operations
        self._most_refusals = most_refusals
        self._send_options = send_options
        self._read_description = read_description

    def run(self) -> None:
        """Raises CGError when the server cannot be reached at all."""
        given = self._operations["login"] if self._operations["login"].path else None
        question = self._operations["list_products"]
        anonymous = self._find_prefix(question)
        search = WaySearch(self.client, question, given, self._most_refusals)
        self.way = search.run(anonymous, self.prefix)
        if self.way.transport is None:
            return
        self._find_products()
        self._ask_for_products()
        self._ask_for_backups()
        self._ask_for_flows()
        self._ask_for_deployments()
        if self._send_options:
            self._ask_for_methods()
        if self._read_description is not None:
            self._ask_for_description()

    # Where the API is

    def _find_prefix(self, question: Operation) -> Exchange:
        """The answer without credentials; with another prefix when the API is not found under the given one."""
        first = self._anonymous(question, self.prefix)
        if _leads_somewhere(first, question):
            return first
        for prefix in PREFIXES:
            if prefix.strip("/") != self.prefix.strip("/"):
                exchange = self._anonymous(question, prefix)
                if _leads_somewhere(exchange, question):
                    self.prefix = prefix
                    return exchange
        return first

    def _anonymous(self, question: Operation, prefix: str) -> Exchange:
        transport = self.client.transport(**without_credentials(), api_prefix=prefix)
        return self.client.send(transport, question, way="none")

    def _transport_under(self, prefix: str) -> Transport:
        login = self._login()
        changes = {} if self.way.name not in ("none", "headers") else without_credentials()
        return self.client.transport(login, **changes, api_prefix=prefix)

    def _login(self) -> Operation | None:
        if self.way.name != "session":
            return None
        override = {"login": self.way.login} if self.way.login else {}
        return effective_operations(override)["login"] if override else self._operations["login"]

    # What is requested

    def _find_products(self) -> None:
        if self._attempt("list_products") is not None or not self._only_unknown("list_products"):
            return
        for prefix in PREFIXES:
            if prefix.strip("/") == self.prefix.strip("/"):
                continue
            transport = self._transport_under(prefix)
            attempt = self.client.attempt(transport, self._operations["list_products"], {}, {}, self.way.name)
            if attempt.works:
                self.prefix, self.way.transport = prefix, transport
                self.findings.attempts["list_products"] = [attempt]
                return

    def _only_unknown(self, operation: str) -> bool:
        return all(each.exchange.status == 404 for each in self.findings.attempts[operation])

    def _find_by_name(self, operation: str, items: t.Sequence[t.Mapping[str, t.Any]]) -> str | None:
        """Looks up one of the items; returns its name, or None when no item has a name without a wildcard."""
        name = next((str(item["name"]) for item in items if item.get("name") and "%" not in str(item["name"])), None)
        if name is not None:
            self._attempt(operation, {"name": name}, lambda objects: _are_only(objects, name))
        return name

    def _ask_for_products(self) -> None:
        findings = self.findings
        found = findings.working("list_products")
        if found is not None:
            findings.products = list(found.objects)
            findings.product_count = found.exchange.count or len(findings.products)
        name = self._find_by_name("find_products", findings.products)
        if name is not None:
            self._single("wildcard", "find_products", {"name": f"{name[:3]}%"})
        self._single("no_product", "find_products", {"name": UNKNOWN_NAME})
        self._single("no_product_id", "read_product", {"id": UNKNOWN_ID})
        candidates = sorted(findings.products, key=lambda item: not item.get("backupProducts"))
        for item in [item for item in candidates if item.get("businessId")][: FEW if _is_summary(candidates) else 1]:
            attempt = self._read("read_product", item)
            if attempt is not None:
                findings.whole_products += attempt.objects
                if any(whole.get("backupProducts") for whole in attempt.objects):
                    break
        masters = [item for item in (*findings.products, *findings.whole_products) if item.get("backupProducts")]
        findings.master = masters[0] if masters else None

    def _ask_for_backups(self) -> None:
        findings = self.findings
        owner = findings.master or next((item for item in findings.products if item.get("businessId")), None)
        if owner is None or not owner.get("businessId"):
            return
        attempt = self._attempt("list_backups", {"id": str(owner["businessId"])})
        if attempt is not None:
            findings.backups = list(attempt.objects)
            if findings.backups and findings.master is None:
                findings.master = owner

    def _ask_for_flows(self) -> None:
        findings = self.findings
        found = self._attempt("list_flows")
        if found is not None:
            findings.flows = list(found.objects)
            findings.flow_count = found.exchange.count or len(findings.flows)
        self._find_by_name("find_flows", findings.flows)
        self._single("no_flow", "find_flows", {"name": UNKNOWN_NAME})
        for item in [item for item in findings.flows if item.get("businessId")][:1]:
            attempt = self._read("read_flow", item)
            if attempt is not None:
                findings.whole_flows += attempt.objects
        deployed = [item for item in findings.flows if _status(item).startswith("Deployed")]
        chosen = deployed or findings.flows
        findings.deployed_flow = chosen[0] if chosen else None

    def _ask_for_deployments(self) -> None:
        findings = self.findings
        is_deployed = any(_status(item) == DEPLOYED for item in findings.flows)
        found = self._attempt("list_deployments", {}, lambda rows: bool(rows) or not is_deployed)
        if found is not None:
            findings.deployments = list(found.objects)
        deployed = [item for item in findings.flows if any(_is_of_flow(row, item) for row in findings.deployments)]
        flow = deployed[0] if deployed else findings.deployed_flow
        if flow is None or not flow.get("businessId"):
            return
        flow_id = str(flow["businessId"])
        attempt = self._attempt(
            "flow_deployments",
            {"id": flow_id, "name": name_of(flow)},
            lambda rows: bool(rows or not deployed) and all(_is_of_flow(row, flow) for row in rows),
        )
        if attempt is not None and not findings.deployments:
            findings.deployments = list(attempt.objects)

    def _ask_for_methods(self) -> None:
        """Sends OPTIONS for the paths of writes, with existing ids where there are any.

        Servers and gateways may answer OPTIONS without regard to the path. To detect that, it is also sent for a path
        that exists and for one that does not.
        """
        findings = self.findings
        products = [item for item in (findings.master, *findings.products) if item and item.get("businessId")]
        backups = [item for item in findings.backups if item.get("businessId")]
        flows = [item for item in findings.flows if item.get("businessId")]
        values = {
            "id": str(products[0]["businessId"]) if products else UNKNOWN_ID,
            "name": name_of(products[0]) if products else UNKNOWN_NAME,
            "backupId": str(backups[0]["businessId"]) if backups else UNKNOWN_ID,
            "backupName": name_of(backups[0]) if backups else UNKNOWN_NAME,
        }
        there = self._options("list_products", {}, {})
        nowhere = self._options("list_products", {"path": f"/products/{UNKNOWN_NAME}/{UNKNOWN_NAME}"}, {})
        findings.exchanges.update(options_there=there, options_nowhere=nowhere)
        if "GET" not in there.allowed:
            return
        for name, alternatives in WRITES.items():
            own = {"id": str(flows[0]["businessId"]) if flows else UNKNOWN_ID, "name": UNKNOWN_NAME, "force": "false"}
            self._methods_of(name, alternatives, own if name == "deploy_flow" else values, nowhere.allowed)

    def _methods_of(
        self, name: str, alternatives: t.Sequence[Json], values: t.Mapping[str, str], always: t.Collection[str]
    ) -> None:
        tried: list[Attempt] = []
        for override in ({}, *alternatives):
            operation = self._changed(name, override)
            if operation.method in always:
                continue  # listed for any path
            exchange = self._options(name, override, values)
            works = operation.method in exchange.allowed
            tried.append(Attempt(name, override, exchange, "" if works else exchange.answer))
            if works:
                break
        if tried and (not tried[0].override or tried[-1].works):
            self.findings.attempts[name] = tried

    def _options(self, name: str, override: Json, values: t.Mapping[str, str]) -> Exchange:
        return self.client.send(self._ready, options_of(self._changed(name, override)), values, self.way.name)

    def _ask_for_description(self) -> None:
        for path in DESCRIPTIONS:
            question = effective_operations({"list_products": {"path": path}})["list_products"]
            exchange = self.client.send(self._ready, question, way=self.way.name)
            text = exchange.document if exchange.is_json else exchange.page
            if not exchange.is_success or not text or "html" in exchange.content_type:
                continue
            found = text if exchange.is_json else self._read_description(text) if self._read_description else None
            if isinstance(found, dict) and isinstance(found.get("paths"), dict):
                self.description, self.description_from = found, exchange.path
                return

    # How requests are sent

    @property
    def _ready(self) -> Transport:
        if self.way.transport is None:
            raise AssertionError("no request is sent before a way to authenticate has been found")
        return self.way.transport

    def _changed(self, name: str, override: Json) -> Operation:
        """The default operation with the override; without one, the operation of the user's own table."""
        return effective_operations({name: override})[name] if override else self._operations[name]

    def _attempt(
        self,
        name: str,
        values: t.Mapping[str, str] | None = None,
        fits: t.Callable[[t.Sequence[Json]], bool] | None = None,
    ) -> Attempt | None:
        """The first spelling that works; all attempts are kept in the findings. Raises nothing."""
        tried = self.findings.attempts.setdefault(name, [])
        known = self.findings.working(name)
        overrides = [known.override] if known else [{}, *READS.get(name, ())]
        for override in overrides:
            operation = self._changed(name, override)
            exchange = self.client.send(self._ready, operation, values or {}, self.way.name)
            objects, problem = usable(exchange, OPERATIONS[name].answers, operation.may_find_none and bool(known))
            if not problem and override and not objects:
                problem = f"{exchange.status} without objects, which does not show whether it works"
            if not problem and fits is not None and not fits(objects):
                what = "other objects than requested" if objects else "nothing of what was requested"
                problem = f"{exchange.status} with {what}"
            attempt = Attempt(name, override, exchange, problem, objects)
            if known is None:
                tried.append(attempt)
            if attempt.works:
                return attempt
        return None

    def _read(self, name: str, item: Json) -> Attempt | None:
        wanted = str(item["businessId"])
        return self._attempt(
            name, {"id": wanted}, lambda found: [str(each.get("businessId")) for each in found] == [wanted]
        )

    def _single(self, key: str, name: str, values: t.Mapping[str, str]) -> None:
        found = self.findings.working(name)
        operation = self._changed(name, found.override if found else {})
        self.findings.exchanges[key] = self.client.send(self._ready, operation, values, self.way.name)


def _leads_somewhere(exchange: Exchange, question: Operation) -> bool:
    """Whether the answer shows that the API is there: it has the objects, or asks for credentials.

    A 404 or an HTML page may come from any server.
    """
    if exchange.status is None:
        return False
    return exchange.status in (401, 403) or holds_objects(exchange, question.answers)


def _is_summary(items: t.Sequence[Json]) -> bool:
    return bool(items) and "backupProducts" not in items[0]


def _are_only(objects: t.Sequence[Json], name: str) -> bool:
    return bool(objects) and all(item.get("name") == name for item in objects)


def _is_of_flow(row: Json, flow: Json) -> bool:
    """Whether the row is one of this flow; True when it names no flow."""
    flow_id = row.get("flow")
    flow_id = flow_id.get("businessId") if isinstance(flow_id, dict) else flow_id
    return flow_id is None or str(flow_id).lower() == str(flow.get("businessId")).lower()


def _status(item: Json) -> str:
    return read_status(item.get("status"))
