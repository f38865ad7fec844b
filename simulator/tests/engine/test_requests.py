# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that do not follow the API description are refused with the proper status."""

from __future__ import annotations

import pytest
from sim_client import Client
from sim_estates import seed, small_estate

from cg_sim.api.asgi import PREFIX
from cg_sim.settings import Settings
from cg_sim.simulator import Simulator


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The body is missing"),
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b'[{"name": "\\ud800"}]', "not JSON"),
        (b"{}", "is not of type"),
        (b"[]", "body"),
        (b"[1]", "body[0]"),
        (b"[{}]", "body[0]"),
        (b'[{"name": ""}]', "body[0].name"),
        (b'[{"name": "LILLE", "x": 1}]', "'x' was unexpected"),
        (b"[" * 300 + b"]" * 300, "nested too deeply"),
    ],
)
def test_bad_bodies(cg: Client, content: bytes, words: str) -> None:
    headers = {**cg.headers, "content-type": "application/json"}
    reply = cg.raw("POST", f"{PREFIX}/products/{cg.id('PARIS')}/backupproducts", content, headers)
    assert (reply.status, words in reply.message) == (400, True), reply.text


def test_a_body_too_long(cg: Client) -> None:
    headers = {**cg.headers, "content-type": "application/json"}
    content = b'[{"name": "' + b"x" * (16 * 1024 * 1024) + b'"}]'
    assert cg.raw("POST", f"{PREFIX}/products/{cg.id('PARIS')}/backupproducts", content, headers).status == 413


def test_deep_free_form_objects_are_returned_unchanged(cg: Client) -> None:
    path = f"/products/{cg.id('PARIS')}"
    deep: dict[str, object] = {}
    for _ in range(200):
        deep = {"a": deep}
    assert cg.api("PUT", path, {"contact": deep}).status == 200
    assert cg.get("/products", name="PARIS")[0]["contact"] == deep
    assert cg.control("POST", "snapshot").status == 200


@pytest.mark.parametrize("query", ["nme=x", "name=a&name=b", "name=", "name", "limit=5"])
def test_bad_queries(cg: Client, query: str) -> None:
    assert cg.raw("GET", f"{PREFIX}/products", headers=cg.headers, query=query).status == 400


def test_a_body_needs_its_content_type(cg: Client) -> None:
    path = f"{PREFIX}/products/{cg.id('PARIS')}/backupproducts"
    for media in ("", "text/plain", "application/x-www-form-urlencoded"):
        assert cg.raw("POST", path, b"[]", {**cg.headers, "content-type": media}).status == 415
    announced = {**cg.headers, "content-type": "application/json; charset=UTF-8"}
    assert cg.raw("POST", path, b'[{"name":"LILLE"}]', announced).status == 201


def test_the_header_accept_is_honoured(cg: Client) -> None:
    assert cg.api("GET", "/products", headers={"accept": "text/xml"}).status == 406
    assert cg.api("GET", "/products", headers={"accept": "text/html, */*;q=0.1"}).status == 200


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json;q=0, */*", 406),
        ("application/json; q=0.0", 406),
        ("application/*;q=0, application/json", 200),
        ("*/*;q=0", 406),
        ("text/*, application/*;q=0.2", 200),
        ("application/jsonp", 406),
        ("application/problem+json", 406),
        ("Application/JSON", 200),
        ("application/json;q=nonsense", 200),
        (" , ,application/json", 200),
    ],
)
def test_media_ranges(cg: Client, accept: str, status: int) -> None:
    assert cg.api("GET", "/products", headers={"accept": accept}).status == status


@pytest.mark.parametrize("path", [f"{PREFIX}/products", "/_sim/health", "/console/"])
@pytest.mark.parametrize("hosts", [[], ["localhost", "localhost"]], ids=["none", "two"])
def test_one_host_is_needed(cg: Client, path: str, hosts: list[str]) -> None:
    """RFC 9112: a server must answer 400 to HTTP/1.1 without it, or with two."""
    headers = [("authorization", cg.headers["authorization"]), *(("host", host) for host in hosts)]
    assert cg.raw_headers("GET", path, headers).status == 400
    assert cg.raw_headers("GET", path, headers[:1], http_version="1.0").status in (200, 403)


def test_a_path_similar_to_the_apis_is_not_redirected(cg: Client) -> None:
    for path in (PREFIX, f"{PREFIX}/products/", "/_sim/health/"):
        assert cg.raw("GET", path, headers=cg.headers).status == 404


def test_a_malformed_cookie_before_the_sessions(cg: Client) -> None:
    cookie = cg.api("POST", "/login", {"username": "admin", "password": "admin"}).headers["set-cookie"].split(";")[0]
    for others in ("a b=1; ", "@=2; ", "x; ", '{"a":1}; ', "é=ü; "):
        reply = cg.api("GET", "/products", headers={"authorization": "", "cookie": f"{others}{cookie}; z=1"})
        assert reply.status == 200, others


def test_unknown_paths_and_methods(cg: Client) -> None:
    assert cg.api("GET", "/nothing").status == 404
    assert cg.api("GET", "/nothing", headers={"authorization": ""}).status == 401
    reply = cg.api("DELETE", "/products")
    assert (reply.status, reply.headers["allow"]) == (405, "GET")
    reply = cg.api("PATCH", f"/flows/{cg.id('ORDERS')}")
    assert (reply.status, reply.headers["allow"]) == (405, "GET, PUT")


def test_a_body_that_is_not_expected(cg: Client) -> None:
    path = f"/products/{cg.id('PARIS')}/backupproducts/{cg.id('LYON')}/synchronize"
    assert cg.api("POST", path, {"x": 1}).status == 400
    assert cg.api("POST", path, {}).status == 202


def test_lenient_accepts_unknown_keys_and_parameters(cg: Client) -> None:
    simulator = Simulator(Settings(lenient=True))
    seed(simulator, small_estate())
    lenient = Client(simulator)
    path = f"{PREFIX}/products/{lenient.id('PARIS')}/backupproducts"
    reply = lenient.raw("POST", path, b'[{"name": "LILLE", "x": 1}]', lenient.headers, query="verbose=1")
    assert reply.status == 201
    assert lenient.raw("POST", path, b'[{"name": 5}]', lenient.headers).status == 400
    assert lenient.api("GET", "/products", headers={"accept": "text/xml"}).status == 200


def test_the_lenient_description_allows_unknown_keys(cg: Client) -> None:
    lenient = Client(Simulator(Settings(lenient=True)))
    for client, forbids in ((cg, True), (lenient, False)):
        text = client.raw("GET", f"{PREFIX}/openapi.json").text
        assert ('"additionalProperties":false' in text) is forbids


def test_references_are_urls_with_the_host_of_the_request(cg: Client) -> None:
    (entry,) = cg.get(f"/products/{cg.id('PARIS')}/backupproducts")
    assert entry["meta"]["href"] == f"https://cg.example:6900{PREFIX}/products/{cg.id('LYON')}"


def test_the_description_is_served_without_credentials(cg: Client) -> None:
    assert cg.raw("GET", f"{PREFIX}/openapi.json").json()["openapi"] == "3.1.0"
    text = cg.raw("GET", f"{PREFIX}/openapi.yaml").text
    assert text.startswith("openapi: 3.1.0")
    assert "/backupproducts/remove" not in text
    cg.control("PUT", "variants", {"remove_path": "alternate"})
    assert "/backupproducts/remove" in cg.raw("GET", f"{PREFIX}/openapi.yaml").text
