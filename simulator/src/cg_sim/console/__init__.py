"""The console: a small web page under /console/ to watch a playbook at work, and to do the same steps by hand.

Static files, no build step, no third-party resources. The page polls ``/console/data`` (JSON) every second; answers
carry an ETag, so that unchanged data is not sent again.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import orjson
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from cg_sim.api.journal import kept_answer
from cg_sim.api.scrubbing import scrub
from cg_sim.console.access import Access
from cg_sim.console.actions import Actions
from cg_sim.console.listing import Wanted
from cg_sim.console.views import Views
from cg_sim.errors import Refusal
from cg_sim.simulator import Simulator
from cg_sim.store import StoreError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

PREFIX = "/console"

_LARGEST_BODY = 1_000_000

_FILES = {
    "": ("index.html", "text/html; charset=utf-8"),
    "console.css": ("console.css", "text/css; charset=utf-8"),
    "app.js": ("app.js", "text/javascript; charset=utf-8"),
    "dom.js": ("dom.js", "text/javascript; charset=utf-8"),
    "pages.js": ("pages.js", "text/javascript; charset=utf-8"),
    "special.js": ("special.js", "text/javascript; charset=utf-8"),
    "server.js": ("server.js", "text/javascript; charset=utf-8"),
    "icon.svg": ("icon.svg", "image/svg+xml"),
}

# Names are untrusted input: only the page's own scripts may run, and text cannot become markup (Trusted Types).
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
        "trusted-types 'none'"
    ),
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-cache",
}


class _Headers:
    """Adds the security headers to every answer of the console, including errors."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def routes(simulator: Simulator) -> list[BaseRoute]:
    """The console of a simulator, for its ASGI application."""
    console = _Console(simulator)
    inside = [
        Route("/", _send_file),
        Route("/static/{name}", _send_file),
        Route("/session", console.sign_in, methods=["POST"]),
        Route("/data/{page}", console.data),
        Route("/data/{page}/{id}", console.data),
        Route("/do/{action}", console.act, methods=["POST"]),
    ]
    return [
        Route("/", _redirect_to_console),
        Route(PREFIX, _redirect_to_console),
        Mount(PREFIX, routes=inside, middleware=[Middleware(_Headers)]),
    ]


async def _redirect_to_console(request: Request) -> Response:
    return RedirectResponse(f"{PREFIX}/", 303)


@cache
def _file(name: str) -> tuple[bytes, str, str]:
    """Content, type and ETag of a file of the page."""
    file_name, media_type = _FILES[name]
    content = (resources.files(__package__) / "static" / file_name).read_bytes()
    return content, media_type, _tag(content)


def _tag(content: bytes) -> str:
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


async def _send_file(request: Request) -> Response:
    name = request.path_params.get("name", "")
    if name not in _FILES:
        return Response("There is no such file", 404, media_type="text/plain")
    content, media_type, tag = _file(name)
    return _unless_cached(request, content, media_type, tag)


