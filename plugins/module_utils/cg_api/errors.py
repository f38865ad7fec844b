# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong between us and Central Governance, in words for the person who is called at night.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import enum
import json
import re
import typing as t
from html.parser import HTMLParser

MESSAGE_KEYS = ("message", "errorMessage", "error_description", "detail", "details", "description", "title", "reason")
NESTED_KEYS = ("error", "errors", "messages", "fault", "data")
LONGEST_MESSAGE = 500

# A server that asks for patience, or a gateway that speaks in the server's stead: another try may well do better.
PASSING_STATUSES = frozenset({408, 429, 502, 503, 504})


class RequestOutcome(enum.Enum):
    """What is known of a request that failed."""

    NOT_SENT = enum.auto()  # it did not reach the server
    REFUSED = enum.auto()  # the server said no, and did not carry it out
    UNKNOWN = enum.auto()  # it was sent, and no usable answer came back


class CGError(Exception):
    """Central Governance, or the way to it, failed.

    ``outcome`` tells what is known of the request; callers ask the properties. ``may_pass`` is False for what another
    try cannot mend.
    """

    def __init__(
        self,
        message: str,
        *,
        outcome: RequestOutcome,
        method: str = "",
        path: str = "",
        status: int | None = None,
        server_message: str = "",
        may_pass: bool = True,
    ) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.method = method
        self.path = path
        self.status = status
        self.server_message = server_message
        self.may_pass = may_pass

    @property
    def was_sent(self) -> bool:
        """False when the request certainly did not reach the server."""
        return self.outcome is not RequestOutcome.NOT_SENT

    @property
    def is_refusal(self) -> bool:
        """True when the server said no: this request was not carried out, and will not be.

        That holds for 408 and 429 to a write too, although another try may well be accepted (see ``is_final``).
        """
        return self.outcome is RequestOutcome.REFUSED

    @property
    def may_have_happened(self) -> bool:
        """True when the server may have carried out the request: the reply was lost, unusable, or a failure (5xx)."""
        return self.outcome is RequestOutcome.UNKNOWN

    @property
    def is_final(self) -> bool:
        """True when the server itself has answered, completely: no other answer to this request will come.

        A gateway's answer (502, 503, 504) and a request for patience (408, 429) are not final. A final answer that is
        no refusal (500, or one that cannot be understood) does not say whether the request was carried out.
        """
        return self.status is not None and self.status not in PASSING_STATUSES

    def as_result(self) -> dict[str, t.Any]:
        return {
            "status": self.status,
            "method": self.method,
            "path": self.path,
            "server_message": self.server_message,
        }


class WriteInCheckMode(CGError):
    """A write was about to leave in check mode: a defect of the collection, stopped by the transport."""

    def __init__(self, method: str, path: str) -> None:
        super().__init__(
            f"{method} {path} was about to be sent in check mode and was stopped. "
            "This is a defect of the collection; please report it.",
            outcome=RequestOutcome.NOT_SENT,
            method=method,
            path=path,
        )


class BadOption(ValueError):
    """An option that cannot be meant; its text names the option and says what would be right."""


def server_message(body: str, content_type: str = "", scrub: t.Callable[[str], str] = str) -> str:
    """The server's own words: from JSON under any usual key, from HTML its visible text, else the text; may be ''.

    ``scrub`` takes secrets out: before the words are tidied and cut, which would change a secret beyond recognition or
    leave half of it, and after.
    """
    text = body.strip()
    if not text:
        return ""
    # What is no text at all (half of a surrogate pair, which JSON can spell) could not be shown.
    found = scrub(_words_in(text, content_type, scrub).encode(errors="replace").decode())
    found = scrub(" ".join(found.split()))
    return found if len(found) <= LONGEST_MESSAGE else f"{found[:LONGEST_MESSAGE]}..."


def _words_in(text: str, content_type: str, scrub: t.Callable[[str], str]) -> str:
    try:
        answer = json.loads(text)
        messages = "; ".join(dict.fromkeys(_messages_in(answer)))
        return messages or json.dumps(_with_each_text(answer, scrub), ensure_ascii=False)
    except (ValueError, RecursionError):
        is_html = "html" in content_type.lower() or re.match(r"(?i)<(!doctype|html|head|body)", text)
        return _visible_text(text) if is_html else text


def _with_each_text(answer: t.Any, change: t.Callable[[str], str]) -> t.Any:
    """The same document with its texts changed, as they are before JSON escapes them."""
    if isinstance(answer, str):
        return change(answer)
    if isinstance(answer, list):
        return [_with_each_text(item, change) for item in answer]
    if isinstance(answer, dict):
        return {change(key): _with_each_text(value, change) for key, value in answer.items()}
    return answer


def _messages_in(answer: t.Any) -> t.Iterator[str]:
    if isinstance(answer, str):
        yield answer
    elif isinstance(answer, list):
        for item in answer:
            yield from _messages_in(item)
    elif isinstance(answer, dict):
        own = [message for key in MESSAGE_KEYS if answer.get(key) for message in _messages_in(answer[key])]
        yield from own
        for key in NESTED_KEYS:
            # Beside a message, {"error": "Bad Request"} only repeats the status.
            if isinstance(answer.get(key), (dict, list)) or not own:
                yield from _messages_in(answer.get(key))


class _TextOfPage(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: t.Any) -> None:
        self._hidden += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style") and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.words.append(data.strip())


def _visible_text(page: str) -> str:
    parser = _TextOfPage()
    try:
        parser.feed(page)
    except (AssertionError, ValueError):  # it gives up on some pages that are none
        return re.sub(r"<[^>]*>", " ", page)
    return " / ".join(dict.fromkeys(parser.words))
