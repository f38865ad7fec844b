# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The SQLite file: damage is reported with place and remedy, a failed write changes nothing, opening is fast."""

from __future__ import annotations

import gc
import sqlite3
import zlib
from pathlib import Path
from typing import Any

import pytest
from sim_client import Client
from sim_estates import seed, small_estate

from cg_sim.settings import Settings
from cg_sim.simulator import Simulator
from cg_sim.state import State
from cg_sim.store import StoreError
from cg_sim.store.sqlite import SqliteStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file with the small estate and a running deployment."""
    path = tmp_path / "cg.sqlite"
    store = SqliteStore(path)
    client = Client(Simulator(Settings(), store))
    seed(client.simulator, small_estate())
    client.deploy("ORDERS")
    store.close()
    return path


def change(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


def open_file(path: Path) -> Simulator:
    store = SqliteStore(path)
    try:
        simulator = Simulator(Settings(), store)
        assert simulator.world.open()
        return simulator
    finally:
        store.close()


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("DROP TABLE flows", "no such table: flows"),
        ("DROP TABLE meta", "no such table: meta"),
        ("""UPDATE products SET document='"abc"'""", "table products, row 1"),
        ("UPDATE products SET document='{'", "table products, row 1"),
        ("""UPDATE products SET document='{"businessId": "x"}'""", "table products, row 1"),
        ("DELETE FROM products WHERE rowid = 1", "there is no product"),
        ("DELETE FROM products WHERE rowid = 2", "there is no backup"),
        ("UPDATE flows SET document='[]' WHERE rowid = 2", "table flows, row 2"),
        ("UPDATE deployments SET documents='5'", "table deployments, row 1"),
        ("UPDATE deployments SET documents='[{}]'", "table deployments, row 1"),
        ("UPDATE jobs SET document='{}'", "table jobs, row 1"),
        ("UPDATE meta SET value='[1]' WHERE key='clock'", "clock"),
        ("""UPDATE meta SET value='{"offset": "x", "frozen_at": null}' WHERE key='clock'""", "clock"),
    ],
)
def test_damage_is_reported_with_place_and_remedy(path: Path, statement: str, says: str) -> None:
    change(path, statement)
    with pytest.raises(StoreError, match="is damaged") as caught:
        open_file(path)
    for part in (str(path), says, "restore a copy"):
        assert part in str(caught.value)


def test_overwritten_pages_are_reported(path: Path) -> None:
    content = bytearray(path.read_bytes())
    size = int.from_bytes(content[16:18], "big")
    assert len(content) > 3 * size
    content[size : 3 * size] = b"\xff" * 2 * size
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"damaged|not a usable SQLite file") as caught:
        open_file(path)
    assert str(path) in str(caught.value)


def test_a_damaged_seed_prevents_reset_only(path: Path) -> None:
    change(path, "UPDATE meta SET value=x'00' WHERE key='seed'")
    store = SqliteStore(path)
    client = Client(Simulator(Settings(), store))
    assert client.simulator.world.open()
    reply = client.control("POST", "reset")
    assert (reply.status, "is damaged" in reply.message) == (507, True)
    assert client.status("ORDERS") == "In progress"
    assert client.control("POST", "seed", b"products: [{name: ONE}]").status == 200
    assert client.control("POST", "reset").status == 200
    assert [entry["name"] for entry in client.get("/products")] == ["ONE"]
    store.close()


def test_a_failed_write_leaves_no_open_transaction(path: Path) -> None:
    store = SqliteStore(path)
    client = Client(Simulator(Settings(), store))
    assert client.simulator.world.open()
    with pytest.raises(TypeError):
        client.simulator.load({"products": [{"businessId": "b", "name": "BIG", "contact": {"n": 10**30}}]})
    assert len(client.get("/products")) == 8
    assert client.add_backups("PARIS", "LILLE").status == 201
    store.close()
    assert len(open_file(path).world.state.products) == 8


def test_opening_does_not_read_the_seed_and_collects_no_garbage(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """10,000 products with 50 profiles take a second more for each of these."""
    unpacked: list[bytes] = []
    decompress = zlib.decompress

    def spy(packed: bytes) -> bytes:
        unpacked.append(packed)
        return decompress(packed)

    monkeypatch.setattr(zlib, "decompress", spy)
    collecting: list[bool] = []
    replace = State._replace_product

    def note(state: State, key: str, record: Any) -> None:
        collecting.append(gc.isenabled())
        replace(state, key, record)

    monkeypatch.setattr(State, "_replace_product", note)
    assert gc.isenabled()
    store = SqliteStore(path)
    simulator = Simulator(Settings(), store)
    assert simulator.world.open()
    assert gc.isenabled()
    assert set(collecting) == {False}
    assert unpacked == []
    simulator.reset()
    assert len(unpacked) == 1
    assert simulator.world.state.flows_named("ORDERS")[0].status == "Saved, not deployed"
    store.close()