def _unless_cached(request: Request, content: bytes, media_type: str, tag: str) -> Response:
    headers = {"etag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=media_type)


class _Console:
    def __init__(self, simulator: Simulator) -> None:
        self._world = simulator.world
        self._journal = simulator.journal
        self._access = Access(simulator)
        views, actions = Views(simulator), Actions(simulator)
        self._lists: dict[str, Callable[[Wanted], Any]] = {
            "overview": lambda wanted: views.overview(),
            "products": views.products,
            "topology": views.topology,
            "flows": views.flows,
            "deployments": views.deployments,
            "activity": lambda wanted: views.activity(writes_only=wanted.search == "writes"),
            "simulator": lambda wanted: views.simulator(),
        }
        self._details: dict[str, Callable[[str], Any]] = {"products": views.product, "flows": views.flow}
        # Name of the action -> (its arguments and their types, the function).
        self._actions: dict[str, tuple[dict[str, type], Callable[..., Any]]] = {
            "edit-backups": ({"master_id": str, "backups": list, "confirmed": bool}, actions.edit_backups),
            "synchronize": ({"master_id": str, "backup_id": str}, actions.synchronize),
            "deploy": ({"flow_id": str, "force": bool}, actions.deploy),
        }

    async def sign_in(self, request: Request) -> Response:
        given = await _arguments(request, {"username": str, "password": str})
        response = _json({})
        self._access.sign_in(request, given["username"], given["password"], response)
        return response

    async def data(self, request: Request) -> Response:
        self._access.check(request)
        with suppress(StoreError):  # jobs that cannot be stored stay unfinished; the page still works
            self._world.count_console_reads()
            self._world.settle()
        page, item = request.path_params["page"], request.path_params.get("id")
        if item is not None and page in self._details:
            document = self._details[page](item)
        elif item is None and page in self._lists:
            number = request.query_params.get("page", "1")
            wanted = Wanted(
                request.query_params.get("search", ""),
                int(number) if number.isascii() and number.isdigit() and len(number) < 10 else 1,
                request.query_params.get("sort", ""),
            )
            document = self._lists[page](wanted)
        else:
            raise Refusal(404, "There is no such page")
        content = orjson.dumps(document)
        return _unless_cached(request, content, "application/json", _tag(content))

    async def act(self, request: Request) -> Response:
        self._access.check(request)
        if request.path_params["action"] not in self._actions:
            raise Refusal(404, "There is no such action")
        expected, action = self._actions[request.path_params["action"]]
        given = await _arguments(request, expected)
        self._world.settle()
        started = time.perf_counter()
        try:
            document = action(**given)
        except Refusal as refusal:
            self._register(request, given, refusal.status, {"message": refusal.message}, started)
            raise
        self._register(request, given, 200, document, started)
        return _json(document)

    def _register(self, request: Request, given: dict[str, Any], status: int, answer: Any, started: float) -> None:
        """Record the action in the journal, since it changes what programs see; its user is "console"."""
        state = self._world.state
        things = [state.products.get(value) or state.flows.get(value) for value in given.values() if _is_id(value)]
        entry = self._journal.add(
            {
                "method": "POST",
                "path": str(request.scope["path"]),
                "query": "",
                "operation": None,
                "objects": [thing.name for thing in things if thing is not None],
                "status": status,
                "write": True,
                "user": "console",
                "request_body": scrub(given),
                "duration_ms": round(1000 * (time.perf_counter() - started), 3),
                "answer": kept_answer(orjson.dumps(answer), is_json=True),
            }
        )
        self._journal.count(entry)


def _json(document: Any) -> Response:
    return Response(orjson.dumps(document), media_type="application/json")


async def _arguments(request: Request, expected: dict[str, type]) -> dict[str, Any]:
    """The JSON object in the body. Only as application/json, which a form on another site cannot send (CSRF)."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        raise Refusal(415, "The body must be application/json")
    length = request.headers.get("content-length", "")
    if not length.isdigit() or int(length) > _LARGEST_BODY:
        raise Refusal(413, f"The body is longer than {_LARGEST_BODY} bytes, or has no Content-Length")
    try:
        given = orjson.loads(await request.body())
    except orjson.JSONDecodeError:
        raise Refusal(400, "The body is not JSON") from None
    if not isinstance(given, dict) or given.keys() != expected.keys():
        raise Refusal(400, f"The body must be an object with {', '.join(expected)}")
    for key, kind in expected.items():
        if not isinstance(given[key], kind):
            raise Refusal(400, f"{key} is of the wrong type")
    if not all(map(_is_reference, given.get("backups", ()))):
        raise Refusal(400, "backups must be a list of objects with a businessId or a name")
    return given


def _is_id(value: Any) -> bool:
    return isinstance(value, str)


def _is_reference(entry: Any) -> bool:
    """{"businessId": ...} or {"name": ...}."""
    if not isinstance(entry, dict) or len(entry) != 1:
        return False
    ((key, value),) = entry.items()
    return key in ("businessId", "name") and isinstance(value, str)
