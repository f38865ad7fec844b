# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Large JSON lists, decoded object by object.

PRIVATE to the collection: it may change at any time.

Decoded as a whole, a list of thousands of products with their profiles takes several times its size in memory, although
the records keep little of it. Only lists of objects in UTF-8 (documented) are decoded in this way. Any other text
raises NotInPieces; the caller then decodes it as a whole with ``json``, which decides whether it is valid.
"""

from __future__ import annotations

import codecs
import json
import re
import typing as t

# Smaller answers are decoded as a whole.
LARGE = 1 << 20  # bytes
PIECE = 1 << 18  # bytes that are decoded at a time, more when an object is larger

ESCAPED_SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")
_SPACE = " \t\n\r"


class NotInPieces(Exception):
    """The text is not a list of objects that can be decoded one by one."""


class LargeList:
    """The objects of a JSON list, each decoded when the iteration reaches it, which may raise NotInPieces."""

    def __init__(self, content: bytes | bytearray) -> None:
        self._content = content

    def __iter__(self) -> t.Iterator[dict[str, t.Any]]:
        text = _Text(self._content)
        text.take("[")
        if text.peek() != "]":
            yield text.object()
            while text.peek() == ",":
                text.take(",")
                yield text.object()
        text.take("]")
        if text.peek():
            raise NotInPieces


class _Text:
    """A cursor over bytes of which only a part is decoded at a time."""

    def __init__(self, content: bytes | bytearray) -> None:
        self._bytes = memoryview(content)
        self._scan = json.JSONDecoder().raw_decode
        self._text = ""
        self._position = 0
        self._longest = 0  # of the objects so far, in characters

    def peek(self) -> str:
        """The next character that is not white space; empty at the end."""
        while True:
            character = self._text[self._position : self._position + 1]
            if character and character not in _SPACE:
                return character
            if character:
                self._position += 1
            elif not self._more(PIECE):
                return ""

    def take(self, character: str) -> None:
        if self.peek() != character:
            raise NotInPieces
        self._position += 1

    def object(self) -> dict[str, t.Any]:
        if self.peek() != "{":
            raise NotInPieces
        if len(self._text) - self._position < self._longest:
            self._more(PIECE)  # first, since a failed attempt costs as much as reading the text once more
        size = PIECE
        while True:
            try:
                value, end = self._scan(self._text, self._position)
                self._longest = max(self._longest, end - self._position)
                self._position = end
                return t.cast("dict[str, t.Any]", value)
            except ValueError:
                if not self._more(size):
                    raise NotInPieces from None
                size *= 2  # so that a huge object is not tried again with each of its pieces
            except RecursionError:
                raise NotInPieces from None

    def _more(self, size: int) -> bool:
        """Decodes the given number of further bytes; False at the end."""
        if not self._bytes:
            return False
        size = max(size, 4)  # of the longest character
        try:
            # An IncrementalDecoder would copy the bytes first. A character cut off at the end is kept for later.
            decoded, length = codecs.utf_8_decode(self._bytes[:size], "strict", size >= len(self._bytes))
        except UnicodeDecodeError:
            raise NotInPieces from None
        self._bytes = self._bytes[length:]
        self._text = self._text[self._position :] + decoded
        self._position = 0
        if ESCAPED_SURROGATE.search(self._text):
            raise NotInPieces
        return True
