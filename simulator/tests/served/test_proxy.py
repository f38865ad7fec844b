# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""`cg-sim proxy` as a process, with a simulator or a server with unusual answers as its upstream."""

from __future__ import annotations

import asyncio
import contextlib
import http.server
import json
import re
import socket
import ssl
import subprocess
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pytest
import requests
import yaml
from sim_estates import product, small_estate
from sim_process import command, served

from cg_sim.api.asgi import PREFIX
from cg_sim.proxy import upstream as upstream_module
from cg_sim.proxy.passing import Proxy
from cg_sim.proxy.recording import Recording
from cg_sim.testing import Running, running

LIMIT = 60
PASSWORD = 's3cr3t-Pa%ss"wörd'
AUTH = (b"admin", PASSWORD.encode())
TOKEN = "tok-0123456789abcdef"
HOSTILE = ["--ünïcode{{x}}", "a'b\"c;\\", "名前 %41% name", "<b>&amp;</b>"]


@dataclass
class Proxied:
    url: str
    process: subprocess.Popen[str]
    recording: Path

    def ask(self, method: str, path: str, **arguments: Any) -> requests.Response:
        session = requests.Session()
        session.trust_env = False
        arguments.setdefault("auth", AUTH)
        return session.request(method, self.url + PREFIX + path, timeout=LIMIT, allow_redirects=False, **arguments)

    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.recording.read_text(encoding="utf-8").splitlines()]

    def stop(self) -> tuple[int, str, str]:
        self.process.terminate()
        out, err = self.process.communicate(timeout=LIMIT)
        return self.process.returncode, out, err


@contextlib.contextmanager
def proxied(directory: Path, upstream: str, *arguments: str) -> Iterator[Proxied]:
    recording = directory / "recording.jsonl"
    process = subprocess.Popen(
        command("proxy", "--upstream", upstream, "--recording", str(recording), *arguments),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("cg-sim proxy ready at http://127.0.0.1:"), (line, process.communicate())
        process.stdout.readline()  # what is passed on, and where to
        yield Proxied(line.split()[-1], process, recording)
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


class Odd(http.server.BaseHTTPRequestHandler):
    """Answers as the test sets it, and keeps the requests."""

    protocol_version = "HTTP/1.1"
    answers: ClassVar[dict[str, tuple[int, dict[str, str], bytes]]] = {}
    received: ClassVar[list[tuple[str, str, dict[str, str]]]] = []

    def do_GET(self) -> None:
        self.received.append((self.command, self.path, {key.lower(): value for key, value in self.headers.items()}))
        path = self.path.removeprefix(PREFIX).partition("?")[0]
        if path == "/break":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            self.close_connection = True
            return
        status, headers, body = self.answers.get(path, (200, {"Content-Type": "application/json"}, b"[]"))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_HEAD = do_GET

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture
def odd() -> Iterator[tuple[str, Callable[..., None]]]:
    """Its URL, and a function that sets the answer to a path: `answer(path, content, status=200, **headers)`."""
    Odd.answers.clear()
    Odd.received.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Odd)
    threading.Thread(target=server.serve_forever, daemon=True).start()

    def answer(path: str, content: Any, status: int = 200, **headers: str) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        Odd.answers[path] = status, {"Content-Type": "application/json", **given}, body

    try:
        yield f"http://127.0.0.1:{server.server_port}", answer
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def upstream() -> Iterator[Running]:
    estate = small_estate()
    estate["products"] += [product(name, host="h.example") for name in HOSTILE]
    with running(estate, password=PASSWORD, token=TOKEN) as cg:
        yield cg


