# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Acknowledged writes survive `kill -9` under load, repeatedly."""

from __future__ import annotations

import sqlite3
import subprocess
import threading
import time
from pathlib import Path

import orjson
import pytest
import requests
from sim_client import Client
from sim_estates import seed, small_estate
from sim_process import Served, command, served

import cg_sim.store.sqlite as sqlite_store
from cg_sim.api.asgi import PREFIX
from cg_sim.settings import Settings
from cg_sim.simulator import Simulator
from cg_sim.store import StoreError
from cg_sim.store.sqlite import APPLICATION_ID, SCHEMA_VERSION, SqliteStore

MASTERS = 12
BACKUPS = 4


def estate_text() -> str:
    names = [f"M{number}" for number in range(MASTERS)]
    names += [f"M{number}B{backup}" for number in range(MASTERS) for backup in range(BACKUPS)]
    lines = [f'  - {{name: {name}, version: "5.4", backups: []}}' for name in names]
    return "products:\n" + "\n".join(lines) + "\n"


class Writer(threading.Thread):
    """Adds and removes backups of its own masters until the connection breaks; records what was acknowledged."""

    def __init__(self, cg: Served, masters: list[str], ids: dict[str, str], known: dict[str, set[str]]) -> None:
        super().__init__()
        self._url = cg.url + PREFIX
        self._ids = ids
        self.acknowledged = {name: set(known[name]) for name in masters}
        #: The one write without an answer: it may or may not have been carried out.
        self.unanswered: tuple[str, str] | None = None
        self.writes = 0

    def run(self) -> None:
        with requests.Session() as session:
            session.trust_env = False
            session.auth = ("admin", "admin")
            try:
                while True:
                    for name, backups in self.acknowledged.items():
                        path = f"{self._url}/products/{self._ids[name]}/backupproducts"
                        backup = f"{name}B{self.writes % BACKUPS}"
                        self.unanswered = (name, backup)
                        if backup in backups:
                            reply = session.delete(f"{path}/{self._ids[backup]}", timeout=60)
                            assert reply.status_code == 204, reply.text
                            backups.discard(backup)
                        else:
                            reply = session.post(path, json=[{"name": backup}], timeout=60)
                            assert reply.status_code == 201, reply.text
                            backups.add(backup)
                        self.unanswered = None
                        self.writes += 1
            except requests.exceptions.RequestException:
                return


def kill_and_check(tmp_path: Path, times: int) -> int:
    database = tmp_path / "cg.sqlite"
    seed = tmp_path / "estate.yml"
    seed.write_text(estate_text(), encoding="utf-8")
    known: dict[str, set[str]] = {f"M{number}": set() for number in range(MASTERS)}
    total = 0
    for _ in range(times):
        with served(tmp_path, "--db", str(database), estate=seed) as cg:
            products = {product["name"]: product for product in cg.api("GET", "/products").json()}
            assert {name: {entry["name"] for entry in products[name]["backupProducts"]} for name in known} == known
            ids = {name: product["businessId"] for name, product in products.items()}
            writers = [Writer(cg, list(known)[share::3], ids, known) for share in range(3)]
            for writer in writers:
                writer.start()
            # After a number of writes, not after a time, so that every kill happens in the middle of the load.
            while sum(writer.writes for writer in writers) < 60 and all(writer.is_alive() for writer in writers):
                time.sleep(0.001)
            cg.kill()
            for writer in writers:
                writer.join(60)
                assert writer.writes > 0
                total += writer.writes
        with served(tmp_path, "--db", str(database), estate=seed) as cg:
            for writer in writers:
                for name, acknowledged in writer.acknowledged.items():
                    (product,) = cg.api("GET", "/products", params={"name": name}).json()
                    kept = {entry["name"] for entry in product["backupProducts"]}
                    if writer.unanswered and writer.unanswered[0] == name:
                        assert kept ^ acknowledged <= {writer.unanswered[1]}
                    else:
                        assert kept == acknowledged
                    known[name] = kept
    return total


def test_acknowledged_writes_survive_kills(tmp_path: Path) -> None:
    assert kill_and_check(tmp_path, 3) >= 150


@pytest.mark.slow
def test_acknowledged_writes_survive_many_kills(tmp_path: Path) -> None:
    assert kill_and_check(tmp_path, 25) >= 1250


