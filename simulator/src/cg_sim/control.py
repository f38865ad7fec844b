# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The control plane under /_sim: everything that a test or a rehearsal does to the simulator behind the API's back.

No credentials, therefore only for programs on the same machine: other addresses are refused, and so are requests that
a browser sends for a page from elsewhere.
"""

from __future__ import annotations

import difflib
import logging
import math
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

import cg_sim
from cg_sim.api.faults import REFUSE, check_fault
from cg_sim.collector import no_collection
from cg_sim.errors import Refusal, bad_request, not_found
from cg_sim.loopback import asks_for_this_machine, comes_from_this_machine
from cg_sim.rules.products import happen_outside
from cg_sim.settings import SettingError, check_transitions
from cg_sim.spec import operations
from cg_sim.store import StoreError

if TYPE_CHECKING:
    from cg_sim.app import Simulator

PREFIX = "/_sim"
#: What `reset` can leave alone.
KEEPABLE = ("journal", "faults", "variants", "transitions", "clock", "sessions")
#: Milliseconds; Python's dates end a century later.
_LATEST = 250_000_000_000_000
_log = logging.getLogger(__name__)

Endpoint = Callable[["Control", Request], Awaitable[Any]]


class Control:
    """The endpoints; each returns a document, or None for `{"ok": true}`."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator
        self._world = simulator.world

    def routes(self) -> list[Route]:
        table: list[tuple[str, str, Endpoint]] = [
            ("GET", "/health", Control.health),
            ("POST", "/reset", Control.reset),
            ("POST", "/seed", Control.seed),
            ("GET", "/journal", Control.read_journal),
            ("DELETE", "/journal", Control.clear_journal),
            ("GET", "/state", Control.read_state),
            ("POST", "/snapshot", Control.snapshot),
            ("POST", "/restore", Control.restore),
            ("GET", "/clock", Control.read_clock),
            ("PUT", "/clock", Control.change_clock),
            ("GET", "/variants", Control.read_variants),
            ("PUT", "/variants", Control.change_variants),
            ("GET", "/transitions", Control.read_transitions),
            ("PUT", "/transitions", Control.change_transitions),
            ("GET", "/faults", Control.read_faults),
            ("POST", "/faults", Control.add_faults),
            ("DELETE", "/faults", Control.clear_faults),
            ("DELETE", "/faults/{number}", Control.remove_fault),
            ("POST", "/events", Control.event),
        ]
        by_path: dict[str, dict[str, Endpoint]] = {}
        for method, path, endpoint in table:
            by_path.setdefault(path, {})[method] = endpoint
        return [
            Route(PREFIX + path, self._endpoint(methods), methods=list(methods)) for path, methods in by_path.items()
        ]

    def _endpoint(self, methods: dict[str, Endpoint]) -> Callable[[Request], Awaitable[Response]]:
        async def respond(request: Request) -> Response:
            try:
                _check_caller(request)
                document = await methods["GET" if request.method == "HEAD" else request.method](self, request)
            except Refusal as refusal:
                return JSONResponse({"message": refusal.message}, refusal.status)
            except (SettingError, ValueError) as error:
                return JSONResponse({"message": str(error)}, 400)
            except StoreError as error:
                return JSONResponse({"message": str(error)}, 507)
            except Exception:  # a mistake of ours
                _log.exception("%s %s failed", request.method, request.scope["path"])
                return JSONResponse({"message": "The simulator failed; its standard error says why"}, 500)
            return Response(orjson.dumps({"ok": True} if document is None else document), media_type="application/json")

        return respond

    # ------------------------------------------------------------------------------------------------ whole estate

    async def health(self, request: Request) -> Any:
        state = self._world.state
        health = {
            "ok": True,
            "version": cg_sim.__version__,
            "pid": os.getpid(),
            "products": len(state.products),
            "flows": len(state.flows),
            "pending": len(state.jobs),
        }
        if self._simulator.ca_path is not None:
            health["ca_path"] = str(self._simulator.ca_path)
        return health

    async def reset(self, request: Request) -> Any:
        """As just started: estate, journal, faults, variants, transitions, clock, sessions. `{"keep": [...]}` names
        what stays."""
        body = await _object(request, {"keep"})
        keep = body.get("keep", [])
        if not isinstance(keep, list) or not all(entry in KEEPABLE for entry in keep):
            raise bad_request(f"keep: a list of some of {', '.join(KEEPABLE)}")
        self._simulator.reset(keep)
        return None

    async def seed(self, request: Request) -> Any:
        """The body is an estate in YAML or JSON; it replaces everything and becomes what reset goes back to."""
        try:
            text = (await request.body()).decode("utf-8")
        except UnicodeDecodeError as error:
            raise bad_request(f"The estate is not UTF-8: {error}") from None
        self._simulator.seed(text, "request body")
        return await self.health(request)

    async def read_state(self, request: Request) -> Any:
        with suppress(StoreError):  # what cannot be kept has not happened
            self._world.settle()
        return self._world.state.to_documents()

    async def snapshot(self, request: Request) -> Any:
        with suppress(StoreError):
            self._world.settle()
        return self._world.snapshot()

    async def restore(self, request: Request) -> Any:
        """The body is what `snapshot` answered. Clock, variants and transitions of the snapshot come back too."""
        self._world.restore(await _object(request, None))
        return await self.health(request)

    async def event(self, request: Request) -> Any:
        """Something that happens to a server outside of Central Governance, see rules.products.happen_outside."""
        body = await _object(request, {"product", "version", "status", "profiles", "legacyIdfs", "silent"})
        if "product" not in body:
            raise bad_request("product: the name or businessId is missing")
        idfs = body.get("legacyIdfs", [])
        if not isinstance(idfs, list) or not all(isinstance(entry, str) for entry in idfs):
            raise bad_request("legacyIdfs: a list of identifiers is needed")
        for key in ("product", "version", "status"):
            if key in body and not (isinstance(body[key], str) and body[key].strip()):
                raise bad_request(f"{key}: text is needed")
        if not isinstance(body.get("silent", False), bool):
            raise bad_request("silent: true or false")
        if "status" in body:
            self._check_status(body["status"])
        if "profiles" in body:
            (update,) = [operation for operation in operations() if operation.id == "updateProduct"]
            errors = update.body_errors({"communicationProfiles": body["profiles"]})
            if errors:
                raise bad_request("; ".join(errors))
        with self._world.transaction():
            product = happen_outside(self._world, body)
        return {"businessId": product.id, "name": product.name, "status": product.status, "version": product.version}

    def _check_status(self, status: str) -> None:
        """One that the guide knows, or that the estate has; another one is probably misspelt."""
        from cg_sim.estates.words import PRODUCT_STATUSES  # not at the start, which this would make longer

        known = [*PRODUCT_STATUSES, *{product.status for product in self._world.state.products.values()}]
        if status not in known:
            by_lower = {word.lower(): word for word in known}
            near = difflib.get_close_matches(status.lower(), by_lower, 1)
            hint = f"; did you mean {by_lower[near[0]]}?" if near else f" (there are: {', '.join(PRODUCT_STATUSES)})"
            raise bad_request(f"status: there is no '{status}'{hint}")

    # ----------------------------------------------------------------------------------------------------- journal

    async def read_journal(self, request: Request) -> Any:
        query = request.query_params
        unknown = set(query) - {"method", "path", "operation", "since", "write"}
        if unknown:
            raise bad_request(f"Unknown filter {', '.join(sorted(unknown))} (method, path, operation, since, write)")
        if _number(query.get("since", "0")) < 0:
            raise bad_request("since: a number of an entry is needed")
        if query.get("write", "true") not in ("true", "false"):
            raise bad_request("write: true or false")
        found = self._simulator.journal.find(
            method=query.get("method"),
            path=query.get("path"),
            operation=query.get("operation"),
            since=_number(query.get("since", "0")),
            write=None if "write" not in query else query["write"] == "true",
        )
        return [{**entry, "request_body": orjson.Fragment(entry["request_body"])} for entry in found]

    async def clear_journal(self, request: Request) -> Any:
        self._simulator.journal.clear()

    # ------------------------------------------------------------------------------------------------------- clock

    async def read_clock(self, request: Request) -> Any:
        return self._world.clock.describe()

    async def change_clock(self, request: Request) -> Any:
        """{"frozen": bool?, "now": milliseconds or ISO 8601?, "advance": seconds?, "real": true?}; in this order:
        real (back to the machine's time), frozen, now, advance."""
        body = await _object(request, {"frozen", "now", "advance", "real"})
        clock = self._world.clock
        moment = _moment(body["now"]) if "now" in body else None
        advance = _seconds(body["advance"]) if "advance" in body else None
        frozen = body.get("frozen")
        if frozen not in (None, True, False) or body.get("real") not in (None, True):
            raise bad_request("frozen: true or false; real: true")
        # All is looked at before anything is changed.
        start = _milliseconds() if body.get("real") else clock.now()
        _check_moment((start if moment is None else moment) + round(1000 * (advance or 0)))
        if body.get("real"):
            clock.restart()
        if frozen is not None:
            clock.freeze() if frozen else clock.thaw()
        if moment is not None:
            clock.set(moment)
        if advance is not None:
            clock.advance(advance)
        self._world.settle()
        return clock.describe()

    # ---------------------------------------------------------------------------------------------------- settings

    async def read_variants(self, request: Request) -> Any:
        return self._world.settings.variants

    async def change_variants(self, request: Request) -> Any:
        settings = self._world.settings
        settings.variants.update(settings.check_variants(await _object(request, None)))
        return settings.variants

    async def read_transitions(self, request: Request) -> Any:
        return self._world.settings.transitions

    async def change_transitions(self, request: Request) -> Any:
        self._world.settings.transitions.update(check_transitions(await _object(request, None)))
        return self._world.settings.transitions

    # ------------------------------------------------------------------------------------------------------ faults

    async def read_faults(self, request: Request) -> Any:
        return self._simulator.faults.describe()

    async def add_faults(self, request: Request) -> Any:
        """One fault or a list of them; the answer has the same shape, with ids."""
        document = _json(await request.body())
        several = document if isinstance(document, list) else [document]
        faults = self._simulator.faults
        for entry in several:
            check_fault(entry, self._world.state)
        added = []
        for entry in several:
            if entry["fault"] == REFUSE:
                if self._simulator.listener is None:
                    raise bad_request("refuse: this simulator runs inside another server")
                self._simulator.listener.refuse(entry["delay"])
                added.append({"fault": REFUSE, "delay": entry["delay"]})
            else:
                added.append(faults.add(entry, self._world.state).describe())
        return added if isinstance(document, list) else added[0]

    async def clear_faults(self, request: Request) -> Any:
        self._simulator.faults.clear()

    async def remove_fault(self, request: Request) -> Any:
        if not self._simulator.faults.remove(_number(request.path_params["number"])):
            raise not_found("There is no such fault")


