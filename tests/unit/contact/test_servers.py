# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A contact with unexpected servers: one clear message each, and no secret in it."""

from __future__ import annotations

import base64
import json
import typing as t

import pytest
from contacting import PASSWORD, TOKEN, USERNAME, contact, contradicted, evidence, verdicts
from local_server import LocalServer, Reply, Request
from raw_server import RawServer

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.errors import BadOption, CGError
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.cg_contact import connect
from ansible_collections.mftops.central_governance.plugins.module_utils.runtime.options import DEFAULT_API_PREFIX

BASIC = "Basic " + base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
LOGIN_PAGE = """<!DOCTYPE html><html><head><title>Central Governance</title></head><body><h1>Please sign in</h1>
<form method="post" action="/auth/check"><input name="user"><input name="pin" type="password"></form></body></html>"""
PRODUCT = {
    "businessId": "b430b2e7-b707-4d73-8cc9-c2022a44929e",
    "name": "ST_PARIS",
    "type": "SecureTransport",
    "version": "5.5",
    "status": "Started",
    "host": "paris.example.com",
    "os": "linux-x86-64",
    "communicationProfiles": [],
    "backupProducts": [],
}

Answer = tuple[int, t.Any, dict[str, str]]
Answering = t.Callable[[str, str, dict[str, str], str], Answer]


class OddServer(LocalServer):
    """Answers with what ``answer(method, path, headers, body)`` returns: a status, JSON or text, and headers."""

    def __init__(self, answer: Answering) -> None:
        super().__init__()
        self.requests: list[str] = []
        self._answer = answer

    def reply_to(self, request: Request) -> Reply:
        self.requests.append(request.line)
        headers = {name.lower(): value for name, value in request.headers.items()}
        path = request.path.removeprefix(DEFAULT_API_PREFIX)
        return Reply(*self._answer(request.method, path, headers, request.body.decode()))

    @property
    def logins(self) -> list[str]:
        return [request for request in self.requests if request.startswith("POST ")]


def estate(path: str) -> Answer:
    """Lists as expected, with one product."""
    if path.startswith("/products"):
        if "no-such-name" in path:
            return 200, [], {}
        if path.startswith("/products/0000"):
            return 404, {"message": "unknown"}, {}
        if path.endswith("/backupproducts"):
            return 200, [], {}
        return 200, PRODUCT if path.startswith("/products/") else [PRODUCT], {}
    return (200, [], {}) if path.startswith(("/flows", "/deployments")) else (404, {"message": "no such path"}, {})


# The ways to authenticate


def test_a_wrong_password_is_tried_once():
    def answer(method, path, headers, body):
        return 401, {"message": "Bad credentials"}, {"WWW-Authenticate": 'Basic realm="CG"'}

    with OddServer(answer) as server:
        report = contact(server.url)
    assert report.failure == (
        'Central Governance offers Basic authentication and does not accept the credentials: 401 ("Bad credentials"). '
        "No other way was tried, so that the account is not locked. Check username and password. Nothing was changed."
    )
    assert len(server.requests) == 2
    assert {verdicts(report)[name] for name in ("basic", "session", "list_products")} == {"not seen"}


def test_a_wrong_password_at_the_login_ends_the_search():
    def answer(method, path, headers, body):
        words = "Wrong password" if (method, path) == ("POST", "/login") else "Please log in"
        return 401, {"message": words}, {}

    with OddServer(answer) as server:
        report = contact(server.url)
    assert 'POST /login answered 401 ("Wrong password")' in report.failure
    assert server.logins == [f"POST {DEFAULT_API_PREFIX}/login"]


def test_the_number_of_refused_logins_is_limited():
    """Every login is answered with the same page and no session: it may well count as a wrong password."""

    def answer(method, path, headers, body):
        return (200, "<html>Sign in</html>", {}) if method == "POST" else (401, "", {})

    with OddServer(answer) as server:
        report = contact(server.url, login_attempts=2)
    assert len(server.logins) == 2
    assert "No way to authenticate worked" in report.failure
    assert "More were not tried, so that the account is not locked." in report.failure


