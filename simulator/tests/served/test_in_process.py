# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The simulator inside another program: pytest's fixture, the server in a thread, the ASGI application."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import pytest
import requests
from sim_client import Client
from sim_estates import small_estate

from cg_sim.testing import Running, create_app, running

ESTATE = small_estate()


@pytest.mark.central_governance(ESTATE, transitions={"synchronize": "time:3600"})
def test_the_fixture(central_governance: Running) -> None:
    cg = central_governance

    def ask(method: str, path: str, **arguments: object) -> requests.Response:
        return requests.request(method, cg.api_url + path, auth=cg.auth, timeout=60, **arguments)  # type: ignore[arg-type]

    (paris,) = ask("GET", "/products?name=PARIS").json()
    path = f"/products/{paris['businessId']}/backupproducts"
    added = ask("POST", path, json=[{"name": "LILLE"}])
    assert added.status_code == 201
    assert cg.writes() == [f"POST {path}"]
    (entry,) = cg.journal(operation="addBackups")
    assert entry["request_body"] == [{"name": "LILLE"}]
    cg.forget_journal()
    cg.add_fault(fault="status", status=503, count=1)
    assert [ask("GET", "/flows").status_code for _ in range(2)] == [503, 200]
    lille = added.json()["backupProducts"][1]["businessId"]
    assert ask("POST", f"{path}/{lille}/synchronize").status_code == 202
    assert [each["synchronized"] for each in ask("GET", path).json()] == [True, False]
    cg.advance_clock(3600)
    assert [each["synchronized"] for each in ask("GET", path).json()] == [True, True]
    cg.set_variants(status_style="code")
    assert ask("GET", "/flows?name=ORDERS").json()[0]["status"] == "SAVED_NOT_DEPLOYED"
    cg.reset()
    assert ask("GET", "/products?name=PARIS").json() == [paris]
    cg.seed("products: [{name: ONE}]")
    assert [each["name"] for each in cg.state()["products"]] == ["ONE"]
    with pytest.raises(ValueError, match="'nonsense' is unknown"):
        cg.add_fault(fault="status", operation="nonsense")


def test_without_a_marker_it_is_empty(central_governance: Running) -> None:
    reply = requests.get(f"{central_governance.api_url}/products", auth=central_governance.auth, timeout=60)
    assert reply.json() == []


def test_server_and_thread_end_with_the_block() -> None:
    with running(token="t0ken", variants={"auth": "bearer"}) as cg:
        headers = {"Authorization": f"Bearer {cg.token}"}
        assert requests.get(f"{cg.api_url}/flows", headers=headers, timeout=60).status_code == 200
    assert [thread for thread in threading.enumerate() if thread.name == "cg-sim"] == []
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get(cg.url, timeout=60)


def test_a_wrong_estate_or_variant_is_reported() -> None:
    with pytest.raises(ValueError, match="unknown key nme"):
        create_app({"products": [{"nme": "A"}]})
    with pytest.raises(ValueError, match="variant gate cannot be 'maybe'"):
        create_app(variants={"gate": "maybe"})


def test_the_application_is_called_without_sockets() -> None:
    application = create_app(ESTATE)
    client = Client(application.simulator)
    client.application = application
    assert [flow["name"] for flow in client.get("/flows")] == ["INVOICES", "ORDERS", "DIRECT", "DRAFT"]


def test_the_plugin_in_another_project(tmp_path: Path) -> None:
    """As in another project that has only installed the simulator."""
    (tmp_path / "test_it.py").write_text(
        "import pytest, urllib.request\n"
        "@pytest.mark.central_governance('products: [{name: A}]')\n"
        "def test_it(central_governance):\n"
        "    with pytest.raises(urllib.error.HTTPError, match='401'):\n"
        "        urllib.request.urlopen(central_governance.api_url + '/products')\n",
        encoding="utf-8",
    )
    run = [sys.executable, "-m", "pytest", "-q", "--strict-markers", "-p", "cg_sim.pytest_plugin", str(tmp_path)]
    ended = subprocess.run(run, capture_output=True, text=True, timeout=300, check=False, cwd=tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
