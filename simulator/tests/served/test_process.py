# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The process: start, ready, TLS, stop, and faults that break a connection."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from sim_client import Client
from sim_process import Served, command, served, until

from cg_sim.api.asgi import PREFIX
from cg_sim.loopback import own_addresses
from cg_sim.simulator import Simulator

ESTATE = """
products:
  - {name: PARIS, version: "5.4", backups: [LYON]}
  - {name: LYON, version: "5.4"}
  - {name: LILLE, version: "5.4"}
"""


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("estate") / "estate.yml"
    path.write_text(ESTATE, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, estate: Path) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("shared"), estate=estate) as running:
        yield running


@pytest.fixture
def cg(shared: Served) -> Served:
    shared.control("POST", "reset")
    return shared


def master(cg: Served) -> str:
    (found,) = cg.api("GET", "/products", params={"name": "PARIS"}).json()
    return str(found["businessId"])


def test_ready_line_ready_file_and_clean_stop(tmp_path: Path, estate: Path) -> None:
    with served(tmp_path, estate=estate) as cg:
        assert cg.about == {"url": cg.url, "control_url": f"{cg.url}/_sim", "pid": cg.process.pid}
        assert cg.control("GET", "health")["products"] == 3
        # A keep-alive connection does not delay the stop.
        assert cg.api("GET", "/products").status_code == 200
        assert cg.stop() == 0
        assert cg.process.stderr is not None
        assert cg.process.stderr.read() == ""


def test_interrupt_is_a_clean_stop_too(tmp_path: Path) -> None:
    with served(tmp_path) as cg:
        cg.process.send_signal(signal.SIGINT)
        assert cg.process.wait(60) == 0


def test_a_simulator_without_requests_ends_by_itself(tmp_path: Path) -> None:
    with served(tmp_path, "--stop-after-idle", "0.3") as cg:
        assert cg.process.wait(60) == 0
        assert cg.process.stdout is not None
        assert "no request for 0.3 seconds, so it ends" in cg.process.stdout.read()


def test_a_request_under_way_keeps_the_simulator_running(tmp_path: Path) -> None:
    with served(tmp_path, "--stop-after-idle", "2") as cg:
        cg.control("POST", "faults", json={"fault": "delay", "delay": 4, "count": 1})
        assert cg.api("GET", "/products").status_code == 200
        assert cg.process.wait(60) == 0


def test_credentials_come_from_the_environment(tmp_path: Path) -> None:
    with served(tmp_path, "--username", "ops", CG_SIM_PASSWORD="pässword", CG_SIM_TOKEN="t0ken") as cg:
        assert cg.api("GET", "/flows").status_code == 401
        cg.session.auth = ("ops", "pässword".encode())  # type: ignore[assignment]
        assert cg.api("GET", "/flows").status_code == 200
        cg.session.auth = None
        assert cg.api("GET", "/flows", headers={"Authorization": "Bearer t0ken"}).status_code == 200


def test_tls_with_its_own_ca(tmp_path: Path, estate: Path) -> None:
    directory = tmp_path / "tls"
    with served(tmp_path, "--tls", "--tls-dir", os.path.relpath(directory), estate=estate) as cg:
        assert cg.url.startswith("https://127.0.0.1:")
        assert cg.about["ca_path"] == str(directory / "ca.pem")
        assert cg.api("GET", "/products").status_code == 200
        with pytest.raises(requests.exceptions.SSLError):
            requests.get(cg.url, timeout=60)
        cg.control("POST", "faults", json={"fault": "reset", "count": 1})
        with pytest.raises(requests.exceptions.ConnectionError):
            cg.api("GET", "/products")
        assert cg.api("GET", "/products").status_code == 200
    assert (directory / "server.key").stat().st_mode & 0o077 == 0
    before = (directory / "ca.pem").read_bytes()
    with served(tmp_path, "--tls-dir", str(directory)) as cg:
        assert (directory / "ca.pem").read_bytes() == before
        assert cg.api("GET", "/flows").status_code == 200
    with served(tmp_path, "--tls-dir", str(directory), "--host", "127.0.0.2") as cg:
        assert cg.api("GET", "/flows").status_code == 200  # new files: the old ones were for another address