def test_reads_pass_unchanged_and_writes_are_refused(tmp_path: Path, upstream: Running) -> None:
    differences = tmp_path / "differences.json"
    with proxied(tmp_path, upstream.url, "--differences", str(differences)) as proxy:
        assert proxy.recording.stat().st_mode & 0o777 == 0o600
        paths = ["/products", "/flows", "/products?name=%PARIS%", "/products?name=nobody", "/products/none", "/no"]
        for path in paths:
            direct = requests.get(upstream.api_url + path, auth=AUTH, timeout=LIMIT)
            passed = proxy.ask("GET", path)
            assert (passed.status_code, passed.content) == (direct.status_code, direct.content)
            assert {**passed.headers, "date": ""} == {**direct.headers, "date": ""}
        assert proxy.lines()[0]["status"] == 200
        for name in HOSTILE:
            assert [each["name"] for each in proxy.ask("GET", "/products", params={"name": name}).json()] == [name]
        assert proxy.ask("GET", "/products", auth=("admin", "wrong-one")).status_code == 401
        assert proxy.ask("HEAD", "/products").status_code == 405  # the simulator's answer
        (paris,) = proxy.ask("GET", "/products", params={"name": "PARIS"}).json()

        upstream.forget_journal()
        path = f"/products/{paris['businessId']}/backupproducts"
        refused = proxy.ask("POST", path, json=[{"name": "LILLE"}])
        assert refused.status_code == 403
        assert refused.json()["message"] == (
            "Not passed on: this proxy passes reads only, and addBackups may change something in Central Governance. "
            "cg-sim proxy --allow-writes passes it"
        )
        assert proxy.ask("GET", path, headers={"X-HTTP-Method-Override": "DELETE"}).status_code == 403
        assert proxy.ask("DELETE", "/unknown/thing").status_code == 403
        assert upstream.journal() == []

        lines = proxy.lines()
        assert [line["n"] for line in lines] == list(range(1, len(lines) + 1))
        assert [(line["operation"], line["passed_on"], line["status"]) for line in lines[-3:]] == [
            ("addBackups", False, 403),
            ("listBackups", False, 403),
            (None, False, 403),
        ]
        assert lines[0]["answer_body"][0]["name"] == "PARIS"
        assert lines[0]["differences"] == []
        assert proxy.stop()[0] == 0
    seen = json.loads(differences.read_text(encoding="utf-8"))
    assert differences.stat().st_mode & 0o777 == 0o600
    assert {entry["operation"] for entry in seen} == {"GET (not described)", "HEAD (not described)"}


def test_writes_pass_when_allowed_and_no_secret_is_recorded(tmp_path: Path, upstream: Running) -> None:
    registration = {
        "hostname": "new.example", "port": 8444, "authUserName": "root", "authPassword": "Regi-strati0n",
        "name": "NEW", "version": "5.5",
    }  # fmt: skip
    with proxied(tmp_path, upstream.url, "--allow-writes") as proxy:
        login = proxy.ask("POST", "/login", json={"username": "admin", "password": PASSWORD}, auth=None)
        cookie = login.headers["set-cookie"].split(";")[0]
        assert proxy.ask("GET", "/products", auth=None, headers={"cookie": cookie}).status_code == 200
        bearer = {"authorization": f"Bearer {TOKEN}"}
        (paris,) = proxy.ask("GET", "/products?name=PARIS", auth=None, headers=bearer).json()
        path = f"/products/{paris['businessId']}/backupproducts"
        assert proxy.ask("POST", path, json=[{"name": "LILLE"}]).status_code == 201
        assert upstream.writes() == [f"POST {path}"]
        proxy.ask("POST", "/products/registersecuretransport", json=registration)
        # Repeated where no key shows that it is a secret: in a path, a query, a body that is not JSON.
        proxy.ask("GET", f"/flows/{TOKEN}?name={TOKEN}&token=abc-def-ghi", headers={"x-api-key": "header-key-1"})
        proxy.ask("GET", "/flows?name=header-key-1")
        proxy.ask("POST", path, data=b"password=" + PASSWORD.encode(), headers={"content-type": "text/plain"})
        status, out, err = proxy.stop()
    assert (status, err) == (0, "")
    basic = b64encode(f"admin:{PASSWORD}".encode()).decode()
    for text in (proxy.recording.read_text(encoding="utf-8"), out):
        for secret in (
            PASSWORD, json.dumps(PASSWORD)[1:-1], json.dumps(PASSWORD, ensure_ascii=False)[1:-1], TOKEN, basic,
            "Regi-strati0n", "abc-def-ghi", "header-key-1", cookie.partition("=")[2],
        ):  # fmt: skip
            assert secret not in text
    assert proxy.lines()[0]["request_body"] == {"username": "admin", "password": "********"}


