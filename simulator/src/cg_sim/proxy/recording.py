# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The output of the proxy: the recording without secrets, and the summary of the differences."""

from __future__ import annotations

import contextlib
import os
import stat
import sys
from base64 import b64decode
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson

from cg_sim.api.http import parse_query
from cg_sim.api.journal import BODY_LIMIT
from cg_sim.api.scrubbing import SCRUBBED, is_secret, scrub, scrub_query, scrub_text
from cg_sim.proxy.differences import Difference, Message

#: Shorter secrets are replaced only if they are the whole value; replacing them anywhere would garble other text.
_SHORTEST = 4
#: Limit for the remembered secrets, and for the distinct differences and operations, to bound the memory.
_MOST = 1_000
#: Limit for the differences in one line of the recording.
_MOST_OF_ONE = 50


class Mask:
    """Remembers the secrets of requests and replaces them in any text. Servers repeat them, for example in error
    messages, under keys that do not look secret."""

    def __init__(self) -> None:
        self._known: dict[str, None] = {}
        self._long: list[str] = []

    def learn_headers(self, headers: Iterable[tuple[str, str]]) -> None:
        """Credentials, cookies, and the values of all headers with a secret name."""
        for name, value in headers:
            if name.lower() in ("cookie", "set-cookie"):
                pairs = value.split(";") if name.lower() == "cookie" else [value.split(";")[0]]
                self._learn(pair.partition("=")[2].strip().strip('"') for pair in pairs)
            elif is_secret(name):
                scheme, _space, credential = value.partition(" ")
                self._learn([value, credential] if credential else [value])
                if scheme.lower() == "basic":
                    with contextlib.suppress(ValueError):
                        pair = b64decode(credential.strip(), validate=True)
                        for encoding in ("utf-8", "latin-1"):
                            text = pair.decode(encoding, "replace")
                            self._learn([text, text.partition(":")[2]])

    def learn_query(self, query: str) -> None:
        self._learn(value for name, value in parse_query(query) if is_secret(name))

    def learn_content(self, content: Any) -> None:
        """Values under secret keys in the body of a request."""
        self._learn(_secrets(content))

    def _learn(self, secrets: Iterable[str]) -> None:
        found = [secret for secret in secrets if secret]
        if all(secret in self._known for secret in found):
            return
        self._known.update(dict.fromkeys(found))
        while len(self._known) > _MOST:
            del self._known[next(iter(self._known))]
        written = {form for secret in self._known for form in (secret, quote(secret, safe=""), quote(secret))}
        self._long = sorted((form for form in written if len(form) >= _SHORTEST), key=len, reverse=True)

    def text(self, text: str) -> str:
        if text in self._known:
            return SCRUBBED
        for secret in self._long:
            if secret in text:
                text = text.replace(secret, SCRUBBED)
        return text

    def value(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {self.text(key): self.value(entry) for key, entry in value.items()}
        if isinstance(value, list):
            return [self.value(entry) for entry in value]
        return self.text(value) if isinstance(value, str) else value

    def difference(self, found: Difference) -> Difference:
        return Difference(found.side, self.text(found.place), found.described, self.text(found.seen), found.provenance)


def _secrets(content: Any, secret: bool = False) -> Iterator[str]:
    if isinstance(content, dict):
        named = any(isinstance(content.get(key), str) and is_secret(content[key]) for key in ("name", "key"))
        for key, entry in content.items():
            yield from _secrets(entry, secret or is_secret(key) or (named and key == "value"))
    elif isinstance(content, list):
        for entry in content:
            yield from _secrets(entry, secret)
    elif secret and content is not None and not isinstance(content, bool):
        yield str(content)


def kept_body(message: Message, mask: Mask) -> Any:
    """JSON without secrets. For long bodies only the size, and for other media types too: a secret cannot be recognized
    there."""
    if not message.body:
        return None
    if message.is_json and len(message.body) <= BODY_LIMIT:
        with contextlib.suppress(ValueError, RecursionError):
            return mask.value(scrub(message.content()))
    return f"({message.media or 'no content type'}, {len(message.body)} bytes)"


def kept_path(path: str, query: str, mask: Mask) -> dict[str, str]:
    return {"path": mask.text(scrub_text(path)), "query": mask.text(scrub_query(query))}


class Recording:
    """An append-only JSON Lines file with mode 0600. Each line is written at once.

    Raises OSError if the file cannot be opened. The first failed write is reported on standard error and sets `failed`;
    requests are still answered."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.failed = False
        self._descriptor = open_private(path, os.O_APPEND)
        self._next = 1

    def add(self, entry: dict[str, Any], differences: list[Difference]) -> None:
        listed = [vars(found) for found in differences[:_MOST_OF_ONE]]
        line = orjson.dumps({"n": self._next, **entry, "differences": listed}) + b"\n"
        self._next += 1
        try:
            while line:
                line = line[os.write(self._descriptor, line) :]
        except OSError as error:
            if not self.failed:
                problem = error.strerror or error
                print(f"cg-sim: cannot write the recording {self.path}: {problem}", file=sys.stderr, flush=True)
            self.failed = True

    def close(self) -> None:
        os.close(self._descriptor)


def open_private(path: Path, flags: int = 0) -> int:
    """Open a file for writing, with mode 0600 even if it exists already. Raises OSError."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | flags, 0o600)
    try:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            os.fchmod(descriptor, 0o600)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


class Tally:
    """Counts the differences by operation."""

    def __init__(self) -> None:
        #: Operation -> number of requests passed on.
        self.requests: Counter[str] = Counter()
        self._seen: Counter[tuple[str, Difference]] = Counter()
        #: Number of requests with differences beyond the limit, and of answers that were not compared.
        self.uncounted = 0
        self.unexamined = 0

    def add(self, operation: str, differences: Iterable[Difference]) -> None:
        """Count one request with the differences of it and its answer."""
        known = operation in self.requests or len(self.requests) < _MOST
        self.requests[operation if known else "(others)"] += 1
        left_out = False
        for found in differences:
            key = operation, found
            if known and (key in self._seen or len(self._seen) < _MOST):
                self._seen[key] += 1
            else:
                left_out = True
        self.uncounted += left_out

    def documents(self) -> list[dict[str, Any]]:
        """Sorted by operation, then the most frequent first; keys: operation, requests, count and those of
        Difference."""
        ordered = sorted(self._seen.items(), key=lambda item: (item[0][0], item[0][1].side, -item[1], item[0][1].place))
        return [
            {"operation": operation, "requests": self.requests[operation], "count": count, **vars(found)}
            for (operation, found), count in ordered
        ]

    def report(self) -> str:
        """The summary as text."""
        documents = self.documents()
        total = sum(self.requests.values())
        lines = [f"Requests passed on: {total}. Differences from the API description: {len(documents)}."]
        before = None
        for entry in documents:
            if entry["operation"] != before:
                before = entry["operation"]
                lines.append(f"\n{_printable(before)} (requests: {entry['requests']})")
            lines.append(
                _printable(
                    f"  {entry['side']}, {entry['place']}: expected {entry['described']} ({entry['provenance']}), "
                    f"found {entry['seen']}; in {entry['count']} of {entry['requests']}"
                )
            )
        if self.uncounted:
            lines.append(
                f"\nRequests with differences beyond the limit of this list, see the recording: {self.uncounted}"
            )
        if self.unexamined:
            lines.append(f"\nAnswers not compared (compressed, or too long): {self.unexamined}")
        return "\n".join(lines)


def _printable(text: str) -> str:
    """Escape control characters: names may contain terminal escape sequences."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)
