# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One function for each operation of the API description: calls the rules, renders the result."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from cg_sim.api.auth import COOKIE, Guard
from cg_sim.api.pages import FIRST_PAGE, login_page
from cg_sim.api.render import Renderer
from cg_sim.errors import Refusal, not_found
from cg_sim.model import Product
from cg_sim.rules import backups, deployment, flows, products, registration
from cg_sim.rules.references import name_matcher
from cg_sim.state import State
from cg_sim.world import World

_PRODUCT_JOBS = ("synchronize", "register")
_FLOW_JOBS = ("deploy",)
LOGIN_PAGE = "/ui/"


@dataclass
class Call:
    """One validated request. `state` is the current one, or an older one when a fault makes the read stale."""

    world: World
    state: State
    guard: Guard
    renderer: Renderer
    parameters: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    #: The header Cookie.
    cookie: str = ""

    def variant(self, name: str) -> str:
        return self.world.settings.variants[name]

    def has_read(self, kinds: tuple[str, ...], ids: Iterable[str] | None) -> None:
        """Count a read for the jobs that end after a number of polls. Stale reads do not count."""
        if self.state is self.world.state:
            self.world.count_reads(kinds, ids)


@dataclass
class Answer:
    """`body` is a document, a page as text, or None for no body."""

    status: int
    body: Any = None
    headers: tuple[tuple[str, str], ...] = ()


Handler = Callable[[Call], Answer]


def _found(call: Call, rows: list[Any]) -> Answer:
    """A filtered list. Assumed: no match is an empty array, or a 404 (variant no_match)."""
    if not rows and call.query and call.variant("no_match") == "404":
        asked = ", ".join(f"{key}={value}" for key, value in call.query.items())
        raise not_found(f"Nothing matches {asked}")
    return Answer(200, rows)


# -------------------------------------------------------------------------------------------------------- products


def list_products(call: Call) -> Answer:
    found: list[Product]
    query = call.query
    name = query.get("name")
    if name is not None and "%" not in name:
        found = call.state.products_named(name)
    else:
        found = list(call.state.products.values())
        if name is not None:
            matches = name_matcher(name)
            found = [product for product in found if matches(product.name)]
    if "host" in query:
        matches = name_matcher(query["host"])
        found = [product for product in found if matches(product.host)]
    if "tags" in query:
        matches = name_matcher(query["tags"])
        found = [product for product in found if any(map(matches, product.tags or ()))]
    for key in ("type", "status", "version"):
        if key in query:
            found = [product for product in found if getattr(product, key) == query[key]]
    # Documented (api_backup): a product requested by name is returned in full.
    whole = call.variant("lists") == "full" or name is not None
    render = call.renderer.product if whole else call.renderer.product_summary
    answer = _found(call, [render(product) for product in found])
    call.has_read(_PRODUCT_JOBS, (product.id for product in found) if query else None)
    return answer


def get_product(call: Call) -> Answer:
    product = backups.find_product(call.state, call.parameters["id"])
    call.has_read(_PRODUCT_JOBS, [product.id])
    return Answer(200, call.renderer.product(product))


def update_product(call: Call) -> Answer:
    return Answer(200, call.renderer.product(products.update_product(call.world, call.parameters["id"], call.body)))


def check_product_health(call: Call) -> Answer:
    return Answer(200, call.renderer.product(registration.check_health(call.world, call.parameters["id"])))


def register_securetransport(call: Call) -> Answer:
    return Answer(201, call.renderer.product(registration.register(call.world, call.body)))


# --------------------------------------------------------------------------------------------------------- backups


def list_backups(call: Call) -> Answer:
    master = backups.find_product(call.state, call.parameters["id"])
    call.has_read(_PRODUCT_JOBS, [master.id])
    return Answer(200, call.renderer.backups(master))


def add_backups(call: Call) -> Answer:
    master_id = call.parameters["id"]
    added, impacted = backups.add_backups(call.world, master_id, call.body)
    master = call.state.products[master_id]
    body = {
        "backupProducts": call.renderer.backups(master),
        "impactedFlows": [call.renderer.flow_reference(flow) for flow in impacted],
    }
    return Answer(201 if added else 200, body)


def remove_backup(call: Call) -> Answer:
    backups.remove_backup(call.world, call.parameters["id"], call.parameters["backupId"])
    return Answer(204)


def remove_backups(call: Call) -> Answer:
    backups.remove_backups(call.world, call.parameters["id"], call.body)
    return Answer(204)


def _synchronization_status(call: Call) -> int:
    return 200 if call.variant("sync") == "immediate" else 202


def synchronize_backup(call: Call) -> Answer:
    backup_id = call.parameters["backupId"]
    backups.start_synchronization(call.world, call.parameters["id"], backup_id)
    return Answer(_synchronization_status(call), _entries(call, [backup_id])[0])


def synchronize_backups(call: Call) -> Answer:
    ids = backups.start_synchronizations(call.world, call.parameters["id"], call.body)
    return Answer(_synchronization_status(call), _entries(call, ids))


