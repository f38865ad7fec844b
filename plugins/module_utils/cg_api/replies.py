# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The meaning of the server's replies: the status as an error, the body as JSON or as a message, Retry-After.

PRIVATE to the collection: it may change at any time.

The exceptions of the HTTP library, when there is no reply, are interpreted in ``failures``.
"""

from __future__ import annotations

import contextlib
import json
import math
import re
import time
import typing as t

from .answers import UnusableAnswer
from .calls import Call
from .documents import ESCAPED_SURROGATE, LARGE, LargeList, NotInPieces
from .errors import PASSING_STATUSES, CGError, RequestOutcome
from .operations import ASSUMED

Scrub = t.Callable[[str], str]

REDIRECTS = frozenset({302, 303, 307})
MESSAGE_LOOKED_FOR_IN = 65536  # characters of a body; messages further on are not looked for, to save time
_EXPLANATIONS = {
    403: "the user may not do this",
    429: "it asks for fewer requests",
}


class Reply(t.NamedTuple):
    """An answer of the server. If it is an error, the body may be incomplete."""

    status: int
    headers: t.Mapping[str, str]
    content: bytes | bytearray
    cookies: t.Sequence[str] = ()  # the values of the cookies that it sets
    has_next_page: bool = False

    @property
    def content_type(self) -> str:
        return self.headers.get("Content-Type", "")

    @property
    def text(self) -> str:
        """The body, decoded with the charset that the server names.

        Without one it is decoded as UTF-8, or as Latin-1 if it is not valid UTF-8.
        """
        for encoding, errors in (
            (self._encoding, "strict"),
            ("utf-8", "strict"),
            # If only the beginning of the body was read, its last character may be cut.
            ("utf-8", "strict" if len(self.content) < MESSAGE_LOOKED_FOR_IN else "ignore"),
        ):
            try:
                return self.content.decode(encoding, errors).lstrip("\ufeff")
            except (LookupError, UnicodeError):  # an unknown encoding, one that is not for text, or a wrong one
                continue
        return self.content.decode("latin-1")

    @property
    def _encoding(self) -> str:
        charset = re.search(r"(?i)charset\s*=\s*[\"']?([^\s;\"']+)", self.content_type)
        return charset[1] if charset else json.detect_encoding(bytes(self.content[:4]))

    @property
    def is_large_list(self) -> bool:
        """True when the beginning of the body shows that it can be read object by object."""
        if len(self.content) < LARGE or not self.content[:64].lstrip().startswith(b"["):
            return False
        return self._encoding.lower() in ("utf-8", "utf8")


def error_in(reply: Reply, call: Call, credentials: str, scrub: Scrub) -> CGError | None:
    """The error that the status stands for, None for a success.

    ``credentials`` names the options by which the request identified its user; empty when it did not.
    """
    if 200 <= reply.status < 300:
        return None
    said = _message_in(reply, scrub)
    # After a failure of a gateway or the server, it is not known whether the request was carried out. A read for which
    # the server asks to try later was not refused.
    is_unknown = reply.status >= 500 or (reply.status in PASSING_STATUSES and not call.operation.is_write)
    return call.failed(
        f"Central Governance answered {reply.status}: {_explained(reply, call, credentials, scrub)}."
        + ("" if said else " It gave no message."),
        RequestOutcome.UNKNOWN if is_unknown else RequestOutcome.REFUSED,
        status=reply.status,
        server_message=said,
    )


def _explained(reply: Reply, call: Call, credentials: str, scrub: Scrub) -> str:
    if 300 <= reply.status < 400:
        target = scrub(reply.headers.get("Location", "nowhere"))
        return f"it redirects to {target}, which is not followed, since the credentials would go there too"
    if reply.status == 401 and not credentials:
        return (
            "it asks for credentials, and none were given. Set username and password, or token (in the environment: "
            "CG_USERNAME and CG_PASSWORD, or CG_TOKEN; for the roles: dr_connection, dr_audit_connection)"
        )
    if reply.status == 401:
        return f"it did not accept the credentials ({credentials})"
    if reply.status == 404 and not _is_json(reply):
        is_assumed = call.operation.provenance == ASSUMED
        hint = f"Are api_prefix and operations.{call.operation.name} right?" if is_assumed else "Is api_prefix right?"
        return f"it does not know this path. {hint} The whole URL was {call.url}"
    if reply.status == 404:
        return "it does not know this object or path"
    return _EXPLANATIONS.get(reply.status, "it failed" if reply.status >= 500 else "it refused the request")


def decoded(reply: Reply, call: Call, read: t.Callable[[t.Any], t.Any], scrub: Scrub) -> t.Any:
    """The result of ``read`` for the JSON of a successful answer, which is None for an empty body. Raises CGError.

    ``read`` may raise UnusableAnswer. For a large list it is called with a LargeList, and may then be called again with
    the list itself.
    """
    if reply.status == 206 or reply.has_next_page:
        raise _unusable(
            reply, call, "Central Governance answered with a part of the list, where all of it is needed.", scrub
        )
    try:
        if reply.is_large_list:
            with contextlib.suppress(NotInPieces):
                return read(LargeList(reply.content))
        return read(document_in(reply))
    except UnusableAnswer as problem:
        raise _unusable(
            reply,
            call,
            f"Central Governance answered {reply.status} with {scrub(str(problem))}. Are url and api_prefix those of "
            "Central Governance, and are the credentials right for its API?",
            scrub if problem.is_message else None,
        ) from None
    except RecursionError:
        raise _unusable(reply, call, "the answer is nested too deeply to be read.", None) from None


def document_in(reply: Reply) -> t.Any:
    """The body as JSON, None when it is empty. Raises UnusableAnswer when it is not JSON."""
    if len(reply.content) < LARGE and not reply.content.strip():
        return None
    text = reply.text
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        kind = reply.content_type or "no content type"
        raise UnusableAnswer(f"what is not JSON ({kind})", is_message=True) from None
    return _without_surrogates(document) if ESCAPED_SURROGATE.search(text) else document


def _without_surrogates(document: t.Any) -> t.Any:
    r"""The document with unpaired surrogates, which are valid in JSON but not in UTF-8, written as ``\ud800``."""
    if isinstance(document, str):
        return document.encode("utf-8", "backslashreplace").decode("utf-8")
    if isinstance(document, list):
        return [_without_surrogates(item) for item in document]
    if isinstance(document, dict):
        return {_without_surrogates(key): _without_surrogates(value) for key, value in document.items()}
    return document


def _unusable(reply: Reply, call: Call, text: str, quote: Scrub | None) -> CGError:
    """``quote`` masks secrets in the server's message; None means that the message is not shown."""
    said = _message_in(reply, quote) if quote else ""
    return call.failed(text, RequestOutcome.UNKNOWN, status=reply.status, server_message=said)