def _check_caller(request: Request) -> None:
    if not comes_from_this_machine(request):
        raise Refusal(403, "The control plane is for programs on the same machine")
    if not asks_for_this_machine(request):
        raise Refusal(403, "The control plane answers to localhost and this machine's addresses only, not to names")
    origin = request.headers.get("origin")
    if origin is not None and origin != f"{request.url.scheme}://{request.headers.get('host')}":
        raise Refusal(403, "The control plane is not for pages from elsewhere")


def _json(body: bytes) -> Any:
    try:
        with no_collection():
            return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise bad_request(f"The body is no JSON: {error.msg} at line {error.lineno}, column {error.colno}") from None


async def _object(request: Request, keys: set[str] | None) -> dict[str, Any]:
    body = await request.body()
    if not body.strip():
        return {}
    document = _json(body)
    if not isinstance(document, dict):
        raise bad_request("The body must be a JSON object")
    if keys is not None and not set(document) <= keys:
        unknown = ", ".join(sorted(set(document) - keys))
        raise bad_request(f"Unknown key {unknown} (there are: {', '.join(sorted(keys))})")
    return document


def _seconds(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or abs(value) > 1e10:
        raise bad_request("advance: a number of seconds is needed")
    return float(value)


def _number(text: str) -> int:
    """-1 for what is no number, or too long for one."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else -1


def _milliseconds() -> int:
    return time.time_ns() // 1_000_000


def _check_moment(moment: int) -> None:
    if not 0 <= moment < _LATEST:
        raise bad_request("the clock: it goes from 1970 to the year 9892")


def _moment(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _LATEST:
        return value
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
        except ValueError:
            pass
        else:
            aware = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
            milliseconds = (aware - datetime(1970, 1, 1, tzinfo=timezone.utc)) // timedelta(milliseconds=1)
            _check_moment(milliseconds)
            return milliseconds
    raise bad_request("now: milliseconds since the epoch, or a date and time as in 2026-01-31T12:00:00Z")
