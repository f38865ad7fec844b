# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transport against a real HTTP server that answers by a script."""

from __future__ import annotations

import base64
import html
import json
import socket
import time
from urllib.parse import quote

import pytest
from raw_server import RawServer, http
from scripted_server import Answer, ScriptedServer

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.connection import (
    Connection,
    credentials_in,
    without_credentials,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.deadline import limited_to
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.errors import (
    BadOption,
    CGError,
    RequestOutcome,
    WriteInCheckMode,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.operations import (
    OPERATIONS,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.overrides import effective_operations
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.transport import Transport

READ, ADD, REMOVE = (OPERATIONS[name] for name in ("list_products", "add_backups", "remove_backup"))
PAIR = {"id": "a", "backupId": "b"}


class Pauses(list):
    """Instead of sleeping: the pauses that were made, on a clock on which nothing else takes time."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)

    def clock(self) -> float:
        return sum(self)


def transport(url: str, pauses: Pauses | None = None, read_only: bool = False, **options) -> Transport:
    options = {"username": "me", "password": "Gr3at:sécret", "timeout": 5, **options}
    pauses = pauses if pauses is not None else Pauses()
    return Transport(Connection(url=url, **options), read_only=read_only, clock=pauses.clock, sleep=pauses)


def test_a_read_answers_json_and_authenticates_in_utf8():
    with ScriptedServer(Answer("GET /api/products", body=[{"name": "A"}])) as server:
        assert transport(server.url, api_prefix="/api/").send(READ) == [{"name": "A"}]
    headers = server.requests[0][1]
    assert base64.b64decode(headers["Authorization"].removeprefix("Basic ")).decode() == "me:Gr3at:sécret"
    assert headers["Accept"] == "application/json"


def test_token_and_headers_are_sent():
    with ScriptedServer(Answer("GET /products", body=[])) as server:
        transport(server.url, username=None, password=None, token="T0ken", headers={"X-Gate": "open"}).send(READ)
    headers = server.requests[0][1]
    assert headers["Authorization"] == "Bearer T0ken"
    assert headers["X-Gate"] == "open"


def test_credentials_of_the_users_netrc_are_never_used(tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login other password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with ScriptedServer(Answer("GET /products", body=[])) as server:
        transport(server.url, username=None, password=None).send(READ)
    assert "Authorization" not in server.requests[0][1]


def test_names_are_quoted_in_paths():
    find = OPERATIONS["find_products"]
    with ScriptedServer(Answer("GET /products?name=A%26B%2F%C3%A9%25", body=[])) as server:
        transport(server.url).send(find, {"name": "A&B/é%"})


def test_connections_are_kept_alive():
    with ScriptedServer(*[Answer("GET /products", body=[])] * 3) as server:
        sender = transport(server.url)
        for _ in range(3):
            sender.send(READ)
        (pool,) = sender._client._pools.pools._container.values()
        assert pool.num_connections == 1


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_reads_are_sent_again_after_passing_failures(status):
    pauses = Pauses()
    with ScriptedServer(Answer("GET /products", status), Answer("GET /products", body=[])) as server:
        sender = transport(server.url, pauses)
        assert sender.send(READ) == []
    assert len(pauses) == 1
    assert f"answered {status}" in sender.retried[0]


def test_reads_are_sent_again_after_a_broken_connection_or_a_short_body():
    script = [
        Answer("GET /products", drop=True),
        Answer("GET /products", body=[1, 2, 3], promise=50),
        Answer("GET /products", body=[]),
    ]
    with ScriptedServer(*script) as server:
        assert transport(server.url).send(READ) == []


def test_pauses_grow_and_retries_end():
    pauses = Pauses()
    with (
        ScriptedServer(*[Answer("GET /products", 503)] * 4) as server,
        pytest.raises(CGError, match="answered 503") as caught,
    ):
        transport(server.url, pauses).send(READ)
    assert len(pauses) == 3
    assert pauses == sorted(pauses)
    assert caught.value.outcome is RequestOutcome.UNKNOWN


@pytest.mark.parametrize(("header", "pause"), [("7", 7.0), ("86400", 30.0), ("-5", 0.0)])
def test_retry_after_is_honoured_and_clamped(header, pause):
    pauses = Pauses()
    script = [Answer("GET /products", 429, headers={"Retry-After": header}), Answer("GET /products", body=[])]
    with ScriptedServer(*script) as server:
        transport(server.url, pauses).send(READ)
    assert pauses == [pause]


@pytest.mark.parametrize(
    ("header", "pause"),
    [
        ("Wed, 21 Oct 2026 07:28:07 GMT", 7.0),  # by the server's own clock, which says :00
        ("Wed, 21 Oct 2026 07:27:00 GMT", 0.0),
        ("Thu, 22 Oct 2026 07:28:00 GMT", 30.0),
    ],
)
def test_retry_after_may_be_a_date(header, pause):
    pauses = Pauses()
    late = {"Retry-After": header, "Date": "Wed, 21 Oct 2026 07:28:00 GMT"}
    bodies = [http(b"", status=429, **{name.replace("-", "_"): value for name, value in late.items()}), http(b"[]")]
    with RawServer(lambda connection: connection.sendall(bodies.pop(0))) as server:
        transport(server.url, pauses).send(READ)
    assert pauses == [pause]


@pytest.mark.parametrize("header", ["nan", "inf", "soon", "Wed, 99 Oct 2026 07:28:07 GMT", ""])
def test_an_invalid_retry_after_is_ignored(header):
    pauses = Pauses()
    script = [Answer("GET /products", 503, headers={"Retry-After": header}), Answer("GET /products", body=[])]
    with ScriptedServer(*script) as server:
        transport(server.url, pauses).send(READ)
    assert 0 < pauses[0] < 1


def test_pauses_do_not_grow_without_bound():
    pauses = Pauses()
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(CGError, match="cannot be reached"):
            transport(f"http://127.0.0.1:{taken.getsockname()[1]}", pauses, retries=1100).send(READ)
    assert len(pauses) == 1100
    assert max(pauses) <= 40


def test_a_deletion_that_may_have_arrived_counts_as_sent_when_its_repetition_fails():
    path = "DELETE /products/a/backupproducts/b"
    with ScriptedServer(Answer(path, drop=True)) as server:
        pauses = Pauses()
        sender = Transport(
            Connection(server.url, retries=1), clock=pauses.clock, sleep=lambda _seconds: server.__exit__(None)
        )
        with pytest.raises(CGError) as caught:
            sender.send(REMOVE, PAIR)
    assert caught.value.outcome is RequestOutcome.UNKNOWN
    assert sender.writes == ["DELETE /products/a/backupproducts/b"]


def test_a_write_that_was_not_sent_is_not_among_the_writes():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        sender = transport(f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(CGError, match="cannot be reached"):
            sender.send(ADD, PAIR, [])
    assert sender.writes == []


def test_an_answer_that_arrives_too_slowly_ends_with_the_timeout():
    def trickle(connection):
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n[")
        for _space in range(998):
            connection.sendall(b" ")
            time.sleep(0.02)
        connection.sendall(b"]")

    with RawServer(trickle) as server, pytest.raises(CGError, match=r"still arriving after 0\.3 s") as caught:
        transport(server.url, timeout=0.3, retries=0).send(READ)
    assert caught.value.outcome is RequestOutcome.UNKNOWN


def test_requests_and_repetitions_get_no_more_time_than_a_wait_has_left():
    def say_nothing(connection):
        connection.recv(1)  # until the client closes the connection

    pauses = Pauses()
    with (
        RawServer(say_nothing) as server,
        limited_to(0.1),
        pytest.raises(CGError, match=r"no answer from .* within 1 s"),
    ):
        transport(server.url, pauses, timeout=60, retries=3).send(READ)
    assert pauses == []
    assert len(server.requests) == 1


@pytest.mark.parametrize(
    ("content_type", "body", "said"),
    [
        ("text/plain; charset=utf8mb4", b"no such \xc3\xa9tat", "no such état"),
        ("text/html; charset=none", b"<html>conflict</html>", "conflict"),
        ("text/plain; charset=hex", b"conflict", "conflict"),
        ("text/plain; charset=idna", b"conflict", "conflict"),
        ("text/html", b"<html><![foo[ bar ]]>conflict</html>", "conflict"),
        ("text/html", b"<html>conflict<!DOCTYPE [<!X", "conflict"),
        ("application/json", b'{"message": "half a \\ud800 pair"}', "half a ? pair"),
        ("application/json", b"\xef\xbb\xbf" + b'{"message": "conflict"}', "conflict"),
    ],
)
def test_messages_in_unknown_encodings_or_invalid_syntax_are_still_reported(content_type, body, said):
    with RawServer(http(body, status=409, content_type=content_type)) as server, pytest.raises(CGError) as caught:
        transport(server.url).send(ADD, PAIR, [])
    assert said in caught.value.server_message
    assert (caught.value.status, caught.value.outcome) == (409, RequestOutcome.REFUSED)


@pytest.mark.parametrize("status", [200, 500])
def test_endlessly_nested_json_does_not_crash(status):
    body = b"[" * 100_000 + b"]" * 100_000
    with RawServer(http(body, status=status)) as server, pytest.raises(CGError, match=r"is not JSON|answered 500"):
        transport(server.url, retries=0).send(READ)


def test_an_invalid_host_name():
    with pytest.raises(CGError, match="no request to .* can be made") as caught:
        transport("http://" + "a" * 300).send(READ)
    assert caught.value.outcome is RequestOutcome.NOT_SENT
    assert not caught.value.may_pass


@pytest.mark.parametrize("status", [408, 429])
def test_a_read_that_should_be_tried_later_is_not_a_refusal(status):
    with ScriptedServer(Answer("GET /products", status)) as server, pytest.raises(CGError) as caught:
        transport(server.url, retries=0).send(READ)
    assert caught.value.outcome is RequestOutcome.UNKNOWN
    with ScriptedServer(Answer("POST /products/a/backupproducts", status)) as server, pytest.raises(CGError) as caught:
        transport(server.url, retries=0).send(ADD, PAIR, [])
    assert caught.value.outcome is RequestOutcome.REFUSED


@pytest.mark.parametrize("prefix", ["", "/", " / "])
def test_an_empty_prefix_leaves_no_second_slash(prefix):
    with ScriptedServer(Answer("GET /products", body=[])) as server:
        transport(f" {server.url}/ ", api_prefix=prefix).send(READ)


@pytest.mark.parametrize("answer", [{"status": 503}, {"status": 500}, {"drop": True}])
def test_a_post_whose_outcome_is_unknown_is_never_repeated(answer):
    with (
        ScriptedServer(Answer("POST /products/a/backupproducts", **answer)) as server,
        pytest.raises(CGError) as caught,
    ):
        transport(server.url).send(ADD, PAIR, [])
    assert caught.value.outcome is RequestOutcome.UNKNOWN


def test_a_post_that_was_refused_as_too_early_is_sent_again():
    path = "POST /products/a/backupproducts"
    with ScriptedServer(Answer(path, 429), Answer(path, 201)) as server:
        assert transport(server.url).send(ADD, PAIR, [{"name": "B"}]) is None
    assert [body for _, _, body in server.requests] == [[{"name": "B"}]] * 2


def test_an_idempotent_write_is_sent_again():
    path = "DELETE /products/a/backupproducts/b"
    with ScriptedServer(Answer(path, 502), Answer(path, 204)) as server:
        transport(server.url).send(REMOVE, PAIR)


def test_connection_refused():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        pauses = Pauses()
        with pytest.raises(CGError, match="cannot be reached: Connection refused") as caught:
            transport(url, pauses).send(ADD, PAIR, [])
    assert caught.value.outcome is RequestOutcome.NOT_SENT
    assert len(pauses) == 3  # nothing was sent, so even a POST may try again


def test_an_unknown_host_name():
    with pytest.raises(CGError, match="cannot be reached") as caught:
        transport("http://no-such-host.invalid:1", retries=0).send(READ)
    assert caught.value.outcome is RequestOutcome.NOT_SENT


def test_redirects_are_not_followed_and_named():
    script = Answer("GET /products", 302, headers={"Location": "https://elsewhere.example/login"})
    with ScriptedServer(script) as server, pytest.raises(CGError, match=r"elsewhere\.example/login, which is not foll"):
        transport(server.url).send(READ)
    assert len(server.requests) == 1


def test_html_instead_of_json_is_reported_with_the_text_of_the_page():
    page = "<html><head><title>Sign in</title><script>x()</script></head><body><h1>Welcome to SSO</h1></body></html>"
    with (
        ScriptedServer(Answer("GET /products", body=page)) as server,
        pytest.raises(CGError, match=r"is not JSON.*Sign in / Welcome to SSO") as caught,
    ):
        transport(server.url).send(READ)
    assert "<" not in caught.value.server_message


def test_the_body_of_an_accepted_write_does_not_matter():
    with ScriptedServer(Answer("POST /products/a/backupproducts", 202, body="<html>OK</html>")) as server:
        assert transport(server.url).send(ADD, PAIR, []) is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"message": "No privilege"}, "No privilege"),
        ({"error": "No privilege"}, "No privilege"),
        ({"status": 403, "error": "No privilege"}, "No privilege"),
        ({"status": 403, "error": "Forbidden", "message": "No privilege"}, "No privilege"),
        ({"error": {"code": 7, "message": "No privilege"}}, "No privilege"),
        ({"errors": [{"message": "No privilege"}, {"detail": "on ST"}]}, "No privilege; on ST"),
        ({"detail": "No privilege"}, "No privilege"),
        ({"errorMessage": "No privilege"}, "No privilege"),
        ("No privilege", "No privilege"),
        ("<html><body><h1>Error</h1><p>No privilege</p></body></html>", "Error / No privilege"),
        (None, ""),
    ],
)
def test_the_servers_message_is_kept(body, said):
    with (
        ScriptedServer(Answer("GET /products", 403, body=body)) as server,
        pytest.raises(CGError, match="answered 403") as caught,
    ):
        transport(server.url).send(READ)
    assert caught.value.server_message == said
    assert caught.value.as_result() == {
        "status": 403,
        "method": "GET",
        "path": "/products",
        "server_message": said,
    }


@pytest.mark.parametrize("secret_option", ["password", "token", "headers"])
def test_secrets_that_the_server_echoes_are_scrubbed(secret_option):
    secret = "Hunter2-and-more"
    options = {
        "password": {"username": "me", "password": secret},
        "token": {"username": None, "password": None, "token": secret},
        "headers": {"headers": {"X-Key": secret}},
    }[secret_option]
    echo = Answer("GET /products", 401, body={"message": f"bad credentials {secret}"})
    with ScriptedServer(echo) as server, pytest.raises(CGError) as caught:
        transport(server.url, **options).send(READ)
    assert secret not in str(caught.value)
    assert secret not in str(caught.value.as_result())
    assert "bad credentials" in str(caught.value)


def forms_of(secret: str) -> list[str]:
    return [secret, json.dumps(secret)[1:-1], repr(secret)[1:-1], quote(secret, safe=""), html.escape(secret)]


@pytest.mark.parametrize("form", range(5), ids=["plain", "json", "python", "url", "html"])
@pytest.mark.parametrize("kind", ["text/plain", "text/html", "application/json"])
def test_secrets_are_scrubbed_in_every_form(form, kind):
    secret = "hun\"ter2  & 'mo/re\\ é"
    body = forms_of(secret)[form]
    if kind == "application/json":
        body = json.dumps({"unknown": {"deep": body}})
    answer = http(body.encode(), status=400, content_type=f"{kind}; charset=utf-8")
    with RawServer(answer) as server, pytest.raises(CGError) as caught:
        transport(server.url, password=secret).send(READ)
    for shown in (str(caught.value), caught.value.server_message):
        assert "hun" not in shown
        assert "ter2" not in shown
        assert "********" in shown


def test_the_authorization_header_is_scrubbed_when_the_server_echoes_it():
    encoded = base64.b64encode("me:Gr3at:sécret".encode()).decode()
    echo = Answer("GET /products", 400, body=f"bad header Authorization: Basic {encoded}")
    with ScriptedServer(echo) as server, pytest.raises(CGError, match=r"Basic \*{8}\.") as caught:
        transport(server.url).send(READ)
    assert encoded not in str(caught.value)


def test_no_part_of_a_secret_is_left_where_a_message_is_cut():
    for length in (480, 490, 499):
        echo = Answer("GET /products", 400, body="x" * length + " hunter2-long-secret")
        with ScriptedServer(echo) as server, pytest.raises(CGError) as caught:
            transport(server.url, password="hunter2-long-secret").send(READ)
        assert "hun" not in str(caught.value)


def test_the_cookie_of_a_session_is_a_secret_too():
    script = [
        Answer("POST /login", 204, headers={"Set-Cookie": "S=c00kie-of-mine"}),
        Answer("GET /products", 400, body="bad cookie c00kie-of-mine"),
    ]
    with ScriptedServer(*script) as server:
        sender = transport(server.url)
        sender.open_session_with(effective_operations({"login": {"path": "/login"}})["login"])
        with pytest.raises(CGError, match=r"bad cookie \*{8}"):
            sender.send(READ)


def test_the_credentials_of_a_proxy_are_not_shown(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://someone:pr0xy-secret@:port")
    with pytest.raises(CGError) as caught:
        transport("http://cg.example.com", retries=0).send(READ)
    assert "pr0xy-secret" not in str(caught.value)


def test_check_mode_sends_only_reads():
    with ScriptedServer(Answer("GET /products", body=[])) as server:
        sender = transport(server.url, read_only=True)
        sender.send(READ)
        for operation in OPERATIONS.values():
            if operation.is_write and operation.path:
                with pytest.raises(WriteInCheckMode, match="defect of the collection"):
                    sender.send(operation, {**PAIR, "force": False})
    assert sender.writes == []


def test_writes_are_remembered():
    with ScriptedServer(Answer("DELETE /products/a/backupproducts/b", 204)) as server:
        sender = transport(server.url)
        sender.send(REMOVE, PAIR)
    assert sender.writes == ["DELETE /products/a/backupproducts/b"]


def test_a_session_is_opened_and_opened_again_when_it_expires():
    script = [
        Answer("POST /login", 204, headers={"Set-Cookie": "S=1"}),
        Answer("GET /products", 401),
        Answer("POST /login", 204, headers={"Set-Cookie": "S=2"}),
        Answer("GET /products", body=[]),
        Answer("GET /products", body=[]),
    ]
    with ScriptedServer(*script) as server:
        sender = transport(server.url, read_only=True)
        sender.open_session_with(effective_operations({"login": {"path": "/login"}})["login"])
        sender.send(READ)
        sender.send(READ)
    assert server.requests[0][2] == {"username": "me", "password": "Gr3at:sécret"}
    assert not any("Authorization" in headers for _, headers, _ in server.requests)
    assert [headers.get("Cookie") for line, headers, _ in server.requests if "products" in line] == [
        "S=1",
        "S=2",
        "S=2",
    ]


FORM_LOGIN = {
    "path": "/j_security_check",
    "encoding": "form",
    "base": "server",
    "body": {"j_username": "{username}", "j_password": "{password}", "remember": False},
}


def test_a_form_outside_of_the_api_opens_a_session_and_answers_with_a_redirect():
    script = [
        Answer("POST /j_security_check", 302, headers={"Set-Cookie": "S=1; Path=/", "Location": "/home"}),
        Answer("GET /api/products", body=[]),
    ]
    with ScriptedServer(*script) as server:
        sender = transport(server.url, api_prefix="/api")
        sender.open_session_with(effective_operations({"login": FORM_LOGIN})["login"])
        assert sender.send(READ) == []
    _line, headers, body = server.requests[0]
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert body == "j_username=me&j_password=Gr3at%3As%C3%A9cret&remember=false"
    assert server.requests[1][1]["Cookie"] == "S=1"


def test_a_form_that_opens_no_session_is_reported():
    script = [Answer("POST /j_security_check", 302, headers={"Location": "/login?error"})]
    with ScriptedServer(*script) as server:
        sender = transport(server.url, api_prefix="/api")
        sender.open_session_with(effective_operations({"login": FORM_LOGIN})["login"])
        with pytest.raises(CGError, match="it redirects to /login.error") as caught:
            sender.send(READ)
    assert "Gr3at" not in str(caught.value)


PAGE_LOGIN = {**FORM_LOGIN, "page": "/ui/"}
LOGIN_PAGE = """<!DOCTYPE html><form action="/search"><input name="q"></form>
<form method="post" action="j_security_check"><input type=hidden name=token value="a&amp;b">
<input name="j_username"><input type='password' name="j_password"></form>"""


def in_page_session(server: ScriptedServer) -> Transport:
    sender = transport(server.url, api_prefix="/api")
    sender.open_session_with(effective_operations({"login": PAGE_LOGIN})["login"])
    return sender


def test_a_login_page_is_read_before_its_form_is_sent_and_once_more_after_it():
    script = [
        Answer("GET /ui/", 200, LOGIN_PAGE, headers={"Set-Cookie": "S=1; Path=/"}),
        Answer("POST /j_security_check", 302, headers={"Location": "/ui/"}),
        Answer("GET /ui/", 200, "<html>Welcome</html>", headers={"Set-Cookie": "S=2; Path=/"}),
        Answer("GET /api/products", body=[]),
    ]
    with ScriptedServer(*script) as server:
        assert in_page_session(server).send(READ) == []
    assert server.requests[1][2] == "token=a%26b&j_username=me&j_password=Gr3at%3As%C3%A9cret&remember=false"
    assert [headers.get("Cookie") for _line, headers, _body in server.requests] == [None, "S=1", "S=1", "S=2"]


@pytest.mark.parametrize(
    ("shown", "after_login"),
    [
        (Answer("GET /ui/", 200, LOGIN_PAGE), Answer("POST /j_security_check", 200, "<html>Wrong</html>")),
        (Answer("GET /ui/", 401, LOGIN_PAGE), Answer("POST /j_security_check", 302, headers={"Location": "/failed"})),
        (
            Answer("GET /ui/", 302, headers={"Location": "/login"}),
            Answer("POST /j_security_check", 302, headers={"Location": "/login?error"}),
        ),
    ],
    ids=["page", "401", "redirect"],
)
def test_a_page_that_still_asks_for_the_password_has_not_accepted_it(shown, after_login):
    shown.headers = {**shown.headers, "Set-Cookie": "S=1; Path=/"}
    again = Answer(shown.request, shown.status, shown.body, shown.headers)
    said = "POST /j_security_check: .*did not accept the credentials.* GET /ui/"
    with ScriptedServer(shown, after_login, again) as server, pytest.raises(CGError, match=said) as caught:
        in_page_session(server).send(READ)
    assert "Gr3at" not in str(caught.value)


def test_a_login_page_that_is_not_there_is_named():
    missing = Answer("GET /ui/", 404, "<html>Not Found</html>")
    with ScriptedServer(missing) as server, pytest.raises(CGError, match="GET /ui/: Central Governance answered 404"):
        in_page_session(server).send(READ)


def test_a_login_page_instead_of_an_answer_means_that_the_session_has_expired():
    """A read is sent again after another login; a write is not, since the server may carry out the first one then."""
    log_in = [
        Answer("GET /ui/", 200, LOGIN_PAGE, headers={"Set-Cookie": "S=1; Path=/"}),
        Answer("POST /j_security_check", 302, headers={"Location": "/ui/"}),
        Answer("GET /ui/", 200, "<html>Welcome</html>"),
    ]
    read, add = "GET /api/products", "POST /api/products/a/backupproducts"
    script = [*log_in, Answer(read, 200, LOGIN_PAGE), *log_in, Answer(read, body=[]), Answer(add, 200, LOGIN_PAGE)]
    with ScriptedServer(*script) as server:
        sender = in_page_session(server)
        assert sender.send(READ) == []
        with pytest.raises(CGError, match="answered with its login page: the session has expired") as caught:
            sender.send(ADD, PAIR, [])
    assert caught.value.may_have_happened


def test_an_expired_session_may_show_as_a_redirect_of_a_read_but_no_write_is_repeated_for_it():
    log_in = Answer("POST /login", 204, headers={"Set-Cookie": "S=1"})
    to_login = {"status": 302, "headers": {"Location": "/login"}}
    add = "POST /products/a/backupproducts"
    reads = [Answer("GET /products", **to_login), Answer("GET /products", body=[])]
    script = [log_in, reads[0], log_in, reads[1], Answer(add, **to_login)]
    with ScriptedServer(*script) as server:
        sender = transport(server.url)
        sender.open_session_with(effective_operations({"login": {"path": "/login"}})["login"])
        assert sender.send(READ) == []
        with pytest.raises(CGError, match="redirects to /login"):
            sender.send(ADD, PAIR, [])


def test_wrong_credentials_do_not_log_in_forever():
    script = [Answer("POST /login", 401, body={"message": "wrong password"})]
    with ScriptedServer(*script) as server:
        sender = transport(server.url)
        sender.open_session_with(effective_operations({"login": {"path": "/login"}})["login"])
        with pytest.raises(CGError, match="wrong password"):
            sender.send(READ)


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"url": "cg.example.com"}, "url"),
        ({"url": "ftp://cg.example.com"}, "url"),
        ({"url": "https://me:secret@cg.example.com"}, "url"),
        ({"url": "https://cg.example.com:port"}, "url"),
        ({"url": "https://cg.example.com?x=1"}, "url"),
        ({"token": "t"}, "username and token"),
        ({"password": None}, "password"),
        ({"username": None}, "username"),
        ({"client_key": "/k"}, "client_cert"),
        ({"ca_path": "/no/such/file.pem"}, "ca_path"),
        ({"client_cert": "/no/such/file.pem"}, "client_cert"),
        ({"username": None, "password": None, "token": "line\nbreak"}, "token"),
        ({"headers": {"X": "line\nbreak"}}, "headers"),
        ({"headers": {"X": " space"}}, "headers"),
        ({"headers": {"X Y": "v"}}, "headers"),
        ({"headers": {"X:": "v"}}, "headers"),
        ({"headers": {"": "v"}}, "headers"),
        ({"api_prefix": "/api?x=1"}, "api_prefix"),
        ({"password": "latin1-\udce9"}, "password"),
        ({"username": "latin1-\udce9"}, "username"),
        ({"client_cert": "/"}, "client_cert"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": float("nan")}, "timeout"),
        ({"timeout": float("inf")}, "timeout"),
        ({"timeout": 1e12}, "timeout"),
        ({"max_parallel": 0}, "max_parallel"),
        ({"retries": -1}, "retries"),
    ],
)
def test_invalid_options_are_named(options, named):
    with pytest.raises(BadOption, match=f"^{named}: ") as caught:
        transport(**{"url": "https://cg.example.com", **options})
    assert "secret@" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "https://admin:s3cretpw@127.0.0.1:1",
        "ftp://admin:s3cretpw@h",
        "https://admin:pa#s3cretpw@cg:6900",
        "https://admin:s3cretpw@cg:69x00",
        "https://admin:s3cretpw@half@cg",
        "admin:s3cretpw@cg",
        "https://s3cretpw@cg",
    ],
)
def test_credentials_in_a_url_are_refused_and_not_shown(url):
    with pytest.raises(BadOption, match="^url: ") as caught:
        transport(url)
    assert "s3cretpw" not in str(caught.value)
    assert "s3cretpw" in credentials_in(url)
    assert "s3cretpw" not in without_credentials(url)


def test_a_header_that_is_refused_does_not_show_its_value():
    for headers in ({"X": "s3cret\n"}, {"Authorization: Bearer s3cret": "x"}):
        with pytest.raises(BadOption) as caught:
            transport("https://cg.example.com", headers=headers)
        assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"])
def test_a_bundle_of_the_environment_that_is_not_there_is_named(monkeypatch, variable):
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.setenv(variable, "/no/such/bundle.pem")
    with pytest.raises(BadOption, match=f"^{variable}: /no/such/bundle.pem cannot be read"):
        transport("https://cg.example.com")
    transport("https://cg.example.com", validate_certs=False)
    transport("http://cg.example.com")
