# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Replies that are hostile, huge, or in an undeclared encoding, read through the transport over HTTP."""

from __future__ import annotations

import contextlib
import gc
import json
import threading
import time

import pytest
from raw_server import RawServer, http

from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.client import CentralGovernance
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.connection import Connection
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.errors import CGError
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.operations import (
    OPERATIONS,
)
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.overrides import effective_operations
from ansible_collections.mftops.central_governance.plugins.module_utils.cg_api.transport import Transport

READ = OPERATIONS["list_products"]


def transport(url: str, **options: object) -> Transport:
    return Transport(Connection(**{"url": url, "username": "me", "password": "secret-word", "retries": 0, **options}))


def failure(answer: bytes, **options: object) -> CGError:
    with RawServer(answer) as server, pytest.raises(CGError) as caught:
        transport(server.url, **options).send(READ)
    return caught.value


# Surrogates, which no text can contain


@pytest.mark.parametrize("place", ["name", "status", "version"])
def test_half_of_a_surrogate_pair_is_read_as_it_is_spelled(place):
    body = json.dumps([{"businessId": "a", "backupProducts": [], "communicationProfiles": [], place: "x\ud800y"}])
    with RawServer(http(body.encode())) as server:
        client = CentralGovernance(transport(server.url), effective_operations(None))
        (product,) = client.products()
    assert getattr(product, place) == "x\\ud800y"
    getattr(product, place).encode()


def test_half_of_a_surrogate_pair_in_a_certificate_or_a_key_does_not_crash():
    profile = {"name": "p", "ssl": {"enabled": True, "certificate": {"content": "\udfff"}}}
    body = json.dumps(
        [{"businessId": "a", "name": "A", "\ud83d": 1, "communicationProfiles": [profile], "backupProducts": []}]
    )
    with RawServer(http(body.encode())) as server:
        client = CentralGovernance(transport(server.url), effective_operations(None))
        (product,) = client.products()
    assert product.profiles[0].certificate_sha256


def test_a_whole_surrogate_pair_is_a_character():
    with RawServer(http(b'[{"businessId": "a", "name": "\\ud83d\\ude00"}]')) as server:
        assert transport(server.url).send(READ)[0]["name"] == "\U0001f600"


# Nesting


