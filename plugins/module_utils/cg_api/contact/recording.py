# Copyright (c) 2026, The mftops.central_governance authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Removes secrets from a recording, always, and replaces names, hosts and certificates in it, on request.

PRIVATE to the collection: it may change at any time. Pure functions.
"""

from __future__ import annotations

import hashlib
import re
import typing as t
from dataclasses import fields
from urllib.parse import unquote, urlsplit

from ..connection import Connection
from ..operations import OPERATIONS
from ..scrubbing import MASK, Scrubber
from ..server_messages import MESSAGE_KEYS

Json = t.Any

_SECRET_KEY = re.compile(
    r"pass_?(word|wd|phrase|code)|^pass$|^pw$|pwd|secret|token|credential|authori[sz]ation|cookie|session_?id"
    r"|(api|private|access|client)_?key|^auth$|^key$",
    re.IGNORECASE,
)
_PRIVATE_KEY = re.compile(
    r"-----BEGIN (?:[A-Z0-9 ]+ )?PRIVATE KEY-----.*?(?:-----END (?:[A-Z0-9 ]+ )?PRIVATE KEY-----|\Z)", re.DOTALL
)
_PARAMETER = re.compile(r"([?&;\s]([\w.-]+)=)[^&;#\s]+")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")

# Keys whose texts are words of the product, not of the customer.
_KEPT = frozenset(
    (
        *("type", "kind", "role", "status", "code", "label", "protocol", "version", "os", "result", "differs_in"),
        *("clientauthentication", "client_authentication", "validto", "certificate_valid_to", "timestamp"),
    )
)
_HOSTS = frozenset(("host", "hosts", "hostname"))
_CERTIFICATES = frozenset(("certificate", "content", "certificate_sha256", "admindcacertificate"))
# Texts that contain names among other words. A description or title is the customer's own text.
_SENTENCES = frozenset({*MESSAGE_KEYS, "messages", "definition", "problem", "words"} - {"description", "title"})
_PARTS = re.compile(r"[._-]")
_WORD = re.compile(r"\w(?:[\w.-]*\w)?")
_URL = re.compile(r"[a-z]+://[^\s\"'<>,;]*[\w/]")
_SHORTEST_NAME = 3  # characters; shorter names are not looked for in sentences


def without_secrets(value: Json, scrub: Scrubber) -> Json:
    """A copy without the known secrets, without values under keys that name secrets, and without private keys."""
    if isinstance(value, dict):
        named = {key for key in value if _SECRET_KEY.search(str(key))}
        if any(isinstance(value.get(key), str) and _SECRET_KEY.search(value[key]) for key in ("name", "key")):
            named.add("value")
        return {
            scrub(str(key)): MASK
            if key in named and entry not in (None, "") and not isinstance(entry, bool)
            else without_secrets(entry, scrub)
            for key, entry in value.items()
        }
    if isinstance(value, list):
        return [without_secrets(entry, scrub) for entry in value]
    return text_without_secrets(value, scrub) if isinstance(value, str) else value


def text_without_secrets(text: str, scrub: Scrubber) -> str:
    text = _PRIVATE_KEY.sub(MASK, scrub(text))
    return _PARAMETER.sub(lambda found: found[1] + MASK if _SECRET_KEY.search(found[2]) else found[0], text)


class Pseudonyms:
    """Replaces each text by another one, the same each time. Call ``learn`` for everything first, then ``replaced``.

    Numbers, flags, UUIDs, and the texts of a few keys that are the product's own words, such as statuses, are kept. All
    other texts are replaced, since the value of an unknown key may be a name too.
    """

    def __init__(self) -> None:
        self._known: dict[str, str] = {}
        self._counts: dict[str, int] = {}
        self._phrases: re.Pattern[str] | None = None

    def learn(self, value: Json, key: str = "") -> None:
        word = key.lower()
        if isinstance(value, dict):
            for name, entry in value.items():
                self.learn(entry, str(name))
        elif isinstance(value, list):
            for entry in value:
                self.learn(entry, key)
        elif isinstance(value, str) and value and not self._is_kept(word, value) and word not in _SENTENCES:
            self._of(value, word)
            self._phrases = None

    def replaced(self, value: Json, key: str = "") -> Json:
        word = key.lower()
        if isinstance(value, dict):
            return {self._key(str(name)): self.replaced(entry, str(name)) for name, entry in value.items()}
        if isinstance(value, list):
            return [self.replaced(entry, key) for entry in value]
        if not isinstance(value, str) or not value or self._is_kept(word, value):
            return value
        return self.sentence(value) if word in _SENTENCES else self._of(value, word)

    def sentence(self, text: str) -> str:
        """A text with the known names and all URLs in it replaced; its other words stay."""
        if self._phrases is None:
            # A pattern of tens of thousands of names would take minutes. Most names are one word and are looked up.
            names = [name for name in self._known if len(name) >= _SHORTEST_NAME and not _WORD.fullmatch(name)]
            names.sort(key=len, reverse=True)
            self._phrases = re.compile("|".join(rf"(?<!\w){re.escape(name)}(?!\w)" for name in names) or r"(?!)")
        text = _URL.sub(lambda found: self._of(found[0], "url"), text)
        text = self._phrases.sub(lambda found: self._known[found[0]], text)
        return _WORD.sub(lambda found: self._word(found[0]), text)

    def _word(self, word: str) -> str:
        if len(word) < _SHORTEST_NAME or word in _OWN_NAMES:
            return word
        if word in self._known:
            return self._known[word]
        # A name may be part of a longer one that occurs nowhere else, such as a transformation or a server's alias.
        is_name = "_" in word or any(
            part in self._known for part in _PARTS.split(word) if len(part) >= _SHORTEST_NAME and part != word
        )
        return self._of(word, "text") if is_name else word

    def path(self, path: str) -> str:
        """The path of a request: UUIDs and the words of the table of operations are kept."""
        return "/".join(
            segment if self._is_word(segment) else self._of(unquote(segment), "id") for segment in path.split("/")
        )

    def query(self, query: str) -> str:
        pairs = [pair.partition("=") for pair in query.split("&") if pair]
        return "&".join(
            f"{name}{sign}{value if not value or _UUID.fullmatch(value) else self._of(unquote(value), 'name')}"
            for name, sign, value in pairs
        )

    def _key(self, name: str) -> str:
        return self._known.get(name, name)

    @staticmethod
    def _is_word(segment: str) -> bool:
        return not segment or segment.lower() in _OWN_WORDS or _UUID.fullmatch(segment) is not None

    @staticmethod
    def _is_kept(word: str, value: str) -> bool:
        return word in _KEPT or _UUID.fullmatch(value) is not None or value == MASK

    def _of(self, value: str, word: str) -> str:
        if value not in self._known:
            if "://" in value:
                self._known[value] = self._url(value)
            elif word in _CERTIFICATES:
                made = self._numbered("certificate")
                is_digest = word.endswith("sha256")
                self._known[value] = hashlib.sha256(made.encode()).hexdigest() if is_digest else made
            elif word in _HOSTS:
                self._known[value] = f"{self._numbered('host')}.example.com"
            else:
                self._known[value] = self._numbered(word if word in ("name", "id", "tag") else "text")
        return self._known[value]

    def _url(self, url: str) -> str:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            return self._numbered("text")
        place = f":{port}" if port else ""
        query = f"?{self.query(parts.query)}" if parts.query else ""
        return f"{parts.scheme}://{self._of(host, 'host')}{place}{self.path(parts.path)}{query}"

    def _numbered(self, kind: str) -> str:
        self._counts[kind] = self._counts.get(kind, 0) + 1
        return f"{kind}-{self._counts[kind]}"


# Words with an underscore that are the product's or ours.
_OWN_NAMES = frozenset(
    (
        *OPERATIONS,
        *(option.name for option in fields(Connection)),
        *("SAVED_NOT_DEPLOYED", "DEPLOYED_IN_ERROR", "REGISTERED_IN_ERROR", "READY_TO_REGISTER", "j_security_check"),
    )
)
_OWN_WORDS = frozenset(
    word.lower()
    for path in (
        "/Axway/CentralGovernance/default/api/v1/v2/v3/openapi.json/openapi.yaml/swagger.json/swagger.yaml/api-docs"
        "/remove/backups/sync/synchronize/synchronizebackups/deployment/flowdeployments/login/j_security_check",
        *(operation.path.partition("?")[0] for operation in OPERATIONS.values()),
    )
    for word in path.split("/")
)