def test_a_login_page_instead_of_each_answer_and_its_form():
    """With status 200, as some web applications do; the fields of its form are the proposal."""

    def answer(method, path, headers, body):
        if path == "/auth/check":
            is_right = body in ("user=operator&pin=correct+horse", "pin=correct+horse&user=operator")
            return 302, "", {"Location": "/", **({"Set-Cookie": "SID=s3ssion-value; Path=/"} if is_right else {})}
        return estate(path) if "SID=s3ssion-value" in headers.get("cookie", "") else (200, LOGIN_PAGE, {})

    with OddServer(answer) as server:
        report = contact(server.url)
    assert not report.failure, report.failure
    assert report.results["proposal"]["operations"]["login"] == {
        "path": "/auth/check",
        "base": "server",
        "encoding": "form",
        "body": {"user": "{username}", "pin": "{password}"},
    }
    assert server.logins == ["POST /auth/check"]
    assert "s3ssion-value" not in json.dumps(report.results)


def test_a_login_page_of_another_server_is_not_filled_in():
    page = LOGIN_PAGE.replace("/auth/check", "https://sso.example.com/auth/check")
    with OddServer(lambda *_request: (200, page, {})) as server:
        report = contact(server.url)
    assert report.failure.startswith("Central Governance answers with a web page where data is expected")
    assert "Please sign in" in report.failure
    assert not any("auth/check" in request for request in server.requests)
    (first, *_rest) = report.results["exchanges"]
    assert (first["status"], first["content_type"]) == (200, "text/html")
    assert "Please sign in" in first["beginning"]


def test_a_redirect_to_a_login_page():
    def answer(method, path, headers, body):
        if "SID=" in headers.get("cookie", ""):
            return estate(path)
        if path == "/auth/check":
            return 302, "", {"Location": "/", "Set-Cookie": "SID=s3ssion-value; Path=/"}
        return (200, LOGIN_PAGE, {}) if path == "/web/login" else (302, "", {"Location": "/web/login"})

    with OddServer(answer) as server:
        report = contact(server.url)
    assert not report.failure, report.failure
    assert report.results["proposal"]["operations"]["login"]["path"] == "/auth/check"
    assert "redirects to /web/login" in evidence(report, "needs_credentials")


def test_credentials_are_needed_and_none_are_given():
    with OddServer(lambda *_request: (401, {"message": "Who are you?"}, {})) as server:
        report = contact(server.url, username=None, password=None)
    assert 'without credentials (401 ("Who are you?")), and none were given. Set username and' in report.failure


def test_a_token_that_is_not_accepted():
    with OddServer(lambda *_request: (401, {"message": f"no: {TOKEN}"}, {})) as server:
        report = contact(server.url, token=TOKEN)
    assert report.failure.startswith("Central Governance does not accept the token: 401")
    assert TOKEN not in report.failure + json.dumps(report.results)


@pytest.mark.parametrize("with_a_session", [False, True])
def test_a_user_without_privileges(with_a_session):
    """The password is right, so the message must not ask to check it."""

    def answer(method, path, headers, body):
        if (method, path) == ("POST", "/login"):
            return 204, "", {"Set-Cookie": "SID=s3ssion-value"}
        known = "SID=" in headers.get("cookie", "") if with_a_session else headers.get("authorization") == BASIC
        return (403, {"message": "not allowed"}, {}) if known else (401, {"message": "who?"}, {})

    with OddServer(answer) as server:
        report = contact(server.url)
    assert report.failure.startswith(
        "Central Governance accepts the user, but does not let it read the products: GET /pr"
    )
    assert '403 ("not allowed")' in report.failure
    assert len(server.logins) == with_a_session


