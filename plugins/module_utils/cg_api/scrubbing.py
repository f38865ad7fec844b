# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Masking secrets in the messages of servers, proxies and libraries, which may repeat what they were sent.

PRIVATE to the collection: it may change at any time.
"""

from __future__ import annotations

import html
import json
import re
import typing as t
from functools import cached_property
from urllib.parse import quote, quote_plus

from .connection import SHORTEST_SECRET

MASK = "********"
LONGEST_MISREADING = 12  # characters that stand for one, such as &thetasym; or %C3%83%C2%A4
_CREDENTIALS_IN_URL = re.compile(r"(?<=//)[^/\s]+@")


class Scrubber:
    """Masks secrets as they are, escaped (JSON, Python, URLs, HTML), and decoded with a wrong charset.

    The patterns are compiled when they are first used; most runs do not use them.
    """

    def __init__(self, secrets: t.Iterable[str]) -> None:
        self._secrets = list(secrets)

    def add(self, secrets: t.Iterable[str]) -> None:
        self._secrets += secrets
        self.__dict__.pop("_pattern", None)

    def __call__(self, text: str) -> str:
        if self._pattern is not None:
            text = self._pattern.sub(MASK, text)
        return _CREDENTIALS_IN_URL.sub(f"{MASK}@", text)

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        forms = sorted({form for secret in self._secrets for form in _forms(secret) if form}, key=len, reverse=True)
        patterns = [*map(re.escape, forms), *filter(None, map(_misread, self._secrets))]
        return re.compile("|".join(patterns), re.IGNORECASE) if patterns else None


def _forms(secret: str) -> t.Iterator[str]:
    for text in (secret, " ".join(secret.split())):
        yield text
        yield repr(text)[1:-1]
        yield json.dumps(text)[1:-1]
        yield json.dumps(text, ensure_ascii=False)[1:-1]
        yield quote(text)
        yield quote(text, safe="")
        yield quote_plus(text)
        yield html.escape(text)
        yield html.escape(text, quote=False)


def _misread(secret: str) -> str:
    """A pattern for a secret with characters that are not ASCII, which match anything, since any charset may be used.

    Empty when the secret has so few ASCII characters that the pattern would match ordinary text.
    """
    parts = re.split(r"([^\x00-\x7f]+)", secret)  # every second one is not ASCII
    if len(parts) == 1 or sum(map(len, parts[::2])) < SHORTEST_SECRET:
        return ""
    return "".join(
        re.escape(part) if number % 2 == 0 else f".{{1,{LONGEST_MISREADING * len(part)}}}?"
        for number, part in enumerate(parts)
    )