def test_contradictions_of_the_description_are_reported(tmp_path: Path, odd: tuple[str, Callable[..., None]]) -> None:
    url, answer = odd
    listed = {
        "businessId": 7, "name": "PARIS", "host": "h", "os": "linux", "version": "5.4", "status": "Started",
        "type": "SecureTransport", "contact": {}, "communicationProfiles": [], "flavour\x1b[2J": "sweet",
    }  # fmt: skip
    answer("/products", [{**listed, "backupProducts": []}, listed])
    answer("/flows", b"<html>Sign in, hunter2-echoed</html>", Content_Type="text/html;charset=utf-8")
    answer("/deployments", b"not json")
    answer("/products/1", {}, status=418)
    answer("/products/2", b"\x1f\x8b", Content_Encoding="gzip")
    answer("/products/3", b"", status=307, Location="http://127.0.0.1:9/elsewhere", Connection="X-Hop", X_Hop="1")
    differences = tmp_path / "differences.json"
    with proxied(tmp_path, url, "--differences", str(differences)) as proxy:
        for _ in range(2):
            proxy.ask("GET", "/products?colour=red")
        assert proxy.ask("GET", "/flows").headers["content-type"] == "text/html;charset=utf-8"
        for path in ("/deployments", "/products/1", "/products/1/backupproducts"):
            proxy.ask("GET", path)
        raw = proxy.ask(
            "GET", "/products/2", stream=True, headers={"te": "trailers", "connection": "X-Mine", "x-mine": "1"}
        )
        assert raw.raw.read(decode_content=False) == b"\x1f\x8b"
        moved = proxy.ask("GET", "/products/3")
        assert (moved.status_code, moved.headers["location"]) == (307, "http://127.0.0.1:9/elsewhere")
        assert "x-hop" not in moved.headers
        sent = Odd.received[-2][2]
        assert sent["host"] == url.removeprefix("http://")
        assert sent["accept-encoding"] == "identity"
        assert not {"te", "x-mine"} & set(sent)
        assert proxy.ask("HEAD", "/products").headers["content-length"] == str(len(Odd.answers["/products"][2]))
        broken = proxy.ask("GET", "/break")
        assert broken.status_code == 502
        assert broken.json()["message"] == f"The upstream {url} closed the connection, or its answer is not valid HTTP"
        status, out, err = proxy.stop()
    assert (status, err) == (0, "")
    found = {
        (entry["operation"], entry["side"], entry["place"]): entry
        for entry in json.loads(differences.read_text(encoding="utf-8"))
    }

    def said(*key: str) -> tuple[str, str, str, int, int]:
        entry = found[key]  # type: ignore[index]
        return entry["described"], entry["seen"], entry["provenance"], entry["count"], entry["requests"]

    assert said("listProducts", "answer 200", "body[].businessId") == ("type string", "integer", "documented", 2, 2)
    assert said("listProducts", "answer 200", "body[].flavour\x1b[2J") == ("no such key", "string", "assumed", 2, 2)
    assert said("listProducts", "request", "query colour")[1:] == ("another parameter", "documented", 2, 2)
    assert said("listFlows", "answer 200", "content type") == ("application/json", "text/html", "assumed", 1, 1)
    assert said("listDeployments", "answer 200", "body")[0] == "JSON"
    assert said("getProduct", "answer 418", "status")[:2] == ("200, 400, 401, 404, 406", "418")
    assert ("listBackups", "answer 200", "body") not in found  # an empty list is as described
    assert "listProducts (requests: 2)\n" in out
    assert "body[].businessId: expected type string (documented), found integer; in 2 of 2" in out
    assert "Answers not compared (compressed, or too long): 1" in out
    assert "\x1b" not in out
    assert "hunter2-echoed" not in proxy.recording.read_text(encoding="utf-8")