@pytest.fixture
def no_garbage_collection():
    """At the recursion limit pytest cannot report the open sockets of other tests that a collection would find."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("depth", [200, 400, 900, 2000, 20_000, 100_000])
@pytest.mark.parametrize(
    "opened",
    [
        '{"items": ',
        '{"data": ',
        '[{"businessId": "a", "name": "A", "communicationProfiles": ',
        '[{"businessId": "a", "name": "A", "communicationProfiles": [{"name": "p", "certificate": [',
        '[{"businessId": "a", "name": ',
    ],
)
def test_deep_nesting_does_not_crash(opened, depth, no_garbage_collection):
    deeper, closed = '{"items": ', "}"
    end = {"{": "}", "[": "]"}
    closing = "".join(end[letter] for letter in reversed(opened) if letter in end)
    body = opened + deeper * depth + "[]" + closed * depth + closing
    for status in (200, 500):
        with RawServer(http(body.encode(), status=status)) as server:
            client = CentralGovernance(transport(server.url), effective_operations(None))
            with contextlib.suppress(CGError):  # the only thing that may be raised
                client.products()


# Size


@pytest.mark.parametrize("status", [404, 500])
def test_of_a_huge_error_page_only_the_beginning_is_read(status):
    sent = 0
    done = threading.Event()

    def huge(connection):
        nonlocal sent
        head = f"HTTP/1.1 {status} Word\r\nContent-Type: text/html\r\nContent-Length: 50000000\r\n\r\n<html>No such ST"
        connection.sendall(head.encode())
        try:
            while sent < 50_000_000:
                connection.sendall(b"<p>again</p>" * 1000)
                sent += 12_000
        finally:
            done.set()

    with RawServer(huge) as server, pytest.raises(CGError, match="No such ST") as caught:
        transport(server.url).send(READ)
    assert done.wait(10)
    assert sent < 20_000_000  # what fits into the buffers of both ends
    assert caught.value.status == status


@pytest.mark.parametrize("piece", ["<", "<a ", "<!--", "</", "<![CDATA[", "&", "<a href='", "<p>", "{", '"', "\\u00"])
@pytest.mark.parametrize("kind", ["text/html", "application/json"])
def test_a_search_for_a_message_in_megabytes_is_quick(piece, kind):
    body = (piece * 2_000_000)[:2_000_000].encode()
    begin = time.process_time()
    error = failure(http(body, status=500, content_type=kind))
    assert error.status == 500
    assert time.process_time() - begin < 5  # all of it would take minutes


def test_no_part_of_a_secret_is_left_where_reading_ends():
    for before in range(65_530, 65_540):
        error = failure(http(b" " * before + b"secret-word" + b" " * 300_000, status=500, content_type="text/plain"))
        assert "secret" not in str(error)


# Encodings


@pytest.mark.parametrize("kind", ["text/html", "text/plain", "application/json"])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_text_without_a_charset_is_utf8_or_else_latin1(kind, encoding):
    error = failure(http("Schlüssel ungültig".encode(encoding), status=400, content_type=kind))
    assert error.server_message == "Schlüssel ungültig"


SECRET = "pässwörd-naïf"


@pytest.mark.parametrize("kind", ["text/html", "text/plain", "application/json"])
@pytest.mark.parametrize("charset", ["", "; charset=utf-8", "; charset=iso-8859-1", "; charset=ascii"])
@pytest.mark.parametrize(
    "echoed",
    [
        SECRET.encode(),
        SECRET.encode("latin-1"),
        SECRET.encode().decode("latin-1").encode(),  # a server that took UTF-8 for Latin-1
        SECRET.encode("ascii", "replace"),
        SECRET.encode().decode("ascii", "replace").encode(),
        b"p%E4ssw%F6rd-na%EFf",
        b"p%c3%a4ssw%c3%b6rd-na%c3%aff",
        b"p\\u00E4ssw\\u00f6rd-na\\u00EFf",
        b"pa\xcc\x88sswo\xcc\x88rd-nai\xcc\x88f",
        b"p&auml;ssw&#246;rd-na&#xEF;f",
    ],
    ids=range(10),
)
def test_a_secret_that_is_not_ascii_is_scrubbed_however_it_is_encoded(kind, charset, echoed):
    error = failure(http(b"wrong: " + echoed + b".", status=400, content_type=kind + charset), password=SECRET)
    for shown in (str(error), error.server_message):
        assert "ssw" not in shown
        assert "wrong: ********" in shown


@pytest.mark.parametrize(
    ("status", "header"), [(302, "Location"), (200, "Content-Type")], ids=["redirect", "content type"]
)
def test_headers_that_a_message_quotes_are_scrubbed(status, header):
    for echoed in ("secret-word", "Basic bWU6c2VjcmV0LXdvcmQ="):
        lines = [f"HTTP/1.1 {status} Word", f"{header}: text/x; said={echoed}", "Content-Length: 2"]
        error = failure("\r\n".join([*lines, "", "<>"]).encode())
        assert "********" in str(error)
        assert echoed.split()[-1] not in str(error)


# What to do next


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"username": None, "password": None}, "it asks for credentials, and none were given. Set username"),
        ({}, "it did not accept the credentials (username and password)"),
        ({"username": None, "password": None, "token": "t0ken"}, "it did not accept the credentials (token)"),
        (
            {"username": None, "password": None, "headers": {"X-Gate": "open"}},
            "it did not accept the credentials (headers)",
        ),
    ],
)
def test_a_401_names_the_credentials_that_were_refused(options, words):
    assert words in str(failure(http(b"", status=401), **options))


def test_a_plain_404_shows_the_whole_url_and_names_the_prefix():
    for body in (b"", b"<h1>Not Found</h1>", b"404 page not found"):
        with RawServer(http(body, status=404, content_type="text/html")) as server, pytest.raises(CGError) as caught:
            transport(server.url, api_prefix="/api/v3").send(READ)
        assert f"The whole URL was {server.url}/api/v3/products" in str(caught.value)
        assert "api_prefix" in str(caught.value)


def test_a_404_with_a_message_of_the_api_gives_no_such_hint():
    assert "api_prefix" not in str(failure(http(b'{"message": "There is no such product"}', status=404)))