def test_no_credentials_are_needed():
    with OddServer(lambda _method, path, _headers, _body: estate(path)) as server:
        report = contact(server.url)
    assert not report.failure
    assert report.results["authentication"]["way"] == "none"
    assert "needs_credentials" in contradicted(report)
    assert not server.logins


def test_the_login_that_the_user_gives_is_the_only_one_that_is_tried():
    given = {"login": {"path": "/mine"}}
    with OddServer(lambda *_request: (401, {"message": "no"}, {})) as server:
        report = contact(server.url, operations=given)
    assert report.failure
    assert server.logins == [f"POST {DEFAULT_API_PREFIX}/mine"]


# Servers that answer otherwise


def test_a_server_that_is_something_else():
    with OddServer(lambda *_request: (404, "<html><h1>nginx</h1> Not Found</html>", {})) as server:
        report = contact(server.url)
    assert report.failure.startswith(
        'Nothing at this address answers like Central Governance: GET /products: 404 ("nginx / Not Found"), with this '
        "api_prefix and with the other usual ones. Check url and api_prefix first. "
    )
    assert {row["status"] for row in report.results["exchanges"]} == {404}
    assert not [name for name, verdict in verdicts(report).items() if verdict == "confirmed"]


def test_an_api_without_lists_of_products():
    def answer(method, path, headers, body):
        if headers.get("authorization") != BASIC:
            return 401, {"message": "no"}, {}
        return 200, {"hello": "world"}, {}

    with OddServer(answer) as server:
        report = contact(server.url)
    assert "does not answer like Central Governance" in report.failure
    assert "GET /products: 200 with an object with the keys hello" in report.failure


def test_lists_in_pages():
    """No page is taken for the whole; a larger one is asked for."""

    def answer(method, path, headers, body):
        if path == "/products":
            return 200, {"items": [PRODUCT], "total": 7}, {}
        if path.startswith("/products?size="):
            return 200, {"items": [PRODUCT], "total": 1}, {}
        return (400, {"message": "no"}, {}) if path.startswith("/products?name=%25") else estate(path)

    with OddServer(answer) as server:
        report = contact(server.url)
    assert not report.failure
    assert {"one_page", "list_products", "bare_lists"} <= contradicted(report)
    assert report.results["proposal"]["operations"] == {"list_products": {"path": "/products?size=100000"}}


def test_a_filter_that_is_ignored_is_noticed():
    def answer(method, path, headers, body):
        other = {**PRODUCT, "businessId": "93c8ab21-d04e-4df6-a96c-11b4bbcc97f5", "name": "ST_LYON"}
        return (200, [PRODUCT, other], {}) if path.startswith("/products?") else estate(path)

    with OddServer(answer) as server:
        report = contact(server.url)
    assert "other objects than requested" in evidence(report, "find_products")
    assert {"find_products", "no_match"} <= contradicted(report)


def test_fields_that_are_missing_or_of_another_type_are_named():
    def answer(method, path, headers, body):
        status, found, more = estate(path)
        odd = {key: value for key, value in PRODUCT.items() if key != "version"} | {"host": 7, "extra": {"a": 1}}
        return status, [odd] if isinstance(found, list) and found else odd if found == PRODUCT else found, more

    with OddServer(answer) as server:
        report = contact(server.url)
    shown = evidence(report, "product_fields")
    assert "version: in none of 2" in shown
    assert "host: expected text, found number (host)" in shown
    assert report.results["unexpected_fields"]["products"] == ["extra"]


@pytest.mark.parametrize("odd_one", [{}, {"name": "\\ud800"}])
def test_of_a_large_list_only_the_beginning_is_compared(odd_one):
    """All are counted; also where the list cannot be read piece by piece."""
    text = json.dumps([{**PRODUCT, "businessId": str(number), "notes": "x" * 500} for number in range(2500)])
    if odd_one:
        text = text.replace("ST_PARIS", odd_one["name"], 1)
    assert len(text) > 1 << 20

    def answer(method, path, headers, body):
        return (200, json.loads(text) if not odd_one else text, {}) if path == "/products" else estate(path)

    with OddServer(answer) as server:
        report = contact(server.url)
    assert not report.failure
    assert evidence(report, "list_products") == "GET /products: 200, a list of 2500"
    assert " 2500 products" in report.results["summary"]
    assert evidence(report, "product_fields").startswith("9 of 9")


