# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A client that disconnects before its request is complete: nothing is done, and nothing is logged."""

from __future__ import annotations

import base64
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import yaml
from sim_estates import small_estate
from sim_process import Served, served, until

from cg_sim.api.asgi import PREFIX

BODY = b'[{"name": "LILLE"}]'


@pytest.fixture(scope="module")
def cg(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    directory = tmp_path_factory.mktemp("incomplete")
    estate = directory / "estate.yml"
    estate.write_text(yaml.safe_dump(small_estate()), encoding="utf-8")
    with served(directory, estate=estate) as running:
        yield running
        assert running.stop() == 0
        assert running.process.stderr is not None
        assert running.process.stderr.read() == ""


def leave(cg: Served, path: str, headers: str, content: bytes) -> None:
    port = urlsplit(cg.url).port
    assert port is not None
    credentials = base64.b64encode(b"admin:admin").decode()
    head = (
        f"POST {path} HTTP/1.1\r\nHost: localhost:{port}\r\nAuthorization: Basic {credentials}\r\n"
        f"Content-Type: application/json\r\n{headers}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), 60) as connection:
        connection.sendall(head.encode() + content)


@pytest.mark.parametrize(
    ("headers", "content"),
    [
        ("Content-Length: 1000", BODY),
        ("Transfer-Encoding: chunked", b"%x\r\n%b\r\n" % (len(BODY), BODY)),
        ("Content-Length: 19", b""),
    ],
    ids=["shorter than announced", "no last chunk", "no byte"],
)
def test_backups_are_not_added(cg: Served, headers: str, content: bytes) -> None:
    cg.control("DELETE", "journal")
    (paris,) = cg.api("GET", "/products?name=PARIS").json()
    leave(cg, f"{PREFIX}/products/{paris['businessId']}/backupproducts", headers, content)
    for _ in until():
        entries = cg.control("GET", "journal?operation=addBackups")
        if entries:
            break
    assert [entry["status"] for entry in entries] == [None]
    assert cg.api("GET", "/products?name=PARIS").json() == [paris]


def test_a_flow_is_not_deployed_without_a_byte_of_the_body(cg: Served) -> None:
    (flow,) = cg.api("GET", "/flows?name=DIRECT").json()
    leave(cg, f"{PREFIX}/flows/{flow['businessId']}/deploy", "Content-Length: 15", b"")
    for _ in until():
        if cg.control("GET", "journal?operation=deployFlow"):
            break
    assert cg.control("GET", "journal?operation=deployFlow")[0]["status"] is None
    assert cg.api("GET", "/flows?name=DIRECT").json() == [flow]


@pytest.mark.parametrize(
    "path", ["/_sim/reset", "/_sim/seed", "/_sim/faults", "/console/do/deploy", "/console/session"]
)
def test_control_plane_and_console_do_nothing_and_log_nothing(cg: Served, path: str) -> None:
    before = cg.control("GET", "state")
    leave(cg, path, "Content-Length: 1000", b"{")
    assert cg.control("GET", "state") == before
    assert cg.control("GET", "faults") == []