def test_running_work_and_the_seed_survive(tmp_path: Path) -> None:
    seed = tmp_path / "estate.yml"
    seed.write_text('products: [{name: A, version: "1", backups: [B]}, {name: B, version: "1"}]', encoding="utf-8")
    database = ("--db", str(tmp_path / "cg.sqlite"))
    with served(tmp_path, *database, estate=seed) as cg:
        (product,) = cg.api("GET", "/products", params={"name": "A"}).json()
        path = f"/products/{product['businessId']}/backupproducts"
        backup_id = product["backupProducts"][0]["businessId"]
        assert cg.api("POST", f"{path}/{backup_id}/synchronize").status_code == 202
        cg.kill()
    with served(tmp_path, *database) as cg:
        assert [cg.api("GET", path).json()[0]["synchronized"] for _ in range(3)] == [False, False, True]
        assert cg.stop() == 0
    with served(tmp_path, *database) as cg:
        assert cg.api("GET", path).json()[0]["synchronized"] is True
        cg.control("POST", "reset")
        assert cg.api("GET", path).json()[0]["synchronized"] is False


def test_an_estate_without_a_seed_is_found_again(tmp_path: Path) -> None:
    database = ("--db", str(tmp_path / "cg.sqlite"))
    with served(tmp_path, *database) as cg:
        body = {"name": "ONE"}
        assert cg.api("POST", "/flows", json=body).status_code == 201
        cg.kill()
    with served(tmp_path, *database) as cg:
        assert [flow["name"] for flow in cg.api("GET", "/flows").json()] == ["ONE"]


def test_a_file_belongs_to_one_process(tmp_path: Path) -> None:
    database = tmp_path / "cg.sqlite"
    with served(tmp_path, "--db", str(database)), pytest.raises(StoreError, match="in use by another process"):
        SqliteStore(database)


# -------------------------------------------------------------------------------------------------------- the file


def test_order_is_kept(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "cg.sqlite")
    simulator = Simulator(Settings(), store)
    seed(simulator, small_estate())
    client = Client(simulator)
    client.add_backups("PARIS", "LILLE")
    client.deploy("ORDERS")
    before = simulator.world.state.to_documents()
    store.close()
    again = Simulator(Settings(), SqliteStore(tmp_path / "cg.sqlite"))
    assert again.world.open()
    assert orjson.dumps(again.world.state.to_documents()) == orjson.dumps(before)
    again.world.store.close()


def test_a_store_that_cannot_write_changes_nothing(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "cg.sqlite")
    simulator = Simulator(Settings(), store)
    seed(simulator, small_estate())
    client = Client(simulator)
    store._connection.execute("PRAGMA query_only=ON")
    reply = client.add_backups("PARIS", "LILLE")
    assert (reply.status, "cannot write" in reply.message) == (507, True)
    assert client.flags("PARIS") == {"LYON": True}
    store._connection.execute("PRAGMA query_only=OFF")
    assert client.add_backups("PARIS", "LILLE").status == 201
    store.close()


def test_files_that_are_something_else(tmp_path: Path) -> None:
    text = tmp_path / "text"
    text.write_text("this is not a database of any program, but text. " * 50, encoding="utf-8")
    with pytest.raises(StoreError, match="not a usable SQLite file"):
        SqliteStore(text)
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    before = other.read_bytes()
    with pytest.raises(StoreError, match="database of another program"):
        SqliteStore(other)
    assert other.read_bytes() == before


def test_a_newer_schema_is_refused_with_advice(tmp_path: Path) -> None:
    path = tmp_path / "cg.sqlite"
    SqliteStore(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version={SCHEMA_VERSION + 1}")
    connection.close()
    with pytest.raises(StoreError, match=r"newer cg-sim.*snapshot"):
        SqliteStore(path)


def test_an_older_schema_is_migrated_or_refused_with_advice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "cg.sqlite"
    store = SqliteStore(path)
    seed(Simulator(Settings(), store), small_estate())
    store.close()
    # A future cg-sim with one more table.
    monkeypatch.setattr(sqlite_store, "SCHEMA_VERSION", SCHEMA_VERSION + 1)
    with pytest.raises(StoreError, match=r"cannot migrate.*snapshot"):
        SqliteStore(path)
    monkeypatch.setitem(sqlite_store.MIGRATIONS, SCHEMA_VERSION, ("CREATE TABLE notes (x TEXT)",))
    store = SqliteStore(path)
    simulator = Simulator(Settings(), store)
    assert simulator.world.open()
    assert len(simulator.world.state.products) == 8
    store.close()
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION + 1,)
        assert connection.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)
        assert connection.execute("SELECT count(*) FROM notes").fetchone() == (0,)
    connection.close()


def test_a_damaged_file_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "cg.sqlite"
    store = SqliteStore(path)
    Simulator(Settings(), store).load({})
    store.close()
    with sqlite3.connect(path) as connection:
        connection.execute("INSERT INTO products VALUES ('x', '{')")
    connection.close()

    ended = subprocess.run(command("serve", "--db", str(path)), capture_output=True, text=True, timeout=60, check=False)
    assert (ended.returncode, "is damaged" in ended.stderr, "Traceback" in ended.stderr) == (1, True, False)
