# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The durable store: one SQLite file, one transaction for each acknowledged write."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson

from cg_sim import model
from cg_sim.clock import ClockState
from cg_sim.gc_pause import gc_paused
from cg_sim.state import Changes, State
from cg_sim.store import StoreError
from cg_sim.store.check import document_problems, state_problems

#: The application_id "CGSM", by which the file is recognized.
APPLICATION_ID = 0x4347534D
#: Increase it with each change of the tables, and add the migration to MIGRATIONS.
SCHEMA_VERSION = 1
#: Version -> the statements that migrate a file from it to the next version.
MIGRATIONS: dict[int, tuple[str, ...]] = {}

_TABLES = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE products (id TEXT PRIMARY KEY, document BLOB NOT NULL);
CREATE TABLE flows (id TEXT PRIMARY KEY, document BLOB NOT NULL);
CREATE TABLE deployments (flow_id TEXT PRIMARY KEY, documents BLOB NOT NULL);
CREATE TABLE jobs (key TEXT PRIMARY KEY, document BLOB NOT NULL);
"""


class SqliteStore:
    """Documents in tables, in the order of their rowids. The file belongs to one process at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=0.5)
        except sqlite3.Error as error:
            raise StoreError(f"cannot use {path}: {error}") from None
        try:
            self._prepare()
        except StoreError:
            self._connection.close()
            raise
        except sqlite3.OperationalError as error:
            self._connection.close()
            if "locked" in str(error):
                raise StoreError(f"{path} is in use by another process; stop it or use another file") from None
            raise StoreError(f"cannot use {path}: {error}") from None
        except sqlite3.DatabaseError as error:
            self._connection.close()
            raise StoreError(f"{path} is not a usable SQLite file ({error}); use another file or remove it") from None

    def _prepare(self) -> None:
        run = self._connection.execute
        # Check before anything is written: the database of another program must not be changed.
        application = run("PRAGMA application_id").fetchone()[0]
        empty = run("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        if not empty and application != APPLICATION_ID:
            raise StoreError(f"{self._path} is the database of another program; use another file")
        run("PRAGMA locking_mode=EXCLUSIVE")
        run("PRAGMA journal_mode=WAL")
        # FULL: a commit is on the disk when it returns, so it survives a power failure, not only a kill.
        run("PRAGMA synchronous=FULL")
        run("BEGIN EXCLUSIVE")
        version = run("PRAGMA user_version").fetchone()[0]
        if empty:
            for statement in _TABLES.split(";"):
                run(statement)
            run(f"PRAGMA application_id={APPLICATION_ID}")
        elif version > SCHEMA_VERSION:
            raise StoreError(
                f"{self._path} was written by a newer cg-sim (schema {version}, this one supports {SCHEMA_VERSION}); "
                "use that one, or take a snapshot with it and restore it here"
            )
        else:
            while version < SCHEMA_VERSION:
                if version not in MIGRATIONS:
                    raise StoreError(
                        f"{self._path} has the schema {version}, which this cg-sim (schema {SCHEMA_VERSION}) cannot "
                        "migrate; open it with the cg-sim that wrote it, take a snapshot and restore it here"
                    )
                for statement in MIGRATIONS[version]:
                    run(statement)
                version += 1
        run(f"PRAGMA user_version={SCHEMA_VERSION}")
        run("COMMIT")

    # ------------------------------------------------------------------------------------------------------ store

    def open(self, now: int) -> State | None:
        if self._meta("seed", "SELECT 1 FROM meta WHERE key = ?") is None:
            return None
        state = State()
        with gc_paused():
            # Row by row: all documents together would take gigabytes.
            self._read("products", "document", "Product", state.add_product)
            with self._damage("products"):
                state.check_backups()
            self._read("flows", "document", "Flow", lambda document: state.add_flow(document, now))
            self._read("deployments", "documents", "Deployments", lambda rows: state.add_deployments(rows, now))
            self._read("jobs", "document", "Job", state.add_job)
            with self._damage("its contents"):
                for problem in state_problems(state):
                    raise ValueError(problem)
        return state

    def read_seed(self, now: int) -> State:
        with gc_paused(), self._damage("the initial estate"):
            encoded = self._meta("seed")
            if encoded is None:
                raise ValueError("it is missing")
            return State.from_documents(orjson.loads(zlib.decompress(encoded)), now)

    def read_clock(self) -> ClockState:
        with self._damage("the clock"):
            encoded = self._meta("clock")
            if encoded is None:  # written by a version that did not store it
                return ClockState()
            document = orjson.loads(encoded)
            for problem in document_problems("ClockState", document, "clock"):
                raise ValueError(problem)
            return ClockState(**document)

    def save(self, changes: Changes) -> None:
        with self._transaction():
            self._write(changes)

    def save_clock(self, clock: ClockState) -> None:
        with self._transaction():
            self._write_clock(clock)

    def replace(self, state: State, seed: State | None, clock: ClockState) -> None:
        with self._transaction(), gc_paused():
            run = self._connection.execute
            for table in ("products", "flows", "deployments", "jobs"):
                run(f"DELETE FROM {table}")
            self._write(Changes(state.products, state.flows, state.deployments, dict(state.jobs)))
            self._write_clock(clock)
            if seed is not None:
                encoded = zlib.compress(orjson.dumps(seed.to_documents()), 1)
                run("INSERT OR REPLACE INTO meta VALUES ('seed', ?)", (encoded,))

    def close(self) -> None:
        self._connection.close()

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        run = self._connection.execute
        try:
            run("BEGIN IMMEDIATE")
            yield
            run("COMMIT")
        except BaseException as error:
            # On any exception: with an open transaction, every later one would fail.
            if self._connection.in_transaction:
                run("ROLLBACK")
            if isinstance(error, sqlite3.Error):
                raise StoreError(f"cannot write to {self._path}: {error}; nothing was changed") from None
            raise

    @contextmanager
    def _damage(self, where: str) -> Iterator[None]:
        """Report errors in the block as damage of the file, since only valid data is written."""
        try:
            yield
        except (sqlite3.Error, zlib.error, ValueError, KeyError, TypeError, AttributeError) as error:
            raise StoreError(
                f"{self._path} is damaged ({where}): {error}; restore a copy of it, or remove it (and its -wal and "
                "-shm files) to start from the seed again"
            ) from None

    def _meta(self, key: str, query: str = "SELECT value FROM meta WHERE key = ?") -> Any:
        with self._damage("table meta"):
            row = self._connection.execute(query, (key,)).fetchone()
        return None if row is None else row[0]

    def _read(self, table: str, column: str, shape: str, add: Callable[[Any], None]) -> None:
        with self._damage(f"table {table}"):
            for key, encoded in self._connection.execute(f"SELECT rowid, {column} FROM {table} ORDER BY rowid"):
                with self._damage(f"table {table}, row {key}"):
                    document = orjson.loads(encoded)
                    for problem in document_problems(shape, document, column):
                        raise ValueError(problem)
                    add(document)

    def _write_clock(self, clock: ClockState) -> None:
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES ('clock', ?)", (orjson.dumps(clock._asdict()),))

    def _write(self, changes: Changes) -> None:
        many = self._connection.executemany
        # ON CONFLICT keeps the rowid, and so the insertion order.
        upsert = "INSERT INTO {0} VALUES (?, ?) ON CONFLICT DO UPDATE SET {1} = excluded.{1}"
        many(
            upsert.format("products", "document"),
            ((key, orjson.dumps(model.product_to_document(entry))) for key, entry in changes.products.items()),
        )
        many(
            upsert.format("flows", "document"),
            ((key, orjson.dumps(model.flow_to_document(entry))) for key, entry in changes.flows.items()),
        )
        many(
            upsert.format("deployments", "documents"),
            (
                (key, orjson.dumps([model.deployment_to_document(row, "") for row in rows]))
                for key, rows in changes.deployments.items()
            ),
        )
        gone = [(key,) for key, job in changes.jobs.items() if job is None]
        many("DELETE FROM jobs WHERE key = ?", gone)
        many(
            upsert.format("jobs", "document"),
            ((key, orjson.dumps(model.job_to_document(job))) for key, job in changes.jobs.items() if job is not None),
        )
