# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The ASGI application of the API: route, faults, authentication, validation, handler, journal, reply."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

import orjson
from starlette.types import Receive, Scope, Send

from cg_sim.api.faults import Plan
from cg_sim.api.handlers import HANDLERS, Answer, Call, login_needed
from cg_sim.api.http import (
    BODYLESS,
    LARGEST_BODY,
    Reply,
    Request,
    check_accept,
    check_content,
    check_query,
    parse_query,
    reset_connection,
    retry_after,
    send_half,
    send_reply,
)
from cg_sim.api.journal import BODY_LIMIT, kept_answer
from cg_sim.api.pages import SIGN_IN_PAGE, description, page_reply
from cg_sim.api.render import Renderer, render_error
from cg_sim.api.scrubbing import scrub, scrub_query, scrub_text
from cg_sim.errors import Refusal, not_found
from cg_sim.model import Product
from cg_sim.simulator import Simulator
from cg_sim.spec import Operation, Router, operations
from cg_sim.store import StoreError

PREFIX = "/Axway/CentralGovernance/default/CentralGovernance/api/v2"

_log = logging.getLogger(__name__)


class Api:
    """Requests are handled one at a time: handling never waits, only faults do."""

    def __init__(self, simulator: Simulator) -> None:
        self.settings = simulator.settings
        self.world = simulator.world
        self.guard = simulator.guard
        self.journal = simulator.journal
        self.faults = simulator.faults
        self.router = Router()
        self._stopping = False
        self._held_up: set[asyncio.Future[None]] = set()
        self._wrong_answers = simulator.wrong_answers
        difference = {operation.id for operation in operations()} ^ set(HANDLERS)
        if difference:
            raise RuntimeError(f"the API description and the handlers differ: {', '.join(sorted(difference))}")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        request = Request(scope)
        await request.read_body(receive)
        if request.method == "GET" and request.path in ("/openapi.json", "/openapi.yaml"):
            await send_reply(send, description(request.path, self.settings))
            return
        request.parse_content()
        found, request.parameters = self.router.find(request.path, self.settings.variants, request.outside)
        request.parameters = {key: self._as_known(value) for key, value in request.parameters.items()}
        operation = found.get(request.method)
        user = self.guard.who(request.headers)
        plan = Plan()
        if request.cut_off:
            self.journal.count(self._register(request, operation, None, user, plan, started))
            return
        if operation is not None:
            plan = self.faults.plan(operation.id, self._objects(request), read=operation.method == "GET")
        if not await self._wait(plan.seconds("before")):
            self.journal.count(self._register(request, operation, None, user, plan, started))
            await reset_connection(scope, receive)
            return
        if plan.kind("before") == "expire_session":
            self.guard.end_sessions()
            user = None

        early = plan.kind("before")
        if early in ("status", "html"):
            reply = self._fault_reply(plan)
        elif early == "reset":
            reply = Reply(0)
        else:
            reply = self._reply(request, operation, found, user, plan)
            if reply.rows is not None:
                await reply.encode_rows()
            if self.settings.check_answers and operation is not None:
                self._check_answer(operation, reply)
        late = plan.kind("after")
        if late in ("status", "html"):
            reply = self._fault_reply(plan)
        dropped = early == "reset" or late in ("reset", "commit_then_drop")
        # Recorded before the reply is sent: a client that received it, or gave up waiting, finds it in the journal.
        entry = self._register(request, operation, None if dropped else reply.status, user, plan, started)
        if not dropped:
            is_json = reply.content_type == "application/json"
            answer = b'"(%d bytes)"' % reply.length if reply.slices else kept_answer(reply.body, is_json)
            self.journal.set_answer(entry, answer)

        seconds = plan.seconds("after")
        if seconds:
            if not await self._wait(seconds):
                dropped, entry["status"] = True, None
                self.journal.set_answer(entry, b"null")
            entry["duration_ms"] = _milliseconds_since(started)
        self.journal.count(entry)
        if dropped:
            await reset_connection(scope, receive)
        elif late == "truncate":
            await send_half(scope, receive, send, reply)
        else:
            await send_reply(send, reply)

    async def _wait(self, seconds: float) -> bool:
        """Delay a request. Returns false when the process is stopped during the delay; the reply is then not needed."""
        if not seconds:
            return True
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._held_up.add(woken)
        try:
            if not self._stopping:
                await asyncio.wait([woken], timeout=seconds)
        finally:
            self._held_up.discard(woken)
        return not self._stopping

    def stop(self) -> None:
        """Break the connections of delayed requests, and do not delay any more."""
        self._stopping = True
        for woken in self._held_up:
            woken.set_result(None)

    # ------------------------------------------------------------------------------------------------------- work

    def _reply(
        self,
        request: Request,
        operation: Operation | None,
        found: dict[str, Operation],
        user: str | None,
        plan: Plan,
    ) -> Reply:
        try:
            if request.outside and not found:
                raise not_found(f"There is nothing at {request.path}; the API is under {PREFIX}")
            if user is None and not (operation and operation.open_to_all):
                begun = self._begin_session(request)
                if begun is not None:
                    return page_reply(begun.status, begun.body, begun.headers)
            if operation is None:
                if found:
                    allowed = ", ".join(sorted(found))
                    raise Refusal(405, f"{request.method} is not allowed here, only {allowed}", {"allow": allowed})
                raise not_found(f"There is no resource {request.path or '/'}")
            if request.too_long and operation.body_schema is not None:
                raise Refusal(413, f"The body is longer than {LARGEST_BODY} bytes")
            reply = self._work(request, operation, plan)
        except Refusal as refusal:
            reply = self._error_reply(refusal)
        except Exception:  # a bug in the simulator: still recorded in the journal, and logged to standard error
            _log.exception("%s %s failed", request.method, request.full_path)
            reply = self._error_reply(Refusal(500, "Internal error in the simulator; see its standard error"))
        return reply

    def _work(self, request: Request, operation: Operation, plan: Plan) -> Reply:
        lenient = self.settings.lenient
        if not lenient and not operation.answers_page:
            check_accept(request)
        query = check_query(operation, request, lenient)
        query.update({key: self._as_known(query[key]) for key in ("flow", "product") if key in query})
        content = check_content(operation, request, lenient)
        try:
            self._settle(operation)
            stale = plan.other.old_state if plan.other is not None else None
            state = stale or self.world.state
            lie = partial(self._shown_flag, operation.id) if self.faults.has_flag_faults else None
            renderer = Renderer(state, self.settings.variants, request.base_url, lie)
            cookie = request.headers.get("cookie", "")
            call = Call(self.world, state, self.guard, renderer, request.parameters, query, content, cookie)
            if operation.writes:
                with self.world.transaction():
                    answer = HANDLERS[operation.id](call)
            else:
                answer = HANDLERS[operation.id](call)
        except StoreError as error:
            raise Refusal(507, str(error)) from None
        headers = list(answer.headers)
        if answer.body is None:
            return Reply(answer.status, headers=headers)
        if isinstance(answer.body, str):
            return page_reply(answer.status, answer.body, answer.headers)
        if isinstance(answer.body, list):
            return Reply(answer.status, headers=[*headers, ("content-type", "application/json")], rows=answer.body)
        return Reply(answer.status, orjson.dumps(answer.body), [*headers, ("content-type", "application/json")])

    def _settle(self, operation: Operation) -> None:
        """Finish the jobs that are due. If they cannot be stored, reads still show the state before."""
        try:
            self.world.settle()
        except StoreError:
            if operation.writes:
                raise

    def _shown_flag(self, operation: str, master: Product, backup: Product, flag: bool) -> bool:
        return self.faults.shown_flag(operation, (master.id, master.name, backup.id, backup.name), flag)

    # -------------------------------------------------------------------------------------------------- complaints

    def _begin_session(self, request: Request) -> Answer | None:
        """The login page, if clients that are not logged in get it; None if this request completes the login."""
        if not self.guard.shows_login_page:
            raise self._unauthorized(request)
        begun = self.guard.visit_page(request.full_path, request.headers.get("cookie", ""))
        return login_needed(*begun) if begun else None

    def _unauthorized(self, request: Request) -> Refusal:
        challenge = self.guard.challenge()
        # Scripts in a browser send this header so that the browser does not open its own password dialog.
        if challenge is None or "x-requested-with" in request.headers:
            return Refusal(401, "Authentication is required")
        return Refusal(401, "Authentication is required", {"www-authenticate": challenge})

    def _error_reply(self, refusal: Refusal) -> Reply:
        shape = self.settings.variants["error_shape"]
        body, content_type = render_error(shape, refusal.status, refusal.message)
        return Reply(refusal.status, body, [*refusal.headers.items(), ("content-type", content_type)])

    def _fault_reply(self, plan: Plan) -> Reply:
        assert plan.other is not None
        document = plan.other.document
        headers = {}
        if "retry_after" in document:
            headers["retry-after"] = retry_after(document["retry_after"])
        if document.get("status") in BODYLESS:
            return Reply(document["status"], headers=[*headers.items()])
        if document["fault"] == "html":
            html = [*headers.items(), ("content-type", "text/html; charset=utf-8")]
            return Reply(document.get("status", 200), SIGN_IN_PAGE, html)
        status = document.get("status", 503)
        return self._error_reply(Refusal(status, document.get("message", "The service is not available"), headers))

    def _check_answer(self, operation: Operation, reply: Reply) -> None:
        if "text/html" in reply.content_type and reply.status == 200 and not operation.answers_page:
            return  # the login page, which the description has at its own path
        body: Any = None
        content = reply.whole()
        if content:
            body = orjson.loads(content) if reply.content_type == "application/json" else content.decode("utf-8")
        self._wrong_answers.extend(operation.answer_errors(reply.status, reply.content_type, body))

    # ---------------------------------------------------------------------------------------------------- watching

    def _as_known(self, business_id: str) -> str:
        """UUIDs are not case-sensitive (RFC 4122); estates store them in lower case."""
        state, lower = self.world.state, business_id.lower()
        return lower if lower in state.products or lower in state.flows else business_id

    def _named(self, request: Request) -> list[str]:
        """The names of the objects in the path or, if it names none, in the body."""
        if (
            not request.parameters
            and isinstance(request.content, dict)
            and isinstance(request.content.get("name"), str)
        ):
            return [request.content["name"]]
        return [self._name_of(value) for value in request.parameters.values()]

    def _name_of(self, business_id: str) -> str:
        state = self.world.state
        known = state.products.get(business_id) or state.flows.get(business_id)
        return known.name if known else business_id

    def _objects(self, request: Request) -> Iterator[str]:
        """Ids and names that a request refers to in its path, query and body. Used by faults only."""
        state = self.world.state
        for text in self._words(request):
            yield text
            known = state.products.get(text) or state.flows.get(text)
            if known is not None:
                yield known.name
            yield from (product.id for product in state.products_named(text))
            yield from (flow.id for flow in state.flows_named(text))

    @staticmethod
    def _words(request: Request) -> Iterator[str]:
        yield from request.parameters.values()
        for name, value in parse_query(request.query_string):
            if name in ("name", "flow", "product"):
                yield value
        content = request.content
        for entry in content if isinstance(content, list) else [content]:
            if isinstance(entry, dict):
                yield from (entry[key] for key in ("businessId", "name") if isinstance(entry.get(key), str))

    def _register(
        self,
        request: Request,
        operation: Operation | None,
        status: int | None,
        user: str | None,
        plan: Plan,
        started: float,
    ) -> dict[str, Any]:
        reading = request.method in ("GET", "HEAD", "OPTIONS")
        entry = {
            "method": request.method,
            "path": scrub_text(request.full_path),
            "query": scrub_query(request.query_string),
            "operation": operation.id if operation else None,
            "objects": self._named(request),
            "status": status,
            "write": operation.writes if operation else not reading,
            "user": user,
            "request_body": _without_secrets(request) if request.body else None,
            "duration_ms": _milliseconds_since(started),
        }
        if plan.names:
            entry["fault"] = "+".join(plan.names)
        return self.journal.add(entry)


def _without_secrets(request: Request) -> Any:
    if len(request.body) <= BODY_LIMIT and request.content is not None:
        with contextlib.suppress(RecursionError):
            return scrub(request.content)
    return f"({len(request.body)} bytes)"


def _milliseconds_since(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)
