# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""TLS failures: before the request, when nothing was sent, or after it, when the outcome is unknown."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest
from certificate_files import server_context, write_certificate
from raw_server import RawServer, http

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.connection import Connection
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.errors import (
    BadOption,
    CGError,
    RequestOutcome,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.operations import OPERATIONS
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.transport import Transport

DEPLOY, READ = OPERATIONS["deploy_flow"], OPERATIONS["list_products"]
FLOW = {"id": "f", "force": False}


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Path:
    """A folder with cert.pem for 127.0.0.1, its own authority; key.pem, locked.pem (encrypted), garbage.pem, empty/."""
    folder = tmp_path_factory.mktemp("tls")
    write_certificate(folder)
    (folder / "garbage.pem").write_text("hello")
    (folder / "empty").mkdir()
    return folder


def failure(url: str, files: Path, operation=DEPLOY, **options: str) -> CGError:
    options = {"ca_path": str(files / "cert.pem"), **options}
    sender = Transport(Connection(url=url, retries=0, **options))
    with pytest.raises(CGError) as caught:
        sender.send(operation, FLOW)
    return caught.value


def test_a_trusted_certificate_is_accepted(files):
    with RawServer(http(b"[]"), server_context(files)) as server:
        assert Transport(Connection(url=server.url, ca_path=str(files / "cert.pem"))).send(READ) == []


def test_an_untrusted_certificate_is_reported(files):
    with RawServer(http(b"[]"), server_context(files)) as server:
        error = failure(server.url, files, ca_path=str(files / "empty"))
    assert "Check ca_path and the server's certificate." in str(error)
    assert (error.outcome, error.may_pass) == (RequestOutcome.NOT_SENT, False)


def test_a_file_that_holds_no_authority(files):
    with RawServer(http(b"[]"), server_context(files)) as server:
        error = failure(server.url, files, ca_path=str(files / "garbage.pem"))
    assert "Check ca_path" in str(error)
    assert error.outcome is RequestOutcome.NOT_SENT


def test_a_port_that_speaks_plain_http(files):
    with RawServer(http(b"", status=400), at_once=True) as server:
        error = failure(server.url.replace("http:", "https:"), files)
    assert "Does that port speak https?" in str(error)
    assert error.outcome is RequestOutcome.NOT_SENT


def test_plain_http_to_a_port_that_speaks_tls(files):
    with RawServer(http(b"[]"), server_context(files)) as server:
        error = failure(server.url.replace("https:", "http:"), files, READ)
    assert "url begins with http://; does that port speak https?" in str(error)


@pytest.mark.parametrize(
    "answer",
    [b"\x15\x03\x03\x00\x02\x02\x46", http(b"<h1>The plain HTTP request was sent to HTTPS port</h1>", status=400)],
    ids=["a TLS alert", "a page"],
)
def test_a_server_that_answers_that_it_expects_tls(files, answer):
    with RawServer(answer) as server:
        error = failure(server.url, files, READ)
    assert "does that port speak https?" in str(error) or "sent to HTTPS port" in str(error)


@pytest.mark.parametrize(
    "options",
    [
        {"client_cert": "garbage.pem"},
        {"client_cert": "cert.pem"},  # without its key
        {"client_cert": "cert.pem", "client_key": "garbage.pem"},
        {"client_cert": "cert.pem", "client_key": "locked.pem"},
    ],
)
def test_a_client_certificate_that_cannot_be_used(files, options):
    options = {option: str(files / name) for option, name in options.items()}
    with RawServer(http(b"[]"), server_context(files)) as server:
        error = failure(server.url, files, **options)
    assert "client_cert and client_key cannot be used" in str(error)
    assert "ca_path" not in str(error)
    assert (error.outcome, error.may_pass) == (RequestOutcome.NOT_SENT, False)
    assert server.requests == []


def test_a_server_that_asks_for_a_client_certificate(files):
    with RawServer(http(b"[]"), server_context(files, asks_for_certificate=True)) as server:
        error = failure(server.url, files)
        assert "asks for a client certificate (client_cert)" in str(error)
        assert (error.outcome, error.may_pass) == (RequestOutcome.NOT_SENT, False)
        options = {"client_cert": str(files / "cert.pem"), "client_key": str(files / "key.pem")}
        Transport(Connection(url=server.url, ca_path=str(files / "cert.pem"), **options)).send(READ)
    assert len(server.requests) == 1


def test_a_client_certificate_that_is_a_folder(files):
    with pytest.raises(BadOption, match="^client_cert: "):
        Transport(Connection(url="https://cg", client_cert=str(files)))


def _bare(connection: socket.socket) -> socket.socket:
    """The connection below TLS."""
    return socket.socket(fileno=connection.detach())


def garbage_in_place_of_an_answer(connection: socket.socket) -> None:
    with _bare(connection) as bare:
        bare.sendall(b"HTTP/1.0 200 OK\r\n\r\nin plain text, which no TLS record is")


def a_sudden_end(connection: socket.socket) -> None:
    with _bare(connection) as bare:
        bare.shutdown(socket.SHUT_RDWR)


def garbage_within_an_answer(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nabc")
    with _bare(connection) as bare:
        bare.sendall(b"in plain text, which no TLS record is")


@pytest.mark.parametrize("end", [garbage_in_place_of_an_answer, a_sudden_end, garbage_within_an_answer])
def test_after_the_request_has_left_the_outcome_is_unknown(files, end):
    with RawServer(end, server_context(files)) as server:
        error = failure(server.url, files)
    assert len(server.requests) == 1
    assert error.outcome is RequestOutcome.UNKNOWN
    assert not error.is_final
    assert "ca_path" not in str(error)
