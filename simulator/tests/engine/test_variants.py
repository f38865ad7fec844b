# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Each variant of an assumption behaves as described."""

from __future__ import annotations

import re
from typing import Any

import pytest
from sim_client import Client, Reply, basic

from cg_sim.api.asgi import PREFIX
from cg_sim.settings import VARIANTS


def choose(cg: Client, **variants: str) -> None:
    assert cg.control("PUT", "variants", variants).status == 200


def test_the_defaults_are_the_first_values(cg: Client) -> None:
    assert cg.control("GET", "variants").json() == {key: values[0] for key, values in VARIANTS.items()}


@pytest.mark.parametrize("body", [{"gate": "maybe"}, {"nonsense": "1"}, [], {"sync": None}])
def test_bad_variants(cg: Client, body: object) -> None:
    reply = cg.control("PUT", "variants", body)
    assert (reply.status, bool(reply.message)) == (400, True)


def test_backup_post_replace(cg: Client) -> None:
    choose(cg, backup_post="replace")
    reply = cg.add_backups("PARIS", "LILLE")
    assert reply.status == 201
    assert cg.flags("PARIS") == {"LILLE": False}
    assert cg.add_backups("PARIS", "LILLE", "LYON").status == 201
    assert cg.add_backups("PARIS", "LYON").status == 200
    assert cg.flags("PARIS") == {"LYON": False}


def test_replacing_keeps_the_flag_of_those_that_stay(cg: Client) -> None:
    choose(cg, backup_post="replace")
    cg.add_backups("PARIS", "LYON", "LILLE")
    assert cg.flags("PARIS") == {"LYON": True, "LILLE": False}


def test_known_backup_reject(cg: Client) -> None:
    choose(cg, known_backup="reject")
    reply = cg.add_backups("PARIS", "LILLE", "LYON")
    assert (reply.status, "LYON" in reply.message) == (409, True)
    assert cg.flags("PARIS") == {"LYON": True}
    assert cg.status("INVOICES") == "Deployed"


def test_sync_immediate(cg: Client) -> None:
    choose(cg, sync="immediate")
    cg.add_backups("PARIS", "LILLE")
    reply = cg.synchronize("PARIS", "LILLE")
    assert (reply.status, reply.json()["synchronized"]) == (200, True)


def test_lists_of_summaries(cg: Client) -> None:
    """Omitted keys are absent, not empty; a product requested by name is complete, as in the guide."""
    inside = {"communicationProfiles", "backupProducts"}, {"sources", "relays", "targets"}
    whole = {path: cg.get(path) for path in ("/products", "/flows")}
    choose(cg, lists="summary")
    for (path, entries), left_out in zip(whole.items(), inside, strict=True):
        summaries = [{key: value for key, value in entry.items() if key not in left_out} for entry in entries]
        assert cg.get(path) == summaries != entries
        assert [cg.get(f"{path}/{entry['businessId']}") for entry in entries] == entries
    assert cg.product("PARIS") == whole["/products"][0]
    assert cg.get("/products", name="%")[0] == whole["/products"][0]
    assert "backupProducts" not in cg.get("/products", type="SecureTransport")[0]
    assert "sources" not in cg.get("/flows", name="INVOICES")[0]
    assert cg.flags("PARIS") == {"LYON": True}


def test_no_match_404(cg: Client) -> None:
    choose(cg, no_match="404")
    for path, query in (("/products", "name"), ("/flows", "name"), ("/deployments", "flow")):
        reply = cg.api("GET", path, None, None, **{query: "NOBODY"})
        assert (reply.status, "NOBODY" in reply.message) == (404, True)
    cg.simulator.seed("{}", "estate")
    assert cg.get("/products") == []


@pytest.mark.parametrize(
    ("style", "expected"), [("label", "Saved, not deployed"), ("code", "SAVED_NOT_DEPLOYED"), ("object", None)]
)
def test_status_style(cg: Client, style: str, expected: str | None) -> None:
    choose(cg, status_style=style)
    status: Any = cg.get(f"/flows/{cg.id('ORDERS')}")["status"]
    if style == "object":
        assert status["code"] == "SAVED_NOT_DEPLOYED"
        assert isinstance(status["timestamp"], int)
    else:
        assert status == expected
    first = cg.get("/deployments")[0]
    as_object = {"code": "DEPLOYED", "timestamp": first["timestamp"]}
    assert first["status"] == {"label": "Deployed", "code": "DEPLOYED"}.get(style, as_object)


def test_properties_place_old(cg: Client) -> None:
    choose(cg, properties_place="old")
    part = cg.get(f"/flows/{cg.id('ORDERS')}")["sources"]["parts"][0]
    assert (part["properties"], "step" in part) == ({"a": 1}, False)


@pytest.mark.parametrize("answer", ["202", "200", "204"])
@pytest.mark.parametrize("body", ["true", "false"])
def test_deploy_answer(cg: Client, answer: str, body: str) -> None:
    choose(cg, deploy_answer=answer, deploy_body=body)
    reply = cg.deploy("ORDERS")
    assert reply.status == int(answer)
    assert bool(reply.content) is (body == "true" and answer != "204")


