# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ways to authenticate, tried one after another until one works.

PRIVATE to the collection: it may change at any time.

Only the web session is documented, and of it nothing but that it exists. Since an account may be locked after a few
wrong passwords, the search ends with the first answer that says whether the credentials are right, and after
``most_refusals`` answers that may have refused them.
"""

from __future__ import annotations

import re
import typing as t
from dataclasses import dataclass, field
from urllib.parse import urljoin, urlsplit

from ..login_page import login_forms
from ..operations import Operation
from ..overrides import effective_operations
from ..replies import REDIRECTS
from ..transport import Transport
from .candidates import LOGINS
from .looker import RecordingClient, holds_objects, quoted, status_and_message
from .verdicts import Exchange

Override = dict[str, t.Any]

_PATH_PARAMETER = re.compile(r";[^/?]*")

NOT_NEEDED, HEADERS, BASIC, TOKEN, SESSION = "none", "headers", "basic", "token", "session"
# Statuses of a path at which there is no login, or none that takes this body.
_NO_LOGIN_HERE = frozenset({400, 404, 405, 406, 415, 501})


@dataclass(frozen=True)
class Try:
    """One way that was tried. ``outcome`` is ``accepted``, ``refused``, ``not offered`` or ``unclear``."""

    way: str
    request: str
    outcome: str
    answer: str


@dataclass
class Way:
    """The way to authenticate that works. When none does, ``name`` is empty and ``failure`` says why."""

    name: str = ""
    transport: Transport | None = None
    login: Override = field(default_factory=dict)
    tried: list[Try] = field(default_factory=list)
    anonymous: Exchange | None = None
    failure: str = ""


class WaySearch:
    """Finds the way to authenticate by means of ``question``, a read that should need authentication."""

    def __init__(
        self, client: RecordingClient, question: Operation, given_login: Operation | None, most_refusals: int
    ) -> None:
        self._client = client
        self._question = question
        self._given_login = given_login
        self._most_refusals = most_refusals
        self._refusals = 0
        self._prefix = ""
        self._way = Way()

    def run(self, anonymous: Exchange, prefix: str) -> Way:
        """``anonymous`` is the answer to the question without credentials, ``prefix`` the one of the API."""
        self._prefix = prefix
        way, connection = self._way, self._client.connection
        way.anonymous = anonymous
        if holds_objects(anonymous, self._question.answers):
            name = HEADERS if connection.headers or connection.client_cert else NOT_NEEDED
            way.name, way.transport = name, self._client.transport(**_WITHOUT, api_prefix=prefix)
            self._note(name, anonymous, "accepted")
        elif connection.token:
            if not self._ask(TOKEN) and not way.failure:
                way.failure = f"Central Governance does not accept the token: {way.tried[-1].answer}."
        elif connection.username:
            self._with_a_password()
        else:
            way.failure = (
                f"Central Governance does not answer without credentials ({status_and_message(anonymous)}), and none "
                "were given. Set username and password, or token (in the environment: CG_USERNAME and CG_PASSWORD, or "
                "CG_TOKEN)."
            )
        return way

    def _with_a_password(self) -> None:
        way = self._way
        if self._given_login is None:
            if self._ask(BASIC) or way.failure:
                return
            challenges = " ".join(
                exchange.headers.get("www-authenticate", "")
                for exchange in (way.anonymous, self._client.exchanges[-1])
                if exchange is not None
            ).lower()
            if "basic" in challenges:
                way.failure = (
                    f"Central Governance offers Basic authentication and does not accept the credentials: "
                    f"{way.tried[-1].answer}. No other way was tried, so that the account is not locked. Check "
                    "username and password."
                )
                return
        for login, how in self._logins():
            if self._refusals >= self._most_refusals:
                way.failure = self._nothing_worked(" More were not tried, so that the account is not locked.")
                return
            if self._log_in(login, how) or way.failure:
                return
        way.failure = self._nothing_worked("")

    def _ask(self, name: str) -> bool:
        transport = self._client.transport(api_prefix=self._prefix)
        exchange = self._client.send(transport, self._question, way=name)
        accepted = self._is_let_in(exchange)
        self._note(name, exchange, "accepted" if accepted else "refused")
        if accepted:
            self._way.name, self._way.transport = name, transport
        elif self._lacks_privileges(exchange):
            self._way.failure = self._without_privileges(exchange)
        return accepted

    def _lacks_privileges(self, exchange: Exchange) -> bool:
        """True for 403 with credentials where the answer without them was 401: the user lacks privileges."""
        anonymous = self._way.anonymous
        return exchange.status == 403 and anonymous is not None and anonymous.status == 401

    @staticmethod
    def _without_privileges(exchange: Exchange) -> str:
        return (
            f"Central Governance accepts the user, but does not let it read the products: {exchange.request}: "
            f"{status_and_message(exchange)}. The user needs the privilege to see products and flows."
        )

    def _is_let_in(self, exchange: Exchange) -> bool:
        """Whether the server processed the question itself: it answered with JSON, or that there is no such object."""
        return _has_answered(exchange) and not exchange.is_answered_like(self._way.anonymous)

    def _logins(self) -> t.Iterator[tuple[Operation, Override]]:
        if self._given_login is not None:
            yield self._given_login, {}
            return
        form = self._form()
        for override in (*([form] if form else []), *LOGINS):
            yield effective_operations({"login": override})["login"], override

    def _log_in(self, login: Operation, override: Override) -> bool:
        way, anonymous = self._way, self._way.anonymous
        transport = self._client.transport(login, api_prefix=self._prefix)
        exchange = self._client.send(transport, self._question, way=SESSION)
        # An error with a status comes from the login, or from the page with its form.
        asked_login = exchange.method == login.method or (exchange.status is not None and bool(exchange.problem))
        # The answer that every path gives without a session does not judge the credentials.
        alike = anonymous is not None and (exchange.status, exchange.words) == (anonymous.status, anonymous.words)
        alike = alike and exchange.status in (401, 403)
        if not asked_login and self._is_let_in(exchange):
            self._note(SESSION, exchange, "accepted", login)
            way.name, way.transport, way.login = SESSION, transport, override
            return True
        if asked_login and (exchange.status in _NO_LOGIN_HERE or (alike and self._given_login is None)):
            self._note(SESSION, exchange, "not offered", login)
            return False
        if not asked_login and self._lacks_privileges(exchange):
            self._note(SESSION, exchange, "accepted", login)
            way.failure = self._without_privileges(exchange)
            return False
        self._refusals += 1
        if asked_login and exchange.status in (401, 403):
            self._note(SESSION, exchange, "refused", login)
            way.failure = (
                f"Central Governance does not accept the credentials: {exchange.request} answered "
                f"{status_and_message(exchange)}. No other way was tried, so that the account is not locked. Check "
                "username and password."
            )
        else:
            self._note(SESSION, exchange, "unclear", login)
        return False

    def _form(self) -> Override | None:
        """The login form that the server shows without a session, as an override of the login."""
        page = self._way.anonymous
        prefix = "/".join(("", *filter(None, self._prefix.split("/"))))
        sets_cookie = page is not None and page.sets_cookie
        if page is not None and page.status in REDIRECTS:
            page, prefix = self._page_at(page.headers.get("location", "")), ""
            sets_cookie = sets_cookie or (page is not None and page.sets_cookie)
        if page is None or "html" not in page.content_type:
            return None
        return login_form(page.page, self._client.connection.server, f"{prefix}{page.path}", sets_cookie)

    def _page_at(self, location: str) -> Exchange | None:
        server = self._client.connection.server
        target = urljoin(self._client.connection.base + self._question.path, location)
        if not target.startswith(f"{server}/"):
            return None
        path = target[len(server) :].partition("#")[0]
        question = effective_operations({"list_products": {"path": _literal(path), "base": "server"}})["list_products"]
        return self._client.send(self._client.transport(**_WITHOUT), question, way=NOT_NEEDED)

    def _note(self, name: str, exchange: Exchange, outcome: str, login: Operation | None = None) -> None:
        request = f"{login.method} {login.path} ({login.encoding})" if login else exchange.request
        answer = exchange.answer if outcome == "accepted" else status_and_message(exchange)
        if outcome == "unclear" and exchange.problem:
            answer = exchange.problem.removeprefix(f"{exchange.request}: ").rstrip(".")
        self._way.tried.append(Try(name, request, outcome, answer))

    def _nothing_worked(self, more: str) -> str:
        tried = "; ".join(f"{each.way} ({each.request}): {each.answer}" for each in self._way.tried)
        anonymous = self._way.anonymous
        place = ""
        if anonymous is not None and anonymous.is_success and not anonymous.is_json:
            place = f"Central Governance answers with a web page where data is expected{quoted(anonymous.words)}. "
        elif anonymous is not None and anonymous.status == 404:
            place = (
                f"Nothing at this address answers like Central Governance: {anonymous.request}: "
                f"{status_and_message(anonymous)}, with this api_prefix and with the other usual ones. Check url and "
                "api_prefix first. "
            )
        return (
            f"{place}No way to authenticate worked. Tried: {tried}.{more} If the browser logs in, look up the request "
            "that it sends (developer tools, tab Network) and give it as operations.login."
        )


_WITHOUT: dict[str, t.Any] = {"username": None, "password": None, "token": None}


def without_credentials() -> dict[str, t.Any]:
    """The changes to a connection that remove its credentials."""
    return dict(_WITHOUT)


def _has_answered(exchange: Exchange) -> bool:
    if exchange.status is None or exchange.status in (401, 403, 407) or 300 <= exchange.status < 400:
        return False
    if exchange.is_success:
        return exchange.is_json
    return exchange.status in (404, 405)


def _without_session(path: str) -> str:
    """Without ``;jsessionid=...``, which Java web applications append for browsers without cookies."""
    return _PATH_PARAMETER.sub("", path)


def _literal(path: str) -> str:
    """A path with braces escaped, so that nothing in it is taken for a placeholder."""
    return path.replace("{", "%7B").replace("}", "%7D")


def login_form(page: str, server: str, path: str, sets_cookie: bool) -> Override | None:
    """The override of the login for the first usable form of a page that asks for a password; None without one.

    A form that is sent to another server is not usable. ``path`` is that of the page, which becomes part of the login
    when it sets a cookie or has hidden fields, which the server may expect back.
    """
    address = server + path
    for form in login_forms(page):
        passwords, users = form.names("password"), form.names("text", "email")
        if len(users) != 1:
            continue
        target, own = urlsplit(urljoin(address, form.action)), urlsplit(address)
        if (target.scheme, target.netloc) != (own.scheme, own.netloc) or target.query:
            continue
        override = {
            "path": _literal(_without_session(target.path) or "/"),
            "base": "server",
            "encoding": "form",
            "body": {users[0]: "{username}", passwords[0]: "{password}"},
        }
        return (
            {**override, "page": _literal(_without_session(path))} if sets_cookie or form.names("hidden") else override
        )
    return None
