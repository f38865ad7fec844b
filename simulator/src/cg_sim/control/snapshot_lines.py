# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Snapshots of any size, in little memory and without blocking other clients.

A snapshot is one JSON document, formatted with one record per line. In this format it is read record by record while
it arrives; the same document in another format is parsed as a whole, which takes some 2 GB for 500,000 profiles.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from cg_sim.errors import bad_request
from cg_sim.gc_pause import gc_paused
from cg_sim.model import Document
from cg_sim.state import State
from cg_sim.store.check import StateReader
from cg_sim.world import World

_SLICE = 256 * 1024
_KINDS = ("products", "flows", "deployments", "jobs")


class SlicedResponse(Response):
    """Lines of JSON, generated while they are sent; other requests can run between two slices."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        super().__init__(media_type="application/json")
        del self.headers["content-length"]
        self._lines = lines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        slices = _slices(self._lines)
        content = next(slices)
        for following in slices:
            await send({"type": "http.response.body", "body": content, "more_body": True})
            await asyncio.sleep(0)
            content = following
        await send({"type": "http.response.body", "body": content})


def _slices(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The lines joined into chunks; at least one chunk."""
    waiting: list[bytes] = []
    size = 0
    for line in lines:
        waiting.append(line)
        size += len(line)
        if size >= _SLICE:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


def state_lines(state: State) -> Iterator[bytes]:
    """`{"products": [...], "flows": [...], "deployments": [...], "jobs": [...]}`, at the time of the call."""
    yield b"{\n"
    for kind, records in state.document_iterators().items():
        yield b'"%s":[\n' % kind.encode()
        separator = b""
        for record in records:
            yield separator + orjson.dumps(record)
            separator = b",\n"
        yield b"\n]\n" if kind == _KINDS[-1] else b"\n],\n"
    yield b"}"


def snapshot_lines(world: World) -> Iterator[bytes]:
    yield orjson.dumps(world.snapshot_head())[:-1] + b',"state":'
    yield from state_lines(world.state)
    yield b"}\n"


async def restore_from(request: Request, world: World) -> None:
    """Restore the snapshot in the body of a request.

    Raises Refusal or InvalidInput with what is wrong with it; nothing is changed then."""
    reader = _LineReader(world.clock.now())
    async for chunk in request.stream():
        with gc_paused():
            reader.feed(chunk)
    with gc_paused():
        reader.finish()
        if reader.whole is not None:
            world.restore(_loads(reader.whole))
        else:
            world.restore_state(reader.head, reader.state.finish())


class _LineReader:
    """Reads the format of `snapshot_lines`. Anything else is collected in `whole`."""

    def __init__(self, now: int) -> None:
        self.head: Document = {}
        self.state = StateReader(now)
        self.whole: bytes | None = None
        self._chunks: list[bytes] = []
        self._kind: str | None = None
        self._line = 0

    def feed(self, chunk: bytes) -> None:
        self._chunks.append(chunk)
        if self.whole is not None or b"\n" not in chunk:
            return
        *lines, rest = b"".join(self._chunks).split(b"\n")
        if self._line == 0 and not lines[0].endswith(b',"state":{'):
            self.whole = b""
            return
        self._chunks = [rest]
        for line in lines:
            self._line += 1
            self._read(line)

    def finish(self) -> None:
        if self.whole is not None or self._line == 0:
            self.whole = b"".join(self._chunks)
        else:
            rest = b"".join(self._chunks).strip()
            if rest == b"}}":  # the last line without its newline, as after an editor or a lookup
                self._kind, rest = "", b""
            if not rest and self._kind == "":
                return
            raise bad_request(f"The snapshot is cut off after line {self._line}")

    def _read(self, line: bytes) -> None:
        if self._line == 1:
            self.head = _loads(line.removesuffix(b',"state":{') + b"}")
        elif line in (b"]", b"],", b""):
            return
        elif line == b"}}":
            self._kind = ""
        elif line.endswith(b'":[') and (kind := line[1:-3].decode()) in _KINDS:
            self._kind = kind
        elif self._kind:
            self.state.add(self._kind, _loads(line.removesuffix(b","), self._line))
        else:
            raise bad_request(f"The snapshot is damaged in line {self._line}")


def _loads(text: bytes, line: int | None = None) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        at = f"line {error.lineno}, column {error.colno}" if line is None else f"line {line}"
        raise bad_request(f"The body is not JSON: {error.msg} at {at}") from None