@pytest.mark.parametrize("shape", VARIANTS["error_shape"])
def test_error_shape(cg: Client, shape: str) -> None:
    choose(cg, error_shape=shape)
    reply = cg.api("GET", "/products/<nobody>")
    assert reply.status == 404
    sentence = "There is no product with the businessId <nobody>"
    if shape == "text":
        assert reply.text == sentence
    elif shape == "html":
        assert reply.headers["content-type"].startswith("text/html")
        assert "&lt;nobody&gt;" in reply.text
    elif shape == "errors":
        assert reply.json()["errors"] == [{"message": sentence}]
    else:
        assert reply.json()[shape] == sentence


def test_auth(cg: Client) -> None:
    cg.simulator.settings.token = "t0ken"
    reply = cg.api("POST", "/login", {"username": "admin", "password": "admin"}, {"authorization": ""})
    assert reply.status == 204
    cookie = reply.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    ways = {
        "basic": {"authorization": basic("admin", "admin")},
        "bearer": {"authorization": "Bearer t0ken"},
        "session": {"authorization": "", "cookie": cookie.split(";")[0]},
    }
    for accepted in VARIANTS["auth"]:
        choose(cg, auth=accepted)
        for way, headers in ways.items():
            expected = 200 if accepted in ("any", way) else 401
            assert cg.api("GET", "/flows", headers=headers).status == expected, (accepted, way)


@pytest.mark.parametrize(
    "header",
    [
        "",
        basic("admin", "wrong"),
        basic("root", "admin"),
        basic("admin", ""),
        "Basic !!!",
        "Basic YWRtaW4=",
        "Bearer wrong",
        "Bearer",
        "Digest x",
        "Basic \xff\xfe",
    ],
)
def test_wrong_credentials(cg: Client, header: str) -> None:
    reply = cg.api("GET", "/products", headers={"authorization": header})
    assert reply.status == 401
    assert reply.headers["www-authenticate"].startswith("Basic")
    reply = cg.api("GET", "/products", headers={"authorization": header, "x-requested-with": "XMLHttpRequest"})
    assert "www-authenticate" not in reply.headers


def test_a_wrong_login(cg: Client) -> None:
    assert cg.api("POST", "/login", {"username": "admin", "password": "x"}).status == 401
    assert cg.api("GET", "/flows", headers={"authorization": "", "cookie": "CGSESSION=guess"}).status == 401


def test_gate_report(cg: Client) -> None:
    choose(cg, gate="report")
    cg.add_backups("PARIS", "LILLE")
    assert cg.deploy("ORDERS").status == 202
    for _ in range(2):
        cg.status("ORDERS")
    flow = cg.get(f"/flows/{cg.id('ORDERS')}")
    assert flow["status"] == "Saved, not deployed"
    assert flow["details"] == "Backup product/s LILLE are not synchronized with the master product PARIS"
    assert cg.get("/deployments", flow=cg.id("ORDERS")) == []


def test_deployed_flow(cg: Client) -> None:
    choose(cg, deployed_flow="refuse")
    for force in (False, True):
        reply = cg.deploy("INVOICES", force)
        assert (reply.status, "INVOICES is deployed already" in reply.message) == (409, True)
    assert cg.status("INVOICES") == "Deployed"
    assert cg.deploy("ORDERS").status == 202
    choose(cg, deployed_flow="deploy")
    assert cg.deploy("INVOICES").status == 202


def test_remove_path_alternate(cg: Client) -> None:
    choose(cg, remove_path="alternate")
    assert cg.remove_backup("PARIS", "LYON").status == 404
    path = f"/products/{cg.id('PARIS')}/backupproducts/remove"
    assert cg.api("POST", path, [{"name": "BERLIN"}]).status == 422
    assert cg.api("POST", path, [{"name": "LYON"}]).status == 204
    assert cg.flags("PARIS") == {}


def test_synchronize_path_alternate(cg: Client) -> None:
    choose(cg, synchronize_path="alternate", sync="immediate")
    cg.add_backups("PARIS", "LILLE")
    assert cg.synchronize("PARIS", "LILLE").status == 404
    path = f"/products/{cg.id('PARIS')}/synchronizebackups"
    assert cg.api("POST", path, [{"name": "BERLIN"}]).status == 422
    reply = cg.api("POST", path, [{"name": "LILLE"}])
    assert (reply.status, [entry["synchronized"] for entry in reply.json()]) == (200, [True])


def test_the_default_paths_are_gone_with_the_alternate_ones_only(cg: Client) -> None:
    assert cg.api("POST", f"/products/{cg.id('PARIS')}/synchronizebackups", [{"name": "LYON"}]).status == 404
    assert cg.api("POST", f"/products/{cg.id('PARIS')}/backupproducts/remove", [{"name": "LYON"}]).status == 405


