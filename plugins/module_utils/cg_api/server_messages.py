# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Finding the server's message in the body of an answer of any form.

PRIVATE to the collection: it may change at any time.

The form of error bodies is not documented: the usual keys of JSON are tried, HTML is reduced to its visible text.
"""

from __future__ import annotations

import json
import re
import typing as t
from html.parser import HTMLParser

MESSAGE_KEYS = ("message", "errorMessage", "error_description", "detail", "details", "description", "title", "reason")
NESTED_KEYS = ("error", "errors", "messages", "fault", "data")
LONGEST_MESSAGE = 500  # characters


def server_message(body: str, content_type: str = "", scrub: t.Callable[[str], str] = str) -> str:
    """The server's message: from JSON under any usual key, from HTML its visible text, else the text; may be ''.

    ``scrub`` masks secrets. It is applied before white space is collapsed and the message is cut, since a changed or
    cut secret might not be recognized, and once more afterwards.
    """
    text = body.strip()
    if not text:
        return ""
    # Unpaired surrogates, which are valid in JSON, could not be printed.
    found = scrub(_message_in(text, content_type, scrub).encode(errors="replace").decode())
    found = scrub(" ".join(found.split()))
    return found if len(found) <= LONGEST_MESSAGE else f"{found[:LONGEST_MESSAGE]}..."


def _message_in(text: str, content_type: str, scrub: t.Callable[[str], str]) -> str:
    try:
        answer = json.loads(text)
        messages = "; ".join(dict.fromkeys(_messages_in(answer)))
        return messages or json.dumps(_with_each_text(answer, scrub), ensure_ascii=False)
    except (ValueError, RecursionError):
        is_html = "html" in content_type.lower() or re.match(r"(?i)<(!doctype|html|head|body)", text)
        return _visible_text(text) if is_html else text


def _with_each_text(answer: t.Any, change: t.Callable[[str], str]) -> t.Any:
    """The document with ``change`` applied to its texts."""
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
        self.texts: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: t.Any) -> None:
        self._hidden += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style") and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden and data.strip():
            self.texts.append(data.strip())


def _visible_text(page: str) -> str:
    parser = _TextOfPage()
    try:
        parser.feed(page)
    except (AssertionError, ValueError):  # the parser cannot read some texts that only resemble HTML
        return re.sub(r"<[^>]*>", " ", page)
    return " / ".join(dict.fromkeys(parser.texts))