def test_only_reads_and_logins_are_sent():
    with OddServer(lambda _method, path, _headers, _body: estate(path)) as server:
        contact(server.url, search_openapi=True)
    assert {request.partition(" ")[0] for request in server.requests} == {"GET", "OPTIONS"}
    assert len(server.requests) < 60


ALL = "GET, HEAD, POST, PUT, DELETE, OPTIONS"


@pytest.mark.parametrize(
    ("status", "allow", "evidence_of_writes"),
    [
        (200, lambda path: ALL, "OPTIONS names DELETE for any path"),
        (204, lambda path: "", "OPTIONS does not list methods"),
        (404, lambda path: "", "OPTIONS does not list methods"),
        (405, lambda path: "POST", "OPTIONS does not list methods"),
    ],
)
def test_options_that_are_the_same_for_any_path_confirm_nothing(status, allow, evidence_of_writes):
    def answer(method, path, headers, body):
        return (status, "", {"Allow": allow(path)}) if method == "OPTIONS" else estate(path)

    with OddServer(answer) as server:
        report = contact(server.url)
    for name in ("add_backups", "remove_backup", "synchronize_backup", "deploy_flow"):
        assert verdicts(report)[name] == "not seen"
    assert evidence_of_writes in evidence(report, "remove_backup")
    assert "operations" not in report.results["proposal"]


def test_options_of_single_paths_count():
    def answer(method, path, headers, body):
        if method != "OPTIONS":
            return estate(path)
        if path.endswith("/synchronize"):
            return 200, "", {"Allow": "PUT, OPTIONS"}
        return (
            (200, "", {"Allow": "GET, POST"}) if path.split("/")[-1] in ("products", "backupproducts") else estate("?")
        )

    with OddServer(answer) as server:
        report = contact(server.url)
    seen = verdicts(report)
    assert (seen["add_backups"], seen["synchronize_backup"]) == ("confirmed", "contradicted")
    assert (seen["remove_backup"], seen["deploy_flow"]) == ("not seen", "not seen")
    assert "operations" not in report.results["proposal"]
    assert any("synchronize_backup" in line and "is not there" in line for line in report.results["try_by_hand"])


def test_an_empty_answer_to_another_path_proves_nothing():
    """The deployments have a path that is not tried; a path with an empty list must not be proposed instead."""
    flow = {"businessId": PRODUCT["businessId"], "name": "F", "status": "Deployed", "sources": {}, "targets": {}}

    def answer(method, path, headers, body):
        if path.startswith("/flows"):
            return 200, [flow] if path in ("/flows", "/flows?name=F") else flow if path.endswith("44929e") else [], {}
        return estate(path)

    with OddServer(answer) as server:
        report = contact(server.url)
    assert {"list_deployments", "flow_deployments"} & contradicted(report) == {"list_deployments"}
    assert "operations" not in report.results["proposal"]


# Bad input


def test_http_on_a_tls_port():
    with RawServer(b"\x15\x03\x01\x00\x02\x02\x50") as server, pytest.raises(CGError) as caught:
        contact(server.url)
    assert "does that port speak https?" in str(caught.value)


def test_a_server_that_cannot_be_reached():
    with pytest.raises(CGError, match=r"http://127\.0\.0\.1:9 cannot be reached"):
        contact("http://127.0.0.1:9")


