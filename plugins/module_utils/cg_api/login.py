# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Opening a web session: the operation ``login``, and the page with its form where there has to be one first.

PRIVATE to the collection: it may change at any time. How Central Governance logs in is *assumed*.
"""

from __future__ import annotations

import typing as t
from dataclasses import replace

from .calls import Call
from .connection import Connection
from .errors import RequestOutcome
from .login_page import asks_for_a_password, hidden_fields
from .operations import FORM, Operation
from .replies import REDIRECTS, Reply

Exchange = t.Callable[[Call], Reply]
RaiseForStatus = t.Callable[[Reply, Call], None]


def log_in(login: Operation, connection: Connection, exchange: Exchange, raise_for_status: RaiseForStatus) -> None:
    """Sends the login.

    With ``login.page`` it does what a browser does: it reads that page, whose cookie and hidden fields go with the
    form, and reads it again afterwards, since some servers accept a session only then (Java's servlet containers do).
    Raises CGError.
    """
    cookies: t.Sequence[str] = ()
    page = Call.of(replace(login, method="GET", path=login.page, body=None), {}, connection)
    before: Reply | None = None
    values = {"username": connection.username or "", "password": connection.password or ""}
    body: t.Any = None
    if login.page:
        before = exchange(page)
        # Many servers answer with the form and status 401, or redirect to the form.
        if before.status not in (401, *REDIRECTS):
            raise_for_status(before, page)
        cookies = before.cookies
        if login.encoding == FORM:
            body = {**hidden_fields(before.text), **login.filled_body(values)}
    call = Call.of(login, values, connection, body)
    reply = exchange(call)
    cookies = reply.cookies or cookies
    # A login form is usually answered by a redirect to the first page, which is not needed here.
    if not (reply.status in REDIRECTS and cookies):
        raise_for_status(reply, call)
    if not cookies:
        raise call.failed(
            "Central Governance opened no session: its answer sets no cookie.",
            RequestOutcome.REFUSED,
            status=reply.status,
        )
    if before is not None:
        after = exchange(page)
        if _is_the_login(after, before):
            raise call.failed(
                f"Central Governance did not accept the credentials: after the login, {page} still asks for them.",
                RequestOutcome.REFUSED,
                status=reply.status,
            )


def is_login_page(reply: Reply) -> bool:
    """A page that asks for a password, with a status of success: some servers answer so when a session has expired."""
    return 200 <= reply.status < 300 and "html" in reply.content_type.lower() and asks_for_a_password(reply.text)


def _is_the_login(after: Reply, before: Reply) -> bool:
    if after.status in REDIRECTS:
        return before.status in REDIRECTS and after.headers.get("Location") == before.headers.get("Location")
    return after.status in (401, 403) or is_login_page(after)
