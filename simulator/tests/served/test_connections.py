# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is sent when an answer has no body, is late, or is missing; and nothing is logged to standard error."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from sim_process import Served, served, until

from cg_sim.api.asgi import PREFIX

QUIET_FAULTS = ("reset", "truncate", "commit_then_drop")


@contextmanager
def quiet(directory: Path, *arguments: str) -> Iterator[Served]:
    """A simulator that must exit with 0 and write nothing to standard error."""
    with served(directory, *arguments) as cg:
        yield cg
        assert cg.stop() == 0
        assert cg.process.stderr is not None
        assert cg.process.stderr.read() == ""


class RawTls:
    """A TLS client that shows what happens on the TCP connection: Python's own reports a reset as an end of file."""

    def __init__(self, cg: Served) -> None:
        address = urlsplit(cg.url)
        assert address.port is not None
        self.connection = socket.create_connection(("127.0.0.1", address.port), 60)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.create_default_context(cafile=cg.about["ca_path"])
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname="localhost")
        while True:
            try:
                self._tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self.connection.sendall(self._outgoing.read())
                self._incoming.write(self.connection.recv(65536))

    def send(self, content: bytes) -> None:
        self._tls.write(content)
        self.connection.sendall(self._outgoing.read())

    def read_to_the_end(self) -> None:
        while self.connection.recv(65536):
            pass

    def read_to_close_notify(self) -> None:
        """Read up to the TLS close_notify; the TCP connection is then closed by the side with the shorter timeout."""
        while received := self.connection.recv(65536):
            self._incoming.write(received)
            try:
                while self._tls.read(65536):
                    pass
                return
            except ssl.SSLWantReadError:
                pass
        raise AssertionError("the connection ended, and TLS had not")


def test_reset_and_truncated_connections_under_tls(tmp_path: Path) -> None:
    request = f"GET {PREFIX}/products HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
    with quiet(tmp_path, "--tls") as cg:
        cg.control("POST", "faults", json={"fault": "reset", "count": 1})
        client = RawTls(cg)
        client.send(request)
        with pytest.raises(ConnectionResetError):
            client.read_to_the_end()
        client.connection.close()
        cg.control("POST", "faults", json={"fault": "truncate", "count": 1})
        client = RawTls(cg)
        client.send(request)
        client.read_to_close_notify()
        client.connection.close()


def test_broken_connections_are_not_logged_as_errors(tmp_path: Path) -> None:
    with quiet(tmp_path) as cg:
        for fault in QUIET_FAULTS:
            cg.control("POST", "faults", json={"fault": fault, "count": 1})
            with pytest.raises(requests.exceptions.RequestException):
                cg.api("GET", "/products")
        # An answer without a body cannot be truncated: nothing is sent at all.
        cg.control("POST", "faults", json={"fault": "truncate", "count": 1})
        with pytest.raises(requests.exceptions.ConnectionError):
            cg.api("POST", "/login", json={"username": "admin", "password": "admin"})


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_has_none(tmp_path: Path, status: int) -> None:
    with quiet(tmp_path) as cg:
        cg.control("POST", "faults", json={"fault": "status", "status": status, "count": 1})
        reply = cg.api("GET", "/products")
        assert (reply.status_code, reply.content) == (status, b"")
        assert "content-type" not in reply.headers
        assert cg.api("GET", "/products").status_code == 200


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_stop_breaks_the_connections_of_delayed_requests(tmp_path: Path, when: str) -> None:
    caught: list[Exception] = []

    def ask(cg: Served) -> None:
        try:
            cg.api("POST", "/flows", json={"name": "LATE"})
        except requests.exceptions.RequestException as error:
            caught.append(error)

    database = ("--db", str(tmp_path / "cg.sqlite"))
    with quiet(tmp_path, *database) as cg:
        cg.control("POST", "faults", json={"operation": "createFlow", "fault": "delay", "delay": 3600, "when": when})
        waiting = threading.Thread(target=ask, args=(cg,))
        waiting.start()
        for _ in until():
            if cg.control("GET", "faults")[0]["hits"]:
                break
        assert cg.stop() == 0
        waiting.join(60)
    assert isinstance(caught[0], requests.exceptions.ConnectionError)
    with served(tmp_path, *database) as cg:
        # A request that was carried out before the delay has its effect, although no answer was sent.
        assert [flow["name"] for flow in cg.api("GET", "/flows").json()] == (["LATE"] if when == "after" else [])


def test_the_control_plane_for_programs_that_use_the_machines_own_address(tmp_path: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; tells which address would be used
            address = probe.getsockname()[0]
        except OSError:
            pytest.skip("this machine has no address but loopback")
    with served(tmp_path, "--host", address, "--allow-default-password") as cg:
        assert urlsplit(cg.url).hostname == address
        assert cg.control("GET", "health")["ok"] is True
        assert requests.get(f"{cg.url}/console/data/overview", timeout=60).status_code == 200
        named = requests.get(f"{cg.url}/_sim/health", headers={"host": "evil.example"}, timeout=60)
        assert named.status_code == 403