def test_no_url():
    params = {"url": None, "openapi": None}
    with pytest.raises(BadOption, match="url: it is missing"):
        connect(params)
    assert connect({**params, "openapi": "openapi.yaml"}).url


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read (No such file or directory)"),
        (b"\xff\xfe\x00", "cannot be read (it is not text in UTF-8)"),
        (b"<html>", "it is not an object with openapi or swagger"),
        (b"[]", "it is not an object with openapi or swagger"),
        (b"a: [", "it is neither YAML nor JSON in line 2"),
        (b"{}", "it has no openapi (or swagger) and paths; it has nothing"),
        (b'{"products": []}', "it has no openapi (or swagger) and paths; it has products"),
    ],
)
def test_an_unusable_description(tmp_path, content, message):
    file = tmp_path / "api.yaml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(BadOption) as caught:
        contact("", openapi=str(file))
    assert str(caught.value).startswith(f"openapi: {file}")
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"recording": "/no/such/folder/contact.json"}, "recording: /no/such/folder/contact.json cannot be written"),
        ({"recording": "/"}, "it is a folder"),
        ({"login_attempts": 0}, "login_attempts: it must be at least 1"),
    ],
)
def test_other_bad_options_before_anything_is_sent(options, message):
    with OddServer(lambda *_request: (500, "", {})) as server, pytest.raises(BadOption) as caught:
        contact(server.url, **options)
    assert message in str(caught.value)
    assert server.requests == []


# Secrets

SECRETS = {
    "header": "Gateway-Key-0815",
    "cookie": "c00kie-of-session",
    "in_body": "body-s3cret-value",
    "named": "p4ss-by-name",
    "private": "MIIEvQIBADANBgkqhkiG9w0",
    "in_url": "url-p4ssword",
}


@pytest.mark.parametrize("replace_names", [False, True])
def test_no_secret_is_in_the_result_or_the_recording(tmp_path, replace_names):
    """Neither the given ones, which the server repeats everywhere, nor those in its own answers."""

    def answer(method, path, headers, body):
        echoed = f"{headers.get('authorization')} {headers.get('cookie')} {headers.get('x-gateway')} {body}"
        cookie = {"Set-Cookie": f"SID={SECRETS['cookie']}", "Server": f"gateway {SECRETS['header']}"}
        if path == "/login":
            return 200, {"echo": echoed}, cookie
        if SECRETS["cookie"] not in headers.get("cookie", ""):
            return 401, {"message": f"no: {echoed}"}, {}
        status, found, _more = estate(path)
        if status != 200:
            return 404, {"message": f"not found for {USERNAME}:{PASSWORD} {echoed}"}, cookie
        secrets = {
            "password": SECRETS["in_body"],
            "notes": [f"{PASSWORD} {echoed}"],
            "settings": [{"name": "apiKey", "value": SECRETS["named"]}],
            "pem": f"-----BEGIN PRIVATE KEY-----\n{SECRETS['private']}\n-----END PRIVATE KEY-----",
            "meta": {"href": f"https://user:{SECRETS['in_url']}@cg/?token={SECRETS['in_body']}"},
        }
        product = {**PRODUCT, **secrets}
        return 200, [product] if isinstance(found, list) and found else product if found == PRODUCT else found, cookie

    file = tmp_path / "contact.json"
    with OddServer(answer) as server:
        headers = {"X-Gateway": SECRETS["header"]}
        report = contact(server.url, headers=headers, recording=str(file), replace_names=replace_names)
    assert not report.failure, report.failure
    assert report.results["authentication"]["way"] == "session"
    everything = json.dumps(report.results) + repr(report.warnings) + file.read_text(encoding="utf-8")
    for secret in (PASSWORD, PASSWORD.replace(" ", "+"), BASIC.partition(" ")[2], *SECRETS.values()):
        assert secret not in everything, secret
    assert ("ST_PARIS" in file.read_text(encoding="utf-8")) != replace_names


def test_a_wrong_password_that_the_server_repeats_is_not_shown():
    with OddServer(lambda _method, _path, _headers, body: (401, {"message": f"refused {body}"}, {})) as server:
        report = contact(server.url)
    assert report.failure
    assert PASSWORD not in report.failure + json.dumps(report.results)
