# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the HTTP client sends, and on which way: headers, compressed answers, proxies."""

from __future__ import annotations

import contextlib
import gzip
import os
import shutil
import socket
import ssl
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from certificate_files import server_context, write_certificate
from cryptography import x509
from raw_server import RawServer, http
from scripted_server import Answer, ScriptedServer

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.connection import Connection
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.errors import CGError, RequestOutcome
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.operations import OPERATIONS
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.transport import Transport

READ, ADD = OPERATIONS["list_products"], OPERATIONS["add_backups"]


def transport(url: str, **options) -> Transport:
    return Transport(Connection(url=url, timeout=5, retries=0, username="me", password="secret", **options))


def forward(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while piece := source.recv(65536):
            target.sendall(piece)
    with contextlib.suppress(OSError):
        target.shutdown(socket.SHUT_WR)


class Proxy(RawServer):
    """A proxy that connects to the port that a CONNECT asks for, and answers other requests with an empty list."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__(self._pass_on, tls)

    def _pass_on(self, connection: socket.socket) -> None:
        method, target, _version = self.requests[-1].split(b"\r\n")[0].split(b" ")
        if method != b"CONNECT":
            connection.sendall(http(b"[]"))
            return
        host, _colon, port = target.decode().rpartition(":")
        with socket.create_connection((host, int(port))) as server:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            back = threading.Thread(target=forward, args=(server, connection), daemon=True)
            back.start()
            forward(connection, server)
            back.join()


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch):
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    """A folder with the certificate of a server at 127.0.0.1, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    write_certificate(folder)
    return folder


def test_a_request_without_proxies_and_cookies_does_not_load_requests():
    """It takes as long to load as much of the rest of a module."""
    program = """
import sys
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.connection import Connection
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.operations import OPERATIONS
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.transport import Transport
assert Transport(Connection(url=sys.argv[1])).send(OPERATIONS["list_products"]) == []
assert "urllib3" in sys.modules and "requests" not in sys.modules
"""
    with ScriptedServer(Answer("GET /products", body=[])) as server:
        subprocess.run([sys.executable, "-c", program, server.url], check=True)


def test_compressed_answers_are_asked_for_and_read():
    content = gzip.compress(b'[{"name": "A"}]')
    with RawServer(http(content, Content_Encoding="gzip")) as server:
        assert transport(server.url).send(READ) == [{"name": "A"}]
    assert b"Accept-Encoding: gzip, deflate" in server.requests[0]


def test_headers_of_the_user_replace_those_of_the_client_whatever_their_case():
    headers = {"accept": "application/hal+json", "content-type": "application/vnd.cg+json", "user-agent": "bank"}
    with RawServer(http(b"")) as server:
        transport(server.url, headers=headers).send(ADD, {"id": "a", "added": []})
    sent = [line.partition(": ") for line in server.requests[0].decode().splitlines()]
    for name, value in headers.items():
        assert [found for key, _colon, found in sent if key.lower() == name] == [value]


def test_the_name_in_the_certificate_must_be_that_of_the_server(tmp_path):
    write_certificate(tmp_path, x509.DNSName("cg.example.com"))
    with RawServer(http(b"[]"), server_context(tmp_path)) as server:
        with pytest.raises(CGError, match="Check ca_path and the server's certificate") as caught:
            transport(server.url, ca_path=str(tmp_path / "cert.pem")).send(READ)
        assert caught.value.outcome is RequestOutcome.NOT_SENT
        assert transport(server.url, validate_certs=False).send(READ) == []


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl names the files in the folder")
def test_authorities_of_a_folder(files, tmp_path):
    shutil.copy(files / "cert.pem", tmp_path)
    subprocess.run(["openssl", "rehash", str(tmp_path)], check=True)
    with RawServer(http(b"[]"), server_context(files)) as server:
        assert transport(server.url, ca_path=str(tmp_path)).send(READ) == []


@pytest.mark.parametrize("variable", ["http_proxy", "HTTP_PROXY", "ALL_PROXY"])
def test_plain_http_through_the_proxy_of_the_environment(monkeypatch, variable):
    with Proxy() as proxy:
        monkeypatch.setenv(variable, proxy.url.replace("//", "//someone:pr0xy@"))
        assert transport("http://cg.invalid/api").send(READ) == []
    (request,) = proxy.requests
    assert request.startswith(b"GET http://cg.invalid/api/products HTTP/1.1\r\n")
    assert b"Proxy-Authorization: Basic " in request


@pytest.mark.parametrize("proxy_has_tls", [False, True])
def test_tls_through_the_proxy_of_the_environment(monkeypatch, files, proxy_has_tls):
    server = RawServer(http(b"[]"), server_context(files))
    with server, Proxy(server_context(files) if proxy_has_tls else None) as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        assert transport(server.url, ca_path=str(files / "cert.pem")).send(READ) == []
    assert proxy.requests[0].startswith(b"CONNECT 127.0.0.1:")
    assert b"Authorization" not in proxy.requests[0]
    assert b"Authorization: Basic " in server.requests[0]


@pytest.mark.parametrize("excepted", ["127.0.0.1", "127.0.0.0/8", "*"])
def test_servers_that_are_reached_without_the_proxy(monkeypatch, excepted):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", excepted)
    with ScriptedServer(Answer("GET /products", body=[])) as server:
        assert transport(server.url).send(READ) == []


@pytest.mark.parametrize(
    ("proxy", "message", "may_pass"),
    [
        ("http://127.0.0.1:9", "the proxy on the way to http://cg.invalid failed: ", True),
        ("http://:port", "no request to http://cg.invalid can be made: ", False),
        ("gopher://127.0.0.1:9", "no request to http://cg.invalid can be made: ", False),
    ],
)
def test_proxies_that_cannot_be_used(monkeypatch, proxy, message, may_pass):
    monkeypatch.setenv("http_proxy", proxy)
    with pytest.raises(CGError, match=message) as caught:
        transport("http://cg.invalid").send(ADD, {"id": "a", "added": []})
    assert (caught.value.outcome, caught.value.may_pass) == (RequestOutcome.NOT_SENT, may_pass)


def test_a_socks_proxy_without_its_library_is_explained(monkeypatch):
    monkeypatch.setitem(sys.modules, "socks", None)
    monkeypatch.setenv("http_proxy", "socks5://127.0.0.1:9")
    with pytest.raises(CGError) as caught:
        transport("http://cg.invalid").send(READ)
    assert "SOCKS" in str(caught.value) or "cannot be reached" in str(caught.value)
    assert caught.value.outcome is RequestOutcome.NOT_SENT
