# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The transport against a real HTTP server that answers by a script."""

from __future__ import annotations

import base64
import socket

import pytest
from scripted_server import Answer, ScriptedServer

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.errors import (
    BadOption,
    CGError,
    WriteInCheckMode,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.operations import (
    OPERATIONS,
    effective_operations,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.transport import Connection, Transport

READ, ADD, REMOVE = (OPERATIONS[name] for name in ("list_products", "add_backups", "remove_backup"))
PAIR = {"id": "a", "backupId": "b"}


class Pauses(list):
    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def transport(url: str, pauses: Pauses | None = None, read_only: bool = False, **options) -> Transport:
    options = {"username": "me", "password": "Gr3at:sécret", "timeout": 5, **options}
    return Transport(
        Connection(url=url, **options), read_only=read_only, sleep=pauses if pauses is not None else Pauses()
    )


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
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login stranger password stolen\n")
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
        (pool,) = sender._session().get_adapter(server.url).poolmanager.pools._container.values()
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
    assert caught.value.outcome == "unknown"


@pytest.mark.parametrize(("header", "pause"), [("7", 7.0), ("86400", 30.0), ("-5", 0.0)])
def test_retry_after_is_honoured_and_clamped(header, pause):
    pauses = Pauses()
    script = [Answer("GET /products", 429, headers={"Retry-After": header}), Answer("GET /products", body=[])]
    with ScriptedServer(*script) as server:
        transport(server.url, pauses).send(READ)
    assert pauses == [pause]


@pytest.mark.parametrize("answer", [{"status": 503}, {"status": 500}, {"drop": True}])
def test_a_post_whose_outcome_is_unknown_is_never_repeated(answer):
    with (
        ScriptedServer(Answer("POST /products/a/backupproducts", **answer)) as server,
        pytest.raises(CGError) as caught,
    ):
        transport(server.url).send(ADD, PAIR, [])
    assert caught.value.outcome == "unknown"


def test_a_post_that_was_turned_away_before_its_time_is_sent_again():
    path = "POST /products/a/backupproducts"
    with ScriptedServer(Answer(path, 429), Answer(path, 201)) as server:
        assert transport(server.url).send(ADD, PAIR, [{"name": "B"}]) is None
    assert [body for _, _, body in server.requests] == [[{"name": "B"}]] * 2


def test_an_idempotent_write_is_sent_again():
    path = "DELETE /products/a/backupproducts/b"
    with ScriptedServer(Answer(path, 502), Answer(path, 204)) as server:
        transport(server.url).send(REMOVE, PAIR)


def test_nobody_listens():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        pauses = Pauses()
        with pytest.raises(CGError, match="cannot be reached: Connection refused") as caught:
            transport(url, pauses).send(ADD, PAIR, [])
    assert caught.value.outcome == "not_sent"
    assert len(pauses) == 3  # nothing was sent, so even a POST may try again


def test_a_name_that_nobody_knows():
    with pytest.raises(CGError, match="cannot be reached") as caught:
        transport("http://no-such-host.invalid:1", retries=0).send(READ)
    assert caught.value.outcome == "not_sent"


def test_redirects_are_not_followed_and_named():
    script = Answer("GET /products", 302, headers={"Location": "https://elsewhere.example/login"})
    with ScriptedServer(script) as server, pytest.raises(CGError, match=r"elsewhere\.example/login, which is not foll"):
        transport(server.url).send(READ)
    assert len(server.requests) == 1


def test_html_instead_of_json_is_told_in_the_pages_words():
    page = "<html><head><title>Sign in</title><script>x()</script></head><body><h1>Welcome to SSO</h1></body></html>"
    with (
        ScriptedServer(Answer("GET /products", body=page)) as server,
        pytest.raises(CGError, match=r"is not JSON.*Sign in / Welcome to SSO") as caught,
    ):
        transport(server.url).send(READ)
    assert "<" not in caught.value.server_message


def test_any_accepted_write_is_accepted_whatever_its_body():
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
def test_the_servers_own_words_are_kept(body, said):
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


def test_check_mode_lets_nothing_but_reads_out():
    with ScriptedServer(Answer("GET /products", body=[])) as server:
        sender = transport(server.url, read_only=True)
        sender.send(READ)
        for operation in OPERATIONS.values():
            if operation.is_write and operation.path:
                with pytest.raises(WriteInCheckMode, match="defect of the collection"):
                    sender.send(operation, PAIR)
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


def test_wrong_credentials_do_not_log_in_for_ever():
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
        ({"timeout": 0}, "timeout"),
        ({"max_parallel": 0}, "max_parallel"),
        ({"retries": -1}, "retries"),
    ],
)
def test_options_that_cannot_be_meant_are_named(options, named):
    with pytest.raises(BadOption, match=f"^{named}: ") as caught:
        transport(**{"url": "https://cg.example.com", **options})
    assert "secret@" not in str(caught.value)