def test_a_temporary_ca_is_removed_with_the_process(tmp_path: Path) -> None:
    with served(tmp_path, "--tls") as cg:
        assert Path(cg.about["ca_path"]).exists()
        assert cg.stop() == 0
        assert not Path(cg.about["ca_path"]).exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--variant", "gate=maybe"], "variant gate cannot be 'maybe'"),
        (["--variant", "gate"], "KEY=VALUE"),
        (["--transition", "deploy=soon"], "transition deploy"),
        (["--seed", "nowhere.yml"], "cannot read nowhere.yml"),
        (["--port", "99999"], "0 to 65535"),
        (["--host", "192.0.2.1", "--allow-default-password"], "cannot listen on 192.0.2.1:0"),
        (["--host", "192.0.2.1"], "other machines could connect with the default password"),
        (["--host", "0.0.0.0"], "set CG_SIM_PASSWORD"),
        (["--db", "/nowhere/at/all.sqlite"], "/nowhere/at/all.sqlite"),
        (["--tls-dir", "/dev/null/x"], "cannot keep TLS files"),
    ],
)
def test_bad_options_end_with_a_message(arguments: list[str], words: str) -> None:
    ended = subprocess.run(command("serve", *arguments), capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert words in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""


def test_listening_for_other_machines_prints_all_urls(tmp_path: Path) -> None:
    with served(tmp_path, "--host", "0.0.0.0", CG_SIM_PASSWORD="s3cret") as cg:
        assert cg.url.startswith("http://127.0.0.1:")
        assert cg.stop() == 0
        assert cg.process.stdout is not None
        assert cg.process.stderr is not None
        port = cg.url.rpartition(":")[2]
        others = cg.process.stdout.read().splitlines()
        assert all(line.startswith("also at http://") and line.endswith(f":{port}") for line in others)
        assert [f"also at http://{each}:{port}" for each in own_addresses(socket.AF_INET)] == others
        assert cg.process.stderr.read() == "cg-sim: warning: other machines can connect to 0.0.0.0\n"


def test_a_port_in_use_ends_with_a_message() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        ended = subprocess.run(
            command("serve", "--port", str(port)), capture_output=True, text=True, timeout=60, check=False
        )
    assert (ended.returncode, f"cannot listen on 127.0.0.1:{port}" in ended.stderr) == (1, True)


def test_help_is_complete() -> None:
    def run(*arguments: str) -> str:
        return subprocess.run(command(*arguments), capture_output=True, text=True, timeout=60, check=True).stdout

    assert "examples:" in run("--help")
    text = run("serve", "--help")
    for words in ("backup_post=append|replace", "synchronize=polls:2", "--ready-file", "--lenient"):
        assert words in text
    assert "documented" in run("provenance")
    assert "openapi: 3.1.0" in run("spec")


def test_a_reset_connection_changes_nothing(cg: Served) -> None:
    product_id = master(cg)
    cg.control("POST", "faults", json={"operation": "addBackups", "fault": "reset", "count": 1})
    with pytest.raises(requests.exceptions.ConnectionError) as caught:
        cg.api("POST", f"/products/{product_id}/backupproducts", json=[{"name": "LILLE"}])
    assert "reset" in str(caught.value).lower()
    assert len(cg.api("GET", f"/products/{product_id}/backupproducts").json()) == 1
    (entry,) = cg.control("GET", "journal", params={"operation": "addBackups"})
    assert (entry["status"], entry["fault"]) == (None, "reset")


def test_commit_then_drop_carries_the_request_out(cg: Served) -> None:
    product_id = master(cg)
    cg.control("POST", "faults", json={"operation": "addBackups", "fault": "commit_then_drop", "count": 1})
    with pytest.raises(requests.exceptions.ConnectionError):
        cg.api("POST", f"/products/{product_id}/backupproducts", json=[{"name": "LILLE"}])
    assert len(cg.api("GET", f"/products/{product_id}/backupproducts").json()) == 2


def test_a_truncated_body(cg: Served) -> None:
    cg.control("POST", "faults", json={"operation": "listProducts", "fault": "truncate", "count": 1})
    with pytest.raises((requests.exceptions.ChunkedEncodingError, requests.exceptions.ConnectionError)):
        cg.api("GET", "/products")
    assert len(cg.api("GET", "/products").json()) == 3


def test_a_request_is_carried_out_although_the_client_stopped_waiting(cg: Served) -> None:
    product_id = master(cg)
    cg.control("POST", "faults", json={"operation": "addBackups", "fault": "delay", "delay": 30, "count": 1})
    with pytest.raises(requests.exceptions.ReadTimeout):
        cg.session.post(f"{cg.url}{PREFIX}/products/{product_id}/backupproducts", json=[{"name": "LILLE"}], timeout=0.3)
    for _ in until():
        if len(cg.api("GET", f"/products/{product_id}/backupproducts").json()) == 2:
            break


def test_refused_connections_for_a_while(cg: Served) -> None:
    port = urlsplit(cg.url).port
    assert port is not None
    assert cg.api("GET", "/products").status_code == 200
    cg.control("POST", "faults", json={"fault": "refuse", "delay": 0.5})
    for _ in until():
        try:
            socket.create_connection(("127.0.0.1", port), 5).close()
        except ConnectionError:  # refused; or reset, if it came just before the server closed its port
            break
    for _ in until():
        try:
            socket.create_connection(("127.0.0.1", port), 5).close()
            break
        except ConnectionError:
            continue
    for _ in until():
        try:
            assert cg.api("GET", "/products").status_code == 200
            break
        except requests.exceptions.ConnectionError:
            continue  # the session's old connection is broken


def test_a_request_that_is_not_http_gets_400(cg: Served) -> None:
    address = urlsplit(cg.url)
    with socket.create_connection((address.hostname, address.port), 60) as connection:  # type: ignore[arg-type]
        connection.sendall(b"NONSENSE\r\n\r\n")
        assert connection.recv(1000).startswith(b"HTTP/1.1 400")


def test_old_tls_is_refused(tmp_path: Path) -> None:
    with served(tmp_path, "--tls") as cg:
        address = urlsplit(cg.url)
        context = ssl.create_default_context(cafile=cg.about["ca_path"])
        with (
            socket.create_connection((address.hostname, address.port), 60) as plain,  # type: ignore[arg-type]
            context.wrap_socket(plain, server_hostname="localhost") as secured,
        ):
            assert secured.version() in ("TLSv1.2", "TLSv1.3")


def test_a_simulator_in_another_server_cannot_refuse(tmp_path: Path) -> None:
    reply = Client(Simulator()).control("POST", "faults", {"fault": "refuse", "delay": 1})
    assert (reply.status, json.loads(reply.text)["message"]) == (
        400,
        "refuse: not possible, the simulator runs inside another server",
    )


def test_the_command_and_the_health_check_of_the_container(tmp_path: Path) -> None:
    """As far as it can be tested without a container engine."""
    lines = (Path(__file__).parents[2] / "Containerfile").read_text(encoding="utf-8").splitlines()

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def program(word: str) -> list[str]:
        (line,) = [each for each in lines if each.startswith(f"{word} ")]
        texts = json.loads(line[line.index("[") :])
        return [text.replace("6900", str(port)).replace("/data/", f"{tmp_path}/") for text in texts]

    entry, arguments = program("ENTRYPOINT"), program("CMD")
    assert entry[:2] == ["cg-sim", "serve"]
    run = [*command("serve"), *entry[2:], *arguments]
    ended = subprocess.run(run, capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, "set CG_SIM_PASSWORD" in ended.stderr) == (1, True)
    process = subprocess.Popen(run, stdout=subprocess.PIPE, text=True, env={**os.environ, "CG_SIM_PASSWORD": "s3cret"})
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == f"cg-sim ready at http://127.0.0.1:{port}\n"
        assert subprocess.run([sys.executable, *program("HEALTHCHECK")[1:]], timeout=60, check=False).returncode == 0
    finally:
        process.terminate()
        process.communicate(timeout=60)