def _message_in(reply: Reply, scrub: Scrub) -> str:
    text = reply.text
    if len(text) > MESSAGE_LOOKED_FOR_IN:
        # Masked before it is cut, since a part of a secret would not be recognized.
        text = scrub(text[: 2 * MESSAGE_LOOKED_FOR_IN])[:MESSAGE_LOOKED_FOR_IN]
    # Imported only when there is a body, since it needs an HTML parser.
    from .server_messages import server_message

    return server_message(text, reply.content_type, scrub)


def _is_json(reply: Reply) -> bool:
    try:
        return isinstance(json.loads(reply.text), (dict, list))
    except (ValueError, RecursionError):
        return False


def pause_asked_for(reply: Reply, longest: float) -> float | None:
    """The seconds of Retry-After, which is a number or a date, clamped; None when it is missing or invalid."""
    said = reply.headers.get("Retry-After", "")
    try:
        seconds = float(said)
    except ValueError:
        seconds = _seconds_until(said, reply.headers.get("Date"))
    return min(max(seconds, 0.0), longest) if math.isfinite(seconds) else None


def _seconds_until(date: str, now: str | None) -> float:
    """Relative to the header Date if there is one; NaN for an invalid date."""
    if not date:
        return math.nan
    from email.utils import parsedate_to_datetime

    try:
        begin = parsedate_to_datetime(now).timestamp() if now else time.time()
        return parsedate_to_datetime(date).timestamp() - begin
    except (TypeError, ValueError, OverflowError, OSError):
        return math.nan