def _entries(call: Call, ids: list[str]) -> list[Any]:
    master = call.state.products[call.parameters["id"]]
    return [call.renderer.backup(master, entry) for entry in master.backups if entry.id in ids]


# ----------------------------------------------------------------------------------------------------------- flows


def list_flows(call: Call) -> Answer:
    name = call.query.get("name")
    if name is not None and "%" not in name:
        found = call.state.flows_named(name)
    else:
        found = list(call.state.flows.values())
        if name is not None:
            matches = name_matcher(name)
            found = [flow for flow in found if matches(flow.name)]
    if "tags" in call.query:
        matches = name_matcher(call.query["tags"])
        found = [flow for flow in found if any(map(matches, flow.tags or ()))]
    render = call.renderer.flow if call.variant("lists") == "full" else call.renderer.flow_summary
    answer = _found(call, [render(flow) for flow in found])
    call.has_read(_FLOW_JOBS, (flow.id for flow in found) if call.query else None)
    return answer


def get_flow(call: Call) -> Answer:
    flow = flows.find_flow(call.state, call.parameters["id"])
    call.has_read(_FLOW_JOBS, [flow.id])
    return Answer(200, call.renderer.flow(flow))


def create_flow(call: Call) -> Answer:
    return Answer(201, call.renderer.flow(flows.create_flow(call.world, call.body)))


def update_flow(call: Call) -> Answer:
    return Answer(200, call.renderer.flow(flows.update_flow(call.world, call.parameters["id"], call.body)))


def deploy_flow(call: Call) -> Answer:
    force = bool((call.body or {}).get("force", False))
    flow = deployment.deploy(call.world, call.parameters["id"], force)
    status = int(call.variant("deploy_answer"))
    empty = status == 204 or call.variant("deploy_body") == "false"
    return Answer(status, None if empty else call.renderer.deploy_answer(flow))


def list_deployments(call: Call) -> Answer:
    state, flow_id, product_id = call.state, call.query.get("flow"), call.query.get("product")
    if flow_id is not None:
        rows = [row for row in state.deployments.get(flow_id, ()) if product_id in (None, row.product_id)]
    elif product_id is not None:
        rows = state.deployments_on(product_id)
    else:
        rows = [row for some in state.deployments.values() for row in some]
    answer = _found(call, [call.renderer.deployment(row) for row in rows])
    if flow_id is not None:
        call.has_read(_FLOW_JOBS, [flow_id])
    else:
        call.has_read(_FLOW_JOBS, {row.flow_id for row in rows} if product_id else None)
    return answer


# --------------------------------------------------------------------------------------------------------- session


def login(call: Call) -> Answer:
    return Answer(204, headers=(_session(call, "username", "password"),))


def login_form(call: Call) -> Answer:
    """Assumed: a redirect to the start page, as Java web applications do."""
    return Answer(302, headers=(("location", "/"), _session(call, "j_username", "j_password")))


def _session(call: Call, username: str, password: str) -> tuple[str, str]:
    """The header with the cookie of a new session."""
    value = call.guard.login(call.body[username], call.body[password])
    if value is None:
        raise Refusal(401, "Unknown user or wrong password")
    return _cookie(value)


def _cookie(value: str) -> tuple[str, str]:
    return "set-cookie", f"{COOKIE}={value}; Path=/; HttpOnly; SameSite=Strict"


def show_login_page(call: Call) -> Answer:
    begun = call.guard.visit_page(LOGIN_PAGE, call.cookie)
    return Answer(200, FIRST_PAGE) if begun is None else login_needed(*begun)


def login_needed(cookie: str, token: str) -> Answer:
    """The login page, with the cookie of a session that begins with it."""
    return Answer(200, login_page(token), headers=(_cookie(cookie),))


def login_on_page(call: Call) -> Answer:
    """Assumed: as Java servlet containers do."""
    token = call.body["form_token"]
    path = call.guard.login_on_page(call.cookie, token, call.body["j_username"], call.body["j_password"])
    if path is None:
        raise Refusal(408, "This session has not requested the login form, or it has expired")
    if not path:
        return Answer(200, login_page(token, "Unknown user or wrong password"))
    return Answer(302, headers=(("location", path),))


HANDLERS: dict[str, Handler] = {
    "listProducts": list_products,
    "getProduct": get_product,
    "updateProduct": update_product,
    "checkProductHealth": check_product_health,
    "registerSecureTransport": register_securetransport,
    "listBackups": list_backups,
    "addBackups": add_backups,
    "removeBackup": remove_backup,
    "removeBackups": remove_backups,
    "synchronizeBackup": synchronize_backup,
    "synchronizeBackups": synchronize_backups,
    "listFlows": list_flows,
    "getFlow": get_flow,
    "createFlow": create_flow,
    "updateFlow": update_flow,
    "deployFlow": deploy_flow,
    "listDeployments": list_deployments,
    "login": login,
    "loginForm": login_form,
    "loginPage": show_login_page,
    "loginOnPage": login_on_page,
}