FORM = {"content-type": "application/x-www-form-urlencoded"}


def fill_in(cg: Client, text: str, headers: dict[str, str] | None = None) -> Reply:
    return cg.raw("POST", "/j_security_check", text.encode(), {**FORM, **(headers or {})})


def test_the_login_of_a_web_application(cg: Client) -> None:
    """A form, outside of the API, answered with a redirect; the other login does not exist then."""
    choose(cg, auth="session", login="form")
    reply = fill_in(cg, "j_username=admin&j_password=admin")
    assert (reply.status, reply.headers["location"], reply.content) == (302, "/", b"")
    cookie = reply.headers["set-cookie"].split(";")[0]
    assert cg.api("GET", "/flows", headers={"authorization": "", "cookie": cookie}).status == 200
    assert cg.api("POST", "/login", {"username": "admin", "password": "admin"}).status in (401, 404)
    (entry,) = cg.control("GET", "journal", query="operation=loginForm").json()
    assert entry["request_body"] == {"j_username": "admin", "j_password": "********"}
    assert not entry["write"]


@pytest.mark.parametrize(
    ("text", "headers", "status"),
    [
        ("j_username=admin&j_password=wrong", {}, 401),
        ("j_username=admin", {}, 400),
        ("j_username=admin&j_password=admin&more=1", {}, 400),
        ("", {}, 400),
        ('{"j_username": "admin", "j_password": "admin"}', {"content-type": "application/json"}, 415),
    ],
)
def test_bad_forms(cg: Client, text: str, headers: dict[str, str], status: int) -> None:
    choose(cg, auth="session", login="form")
    reply = fill_in(cg, text, headers)
    assert (reply.status, "set-cookie" in reply.headers) == (status, False)
    assert "wrong" not in reply.text.replace("wrong password", "")


def test_there_is_no_form_by_default(cg: Client) -> None:
    reply = fill_in(cg, "j_username=admin&j_password=admin")
    assert (reply.status, "set-cookie" in reply.headers) == (404, False)
    choose(cg, login="form")
    assert cg.raw("GET", "/j_security_check", headers=cg.headers).status == 405


def sign_in(cg: Client, page: str, password: str = "admin", token: str | None = None) -> tuple[Reply, str]:
    """Reads a page without a session, fills its form in; returns the answer and the cookie of the page."""
    shown = cg.raw("GET", page, headers={"accept": "text/html"})
    assert (shown.status, shown.headers["content-type"]) == (200, "text/html; charset=utf-8")
    cookie = shown.headers["set-cookie"].split(";")[0]
    token = token or re.search(r'name="form_token" value="([^"]+)"', shown.text)[1]
    text = f"j_username=admin&j_password={password}&form_token={token}"
    return cg.raw("POST", "/ui/j_security_check", text.encode(), {**FORM, "cookie": cookie}), cookie


def test_the_login_on_a_page(cg: Client) -> None:
    """As servlet containers do: the form needs the cookie of the page, and the page accepts the session."""
    choose(cg, auth="session", login="page")
    reply, cookie = sign_in(cg, "/ui/")
    assert (reply.status, reply.headers["location"]) == (302, "/ui/")
    in_session = {"authorization": "", "cookie": cookie}
    before = cg.api("GET", "/flows", headers=in_session)
    assert (before.status, "Please sign in" in before.text) == (200, True)
    reply, cookie = sign_in(cg, "/ui/")
    assert "Welcome" in cg.raw("GET", "/ui/", headers={"cookie": cookie}).text
    flows = cg.api("GET", "/flows", headers={"authorization": "", "cookie": cookie})
    assert (flows.status, flows.headers["content-type"]) == (200, "application/json")
    assert not any(entry["write"] for entry in cg.control("GET", "journal", query="operation=loginOnPage").json())


def test_the_login_page_instead_of_an_answer_of_the_api(cg: Client) -> None:
    choose(cg, auth="session", login="page")
    reply, cookie = sign_in(cg, f"{PREFIX}/flows")
    assert (reply.status, reply.headers["location"]) == (302, f"{PREFIX}/flows")
    assert cg.api("GET", "/flows", headers={"authorization": "", "cookie": cookie}).json()


def test_bad_logins_on_the_page(cg: Client) -> None:
    choose(cg, auth="session", login="page")
    again, cookie = sign_in(cg, "/ui/", password="wrong")
    assert (again.status, "wrong password" in again.text) == (200, True)
    assert "Welcome" not in cg.raw("GET", "/ui/", headers={"cookie": cookie}).text
    assert sign_in(cg, "/ui/", token="made-up")[0].status == 408
    without_page = b"j_username=admin&j_password=admin&form_token=x"
    assert cg.raw("POST", "/ui/j_security_check", without_page, FORM).status == 408
    assert cg.raw("POST", "/ui/j_security_check", b"j_username=admin&j_password=admin", FORM).status == 400
    assert fill_in(cg, "j_username=admin&j_password=admin").status == 404