def test_a_variant_that_is_described_is_no_difference_and_a_fault_is_one(tmp_path: Path, upstream: Running) -> None:
    upstream.set_variants(lists="summary", status_style="object", no_match="404", error_shape="html")
    with proxied(tmp_path, upstream.url) as proxy:
        for path in ("/products", "/flows", "/products?name=nobody", "/products/none"):
            proxy.ask("GET", path)
        assert [line["differences"] for line in proxy.lines()] == [[], [], [], []]
        upstream.add_fault(fault="html", operation="listFlows", count=1)
        proxy.ask("GET", "/flows")
        upstream.add_fault(fault="truncate", operation="listFlows", count=1)
        assert proxy.ask("GET", "/flows").status_code == 502
        *_, html, cut = proxy.lines()
        (difference,) = html["differences"]
        assert (difference["place"], difference["seen"]) == ("content type", "text/html")
        assert cut["error"].startswith("The upstream ")
        assert (cut["passed_on"], cut["answer_body"]) == (True, None)


def test_tls_is_verified_and_an_unreachable_upstream_is_reported(tmp_path: Path) -> None:
    estate = tmp_path / "estate.yml"
    estate.write_text(yaml.safe_dump(small_estate()), encoding="utf-8")
    with served(tmp_path, "--tls", estate=estate) as cg:
        with proxied(tmp_path, cg.url) as proxy:
            reply = proxy.ask("GET", "/products", auth=("admin", "admin"))
            assert reply.status_code == 502
            assert "certificate verify failed" in reply.json()["message"]
            assert reply.headers["proxy-status"] == "cg-sim; error=destination_unavailable"
        with proxied(tmp_path, cg.url, "--ca-path", cg.about["ca_path"]) as proxy:
            assert proxy.ask("GET", "/products", auth=("admin", "admin")).status_code == 200
            cg.kill()
            reply = proxy.ask("GET", "/products")
            assert reply.status_code == 502
            assert reply.json()["message"].startswith(f"Cannot connect to the upstream {cg.url}: ")
            assert proxy.stop()[0] == 0
        assert [line["status"] for line in proxy.lines()] == [502, 200, 502]  # appended to


def test_a_long_answer_is_passed_on_as_it_comes_and_not_compared(
    tmp_path: Path, odd: tuple[str, Callable[..., None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    url, answer = odd
    answer("/products", [{"name": "PARIS" * 100}] * 1000)
    monkeypatch.setattr(upstream_module, "_LARGEST_ANSWER", 1000)
    incoming = [{"type": "http.request", "body": b""}]
    outgoing: list[Any] = []
    scope = {
        "type": "http", "method": "GET", "path": f"{PREFIX}/products", "raw_path": b"", "query_string": b"",
        "root_path": "", "headers": [(b"host", b"proxy")], "scheme": "http",
    }  # fmt: skip

    async def receive() -> Any:
        return incoming.pop(0)

    async def send(message: Any) -> None:
        outgoing.append(message)

    async def run() -> Proxy:
        upstream = upstream_module.Upstream(url, ssl.create_default_context())
        proxy = Proxy(upstream, Recording(tmp_path / "recording.jsonl"), PREFIX, allow_writes=False)
        await proxy(scope, receive, send)
        await proxy.close()
        return proxy

    proxy = asyncio.run(run())
    body = Odd.answers["/products"][2]
    assert b"".join(message.get("body", b"") for message in outgoing) == body
    assert len(outgoing) > 4
    assert (b"content-length", str(len(body)).encode()) in [(k.lower(), v) for k, v in outgoing[0]["headers"]]
    assert (proxy.tally.unexamined, proxy.tally.documents()) == (1, [])


def test_a_request_that_is_cut_off_is_not_passed_on(tmp_path: Path, upstream: Running) -> None:
    with proxied(tmp_path, upstream.url, "--allow-writes") as proxy:
        host, port = proxy.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=LIMIT) as connection:
            connection.sendall(
                f"POST {PREFIX}/flows HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                'Content-Length: 1000\r\n\r\n{"name": "HALF"}'.encode()
            )
        proxy.ask("GET", "/products")
        assert upstream.writes() == []
        assert {(line["passed_on"], line["status"]) for line in proxy.lines()} >= {(True, 200)}
        assert "Traceback" not in proxy.stop()[2]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--upstream", "https://admin:hunter2@cg.example:6900"],
            "--upstream: remove the user and password from the URL",
        ),
        (["--upstream", "cg.example:6900"], "--upstream: must be https://HOST:PORT"),
        (["--upstream", "https://cg.example/api"], "--upstream: scheme, host and port only"),
        (["--upstream", "https://cg.example:port"], "--upstream: not a valid URL"),
        (["--ca-path", "/nowhere.pem"], "--ca-path /nowhere.pem: No such file"),
        (["--ca-path", __file__], "no PEM certificate found"),
        (["--recording", "/proc/x/y"], "cannot write the recording /proc/x/y"),
        (["--differences", "/proc/x/y"], "cannot write the differences /proc/x/y"),
        (["--port", "70000"], "--port 70000: must be a number from 0 to 65535"),
        (["--api-prefix", "api"], "--api-prefix: must be a path that begins with /"),
    ],
)
def test_invalid_arguments_are_refused(
    tmp_path: Path, arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    from cg_sim.cli import main

    given = ["proxy", "--upstream", "https://cg.example", "--recording", str(tmp_path / "r.jsonl"), *arguments]
    assert main(given) == 1
    err = capsys.readouterr().err
    assert said in err
    assert "hunter2" not in err


def test_a_recording_that_cannot_be_written_is_reported_once(tmp_path: Path, upstream: Running) -> None:
    with proxied(tmp_path, upstream.url, "--recording", "/dev/full") as proxy:
        assert [proxy.ask("GET", "/products").status_code for _ in range(2)] == [200, 200]
        status, out, err = proxy.stop()
    assert status == 1
    assert err == "cg-sim: cannot write the recording /dev/full: No space left on device\n"
    assert "Requests passed on: 2. Differences from the API description: 0." in out


def test_a_login_with_a_form_passes_and_is_not_recorded(tmp_path: Path, upstream: Running) -> None:
    upstream.set_variants(auth="session", login="form")
    with proxied(tmp_path, upstream.url) as proxy:
        url = f"{proxy.url}/j_security_check"
        form = {"j_username": "admin", "j_password": PASSWORD}
        reply = requests.post(url, data=form, timeout=LIMIT, allow_redirects=False)
        assert reply.status_code == 302
        cookie = reply.headers["set-cookie"].split(";")[0]
        assert proxy.ask("GET", "/products", auth=None, headers={"cookie": cookie}).status_code == 200
        lines = proxy.lines()
    assert [(line["operation"], line["passed_on"], line["differences"]) for line in lines] == [
        ("loginForm", True, []),
        ("listProducts", True, []),
    ]
    assert PASSWORD not in json.dumps(lines)
    assert cookie.partition("=")[2] not in json.dumps(lines)


def test_a_login_on_a_page_passes_and_its_secrets_are_not_recorded(tmp_path: Path, upstream: Running) -> None:
    upstream.set_variants(auth="session", login="page")
    with proxied(tmp_path, upstream.url) as proxy:
        page = requests.get(f"{proxy.url}/ui/", timeout=LIMIT)
        (token,) = re.findall('name="form_token" value="([^"]+)"', page.text)
        form = {"j_username": "admin", "j_password": PASSWORD, "form_token": token}
        cookie = page.headers["set-cookie"].split(";")[0]
        more = {"headers": {"cookie": cookie}, "timeout": LIMIT, "allow_redirects": False}
        reply = requests.post(f"{proxy.url}/ui/j_security_check", data=form, **more)
        assert (reply.status_code, reply.headers["location"]) == (302, "/ui/")
        assert "Welcome" in requests.get(f"{proxy.url}/ui/", **more).text
        assert proxy.ask("GET", "/products", auth=None, headers={"cookie": cookie}).status_code == 200
        lines = proxy.lines()
    assert [line["operation"] for line in lines] == ["loginPage", "loginOnPage", "loginPage", "listProducts"]
    assert not any(line["differences"] for line in lines)
    for secret in (PASSWORD, token, cookie.partition("=")[2]):
        assert secret not in json.dumps(lines)
